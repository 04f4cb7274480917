"""The state in which record and report last agreed: what a sync wrote, or the newest commit in which they did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from runbook.errors import RunbookError
from runbook.record import places
from runbook.record.store import RECORD, REPORT, parse_record, write_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.model.record import AnyDocument

_COMMITS = 50
"""So many commits of a document are looked at, newest first."""
_HEAD = "head"


@dataclass(frozen=True)
class Agreed:
    """A record with the report that was made from it, and the commit that holds both; empty for what a sync wrote.

    The report is empty where the one of that commit says something else; then it is to be made from the record.
    """

    record: AnyDocument
    report: str
    commit: str


def last_agreed(
    repository: str, name: str, identifier: str, *, now: Agreed, text: str, agree: Callable[[str, AnyDocument], bool]
) -> Agreed | None:
    """The newest state in which record and report agreed, or None.

    That is what the last sync here wrote, if nothing of the document was committed since, and its record was not put
    back to what is committed (``git checkout``). Otherwise it is the newest commit in which they agree and that all
    the others since know of: behind a merge that is what both sides began with, as a report that came from one side
    would seem to take back what the other side did to the record. If there is none (a report that was edited before
    its first commit, a clone without history), it is the record of the newest one that wrote both.

    Args:
        repository: its root.
        name: the document's folder in it.
        identifier: the document's id.
        now: the record as it is, and the report that it would make.
        text: the record's file.
        agree: whether a report says what a record says.
    """
    from runbook.publish.history import commits_of, ways_of

    root = Path(repository)
    record_file, report_file = f"{name}/{RECORD}", f"{name}/{REPORT}"
    newest = commits_of(root, [record_file, report_file], limit=1)
    kept = _remembered(repository, identifier, "".join(newest))
    if kept is not None:
        undone = kept.record != now.record and bool(newest) and _at(root, newest[0], record_file) == text.encode()
        if not undone:
            return kept
    passed = ways_of(root, [record_file, report_file], limit=_COMMITS)
    wrote_both: Agreed | None = None
    before: tuple[bytes | None, bytes | None] | None = None
    last: Agreed | None = None
    for commit, _ in [each for each in passed if each.alone] or passed:
        both = _at(root, commit, record_file), _at(root, commit, report_file)
        if last is not None and wrote_both is None and before is not None and _both_differ(before, both):
            wrote_both = last
        if both == (text.encode(), now.report.encode()):  # only the report was edited since: nothing has to be read
            return Agreed(now.record, now.report, commit)
        before, last = both, _parsed(both, commit, record_file)
        if last is not None and agree(last.report, last.record):
            return last
    newest_of_both = wrote_both or last
    return newest_of_both and replace(newest_of_both, report="")


def _at(root: Path, commit: str, name: str) -> bytes | None:
    from runbook.publish.repository import file_at

    return file_at(root, commit, PurePosixPath(name))


def _both_differ(one: tuple[bytes | None, bytes | None], other: tuple[bytes | None, bytes | None]) -> bool:
    return one[0] != other[0] and one[1] != other[1]


def _parsed(both: tuple[bytes | None, bytes | None], commit: str, file: str) -> Agreed | None:
    if both[0] is None or both[1] is None:
        return None
    try:
        record = parse_record(both[0].decode("utf-8"), file=file)
        return Agreed(record, both[1].decode("utf-8"), commit)
    except (RunbookError, UnicodeDecodeError):
        return None  # an older state that is damaged is no base


def kept_folder(repository: str, identifier: str) -> Path:
    """Where the last sync of a document keeps what it wrote, and reports as they were typed."""
    return Path(places.state_root(), places.repository_key(repository), "synced", identifier)


def _remembered(repository: str, identifier: str, newest: str) -> Agreed | None:
    folder = kept_folder(repository, identifier)
    try:
        if (folder / _HEAD).read_text("utf-8").strip() != newest:
            return None
        record = parse_record((folder / RECORD).read_text("utf-8"), file=str(folder / RECORD))
        return Agreed(record, (folder / REPORT).read_text("utf-8"), "")
    except (OSError, UnicodeDecodeError, RunbookError):
        return None


def remember(repository: str, name: str, identifier: str, record: str, report: str) -> None:
    """Keep what a sync wrote, for as long as it is not committed."""
    from runbook.publish.history import commits_of

    folder = kept_folder(repository, identifier)
    newest = commits_of(Path(repository), [f"{name}/{RECORD}", f"{name}/{REPORT}"], limit=1)
    (folder / _HEAD).unlink(missing_ok=True)  # a crash in between leaves nothing that looks whole
    write_file(folder / RECORD, record.encode(), mode=0o600)
    write_file(folder / REPORT, report.encode(), mode=0o600)
    write_file(folder / _HEAD, "".join(newest).encode(), mode=0o600)
