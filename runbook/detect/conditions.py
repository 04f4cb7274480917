"""What is looked for, while it is looked for: each condition compiled when first needed, and what was seen so far."""

from __future__ import annotations

import re

from runbook.detect.lenient import read_text
from runbook.detect.table import COMMAND, LITERAL, PATTERN, REGEX, SHELL_KINDS, TIMELINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from runbook.detect.catalog import Catalog
    from runbook.detect.table import Condensed, Row
    from runbook.model.match import Occurrence

    Hit = tuple[int, int, dict[str, str]]

HEAD = 120
"""Characters of a line that are kept to read a time from."""

SHORT = 250
"""RE2's instructions up to which a pattern may be part of a set: with more, text can be found on which that is slow."""

_HEADS = 16
_CLOCK = r"\d:\d\d:|1\d{9}"  # something of it stands in every time


class Condition:
    """One way to find one signature, compiled when first tried."""

    __slots__ = ("_compiled", "_size", "_test", "group", "how", "needs", "watch", "what")

    def __init__(self, condensed: Condensed, watch: Watch, group: int) -> None:
        self.how, self.what, self.needs = condensed
        self.watch = watch
        self.group = group  # -1: one of 'any'; else its place in 'all'
        self._compiled: Any = None
        self._size = 0
        self._test: Callable[[bytes], object] | None = None

    @property
    def size(self) -> int:
        """RE2's instructions for it as a pattern: what decides whether it may be asked together with others."""
        if not self._size:
            self._size = compile_regex(self.what, captures=False).programsize
        return self._size

    def find(self, text: str) -> Hit | None:
        """Where it holds in ``text``: start, end, captures."""
        if self.how == LITERAL:
            start = text.find(self.what)
            return None if start < 0 else (start, start + len(self.what), {})
        if self.how in (COMMAND, PATTERN):
            from runbook.detect.command_finder import find_commands  # noqa: PLC0415  only for commands

            found = find_commands([self], text)
            return found[0][1:] if found else None
        if self._compiled is None:
            self._compiled = compile_regex(self.what)
        match = self._compiled.search(text)
        if match is None:
            return None
        return (
            match.start(),
            match.end(),
            {name: value for name, value in match.groupdict().items() if value is not None},
        )

    def holds(self, text: str, low: bytes | None = None) -> bool:
        """Whether it holds in ``text``: the answer of :meth:`find` for a fraction of its cost.

        Args:
            text: one line.
            low: ``text`` in lower case, if it is all ASCII: what shows most conditions not to hold.
        """
        if low is not None and self.needs:
            for literal in self.needs:
                if literal in low:
                    break
            else:
                return False
        if self.how != REGEX:
            return self.find(text) is not None
        if self._test is None:
            self._test = compile_test(self.what)
        return bool(self._test(text.encode("utf-8", "backslashreplace")))

    def forget(self) -> None:
        """Give the memory back that finding places takes: hundreds of conditions may have been tried."""
        self._compiled = None


