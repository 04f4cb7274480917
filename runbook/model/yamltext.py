"""YAML as we write and read it: pure text in, data out, and for every value the line it stands on.

Read as YAML 1.2's core schema (``yes``, ``12:30`` and dates are text), without anchors, aliases or tags, within bounds
of size and depth, and with duplicate keys as errors. Written so that a YAML 1.1 reader understands it as well.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ValidationError

from runbook.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 50
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: type = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_BOOL = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_INT = re.compile(r"^[-+]?[0-9]{1,18}$")
_FLOAT = re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$")
_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7}) ", re.MULTILINE)
"""What ``git merge`` leaves where two people changed the same lines (git-merge, "How conflicts are presented")."""
HOW_TO_MERGE = (
    "two people changed the same lines: keep what counts, take the lines with <<<<<<<, ======= and >>>>>>> out"
)

Path = tuple[str | int, ...]


class Located:
    """Parsed data, with the line of every key and item.

    Attributes:
        data: dicts, lists, strings, numbers, booleans, None.
        file: what to call the text in messages.
        lines: path of keys and indexes -> 1-based line.
    """

    def __init__(self, data: Any, file: str, lines: dict[Path, int]) -> None:
        self.data = data
        self.file = file
        self.lines = lines

    def line(self, path: Path) -> int | None:
        """The line of ``path``, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def error(self, message: str, path: Path = (), *, hint: str = "") -> BadInputError:
        """A message about the value at ``path``."""
        return BadInputError(
            message, file=self.file, line=self.line(path), field=".".join(map(str, path)) or None, hint=hint
        )


def parse_yaml(text: str, *, file: str, max_bytes: int = MAX_BYTES) -> Located:
    """Parse one document of YAML (or JSON, which is YAML).

    Raises:
        BadInputError: no valid YAML, several documents, an anchor, alias or tag, a key twice, too deep or too large;
            with file and line.
    """
    if len(text) > max_bytes:
        raise BadInputError(f"larger than {max_bytes // 1024} KiB", file=file)
    if not text.isascii() and (surrogate := re.search("[\ud800-\udfff]", text)):
        raise BadInputError("not UTF-8", file=file, line=text.count("\n", 0, surrogate.start()) + 1)
    lines: dict[Path, int] = {}
    try:
        _check_events(text, file)
        node = yaml.compose(text, Loader=_Loader)
        data = None if node is None else _build(node, (), lines, file)
    except yaml.MarkedYAMLError as error:
        if merge := _CONFLICT.search(text):
            raise BadInputError(
                "an unresolved merge", file=file, line=text.count("\n", 0, merge.start()) + 1, hint=HOW_TO_MERGE
            ) from None
        mark = error.problem_mark or error.context_mark
        message = (error.problem or error.context or "not valid YAML").replace("\n", " ")
        near = text.split("\n")[mark.line] if mark is not None and mark.line <= text.count("\n") else ""
        tabs = "\\t" in message or "tab character" in message or "\t" in near[: len(near) - len(near.lstrip())]
        hint = "YAML is indented by spaces, never by tabs" if tabs else ""
        if "mapping values are not allowed" in message:
            hint = "put a text with a colon and a blank in it in quotes"
        raise BadInputError(
            f"not valid YAML: {message}", file=file, line=None if mark is None else mark.line + 1, hint=hint
        ) from None
    except yaml.YAMLError as error:
        at = getattr(error, "position", None)  # of a control character; the parser in C counts bytes
        line = None if at is None else text.encode()[:at].count(b"\n") + 1
        raise BadInputError(f"not valid YAML: {str(error).splitlines()[0]}", file=file, line=line) from None
    return Located(data, file, lines)


def _check_events(text: str, file: str) -> None:
    """Refuse what could blow up or run something, before anything is built."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        mark = event.start_mark
        line = None if mark is None else mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BadInputError("anchors and aliases are not used here", file=file, line=line, hint="write it out")
        tag = getattr(event, "tag", None)
        if tag not in {None, "!"}:
            raise BadInputError(f"the tag {tag} is not used here", file=file, line=line, hint="leave the tag out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise BadInputError(f"nested deeper than {MAX_DEPTH} levels", file=file, line=line)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _build(node: yaml.Node, path: Path, lines: dict[Path, int], file: str) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else None
            line = key_node.start_mark.line + 1
            if key is None:
                raise BadInputError("a key must be plain text", file=file, line=line)
            if key in result:
                raise BadInputError(
                    "the key stands twice", file=file, line=line, field=".".join(map(str, (*path, key)))
                )
            lines[(*path, key)] = line
            result[key] = _build(value_node, (*path, key), lines, file)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, index), lines, file) for index, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None):  # quoted or a block: text, whatever it looks like
        return text
    if _NULL.match(text):
        return None
    if _BOOL.match(text):
        return text.lower() == "true"
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text


class _Writer(_Dumper):  # type: ignore[misc]  # the C dumper where libyaml is there, else the pure one
    """Block style, long lines unbroken, many-line text as a literal block, times unquoted."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Equal values are written out, never anchored."""
        return True


