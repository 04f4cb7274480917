"""Which text must stand on a line for a pattern to match there: the key to looking at few lines with few patterns.

Sound by construction: a line that the pattern matches always holds one of the literals, once both are in ASCII lower
case. (Two letters outside ASCII that a case-insensitive pattern also takes are the engine's business, see
:data:`runbook.detect.prefilter.FOLDING`.) Where nothing can be said, the answer is None and the pattern is tried on
every line.
"""

from __future__ import annotations

import importlib
import re
import warnings
from typing import Any

MIN_LITERAL = 3
"""Shorter literals stand on too many lines to be of use."""

TELLING = 6
"""From this length on a literal is rare enough that searching for fewer of them counts for more."""

MAX_CHOICES = 24
"""More alternatives than this are not worth searching for one by one."""

_parser: Any = importlib.import_module("re._parser")


_READ_DIFFERENTLY = re.compile(r"\[:\^?[a-z]+:\]|\{,\d*\}")


class _Known:
    """What is known of a part of a pattern.

    Attributes:
        exact: all texts it can match, lower-cased, if they are few; else None.
        need: one of these must stand in what it matches; None: nothing is known.
    """

    __slots__ = ("exact", "need")

    def __init__(self, exact: frozenset[str] | None, need: tuple[str, ...] | None = None) -> None:
        self.exact = exact
        self.need = need


_ANYTHING = _Known(None)
_EMPTY = _Known(frozenset({""}))


def parse(pattern: str) -> Any | None:
    r"""Python's parse tree of an RE2 pattern, or None where the two syntaxes differ or may differ.

    What RE2 takes and Python refuses (``\pL``, ``\Q``, ``(?U)``, flags in the middle) raises there. What both take
    but read differently is only the POSIX class ``[[:alpha:]]`` and ``{,3}``, which RE2 takes as text.
    """
    if _READ_DIFFERENTLY.search(pattern):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return _parser.parse(pattern)
    except (ValueError, OverflowError, RecursionError, Warning, re.error):
        return None


def required_literals(pattern: str) -> tuple[str, ...] | None:
    """Literals of which at least one stands on every line that ``pattern`` (RE2 syntax) matches, in lower case.

    Returns:
        The most telling choice, each at least :data:`MIN_LITERAL` long; None if the pattern must always be tried.
    """
    tree = parse(pattern)
    if tree is None:
        return None
    known = _sequence(tree)
    return _better(known.need, _usable(known.exact))


def literals_in(text: str) -> tuple[str, ...] | None:
    """As :func:`required_literals` for plain text: its longest stretch of ASCII."""
    return _usable(frozenset({max(_ascii_runs(text), key=len, default="")}))


def can_match_nothing(pattern: str) -> bool:
    """Whether the pattern can match without taking a character, as far as Python's reading of it goes."""
    tree = parse(pattern)
    return tree is not None and tree.getwidth()[0] == 0


def nested_counts(pattern: str) -> int:
    """What counts within counts multiply to: 9 for ``(?:a{3}b){3}``; 0 where none is within another."""
    tree = parse(pattern)
    return 0 if tree is None else _nested(tree, 1, 0)


def _nested(items: Any, factor: int, depth: int) -> int:
    worst = factor if depth > 1 else 0
    for op, argument in items:
        name = str(op)
        if name in {"MAX_REPEAT", "MIN_REPEAT"}:
            _least, most, inner = argument
            counted = 1 < most < 2000
            worst = max(worst, _nested(inner, factor * (most if counted else 1), depth + counted))
        elif name == "SUBPATTERN":
            worst = max(worst, _nested(argument[-1], factor, depth))
        elif name == "BRANCH":
            worst = max(worst, *(_nested(choice, factor, depth) for choice in argument[1]))
    return worst


def _ascii_runs(text: str) -> list[str]:
    return "".join(char if char.isascii() else "\0" for char in text.lower()).split("\0")


def _usable(texts: frozenset[str] | None) -> tuple[str, ...] | None:
    if not texts or len(texts) > MAX_CHOICES or min(map(len, texts)) < MIN_LITERAL:
        return None
    return tuple(sorted(text for text in texts if not any(other != text and other in text for other in texts)))


def _better(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The choice that costs less: telling enough, then fewer literals to search for, then longer ones."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda choice: (min(*map(len, choice), TELLING), -len(choice), min(map(len, choice))))


def _sequence(items: Any) -> _Known:
    need: tuple[str, ...] | None = None
    run = frozenset({""})
    whole = True
    for item in items:
        known = _item(item)
        need = _better(need, known.need)
        if known.exact is None:
            need, run, whole = _better(need, _usable(run)), frozenset({""}), False
            continue
        joined = frozenset(left + right for left in run for right in known.exact)
        if len(joined) > MAX_CHOICES:
            need, joined, whole = _better(need, _usable(run)), known.exact, False
        run = joined
    need = _better(need, _usable(run))
    return _Known(run if whole else None, need)


def _item(item: Any) -> _Known:
    op, argument = item
    name = str(op)
    if name == "LITERAL":
        return _character(argument)
    if name == "IN":
        return _one_of(argument)
    if name == "SUBPATTERN":
        return _sequence(argument[-1])
    if name == "BRANCH":
        return _branch([_sequence(choice) for choice in argument[1]])
    if name in {"MAX_REPEAT", "MIN_REPEAT"}:
        return _repeat(*argument)
    return _EMPTY if name == "AT" else _ANYTHING


def _character(code: int) -> _Known:
    return _Known(frozenset({chr(code).lower()})) if code < 128 else _ANYTHING


def _one_of(members: Any) -> _Known:
    codes = [argument for op, argument in members if str(op) == "LITERAL" and argument < 128]
    if len(codes) != len(members):
        return _ANYTHING
    return _Known(frozenset(chr(code).lower() for code in codes))


def _branch(choices: list[_Known]) -> _Known:
    exact: frozenset[str] | None = frozenset()
    need: tuple[str, ...] | None = ()
    for choice in choices:
        exact = None if exact is None or choice.exact is None else exact | choice.exact
        best = _better(choice.need, _usable(choice.exact))
        need = None if need is None or best is None else (*need, *best)
    if exact is not None and len(exact) > MAX_CHOICES:
        exact = None
    return _Known(exact, _usable(frozenset(need)) if need else None)


def _repeat(least: int, most: int, inner: Any) -> _Known:
    known = _sequence(inner)
    if least == 0:
        if most == 1 and known.exact is not None and len(known.exact) < MAX_CHOICES:
            return _Known(known.exact | {""})
        return _ANYTHING
    if least == most == 1:
        return known
    return _Known(None, _better(known.need, _usable(known.exact)))
