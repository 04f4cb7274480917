"""The fold: journals in, record out.

Entries are applied in the order of their ULIDs. Where a curated record is given it wins for every event it holds: only
an ``amend`` recorded after its ``synced_through`` overrides, later events join by id, and what a person left out stays
out. The fold never fails because of an event: what does not fit is named in ``problems`` and left aside.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from runbook.model.marks import count_marks
from runbook.model.record import AnyDocument, Command, Deployment, Evidence, Finding, Incident, TimelineEntry
from runbook.model.wire import CONTROL_KINDS, MILESTONES, Entry
from runbook.record.curated import Known, is_set, set_clocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_DERIVED = {"mitigated": "mitigated", "resolved": "resolved"}
_MERGED_BY_ID = {"findings": ("state", "reason"), "commands": ("role", "note"), "evidence": ("note",)}
_ROW_FOR_SET = ("id", "severity", "status", "lead")


class Fold:
    """A fold in progress, and its result in ``document``.

    Attributes:
        document: the record so far.
        problems: one sentence for every event that could not be applied.
    """

    def __init__(self, document: AnyDocument) -> None:
        self.document = document
        self.problems: list[str] = []
        self._rows = {row.id: row for row in document.timeline}
        self._commands = {command.id: command for command in document.commands}
        self._evidence = {item.id: item for item in document.evidence}
        self._findings = {finding.id: finding for finding in document.findings}
        self._marks: dict[str, str] = {}
        self._status_set = False

    def apply(self, entry: Entry) -> None:
        """Fold one entry in."""
        handler = _HANDLERS.get(entry.kind, _note)
        try:
            handler(self, entry)
        except (ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
            reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            self.problems.append(f"{entry.kind} event {entry.id} was left aside: {reason}")

    def row(self, entry: Entry, text: str, *, kind: str | None = None, highlight: bool = False) -> None:
        """Add a row to the timeline for ``entry``."""
        if entry.id not in self._rows:
            self._rows[entry.id] = TimelineEntry(
                id=entry.id,
                at=_time(entry.at),
                kind=kind or entry.kind,
                text=text,
                actor=entry.actor,
                source=entry.source,
                recorded_at=_time(entry.recorded_at),
                highlight=highlight,
            )

    def items(self, field: str) -> Mapping[str, BaseModel]:
        """The record's commands, findings or evidence by id."""
        tables: dict[str, Mapping[str, BaseModel]] = {
            "commands": self._commands,
            "evidence": self._evidence,
            "findings": self._findings,
        }
        return tables[field]

    def finish(self, *, left_out: Iterable[str]) -> AnyDocument:
        """Sort, leave out what was left out, count what was redacted."""
        gone = set(left_out)
        document = self.document
        document.timeline = sorted(
            (row for row in self._rows.values() if row.id not in gone), key=lambda row: (row.at, row.id)
        )
        document.commands = sorted(
            (command for command in self._commands.values() if command.id not in gone), key=lambda c: (c.at, c.id)
        )
        document.evidence = list(self._evidence.values())
        document.findings = list(self._findings.values())
        document.left_out = sorted(gone)
        document.redacted = count_marks(
            json.dumps(document.model_dump(mode="json", exclude={"redacted"}), ensure_ascii=False)
        )
        return document


def fold(entries: Iterable[Entry], base: AnyDocument | None = None) -> tuple[AnyDocument, list[str]]:
    """The record that ``entries`` make, on top of the curated record ``base`` if there is one.

    Returns:
        The record, and a sentence for every event that could not be applied.

    Raises:
        ValueError: there is neither a ``start`` event nor a base.
    """
    ordered = sorted(entries, key=lambda entry: entry.id)
    document = base.model_copy(deep=True) if base is not None else _open(ordered)
    undone = {str(e.data.get("target")) for e in ordered if e.kind == "undo"}
    state = Fold(document)
    known = Known(document, ordered)
    left_out = dict.fromkeys(document.left_out, True)
    for entry in ordered:
        if entry.kind == "left-out" and not known.has(entry) and entry.id not in undone:
            left_out[str(entry.data.get("target"))] = bool(entry.data.get("out", True))
    gone = [identifier for identifier, out in left_out.items() if out]
    back = {identifier for identifier, out in left_out.items() if not out}
    held = (set(state._rows) | set(document.left_out)) - back  # noqa: SLF001  same module
    set_clocks(state, ordered, known)
    for entry in ordered:
        if entry.id in undone or entry.kind in {"undo", "left-out"} or entry.id in held:
            continue
        if known.has(entry) and entry.kind in {"start", "set", "answer", "amend"}:
            continue
        if known.has(entry) and entry.kind == "mark" and is_set(document, entry):
            continue
        state.apply(entry)
    known.note(document, ordered)
    return state.finish(left_out=gone), state.problems


