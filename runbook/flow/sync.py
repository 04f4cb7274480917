"""Sync: what people edited in ``report.md`` comes back into ``record.yaml``, and both say the same again."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from runbook.errors import BadInputError, NotFoundError
from runbook.flow.settings import load_settings
from runbook.flow.sync_base import Agreed, kept_folder, last_agreed, remember
from runbook.flow.sync_result import Changed, Difference, Disagreement, Synced, Version, shown
from runbook.model.cells import cut
from runbook.model.yamltext import parse_yaml
from runbook.record import cabinet
from runbook.record.journal import storage_error
from runbook.record.store import RECORD, REPORT, dump_record, in_its_folder, parse_located, write_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runbook.flow.desk import Desk
    from runbook.model.record import AnyDocument
    from runbook.model.settings import Settings
    from runbook.model.yamltext import Located
    from runbook.redact.door import Door
    from runbook.render.reader import Reading, Unread
    from runbook.review.merge import Change, Conflict, Merge, Side


class _Pair:
    """Record and report of one document as they lie in the repository."""

    def __init__(self, repository: str, identifier: str) -> None:
        self.repository, self.id = repository, identifier
        self.folder = Path(cabinet.archive_folder(repository, identifier))
        self.name = PurePosixPath(os.path.relpath(self.folder, repository).replace(os.sep, "/"))
        self.record_file, self.report_file = f"{self.name}/{RECORD}", f"{self.name}/{REPORT}"
        self.record_text = self._read(RECORD)
        from runbook.review.ignores import take_out

        self.on_disk = self._read(REPORT, f"runbook render {identifier} writes it from the record")
        self.report_text, self.typed = take_out(self.on_disk)
        self.record, located = parse_located(self.record_text, file=self.record_file)
        in_its_folder(self.record, located, identifier)
        self.settings: Settings = load_settings(repository)
        own = Path(repository, "templates")
        self.templates = own if own.is_dir() else None

    def _renamed(self) -> str:
        """How to get the report its name back, where another file in the folder looks like it."""
        for path in sorted(self.folder.glob("*.md")):
            with path.open("rb") as file:
                if file.read(4096).lstrip(b"\xef\xbb\xbf \n").startswith(b"<!-- runbook:"):
                    return f"git mv {self.name}/{path.name} {self.report_file}"
        return ""

    def _read(self, name: str, hint: str = "") -> str:
        path = self.folder / name
        shown = f"{self.name}/{name}"
        try:
            return path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            if name == RECORD:
                raise cabinet.astray(self.repository, self.id) from None
            raise NotFoundError("there is no such file", file=shown, hint=self._renamed() or hint) from None
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise BadInputError("not UTF-8", file=shown, line=line, hint="save it as UTF-8") from None
        except OSError as error:
            raise storage_error(error, str(path)) from error

    def read(self, text: str, record: AnyDocument, made: str | None = None) -> Reading:
        """A report read back onto the record it was made from."""
        from runbook.render.reader import read_report

        return read_report(
            text, record, settings=self.settings, templates=self.templates, made=made, file=self.report_file
        )

    def agree(self, text: str, record: AnyDocument) -> bool:
        """Whether a report says what a record says."""
        return not self.read(text, record).lines

    def render(self, record: AnyDocument) -> str:
        """The report of a record."""
        from runbook.render.report import render_report

        return render_report(record, settings=self.settings, templates=self.templates)


def check(repository: str, identifier: str) -> list[Difference]:
    """In what record and report of a filed document disagree; an empty list if in nothing.

    Raises:
        NotFoundError: one of the two is missing.
        BadInputError: one of them cannot be read; names file and line.
    """
    synced = _compared(_Pair(repository, identifier), _door(), ())[0]
    found = list(synced.unread)
    for each in synced.conflicts:
        message = f"record and report were both changed: {shown(each.record.value)} and {shown(each.report.value)}"
        found.append(Difference(each.report.file, each.report.line, each.field, message))
    for change in synced.changed:
        other = "the record" if change.source == "report" else "the report"
        message = f"{shown(change.after)} here, {shown(change.before)} in {other}"
        found.append(Difference(change.file, change.line, change.field, message))
    return sorted(found, key=lambda each: (each.file, each.line))


def sync(desk: Desk, *, keep: Sequence[tuple[Side, str]] = (), write: bool = True) -> Synced:
    """Bring record and report of a filed document to the same state.

    Args:
        desk: the document.
        keep: which side wins where both changed: ``("report", "actions")`` for a field and all below it, an empty name
            for everything.
        write: False to look only.

    Raises:
        NotFoundError: it is not filed, or ``keep`` names a field that is in no conflict.
        BadInputError: a file cannot be read; names file and line.
        StorageError: a file could not be written; the old one stays.
    """
    if desk.filed is None or desk.place.repository is None:
        raise NotFoundError(f"{desk.id} is not written up yet", hint=f"runbook render {desk.id}")
    pair = _Pair(desk.place.repository, desk.id)
    synced, merged = _compared(pair, desk.door, keep)
    if pair.typed:
        merged = _with_ignores(pair, merged or pair.record, desk.door, synced)
    if not write or synced.conflicts or merged is None:
        return synced
    record, report = dump_record(merged), pair.render(merged)
    if synced.unread:
        synced.copy = _keep_copy(pair, desk.door)
    if record != pair.record_text:
        write_file(pair.folder / RECORD, record.encode())
    if report != pair.on_disk:
        write_file(pair.folder / REPORT, report.encode())
    synced.written = True
    remember(pair.repository, str(pair.name), pair.id, record, report)
    return synced


def _with_ignores(pair: _Pair, record: AnyDocument, door: Door, synced: Synced) -> AnyDocument:
    """The record with the lint rules that somebody typed into the report not to hold there."""
    data = _data(record)
    typed = [door.clean_value(each.model_dump(mode="json")) for each in pair.typed]
    data["lint_ignores"] = [*data["lint_ignores"], *(each for each in typed if each not in data["lint_ignores"])]
    lines = zip(pair.on_disk.split("\n"), pair.report_text.split("\n"), strict=True)
    line = next(number for number, (before, after) in enumerate(lines, 1) if before != after)
    before = _data(pair.record)["lint_ignores"]
    synced.changed.append(Changed("lint_ignores", "report", pair.report_file, line, before, data["lint_ignores"]))
    return type(record).model_validate(data)


def _door() -> Door:
    from runbook.record.key import redaction_key
    from runbook.redact.door import Door

    return Door(redaction_key)


def _compared(pair: _Pair, door: Door, keep: Sequence[tuple[Side, str]]) -> tuple[Synced, AnyDocument | None]:
    """The three-way comparison; the merged record where something has to be written."""
    from runbook.review.merge import Merge, as_recorded, differences, with_items_of

    synced = Synced(pair.id)
    now = pair.render(pair.record)
    if pair.report_text == now:
        return synced, None
    direct = pair.read(pair.report_text, pair.record, now)
    if not direct.lines and not direct.unread:
        return synced, None
    agreed = Agreed(pair.record, now, "")
    found = last_agreed(pair.repository, str(pair.name), pair.id, now=agreed, text=pair.record_text, agree=pair.agree)
    agreed = found or agreed
    synced.base = agreed.commit
    ours, before = _data(pair.record), _data(agreed.record)
    widened = with_items_of(before, ours, lambda identifier: f"id {identifier} -->" in pair.report_text)
    made: str | None = agreed.report or None
    if widened != before:
        agreed, made = Agreed(type(agreed.record).model_validate(widened), "", agreed.commit), None
    same_base = agreed.record is pair.record and made == now
    reading = direct if same_base else pair.read(pair.report_text, agreed.record, made)
    theirs, unread = _data(reading.record), reading.unread
    if not same_base:
        missed = {each.field for each in direct.unread if each.field}
        theirs = as_recorded(widened, theirs, ours, _data(direct.record), missed)
        told = {each.line for each in direct.unread} | set(direct.lines.values())
        unread = tuple(each for each in unread if each.line in told)  # the rest is what the record would make of it
    merge = Merge(_settler(keep))
    data = merge.documents(widened, ours, theirs)
    lines = _Lines(pair, reading, door)
    synced.conflicts = [lines.disagreement(each) for each in merge.conflicts]
    synced.unread = [
        Difference(pair.report_file, each.line, each.field, door.clean(f"{each.message}{_quoted(each)}"))
        for each in unread
    ]
    merged = _finished(pair, door, data)
    final = _data(merged)
    took = [lines.from_report(each) for each in differences(ours, final) if not _counted(each)]
    gave = [lines.from_record(each) for each in differences(theirs, final) if not _counted(each)]
    synced.changed = [each for each in (*took, *gave) if each.before != each.after]
    _must_be_used(keep, merge, synced)
    return synced, None if synced.agree else merged


def _counted(change: Change) -> bool:
    """What is worked out from the rest."""
    return change.field.startswith("redacted")


def _finished(pair: _Pair, door: Door, data: dict[str, Any]) -> AnyDocument:
    """The merged record, in order, counted, and once more through the door."""
    from runbook.record.fold import fold

    model = type(pair.record)
    document, _ = fold([], model.model_validate(data))
    return model.model_validate(door.clean_value(_data(document)))


def _data(document: AnyDocument) -> dict[str, Any]:
    return document.model_dump(mode="json", by_alias=True)


def _quoted(edit: Unread) -> str:
    """What was typed, behind the message, unless that names it."""
    text = "" if edit.text.lower() in edit.message.lower() else edit.text
    return f": {cut(text, 60)}" if text else ""


def _settler(keep: Sequence[tuple[Side, str]]) -> Any:
    def settle(name: str) -> Side | None:
        for side, wanted in keep:
            if not wanted or name == wanted or name.startswith(f"{wanted}."):
                return side
        return None

    return settle


def _must_be_used(keep: Sequence[tuple[Side, str]], merge: Merge, synced: Synced) -> None:
    """A field named with ``--keep`` that nobody is at odds about is a typing mistake."""
    known = {each.field for each in merge.conflicts} | {each.field for each in synced.changed}
    for _, wanted in keep:
        if wanted and not any(name == wanted or name.startswith(f"{wanted}.") for name in known | merge.settled):
            open_ones = ", ".join(sorted(each.field for each in merge.conflicts)) or "none"
            raise NotFoundError(f"record and report agree on {wanted}", field="--keep", hint=f"conflicts: {open_ones}")


def _keep_copy(pair: _Pair, door: Door) -> str:
    """The report as it was typed, through the door, in the state folder."""
    from datetime import UTC, datetime

    root = kept_folder(pair.repository, pair.id)
    path = root / f"report-{datetime.now(UTC):%Y%m%dT%H%M%S}.md"
    number = 1
    while path.exists():
        number += 1
        path = root / f"report-{datetime.now(UTC):%Y%m%dT%H%M%S}-{number}.md"
    write_file(path, door.clean(pair.report_text).encode(), mode=0o600)
    return str(path)


class _Lines:
    """Finds the line of a field in record and report."""

    def __init__(self, pair: _Pair, reading: Reading, door: Door) -> None:
        self.pair = pair
        self._clean = door.clean_value  # what is shown of a change passes the door, like what is written
        self._located: Located | None = None
        self._report = reading.lines

    def in_record(self, path: tuple[str | int, ...]) -> int:
        """The line of the field, or of what holds it."""
        if self._located is None:
            self._located = parse_yaml(self.pair.record_text, file=self.pair.record_file)
        return self._located.line(path) or 1

    def in_report(self, name: str) -> int:
        """The line at which the report shows the field; that of what holds it if it does not."""
        name = name.removesuffix(".order")
        while name:
            if name in self._report:
                return self._report[name]
            below = [line for each, line in self._report.items() if each.startswith(f"{name}.")]
            if below:
                return min(below)
            name = name.rpartition(".")[0]
        return 1

    def disagreement(self, conflict: Conflict) -> Disagreement:
        """A conflict with the places of both versions."""
        return Disagreement(
            conflict.field,
            Version(self.pair.record_file, self.in_record(conflict.path), self._clean(conflict.record)),
            Version(self.pair.report_file, self.in_report(conflict.field), self._clean(conflict.report)),
        )

    def from_report(self, change: Change) -> Changed:
        """A field that the record takes over."""
        line = self.in_report(change.field)
        return self._changed(change, "report", self.pair.report_file, line)

    def from_record(self, change: Change) -> Changed:
        """A field that the report takes over."""
        line = self.in_record(change.path)
        return self._changed(change, "record", self.pair.record_file, line)

    def _changed(self, change: Change, source: str, file: str, line: int) -> Changed:
        before, after = self._clean(change.before), self._clean(change.after)
        return Changed(change.field, source, file, line, before, after)
