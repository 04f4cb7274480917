"""The interview without anybody to ask: answers from a YAML or JSON file in the record's own schema, any part of it.

Times may be ISO 8601 or human (``T+1:30``), dates too (``2 weeks``); an item that is only text may be written as text;
items without ``id`` get one, the same one each time the file is applied to the same document. ``evidence`` may name
files beside the answers, and whatever rests on evidence may name it by id or by name.

Everything is checked before anything is written; an error names file, line and field.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from runbook.capture.answers_reader import BY_ID, Reader, read_moment
from runbook.capture.context import FROM_FILE
from runbook.errors import BadInputError, NotFoundError, StorageError
from runbook.model.record import AnyDocument, Deployment, Incident, Milestones
from runbook.model.times import iso
from runbook.model.yamltext import Located, Path, explain, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo
    from pathlib import Path as FilePath

    from runbook.model.settings import Settings

_MODELS: dict[str, type[Incident | Deployment]] = {"incident": Incident, "deployment": Deployment}
_OURS = ("id", "ulid", "synced_through", "synced", "redacted")
_ATTACHMENT = ("id", "name", "path", "note", "at")
_ENDED = {"resolved": "resolved", "mitigated": "mitigated"}


@dataclass(frozen=True)
class Attachment:
    """A file that the answers name.

    Args:
        path: as it stands there, relative to the answers.
        name: what the report calls it.
        note: what it shows.
        at: when it is from, ISO 8601; None: not known.
        names: by which other answers may refer to it.
        line: 1-based line in the answers.
    """

    path: str
    name: str
    note: str
    at: str | None
    names: tuple[str, ...]
    line: int | None


@dataclass(frozen=True)
class Event:
    """What goes onto the journal: ``answer`` or ``left-out``, and its data."""

    kind: str
    data: dict[str, Any]


@dataclass
class Answers:
    """A file of answers, parsed; :meth:`events` checks it against a document and says what it changes.

    Attributes:
        document: ``incident`` or ``deployment``.
        located: the data with their lines.
        now, zone: how human times in it are read.
        attachments: files to attach first.
    """

    document: str
    located: Located
    now: datetime
    zone: tzinfo
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def data(self) -> dict[str, Any]:
        """The answers as they stand in the file. May be replaced by an edited copy."""
        data: dict[str, Any] = self.located.data
        return data

    @data.setter
    def data(self, data: dict[str, Any]) -> None:
        self.located.data = data

    @property
    def title(self) -> str:
        """The title it gives, or nothing."""
        title = self.located.data.get("title")
        return title.strip() if isinstance(title, str) else ""

    def started(self) -> datetime | None:
        """When it says that it began.

        Raises:
            BadInputError: that is no time.
        """
        times = self.located.data.get("milestones")
        text = times.get("started") if isinstance(times, dict) else None
        if text is None:
            return None
        return read_moment(text, self.located, ("milestones", "started"), now=self.now, zone=self.zone, started=None)

    def events(
        self,
        base: AnyDocument | None,
        *,
        refs: Mapping[str, str] | None = None,
        known: Callable[[str], Mapping[str, Any] | None] | None = None,
        clean: Callable[[Any], Any] | None = None,
    ) -> list[Event]:
        """What the answers change in ``base``, in the order of the record's fields; nothing if they are in it already.

        Args:
            base: the document; None checks the answers alone, as for a document that is not there yet.
            refs: what the names of attached files stand for.
            known: what the catalog says about a signature: title, severity, fix, verify, prevention.
            clean: the door, so that answers compare with what is stored.

        Raises:
            BadInputError: with file, line and field.
        """
        model = _MODELS[self.document]
        raw = {name: value for name, value in self.located.data.items() if name not in {"schema", "document", *_OURS}}
        raw["evidence"] = self._kept_evidence(base)
        data = raw if clean is None else clean(raw)
        held = _skeleton(self.document, self.now) if base is None else base.model_dump(mode="json", by_alias=True)
        started = self.started() or (None if base is None else base.started)
        names = {name: name for attachment in self.attachments for name in attachment.names}
        reader = Reader(self.located, {**names, **(refs or {})}, now=self.now, zone=self.zone, started=started)
        prepared = reader.read(data, model, held)
        if known is not None:
            self._complete_findings(prepared, held, known)
        try:
            document = model.model_validate({**held, **prepared})
        except ValidationError as error:
            raise explain(error, self.located, model) from None
        self._check(document, reader)
        full = document.model_dump(mode="json", by_alias=True)
        return _changes(prepared, full, held)

    def _kept_evidence(self, base: AnyDocument | None) -> list[Any]:
        """Items of ``evidence`` that are about evidence on record, not about files to attach."""
        known = set() if base is None else {item.id for item in base.evidence}
        items = self.located.data.get("evidence") or []
        return [item for item in items if isinstance(item, dict) and item.get("id") in known]

    def _complete_findings(
        self, prepared: dict[str, Any], held: Mapping[str, Any], known: Callable[[str], Mapping[str, Any] | None]
    ) -> None:
        on_record = {item["id"] for item in held.get("findings", [])}
        for index, item in enumerate(prepared.get("findings", [])):
            signature = str(item.get("signature", ""))
            if item.get("id") in on_record or not signature:
                continue
            said = known(signature)
            if said is None and not item.get("title"):
                raise self.located.error(
                    f"there is no signature {signature}",
                    ("findings", index, "signature"),
                    hint="runbook signatures list",
                )
            prepared["findings"][index] = {**(said or {}), **item}

    def _check(self, document: AnyDocument, reader: Reader) -> None:
        """What only the whole document can tell: milestones in order, evidence that exists."""
        if wrong := document.milestones.out_of_order():
            earlier, later = wrong
            raise self.located.error(
                f"lies before {earlier}", ("milestones", later), hint="milestones must be in order"
            )
        there = set(reader.refs) | {str(item) for item in document.left_out}
        for name in BY_ID:
            there |= {item.id for item in getattr(document, name)}
        there |= reader.held_ids
        for path, ref in reader.rests_on:
            if ref not in there:
                near = difflib.get_close_matches(ref, sorted(there), n=1)
                hint = f"did you mean {near[0]}?" if near else "name an id of timeline, commands, findings or evidence"
                raise self.located.error(f"{ref!r} is not on record", path, hint=hint)


def read_answers(text: str, *, file: str, document: str | None, now: datetime, zone: tzinfo) -> Answers:
    """Parse a file of answers.

    Args:
        text: YAML or JSON.
        file: what to call it in messages.
        document: ``incident`` or ``deployment``; None takes what the file says.
        now: the current time, for human times.
        zone: where their clock stands.

    Raises:
        BadInputError: it cannot be parsed, is for the other kind of document, or sets what only the program sets.
    """
    located = _parse(text, file)
    if not isinstance(located.data, dict):
        raise located.error("must be a list of `name: value` lines", hint="such as `summary: …`")
    data = located.data
    said = data.get("document")
    if said is not None and said not in _MODELS:
        raise located.error("must be incident or deployment", ("document",))
    if said is not None and document is not None and said != document:
        raise located.error(f"these are answers for a {said}", ("document",), hint=f"runbook new {said} --from {file}")
    kind = document or said
    if kind is None:
        raise located.error("must say which kind it is", hint="add `document: incident` or `document: deployment`")
    if data.get("schema", 1) != 1:
        raise located.error("only schema 1 is known", ("schema",))
    answers = Answers(str(kind), located, now, zone)
    answers.attachments = _attachments(answers)
    return answers


def load_answers(
    path: FilePath, *, document: str | None = None, now: datetime | None = None, zone: tzinfo = UTC
) -> Answers:
    """:func:`read_answers` of a file.

    Raises:
        BadInputError, NotFoundError, StorageError: it cannot be read or parsed; with file and line.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise NotFoundError("there is no such file", file=str(path)) from None
    except UnicodeDecodeError as error:
        raise BadInputError(f"not UTF-8 at byte {error.start}", file=str(path)) from None
    except OSError as error:
        raise StorageError(f"cannot be read: {(error.strerror or str(error)).lower()}", file=str(path)) from None
    return read_answers(text, file=str(path), document=document, now=now or datetime.now(zone), zone=zone)


