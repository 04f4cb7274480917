"""What a curated record has taken account of: which events the fold leaves as people decided them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from runbook.model.wire import MILESTONES
from runbook.record.clocks import clock_of, offsets

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument
    from runbook.model.wire import Entry
    from runbook.record.fold import Fold

_NO_TIME = timedelta()


class Known:
    """Which events a curated record has taken account of.

    One ULID is enough while one writer records. With several, whose clocks differ and whose journals arrive late, each
    has a mark of its own (``synced``).
    """

    def __init__(self, document: AnyDocument, ordered: list[Entry]) -> None:
        self.through = document.synced_through
        self._marks = dict(document.synced)
        self._only = next((entry.writer for entry in ordered if entry.id == self.through), "")

    def has(self, entry: Entry) -> bool:
        """Whether ``entry`` was folded in already, or is older than what people decided since."""
        if self._marks:
            if entry.writer in self._marks:
                return entry.id <= self._marks[entry.writer]
        elif not entry.writer or not self._only or entry.writer == self._only:
            return entry.id <= self.through
        # A journal that nobody had here before: its corrections are new, what it set is older than what was decided.
        return entry.id <= self.through and entry.kind != "amend"

    def note(self, document: AnyDocument, ordered: list[Entry]) -> None:
        """Take account of everything up to now."""
        if not ordered:
            return
        marks = dict(self._marks)
        if not marks and self._only:
            marks[self._only] = self.through
        for entry in ordered:
            if entry.writer:
                marks[entry.writer] = max(entry.id, marks.get(entry.writer, ""))
        document.synced = marks if len(marks) > 1 else {}
        document.synced_through = max(self.through, ordered[-1].id)


def set_clocks(state: Fold, ordered: list[Entry], known: Known) -> None:
    """Move what the record holds already where a clock offset was accepted since; hand-corrected times stay."""
    now = offsets(ordered)
    before = offsets([entry for entry in ordered if known.has(entry) or entry.kind not in {"offset", "undo"}])
    if now == before or not known.through:
        return
    for entry in ordered:
        clock = clock_of(entry)
        moved = now.get(clock, _NO_TIME) - before.get(clock, _NO_TIME)
        if not moved:
            continue
        at = datetime.fromisoformat(entry.at)
        for item in (state._rows.get(entry.id), state._commands.get(entry.id)):  # noqa: SLF001  part of the fold, kept apart to stay short
            if item is not None and item.at == at + moved:
                setattr(item, "at", at)  # noqa: B010  two types with the field, validated on assignment
        milestone = str(entry.data.get("milestone")) if entry.kind == "mark" else ""
        if milestone in MILESTONES and getattr(state.document.milestones, milestone) == at + moved:
            setattr(state.document.milestones, milestone, at)


def is_set(document: AnyDocument, entry: Entry) -> bool:
    """Whether the record has a time for the milestone that ``entry`` marks."""
    return getattr(document.milestones, str(entry.data.get("milestone")), None) is not None
