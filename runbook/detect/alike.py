r"""Lines that no condition tells apart: what was found out about one holds of all.

Where every other line is a finding, it is the same messages again and again, with another time, another port. A
pattern tells two characters apart only if it names one of them, or a sort (``\d``, ``[a-f]``) that one of them is of.
So a line is reduced to what the conditions that may hold on it can see. Where none names a certain digit, every digit
is as good as another; where one does (``errno 111``), a number counts as it is written if it holds what is named, and
by its length if it does not.

This is exact, not likely: two lines that are reduced to the same text are matched by the same patterns. A pattern that
cannot be read here has no say in it, its lines are looked at one by one.
"""

from __future__ import annotations

import re
from functools import lru_cache, reduce
from itertools import takewhile
from operator import or_
from typing import Any

from runbook.detect.literals import parse
from runbook.detect.table import LITERAL, REGEX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runbook.detect.conditions import Condition

    Seen = tuple[frozenset[int], frozenset[bytes]]


def _set_of(characters: bytes) -> int:
    """A set of characters as the bits of a number; small, and there may be many."""
    return sum(1 << code for code in set(characters))


_ASCII = (1 << 128) - 1
_OUTSIDE = 1 << 128  # any character that is not ASCII
_DIGITS = _set_of(b"0123456789")
_LOWER = _set_of(b"abcdefghijklmnopqrstuvwxyz")
_UPPER = _LOWER >> 32
_WORD = _DIGITS | _LOWER | _UPPER | _set_of(b"_")
_CATEGORIES = {
    "CATEGORY_DIGIT": (_DIGITS,),
    "CATEGORY_SPACE": (_set_of(b"\t\n\f\r "), _set_of(b"\v")),  # RE2's, and what only Python takes for one
    "CATEGORY_WORD": (_WORD,),
}
_FOLDING = (_set_of(b"kK"), _set_of(b"sS"))  # what (?i) takes for letters outside ASCII
_KEPT = frozenset(1 << code for code in b'"=}\r')  # by these a scanner knows a line that is wrapped in something
_NUMBER = b"0123456789."
"""What a number is written with: what is named of one may have points in it, as an address has."""

_OF_NUMBER = _set_of(_NUMBER)
_MOST_WORDS = 200  # digits named in more ways are told apart everywhere
_LONGEST = 16  # characters of what is named
_AROUND = 4  # characters that stand before and behind it


class Reduction:
    """How lines are reduced to what some conditions see of them.

    Args:
        table: for :meth:`bytes.translate`: one of each set of characters that are the same to them.
        named: what they name of numbers; None: nothing.
    """

    __slots__ = ("_named", "_table")

    def __init__(self, table: bytes, named: re.Pattern[bytes] | None) -> None:
        self._table = table
        self._named = named

    def __call__(self, line: bytes) -> bytes:
        """``line``, which has no newline in it, reduced."""
        named = None if self._named is None else self._named.search(line)
        if named is None or self._named is None:
            return line.translate(self._table)
        parts = []
        at = 0
        while named is not None:
            before = line[at : named.start()].rstrip(_NUMBER)
            end = len(line) - len(line[named.end() :].lstrip(_NUMBER))
            parts += [before.translate(self._table), line[at + len(before) : end]]
            at = end
            named = self._named.search(line, at)
        parts.append(line[at:].translate(self._table))
        return b"\n".join(parts)


def reduction(conditions: Iterable[Condition]) -> Reduction | None:
    """What reduces lines for these conditions, what must not stand on a line included; None if one cannot be read."""
    sets = set(_KEPT)
    words: set[bytes] = set()
    for condition in conditions:
        for one in (condition, *condition.watch.none):
            seen = _seen(one.how, one.what)
            if seen is None:
                return None
            sets |= seen[0]
            words |= seen[1]
    if len(words) > _MOST_WORDS:
        sets, words = sets | {1 << code for code in b"0123456789"}, set()
    elif words:
        # No set that tells one digit from another takes one of a number that holds no word.
        sets = {_DIGITS} | {one & ~_DIGITS if _splits(one) else one for one in sets}
    return Reduction(_table(sets), re.compile(b"|".join(sorted(words))) if words else None)


