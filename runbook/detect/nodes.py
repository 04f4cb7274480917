"""YAML as plain values that remember where they stood, read so that no document can hurt.

The event stream is looked at before anything is built: no anchors, aliases or tags, no keys twice, a bound on size and
depth. Only the subset of YAML that a signature needs is left: mappings, lists and text.
"""

from __future__ import annotations

from typing import Any, NoReturn

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

from runbook.errors import BadInputError

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Any = yaml.resolver.Resolver()
_TEXT = "tag:yaml.org,2002:str"
_NOT_TEXT = {
    "tag:yaml.org,2002:null": "nothing",
    "tag:yaml.org,2002:bool": "a yes/no value",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:timestamp": "a date",
}

Path = tuple[str | int, ...]


class Document:
    """Plain values and the line of each.

    Attributes:
        values: nested ``dict``, ``list`` and ``str``.
        lines: 1-based line of every key and list item, by its path from the top.
    """

    def __init__(self, values: Any, lines: dict[Path, int]) -> None:
        self.values = values
        self.lines = lines

    def line(self, path: Path) -> int:
        """The line of ``path`` or, where that is not in the file, of what is nearest above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def dotted(path: Path) -> str:
    """``("match", "any", 0, "regex")`` as ``match.any.0.regex``."""
    return ".".join(str(part) for part in path)


def read_document(raw: bytes, *, file: str) -> Document:
    """Read one YAML document whose leaves are all text.

    Args:
        raw: the file's bytes.
        file: its name, for the message.

    Raises:
        BadInputError: not UTF-8, too large, too deep, no YAML, or YAML that is refused here; with line and field.
    """
    if len(raw) > MAX_BYTES:
        raise BadInputError(f"is {len(raw)} bytes long; a signature has at most {MAX_BYTES}", file=file)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadInputError(f"byte 0x{raw[error.start]:02x} is not UTF-8", file=file, line=line) from None
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _translate(error, text, file) from None
    except yaml.YAMLError as error:
        raise BadInputError(" ".join(str(error).split()), file=file) from None
    if builder.documents == 0 or not isinstance(builder.root, dict):
        raise BadInputError("is not a mapping of keys to values", file=file, line=1)
    return Document(builder.root, builder.lines)


def _translate(error: yaml.MarkedYAMLError, text: str, file: str) -> BadInputError:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else None
    rows = text.split("\n")
    row = rows[line - 1] if line is not None and line <= len(rows) else ""
    if "\t" in row[: len(row) - len(row.lstrip())]:
        return BadInputError("a tab stands in the indentation; YAML allows only spaces", file=file, line=line)
    return BadInputError(
        error.problem or error.context or "is not YAML",
        file=file,
        line=line,
        hint="text with ': ', '#' or a leading '`', '*', '[' or '{' must stand in quotes",
    )


class _Builder:
    """Turns events into values with a stack of its own, so that depth is a number and not the interpreter's."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Any = None
        self.lines: dict[Path, int] = {}
        self.documents = 0
        self._open: list[dict[str, Any] | list[Any]] = []
        self._path: list[str | int] = []
        self._key: str | None = None

    def take(self, event: Any) -> None:
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            self._refuse(
                "anchors (&) and aliases (*) are not used in signatures; write it out, or quote the text", event
            )
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._refuse("a second document begins here (---); one file holds one signature", event)
        elif isinstance(event, ScalarEvent):
            self._scalar(event)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            if event.tag:
                self._refuse(f"the tag {event.tag} is not used in signatures", event)
            if len(self._open) >= MAX_DEPTH:
                self._refuse(f"is nested deeper than {MAX_DEPTH} levels", event)
            value: dict[str, Any] | list[Any] = {} if isinstance(event, MappingStartEvent) else []
            self._place(value, event)
            self._open.append(value)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._open.pop()
            if self._path:
                self._path.pop()

    def _scalar(self, event: ScalarEvent) -> None:
        if event.tag:
            self._refuse(f"the tag {event.tag} is not used in signatures", event)
        parent = self._open[-1] if self._open else None
        if isinstance(parent, dict) and self._key is None:
            if event.value in parent:
                first = self.lines[(*self._path, event.value)]
                self._refuse(f"the key stands twice, first in line {first}", event, event.value)
            self._key = event.value
            self.lines[(*self._path, event.value)] = _line(event)
            return
        tag: str = _RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag != _TEXT:
            where = self._key if isinstance(parent, dict) else len(parent or ())
            what = _NOT_TEXT.get(tag, "no text")
            advice = "give it a value or take the key out" if tag.endswith(":null") else f'write "{event.value}"'
            self._refuse(f"is {what} to YAML where text is meant; {advice}", event, where)
        self._place(event.value, event)
        self._path.pop() if self._path else None

    def _place(self, value: Any, event: Any) -> None:
        """Put ``value`` where it belongs and step into it."""
        line = _line(event)
        if not self._open:
            self.root = value
            return
        parent = self._open[-1]
        if isinstance(parent, dict):
            if self._key is None:
                self._refuse("a key must be plain text", event)
            self._path.append(self._key)
            parent[self._key] = value
            self._key = None
        else:
            self._path.append(len(parent))
            parent.append(value)
            self.lines[tuple(self._path)] = line

    def _refuse(self, message: str, event: Any, *more: str | int | None) -> NoReturn:
        path = [*self._path, *(part for part in (more or (self._key,)) if part is not None)]
        raise BadInputError(message, file=self.file, line=_line(event), field=dotted(tuple(path)) or None)


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1
