"""YAML as nodes that know where they stand, read so that no document can hurt.

The event stream is built into nodes with a stack of our own. Depth and the number of nodes, aliases counted as often
as they are used, are bounded before anything walks the result; a document over a bound, or one that is no YAML, gives a
:class:`Problem` and what was read until then. Plain scalars are understood as Compose's, GitHub's and Kubernetes'
readers do (the core schema of YAML 1.2): ``yes``, ``on`` and ``22:22`` are text. Merge keys (``<<``) are followed.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

MAX_DEPTH = 60
MAX_NODES = 100_000
"""Nodes of a file, each alias counted with everything below it."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


class Node:
    """A scalar, a list or a map. Treat as frozen.

    Attributes:
        kind: ``scalar``, ``list`` or ``map``.
        line, column: where it begins, 1-based. Of an alias: where the anchor's node stands.
        end_column: after its last character, if a scalar on one line; else 0.
        text: of a scalar, as YAML reads it.
        plain: whether a scalar stands without quotes.
        tag: as written (``!reset``), "" if none.
        items: of a list.
        entries: of a map, name -> :class:`Entry`, merge keys followed.
        size: nodes below and including it, aliases counted each time.
    """

    __slots__ = ("column", "end_column", "entries", "items", "kind", "line", "plain", "size", "tag", "text")

    def __init__(self, kind: str, line: int, column: int) -> None:
        self.kind = kind
        self.line = line
        self.column = column
        self.end_column = 0
        self.text = ""
        self.plain = False
        self.tag = ""
        self.items: list[Node] = []
        self.entries: dict[str, Entry] = {}
        self.size = 1

    def get(self, *names: str) -> Node | None:
        """The node below these keys, None where there is none."""
        node: Node | None = self
        for name in names:
            entry = node.entries.get(name) if node is not None else None
            node = entry.value if entry is not None else None
        return node

    def key(self, name: str) -> Node | None:
        """The key itself, for its place."""
        entry = self.entries.get(name)
        return entry.key if entry is not None else None

    @property
    def empty(self) -> bool:
        """Whether it is a scalar that stands for nothing."""
        return self.kind == "scalar" and self.plain and self.text in _NULL

    def value(self) -> Any:
        """As plain Python: ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` or None.

        What Compose takes away by ``!reset`` is left out (https://docs.docker.com/reference/compose-file/merge/).
        """
        if self.kind == "map":
            return {name: each.value.value() for name, each in self.entries.items() if each.value.tag != "!reset"}
        if self.kind == "list":
            return [item.value() for item in self.items]
        return _scalar(self.text) if self.plain and not self.tag else self.text

    def __repr__(self) -> str:
        return f"Node({self.kind} {self.line}:{self.column} {self.text!r})"


class Entry:
    """One key of a map, its value, and whether a merge key brought it."""

    __slots__ = ("key", "merged", "value")

    def __init__(self, key: Node, value: Node, *, merged: bool = False) -> None:
        self.key = key
        self.value = value
        self.merged = merged


class Problem:
    """Why a document cannot be read, or not to its end: place, the parser's words, and what kind of problem it is.

    ``code`` is ``tab``, ``indentation``, ``syntax`` or ``too-much``.
    """

    __slots__ = ("code", "column", "line", "message")

    def __init__(self, code: str, message: str, line: int, column: int = 1) -> None:
        self.code = code
        self.message = message
        self.line = line
        self.column = column


class Twice:
    """A key that stands twice in one map: the second one, and the line of the first."""

    __slots__ = ("first_line", "key")

    def __init__(self, key: Node, first_line: int) -> None:
        self.key = key
        self.first_line = first_line


class Tree:
    """What was read.

    Attributes:
        documents: root of each document.
        twice: keys that stand twice.
        problem: what ended the reading, None if it came to the end.
    """

    def __init__(self) -> None:
        self.documents: list[Node] = []
        self.twice: list[Twice] = []
        self.problem: Problem | None = None

    @property
    def root(self) -> Node | None:
        """The first document."""
        return self.documents[0] if self.documents else None


def read_tree(text: str) -> Tree:
    """Read every document of ``text``. Never raises: a problem is a part of the answer."""
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except _TooMuchError as error:
        builder.tree.problem = Problem("too-much", str(error), error.line)
    except yaml.MarkedYAMLError as error:
        builder.tree.problem = _translate(error, text)
    except yaml.YAMLError as error:
        builder.tree.problem = Problem("syntax", " ".join(str(error).split()), _line_of(error, text))
    return builder.tree


class _TooMuchError(Exception):
    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def _line_of(error: yaml.YAMLError, text: str) -> int:
    position = getattr(error, "position", None)  # of a byte that YAML does not allow
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1


