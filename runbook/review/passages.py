"""Every text of a record with where it stands, and what of a text is the author's own words.

What is quoted, typed at a prompt or printed by a program is nobody's judgement: rules about words look past it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from runbook.model.record import Part, TimelineEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.model.record import AnyDocument
    from runbook.model.yamltext import Path

Kind = Literal["prose", "captured"]

_CATALOG = {("findings", "fix"), ("findings", "prevention")}
"""Texts that come from the catalog, not from the people of this incident."""
_NOT_WRITTEN = {"command", "evidence", "start", "milestone"}
"""Kinds of timeline entries whose text a program wrote."""
_OWN_SECTION = {"impact": "impact", "lessons": "lessons"}


class Passage(NamedTuple):
    """A text of the record.

    Attributes:
        text: as the record has it.
        kind: prose or captured.
        path: where it stands in the record.
        item: id of the item that holds it, or the field's dotted name.
        section: name of the report's field that shows it.
    """

    text: str
    kind: Kind
    path: Path
    item: str
    section: str


def prose(document: AnyDocument) -> Iterator[Passage]:
    """What people wrote for readers: the title, every prose field, and entries of the timeline that somebody typed."""
    for passage in texts(document):
        typed = passage.path[0] == "timeline" and passage.path[-1] == "text" and _typed(document, passage.path)
        titled = passage.path == ("title",)
        if (passage.kind == "prose" or typed or titled) and (passage.path[0], _name(passage.path)) not in _CATALOG:
            yield passage


def _typed(document: AnyDocument, path: Path) -> bool:
    entry: TimelineEntry = document.timeline[int(path[1])]
    return entry.kind not in _NOT_WRITTEN


def _name(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def texts(document: AnyDocument) -> Iterator[Passage]:
    """Every prose and captured field that holds anything."""
    yield from _walk(document, (), "")


def _walk(part: Part, path: Path, item: str) -> Iterator[Passage]:
    item = getattr(part, "id", "") if path else ""
    for name, kind in _fields(type(part)):
        value = getattr(part, name)
        if kind is None:
            for index, inner in enumerate(value) if isinstance(value, list) else ((None, value),):
                if isinstance(inner, Part):
                    yield from _walk(inner, (*path, name) if index is None else (*path, name, index), item)
        elif isinstance(value, str):
            if value.strip():
                yield _passage(value, kind, (*path, name), item)
        elif isinstance(value, list):
            for index, text in enumerate(value):
                if isinstance(text, str) and text.strip():
                    yield _passage(text, kind, (*path, name, index), item)


def _passage(text: str, kind: Kind, path: Path, item: str) -> Passage:
    names = [part for part in path if isinstance(part, str)]
    dotted = ".".join(names)
    section = ".".join(names[:2]) if names[0] == "lessons" else names[0]
    if path == ("impact", "description"):
        section = dotted
    return Passage(text, kind, path, item or dotted, section)


@lru_cache(maxsize=64)
def _fields(model: type[Part]) -> tuple[tuple[str, Kind | None], ...]:
    """Fields of a part that hold texts, with the texts' kind, or further parts (None)."""
    found: list[tuple[str, Kind | None]] = []
    for name, field in model.model_fields.items():
        marks = {*field.metadata, *_marks(field.annotation)}
        if "prose" in marks:
            found.append((name, "prose"))
        elif "captured" in marks:
            found.append((name, "captured"))
        elif _holds_parts(field.annotation):
            found.append((name, None))
    return tuple(found)


def _marks(annotation: Any) -> set[Any]:
    """The texts' kinds inside ``list[Prose]`` and the like."""
    return {
        mark
        for inner in get_args(annotation)
        for mark in (*getattr(inner, "__metadata__", ()), *_marks(inner))
        if isinstance(mark, str)
    }


def _holds_parts(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return True
    return any(_holds_parts(inner) for inner in get_args(annotation))


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")
_ON = r"\n(?![ \t]*(?:\n|[-*+>#|]|\d{1,9}[.)][ \t]))"
"""The end of a line behind which the same paragraph goes on: a formatter may have wrapped a quotation."""
_INLINE = re.compile(
    rf"`(?:[^`\n]|{_ON}){{0,600}}`"  # code
    rf'|"(?:[^"\n]|{_ON}){{0,600}}"|“(?:[^“”\n]|{_ON}){{0,600}}”|«(?:[^«»\n]|{_ON}){{0,600}}»'  # what somebody said
    rf"|„(?:[^„“”\n]|{_ON}){{0,600}}[“”]|‘(?:[^‘’\n]|{_ON}){{0,600}}’(?!\w)|(?<!\w)'[^'\n]{{1,300}}'(?!\w)"
    r"|\]\([^)\n]{0,600}\)|<https?://[^>\s]{1,600}>|\bhttps?://[^\s)]{1,600}"  # where a link leads
    r"|\[redacted:[^\]\n]{1,60}\]"
)
_SHOWN = re.compile(r"[^\n]")


@lru_cache(maxsize=512)  # several rules ask of the same text
def own_words(text: str) -> str:
    """``text`` with code, quotations, block quotes and addresses blanked out; every place stays where it was."""
    lines, fence, code, listed = [], "", True, False
    for line in text.split("\n"):
        opening = _FENCE.match(line)
        if fence:
            if opening and opening[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
            lines.append(" " * len(line))
            continue
        blank, indented = not line.strip(), line.startswith(("    ", "\t"))
        listed = bool(_LIST_ITEM.match(line)) or (listed and (blank or indented or line.startswith(" ")))
        code = blank or (code and indented and not listed)
        if opening:
            fence = opening[1]
        hidden = opening or line.lstrip().startswith(">") or (code and not blank)
        lines.append(" " * len(line) if hidden else line)
    return _INLINE.sub(lambda match: _SHOWN.sub("\x00", match[0]), "\n".join(lines))


_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n[ \t]*\n|\n(?=[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t])")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, roughly: split where one ends, at paragraphs and at items of a list."""
    begin = 0
    for end in _SENTENCE_END.finditer(text):
        yield text[begin : end.end()]
        begin = end.end()
    yield text[begin:]
