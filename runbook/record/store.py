"""``record.yaml``: the structured record on disk. Stable key order, one fact a line, written atomically."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from runbook.errors import BadInputError, NotFoundError
from runbook.model.record import AnyDocument, Deployment, Incident
from runbook.model.yamltext import Located, dump_yaml, parse_yaml, validate
from runbook.record.durable import replace_file
from runbook.record.journal import storage_error

RECORD = "record.yaml"
REPORT = "report.md"
PICTURE = "timeline.svg"


def dump_record(document: AnyDocument) -> str:
    """The text of ``record.yaml``. What is empty or unknown is left out; reading it back gives an equal record."""
    slim = _slim(document, document.model_dump(mode="json", by_alias=True))
    return dump_yaml({name: value for last in (False, True) for name, value in slim.items() if (name in _LAST) == last})


_LAST = ("timeline", "commands", "evidence", "findings", "left_out", "redacted", "synced_through", "synced")
"""What the machine recorded stands below what people wrote: a review begins with the summary."""


def _slim(part: object, dumped: Any) -> Any:
    """``dumped`` without the optional fields that say nothing (empty text, list or mapping, null)."""
    if isinstance(part, BaseModel):
        result: dict[str, object] = {}
        for name, field in type(part).model_fields.items():
            key = field.serialization_alias or field.alias or name
            value = _slim(getattr(part, name), dumped[key])
            if field.is_required() or value not in (None, "", [], {}):
                result[key] = value
        return result
    if isinstance(part, list):
        return [_slim(item, value) for item, value in zip(part, dumped, strict=True)]
    return dumped


def parse_record(text: str, *, file: str) -> AnyDocument:
    """Read ``record.yaml`` back.

    Raises:
        BadInputError: with file, line and field.
    """
    return parse_located(text, file=file)[0]


def parse_located(text: str, *, file: str) -> tuple[AnyDocument, Located]:
    """As :func:`parse_record`, with the line of everything in it.

    Raises:
        BadInputError: with file, line and field.
    """
    located = parse_yaml(text, file=file)
    if not isinstance(located.data, dict):
        raise located.error("is no record", hint="`git log` shows what it was")
    _known_schema(located)
    kind = located.data.get("document")
    models: dict[str, type[AnyDocument]] = {"incident": Incident, "deployment": Deployment}
    model = models.get(kind if isinstance(kind, str) else "")
    if model is None:
        raise located.error("must be incident or deployment", ("document",))
    _ids_stand_once(located)
    document: AnyDocument = validate(located, model)
    return document, located


def _ids_stand_once(located: Located) -> None:
    """The model refuses what was recorded under one id twice, too, but knows no line."""
    for name in ("timeline", "commands", "evidence", "findings"):
        seen: set[str] = set()
        items = located.data.get(name)
        for index, item in enumerate(items if isinstance(items, list) else ()):
            identifier = item.get("id") if isinstance(item, dict) else None
            if isinstance(identifier, str) and identifier in seen:
                hint = "take one of the two out, or give it an id of its own"
                raise located.error(f"the id {identifier} stands twice", (name, index, "id"), hint=hint)
            seen.add(str(identifier))


def in_its_folder(document: AnyDocument, located: Located, name: str) -> None:
    """Refuse a record whose id is not the name of its folder: it is found, shared and merged by that.

    Raises:
        BadInputError: with the line of the id.
    """
    if document.id != name:
        raise located.error(
            f"is {document.id} in a folder called {name}",
            ("id",),
            hint=f"make it {name} again, or rename the folder; `runbook renumber {name} --to ID` changes both",
        )


def _known_schema(located: Located) -> None:
    schema = located.data.get("schema")
    if isinstance(schema, int) and schema > 1:
        raise located.error(
            f"written by a newer runbook (schema {schema}, this one knows 1)", ("schema",), hint="update runbook"
        )


def load_record(folder: str | Path) -> AnyDocument:
    """The record filed in ``folder``.

    Raises:
        NotFoundError: there is none.
        BadInputError: it has an error, named by file, line and field.
    """
    path = Path(folder) / RECORD
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise NotFoundError("there is no record here", file=str(path)) from None
    except UnicodeDecodeError as error:
        raise BadInputError(f"not UTF-8 at byte {error.start}", file=str(path)) from None
    except OSError as error:
        raise storage_error(error, str(path)) from error
    return parse_record(text, file=str(path))


def write_file(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Put ``content`` at ``path``: after a crash there is the old file or the new one, never a mixture.

    Raises:
        StorageError: the disk refused; the old file is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(str(path), content, mode=mode)
    except OSError as error:
        raise storage_error(error, str(path)) from error
