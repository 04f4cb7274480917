"""The rows of tables: their cells as they stand in the source, and the anchor that says which row it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runbook.render.reader_inline import ANCHOR, Place, cover

_PIPE = re.compile(r"(?<!\\)\|")
_EDGES = re.compile(r"\A[ \t]*\||(?<!\\)\|[ \t]*\Z")
_IS_OFFSET = re.compile(r"(?:T *[-+−]|\Z)")


@dataclass(slots=True)
class Row:
    """A row of a table: its anchor's id if it has one, the source of each cell without the anchor."""

    id: str | None
    line: int
    cells: list[str]
    derived: bool = False


def anchored_id(place: Place) -> str | None:
    """The id that an anchor names; a comment cannot hold two hyphens, so they are written otherwise in it."""
    identifier: str | None = place.found["id"]
    return None if identifier is None else identifier.replace("%2D", "-")


def whole_cells(line: str, cells: list[str]) -> list[str]:
    """The cells of a row; a sign of a table in a command or text that nobody escaped belongs to that cell.

    By the specification of tables (https://github.github.com/gfm/#tables-extension-) such a sign begins a cell even
    inside a code span, and what is then too much is dropped: the end of the text, the person, and the anchor.
    """
    inner = _EDGES.sub("", line)
    if inner.count("|") - inner.count("\\|") < len(cells):
        return cells
    parts = [part.strip().replace("\\|", "|") for part in _PIPE.split(inner)]
    surplus = len(parts) - len(cells)
    at = 0
    while surplus > 0 and at < len(parts) - 1:
        if parts[at].count("`") % 2:
            parts[at : at + 2] = [f"{parts[at]} | {parts[at + 1]}"]
            surplus -= 1
        else:
            at += 1
    if surplus > 0:
        begin = _sentences_at(parts, len(cells))
        parts[begin : begin + surplus + 1] = [" | ".join(parts[begin : begin + surplus + 1])]
    return parts if surplus >= 0 else cells


def typed_cells(line: str, columns: int) -> list[str]:
    """The cells of a row that stands in no table, filled up to so many columns."""
    parts = [part.strip().replace("\\|", "|") for part in _PIPE.split(_EDGES.sub("", line.strip()))]
    if len(parts) > columns:
        return whole_cells(line.strip(), [""] * columns)
    return [*parts, *[""] * (columns - len(parts))]


def _sentences_at(parts: list[str], columns: int) -> int:
    """Which cell a surplus outside of code belongs to: the text of a timeline's row, else the longest."""
    if columns == 4 and _IS_OFFSET.match(parts[0]):
        return 2
    surplus = len(parts) - columns
    wide = [len(ANCHOR.sub("", part)) for part in parts]
    return max(range(columns), key=lambda each: sum(wide[each : each + surplus + 1]))


def row_of(line: int, cells: list[str]) -> Row:
    """A row with the anchor of its cells taken out of them."""
    row = Row(None, line, [])
    for source in cells:
        shown = source
        for place in reversed(cover(source)[1]):
            if place.found["id"] or place.found["derived"]:
                row.id = row.id or anchored_id(place)
                row.derived = row.derived or bool(place.found["derived"])
                shown = (shown[: place.start].rstrip() + shown[place.end :]).strip()
        row.cells.append(shown)
    return row
