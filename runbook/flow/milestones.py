"""Milestones: set in order, and what they say about the time it took."""

from __future__ import annotations

from datetime import UTC, datetime

from runbook.errors import BadInputError
from runbook.flow.timeline import live_entries
from runbook.model.times import format_duration
from runbook.model.wire import MILESTONES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.flow.desk import Desk
    from runbook.model.wire import Entry


def milestones(desk: Desk) -> dict[str, datetime]:
    """The milestones on record, by name, from the journal alone (hot path). Later marks win; amendments count."""
    found: dict[str, tuple[str, str]] = {}
    for entry in live_entries(desk):
        if entry.kind == "start":
            found.setdefault("started", (entry.id, entry.at))
        elif entry.kind == "mark" and entry.data.get("milestone") in MILESTONES:
            found[str(entry.data["milestone"])] = (entry.id, entry.at)
        elif entry.kind == "amend" and "at" in dict(entry.data.get("changes") or {}):
            for name, (identifier, _) in list(found.items()):
                if identifier == entry.data.get("target"):
                    found[name] = (identifier, str(entry.data["changes"]["at"]))
        elif entry.kind == "answer" and entry.data.get("field") == "milestones":
            value = entry.data.get("value")
            for name, at in dict(value or {}).items():
                if name in MILESTONES and isinstance(at, str):
                    found[name] = (entry.id, at)
    return {name: datetime.fromisoformat(found[name][1]) for name in MILESTONES if name in found}


def mark(desk: Desk, milestone: str, *, at: datetime | None = None, note: str = "") -> tuple[Entry, str]:
    """Set ``milestone``.

    Returns:
        The entry, and `` (1 h 05 min after it started)`` where that can be said.

    Raises:
        BadInputError: it would stand before an earlier milestone or after a later one.
    """
    known = milestones(desk)
    moment = at or datetime.now(UTC).astimezone(desk.zone)
    position = MILESTONES.index(milestone)
    for name, other in known.items():
        if name == milestone:
            continue
        place = MILESTONES.index(name)
        wrong = moment < other if place < position else moment > other
        if wrong:
            relation = "before" if place < position else "after"
            shown = other.astimezone(desk.zone)
            raise BadInputError(
                f"{milestone} at {moment:%H:%M} would lie {relation} {name} ({shown:%Y-%m-%d %H:%M})",
                hint=f"give its time with --at, or correct the other one: runbook mark {name} --at TIME",
            )
    entry = desk.append("mark", {"milestone": milestone, **({"note": note} if note else {})}, at=moment)
    started = known.get("started")
    if started is None or milestone == "started":
        return entry, ""
    return entry, f" ({format_duration(moment - started)} after it started)"
