"""A report as its anchors divide it: fields, the items of lists and the rows of tables, each with its line.

Nothing here knows what a field means. The text is parsed into blocks by markdown-it; inline Markdown stays source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from runbook.render.reader_inline import ANCHOR, Place, cover
from runbook.render.reader_rows import Row, anchored_id, row_of, typed_cells, whole_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

DOCUMENTS = {"incident", "deployment"}
_MARKER = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])( {1,4}(?=\S)| (?=\s)|(?=\s|\Z))")
_FORMAT_TAGS = re.compile(r"\s*(?:</?details>|<summary>[^<>]*</summary>|\s)*")
_OPENING = {"heading_open", "paragraph_open", "bullet_list_open", "ordered_list_open", "blockquote_open", "table_open"}


@dataclass(slots=True)
class Item:
    """An item of a list.

    Attributes:
        id: of its anchor; None where it has none.
        line: where it begins.
        text: source up to the anchor; all of it where there is no anchor.
        suffix: source of what stands behind the anchor on its paragraph.
        below: items of a list below the anchor.
        rest: source of what else stands below it, each with whether it is a list.
        derived: whether its anchor says that it is no item of the record.
    """

    id: str | None
    line: int
    text: str
    suffix: str = ""
    below: list[Item] = field(default_factory=list)
    rest: list[tuple[bool, str]] = field(default_factory=list)
    derived: bool = False

    def below_text(self, *, lists: bool = True) -> str:
        """What stands below the anchor, as the source of more of the item's text."""
        return "\n\n".join(source for is_list, source in self.rest if lists or not is_list)


@dataclass(slots=True)
class Block:
    """A block on the top level: heading, paragraph, list, quote, fence, table, html, or another.

    Attributes:
        kind: which.
        line: where it begins, 1-based.
        end: the line behind its last.
        raw: its lines.
        source: the same; for a heading, paragraph or quote without marker.
        places: the anchors in it, for a heading, paragraph, quote or html.
        items: of a list.
        header: cells of a table's first row.
        rows: of a table.
        level: of a heading.
        text: of a fence.
    """

    kind: str
    line: int
    end: int
    raw: str
    source: str
    places: list[Place] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    level: int = 0
    text: str = ""


@dataclass(slots=True)
class Field:
    """What stands between two anchors of a name. ``closed``: whether the second one is there."""

    name: str
    line: int
    blocks: list[Block]
    source: str = ""
    closed: bool = False


@dataclass(slots=True)
class Page:
    """A whole report.

    Attributes:
        fields: by name; a template may show one several times.
        outside: blocks that belong to no field.
        problems: anchors that do not pair up, as line, field and what is wrong.
    """

    fields: dict[str, list[Field]] = field(default_factory=dict)
    outside: list[Block] = field(default_factory=list)
    problems: list[tuple[int, str, str]] = field(default_factory=list)

    def all_fields(self) -> Iterator[Field]:
        """Every field, in order of names."""
        for several in self.fields.values():
            yield from several


def read_page(text: str) -> Page:
    """Divide a report at its anchors.

    Args:
        text: its Markdown, lines ended by a newline only.
    """
    lines = text.split("\n")
    page = Page()
    here: Field | None = None
    blocks = list(_blocks(lines, _parser().parse(text)))
    whole = _whole(blocks)
    for block in blocks:
        if block.kind == "html" and block.places:
            here = _pass_anchors(page, here, block, lines)
            continue
        if here is not None and here.line not in whole and block.kind == "heading" and block.level <= 2:
            _end(page, here, block.line - 1, lines)  # its closing anchor is gone: it ends with the section
            here = None
        (page.outside if here is None else here.blocks).append(block)
    if here is not None:
        _end(page, here, len(lines), lines)
    return page


def _whole(blocks: list[Block]) -> set[int]:
    """Lines of the opening anchors that are followed by their closing one before any other opens."""
    whole: set[int] = set()
    opened = ("", 0)
    for block in blocks:
        for place in block.places if block.kind == "html" else ():
            name = place.found["field"]
            if name and place.found["close"]:
                whole |= {opened[1]} if opened[0] == name else set()
            elif name and name not in DOCUMENTS:
                opened = (name, block.line)
    return whole


