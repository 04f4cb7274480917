"""How wide text is in a terminal, cut and wrapped by that width.

A terminal gives a character one cell, two in East Asian scripts and for emoji, none to the marks that stand on another
(Unicode Standard Annex 11, ``East_Asian_Width``). ``unicodedata`` is asked only about text that is not ASCII: what
``scan`` prints is mostly that, and it is printed often.
"""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ELLIPSIS = "…"

_ON_ANOTHER = frozenset({"Mn", "Me", "Cf"})
"""Categories of what takes no cell of its own: accents, enclosing marks, joiners."""

_NOT_FIRST = frozenset({"Pe", "Pf", "Po", "Lm", "Sk", "Mc"}) | _ON_ANOTHER
"""Categories of what begins no line: closing brackets, full stops, the mark of a long vowel, an emoji's skin."""

_NOT_LAST = frozenset({"Ps", "Pi", "Cf"})
"""Categories of what ends no line: opening brackets, and what joins two emoji."""


def cells(text: str, *, at_most: bool = False) -> int:
    """Cells that ``text``, one line without controls, takes.

    Args:
        text: what is to be printed.
        at_most: count as the most generous terminal does: ambiguous characters (``·``, Greek, Cyrillic) are wide in an
            East Asian locale, and marks may stand alone.
    """
    if text.isascii():
        return len(text)
    return sum(_width(char, at_most=at_most) for char in text)


@lru_cache(maxsize=4096)
def _width(char: str, *, at_most: bool = False) -> int:
    from unicodedata import category, east_asian_width  # noqa: PLC0415  only for text that needs it

    if char.isascii():
        return 1
    if at_most:
        return 2 if east_asian_width(char) in "WFA" else 1
    if category(char) in _ON_ANOTHER:
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """``text`` in at most ``columns`` cells; an ellipsis stands for what is left out."""
    if cells(text) <= columns:
        return text
    return beginning(text, columns - 1).rstrip() + _ELLIPSIS if columns > 0 else ""


def cut_start(text: str, columns: int) -> str:
    """The end of ``text`` in at most ``columns`` cells; an ellipsis stands for what is left out before it."""
    if cells(text) <= columns:
        return text
    kept, used = len(text), 1
    while kept and (used := used + _width(text[kept - 1])) <= columns:
        kept -= 1
    return _ELLIPSIS + text[kept:] if columns > 0 else ""


def beginning(text: str, columns: int, *, at_most: bool = False) -> str:
    """As much of ``text`` as stands in ``columns`` cells, counted as :func:`cells` does; nothing marks the cut."""
    if text.isascii():
        return text[: max(columns, 0)]
    used = 0
    for index, char in enumerate(text):
        used += _width(char, at_most=at_most)
        if used > columns:
            return text[:index]
    return text


def wrap(
    text: str,
    columns: int,
    *,
    first: str = "",
    following: str = "",
    whole_words: bool = False,
    whole_code: bool = False,
) -> list[str]:
    """``text`` in lines of at most ``columns`` cells, broken at blanks and between the signs of East Asian scripts.

    Blanks inside a line stay as they are, those at a break go. Line breaks and tabs in ``text`` are blanks.

    Args:
        text: a paragraph.
        columns: the room, indents included.
        first: what the first line begins with.
        following: what every other line begins with.
        whole_words: leave a word that is longer than a line in one piece, on a line of its own: an address or a command
            is there to be copied. Otherwise it goes on in the next line, wherever it has to break.
        whole_code: keep what stands between two backticks on one line, if a line has room for it: a command that is
            broken in two cannot be pasted.

    Returns:
        The lines; none if there is nothing but blanks. A line is wider than ``columns`` only for such a word, or where
        the indent leaves no room for a single character.
    """
    lines: list[str] = []
    line, used, begun = first, cells(first), False
    indent = cells(following)
    words = _words(text)
    for gap, word in _whole_code(words, columns - indent) if whole_code else words:
        wide = cells(word)
        if used + gap + wide <= columns:
            line, used, begun = f"{line}{' ' * gap}{word}", used + gap + wide, True
            continue
        splits = not whole_words and (indent if begun else used) + wide > columns
        if splits and used + gap + 2 <= columns:  # a part of it still stands here
            line, used = line + " " * gap, used + gap
        elif begun:
            lines.append(line)
            line, used = following, indent
        if splits:
            *full, rest = _broken(word, columns - used, columns - indent)
            for part in full:
                lines.append(line + part)
                line, used = following, indent
        else:
            rest = word
        line, used, begun = line + rest, used + cells(rest), True
    return [*lines, line] if begun else lines


def _broken(word: str, here: int, below: int) -> Iterator[str]:
    """``word`` in parts: the first of at most ``here`` cells, the others of ``below``, never less than a sign."""
    part, used, room = "", 0, here
    for char in word:
        wide = _width(char)
        if part and wide and used + wide > room:
            yield part
            part, used, room = "", 0, below
        part, used = part + char, used + wide
    yield part


def _words(text: str) -> Iterator[tuple[int, str]]:
    """What a line may not break inside of, each with the number of blanks before it."""
    gap = 0
    for place, word in enumerate("".join(" " if char.isspace() else char for char in text).split(" ")):
        gap += place > 0
        for part in (word,) if word.isascii() else _between_breaks(word):
            if part:
                yield gap, part
                gap = 0


def _whole_code(words: Iterator[tuple[int, str]], room: int) -> Iterator[tuple[int, str]]:
    """The words, those between two backticks as one where it fits into ``room`` cells."""
    held: list[tuple[int, str]] = []
    for gap, word in words:
        odd = word.count("`") % 2
        if not held and not odd:
            yield gap, word
            continue
        held.append((gap, word))
        if odd and len(held) > 1:
            whole = held[0][1] + "".join(" " * before + part for before, part in held[1:])
            yield from [(held[0][0], whole)] if cells(whole) <= room else held
            held = []
    yield from held


def _between_breaks(word: str) -> Iterator[str]:
    begin = 0
    for end in range(1, len(word)):
        if _may_break(word[end - 1], word[end]):
            yield word[begin:end]
            begin = end
    yield word[begin:]


def _may_break(before: str, after: str) -> bool:
    """Whether a line may end between two characters of a word: beside a wide one, not before ``。`` or after ``（``."""
    from unicodedata import category  # noqa: PLC0415  as above

    if _width(before) < 2 and _width(after) < 2:
        return False
    return category(after) not in _NOT_FIRST and category(before) not in _NOT_LAST
