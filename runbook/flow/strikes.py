"""Three strikes while they happen: who has failed three times at one thing is told to ask, and whom.

Counted over everybody's journals; said once for each of three, five and eight failures, and on record as an entry of
kind ``escalation`` with source ``strikes``. Hot path: called after a command failed.
"""

from __future__ import annotations

import re
from datetime import datetime

from runbook.errors import RunbookError
from runbook.model.wire import Entry
from runbook.record.clocks import corrected
from runbook.record.union import once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runbook.detect.streaks import Attempt, Streaks
    from runbook.flow.desk import Desk
    from runbook.record.derived import Row

SOURCE = "strikes"
FIRST = 3
_SOON = 5
_MINOR = ("low", "info")


class Strike:
    """That somebody should be asked now. Treat as frozen.

    Attributes:
        what: what failed.
        times: clock times of the failures, oldest first.
        advice: what to do, in a sentence.
    """

    __slots__ = ("advice", "times", "what")

    def __init__(self, what: str, times: list[str], advice: str) -> None:
        self.what = what
        self.times = times
        self.advice = advice

    @property
    def headline(self) -> str:
        """What happened, in a sentence without its end."""
        shown = self.times if len(self.times) <= _SOON else ["…", *self.times[-_SOON + 1 :]]
        return f"{len(self.times)} {_called(self.what)} ({', '.join(shown)})"


def _called(what: str) -> str:
    """How several failures at one thing are spoken of."""
    from runbook.detect.streaks import NOTED

    if what == NOTED:
        return "failures noted"
    return f"times {what}" if re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", what) else f"failures of `{what}`"


def whom_to_ask(repository: str | None, failures: int) -> str:
    """Whom the team's settings name for this many failures of the same thing; nothing where they name nobody."""
    if repository is None:
        return ""
    import os
    import tomllib  # only somebody in trouble pays for it; `runbook.toml` is checked in full where a report is written

    try:
        with open(os.path.join(repository, "runbook.toml"), "rb") as file:
            people = tomllib.load(file).get("people", {})
    except (OSError, ValueError):
        return ""
    names = [people.get("on_call"), people.get("escalate_to")] if isinstance(people, dict) else []
    known = [name for name in names if isinstance(name, str) and name.strip()]
    return "" if not known else known[-1] if failures >= _SOON else known[0]


class Story:
    """What was tried in a document, and what was said about it, from every journal.

    Attributes:
        attempts: tries that stand, in the order of their times.
        said: what was said: (keys of the thing, for how many failures, when) of each entry.
        hinted: signature -> captures of known failures that were named under a command, as they were last.
    """

    __slots__ = ("attempts", "hinted", "said")

    def __init__(self, desk: Desk) -> None:
        from runbook.record.derived import rows

        entries = [_unpacked(row) for row in rows((desk.filed, desk.folder), SOURCE, _packed)]
        undone = {str(entry.data.get("target")) for entry in entries if entry.kind == "undo"}
        standing = [entry for entry in corrected(once(entries)) if entry.id not in undone]
        standing.sort(key=lambda entry: (datetime.fromisoformat(entry.at), entry.id))
        self.attempts: list[Attempt] = []
        self.said: list[tuple[str, int, datetime]] = []
        self.hinted: dict[str, Any] = {}
        for entry in entries:
            self.hinted.update(entry.data.get("hinted", {}))
        for entry in standing:
            self._take(entry)

    def _take(self, entry: Entry) -> None:
        from runbook.detect.streaks import Attempt

        data = entry.data
        if entry.kind == "escalation":
            self.said.append((*data["said"], datetime.fromisoformat(entry.at)))
        elif "attempt" in data:
            failed, things, signatures = data["attempt"]
            where = {"actor": entry.actor, "host": data["host"]}
            self.attempts.append(
                Attempt(entry.id, entry.at, failed=failed, things=things, signatures=signatures, **where)
            )

    def streaks(self) -> Streaks:
        """The streaks that stand."""
        from runbook.detect.streaks import Streaks

        streaks = Streaks()
        for attempt in self.attempts:
            streaks.feed(attempt)
        return streaks


def _packed(entry: Entry) -> list[Any] | None:
    """What of an entry a :class:`Story` needs, to be kept; None for most."""
    data: dict[str, Any] = {}
    if entry.kind in {"undo", "offset"}:
        data = {name: entry.data.get(name) for name in ("target", "clock", "seconds")}
    elif entry.kind == "escalation":
        said = entry.data.get("strikes")
        if not isinstance(said, dict) or not isinstance(said.get("count"), int):
            return None
        data["said"] = [str(said.get("thing")), said["count"]]
    else:
        attempt = attempt_of(entry)
        if attempt is not None and (attempt.keys or attempt.failed):
            data["attempt"] = [attempt.failed, attempt.things, attempt.signatures]
            data["host"] = attempt.host
        data |= _named_under(entry)
        if not data:
            return None
    if "source_key" in entry.data:
        data["source_key"] = str(entry.data["source_key"])
    return [entry.kind, entry.at, entry.recorded_at, entry.actor, entry.source, data]


