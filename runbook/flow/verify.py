"""Verification: the team's checks, run at once, recorded where something is open, watched over time."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

from runbook.errors import BadInputError
from runbook.flow.backup import open_desk
from runbook.flow.desk import find_place
from runbook.flow.settings import load_settings
from runbook.model.text import count_of
from runbook.model.times import format_duration, iso
from runbook.model.wire import new_ulid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from runbook.flow.desk import Desk
    from runbook.model.checks import Check, LogCheck, Result, Verification
    from runbook.redact.door import Door

    Tell = Callable[[int, Result], None]

_FIELDS = {"pre": "pre_checks", "post": "post_checks"}
"""The checklists of a deployment that a verification of that name fills in."""

EVERY = 10.0
"""Seconds between two looks while watching."""


class Verified:
    """What a verification came to. Treat as frozen.

    Attributes:
        name: of the verification.
        results: one a check, texts through the door.
        document: the document on whose timeline it stands, or an empty string.
    """

    __slots__ = ("document", "name", "results")

    def __init__(self, name: str, results: list[Result], document: str) -> None:
        self.name = name
        self.results = results
        self.document = document

    @property
    def failed(self) -> list[Result]:
        """The checks that did not pass."""
        return [result for result in self.results if not result.ok]

    def to_json(self) -> dict[str, Any]:
        """The shape that ``verify --format json`` prints (docs/schema/verify.json)."""
        return {
            "name": self.name,
            "ok": not self.failed,
            "document": self.document,
            "checks": [
                {
                    "name": each.title,
                    "kind": each.kind,
                    "ok": each.ok,
                    "detail": each.detail,
                    "seconds": round(each.seconds, 3),
                    "attempts": each.attempts,
                }
                for each in self.results
            ],
        }


def declared(repo: str | None = None) -> dict[str, Verification]:
    """Every verification that the team's settings declare, by name."""
    return dict(load_settings(find_place(repo).repository).verify)


def find_verification(name: str, repo: str | None = None) -> Verification:
    """The verification of that name.

    Raises:
        BadInputError: there is none, or it has no checks.
    """
    known = declared(repo)
    if name not in known:
        named = f"there are {', '.join(sorted(known))}" if known else "none is declared"
        raise BadInputError(
            f"there is no verification {name!r}; {named}",
            hint=f'in runbook.toml:  [[verify.{name}.check]]\n                   http = "http://localhost:4000/health"',
        )
    if not known[name].check:
        raise BadInputError(f"the verification {name!r} has no checks", hint=f"[[verify.{name}.check]] in runbook.toml")
    return known[name]


def verify(
    name: str,
    *,
    deadline: float | None = None,
    identifier: str | None = None,
    repo: str | None = None,
    record: bool = True,
    tell: Tell = lambda _number, _result: None,
) -> Verified:
    """Run the verification ``name`` and put its outcome on record, where something is open.

    Args:
        name: as in ``[verify.NAME]``.
        deadline: seconds for which failing checks are tried again; the settings' where absent.
        identifier: the document; the open one, if there is one, where absent.
        repo: as ``--repo``.
        record: put the outcome on the timeline, and into a deployment's checklist.
        tell: told each change of a check, by its number, texts through the door.

    Raises:
        BadInputError: there is no such verification.
    """
    wanted = find_verification(name, repo)
    desk = open_desk(identifier, repo) if record else None
    door = _door(desk)
    limit = wanted.deadline if deadline is None else deadline
    seen = _look(wanted.check, limit, door, repo, tell)
    if desk is not None:
        _record(desk, name, seen)
    return Verified(name, seen, "" if desk is None else desk.id)


def problems(name: str, repo: str | None = None) -> list[str]:
    """What a verification finds wrong, a sentence each; for whoever undoes what it has done then."""
    return [f"{each.title}: {each.detail}" for each in verify(name, repo=repo).failed]


def watch(
    name: str,
    *,
    every: float = EVERY,
    identifier: str | None = None,
    repo: str | None = None,
    show: Callable[[list[Result], dict[str, timedelta]], None],
    wait: Callable[[float], bool],
) -> Verified:
    """Look again and again; each change of a check goes onto the timeline, with how long it was down.

    Args:
        name: as in ``[verify.NAME]``.
        every: seconds between two looks.
        identifier: the document; the open one, if there is one, where absent.
        repo: as ``--repo``.
        show: shown the results of every look, and for how long each failing check has been down.
        wait: waits that many seconds and says whether to go on.

    Returns:
        The last look.
    """
    wanted = find_verification(name, repo)
    desk = open_desk(identifier, repo)
    door = _door(desk)
    down: dict[int, datetime] = {}
    first = True
    while True:
        now = datetime.now(UTC)
        seen = _look(wanted.check, 0.0, door, repo, lambda _number, _result: None)
        for number, each in enumerate(seen):
            said = _changed(each, down.get(number), now, first=first)
            if each.ok:
                down.pop(number, None)
            else:
                down.setdefault(number, now)
            if said and desk is not None:
                desk.append("verification", {"text": said, "verify": name}, source="verify")
        first = False
        show(seen, {each.title: now - down[number] for number, each in enumerate(seen) if number in down})
        if not wait(max(0.0, every - (datetime.now(UTC) - now).total_seconds())):
            return Verified(name, seen, "" if desk is None else desk.id)


