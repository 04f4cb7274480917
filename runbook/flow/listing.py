"""What there is: documents that run on this machine and documents filed in the repository."""

from __future__ import annotations

from typing import Any

from runbook.errors import RunbookError
from runbook.flow.desk import Desk, Place, find_place
from runbook.flow.past import renew
from runbook.flow.status import Overview
from runbook.model.record import AnyDocument, Incident
from runbook.record import cabinet
from runbook.record.store import load_record


class Row:
    """One document in the list. Treat as frozen.

    Attributes:
        id, title, severity, status: of the document.
        started: ISO time, or None.
        seconds: how long it lasted, or has lasted, where that is known.
        running: whether it lies in the state folder.
        current: whether verbs without ``--id`` mean it.
        problem: why its record cannot be read, if it cannot.
    """

    __slots__ = ("current", "id", "problem", "running", "seconds", "severity", "started", "status", "title")

    def __init__(self, identifier: str, *, running: bool, current: bool) -> None:
        self.id = identifier
        self.running = running
        self.current = current
        self.title = self.severity = self.status = self.problem = ""
        self.started: str | None = None
        self.seconds: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The shape ``list --format json`` prints (docs/schema/list.json)."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "problem" or self.problem}


def listing(repo: str | None = None, *, running_only: bool = False, limit: int = 50) -> list[Row]:
    """Documents, newest id first. One that cannot be read is listed with its problem, never left out."""
    place = find_place(repo)
    current = cabinet.read_pointer().get("id")
    found: dict[str, tuple[str, bool]] = {}
    found.update((name, (folder, True)) for name, folder in cabinet.running(place.key if place.repository else None))
    if place.repository is not None and not running_only:
        found.update((name, (folder, False)) for name, folder in cabinet.filed(place.repository))
    newest = sorted(found, key=lambda name: (name[4:14], name), reverse=True)[:limit]
    rows = []
    for name in newest:
        folder, running = found[name]
        row = Row(name, running=running, current=name == current)
        try:
            if running:
                _running(row, name, folder, place)
            else:
                _filed(row, load_record(folder))
        except RunbookError as error:
            row.title, row.problem = "(cannot be read)", str(error)
        rows.append(row)
    renew(place.repository)
    return rows


def _running(row: Row, name: str, folder: str, place: Place) -> None:
    overview = Overview(Desk(name, folder, None, place))
    row.title = overview.desk.title
    row.severity, row.status = overview.severity, overview.status
    row.started = None if overview.started is None else overview.started.isoformat()
    row.seconds = overview.lasted()


def _filed(row: Row, document: AnyDocument) -> None:
    row.title, row.status = document.title, document.status
    row.severity = document.severity if isinstance(document, Incident) else ""
    row.started = None if document.started is None else document.started.isoformat()
    lasted = document.milestones.since_start("resolved")
    row.seconds = None if lasted is None else lasted.total_seconds()
