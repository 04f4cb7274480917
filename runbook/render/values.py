"""What templates are given: text that is safe however it is printed.

A template sees plain dictionaries, lists, numbers and fixed words, and for everything a person or a program wrote one
of these values. ``{{ title }}`` prints the safe form; there is no attribute with the raw text, so a team's own template
cannot forget to escape. Inside a table ``{{ value | cell }}`` prints the form that a cell needs.
"""

from __future__ import annotations

from typing import Any

from runbook.render.literal import code_span, escape_dividers, escape_inline, fence, visible
from runbook.render.prose import first_block, indent, safe_line, safe_prose

NOT_FILLED = "**Not filled in**"


class Value:
    """Base: a text that prints itself safely. Empty values are false."""

    __slots__ = ("_raw",)

    def __init__(self, raw: str) -> None:
        self._raw = raw

    @property
    def cell(self) -> str:
        """The form for a table cell: one line, with every ``|`` escaped."""
        return str(self)

    def __bool__(self) -> bool:
        return bool(self._raw.strip())

    def __len__(self) -> int:
        return len(self._raw)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str | Value) and self._raw == (other if isinstance(other, str) else other._raw)

    def __hash__(self) -> int:
        return hash(self._raw)


class Literal(Value):
    """Captured text."""

    __slots__ = ()

    def __str__(self) -> str:
        return escape_inline(self._raw)

    @property
    def code(self) -> Code:
        """The same text as a code span."""
        return Code(self._raw)

    @property
    def block(self) -> str:
        """The same text as a fenced block."""
        return fence(self._raw)

    @property
    def first_line(self) -> Literal:
        """Its first line."""
        return Literal(visible(self._raw).split("\n", 1)[0])


class Entry(Literal):
    """Captured text in a row with others, such as an owner: what divides them carries a backslash within it."""

    __slots__ = ()

    def __str__(self) -> str:
        return escape_dividers(escape_inline(self._raw))


class Code(Value):
    """Captured text shown as code: commands, paths, signature ids."""

    __slots__ = ()

    def __str__(self) -> str:
        return code_span(self._raw)

    @property
    def cell(self) -> str:
        """As code, with the backslash that a ``|`` needs in a table even there."""
        return code_span(self._raw, cell=True)

    @property
    def block(self) -> str:
        """The same text as a fenced block."""
        return fence(self._raw, "console")


class Prose(Value):
    """Markdown that a person wrote. False also if nothing of it is left on a page, as of ``[]()``."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return super().__bool__() and bool(str(self))

    def __str__(self) -> str:
        return safe_prose(self._raw)

    @property
    def cell(self) -> str:
        """On one line, for a table."""
        return safe_line(self._raw, cell=True)

    @property
    def line(self) -> str:
        """On one line."""
        return safe_line(self._raw)

    @property
    def opens_with_paragraph(self) -> bool:
        """Whether something may stand before it on its first line."""
        return first_block(self._raw) == "paragraph"


class Line:
    """Several values and fixed pieces of Markdown in a row; strings in ``parts`` are ours and printed as they are."""

    __slots__ = ("parts",)

    def __init__(self, *parts: Value | Line | str) -> None:
        self.parts = parts

    def __str__(self) -> str:
        return "".join(part.line if isinstance(part, Prose) else str(part) for part in self.parts)

    @property
    def cell(self) -> str:
        """The form for a table cell."""
        return "".join(part if isinstance(part, str) else part.cell for part in self.parts)

    def __bool__(self) -> bool:
        return any(self.parts)


def cell(value: object) -> str:
    """Template filter ``cell``: the form of any value that fits into a table."""
    return value.cell if isinstance(value, Value | Line) else str(value)


def bullet(value: object, anchor: str, prefix: str = "", suffix: object = "", marker: str = "- ") -> str:
    """Template filter ``bullet``: one item of a list, which may run over several lines and blocks.

    Args:
        value: the text of the item.
        anchor: an anchor from the macros; it divides the text from what is added to it.
        prefix: what stands before the text, such as ``[ ] `` or ``**Users:** ``.
        suffix: what stands behind it: owner, due date.
        marker: the bullet, or ``1. ``.
    """
    text = str(value) or NOT_FILLED
    added = f" {suffix}" if suffix and str(suffix) else ""
    if "\n" not in text and (not isinstance(value, Prose) or value.opens_with_paragraph):
        return f"{marker}{prefix}{text} {anchor}{added}"
    if prefix and isinstance(value, Prose) and not value.opens_with_paragraph:
        text = f"*as follows:*\n\n{text}"
    body = f"{prefix}{text}\n{anchor}" + (f"\n{added.strip()}" if added else "")
    return indent(marker, body)


def to_plain(value: Any) -> Any:
    """``value`` as JSON can carry it to the process that renders a team's templates."""
    if isinstance(value, Value):
        return {"$": type(value).__name__, "raw": value._raw}  # noqa: SLF001  same module
    if isinstance(value, Line):
        return {"$": "Line", "parts": [to_plain(part) for part in value.parts]}
    if isinstance(value, dict):
        return {name: to_plain(item) for name, item in value.items()}
    return [to_plain(item) for item in value] if isinstance(value, list | tuple) else value


def from_plain(value: Any) -> Any:
    """What :func:`to_plain` was given."""
    if isinstance(value, list):
        return [from_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("$") == "Line":
        return Line(*(from_plain(part) for part in value["parts"]))
    kinds: dict[str, type[Value]] = {"Literal": Literal, "Entry": Entry, "Code": Code, "Prose": Prose}
    if kind := kinds.get(str(value.get("$"))):
        return kind(value["raw"])
    return {name: from_plain(item) for name, item in value.items()}
