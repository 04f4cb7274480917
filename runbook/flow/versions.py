"""A document as one version of the repository shows it: its record, and what people typed into its report since.

A reviewer edits ``report.md``; until somebody syncs, the record knows nothing of it. What a comparison is told is both,
merged as ``runbook sync`` would merge them, with a word about it.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from runbook.errors import RunbookError
from runbook.record import cabinet
from runbook.record.store import RECORD, REPORT, load_record, parse_record

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument
    from runbook.model.settings import Settings
    from runbook.publish.versions import Revision
    from runbook.redact.door import Door


class Version(NamedTuple):
    """A document at one revision.

    Attributes:
        record: as its file has it.
        report: the report's text; None where there is none, or nobody can read it.
        made: the report that the record makes; empty where that is not known.
    """

    record: AnyDocument
    report: str | None
    made: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the report is the one that the record makes, byte by byte."""
        return self.report is None or self.report == self.made


class Shown(NamedTuple):
    """What of a version is compared, and what has to be said of it."""

    document: AnyDocument
    hints: list[str]


class Versions:
    """Reads versions of one repository.

    Args:
        root: the work tree.
        settings: the team's settings.
        door: everything read passes it once more: people edit files by hand.
    """

    def __init__(self, root: Path, settings: Settings, door: Door) -> None:
        self._root, self._settings, self._door = root, settings, door
        own = root / "templates"
        self._templates = own if own.is_dir() else None

    def at(self, identifier: str, revision: Revision | None) -> Version | None:
        """The document at a revision, None for the work tree; None where there is no such document.

        Raises:
            BadInputError: its record has an error, named by file, line and field.
        """
        folder = PurePosixPath(cabinet.ARCHIVE, identifier[4:8], identifier)
        if revision is None:
            filed = Path(cabinet.archive_folder(str(self._root), identifier))
            if not (filed / RECORD).is_file():
                return None
            record, report = load_record(filed), _read(filed / REPORT)
        else:
            from runbook.publish.repository import file_at

            content = file_at(self._root, revision.commit, folder / RECORD)
            if content is None:
                return None
            record = parse_record(content.decode("utf-8", "replace"), file=f"{revision.name}:{folder / RECORD}")
            report = file_at(self._root, revision.commit, folder / REPORT)
        return Version(record, None if report is None else _text(report))

    def shown(self, old: Version | None, new: Version | None) -> tuple[Shown | None, Shown | None]:
        """What two versions say, edits of their reports included; the older one is what both had in common."""
        if old is not None and new is not None and old == new:
            return self._cleaned(old.record, []), self._cleaned(new.record, [])
        old, new = self._with_made(old), self._with_made(new)
        try:
            before = None if old is None else self._merged(old, None)[0]
        except RunbookError:
            before = old and old.record
        # Where the older report says what its record says, it is the base as it stands: templates change.
        base = old._replace(made=old.report) if old is not None and old.report and before == old.record else None
        if new is None:
            return None if before is None else self._cleaned(before, []), None
        try:
            after, hints = self._merged(new, base, old and old.report)
        except RunbookError as error:  # what was typed before is in one only, and would look taken back: records alone
            before, after = old and old.record, new.record
            hints = [f"line {error.line or 1} of report.md: {error.message}; the records alone are compared"]
        return None if before is None else self._cleaned(before, []), self._cleaned(after, hints)

    def _with_made(self, version: Version | None) -> Version | None:
        if version is None or version.report is None:
            return version
        from runbook.render.report import render_report

        try:
            made = render_report(version.record, settings=self._settings, templates=self._templates)
        except RunbookError:  # a template in the making: then the record has to do
            return version._replace(report=None)
        return version._replace(made=made)

    def _merged(self, version: Version, base: Version | None, seen: str | None = None) -> tuple[AnyDocument, list[str]]:
        """Record and report of a version, as a sync would merge them, and what is to be said of the report.

        Args:
            version: the one to read.
            base: one in which both agreed.
            seen: the report of the version before; what is odd in it already is not pointed out again.

        Raises:
            BadInputError: the report cannot be read.
        """
        if version.agrees:
            return version.record, []
        from runbook.render.reader import read_report
        from runbook.review.merge import Merge, with_items_of

        since, text = base or version, version.report or ""
        ours, before = _data(version.record), _data(since.record)
        # Rows that both files got since then are rows that both had: the report does not show all of them.
        widened = with_items_of(before, ours, lambda identifier: f"id {identifier} -->" in text)
        made = since.made if widened == before else None
        record = since.record if made else type(since.record).model_validate(widened)
        reading = read_report(text, record, settings=self._settings, templates=self._templates, made=made)
        unread = () if version.report == seen else reading.unread
        hints = [f"line {each.line} of report.md: {each.message}" for each in unread]
        merge = Merge(lambda _: None)
        merged = type(version.record).model_validate(merge.documents(widened, ours, _data(reading.record)))
        identifier = version.record.id
        if merge.conflicts:
            fields = ", ".join(sorted({each.field for each in merge.conflicts}))
            hints.append(f"record and report were both changed in {fields}; the record's words stand here")
        if merged != version.record or merge.conflicts:
            hints.append(f"report.md holds edits that its record does not know yet: runbook sync {identifier}")
        elif reading.record != merged:
            hints.append(f"report.md does not show all of its record yet: runbook render {identifier}")
        return merged, hints

    def _cleaned(self, document: AnyDocument, hints: list[str]) -> Shown:
        cleaned = self._door.clean_value(_data(document))
        return Shown(type(document).model_validate(cleaned), [self._door.clean(hint) for hint in hints])


def _data(document: AnyDocument) -> dict[str, Any]:
    return document.model_dump(mode="json", by_alias=True)


def _read(path: Path) -> bytes | None:
    try:
        return None if path.is_symlink() else path.read_bytes()
    except OSError:
        return None


def _text(content: bytes) -> str | None:
    from runbook.review.ignores import take_out

    try:
        return take_out(content.decode("utf-8"))[0]
    except UnicodeDecodeError:
        return None
