"""Many machines, many clocks: whose clock a time was read from, how far two clocks are apart, and putting it right.

A time in a journal was read from the clock of the machine that wrote it, unless a person typed it or it was imported:
then it is the source's. How far two writers' clocks are apart follows from what each had seen of the other when it
wrote (``seen`` entries): an entry was written before somebody else read it, whatever the clocks say. That gives bounds,
not a number, and is shown as such. An ``offset`` entry, put there by a person, moves the times of one clock.

Standard library only: every verb that reads the journal passes here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from runbook.model.times import iso
from runbook.model.wire import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TYPED = timedelta(seconds=2)
"""A time that lies further from when it was recorded was typed, not read from a clock."""

NOTICEABLE = timedelta(seconds=5)
"""Clocks that are closer than that are as good as equal."""

CLOSE = timedelta(minutes=2)
"""Bounds that are further apart than that have no middle worth naming."""

_WATCHED = ("run", "shell", "hook")  # sources whose times are read from the clock, however long they took to record
_IMPORTED = "import:"


class Bounds:
    """How far a clock is ahead of ours (negative: behind), as far as that is known. Treat as frozen.

    Attributes:
        least, most: bounds; None where nothing was seen in that direction.
    """

    __slots__ = ("least", "most")

    def __init__(self, least: timedelta | None, most: timedelta | None) -> None:
        self.least = least
        self.most = most

    @property
    def certain(self) -> timedelta:
        """By how much it certainly differs: the bound that is nearer to zero, or zero."""
        if self.least is not None and self.least > NOTICEABLE:
            return self.least
        if self.most is not None and self.most < -NOTICEABLE:
            return self.most
        return timedelta()

    def allow(self, offset: timedelta) -> bool:
        """Whether a clock that is ahead by ``offset`` can be; a few seconds of doubt are its own."""
        low = self.least is None or offset >= self.least - NOTICEABLE
        return low and (self.most is None or offset <= self.most + NOTICEABLE)

    @property
    def estimate(self) -> timedelta:
        """What to take out: the middle of the bounds where they are close, else only what is certain."""
        least, most = self.least, self.most
        if self.certain and least is not None and most is not None and timedelta() <= most - least <= CLOSE:
            return (least + most) / 2
        return self.certain


def clock_of(entry: Entry) -> str:
    """The clock by which ``entry`` says when it happened: a journal's name, ``import:FORMAT``, or nothing (typed)."""
    if entry.source.startswith(_IMPORTED):
        return entry.source
    if entry.source.startswith(_WATCHED):
        return entry.writer
    typed = abs(datetime.fromisoformat(entry.at) - datetime.fromisoformat(entry.recorded_at)) > TYPED
    return "" if typed else entry.writer


def offsets(entries: Iterable[Entry]) -> dict[str, timedelta]:
    """By how much each clock is ahead, as people have accepted it; the newest word on a clock counts."""
    entries = list(entries)
    words = [entry for entry in entries if entry.kind == "offset"]
    if not words:
        return {}
    undone = {str(entry.data.get("target")) for entry in entries if entry.kind == "undo"}
    found: dict[str, timedelta] = {}
    for entry in words:
        seconds = entry.data.get("seconds")
        if entry.id not in undone and isinstance(seconds, int | float) and abs(seconds) < 10 * 366 * 86400:
            found[str(entry.data.get("clock"))] = timedelta(seconds=seconds)
    return {clock: offset for clock, offset in found.items() if offset}


def corrected(entries: Sequence[Entry]) -> list[Entry]:
    """``entries`` with the accepted offsets taken out of their times; the same objects where nothing changes."""
    accepted = offsets(entries)
    return [_moved(entry, accepted) for entry in entries] if accepted else list(entries)


def _moved(entry: Entry, accepted: Mapping[str, timedelta]) -> Entry:
    at = accepted.get(clock_of(entry))
    recorded = accepted.get(entry.writer)
    if at is None and recorded is None:
        return entry
    return Entry(
        id=entry.id,
        at=entry.at if at is None else iso(datetime.fromisoformat(entry.at) - at),
        recorded_at=entry.recorded_at
        if recorded is None
        else iso(datetime.fromisoformat(entry.recorded_at) - recorded),
        kind=entry.kind,
        actor=entry.actor,
        source=entry.source,
        data=entry.data,
        writer=entry.writer,
    )


def bounds(entries: Iterable[Entry], ours: str) -> dict[str, Bounds]:
    """How far each other writer's clock is ahead of the clock of ``ours``, by the name of its journal.

    Args:
        entries: as they stand in the journals, not corrected.
        ours: name of our own journal.
    """
    entries = list(entries)
    written = {entry.id: datetime.fromisoformat(entry.recorded_at) for entry in entries}
    least: dict[str, timedelta] = {}
    most: dict[str, timedelta] = {}
    for entry in entries:
        heard = entry.data.get("seen") if entry.kind == "seen" else None
        for writer, identity in heard.items() if isinstance(heard, dict) else ():
            if identity not in written:
                continue
            ahead = written[identity] - written[entry.id]  # it was written before it was read: at least so much
            if entry.writer == ours:
                least[writer] = max(ahead, least.get(writer, ahead))
            elif writer == ours:
                most[entry.writer] = min(-ahead, most.get(entry.writer, -ahead))
    return {name: Bounds(least.get(name), most.get(name)) for name in sorted({*least, *most} - {ours})}
