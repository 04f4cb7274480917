"""Tables that fell apart in an editor, put together again before anything in them is read.

A blank line ends a table, and what follows is a paragraph to every parser. To the person who typed it, it is the rest
of the table: a row that is still there was not taken out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from runbook.render.reader_inline import ANCHOR, canonical_line
from runbook.render.reader_page import Block
from runbook.render.reader_rows import Row, row_of, typed_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runbook.render.reader_page import Field, Page

_DELIMITER = re.compile(r"\s*:?-+:?\s*\Z")
_TEXT = {"paragraph", "code_block", "list", "quote", "heading"}
_APART = (
    "its table has fallen apart (did a formatter that knows no tables wrap it?), so nothing that was edited in it is "
    "read; put it back, from `git diff`"
)
_BY_NAME = "head"
"""The table whose reader goes by the names of its columns itself: it shows a name only where there is one."""
_OPTIONAL = {canonical_line(name) for name in ("Who", "Where")}
"""The last column of the timeline and of the commands, which they have where it is not the same in every row."""
_MORE_COLUMNS = "the record has no place for a column of your own; put the words into a cell of the others"


class Told(NamedTuple):
    """Something in a table that does not come back: line, field, why, and what stands there."""

    line: int
    field: str
    message: str
    text: str


def mend_tables(before: Page, after: Page, names: Iterable[str]) -> list[Told]:
    """Put the tables of ``after`` together again, in place.

    Rows behind a blank line, without their header or indented are rows again, columns stand in their order again, and
    other text between the anchors of a table goes to what stands outside of every field. A table that cannot be told
    from the text around it any more is taken as it was.

    Args:
        before: the report as it was made.
        after: the report as it is now.
        names: the fields that hold tables.
    """
    told: list[Told] = []
    for name in names:
        for old, new in zip(before.fields.get(name, []), after.fields.get(name, []), strict=False):
            if new.closed and new.source != old.source:
                told += _mend(old, new, after)
    return told


def _mend(old: Field, new: Field, page: Page) -> list[Told]:
    tables = [block for block in (*old.blocks, *new.blocks) if block.kind == "table"]
    header = tables[0].header if tables else []
    known: dict[str | None, Row] = {row.id: row for block in old.blocks for row in block.rows if row.id}
    told: list[Told] = []
    blocks: list[Block] = []
    loose: list[Block] = []
    for block in new.blocks:
        if block.kind == "table":
            if new.name != _BY_NAME and (extra := _in_order(block, header, known)):
                told.append(Told(block.line, new.name, _MORE_COLUMNS, extra))
        elif block.kind in _TEXT and block.raw not in {each.raw for each in old.blocks}:
            rows, rest = _rows(block, header)
            if _is_apart(rest):
                new.blocks, new.source = old.blocks, old.source
                return [Told(new.line, new.name, _APART, "")]
            loose += rest
            blocks.append(_table(block, header, rows) if rows else block)
            continue
        blocks.append(block)
    new.blocks = blocks
    page.outside += loose
    return told


def _rows(block: Block, header: list[str]) -> tuple[list[Row], list[Block]]:
    """The rows of a table that ``block`` holds, and what else it holds."""
    rows: list[Row] = []
    rest: list[Block] = []
    names = list(map(canonical_line, header))
    for number, line in enumerate(block.raw.split("\n"), block.line):
        cells = typed_cells(line, len(header)) if header and line.lstrip().startswith("|") else []
        if not cells or len(ANCHOR.findall(line)) > 1 or _holds_delimiter(line):
            if line.strip():
                rest.append(Block("paragraph", number, number + 1, line, line.strip()))
        elif not all(map(_DELIMITER.match, filter(None, cells))) and list(map(canonical_line, cells)) != names:
            rows.append(row_of(number, cells))
    return rows, rest if rows else [block]  # no row at all: in one piece, as it was typed


def _holds_delimiter(line: str) -> bool:
    """Whether rows were run together: two dashed cells, and others."""
    cells = [cell for cell in line.split("|") if cell.strip()]
    dashed = sum(_DELIMITER.match(cell) is not None for cell in cells)
    return 2 <= dashed < len(cells)


def _is_apart(rest: list[Block]) -> bool:
    """Whether rows stand in what is no row of a table."""
    return any(
        any(found["id"] for found in ANCHOR.finditer(block.raw)) or any(map(_holds_delimiter, block.raw.split("\n")))
        for block in rest
    )


def _table(block: Block, header: list[str], rows: list[Row]) -> Block:
    return Block("table", block.line, block.end, block.raw, block.source, header=header, rows=rows)


def _in_order(block: Block, header: list[str], known: Mapping[str | None, Row]) -> str:
    """Put the cells of each row under the names that they had; the names of columns that there were none of."""
    names, typed = list(map(canonical_line, header)), list(map(canonical_line, block.header))
    if typed == names:
        return ""
    header = [*header, *(block.header[at] for at, name in enumerate(typed) if name in _OPTIONAL - set(names))]
    names = list(map(canonical_line, header))
    more = [each for each in range(len(typed)) if typed[each] not in names]
    lost = [each for each in range(len(names)) if names[each] not in typed]
    places = {index: typed.index(name) for index, name in enumerate(names) if name in typed}
    places |= dict(zip(lost, more, strict=False))  # a column that got another name
    for row in block.rows:
        was = known.get(row.id)
        row.cells = [
            row.cells[places[index]]
            if index in places and places[index] < len(row.cells)
            else (was.cells[index] if was is not None and index < len(was.cells) else "")
            for index in range(len(names))
        ]
    columns, block.header = block.header, header
    return " | ".join(columns[each] for each in more[len(lost) :])
