"""Markdown on one line, as it stands in a report's source: where its anchors are, where it divides, when two are equal.

A report is read from its source and not from what a page makes of it, because what a person typed has to come back as
typed. Everything here therefore works on positions in the source, with code spans and escaped characters covered up:
what looks like an anchor or a separator inside captured text is none.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from runbook.render.literal import INVISIBLE, unescape_code, unescape_inline
from runbook.render.prose_tree import Node, joined, read

_NAME = r"[a-z_]+(?:[.:][a-z_]+)*"
ANCHOR = re.compile(rf"<!-- *(?:(?P<close>/?)runbook:(?P<field>{_NAME})|empty (?P<empty>{_NAME})|(?P<derived>derived)"
                    r"|id (?P<id>[0-9A-Za-z][0-9A-Za-z_.:/@%-]*)) *-->")  # fmt: skip
"""What the macros write around fields and behind items; see ``templates/macros.md.j2``."""
_STEP = re.compile(r"\\[!-/:-@\[-`{-~]|`+|<!--")
_TICKS = re.compile("`+")
_BREAK = re.compile(r"<br ?/?>")
_SPACE = re.compile(r"\s+")
_EMPHASIS = re.compile(r"(\*\*|__|\*|_|`)(.+)\1", re.DOTALL)
COVER = "\x00"


class Place(NamedTuple):
    """An anchor in a source: which, and where it begins and ends."""

    found: re.Match[str]
    start: int
    end: int


def cover(source: str) -> tuple[str, list[Place]]:
    """``source`` with code spans, escaped characters and anchors covered, and its anchors in order.

    Both have the length of ``source``, so that a position in one is a position in the other.
    """
    if "\\" not in source and "`" not in source and "<!--" not in source:
        return source, []
    runs: dict[int, list[int]] = {}
    for run in _TICKS.finditer(source):
        runs.setdefault(len(run[0]), []).append(run.start())
    parts: list[str] = []
    places: list[Place] = []
    position = 0
    while step := _STEP.search(source, position):
        end = step.end()
        if step[0] == "<!--":
            if anchor := ANCHOR.match(source, step.start()):
                end = anchor.end()
                places.append(Place(anchor, step.start(), end))
        elif step[0][0] == "`":
            closers = runs.get(len(step[0]), [])
            index = bisect_left(closers, end)
            if index < len(closers):
                end = closers[index] + len(step[0])
        parts += [source[position : step.start()], COVER * (end - step.start())]
        position = end
    return "".join(parts) + source[position:], _real(source, places)


def _real(source: str, places: list[Place]) -> list[Place]:
    """Those of ``places`` that a page takes for comments: none within the title of a link."""
    if not places or "](" not in source:
        return places
    parts, position = [], 0
    for number, place in enumerate(places):
        parts += [source[position : place.start], f"<!-- id {number} -->"]
        position = place.end
    content = "".join(parts) + source[position:]
    nodes = list(read_inline(content))
    real = set()
    while nodes:
        node = nodes.pop()
        nodes += node.children
        if node.kind == "html_inline" and (found := ANCHOR.fullmatch(node.text)) and found["id"]:
            real.add(int(found["id"]))
    return [place for number, place in enumerate(places) if number in real]


def read_inline(content: str) -> tuple[Node, ...]:
    """The tree of one paragraph's ``content``, raw HTML included."""
    return read("x " + content.replace("\n", " "), everything=True)


def without_anchors(source: str) -> str:
    """``source`` without the anchors in it."""
    _, places = cover(source)
    for place in reversed(places):
        source = source[: place.start].rstrip(" ") + source[place.end :]
    return source


def pieces(source: str, separator: str) -> list[str]:
    """``source`` divided at every ``separator`` that stands in plain text."""
    covered, _ = cover(source)
    found, position = [], 0
    while (end := covered.find(separator, position)) != -1:
        found.append(source[position:end])
        position = end + len(separator)
    return [*found, source[position:]]