class Watch:
    """What has been seen of one signature in this source.

    Attributes:
        row: the signature.
        none: the conditions under ``none``.
        missing: groups of conditions that were not met yet.
        leading: the group of conditions whose lines are counted and shown.
        count: how many lines.
        line_of_count: the last of them.
        captures: of the first match of each group.
        place: line, column, excerpt and span of the first match of the leading group.
        places: the same of the first ones, as many as are to be kept.
        told: whether it is a finding.
        lines: the numbers of the counted lines, where commands are looked for after the lines.
        heads: beginnings of the first and of the latest counted lines, for their times.
    """

    __slots__ = (
        "_joined",
        "captures",
        "count",
        "heads",
        "leading",
        "line_of_count",
        "lines",
        "missing",
        "none",
        "place",
        "places",
        "row",
        "told",
    )

    def __init__(self, row: Row) -> None:
        self.row = row
        self.none = [Condition(condensed, self, -1) for condensed in row[5]]
        some = any(condensed[0] != TIMELINE for condensed in row[3])  # rules over a record hold in no text
        self.missing: set[int] = set(range(len(row[4]))) | ({-1} if some else set())
        self.leading = -1 if some else 0
        self.count = 0
        self.line_of_count = 0
        self.lines: set[int] = set()
        self.captures: dict[str, str] = {}
        self.place: Occurrence | None = None
        self.places: list[Occurrence] = []
        self.told = False
        self.heads: list[str | bytes] = []
        self._joined: Any = None if len(self.none) > 1 else False

    def quiet(self, text: str, low: bytes | None = None) -> bool:
        """Whether a condition under ``none`` makes this line not count."""
        if self._joined is None:
            self._joined = _joined([condition.what for condition in self.none if condition.how == REGEX])
        if not self._joined:
            return any(condition.holds(text, low) for condition in self.none)
        if self._joined(text.encode("utf-8", "backslashreplace")):
            return True
        return any(condition.holds(text, low) for condition in self.none if condition.how != REGEX)

    def counted(self, number: int, head: str | bytes) -> None:
        """One more line, which begins with ``head``: text, or what is read as text when the time is asked for."""
        self.count += 1
        self.line_of_count = number
        heads = self.heads
        heads.append(head[:HEAD] if isinstance(head, str) else head[: 4 * HEAD])
        if len(heads) > 2 * _HEADS:
            del heads[_HEADS // 2 : -_HEADS]  # the first half stays, for when the first was; the newest stay

    def seen(self) -> tuple[str, str]:
        """When it was seen first and last, "" where no line that is still known carries a time."""
        heads = [head if isinstance(head, str) else read_text(head)[:HEAD] for head in self.heads]
        if not any(re.search(_CLOCK, head) for head in heads):
            return "", ""
        from runbook.detect.moments import earliest_and_latest  # noqa: PLC0415  only where there may be a time

        return earliest_and_latest(heads)


class Conditions(dict[int, Condition]):
    """The conditions on lines by slot, each made with its watch when first asked for: most lines ask for none.

    Args:
        places: of each slot the signature, the condition and its group.
    """

    def __init__(self, places: list[tuple[Row, Condensed, int]]) -> None:
        super().__init__()
        self._places = places
        self._watches: dict[str, Watch] = {}

    def __missing__(self, slot: int) -> Condition:
        row, condensed, group = self._places[slot]
        made = self[slot] = Condition(condensed, self.watch(row), group)
        return made

    def watch(self, row: Row) -> Watch:
        """The one watch of a signature."""
        watch = self._watches.get(row[0])
        if watch is None:
            watch = self._watches[row[0]] = Watch(row)
        return watch

    def watches(self) -> list[Watch]:
        """Those that were asked for so far."""
        return list(self._watches.values())

    def forget_places(self, watch: Watch) -> None:
        """The first place of this one is known."""
        for condition in self.values():
            if condition.watch is watch:
                condition.forget()

    def slots(self) -> list[int]:
        """All slots, made or not."""
        return list(range(len(self._places)))

    def possible(self, low: bytes) -> list[int]:
        """The slots that can hold on a line, by their literals; none of them is made for it.

        Args:
            low: the line, ASCII, in small letters.
        """
        return [
            slot
            for slot, (_row, (_how, _what, needs), _group) in enumerate(self._places)
            if not needs or any(literal in low for literal in needs)
        ]


def watch_for(catalog: Catalog, kind: str) -> tuple[Conditions, list[Condition], list[tuple[int, Condensed]]]:
    """Everything to look for in text of one kind.

    Returns:
        The conditions on lines; those on parsed commands; and for a prefilter the slot of each condition on lines with
        what it is.
    """
    everything = [(row, condensed, -1) for row in catalog.for_kind(kind) for condensed in row[3]]
    everything += [(row, condensed, group) for row in catalog.for_kind(kind) for group, condensed in enumerate(row[4])]
    # What is not text is found elsewhere; under 'all' that keeps the signature from being found here at all.
    places = [place for place in everything if place[1][0] in (REGEX, LITERAL)]
    conditions = Conditions(places)
    forms = []
    if kind in SHELL_KINDS:
        parsed = [place for place in everything if place[1][0] in (COMMAND, PATTERN)]
        forms = [Condition(condensed, conditions.watch(row), group) for row, condensed, group in parsed]
    return conditions, forms, [(slot, place[1]) for slot, place in enumerate(places)]


def _joined(patterns: list[str]) -> Any:
    """One test that holds where any of these patterns matches; False where they cannot be joined."""
    import re2  # noqa: PLC0415  8 ms that most scans do not need

    try:
        return compile_test("|".join(f"(?:{pattern})" for pattern in patterns))
    except re2.error:
        return False  # two of them name a group alike


def compile_regex(pattern: str, *, captures: bool = True) -> Any:
    """``pattern`` under RE2, silently; without ``captures`` for bytes and only to say whether it matches."""
    import re2  # noqa: PLC0415  8 ms that most scans do not need

    options = re2.Options()
    options.log_errors = False
    options.never_capture = not captures
    return re2.compile(pattern, options)


def compile_test(pattern: str) -> Callable[[bytes], object]:
    """What says of UTF-8 text, true or false, whether ``pattern`` matches in it.

    RE2's set does that in half the time and half the memory of a search, which finds out where as well. But a set has
    no way out when its automaton grows with the text: that a long pattern may need one was seen, a short one is safe.
    """
    import re2  # noqa: PLC0415  8 ms that most scans do not need

    compiled = compile_regex(pattern, captures=False)
    search: Callable[[bytes], object] = compiled.search
    if compiled.programsize > SHORT:
        return search
    options = re2.Options()
    options.log_errors = False
    one = re2.Set.SearchSet(options)
    one.Add(pattern)
    one.Compile()
    matches: Callable[[bytes], object] = one.Match
    return matches
