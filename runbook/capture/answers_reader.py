"""From what people write in a file of answers to what the model reads: human times, plain items, ids, names."""

from __future__ import annotations

import types
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from runbook.capture.context import FROM_FILE
from runbook.capture.lines import parse_due
from runbook.errors import BadInputError
from runbook.model.times import iso, parse_time
from runbook.model.wire import new_ulid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from runbook.model.yamltext import Located, Path

BY_ID = ("timeline", "commands", "findings", "evidence")
"""Lists that are merged item by item."""
MERGED = ("milestones", "impact", "lessons", "sign_off")
"""Objects that are merged field by field."""


def read_moment(
    text: Any, located: Located, path: Path, *, now: datetime, zone: tzinfo, started: datetime | None
) -> datetime:
    """The moment that the file names at ``path``.

    Raises:
        BadInputError: with its line.
    """
    if not isinstance(text, str):
        raise located.error(f"{text!r} is not a time", path)
    try:
        return parse_time(text, now=now, zone=zone, started=started)
    except BadInputError as error:
        raise located.error(error.message, path, hint=error.hint) from None


class Reader:
    """Turns what people write into what the model reads: human times, plain text items, ids, names of evidence.

    Attributes:
        rests_on: every reference to evidence, with its place.
        held_ids: ids of everything the document holds already.
    """

    def __init__(
        self, located: Located, refs: Mapping[str, str], *, now: datetime, zone: tzinfo, started: datetime | None
    ) -> None:
        self.located = located
        self.now = now
        self.zone = zone
        self.started = started
        self.refs = dict(refs)
        self.rests_on: list[tuple[Path, str]] = []
        self.held_ids: set[str] = set()

    def read(self, data: Mapping[str, Any], model: type[BaseModel], held: Mapping[str, Any]) -> dict[str, Any]:
        """``data`` ready to be validated as parts of ``model``."""
        for name in BY_ID:
            self.held_ids |= {item["id"] for item in held.get(name, [])}
        prepared: dict[str, Any] = {}
        for name, value in data.items():
            known = model.model_fields.get(name)
            if known is None:
                prepared[name] = value  # the model says what is wrong with it
                continue
            read = self._value(value, known.annotation, (name,))
            if name in BY_ID and isinstance(read, list):
                read = [_onto(item, held[name], name) for item in read]
            elif name in MERGED and isinstance(read, dict):
                read = _merge(held[name], _with_ids(read, held[name]))
            else:
                read = _with_ids(read, held.get(name))
            prepared[name] = read
        _rows_for_commands(prepared, held)
        return prepared

    def _value(self, value: Any, annotation: Any, path: Path) -> Any:
        annotation = _plain(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self._part(value, annotation.model_fields, path)
        if isinstance(value, str):
            if annotation is AwareDatetime:
                return iso(read_moment(value, self.located, path, now=self.now, zone=self.zone, started=self.started))
            return self._day(value, path) if annotation is date else value
        if get_origin(annotation) is list and isinstance(value, list):
            if path[-1] in {"evidence", "entries"} and len(path) > 1:
                return [self._ref(item, (*path, index)) for index, item in enumerate(value)]
            inner = get_args(annotation)[0]
            return [self._value(item, inner, (*path, index)) for index, item in enumerate(value)]
        return value

    def _part(self, value: Any, fields: Mapping[str, Any], path: Path) -> Any:
        if isinstance(value, str) and {"id", "text"} <= fields.keys():
            return {"text": value}
        if not isinstance(value, dict):
            return value
        return {
            name: self._value(inner, fields[name].annotation, (*path, name)) if name in fields else inner
            for name, inner in value.items()
        }

    def _day(self, value: str, path: Path) -> str | None:
        try:
            day = parse_due(value, self.now.date())
        except BadInputError as error:
            raise self.located.error(error.message, path, hint=error.hint) from None
        return None if day is None else day.isoformat()

    def _ref(self, value: Any, path: Path) -> Any:
        if isinstance(value, str):
            value = self.refs.get(value, value)
            self.rests_on.append((path, value))
        return value


def _plain(annotation: Any) -> Any:
    """The annotation without ``| None``."""
    if get_origin(annotation) in {Union, types.UnionType}:
        inner = [one for one in get_args(annotation) if one is not type(None)]
        if len(inner) == 1:
            return inner[0]
    return annotation


def _merge(held: Any, new: Any) -> Any:
    """``new`` over ``held``, key by key."""
    if not isinstance(held, dict) or not isinstance(new, dict):
        return new
    return {**held, **{name: _merge(held.get(name), value) for name, value in new.items()}}


def _with_ids(new: Any, held: Any) -> Any:
    """``new`` with the ids of the items in ``held`` that say the same."""
    if isinstance(new, dict) and isinstance(held, dict):
        return {name: _with_ids(value, held.get(name)) for name, value in new.items()}
    if not isinstance(new, list) or not isinstance(held, list):
        return new
    free = [item for item in held if isinstance(item, dict) and "id" in item]
    result = []
    for item in new:
        if isinstance(item, dict):
            same = next((old for old in free if _same(item, old)), None)
            if same is not None:
                free.remove(same)
                item = {"id": same["id"], **_with_ids(item, same)}  # noqa: PLW2901  the same item, with its id
        result.append(item)
    return result


def _same(item: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether an item of the file is one on record: by id, else by what it says."""
    if "id" in item:
        return bool(item["id"] == old["id"])
    key = next((name for name in ("text", "title", "target") if name in item), None)
    return key is not None and item[key] == old.get(key)


def _onto(item: Any, held: Sequence[Mapping[str, Any]], name: str) -> Any:
    """An item of a list that is merged by id, over the one on record; with an id if it has none."""
    if not isinstance(item, dict):
        return item
    if name == "findings" and "id" not in item and isinstance(item.get("signature"), str):
        item = {"id": item["signature"], **item}
    if "id" in item:
        old = next((old for old in held if old["id"] == item["id"]), None)
    else:
        words = "command" if name == "commands" else "text"
        old = next(
            (o for o in held if _instant(o.get("at")) == _instant(item.get("at")) and o.get(words) == item.get(words)),
            None,
        )
        item = {"id": new_ulid() if old is None else old["id"], **item}
    return item if old is None else {**old, **item}


def _instant(text: Any) -> Any:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return text


def _rows_for_commands(prepared: dict[str, Any], held: Mapping[str, Any]) -> None:
    """Every command has its row in the timeline, under its id."""
    rows = {row["id"] for row in held.get("timeline", [])} | {
        row.get("id") for row in prepared.get("timeline", []) if isinstance(row, dict)
    }
    for command in prepared.get("commands", []):
        if not isinstance(command, dict) or command.get("id") in rows or "at" not in command:
            continue
        status = command.get("exit_status")
        outcome = "" if status in (0, None) else f" (exit {status})"
        row = {
            "id": command["id"],
            "at": command["at"],
            "kind": "command",
            "text": f"{command.get('command')}{outcome}",
        }
        prepared.setdefault("timeline", []).append({**row, "source": FROM_FILE, "actor": command.get("actor", "")})
