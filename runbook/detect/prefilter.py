"""Which lines may match which conditions: the cheap look before the exact one.

:class:`Engine` is the seam. Whatever finds candidates faster on large input takes the place of :class:`LiteralEngine`;
the scanner confirms every candidate, so an engine may name too many lines but never too few.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Protocol

    from runbook.detect.table import Condensed

    class Engine(Protocol):
        """Finds candidates in a block of whole lines."""

        def candidates(self, block: bytes) -> list[tuple[int, int, tuple[int, ...]]]:
            """Candidate lines as (start, end, slots), by start.

            Args:
                block: whole lines, the last one with or without its newline.

            Returns:
                Byte offsets of each line, newline not included, and the numbers of the conditions to confirm on it.
            """
            ...


FOLDING = ("\u212a".encode(), "\u017f".encode())
"""The Kelvin sign and the long s: ``(?i)`` lets them stand for ``k`` and ``s``, lower-casing ASCII does not.

A line that holds one is a candidate for every condition.
"""


LITTLE = 4096
"""Bytes of a block in which looking for everything costs less than preparing to look for less."""

_NEW, _USED, _READY = range(3)  # has seen nothing; has seen a block, without an index; has its index


class LiteralEngine:
    """Searches a lower-cased block for every literal in turn: nothing to compile, fast enough up to some megabytes."""

    __slots__ = ("_always", "_literals", "_needs", "_state", "_wide")

    def __init__(self, needs: Iterable[tuple[int, Condensed]]) -> None:
        """Take (slot, condition) pairs; a condition without literals is a candidate on every line."""
        self._needs = list(needs)
        self._state = _NEW
        self._always: list[tuple[int, Condensed]] = []
        self._wide: list[tuple[int, Any]] | None = None
        self._literals: list[tuple[bytes, list[int]]] = []

    def _prepare(self) -> None:
        """Make the index: which literal stands for which slots."""
        self._state = _READY
        by_literal: dict[bytes, list[int]] = {}
        for slot, condensed in self._needs:
            literals = condensed[2]
            if not literals:
                self._always.append((slot, condensed))
            for literal in literals:
                by_literal.setdefault(literal, []).append(slot)
        self._literals = list(by_literal.items())

    def candidates(self, block: bytes) -> list[tuple[int, int, tuple[int, ...]]]:
        """See :class:`Engine`."""
        if self._state != _READY:
            if self._state == _NEW and len(block) <= LITTLE and block.isascii():
                self._state = _USED
                return self._narrowed(block).candidates(block)
            self._prepare()
        low = block.lower()
        found: dict[int, tuple[int, set[int]]] = {}
        if self._always:
            self._without_literals(block, found)
        for literal, slots in self._wanted(low):
            at = low.find(literal)
            while at >= 0:
                start, end = self._note(low, at, slots, found)
                at = low.find(literal, max(end, start + 1))
        if not block.isascii():
            everything = [slot for slot, _condensed in self._needs]
            for letter in FOLDING:
                at = block.find(letter)
                while at >= 0:
                    _start, end = self._note(low, at, everything, found)
                    at = block.find(letter, end)
        return [(start, end, tuple(sorted(slots))) for start, (end, slots) in sorted(found.items())]

    def _narrowed(self, block: bytes) -> LiteralEngine:
        """An engine for this one block, which knows no more than the block can hold.

        One line is often all that is scanned, and the index over all conditions costs more than a look at each.
        """
        low = block.lower()
        held = {slot for slot, (_how, _what, literals) in self._needs for literal in literals if literal in low}
        narrowed = LiteralEngine(one for one in self._needs if one[0] in held or not one[1][2])
        narrowed._prepare()
        return narrowed

    def _wanted(self, _low: bytes) -> list[tuple[bytes, list[int]]]:
        """The literals that this lower-cased block may hold."""
        return self._literals

    def _without_literals(self, block: bytes, found: dict[int, tuple[int, set[int]]]) -> None:
        """Conditions without literals: every line, or in a larger block those that a wider pattern finds."""
        everywhere = [slot for slot, _condensed in self._always]
        if len(block) > LITTLE:
            if self._wide is None:
                from runbook.detect.wide import compile_wide  # noqa: PLC0415  few catalogs need it

                self._wide = [(slot, compile_wide(condensed)) for slot, condensed in self._always]
            everywhere = []
            for slot, pattern in self._wide:
                if pattern is None:
                    everywhere.append(slot)
                    continue
                at = 0
                while (match := pattern.search(block, at)) is not None:
                    _start, end = self._note(block, match.end() - 1, [slot], found)
                    at = end + 1
                    if at >= len(block):
                        break
        if everywhere:
            self._every_line(block, everywhere, found)

    @staticmethod
    def _every_line(block: bytes, slots: list[int], found: dict[int, tuple[int, set[int]]]) -> None:
        start = 0
        while start < len(block):
            end = block.find(b"\n", start)
            if end < 0:
                end = len(block)
            if end > start:
                known = found.get(start)
                if known is None:
                    found[start] = (end, set(slots))
                else:
                    known[1].update(slots)
            start = end + 1

    @staticmethod
    def _note(low: bytes, at: int, slots: list[int], found: dict[int, tuple[int, set[int]]]) -> tuple[int, int]:
        start = low.rfind(b"\n", 0, at) + 1
        end = low.find(b"\n", at)
        if end < 0:
            end = len(low)
        known = found.get(start)
        if known is None:
            found[start] = (end, set(slots))
        else:
            known[1].update(slots)
        return start, end
