"""Three strikes while they happen: who has failed three times at one thing is told to ask, and whom.

Counted over everybody's journals; said once for each of three, five and eight failures, and on record as an entry of
kind ``escalation`` with source ``strikes``. Hot path: called after a command failed.
"""

from __future__ import annotations

import re
from datetime import datetime

from runbook.errors import RunbookError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from runbook.detect.streaks import Attempt, Streaks
    from runbook.flow.desk import Desk
    from runbook.model.wire import Entry

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


def count(entries: Iterable[Entry]) -> Streaks:
    """The streaks in ``entries`` that stand, in the order of their times."""
    from runbook.detect.streaks import Streaks

    streaks = Streaks()
    for entry in sorted(entries, key=lambda e: (datetime.fromisoformat(e.at), e.id)):
        if (attempt := attempt_of(entry)) is not None:
            streaks.feed(attempt)
    return streaks


def attempt_of(entry: Entry) -> Attempt | None:
    """The try that an entry is, or None."""
    from runbook.detect.streaks import NOTED, Attempt, check_failed, of_command

    data = entry.data
    if entry.kind == "command":
        status = data.get("exit_status")
        failed, things = of_command(str(data.get("command", "")), status if isinstance(status, int) else None)
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
    from runbook.flow.timeline import live_entries

    if not may_have_failed(entry):
        return None
    entries = live_entries(desk)
    if sum(map(may_have_failed, entries)) < FIRST:
        return None
    from runbook.detect.streaks import LEVELS

    mine = attempt_of(entry)
    streaks = count(entries)
    found = [(key, streaks.at(key)) for key in (mine.keys if mine and mine.failed else ())]
    what, streak = max(found, key=lambda pair: len(pair[1]), default=("", []))
    level, advice = next((each for each in LEVELS if len(streak) >= each[0]), (0, ""))
    first = datetime.fromisoformat(streak[0].at) if level else None
    keys = {key for attempt in streak for key in attempt.keys}
    if first is None or any(_said(each, keys, level, first) for each in entries):
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


def _said(entry: Entry, keys: set[str], level: int, since: datetime) -> bool:
    """Whether ``entry`` has said it already, in this streak and for this many failures."""
    said = entry.data.get("strikes")
    if entry.kind != "escalation" or not isinstance(said, dict) or datetime.fromisoformat(entry.at) < since:
        return False
    known = said.get("count")
    return said.get("thing") in keys and isinstance(known, int) and known >= level


def called(desk: Desk, entry: Entry) -> Strike | None:
    """As :func:`call_for_help`, but never in the way: what cannot be recorded is not worth failing for."""
    try:
        return call_for_help(desk, entry)
    except (RunbookError, OSError):
        return None