def to_events(answers: Answers, base: AnyDocument, settings: Settings | None = None) -> list[Event]:
    """What the journal needs so that ``base`` says what the answers say.

    Args:
        answers: from :func:`load_answers`.
        base: the document as it stands.
        settings: the team's; their zone is how clock times in the answers are read.

    Raises:
        BadInputError: with file, line and field.
    """
    if settings is not None and "zone" in settings.model_fields_set:
        answers.zone = ZoneInfo(settings.zone)
    check_ours(answers, base)
    return answers.events(base)


def check_ours(answers: Answers, base: AnyDocument | None) -> None:
    """Refuse fields that the program keeps, unless they say what is so anyway.

    Raises:
        BadInputError: with line and field.
    """
    held = {} if base is None else base.model_dump(mode="json", by_alias=True)
    for name in _OURS:
        value = answers.located.data.get(name)
        if name in answers.located.data and value != held.get(name):
            hint = "leave it out; to fill a certain document, use --id" if name == "id" else "leave it out"
            raise answers.located.error("is kept by the program and cannot be answered", (name,), hint=hint)


def _parse(text: str, file: str) -> Located:
    """YAML; or JSON by a JSON parser, with lines where the YAML parser can follow."""
    if not text.lstrip().startswith("{"):
        return parse_yaml(text, file=file)
    try:
        data = json.loads(text)
    except ValueError:
        return parse_yaml(text, file=file)  # flow-style YAML, or an error message with its line
    try:
        lines = parse_yaml(text, file=file).lines
    except BadInputError:
        lines = {}
    return Located(data, file, lines)