def _end(page: Page, here: Field, last: int, lines: list[str]) -> None:
    here.source = "\n".join(lines[here.line : last])
    page.problems.append((here.line, here.name, f"the anchor <!-- /runbook:{here.name} --> that ends it is gone"))


def _pass_anchors(page: Page, here: Field | None, block: Block, lines: list[str]) -> Field | None:
    """Open and close fields as the anchors of ``block`` say; item anchors stay in the field's blocks."""
    kept = False
    for place in block.places:
        name = place.found["field"]
        if not name:
            kept = True
        elif name in DOCUMENTS:
            continue
        elif not place.found["close"]:
            if here is not None:
                _end(page, here, block.line - 1, lines)
            here = Field(name, block.line, [])
            page.fields.setdefault(name, []).append(here)
        elif here is not None and here.name == name:
            here.source = "\n".join(lines[here.line : block.line - 1])
            here.closed, here = True, None
        else:
            page.problems.append((block.line, name, f"the anchor <!-- runbook:{name} --> that begins it is gone"))
    if kept:
        (page.outside if here is None else here.blocks).append(block)
    return here


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415  48 ms, and only reading back needs it

    parser = MarkdownIt("commonmark", {"html": True}).enable("table").disable("reference")
    parser.core.ruler.enableOnly(["normalize", "block"])  # inline text stays source: a report can have 20,000 rows
    return parser


def _blocks(lines: list[str], tokens: Sequence[Token]) -> Iterator[Block]:
    position = 0
    while position < len(tokens):
        token = tokens[position]
        end = _end_of(tokens, position)
        first, last = token.map or [0, 0]
        inner = tokens[position + 1 : end]
        kind = token.type.removesuffix("_open")
        raw = "\n".join(lines[first:last])
        block = Block(kind, first + 1, last + 1, raw, raw)
        if kind in {"heading", "paragraph"}:
            block.source = inner[0].content
            block.places = cover(block.source)[1]
            block.level = int(token.tag[1]) if kind == "heading" else 0
        elif kind == "html_block":
            block.kind, block.places = "html", _html_places(token.content)
        elif kind == "blockquote":
            block.kind = "quote"
            block.source = "\n\n".join(each.content for each in inner if each.type in {"inline", "html_block"})
            block.places = cover(block.source)[1]
        elif kind in {"bullet_list", "ordered_list"}:
            block.kind, block.items = "list", list(_items(lines, inner))
        elif kind == "table":
            _fill_table(block, inner, lines)
        elif kind == "fence":
            block.text = token.content.removesuffix("\n")
        yield block
        position = end + 1


def _end_of(tokens: Sequence[Token], position: int) -> int:
    """Index of the token that closes the one at ``position``."""
    if tokens[position].nesting != 1:
        return position
    level = tokens[position].level
    end = position + 1
    while tokens[end].nesting != -1 or tokens[end].level != level:
        end += 1
    return end


def _html_places(content: str) -> list[Place]:
    return [Place(found, found.start(), found.end()) for found in ANCHOR.finditer(content)]


def is_format(block: Block) -> bool:
    """Whether ``block`` only folds something away."""
    return block.kind == "html" and _FORMAT_TAGS.fullmatch(ANCHOR.sub("", block.source)) is not None


# ---------------------------------------------------------------------------------------------------------------- lists


def _items(lines: list[str], tokens: Sequence[Token]) -> Iterator[Item]:
    """The items of a list, and behind each the anchored ones that stand nested in it."""
    position = 0
    while position < len(tokens):
        end = _end_of(tokens, position)
        yield from _item(lines, tokens[position], tokens[position + 1 : end])
        position = end + 1


