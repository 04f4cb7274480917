"""Which of a line's candidates hold there, in one look.

Where every other line is a finding the same few conditions are candidates again and again. From the eighth time on they
are asked together, with what must not stand on the line, instead of one by one.
"""

from __future__ import annotations

from runbook.detect.conditions import SHORT
from runbook.detect.table import LITERAL, REGEX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from runbook.detect.conditions import Condition, Conditions

OFTEN = 8
"""Times that the same candidates come before it pays to ask them together."""

_MOST = 32  # candidates on one line; more would make the automaton large
_SEEN = 1000  # different sets of candidates that are counted
_SIZES = tuple(64 * 1024 << step for step in range(5))  # bytes that one automaton may take: the least that will do
_BUDGET = 12 * 1024 * 1024  # bytes that all of them may take; the scan as a whole stays small


class Verdicts:
    """Asks many conditions of one line at once.

    Args:
        conditions: all of the scan, by slot.
    """

    __slots__ = ("_budget", "_conditions", "_seen", "_together")

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._budget = _BUDGET
        self._seen: dict[tuple[int, ...], int] = {}
        self._together: dict[tuple[int, ...], _Together | None] = {}

    def of(self, slots: Sequence[int], line: bytes) -> list[tuple[int, bool]] | None:
        """Those of ``slots`` that hold on ``line`` (UTF-8), ``none`` considered, and those that have to be asked still.

        Returns:
            Slots in their order, with whether it is certain that they hold; None: nothing is known of any.
        """
        key = tuple(slots)
        together = self._together.get(key)
        if together is None:
            if key in self._together or not self._due(key):
                return None
            together = self._together[key] = self._join(key)
            if together is None:
                return None
        return together.holding(line)

    def _due(self, key: tuple[int, ...]) -> bool:
        if len(key) > _MOST or self._budget <= 0:
            return False
        if len(self._seen) >= _SEEN:
            self._seen.clear()
        count = self._seen[key] = self._seen.get(key, 0) + 1
        return count >= OFTEN

    def _join(self, key: tuple[int, ...]) -> _Together | None:
        """One automaton for those of ``key`` that are short; None if there are none, or they need too much memory."""
        conditions = {slot: self._conditions[slot] for slot in key}
        short = {
            slot: one for slot, one in conditions.items() if all(_is_short(each) for each in (one, *one.watch.none))
        }
        for size in _SIZES if short else ():
            automaton, quiet = _automaton(short, size)
            if automaton is not None:
                self._budget -= size
                return _Together(automaton, key, list(short), quiet)
        return None


class _Together:
    """Some conditions as one automaton.

    Args:
        automaton: RE2's set: the conditions in the order of ``inside``, then what takes them out.
        slots: all that were candidates.
        inside: those in the automaton.
        quiet: number of an expression in the set -> slots that do not count where it matches.
    """

    __slots__ = ("_automaton", "_inside", "_known", "_quiet", "_rest", "_slots")

    def __init__(self, automaton: Any, slots: tuple[int, ...], inside: list[int], quiet: dict[int, set[int]]) -> None:
        self._automaton = automaton
        self._slots = slots
        self._inside = inside
        self._quiet = quiet
        self._rest = [(slot, False) for slot in slots if slot not in inside]
        self._known: dict[tuple[int, ...], list[tuple[int, bool]]] = {}

    def holding(self, line: bytes) -> list[tuple[int, bool]]:
        """See :meth:`Verdicts.of`."""
        numbers = self._automaton.Match(line)
        if not numbers:
            return self._rest
        key = tuple(numbers)
        held = self._known.get(key)
        if held is None:
            quiet = {slot for number in numbers for slot in self._quiet.get(number, ())}
            certain = {self._inside[number] for number in numbers if number < len(self._inside)} - quiet
            asked = certain | {slot for slot, _certain in self._rest}
            held = self._known[key] = [(slot, slot in certain) for slot in self._slots if slot in asked]
        return held


def _automaton(conditions: Mapping[int, Condition], size: int) -> tuple[Any | None, dict[int, set[int]]]:
    """The automaton for these conditions in ``size`` bytes and what is quiet; None where RE2 needs more."""
    import re2  # noqa: PLC0415  8 ms that most scans do not need

    options = re2.Options()
    options.log_errors = False
    options.max_mem = size
    automaton = re2.Set.SearchSet(options)
    quiet: dict[int, set[int]] = {}
    numbers: dict[str, int] = {}
    for condition in conditions.values():
        automaton.Add(_source(condition))
    for slot, condition in conditions.items():
        for one in condition.watch.none:
            source = _source(one)
            if source not in numbers:
                numbers[source] = automaton.Add(source)
            quiet.setdefault(numbers[source], set()).add(slot)
    try:
        automaton.Compile()
    except re2.error:
        return None, quiet
    return automaton, quiet


def _is_short(condition: Condition) -> bool:
    """Whether it is a matter of text, and small."""
    if condition.how == LITERAL:
        return len(condition.what) < SHORT
    return condition.how == REGEX and condition.size <= SHORT


def _source(condition: Condition) -> str:
    import re2  # noqa: PLC0415  see above

    return str(condition.what if condition.how == REGEX else re2.escape(condition.what))
