"""Resolving: the last milestone, and what is on record by then."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from runbook.flow.milestones import mark, milestones
from runbook.flow.status import Overview
from runbook.model.times import format_duration

if TYPE_CHECKING:
    from runbook.flow.desk import Desk


class Resolved:
    """What resolving found. Treat as frozen."""

    __slots__ = ("at", "desk", "overview", "since")

    def __init__(self, desk: Desk, at: datetime, since: str) -> None:
        self.desk = desk
        self.at = at
        self.since = since
        self.overview = Overview(desk)

    def sentence(self) -> str:
        """One line, such as ``Resolved at 14:25 (5 h 23 min after it started). 41 entries, 6 known failures.``."""
        word = "Resolved" if self.desk.kind == "incident" else "Finished"
        known = len(self.overview.findings)
        counts = f"{self.overview.events} {'entry' if self.overview.events == 1 else 'entries'}"
        if known:
            counts += f", {known} known failure{'s' if known > 1 else ''}"
        return f"{word} at {self.at.astimezone(self.desk.zone):%H:%M}{self.since}. {counts}."

    def to_json(self) -> dict[str, Any]:
        """The shape ``resolve --format json`` prints."""
        return {"id": self.desk.id, "at": self.at.isoformat(), "events": self.overview.events}


def resolve(desk: Desk, *, at: datetime | None = None, note: str = "") -> Resolved:
    """Mark ``desk`` resolved, unless it is already and no other time is given.

    Raises:
        BadInputError: the time stands before an earlier milestone.
    """
    known = milestones(desk)
    if "resolved" in known and at is None:
        moment = known["resolved"]
        since = f" ({format_duration(moment - known['started'])} after it started)" if "started" in known else ""
        return Resolved(desk, moment, since)
    moment = at or datetime.now(UTC).astimezone(desk.zone)
    _, since = mark(desk, "resolved", at=moment, note=note)
    return Resolved(desk, moment, since)
