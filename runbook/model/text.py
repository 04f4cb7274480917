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