def _open(entries: list[Entry]) -> AnyDocument:
    start = next((entry for entry in entries if entry.kind == "start"), None)
    if start is None:
        raise ValueError("the journal has no start event")
    data = start.data
    common: dict[str, Any] = {
        "id": data["id"],
        "ulid": data["ulid"],
        "title": data.get("title") or data["id"],
        "zone": data.get("zone", "UTC"),
        "milestones": {"started": start.at},
    }
    if data.get("document") == "deployment":
        return Deployment(**common, status="running", deployer=start.actor)
    return Incident(**common, severity=data.get("severity", "medium"), lead=start.actor)


def _time(text: str) -> Any:
    return text  # pydantic parses and checks it


def _start(state: Fold, entry: Entry) -> None:
    word = "Deployment begun" if entry.data.get("document") == "deployment" else "Incident declared"
    state.row(entry, f"{word}: {entry.data.get('title', '')}", highlight=True)


def _note(state: Fold, entry: Entry) -> None:
    text = entry.data.get("text")
    if isinstance(text, str) and text.strip():
        state.row(entry, text, highlight=entry.kind in {"decision", "escalation"})
    elif entry.kind not in CONTROL_KINDS and not isinstance(text, str):
        state.row(entry, json.dumps(dict(entry.data), ensure_ascii=False))


def _mark(state: Fold, entry: Entry) -> None:
    milestone = str(entry.data["milestone"])
    if milestone not in MILESTONES:
        raise ValueError(f"{milestone!r} is no milestone")
    setattr(state.document.milestones, milestone, _time(entry.at))
    state._marks[entry.id] = milestone  # noqa: SLF001  handlers are part of Fold, kept apart to stay short
    note = str(entry.data.get("note") or "")
    state.row(entry, f"{milestone.capitalize()}{': ' + note if note else ''}", kind="milestone", highlight=True)
    document = state.document
    status = _DERIVED.get(milestone)
    if isinstance(document, Incident) and status and document.status in {"investigating", "mitigated"}:
        setattr(document, "status", status)  # noqa: B010  one of the literals, by _DERIVED; validated on assignment


def _set(state: Fold, entry: Entry) -> None:
    field, value = str(entry.data["field"]), entry.data["value"]
    before = getattr(state.document, field, "") if "." not in field else ""
    assign(state.document, field, value)
    if field in _ROW_FOR_SET and before != value:
        state.row(entry, f"{field.capitalize()}: {before or 'none'} → {value}", kind="change")


def _answer(state: Fold, entry: Entry) -> None:
    field, value = str(entry.data["field"]), entry.data["value"]
    if field.startswith("draft."):
        return  # what was being typed when the interview was interrupted
    if field in _MERGED_BY_ID and isinstance(value, list):
        known = state.items(field)
        for item in value:
            _merge(state, field, known.get(str(item.get("id"))), item)
        return
    if field == "timeline":
        for item in value:
            row = TimelineEntry.model_validate(item)
            state._rows[row.id] = row  # noqa: SLF001  as in _mark
        return
    assign(state.document, field, value)


def _merge(state: Fold, field: str, known: BaseModel | None, item: Mapping[str, Any]) -> None:
    if known is not None:
        for name in item.keys() - {"id"}:
            setattr(known, name, item[name])
    elif field == "findings":
        finding = Finding.model_validate({"id": item.get("id") or item.get("signature"), **item})
        state._findings[finding.id] = finding  # noqa: SLF001  as in _mark
    elif field == "commands":
        command = Command.model_validate(item)
        state._commands[command.id] = command  # noqa: SLF001  as in _mark
    else:
        evidence = Evidence.model_validate(item)
        state._evidence[evidence.id] = evidence  # noqa: SLF001  as in _mark


def _command(state: Fold, entry: Entry) -> None:
    data = entry.data
    outputs = [item for item in data.get("outputs") or [] if isinstance(item, dict) and item.get("path")]
    command = Command(
        id=entry.id,
        at=_time(entry.at),
        command=data["command"],
        cwd=data.get("cwd") or "",
        host=data.get("host") or "",
        actor=entry.actor,
        duration=data.get("duration"),
        exit_status=data.get("exit_status"),
        signal=data.get("signal"),
        evidence=[item["evidence"] for item in outputs],
    )
    state._commands.setdefault(entry.id, command)  # noqa: SLF001  as in _mark
    for item in outputs:
        _evidence(state, entry, {"name": f"{item.get('stream', 'output')} of {data['command']}", **item})
    outcome = "" if command.exit_status in (0, None) else f" (exit {command.exit_status})"
    findings = [item for item in data.get("findings") or [] if isinstance(item, dict)]
    state.row(entry, f"{command.command}{outcome}", highlight=bool(outcome and findings))
    for item in findings:
        add_finding(state._findings, item, entry.id)  # noqa: SLF001  as in _mark