def _item(lines: list[str], token: Token, inner: Sequence[Token]) -> Iterator[Item]:
    first, last = token.map or [0, 0]
    body = _dedented(lines[first:last])
    item = Item(None, first + 1, "\n".join(body).strip("\n").rstrip())
    strays: list[Item] = []
    loose: tuple[int, list[Item]] = (0, [])
    anchored = waits = False
    position = 0
    while position < len(inner):
        child, start = inner[position], (inner[position].map or [first, first])[0] - first
        end = _end_of(inner, position)
        html = child.type == "html_block"
        content = child.content if html else inner[min(position + 1, end)].content
        if child.type in {"bullet_list_open", "ordered_list_open"}:
            nested = list(_items(lines, inner[position + 1 : end]))
            strays += [each for each in nested if each.id]
            loose = (start, [each for each in nested if not each.id])
        if not anchored:
            place = _item_anchor(content, html=html) if child.type in {"paragraph_open", "html_block"} else None
            if place is not None:
                anchored, waits = True, html  # behind an anchor on its own line comes what is added to the item
                _divide(item, body[:start], content, place)
        elif waits and child.type == "paragraph_open":
            item.suffix, waits = f"{item.suffix}\n{content}".strip(), False
        else:
            waits = False
            is_list = child.type in {"bullet_list_open", "ordered_list_open"}
            item.below += loose[1] if is_list else []
            item.rest.append((is_list, "\n".join(body[start : (child.map or [0, last])[1] - first]).strip("\n")))
        position = end + 1
    if not anchored and loose[1] and _closes(inner) and all(_is_shown_by(each) for each in loose[1]):
        item.below = loose[1]
        item.text = "\n".join(body[: loose[0]]).strip("\n").rstrip()
    yield item
    yield from strays


def _divide(item: Item, before: list[str], content: str, place: Place) -> None:
    """Take the anchor at ``place`` in ``content`` as what divides an item's text from what is added to it."""
    item.id, item.derived = anchored_id(place), bool(place.found["derived"])
    text = content[: place.start].rstrip()
    item.text = "\n".join([*before, *([text] if text else [])]).strip("\n").rstrip()
    item.suffix = content[place.end :].strip()


def _is_shown_by(item: Item) -> bool:
    return item.text.lower().startswith("shown by ")


def _closes(inner: Sequence[Token]) -> bool:
    return bool(inner) and inner[-1].type in {"bullet_list_close", "ordered_list_close"}


def _item_anchor(content: str, *, html: bool) -> Place | None:
    places = _html_places(content) if html else cover(content)[1]
    return next((place for place in places if place.found["id"] or place.found["derived"]), None)


def _dedented(lines: list[str]) -> list[str]:
    """The lines of an item without its marker and the indentation that stands for it."""
    first = lines[0]
    marker = _MARKER.match(first)
    width = marker.end() if marker else 0
    made = [first[width:]]
    for line in lines[1:]:
        blank = len(line) - len(line.lstrip(" "))
        made.append(line[min(blank, width) :])
    return made


# --------------------------------------------------------------------------------------------------------------- tables


def _fill_table(block: Block, tokens: Sequence[Token], lines: list[str]) -> None:
    line, cells = block.line, list[str]()
    for token in tokens:
        if token.type == "tr_open":
            line, cells = (token.map or [block.line - 1])[0] + 1, list[str]()
        elif token.type == "inline":
            cells.append(token.content)
        elif token.type == "tr_close":
            if not block.header:
                block.header = cells
            else:
                block.rows.append(row_of(line, whole_cells(lines[line - 1], cells)))
                _join_broken(block, lines)


def _join_broken(block: Block, lines: list[str]) -> None:
    """Make one of the last two rows where a line break went into one: no sign of a table at its end, nor behind it."""
    if len(block.rows) < 2:
        return
    first, last = block.rows[-2:]
    begun, rest = lines[first.line - 1].strip(), lines[last.line - 1].strip()
    if begun[:1] == "|" and begun[-1:] != "|" and rest[:1] != "|" and first.id is None and last.line == first.line + 1:
        block.rows[-2:] = [row_of(first.line, typed_cells(f"{begun} {rest}", len(block.header)))]
