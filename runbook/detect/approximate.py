r"""A wider pattern for an automaton over bytes: it matches on every line that the RE2 pattern matches, and on few more.

RE2 reads text within one line; hyperscan reads the bytes of many. So nothing here takes a newline, a character outside
ASCII is any one to four bytes from 128 up, ``^`` and ``$`` also hold at a carriage return (where the scanner cuts lines
apart) and at the quotes and the backslash around a message in JSON, counts are widened, and what need not be there at
either end is left out, which saves a call for every byte of a final ``.*``. What is said of candidates in
:mod:`runbook.detect.prefilter` holds: too many are fine, too few are not.
"""

from __future__ import annotations

import re
from typing import Any

from runbook.detect.literals import parse
from runbook.detect.table import LITERAL, REGEX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.table import Condensed

_UNBOUNDED = 1 << 30
_MOST = 8  # repetitions beyond this are as good as any number
_LEAST = 16  # so many are asked for at least; more would only make the automaton larger
_NEWLINE = 10
_KELVIN, _LONG_S = 0x212A, 0x017F
_DIGITS = frozenset(range(48, 58))
_LETTERS = frozenset(range(65, 91)) | frozenset(range(97, 123))
_CATEGORIES = {
    "CATEGORY_DIGIT": _DIGITS,
    "CATEGORY_SPACE": frozenset(b"\t\n\v\f\r "),
    "CATEGORY_WORD": _DIGITS | _LETTERS | {95},
}
_ASCII = frozenset(range(128))


class _Class:
    """What one character may be: which of ASCII, and whether also something outside."""

    __slots__ = ("codes", "wide")

    def __init__(self, codes: frozenset[int], *, wide: bool) -> None:
        self.codes = codes - {_NEWLINE}
        self.wide = wide

    def __str__(self) -> str:
        if self.wide and len(self.codes) == 127:
            return r"[^\n]"
        if not self.wide and len(self.codes) == 1:
            return _quoted(*self.codes)
        ranges: list[list[int]] = []
        for code in sorted(self.codes | (frozenset(range(128, 256)) if self.wide else frozenset())):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
        inside = "".join(f"\\x{low:02x}" if low == high else f"\\x{low:02x}-\\x{high:02x}" for low, high in ranges)
        return f"[{inside}]"


def approximate(pattern: str) -> str | None:
    """The wider pattern, in the syntax hyperscan shares with PCRE; None if this pattern cannot be widened.

    Args:
        pattern: RE2 syntax.
    """
    tree = parse(pattern)
    if tree is None or tree.getwidth()[0] == 0:
        return None
    try:
        items = _trimmed(_trimmed(list(tree), last=True), last=False)
        return _sequence(items, bool(tree.state.flags & re.IGNORECASE), tail=True)
    except _TooStrangeError:
        return None


def approximate_literal(text: str) -> str:
    """The same for plain text, case-sensitive."""
    return "".join(_character(_of(ord(char), fold=False)) for char in text)


def wider(condensed: Condensed) -> str | None:
    """The wider pattern of a condition; None where nothing can be said, as of a parsed command."""
    how, what, _literals = condensed
    if how == REGEX:
        return approximate(what)
    return approximate_literal(what) if how == LITERAL else None


class _TooStrangeError(Exception):
    """A construct that RE2 has no counterpart for, or that nobody has written here yet."""


def _quoted(code: int) -> str:
    char = chr(code)
    return char if char.isalnum() or char in " _" else f"\\x{code:02x}"


def _character(one: _Class) -> str:
    return f"{one}{{1,4}}" if one.wide else str(one)


def _trimmed(items: list[Any], *, last: bool) -> list[Any]:
    """Without what need not be there at the end (or the beginning): any match is enough, the shortest is best."""
    while items:
        op, argument = items[-1 if last else 0]
        name = str(op)
        if name in {"MAX_REPEAT", "MIN_REPEAT"}:
            least, _most, inner = argument
            rest = [] if least == 0 else [(op, (least, least, inner))]
        elif name == "SUBPATTERN":
            inner = _trimmed(list(argument[-1]), last=last)
            rest = [(op, (*argument[:-1], inner))] if inner else []
        else:
            return items
        items = [*items[:-1], *rest] if last else [*rest, *items[1:]]
        if rest:
            return items
    return items