def _attachments(answers: Answers) -> list[Attachment]:
    items = answers.data.get("evidence")
    if items is None:
        return []
    if not isinstance(items, list):
        raise answers.located.error("must be a list", ("evidence",))
    found = [_attachment(answers, item, ("evidence", index)) for index, item in enumerate(items)]
    return [attachment for attachment in found if attachment is not None]


def _attachment(answers: Answers, item: Any, path: Path) -> Attachment | None:
    """One item of ``evidence`` as a file to attach; None where it is about evidence on record."""
    located = answers.located
    if not isinstance(item, dict):
        raise located.error("must have `path` and `name`", path)
    if item.get("sha256") or ("id" in item and "path" not in item):
        return None
    for name, value in item.items():
        if name not in _ATTACHMENT:
            near = difflib.get_close_matches(str(name), _ATTACHMENT, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(_ATTACHMENT)}"
            raise located.error("unknown field", (*path, name), hint=hint)
        if not isinstance(value, str):
            raise located.error("must be text", (*path, name))
    if "path" not in item:
        raise located.error("is missing", (*path, "path"), hint="the file, relative to the answers")
    name = item.get("name") or item["path"].rsplit("/", 1)[-1]
    at = None
    if "at" in item:
        moment = read_moment(
            item["at"], located, (*path, "at"), now=answers.now, zone=answers.zone, started=answers.started()
        )
        at = iso(moment)
    return Attachment(
        path=item["path"],
        name=name,
        note=item.get("note", ""),
        at=at,
        names=tuple(dict.fromkeys(filter(None, (item.get("id"), name, item["path"])))),
        line=located.line(path),
    )


def _skeleton(document: str, now: datetime) -> dict[str, Any]:
    """A document that answers can be checked against while there is none."""
    prefix = "INC" if document == "incident" else "DEP"
    identifier = f"{prefix}-{now.astimezone(UTC):%Y-%m-%d}-001"
    empty = _MODELS[document].model_validate({"id": identifier, "title": "-"})
    return empty.model_dump(mode="json", by_alias=True)


def _changes(prepared: Mapping[str, Any], full: Mapping[str, Any], held: Mapping[str, Any]) -> list[Event]:
    """The events that turn ``held`` into ``full``, as far as ``prepared`` names it."""
    events = []
    for name in (name for name in full if name in prepared and name != "left_out"):
        value = full[name]
        if name in BY_ID:
            old = {item["id"]: item for item in held[name]}
            value = [item for item in value if item != old.get(item["id"])]
        if value not in (held[name], []) or (value == [] and name not in BY_ID and held[name]):
            events.append(Event("answer", {"step": FROM_FILE, "field": name, "value": value}))
    if "status" not in prepared and "milestones" in prepared and held.get("status") in {"investigating", "mitigated"}:
        times = Milestones.model_validate(full["milestones"])
        ended = next((status for name, status in _ENDED.items() if getattr(times, name) is not None), held["status"])
        if ended != held["status"]:
            events.append(Event("answer", {"step": FROM_FILE, "field": "status", "value": ended}))
    gone = set(held.get("left_out", []))
    events += [
        Event("left-out", {"target": target, "out": True})
        for target in prepared.get("left_out") or []
        if target not in gone
    ]
    return events
