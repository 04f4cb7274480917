"""The interview's answers on the journal, and what the journal says of an interview that was left.

How far it got and what was being typed are ``answer`` events too, in fields that begin with ``draft.``: the fold passes
over them. ``draft.<question>`` holds what was typed, or null once it is answered; ``draft.step.done`` closes a step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook.capture.context import FROM_FILE
from runbook.model.wire import MILESTONES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from runbook.flow.desk import Desk
    from runbook.model.record import AnyDocument, TimelineEntry
    from runbook.model.wire import Entry

SOURCE = "interview"
_DRAFT = "draft."
_DONE = "draft.step.done"
_DEFAULT_SEVERITY = "medium"


class DeskKeeper:
    """Keeps answers on the journal of ``desk``; see :class:`runbook.capture.context.Keeper`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._record: AnyDocument | None = None

    def record(self) -> AnyDocument:
        """The record with everything saved so far; folded again only after a change."""
        if self._record is None:
            self._record = self.desk.record()
        return self._record

    def look_at_the_timeline(self) -> None:
        """Record known failures in the order of things, before anybody is asked about known failures."""
        from runbook.flow.findings import add_timeline_findings

        if add_timeline_findings(self.desk):
            self._record = None

    def answer(self, step: str, field: str, value: Any) -> None:
        """Set a field of the record."""
        self._append("answer", {"step": step, "field": field, "value": value})

    def note(self, text: str, *, at: datetime, kind: str) -> str:
        """Add to the timeline."""
        return self._append(kind, {"text": text}, at=at).id

    def amend(self, target: str, changes: Mapping[str, Any]) -> None:
        """Correct a timeline entry."""
        self._append("amend", {"target": target, "changes": dict(changes)})

    def leave_out(self, target: str, *, out: bool) -> None:
        """Take an entry out of the report, or back in."""
        self._append("left-out", {"target": target, "out": out})

    def left_out(self) -> list[TimelineEntry]:
        """What the timeline would hold besides, had nobody left it out."""
        from runbook.record.fold import fold
        from runbook.record.store import load_record

        gone = set(self.record().left_out)
        base = load_record(self.desk.filed) if self.desk.filed else None
        if base is not None:
            base = base.model_copy(update={"left_out": []})
        everything, _ = fold((entry for entry in self.desk.entries() if entry.kind != "left-out"), base)
        return [row for row in everything.timeline if row.id in gone]

    def draft(self, step: str, key: str, value: Mapping[str, Any] | None) -> None:
        """Keep or forget what was being typed; the record stays as it is."""
        self._append(
            "answer", {"step": step, "field": f"{_DRAFT}{key}", "value": None if value is None else dict(value)}
        )

    def done(self, step: str) -> None:
        """Close a step."""
        self._append("answer", {"step": step, "field": _DONE, "value": True})

    def _append(self, kind: str, data: Mapping[str, Any], *, at: datetime | None = None) -> Entry:
        entry = self.desk.append(kind, data, at=at, source=SOURCE)
        self._record = None
        return entry


class Progress:
    """How far an interview got.

    Attributes:
        answered: steps that need not be asked again.
        seen: steps that were closed at some time.
        drafts: by question, what was being typed.
        given: dotted fields that somebody set outside the interview.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.answered: set[str] = set()
        self.seen: set[str] = set()
        self.drafts: dict[str, Mapping[str, Any]] = {}
        self.given: set[str] = set()
        undone = {str(entry.data.get("target")) for entry in entries if entry.kind == "undo"}
        for entry in entries:
            if entry.id not in undone:
                self._take(entry)

    def _take(self, entry: Entry) -> None:
        data = entry.data
        if entry.kind == "start":
            self.given |= {"title", "milestones.started"}
            if data.get("severity", _DEFAULT_SEVERITY) != _DEFAULT_SEVERITY:
                self.given.add("severity")
        elif entry.kind == "mark":
            self.given.add(f"milestones.{data.get('milestone')}")
        elif entry.kind == "set":
            self.given.add(str(data.get("field")))
        elif entry.kind == "answer":
            self._take_answer(str(data.get("step")), str(data.get("field")), data.get("value"))

    def _take_answer(self, step: str, field: str, value: Any) -> None:
        if field == _DONE:
            self.answered.add(step)
            self.seen.add(step)
        elif field.startswith(_DRAFT):
            key = field.removeprefix(_DRAFT)
            if isinstance(value, dict):
                self.drafts[key] = value
                self.answered.discard(step)
            else:
                self.drafts.pop(key, None)
        elif step == FROM_FILE:
            self.given.add(field)
            if field == "milestones" and isinstance(value, dict):
                self.given |= {f"milestones.{name}" for name in MILESTONES if value.get(name)}