def broken(source: str) -> list[str]:
    """``source`` divided at its line breaks, ``<br>`` in any spelling."""
    covered, _ = cover(source)
    found, position = [], 0
    for each in _BREAK.finditer(covered):
        found.append(source[position : each.start()])
        position = each.end()
    return [*found, source[position:]]


def first_cut(source: str, separator: str) -> tuple[str, str | None]:
    """What stands before and behind the first ``separator`` in plain text; None where there is none."""
    at = cover(source)[0].find(separator)
    return (source, None) if at == -1 else (source[:at], source[at + len(separator) :])


def last_cut(source: str, separator: str) -> tuple[str, str | None]:
    """The same for the last one."""
    at = cover(source)[0].rfind(separator)
    return (source, None) if at == -1 else (source[:at], source[at + len(separator) :])


def literal(source: str) -> str:
    """The captured text that ``source`` shows; a formatter may have wrapped its line."""
    return unescape_inline(source.replace("\n", " ").strip())


def code(source: str) -> str:
    """The captured text that a code span shows."""
    return unescape_code(source.replace("\n", " ").strip())


def plain(source: str) -> str:
    """A fixed word without emphasis or backticks around it, in lower case: ``**nobody yet**`` is ``nobody yet``."""
    text = " ".join(source.split())
    while (found := _EMPHASIS.fullmatch(text)) is not None:
        text = found[2]
    return unescape_inline(text).lower()


def same_line(one: str, other: str) -> bool:
    """The same for a heading or a cell, in which a number and a dot are no list."""
    if one == other or flat(one) == flat(other):
        return True
    return canonical_line(one) == canonical_line(other)


def canonical_line(source: str) -> tuple[Node, ...]:
    """What ``source`` means on a line that no list, heading or quote can begin."""
    return canonical("x " + source.replace("\n", " "))


def same(one: str, other: str) -> bool:
    """Whether two sources mean the same: formatters rewrap lines, change bullets and escapes, and align tables."""
    if one == other or flat(one) == flat(other):
        return True
    return canonical(one) == canonical(other)


def trimmed(text: str) -> str:
    """``text`` without the blanks at the ends of its lines: editors and prettier take them away, in a fence too."""
    return "\n".join(line.rstrip(" \t") for line in text.split("\n")).rstrip("\n")


def flat(source: str) -> str:
    """``source`` on one line with single blanks, where those mean nothing."""
    return _SPACE.sub(" ", source).strip() if "```" not in source else source


@lru_cache(maxsize=4096)
def canonical(source: str) -> tuple[Node, ...]:
    """What ``source`` means, with everything left away that is a matter of style."""
    return _styleless(read(source, everything=False))


def _styleless(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    made = []
    for node in nodes:
        if node.kind == "text":
            made.append(Node("text", _SPACE.sub(" ", node.text.replace(INVISIBLE, ""))))
        elif node.kind == "break":
            made.append(Node("text", " "))
        elif node.kind == "code":
            made.append(Node("code", _SPACE.sub(" ", node.text)))
        elif node.kind == "fence":
            made.append(Node("fence", trimmed(node.text), node.mark))
        elif node.kind in {"link", "image"}:
            made.append(Node(node.kind, unquote(node.text), node.mark, _styleless(node.children)))
        elif node.kind == "paragraph":
            if children := _styleless(node.children):
                made.append(Node("paragraph", children=children))
        else:
            start = node.text if node.kind in {"numbers", "auto"} else ""
            made.append(Node(node.kind, start or node.text, "", _styleless(node.children)))
    return _trimmed(joined(made))


def _trimmed(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """No double blanks where two texts met, none at the ends."""
    kept = [Node("text", _SPACE.sub(" ", node.text)) if node.kind == "text" else node for node in nodes]
    if kept and kept[0].kind == "text":
        kept[0] = Node("text", kept[0].text.lstrip())
    if kept and kept[-1].kind == "text":
        kept[-1] = Node("text", kept[-1].text.rstrip())
    return tuple(node for node in kept if node.kind != "text" or node.text)