def _translate(error: yaml.MarkedYAMLError, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    rows = text.split("\n")
    message = " ".join((error.problem or error.context or "is not YAML").split())
    for number in (line, line - 1):
        row = rows[number - 1] if 0 < number <= len(rows) else ""
        if "\t" in row[: len(row) - len(row.lstrip())]:
            return Problem("tab", "a tab stands in the indentation", number, row.index("\t") + 1)
    code = "indentation" if any(word in message for word in _MISPLACED) else "syntax"
    return Problem(code, message, line, column)


_MISPLACED = (
    "did not find expected key",
    "mapping values are not allowed",
    "did not find expected '-' indicator",
    "expected <block end>",
    "block sequence entries are not allowed",
    "could not find expected ':'",
)


class _Builder:
    """Turns events into nodes."""

    def __init__(self) -> None:
        self.tree = Tree()
        self._open: list[Node] = []
        self._keys: list[Node | None] = []  # of each open map: the key that waits for its value
        self._merges: list[list[Node]] = []  # of each open node: what its merge keys name
        self._anchors: dict[str, Node | None] = {}  # None: still open
        self._names: list[str] = []  # of each open node: its anchor

    def take(self, event: Any) -> None:
        if isinstance(event, ScalarEvent):
            self._scalar(event)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            self._start(event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._end()
        elif isinstance(event, AliasEvent):
            self._alias(event)
        elif isinstance(event, DocumentStartEvent):
            self._anchors.clear()

    def _scalar(self, event: Any) -> None:
        node = _node("scalar", event)
        node.text = event.value
        node.plain = bool(event.implicit[0])
        node.tag = event.tag or ""
        if event.end_mark.line == event.start_mark.line:
            node.end_column = event.end_mark.column + 1
        if event.anchor:
            self._anchors[event.anchor] = node
        self._place(node)

    def _start(self, event: Any) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise _TooMuchError(f"is nested deeper than {MAX_DEPTH} levels", event.start_mark.line + 1)
        node = _node("map" if isinstance(event, MappingStartEvent) else "list", event)
        node.tag = event.tag or ""
        if event.anchor:
            self._anchors[event.anchor] = None
        if not self._open:
            self.tree.documents.append(node)
        self._open.append(node)
        self._keys.append(None)
        self._merges.append([])
        self._names.append(event.anchor or "")

    def _end(self) -> None:
        node = self._open.pop()
        self._keys.pop()
        self._merge(node, self._merges.pop())
        anchor = self._names.pop()
        if anchor:
            self._anchors[anchor] = node
        if self._open:
            self._place(node)

    def _alias(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if event.anchor not in self._anchors:
            raise _TooMuchError(f"the alias *{event.anchor} names no anchor", line)
        node = self._anchors[event.anchor]
        if node is None:
            raise _TooMuchError(f"the alias *{event.anchor} stands inside what it names", line)
        self._place(node)

    def _grow(self, node: Node, by: int) -> None:
        node.size += by
        if node.size > MAX_NODES:
            raise _TooMuchError(f"comes to more than {MAX_NODES} values, aliases followed", node.line)

    def _place(self, node: Node) -> None:
        if not self._open:
            self.tree.documents.append(node)
            return
        parent = self._open[-1]
        self._grow(parent, node.size)
        if parent.kind == "list":
            parent.items.append(node)
            return
        key, self._keys[-1] = self._keys[-1], None
        if key is None:
            self._keys[-1] = node
        elif key.text == "<<" and key.plain:
            self._merges[-1] += node.items if node.kind == "list" else [node]
        elif key.kind == "scalar":
            known = parent.entries.get(key.text)
            if known is not None:
                self.tree.twice.append(Twice(key, known.key.line))
            parent.entries[key.text] = Entry(key, node)

    def _merge(self, node: Node, sources: list[Node]) -> None:
        for source in sources:
            for name, entry in source.entries.items():
                if name not in node.entries:
                    node.entries[name] = Entry(entry.key, entry.value, merged=True)
                    self._grow(node, entry.value.size)


def _node(kind: str, event: Any) -> Node:
    return Node(kind, event.start_mark.line + 1, event.start_mark.column + 1)


def _scalar(text: str) -> Any:
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text) and len(text) < 64:
        digits = text.replace("_", "")
        sign = -1 if digits.startswith("-") else 1
        digits = digits.lstrip("+-")
        if len(digits) > 1 and digits[0] == "0" and digits[1] in "01234567":
            digits = "0o" + digits[1:]
        try:
            return sign * int(digits, 0)
        except ValueError:
            return text
    if _FLOAT.fullmatch(text) and len(text) < 64:
        return float(text)
    return text