@lru_cache(maxsize=1024)
def _seen(how: int, what: str) -> Seen | None:
    """What one condition sees of a line: the sets of characters it names, and what it names of numbers."""
    fold = False
    if how == LITERAL:
        items: Any = [("LITERAL", ord(char)) for char in what]
    elif how == REGEX:
        items = parse(what)
        if items is None:
            return None
        fold = bool(items.state.flags & re.IGNORECASE)
    else:
        return None
    reader = _Reader()
    try:
        reader.sequence(items, fold)
    except _TooStrangeError:
        return None
    return frozenset(reader.sets), frozenset(reader.words)


class _TooStrangeError(Exception):
    """A construct that RE2 has no counterpart for, or that nobody has written here yet."""


class _Reader:
    """Collects what a pattern names.

    Attributes:
        sets: of characters that it treats alike. Too many of them are fine, too few are not.
        words: what it names of numbers, as patterns for bytes.
    """

    def __init__(self) -> None:
        self.sets: set[int] = set()
        self.words: set[bytes] = set()
        self._chain: list[int] = []  # sets of which one character each follows on the other
        self._edges: set[int] = set()  # numbers of those before which a word begins or ends

    def sequence(self, items: Any, fold: bool) -> None:
        """Read one item after the other."""
        self._all(list(_flat(items, fold)))

    def _all(self, items: list[tuple[str, Any, bool]]) -> None:
        self._break()
        for item in items:
            self._item(*item)
        self._break()

    def _item(self, name: str, argument: Any, fold: bool) -> None:
        members = self._members(name, argument, fold)
        if members is not None:
            self._chain.append(members)
        elif name in {"MAX_REPEAT", "MIN_REPEAT"}:
            self._repeat(argument[0], argument[1], list(_flat(argument[2], fold)))
        elif name == "BRANCH":
            self._branch([list(_flat(choice, fold)) for choice in argument[1]])
        elif name == "AT":
            if str(argument) == "AT_BOUNDARY":
                self._edges.add(len(self._chain))
            self.sets.add(_WORD)
        else:
            raise _TooStrangeError(name)

    def _branch(self, choices: list[list[tuple[str, Any, bool]]]) -> None:
        chains = []
        for choice in choices:
            self._all(choice)
            chain = [self._members(*item) for item in choice]
            chains.append([0 if members is None else members for members in chain[-_AROUND:]])
        # what stands before the next character, whichever it was: of (?:tcp|udp) a p
        for each in range(-min(map(len, chains)), 0):
            ends = [chain[each] for chain in chains]
            self._chain.append(reduce(or_, ends) if all(ends) else 0)

    def _repeat(self, least: int, most: int, inner: list[tuple[str, Any, bool]]) -> None:
        members = self._members(*inner[0]) if len(inner) == 1 else None
        if members is None or (_splits(members) and members & ~_OF_NUMBER):
            self._all(inner)
            return
        # So many follow on what comes before, and so many come before what follows; there may be more between.
        copies = [members] * min(least, _LONGEST)
        if not copies:
            chain, edges = self._chain, self._edges
            self._break()
            self._chain, self._edges = [*chain, members], edges
        self._chain += copies
        if least != most or least > _LONGEST:
            self._break()
            self._chain += copies

    def _break(self) -> None:
        """What comes next need not follow on what came before."""
        chain, edges = self._chain, self._edges
        self._chain, self._edges = [], set()
        at = 0
        while at < len(chain):
            end = at
            while end < len(chain) and chain[end] and not chain[end] & ~_OF_NUMBER:
                end += 1
            end = max(end, at + 1)
            if any(_splits(members) for members in chain[at:end]):
                self.words.update(_written(chain, at, end, edges))
            at = end

    def _members(self, name: str, argument: Any, fold: bool) -> int | None:
        """The characters that an item takes, if it takes one character; its sets are noted."""
        if name == "ANY":
            return _ASCII | _OUTSIDE
        if name == "LITERAL":
            return self._note(argument, argument, fold)
        if name == "NOT_LITERAL":
            return (_ASCII | _OUTSIDE) & ~self._note(argument, argument, fold)
        if name != "IN":
            return None
        negated = False
        inside = 0
        for op, value in argument:
            kind = str(op)
            if kind == "NEGATE":
                negated = True
            elif kind == "LITERAL":
                inside |= self._note(value, value, fold)
            elif kind == "RANGE":
                inside |= self._note(value[0], value[1], fold)
            elif kind == "CATEGORY":
                sorts = _CATEGORIES[str(value).replace("NOT_", "")]
                self.sets.update(sorts)
                inside |= (_ASCII | _OUTSIDE) & ~sorts[0] if "NOT_" in str(value) else sorts[0]
            else:
                raise _TooStrangeError(kind)
        return (_ASCII & ~inside) | _OUTSIDE if negated else inside

    def _note(self, low: int, high: int, fold: bool) -> int:
        """Note a range of code points that is named; returns what it takes, in both cases if ``fold``."""
        plain = both = (1 << min(high, 127) + 1) - (1 << low) if low < 128 else 0
        if fold:
            both |= (plain & _UPPER) << 32 | (plain & _LOWER) >> 32
        self.sets.add(both)
        if high < 128:
            return both
        if fold:
            self.sets.update(_FOLDING)
        return both | _OUTSIDE


