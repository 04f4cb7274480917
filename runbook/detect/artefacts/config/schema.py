"""Published JSON schemas over YAML trees: from a validator's errors to one plain sentence and a place.

A schema of many alternatives (``oneOf``) fails with a tree of errors; the one that goes deepest into the file is what
the person meant, and is reported.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from runbook.detect.artefacts.artefact import DetectorMissingError, Reported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.artefacts.yamltree import Node

MAX_ERRORS = 20
MAX_NODES = 20_000
"""Of a document that is validated: a schema of alternatives tries each of them at each node."""


class Broken:
    """One thing that breaks a schema: where, and what.

    Attributes:
        path: from the top of the document.
        what: ``unknown-key``, ``missing``, ``type``, ``value`` or ``other``.
        message: one sentence.
        key: the key it is about.
    """

    __slots__ = ("key", "message", "path", "what")

    def __init__(self, path: tuple[str | int, ...], what: str, message: str, key: str = "") -> None:
        self.path = path
        self.what = what
        self.message = message
        self.key = key


def broken(validator: Any, value: Any) -> list[Broken]:
    """What breaks the schema, by place, each place once."""
    found: dict[tuple[tuple[str | int, ...], str], Broken] = {}
    for number, error in enumerate(validator.iter_errors(value)):
        if number >= MAX_ERRORS:
            break
        one = _explain(_deepest(error))
        found.setdefault((one.path, one.key), one)
    return list(found.values())


def _deepest(error: Any) -> Any:
    """Down the alternatives to the error that the person most likely meant."""
    for _level in range(12):
        if not error.context or error.validator not in {"oneOf", "anyOf", "allOf", "if"}:
            return error
        error = max(error.context, key=_meant)
    return error


def _meant(error: Any) -> tuple[int, int]:
    """Alternatives of the right type count more than those where even the type differs."""
    weight = {
        "additionalProperties": 3,
        "enum": 2,
        "const": 2,
        "pattern": 2,
        "required": 2,
        "oneOf": 2,
        "anyOf": 2,
        "type": 0,
    }
    return len(error.absolute_path), weight.get(error.validator, 1)


def _explain(error: Any) -> Broken:
    path = tuple(error.absolute_path)
    if error.validator in {"additionalProperties", "unevaluatedProperties"} and isinstance(error.instance, dict):
        known = list(error.schema.get("properties", {}))
        patterns = error.schema.get("patternProperties", {})
        extra = [key for key in error.instance if key not in known and not _matches(patterns, key)]
        key = str(extra[0]) if extra else ""
        return Broken(
            (*path, key) if key else path, "unknown-key", f"the key {key!r} is not known here{nearest(key, known)}", key
        )
    if error.validator == "required" and isinstance(error.instance, dict):
        missing = next((str(key) for key in error.validator_value if key not in error.instance), "")
        return Broken(path, "missing", f"the key {missing!r} is missing", missing)
    if error.validator == "type":
        wanted = error.validator_value
        names = " or ".join(_TYPES.get(each, each) for each in ([wanted] if isinstance(wanted, str) else wanted))
        return Broken(path, "type", f"must be {names}, and is {_kind(error.instance)}", _last(path))
    if error.validator in {"enum", "const"}:
        wanted = error.validator_value if error.validator == "enum" else [error.validator_value]
        known = [str(each) for each in wanted]
        return Broken(
            path,
            "value",
            f"{_short(error.instance)} is not one of the allowed values{nearest(str(error.instance), known)}",
            _last(path),
        )
    if error.validator == "pattern":
        return Broken(path, "value", f"{_short(error.instance)} does not have the required form", _last(path))
    return Broken(path, "other", _short_message(error), _last(path))


_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "empty",
}


def _kind(value: Any) -> str:
    for kind, name in (
        (bool, "true or false"),
        (dict, "a mapping"),
        (list, "a list"),
        (str, "text"),
        (int, "a number"),
        (float, "a number"),
    ):
        if isinstance(value, kind):
            return name
    return "empty"


def _matches(patterns: dict[str, Any], key: str) -> bool:
    import re  # noqa: PLC0415  the schema's own few patterns, over a key

    return any(re.search(pattern, key[:200]) for pattern in patterns)


def _short(value: Any) -> str:
    text = (
        repr(value)
        if isinstance(value, str)
        else type(value).__name__
        if isinstance(value, dict | list)
        else str(value)
    )
    return text if len(text) <= 60 else text[:57] + "…"


def _short_message(error: Any) -> str:
    if error.validator in {"oneOf", "anyOf"}:
        return "fits none of the allowed forms"
    message = str(error.message)
    return message if len(message) <= 120 else f"breaks the rule {error.validator!r}"


def _last(path: tuple[str | int, ...]) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def nearest(word: str, known: list[str]) -> str:
    """``; did you mean …?`` if one of them is at most two slips of the finger away, in a short word one."""
    bound = 1 if len(word) < _SHORT_WORD else 2
    near = min(((_slips(word[:80], each, bound), each) for each in known), default=(bound + 1, ""))
    return f"; did you mean {near[1]!r}?" if 0 < near[0] <= bound else ""


def _slips(one: str, other: str, bound: int) -> int:
    """How many letters were left out, put in, changed or swapped; more than ``bound`` is not counted out."""
    if abs(len(one) - len(other)) > bound:
        return bound + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, last, row = row, before, [at]
        for to, wanted in enumerate(other, 1):
            cost = min(row[-1] + 1, before[to] + 1, before[to - 1] + (letter != wanted))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == wanted:
                cost = min(cost, last[to - 2] + 1)
            row.append(cost)
        if min(row) > bound:
            return bound + 1
    return row[-1]


_SHORT_WORD = 5


def report(detector: str, root: Node, one: Broken) -> Reported:
    """A broken rule as a report at the place of what breaks it."""
    place = _place(root, one.path)
    field = ".".join(str(part) for part in one.path) or "the file"
    return Reported(
        detector,
        one.what,
        line=place.line,
        column=place.column,
        end_column=place.end_column,
        message=f"{field}: {one.message}",
        severity="high",
        captures={"field": field, "problem": one.message},
    )


def _place(root: Node, path: tuple[str | int, ...]) -> Node:
    """What stands at ``path``, of a map its key; where nothing does, what is nearest above it."""
    node = shown = root
    for part in path:
        if isinstance(part, int):
            if part >= len(node.items):
                break
            node = shown = node.items[part]
        else:
            entry = node.entries.get(part)
            if entry is None:
                break
            node, shown = entry.value, entry.key
    return shown


@cache
def validator_for(schema: str) -> Any:
    """The validator for one of check-jsonschema's schemas, made once.

    Raises:
        DetectorMissingError: it is not installed.
    """
    try:
        import jsonschema  # noqa: PLC0415  a heavy import, and only for pipelines
    except ModuleNotFoundError:
        raise DetectorMissingError("the Python package jsonschema is not installed") from None
    content = packaged_schema(schema)
    return jsonschema.validators.validator_for(content)(content)


def packaged_schema(name: str) -> Any:
    """A schema that check-jsonschema carries.

    Raises:
        DetectorMissingError: it is not installed, or has no such schema.
    """
    import json  # noqa: PLC0415
    from importlib.resources import files  # noqa: PLC0415

    try:
        resource = files("check_jsonschema").joinpath("builtin_schemas", "vendor", f"{name}.json")
        return json.loads(resource.read_text(encoding="utf-8"))
    except (ModuleNotFoundError, OSError, ValueError):
        raise DetectorMissingError("the Python package check-jsonschema is not installed") from None