def _evidence(state: Fold, entry: Entry, data: Mapping[str, Any]) -> None:
    identifier = str(data["evidence"])
    state._evidence.setdefault(  # noqa: SLF001  as in _mark
        identifier,
        Evidence(
            id=identifier,
            name=data.get("name") or data["path"],
            path=data["path"],
            at=_time(entry.at),
            size=data.get("bytes") or 0,
            sha256=data.get("sha256") or "",
            omitted=data.get("omitted") or 0,
            note=data.get("note") or "",
        ),
    )


def _attached(state: Fold, entry: Entry) -> None:
    _evidence(state, entry, entry.data)
    note = str(entry.data.get("note") or "")
    state.row(entry, f"Attached {entry.data.get('name') or entry.data['path']}{': ' + note if note else ''}")
    for item in entry.data.get("findings") or []:
        add_finding(state._findings, item, entry.id)  # noqa: SLF001  as in _mark


def _finding(state: Fold, entry: Entry) -> None:
    references = [str(item) for item in entry.data.get("entries") or []]
    add_finding(state._findings, entry.data, *references)  # noqa: SLF001  as in _mark


def add_finding(findings: dict[str, Finding], data: Mapping[str, Any], *entries: str) -> None:
    """Join one match to the findings: one finding per signature, resting on every entry in which it was seen."""
    signature = str(data["signature"])
    known = findings.get(signature)
    if known is None:
        findings[signature] = Finding(
            id=signature,
            signature=signature,
            title=data.get("title") or signature,
            severity=data.get("severity", "medium"),
            kind=data.get("kind", "output"),
            source=data.get("source") or "",
            entries=list(dict.fromkeys(entries)),
            line=data.get("line") or 0,
            count=max(1, int(data.get("count") or 1)),
            excerpt=data.get("excerpt") or "",
            captures=data.get("captures") or {},
            fix=data.get("fix") or "",
            verify=list(data.get("verify") or []),
            prevention=list(data.get("prevention") or []),
        )
        return
    new = [entry for entry in dict.fromkeys(entries) if entry not in known.entries]
    if new:
        known.entries = [*known.entries, *new]
        known.count += max(1, int(data.get("count") or 1))
    elif not entries:
        known.count = max(known.count, int(data.get("count") or 1))


def _offset(state: Fold, entry: Entry) -> None:
    seconds = float(entry.data["seconds"])
    way = "ahead" if seconds > 0 else "behind"
    by = f"{way} by {timedelta(seconds=round(abs(seconds)))}" if seconds else "right"
    state.row(entry, f"Clock of {entry.data['clock']} taken as {by}", kind="note")


def _amend(state: Fold, entry: Entry) -> None:
    target = str(entry.data["target"])
    row, command = state._rows.get(target), state._commands.get(target)  # noqa: SLF001  as in _mark
    if row is None and command is None:
        raise ValueError(f"it corrects {target}, which is not on record")
    for name, value in dict(entry.data["changes"]).items():
        if row is not None and name in {"at", "text", "kind", "phase", "highlight"}:
            setattr(row, name, value)
        if command is not None and name in {"at", "role", "note"}:
            setattr(command, name, value)
        milestone = state._marks.get(target)  # noqa: SLF001  as in _mark
        if milestone and name == "at":
            setattr(state.document.milestones, milestone, value)


def assign(document: BaseModel, field: str, value: Any) -> None:
    """Set the dotted ``field`` of ``document`` to ``value``, validated.

    Raises:
        ValidationError: the value does not fit.
        AttributeError: there is no such field.
    """
    target = document
    *parents, name = field.split(".")
    for parent in parents:
        inner = getattr(target, parent)
        if not isinstance(inner, BaseModel):
            raise AttributeError(f"{parent} has no fields of its own")  # noqa: TRY004  as getattr raises
        target = inner
    if name not in type(target).model_fields:
        raise AttributeError(f"there is no field {field}")
    setattr(target, name, value)


_HANDLERS: dict[str, Callable[[Fold, Entry], None]] = {
    "start": _start,
    "mark": _mark,
    "set": _set,
    "answer": _answer,
    "command": _command,
    "evidence": _attached,
    "finding": _finding,
    "offset": _offset,
    "amend": _amend,
}
