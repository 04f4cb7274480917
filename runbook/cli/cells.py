"""How wide text is in a terminal: one cell a character, two in East Asian scripts and for emoji, none for marks."""

from __future__ import annotations


def cells(text: str) -> int:
    """Cells that ``text``, one line without controls, takes."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def _width(char: str) -> int:
    from unicodedata import category, east_asian_width

    if char.isascii():
        return 1
    if category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if east_asian_width(char) in {"W", "F"} else 1


def cut(text: str, columns: int) -> str:
    """``text`` in at most ``columns`` cells; an ellipsis stands for what is left out."""
    if cells(text) <= columns:
        return text
    if columns < 1:
        return ""
    kept, used = "", 1
    for char in text:
        used += _width(char)
        if used > columns:
            break
        kept += char
    return kept + "…"


def underline(text: str, span: tuple[int, int], columns: int) -> tuple[str, str]:
    """At most ``columns`` cells of ``text`` around ``span``, and a line of ``~`` that stands below the match.

    Returns:
        The text, with ``…`` where it is cut, and the marks; no marks where the match itself is empty or was cut away.
    """
    start, end = max(span[0], 0), min(max(span[1], 0), len(text))
    before, match, after = text[:start], text[start:end], text[end:]
    if cells(text) > columns:
        room = max(columns - cells(match), 0)
        keep_before = max(room // 2, room - cells(after))
        before = _tail(before, keep_before)
        match = cut(match, columns - cells(before))
        after = cut(after, max(columns - cells(before) - cells(match), 0)) if after else ""
    return before + match + after, " " * cells(before) + "~" * cells(match) if match else ""


def _tail(text: str, columns: int) -> str:
    """The end of ``text`` in at most ``columns`` cells."""
    if cells(text) <= columns:
        return text
    kept, used = "", 1
    for char in reversed(text):
        used += _width(char)
        if used > columns:
            break
        kept = char + kept
    return ("…" + kept) if columns > 0 else ""