def _flat(items: Any, fold: bool) -> Iterator[tuple[str, Any, bool]]:
    """The items of a sequence, those of groups in their place."""
    for op, argument in items:
        if str(op) == "SUBPATTERN":
            _group, added, removed, inner = argument
            yield from _flat(inner, (fold or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE)
        else:
            yield str(op), argument, fold


def _splits(members: int) -> bool:
    """Whether a set tells one digit from another."""
    return members & _DIGITS not in {0, _DIGITS}


def _table(sets: set[int]) -> bytes:
    """One character for each set of them that are in the same ``sets``; what is not ASCII stays as it is."""
    alone = reduce(or_, (one for one in sets if one & (one - 1) == 0), 0)
    classes = [_ASCII & ~alone]
    for one in sets:
        if one & ~alone:
            classes = [part for each in classes for part in (each & one, each & ~one) if part]
    table = bytearray(range(256))
    for each in classes:
        codes = _codes(each)
        for code in codes:
            table[code] = codes[0]
    return bytes(table)


def _written(chain: list[int], start: int, end: int, edges: set[int]) -> list[bytes]:
    """What ``chain`` names of a number from ``start`` to ``end``, and what stands around it, as patterns for bytes.

    The first character is spelled out, so that Python skips to where a word may begin.
    """
    splitting = [at for at in range(start, end) if _splits(chain[at])]
    begin = start if splitting[0] < start + _LONGEST else splitting[0]
    stop = min(end, begin + _LONGEST)
    inside = [members & _OF_NUMBER for members in chain[begin:stop]]
    before = after = b""
    behind = False
    if begin == start:
        plain = list(takewhile(_is_plain, reversed(chain[max(start - _AROUND, 0) : start])))
        before = b"".join(map(_class, reversed(plain)))
        if not plain and start in edges and not inside[0] & ~_DIGITS:
            before, behind = b"[0-9A-Za-z_]", True
    if stop == end:
        after = b"".join(map(_class, takewhile(_is_plain, chain[end : end + _AROUND])))
        if after:
            after = b"(?=%b)" % after
        elif end in edges and not inside[-1] & ~_DIGITS:
            after = rb"(?![0-9A-Za-z_])"
    rest = b"".join(map(_class, inside[1:])) + after
    ways = []
    for code in _codes(inside[0]):
        first = re.escape(bytes((code,)))
        look = b"(?<%b%b%b)" % (b"!" if behind else b"=", before, first) if before else b""
        ways.append(first + look + rest)
    return ways


def _is_plain(members: int) -> bool:
    """Whether a character is never one of a number, and always ASCII."""
    return members != 0 and not members & (_OF_NUMBER | _OUTSIDE)


def _class(members: int) -> bytes:
    return b"[%b]" % b"".join(re.escape(bytes((code,))) for code in _codes(members))


def _codes(members: int) -> list[int]:
    return [code for code in range(128) if members >> code & 1]
