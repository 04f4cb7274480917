"""Which of a line's candidates hold there, in one look.

Where every other line is a finding the same few conditions are candidates again and again. From the eighth time on they
are asked together, with what must not stand on the line, instead of one by one.
"""

from __future__ import annotations

from runbook.detect.table import LITERAL, REGEX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from runbook.detect.conditions import Condition, Conditions

OFTEN = 8
"""Times that the same candidates come before it pays to ask them together."""

_MOST = 32  # candidates on one line; more would make the automaton large
_SEEN = 1000  # different sets of candidates that are counted
_AUTOMATA = 24  # of them that are asked together
_MEMORY = 512 * 1024  # bytes that each may take; the scan as a whole stays small


class Verdicts:
    """Asks many conditions of one line at once.

    Args:
        conditions: all of the scan; slots are their numbers.
    """

    __slots__ = ("_conditions", "_seen", "_together")

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._seen: dict[tuple[int, ...], int] = {}
        self._together: dict[tuple[int, ...], _Together | None] = {}

    def of(self, slots: Sequence[int], line: bytes) -> list[int] | None:
        """Those of ``slots`` that hold on ``line`` (UTF-8) and that no ``none`` takes out; None: ask one by one."""
        key = tuple(slots)
        together = self._together.get(key)
        if together is None:
            if key in self._together or not self._due(key):
                return None
            together = self._together[key] = _together([self._conditions[slot] for slot in key], key)
            if together is None:
                return None
        return together.holding(line)

    def _due(self, key: tuple[int, ...]) -> bool:
        if len(key) > _MOST or len(self._together) >= _AUTOMATA:
            return False
        if len(self._seen) >= _SEEN:
            self._seen.clear()
        count = self._seen[key] = self._seen.get(key, 0) + 1
        return count >= OFTEN


class _Together:
    """Some conditions as one automaton.

    Args:
        automaton: RE2's set: the conditions in the order of ``slots``, then what takes them out.
        slots: of the conditions.
        quiet: number of an expression in the set -> slots that do not count where it matches.
    """

    __slots__ = ("_automaton", "_known", "_quiet", "_slots")

    def __init__(self, automaton: Any, slots: tuple[int, ...], quiet: dict[int, set[int]]) -> None:
        self._automaton = automaton
        self._slots = slots
        self._quiet = quiet
        self._known: dict[tuple[int, ...], list[int]] = {}

    def holding(self, line: bytes) -> list[int]:
        """The slots that hold in ``line`` (UTF-8)."""
        numbers = self._automaton.Match(line)
        if not numbers:
            return []
        key = tuple(numbers)
        held = self._known.get(key)
        if held is None:
            quiet = {slot for number in numbers for slot in self._quiet.get(number, ())}
            every = [self._slots[number] for number in sorted(numbers) if number < len(self._slots)]
            held = self._known[key] = [slot for slot in every if slot not in quiet]
        return held


def _together(conditions: Sequence[Condition], slots: tuple[int, ...]) -> _Together | None:
    """The automaton for these conditions; None where one of them is no matter of text, or RE2 has not enough memory."""
    import re2  # noqa: PLC0415  8 ms that most scans do not need

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    automaton = re2.Set.SearchSet(options)
    quiet: dict[int, set[int]] = {}
    numbers: dict[str, int] = {}
    try:
        for condition in conditions:
            automaton.Add(_source(condition))
        for condition, slot in zip(conditions, slots, strict=True):
            for one in condition.watch.none:
                source = _source(one)
                if source not in numbers:
                    numbers[source] = automaton.Add(source)
                quiet.setdefault(numbers[source], set()).add(slot)
        automaton.Compile()
    except (re2.error, ValueError):
        return None
    return _Together(automaton, slots, quiet)


def _source(condition: Condition) -> str:
    import re2  # noqa: PLC0415  see above

    if condition.how == REGEX:
        return str(condition.what)
    if condition.how == LITERAL:
        return str(re2.escape(condition.what))
    raise ValueError(condition.how)
