"""A session from a file, onto the journal: what was recorded elsewhere, or long ago, as if it were recorded now.

The session is YAML: ``title``, ``severity``, ``started``, ``recorded``, ``actor``, ``host`` and ``entries``. Each entry
is a note (``kind``, ``text``), a command (``command``, ``cwd``, ``exit_status``, ``duration``, ``output``) or a file
(``attach``, ``name``), at a time (``at: T+1:30``). ``ref`` names an entry so that answers can rest on it. Replaying the
same session always gives the same journal, ids included.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from runbook.flow.desk import Desk, Place
from runbook.flow.findings import catalog_for, finding_data
from runbook.model.record import Milestone, Role, SeverityName
from runbook.model.times import iso, parse_time
from runbook.model.wire import Entry
from runbook.model.yamltext import parse_yaml, validate
from runbook.record import cabinet
from runbook.record.store import write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime


class SessionEntry(BaseModel):
    """One thing that happened."""

    model_config = ConfigDict(extra="forbid")

    at: str
    ref: str = ""
    kind: str = "note"
    text: str = ""
    highlight: bool = False
    mark: Milestone | None = None
    command: str = ""
    cwd: str = ""
    exit_status: int | None = None
    duration: float | None = None
    output: str = ""
    role: Role = ""
    note: str = ""
    attach: str = ""
    name: str = ""


class Session(BaseModel):
    """A recorded session."""

    model_config = ConfigDict(extra="forbid")

    title: str
    severity: SeverityName = "medium"
    started: AwareDatetime
    recorded: AwareDatetime = Field(description="when all of it became known")
    actor: str = ""
    host: str = ""
    entries: list[SessionEntry]


def load_session(path: Path) -> Session:
    """Read a session file.

    Raises:
        BadInputError: with file, line and field.
    """
    session: Session = validate(parse_yaml(path.read_text("utf-8"), file=str(path)), Session)
    return session


def steady_ulid(moment: datetime, seed: str, number: int) -> str:
    """A ULID that the same input always gives, in the order of ``number`` among equal moments."""
    digest = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    value = (round(moment.timestamp() * 1000) << 80) | (number << 64) | digest
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[(value >> shift) & 31] for shift in range(125, -1, -5))


class Replay:
    """Opens a document for one session and puts its entries onto the journal.

    Attributes:
        desk: the document.
        refs: each entry's ``ref`` -> the id it got.
    """

    def __init__(self, session: Session, place: Place, evidence: Path, *, document: str = "incident") -> None:
        self.session = session
        self.evidence = evidence
        self.refs: dict[str, str] = {}
        self._number = 0
        self._found: list[tuple[str, str]] = []
        self._catalog = catalog_for(place.repository)
        date = session.started.astimezone(UTC).date().isoformat()
        identifier, folder = cabinet.take_id(document, date, place.key, place.repository)
        cabinet.write_card(folder, {"repository": place.repository, "title": session.title, "zone": "UTC"})
        self.desk = Desk(identifier, folder, None, place)
        self.desk.journal_stem = f"{session.host or 'host'}-{session.actor or 'somebody'}-replay"
        data = {
            "document": document,
            "id": identifier,
            "ulid": steady_ulid(session.started, session.title, 0),
            "title": session.title,
            "zone": "UTC",
            **({"severity": session.severity} if document == "incident" else {}),
        }
        self.write("start", session.started, data)

    def run(self, heard: Callable[[SessionEntry, Sequence[tuple[str, str]]], None] | None = None) -> None:
        """Replay everything; ``heard`` is told of each entry and of the known failures found in it."""
        for entry in self.session.entries:
            at = parse_time(entry.at, now=self.session.recorded, started=self.session.started)
            self._found = []
            identifier = self._one(entry, at)
            if heard is not None:
                heard(entry, self._found)
            if entry.ref:
                self.refs[entry.ref] = identifier
            changes = {"role": entry.role, "note": entry.note, "highlight": entry.highlight}
            changes = {name: value for name, value in changes.items() if value}
            if changes:
                self.write("amend", self.session.recorded, {"target": identifier, "changes": changes})

    def _one(self, entry: SessionEntry, at: datetime) -> str:
        if entry.command:
            return self._command(entry, at)
        if entry.attach:
            kept = self._keep(entry.attach, at, "attached")
            text = (self.evidence / entry.attach).read_text("utf-8")
            findings = self._scan(text, kept["path"], "output")
            return self.write("evidence", at, {"name": entry.name or entry.attach, **kept, "findings": findings})
        if entry.mark:
            return self.write("mark", at, {"milestone": entry.mark, "note": entry.text})
        return self.write(entry.kind, at, {"text": entry.text})

    def _command(self, entry: SessionEntry, at: datetime) -> str:
        findings = self._scan(entry.command, "-", "command")
        outputs = []
        if entry.output:
            kept = self._keep(entry.output, at, "stdout")
            outputs.append(kept)
            findings += self._scan((self.evidence / entry.output).read_text("utf-8"), kept["path"], "output")
        data = {
            "command": entry.command,
            "cwd": entry.cwd,
            "host": self.session.host,
            "exit_status": entry.exit_status,
            "duration": entry.duration,
            "outputs": outputs,
            "findings": findings,
        }
        return self.write("command", at, {name: value for name, value in data.items() if value not in ("", None, [])})

    def _scan(self, text: str, source: str, kind: str) -> list[dict[str, Any]]:
        from runbook.detect.engine import scan_text

        found = scan_text(self._catalog, text, kind=kind, source=source)
        self._found += [(match.signature, match.title) for match in found]
        return [finding_data(match.to_json()) for match in found]

    def _keep(self, name: str, at: datetime, stream: str) -> dict[str, Any]:
        """Store one file of evidence as a recorded command's output is stored."""
        text = self.desk.door.clean((self.evidence / name).read_bytes())
        identifier = steady_ulid(at, f"evidence {name}", self._number)
        slug = re.sub(r"[^a-z0-9]+", "-", Path(name).stem.lower()).strip("-")
        path = f"evidence/{identifier.lower()}-{slug}.txt"
        content = text.encode()
        write_file(Path(self.desk.folder, path), content, mode=0o600)
        return {
            "evidence": identifier,
            "stream": stream,
            "path": path,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }

    def write(self, kind: str, at: datetime, data: Mapping[str, Any]) -> str:
        """Put one event onto the journal and return its id."""
        self._number += 1
        entry = Entry(
            id=steady_ulid(self.session.recorded, f"{self.session.title} {self._number}", self._number),
            at=iso(at),
            recorded_at=iso(self.session.recorded),
            kind=kind,
            actor=self.session.actor or "unknown",
            source="replay",
            data=self.desk.door.clean_value(dict(data)),
        )
        self.desk.write(entry)
        return entry.id