def _sequence(items: list[Any], fold: bool, *, tail: bool = False) -> str:
    parts = [_item(item, fold, tail=tail and at == len(items) - 1) for at, item in enumerate(items)]
    return "".join(parts)


def _item(item: Any, fold: bool, *, tail: bool) -> str:
    op, argument = item
    name = str(op)
    one = _class_of(name, argument, fold)
    if one is not None:
        return str(one) if tail else _character(one)
    if name == "SUBPATTERN":
        _group, added, removed, inner = argument
        fold = (fold or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
        return f"(?:{_sequence(list(inner), fold, tail=tail)})"
    if name == "BRANCH":
        return f"(?:{'|'.join(_sequence(list(choice), fold) for choice in argument[1])})"
    if name in {"MAX_REPEAT", "MIN_REPEAT"}:
        least, most, inner = argument
        return _repeat(least, most, inner, fold, tail=tail)
    if name == "AT":
        return _place(str(argument))
    raise _TooStrangeError(name)


def _place(name: str) -> str:
    if name in {"AT_BEGINNING", "AT_BEGINNING_STRING"}:
        return r"(?:^|[\r\x22])"
    if name in {"AT_END", "AT_END_STRING"}:
        return r"(?:$|[\r\x22\x5c])"
    return r"\b" if name == "AT_BOUNDARY" else ""


def _repeat(least: int, most: int, inner: Any, fold: bool, *, tail: bool) -> str:
    items = list(inner)
    one = _class_of(str(items[0][0]), items[0][1], fold) if len(items) == 1 else None
    body = f"(?:{_sequence(items, fold)})" if one is None else str(one)
    if one is not None and one.wide and not tail:
        most *= 4
    least = min(least, _LEAST)
    if most > _MOST and not (tail and most == least):
        mark = "*" if least == 0 else "+" if least == 1 else f"{{{least},}}"
    else:
        mark = "" if least == most == 1 else "?" if (least, most) == (0, 1) else f"{{{least},{most}}}"
    return body + mark


def _class_of(name: str, argument: Any, fold: bool) -> _Class | None:
    if name == "LITERAL":
        return _of(argument, fold=fold)
    if name == "ANY":
        return _Class(_ASCII, wide=True)
    if name == "NOT_LITERAL":
        return _Class(_ASCII - {argument}, wide=True)
    return _members(argument, fold) if name == "IN" else None


def _of(code: int, *, fold: bool) -> _Class:
    return _members([("LITERAL", code)], fold)


def _members(members: Any, fold: bool) -> _Class:
    codes: set[int] = set()
    negated = wide = False
    for op, argument in members:
        name = str(op)
        if name == "NEGATE":
            negated = True
        elif name in {"LITERAL", "RANGE"}:
            low, high = (argument, argument) if name == "LITERAL" else argument
            codes |= set(range(low, min(high, 127) + 1))
            wide = wide or high > 127
            if fold:
                codes |= {code for code in (75, 107) if low <= _KELVIN <= high}
                codes |= {code for code in (83, 115) if low <= _LONG_S <= high}
        elif name == "CATEGORY":
            positive = _CATEGORIES[str(argument).replace("NOT_", "")]
            complement = "NOT_" in str(argument)
            codes |= _ASCII - positive if complement else positive
            wide = wide or complement
        else:
            raise _TooStrangeError(name)
    if negated:
        # Case is left alone: to take too much is fine.
        return _Class(_ASCII - codes, wide=True) if not wide or not fold else _Class(_ASCII, wide=True)
    if fold:
        codes |= {code ^ 32 for code in codes if code in _LETTERS}
    return _Class(frozenset(codes), wide=wide)
