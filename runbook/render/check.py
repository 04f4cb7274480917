"""Looks at a finished report as a page would, and says what is broken in it.

The text is parsed with raw HTML, tables and headings switched on. Whatever is there that no template wrote got in
through a field, or through an edit in a pull request.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_NAME = r"[a-z_]+(?:[.:][a-z_]+)*"
_IGNORE = r"runbook:ignore RB[0-9]{3}[^<>\n]*"
_ANCHOR = rf"<!-- (?:/?runbook:{_NAME}|{_IGNORE}|empty {_NAME}|derived|id [0-9A-Za-z][0-9A-Za-z_.:/@%-]*) -->"
_OURS = re.compile(rf"(?:\s|{_ANCHOR}|</?details>|<summary>[^<>]*</summary>|<br>)*")
_FIELD = re.compile(r"<!-- (/?)runbook:([a-z_.:]+) -->")
_DETAILS = re.compile(r"<(/?)details>")
_CELL_END = re.compile(r"(?<!\\)\|")


def check_report(markdown: str) -> list[str]:
    """What is broken in a report: one sentence each, with its line; an empty list if nothing is.

    Found are HTML that is not ours, ``<details>`` that do not pair up, anchors that do not, table rows with a cell too
    many or too few, and headings inside a field.
    """
    problems: list[tuple[int, str]] = []
    tokens = _parser().parse(markdown)
    lines = markdown.split("\n")
    folds: list[int] = []
    fields: list[tuple[str, int]] = []
    titles = 0
    for index, token in enumerate(tokens):
        line = token.map[0] + 1 if token.map else 0
        for html, at in _html(token, line):
            if not _OURS.fullmatch(html):
                problems.append((at, f"HTML that no template wrote: {_short(html)}"))
            _pair_details(html, at, folds, problems)
        if token.type == "html_block":
            _pair_fields(token.content, line, fields, problems)
        if token.type == "heading_open":
            titles += token.tag == "h1"
            text = tokens[index + 1]
            anchored = any(child.type == "html_inline" for child in text.children or ())
            if fields and not anchored:
                problems.append((line, f"a heading inside the field {fields[-1][0]}: {_short(text.content)}"))
        if token.type == "table_open" and token.map:
            problems += _broken_rows(lines, token.map[0], token.map[1])
    problems += [(line, "<details> is never closed") for line in folds]
    problems += [(line, f"the anchor {name} is never closed") for name, line in fields]
    if titles != 1:
        problems.append((1, f"{titles} titles (lines that begin with a single #); a report has one"))
    return [f"line {line}: {message}" for line, message in sorted(problems)]


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415  48 ms that rendering alone does without

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _html(token: Token, line: int) -> Iterator[tuple[str, int]]:
    if token.type == "html_block":
        yield token.content, line
    for child in token.children or ():
        if child.type == "html_inline":
            yield child.content, line


def _pair_details(html: str, line: int, folds: list[int], problems: list[tuple[int, str]]) -> None:
    for closing in _DETAILS.findall(html):
        if not closing:
            folds.append(line)
        elif folds:
            folds.pop()
        else:
            problems.append((line, "</details> closes nothing"))


def _pair_fields(html: str, line: int, fields: list[tuple[str, int]], problems: list[tuple[int, str]]) -> None:
    for closing, name in _FIELD.findall(html):
        if not closing:
            if name not in {"incident", "deployment"}:  # these name the document; nothing stands inside them
                fields.append((name, line))
        elif fields and fields[-1][0] == name:
            fields.pop()
        else:
            problems.append((line, f"the anchor /{name} closes nothing"))


def _broken_rows(lines: list[str], first: int, end: int) -> list[tuple[int, str]]:
    """Rows whose number of cells is not the header's: a page drops what is too much, and nobody sees it."""
    width = _cells(lines[first])
    return [
        (number + 1, f"a table row with {count} cells under a header with {width}")
        for number in range(first + 2, end)
        if lines[number].strip() and (count := _cells(lines[number])) != width
    ]


def _cells(line: str) -> int:
    return len(_CELL_END.split(line.strip().removeprefix("|").removesuffix("|")))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
