"""The two kinds of text. A field's type says which kind it is, and the press treats it accordingly."""

from __future__ import annotations

from typing import Annotated, Literal

TextKind = Literal["prose", "captured"]

Prose = Annotated[str, "prose"]
"""Markdown that a person writes for readers: inline marks, lists, links and fences are kept; raw HTML, headings and
mentions are neutralised when it is rendered."""

Captured = Annotated[str, "captured"]
"""Text that came from a program or is quoted (titles, commands, output, excerpts, imports): literal everywhere."""


def count_of(number: int, singular: str, plural: str = "") -> str:
    """``1 entry``, ``3 entries``."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def show_size(size: int) -> str:
    """Bytes as people read them: ``312 B``, ``12 kB``, ``3.4 MB``."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:,.1f} MB"