_Writer.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Writer.yaml_implicit_resolvers.items()
}
for _first in "-+.0123456789":  # what our reader takes for a number must be quoted when it is text
    _Writer.yaml_implicit_resolvers.setdefault(_first, [])
    _Writer.yaml_implicit_resolvers[_first] = [
        *_Writer.yaml_implicit_resolvers[_first],
        ("tag:yaml.org,2002:float", _FLOAT),
        ("tag:yaml.org,2002:int", _INT),
    ]
_BLOCK_SAFE = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]*")


def _represent_text(dumper: Any, text: str) -> yaml.Node:
    block = (
        "\n" in text
        and text[0] not in " \n"
        and not re.search(r" \n| $", text)
        and _BLOCK_SAFE.fullmatch(text) is not None
    )
    node: yaml.Node = dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if block else None)
    return node


_Writer.add_representer(str, _represent_text)


def dump_yaml(data: Any) -> str:
    """``data`` (JSON values) as YAML in the order of its keys, one fact a line."""
    text = yaml.dump(data, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=2**30, default_flow_style=False)
    return str(text)


def validate(located: Located, model: type[BaseModel]) -> Any:
    """``located.data`` as ``model``.

    Raises:
        BadInputError: the first thing that does not fit, with file, line and field.
    """
    if not isinstance(located.data, dict):
        raise located.error("must be a list of `name: value` lines")
    try:
        return model.model_validate(located.data)
    except ValidationError as error:
        raise explain(error, located, model) from None


def explain(error: ValidationError, located: Located, model: type[BaseModel]) -> BadInputError:
    """The first problem of ``error`` in words for the person who wrote the file."""
    first = error.errors()[0]
    path = tuple(part for part in first["loc"] if isinstance(part, int) or not part.startswith("function-"))
    if first["type"] == "extra_forbidden":
        known = sorted(_fields(model, path[:-1]))
        near = difflib.get_close_matches(str(path[-1]), known, n=1)
        hint = f"did you mean {near[0]}?" if near else ("known here: " + ", ".join(known) if known else "")
        return located.error("unknown field", path, hint=hint)
    if first["type"] == "missing":
        return located.error("is missing", path, hint=f"add a line `{path[-1]}: …`")
    if first["type"] == "literal_error":
        known = re.findall(r"'([^']*)'", first["ctx"]["expected"])
        near = difflib.get_close_matches(str(first["input"]).lower(), known, n=1)
        return located.error(first["msg"], path, hint=f"did you mean {near[0]}?" if near else "")
    what = next((how for kind, how in _HOW.items() if first["type"].startswith(kind)), "")
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] in {"date_from_datetime_parsing", "datetime_from_date_parsing"}:
        message = f"{first['input']!r} is no {first['type'].partition('_')[0].replace('datetime', 'date and time')}"
    return located.error(message, path, hint=what)


_HOW = {
    "date_": "write it as 2026-03-11",
    "datetime_": "write it as 2026-03-04T07:49:00Z or 2026-03-04T08:49:00+01:00",
    "timezone_": "write it as 2026-03-04T07:49:00Z or 2026-03-04T08:49:00+01:00",
    "string_type": "one text; put a number, or a word such as true, in quotes",
    "list_type": "write each entry on a line of its own, behind `- `",
    "bool_": "write true or false",
}
"""What to write in place of a value that does not fit, by how pydantic names the kind of mistake
(https://docs.pydantic.dev/latest/errors/validation_errors/)."""


def _fields(model: type[BaseModel], path: Path) -> set[str]:
    """Names of the fields of the part of ``model`` at ``path``."""
    here: list[type[BaseModel]] = [model]
    for part in path:
        if isinstance(part, int):
            continue
        here = [
            inner for one in here if part in one.model_fields for inner in _models(one.model_fields[part].annotation)
        ]
    return {field.alias or name for one in here for name, field in one.model_fields.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)