def _changed(result: Result, since: datetime | None, now: datetime, *, first: bool) -> str:
    """What the timeline says of this look at a check; nothing where all is as it was."""
    if not result.ok and since is None:
        return f"{result.title} {'is' if first else 'went'} down: {result.detail}"
    if result.ok and since is not None:
        return f"{result.title} works again after {format_duration(now - since)}: {result.detail}"
    return ""


def _door(desk: Desk | None) -> Door:
    from runbook.record.key import redaction_key
    from runbook.redact.door import Door

    return Door(redaction_key) if desk is None else desk.door


def _look(checks: Sequence[Check], deadline: float, door: Door, repo: str | None, tell: Tell) -> list[Result]:
    from dataclasses import replace

    from runbook.operate.verification import verify as look_at

    def clean(result: Result) -> Result:
        return replace(result, title=door.clean(result.title), detail=door.clean(result.detail))

    logs = _Logs(door, repo)
    results = look_at(
        checks, deadline=deadline, more={"log": logs.look}, tell=lambda number, result: tell(number, clean(result))
    )
    return [clean(result) for result in results]


class _Logs:
    """Looks at logs with the catalog."""

    def __init__(self, door: Door, repo: str | None) -> None:
        self._door = door
        self._repo = repo

    def look(self, check: Check) -> str:
        """Search for known failures.

        Raises:
            CheckFailedHere: there are some, or the log cannot be read.
        """
        from runbook.model.checks import LogCheck
        from runbook.operate.checks import CheckFailedHere

        log = check
        if not isinstance(log, LogCheck):
            raise TypeError(f"{check.kind} is no log")
        since = None
        if log.since:
            from runbook.flow.since import since_when

            since = since_when(log.since)
        try:
            found = self._in_command(log, since) if log.log.startswith("$ ") else self._in_file(log, since)
        except BadInputError as error:
            raise CheckFailedHere(error.message) from None
        counted = [match for match in found if match.severity in log.severities]
        if counted:
            worst = counted[0]
            more = f", and {count_of(len(counted) - 1, 'other failure')}" if len(counted) > 1 else ""
            raise CheckFailedHere(f"{worst.signature} at line {worst.line}{more}: {worst.excerpt.strip()}")
        return "no known failure" + (f" since {log.since}" if log.since else "")

    def _in_file(self, log: LogCheck, since: datetime | None) -> list[Any]:
        from runbook.errors import NotFoundError
        from runbook.flow.scan import scan

        try:
            return scan([os.path.expanduser(log.log)], kind="output", repo=self._repo, since=since).matches
        except NotFoundError as error:
            raise BadInputError(error.message) from None

    def _in_command(self, log: LogCheck, since: datetime | None) -> list[Any]:
        from runbook.detect.engine import Scanner
        from runbook.flow.automata import engine_for
        from runbook.flow.findings import catalog_folders, catalog_for
        from runbook.flow.since import Since
        from runbook.operate.checks.command import output_of

        status, output = output_of(log.log.removeprefix("$ "), log.timeout)
        if status:
            raise BadInputError(f"`{log.log.removeprefix('$ ')}` ended with exit {status}")
        repository = find_place(self._repo).repository
        engine = engine_for(catalog_folders(repository), "output")
        scanner = Scanner(catalog_for(repository), "output", clean=self._door.clean, engine=engine)

        def feed(data: bytes) -> None:
            scanner.feed(data)

        text = output.encode("utf-8", "backslashreplace")
        if since is None:
            feed(text)
        else:
            ages = Since(since, feed)
            ages.take(text)
            ages.close()
        return scanner.close()


def _record(desk: Desk, name: str, seen: list[Result]) -> None:
    failed = [each for each in seen if not each.ok]
    if failed:
        first = f"{failed[0].title}: {failed[0].detail}"
        more = f"; also {', '.join(each.title for each in failed[1:])}" if len(failed) > 1 else ""
        text = f"Verification {name}: {len(failed)} of {count_of(len(seen), 'check')} failed. {first}{more}"
    else:
        text = f"Verification {name}: {count_of(len(seen), 'check')} passed ({', '.join(each.title for each in seen)})"
    desk.append("verification", {"text": text, "verify": name}, source="verify")
    if desk.kind == "deployment" and name in _FIELDS:
        _fill_checklist(desk, _FIELDS[name], seen)


def _fill_checklist(desk: Desk, field: str, seen: list[Result]) -> None:
    """Tick the report's checklist: who, when, and what was seen where a check failed. Boxes of other names stay."""
    from runbook.record import places

    held = {check.text: check.model_dump(mode="json") for check in getattr(desk.record(), field)}
    actor = desk.door.clean(places.actor(git_user=desk.git_user))
    now = iso(desk.now())
    for each in seen:
        box = held.setdefault(each.title, {"id": new_ulid(), "text": each.title})
        box.update(
            done=each.ok,
            by=actor if each.ok else "",
            at=now if each.ok else None,
            note="" if each.ok else f"`runbook verify`: {each.detail}",
        )
    desk.append("answer", {"step": "verify", "field": field, "value": list(held.values())}, source="verify")


def sleep(seconds: float) -> bool:
    """Wait; for whoever watches without a screen."""
    time.sleep(seconds)
    return True
