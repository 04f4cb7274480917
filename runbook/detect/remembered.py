"""What was found out about the lines of a scan, so that those like them need no second look.

Where every other line is a finding, it is the same few messages again and again. A line is looked at once; one that no
condition can tell from it (:mod:`runbook.detect.alike`) only adds to the counts. What is kept is bounded, and given up
where no line is like another.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.alike import Reduction
    from runbook.detect.conditions import Conditions, Watch

OFTEN = 16
"""Lines with the same candidates before it pays to read what their conditions see."""

_MOST = 1000  # different sets of candidates
_TRIED = 256  # lines of which half have to be like one before
_LONGEST_LINE = 2048
_ENTRY = 150  # bytes that a line takes besides itself
_BUDGET = 2 * 1024 * 1024  # bytes that may be kept


class Remembered:
    """What was found out about lines, so that those like them need no second look.

    Kept are lines that only added to what had been found: the watches that they count for, none of which has to be
    shown a line any more.

    Args:
        conditions: all of the scan, by slot.
    """

    __slots__ = ("_bytes", "_conditions", "_seen", "_some")

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._seen: dict[tuple[int, ...], int] = {}
        self._some: dict[tuple[int, ...], _Some | None] = {}
        self._bytes = 0

    def of(self, slots: tuple[int, ...], line: bytes) -> tuple[Watch, ...] | None:
        """The watches that ``line`` counts for, if one like it was kept; None: it has to be looked at."""
        some = self._some.get(slots)
        if some is None:
            return None
        watches = some.known.get(some.reduced(line))
        if watches is not None:
            some.hits += 1
        return watches

    def keep(self, slots: tuple[int, ...], line: bytes, watches: tuple[Watch, ...]) -> None:
        """``line`` had these slots for candidates and counted for ``watches``, as every line like it will."""
        some = self._some.get(slots)
        if some is None:
            if slots in self._some or not self._due(slots):
                return
            from runbook.detect.alike import reduction  # noqa: PLC0415  only for a log full of findings

            reduced = reduction(self._conditions[slot] for slot in slots)
            some = self._some[slots] = None if reduced is None else _Some(reduced)
            if some is None:
                return
        if len(line) > _LONGEST_LINE:
            return
        some.misses += 1
        if some.misses % _TRIED == 0 and some.hits < some.misses:
            self._some[slots] = None  # each of these lines says something else
            return
        self._bytes += len(line) + _ENTRY
        if self._bytes > _BUDGET:
            for each in self._some.values():
                if each is not None:
                    each.known.clear()
            self._bytes = 0
        some.known[some.reduced(line)] = watches

    def _due(self, slots: tuple[int, ...]) -> bool:
        if len(self._some) >= _MOST:
            return False
        if len(self._seen) >= _MOST:
            self._seen.clear()
        count = self._seen[slots] = self._seen.get(slots, 0) + 1
        return count >= OFTEN


class _Some:
    """The lines that had the same candidates."""

    __slots__ = ("hits", "known", "misses", "reduced")

    def __init__(self, reduced: Reduction) -> None:
        self.reduced = reduced
        self.known: dict[bytes, tuple[Watch, ...]] = {}
        self.hits = 0
        self.misses = 0
