"""``set`` and ``amend``: a person changes a field, or corrects an earlier entry. Checked before it is recorded."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from runbook.errors import BadInputError
from runbook.flow.settings import load_settings
from runbook.flow.timeline import find_entry
from runbook.model.moves import move_problem
from runbook.model.severities import severity_of
from runbook.record.fold import assign

if TYPE_CHECKING:
    from runbook.flow.desk import Desk
    from runbook.model.wire import Entry

_FROZEN = ("id", "ulid", "schema", "schema_version", "document", "synced_through", "synced", "redacted", "left_out")
_LISTS = ("responders", "impact.systems", "sign_off.documents")


def settable(desk: Desk) -> list[str]:
    """The dotted fields ``set`` can change: every one that holds a single value, or a list of names."""
    from runbook.model.record import Deployment, Incident

    model = Incident if desk.kind == "incident" else Deployment
    return [field for field in _scalars(model) if field.split(".")[0] not in _FROZEN] + [
        field for field in _LISTS if field.split(".")[0] in model.model_fields
    ]


def _scalars(model: type[BaseModel], prefix: str = "") -> list[str]:
    fields: list[str] = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            fields += _scalars(inner, f"{prefix}{name}.")
        elif not str(inner).startswith(("list", "dict")):
            fields.append(prefix + name)
    return fields


def set_field(desk: Desk, field: str, value: str, *, force: bool = False) -> Entry:
    """Change one field of the record.

    Args:
        desk: the document.
        field: dotted, as a person types it.
        value: as typed; names of a list are divided by commas.
        force: let a status move where it normally cannot.

    Raises:
        BadInputError: there is no such field, it cannot take the value, or a status cannot become that from here.
    """
    name = field.strip().lower().replace("-", "_")
    known = settable(desk)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1) or [k for k in known if k.endswith(f".{name}")][:1]
        hint = f"did you mean {near[0]}?" if near else "fields: " + ", ".join(known)
        raise BadInputError(f"there is no field {field!r}", hint=hint)
    converted: Any = value
    if name.startswith("milestones."):
        raise BadInputError("milestones are set with `mark`", hint=f"runbook mark {name.split('.')[1]} --at TIME")
    if name in _LISTS:
        converted = [part.strip() for part in value.split(",") if part.strip()]
    if name == "severity":
        converted = severity_of(value, load_settings(desk.place.repository).severities) or value
    document = desk.record()
    before = document.status
    try:
        assign(document, name, converted)
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise BadInputError(f"{value!r}: {message[:1].lower()}{message[1:]}", field=name) from None
    if name == "status" and not force and (problem := move_problem(document.document, before, document.status)):
        raise BadInputError(problem, field=name, hint=f"runbook set status {value} --force, if it is so all the same")
    entry = desk.append("set", {"field": name, "value": converted})
    if name == "title":
        desk.retitle(str(entry.data["value"]))
    return entry


def amend(
    desk: Desk,
    reference: str,
    *,
    at: str | None = None,
    text: str | None = None,
    kind: str | None = None,
    phase: str | None = None,
    role: str | None = None,
) -> tuple[Entry, Entry]:
    """Correct an earlier entry; the journal keeps what it said before.

    Returns:
        The corrected entry as it was, and the event that corrects it.

    Raises:
        NotFoundError, BadInputError: no such entry, several, or nothing to change.
    """
    target = find_entry(desk, reference)
    changes: dict[str, Any] = {"text": text, "kind": kind, "phase": phase, "role": role}
    if at is not None:
        changes["at"] = desk.when(at).isoformat()
    changes = {name: value for name, value in changes.items() if value is not None}
    if not changes:
        raise BadInputError("nothing to change", hint="give --at, --text, --kind, --phase or --role")
    if role is not None and target.kind != "command":
        raise BadInputError("only a command has a role", field="--role")
    return target, desk.append("amend", {"target": target.id, "changes": changes})