def _named_under(entry: Entry) -> dict[str, Any]:
    """Known failures that were named under a command."""
    told = entry.data.get("hinted")
    if entry.kind != "command" or not isinstance(told, list):
        return {}
    matches = [match for match in entry.data.get("findings") or [] if isinstance(match, dict)]
    return {"hinted": {str(m.get("signature")): m.get("captures") for m in matches if m.get("signature") in told}}


def _unpacked(row: Row) -> Entry:
    kind, at, recorded_at, actor, source, data = row.value
    return Entry(
        id=row.id,
        at=at,
        recorded_at=recorded_at,
        kind=kind,
        actor=actor,
        source=source,
        data=data,
        writer=row.writer,
    )


def attempt_of(entry: Entry) -> Attempt | None:
    """The try that an entry is, or None."""
    from runbook.detect.streaks import NOTED, Attempt, check_failed

    data = entry.data
    if entry.kind == "command":
        status = data.get("exit_status")
        failed, things = _of_command(str(data.get("command", "")), status if isinstance(status, int) else None)
        matches = data.get("findings") if failed else None
        signatures = [
            str(match.get("signature"))
            for match in matches or []
            if isinstance(match, dict) and match.get("severity") not in _MINOR
        ]
        where = {"actor": entry.actor, "host": str(data.get("host", ""))}
        return Attempt(entry.id, entry.at, failed=failed, things=things, signatures=signatures, **where)
    if entry.kind in {"failure", "verification"}:
        failed = entry.kind == "failure" or check_failed(str(data.get("text", "")))
        return Attempt(entry.id, entry.at, failed=failed, things=[NOTED])
    return None


_known: dict[tuple[str, int | None], tuple[bool, list[str]]] = {}


def _of_command(line: str, status: int | None) -> tuple[bool, list[str]]:
    """As :func:`runbook.detect.streaks.of_command`; the same command again, which is most, is not parsed again."""
    from runbook.detect.streaks import of_command

    found = _known.get((line, status))
    if found is None:
        found = _known[line, status] = of_command(line, status)
    return found


def may_have_failed(entry: Entry) -> bool:
    """Whether an entry could be a failure, told without looking at it closely."""
    if entry.kind == "command":
        return entry.data.get("exit_status") not in (0, None)
    return entry.kind in {"failure", "verification"}


def call_for_help(desk: Desk, entry: Entry) -> Strike | None:
    """Put on record that help is due, if ``entry`` is the third, fifth or eighth failure at one thing.

    Returns:
        What to tell whoever failed; None if it is not time, or was said already.

    Raises:
        StorageError: it could not be put on record.
    """
    if not may_have_failed(entry):
        return None
    from runbook.detect.streaks import LEVELS

    story = Story(desk)
    if sum(attempt.failed for attempt in story.attempts) < FIRST:
        return None
    mine = attempt_of(entry)
    streaks = story.streaks()
    found = [(key, streaks.at(key)) for key in (mine.keys if mine and mine.failed else ())]
    what, streak = max(found, key=lambda pair: len(pair[1]), default=("", []))
    level, advice = next((each for each in LEVELS if len(streak) >= each[0]), (0, ""))
    first = datetime.fromisoformat(streak[0].at) if level else None
    keys = {key for attempt in streak for key in attempt.keys}
    if first is None or any(thing in keys and known >= level and at >= first for thing, known, at in story.said):
        return None
    whom = whom_to_ask(desk.place.repository, len(streak))
    times = [f"{datetime.fromisoformat(attempt.at).astimezone(desk.zone):%H:%M}" for attempt in streak]
    strike = Strike(what, times, f"{advice[0].upper()}{advice[1:]} now{f': {whom}' if whom else ''}")
    desk.append(
        "escalation",
        {
            "text": f"{strike.headline}. {strike.advice}",
            "strikes": {"thing": what, "count": level, "entries": [attempt.id for attempt in streak]},
        },
        source=SOURCE,
    )
    return strike


def called(desk: Desk, entry: Entry) -> Strike | None:
    """As :func:`call_for_help`, but never in the way: what cannot be recorded is not worth failing for."""
    try:
        return call_for_help(desk, entry)
    except (RunbookError, OSError):
        return None
