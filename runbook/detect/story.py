"""Timelines as text: the notation in which signatures of ``timeline`` write their examples.

One entry a line::

    deployment                                   an incident, if this line is absent
    status = success                             a field: status, reviewer, rollback_plan, verification, sign_off,
    production.hosts = prod-*                    ... or a setting: production.hosts, .paths, .compose_projects,
    silent_minutes = 30                          silent_minutes
    08:00 started                                a milestone
    08:05 $ docker compose up -d => 1            a command with its exit status; => may be absent
    08:09 web1:/srv/app$ docker compose ps => 0  ... on a host, in a folder
    08:20 (kim) review: OPS-12, looks right      an entry of any kind, with who made it
    08:31 escalation: asked Kim
    finding = docker/build-context-missing-file @ 08:05, 08:09

The day is 2026-02-11 in UTC. A time earlier than the one before is the next day's.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from runbook.errors import BadInputError
from runbook.model.record import AnyDocument, Check, Command, Deployment, Finding, Incident, SignOff, TimelineEntry
from runbook.model.settings import Production, Settings, Timeline
from runbook.model.wire import MILESTONES, NOTE_KINDS, new_ulid

_DAY = datetime(2026, 2, 11, tzinfo=UTC)
_TIMED = re.compile(r"^(\d\d):(\d\d)\s+(?:\(([^)]+)\)\s+)?(.*)$")
_COMMAND = re.compile(r"^(?:([\w.-]+)(?::(\S+))?|(/\S*|~\S*))?\$\s+(.*?)(?:\s+=>\s*(\d+))?$")
_ENTRY = re.compile(r"^([a-z]+):\s+(.*)$")
_FIELD = re.compile(r"^([a-z_.]+)\s*=\s*(.*)$")


def read_story(text: str) -> tuple[AnyDocument, Settings]:
    """The document and settings that ``text`` tells.

    Raises:
        BadInputError: a line in no known form, with its number.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    document: AnyDocument
    if lines and lines[0][1] == "deployment":
        lines = lines[1:]
        document = Deployment(id="DEP-2026-02-11-001", title="A deployment", status="running")
    else:
        document = Incident(id="INC-2026-02-11-001", title="An incident")
    reader = _Reader(document)
    for number, line in lines:
        try:
            reader.take(line)
        except ValueError as error:
            raise BadInputError(f"line {number} of the timeline cannot be read: {error}") from None
    return document, Settings(production=Production(**reader.production), timeline=Timeline(**reader.timeline))


class _Reader:
    def __init__(self, document: AnyDocument) -> None:
        self.document = document
        self.production: dict[str, Any] = {}
        self.timeline: dict[str, Any] = {}
        self._last = _DAY
        self._at: dict[str, str] = {}  # clock time -> id of the entry

    def take(self, line: str) -> None:
        timed = _TIMED.match(line)
        if timed:
            self._entry(self._moment(int(timed[1]), int(timed[2])), f"{timed[1]}:{timed[2]}", timed[3] or "", timed[4])
            return
        field = _FIELD.match(line)
        if field is None:
            raise ValueError(f"{line!r} is neither 'HH:MM …' nor 'field = value'")
        self._field(field[1], field[2].strip())

    def _moment(self, hours: int, minutes: int) -> datetime:
        moment = self._last.replace(hour=hours, minute=minutes)
        if moment < self._last:
            moment += timedelta(days=1)
        self._last = moment
        return moment

    def _entry(self, at: datetime, clock: str, actor: str, text: str) -> None:
        document = self.document
        if text in MILESTONES:
            setattr(document.milestones, text, at)
            return
        identity = f"E{len(document.timeline) + 1:03d}"
        self._at[clock] = identity
        if command := _COMMAND.match(text):
            host, folder, only_folder, line, status = command.groups()
            document.commands = [
                *document.commands,
                Command(
                    id=identity,
                    at=at,
                    command=line,
                    host=host or "",
                    cwd=folder or only_folder or "",
                    actor=actor,
                    exit_status=None if status is None else int(status),
                ),
            ]
            row = TimelineEntry(id=identity, at=at, kind="command", text=line, actor=actor)
        elif (entry := _ENTRY.match(text)) and entry[1] in NOTE_KINDS:
            row = TimelineEntry(id=identity, at=at, kind=entry[1], text=entry[2], actor=actor)
        else:
            raise ValueError(f"{text!r} is no milestone, no '$ command' and no entry such as 'note: …'")
        document.timeline = [*document.timeline, row]

    def _field(self, name: str, value: str) -> None:
        document = self.document
        words = [word.strip() for word in value.split(",") if word.strip()]
        if name.startswith("production."):
            self.production[name.removeprefix("production.")] = words
        elif name == "silent_minutes":
            self.timeline[name] = value
        elif name == "finding":
            self._finding(value)
        elif isinstance(document, Deployment) and name == "sign_off":
            by, _colon, documents = value.partition(":")
            named = [each.strip() for each in documents.split(",") if each.strip()]
            document.sign_off = SignOff(by=by.strip(), documents=named)
        elif isinstance(document, Deployment) and name == "pre_checks":
            document.pre_checks = [Check(id=new_ulid(), text=word, done=True) for word in words]
        elif name in {"status", "reviewer", "rollback_plan", "verification"} and name in type(document).model_fields:
            setattr(document, name, value)
        else:
            raise ValueError(f"there is no field {name!r} here")

    def _finding(self, value: str) -> None:
        signature, _at, clocks = value.partition("@")
        entries = [self._at[clock.strip()] for clock in clocks.split(",") if clock.strip() in self._at]
        if not entries:
            raise ValueError("a finding names the times of entries above it: finding = area/name @ 08:05")
        finding = Finding(id=signature.strip(), signature=signature.strip(), entries=entries, severity="high")
        self.document.findings = [*self.document.findings, finding]
