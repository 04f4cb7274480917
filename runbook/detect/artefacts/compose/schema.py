"""The published Compose schema, as check-jsonschema carries it, with the line of everything that breaks it.

Source of the schema: https://github.com/compose-spec/compose-go/blob/main/schema/compose-spec.json
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from runbook.detect.artefacts.artefact import Reported
from runbook.detect.artefacts.compose.project import PIECE, project_of
from runbook.detect.artefacts.yamltree import Entry, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.detect.artefacts.artefact import Artefact

NAME = "compose_schema"
CODES = frozenset(
    {"duplicate-item", "environment", "misplaced-key", "missing-key", "unknown-key", "wrong-type", "wrong-value"}
)
_DOCS = "https://docs.docker.com/reference/compose-file/"
_MAX = 50
"""Breaches that are reported; a file with more is no Compose file."""


def check(artefact: Artefact) -> list[Reported]:
    """Everything in which the file breaks the schema. A file that is no YAML or has no services is not asked.

    Raises:
        ModuleNotFoundError: check-jsonschema is not installed.
    """
    project = project_of(artefact)
    root = project.root
    value = _value(root)
    if project.tree.problem is not None or not (project.piece or {"services", "include"} & set(root.entries)):
        return []
    if project.piece:
        top = Node("map", 1, 1)
        top.entries["services"] = Entry(top, Node("map", 1, 1))
        top.entries["services"].value.entries[PIECE] = Entry(top, root)
        root, value = top, {"services": {PIECE: value}}
    found: list[Reported] = []
    for error in _validator().iter_errors(value):
        found += islice(_reported(root, error), _MAX)
        if len(found) >= _MAX:
            break
    return found


def codes() -> frozenset[str]:
    """What can be wrong, see docs/signatures.md."""
    return CODES


@cache
def _validator() -> Any:
    from check_jsonschema.builtin_schemas import get_builtin_schema  # noqa: PLC0415  0.1 s that only Compose files cost
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator(get_builtin_schema("vendor.compose-spec"))


@cache
def service_keys() -> frozenset[str]:
    """What may stand in a service."""
    return frozenset(_properties(_validator().schema["$defs"]["service"])[0])


def _properties(schema: dict[str, Any]) -> tuple[set[str], list[str]]:
    """The names and patterns of names that a schema speaks of, those it refers to included."""
    names, patterns = set(schema.get("properties", {})), list(schema.get("patternProperties", {}))
    parts = list(schema.get("allOf", []))
    if "$ref" in schema:
        parts.append(_validator().schema["$defs"][schema["$ref"].rpartition("/")[2]])
    for part in parts:
        more, other = _properties(part)
        names |= more
        patterns += other
    return names, patterns


def _value(root: Node) -> Any:
    value = root.value()
    value.pop("version", None)  # its type differs between releases, and Compose no longer reads it
    return value


def _reported(root: Node, error: Any) -> Iterator[Reported]:
    error = _deepest(error)
    path = list(error.absolute_path)
    if isinstance(error.instance, str) and "$" in error.instance:
        return  # a variable may hold what is wanted
    if error.validator in {"additionalProperties", "unevaluatedProperties"} and isinstance(error.instance, dict):
        for name in _unknown(error):
            yield _unknown_key(root, path, name)
        return
    if path[:1] == ["services"] and path[2:3] == ["environment"] and error.validator != "uniqueItems":
        code = "environment"
    elif error.validator == "required":
        code = "missing-key"
    elif error.validator == "uniqueItems":
        code = "duplicate-item"
    else:
        code = "wrong-type" if error.validator == "type" else "wrong-value"
    if error.validator == "uniqueItems":
        path.append(next(n for n, item in enumerate(error.instance) if item in error.instance[:n]))
    if len(path) == 2 and path[0] == "services" and path[1] in service_keys() and not isinstance(error.instance, dict):
        yield _unknown_key(root, path[:1], str(path[1]))
        return
    yield _at(_place(root, path), code, path, _wanted(error), {"wanted": _wanted(error), "given": _given(error)})


def _deepest(error: Any) -> Any:
    """Of the alternatives that all failed, the one that came closest: the deepest, else the plainest to follow."""
    while error.context:
        branches: dict[Any, list[Any]] = {}
        for each in error.context:
            branches.setdefault(each.schema_path[0], []).append(each)
        typed = [errors for errors in branches.values() if not _is_type_of(errors, error.instance)]
        if not typed:
            return _joined(error)
        best = max(typed, key=lambda errors: max(len(each.absolute_path) for each in errors))
        error = max(best, key=lambda each: len(each.absolute_path))
    return error


def _is_type_of(errors: list[Any], instance: Any) -> bool:
    """Whether a branch failed because the value as a whole is of another type."""
    return any(each.validator == "type" and each.instance is instance for each in errors)


def _joined(error: Any) -> Any:
    """An error about the type where every alternative wants another one."""
    wanted: list[str] = []
    for each in error.context:
        if each.validator == "type":
            types = each.validator_value if isinstance(each.validator_value, list) else [each.validator_value]
            wanted += [one for one in types if one not in wanted]
    error.validator, error.validator_value, error.context = "type", wanted, []
    return error


def _unknown(error: Any) -> list[str]:
    known, patterns = _properties(error.schema)
    return [name for name in error.instance if name not in known and not any(re.search(p, name) for p in patterns)]


def _unknown_key(root: Node, path: list[Any], name: str) -> Reported:
    """A key that nothing reads: one of a service at the wrong depth, or one that does not exist."""
    place = _place(root, [*path, name], key=True)
    node = root.get(name) if not path else None
    a_service = node is not None and bool({"image", "build"} & set(node.entries))
    misplaced = a_service or (len(path) < 2 and name in service_keys())
    schema_keys = _keys_at(path)
    close = difflib.get_close_matches(name, sorted(schema_keys), n=1, cutoff=0.75)
    meant = f"; did you mean {close[0]}?" if close else ""
    where = ".".join(str(part) for part in path) or "the top level"
    message = f"{name} does not belong under {where}{meant}"
    captures = {"key": name, "where": where, **({"nearest": close[0]} if close else {})}
    return _at(place, "misplaced-key" if misplaced else "unknown-key", path, message, captures)


def _keys_at(path: list[Any]) -> frozenset[str]:
    if len(path) == 2 and path[0] == "services":
        return service_keys()
    return frozenset(_validator().schema["properties"]) if not path else frozenset()


def _place(root: Node, path: list[Any], *, key: bool = False) -> Node:
    """The node at ``path``, or the key that leads to it; what is nearest above it where it is not there."""
    node = root
    place = root
    for number, part in enumerate(path):
        if isinstance(part, int) and part < len(node.items):
            node = place = node.items[part]
        elif part in node.entries:
            entry = node.entries[part]
            last = number == len(path) - 1
            place = entry.key if key or not last or entry.value.kind != "scalar" or entry.value.empty else entry.value
            node = entry.value
        else:
            break
    return place


def _wanted(error: Any) -> str:
    if error.validator == "type":
        types = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        names = [_TYPES[each] for each in types if each != "null"]
        return f"must be {' or '.join(dict.fromkeys(names))}"
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return f"needs {', '.join(missing)}"
    if error.validator == "enum":
        return f"must be one of {', '.join(map(str, error.validator_value))}"
    if error.validator == "uniqueItems":
        return "stands twice in its list"
    return "does not have the form that Compose reads"


_TYPES = {
    "string": "text",
    "array": "a list",
    "object": "a map",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}


def _given(error: Any) -> str:
    for type_, name in (
        (dict, "a map"),
        (list, "a list"),
        (str, "text"),
        (bool, "true or false"),
        (type(None), "nothing"),
    ):
        if isinstance(error.instance, type_):
            return name
    return "a number"


def _at(place: Node, code: str, path: list[Any], message: str, captures: dict[str, str]) -> Reported:
    where = ".".join(str(part) for part in path)
    service = {"service": str(path[1])} if path[:1] == ["services"] and len(path) > 1 else {}
    names = [part for part in path if isinstance(part, str)]
    option = {"option": names[-1]} if len(names) > 2 else {}
    return Reported(
        NAME,
        code,
        line=place.line,
        column=place.column,
        end_column=place.end_column,
        message=f"{where}: {message}" if where and "key" not in captures else message,
        link=_DOCS,
        severity="high",
        captures={"field": where, **service, **option, **captures},
    )
