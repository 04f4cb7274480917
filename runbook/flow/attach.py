"""Attaching evidence: a file or a pipe goes through the door and onto the journal, with what is known about it."""

from __future__ import annotations

import codecs

from runbook.errors import BadInputError, RunbookError, StorageError
from runbook.flow import unrecorded
from runbook.flow.automata import engine_for
from runbook.flow.findings import catalog_folders, catalog_for, finding_data
from runbook.model.times import iso
from runbook.model.wire import Entry, new_ulid
from runbook.record import evidence, places
from runbook.record.journal import storage_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from typing import BinaryIO

    from runbook.detect.engine import Scanner
    from runbook.flow.desk import Desk

_CHUNK = 256 * 1024
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def attach(desk: Desk, source: BinaryIO, *, name: str, note: str = "", at: datetime | None = None) -> Entry:
    """Put what ``source`` holds on record.

    Args:
        desk: the document.
        source: read to its end, in memory that does not grow with it.
        name: what people call it; its ending says as what to look at it.
        note: what it shows.
        at: when it was so; now if absent.

    Raises:
        BadInputError: it is empty, or no text: redaction cannot look into it.
        StorageError: the disk refused; the message says where it is kept meanwhile.
    """
    from runbook.flow.kinds import guess_kind

    unrecorded.catch_up(desk)
    writer = evidence.EvidenceWriter(desk.door.clean_line_stream)
    kind = guess_kind(name)
    scanner = _scanner(desk, "output" if kind == "markdown" else kind)  # what is attached may be a pasted log
    for data in _text(source, name):
        writer.feed(data)
        scanner.feed(data)
    found = scanner.close()
    kept = writer.close([(match.line, match.excerpt) for match in found])
    if not kept.text.strip():
        raise BadInputError("there is nothing in it", file=name)
    identifier = new_ulid()
    path = evidence.evidence_path(identifier, desk.door.clean(name))
    for match in found:
        match.source = path
    now = desk.now()
    entry = Entry(
        id=new_ulid(),
        at=iso(at or now),
        recorded_at=iso(now),
        kind="evidence",
        actor=desk.door.clean(places.actor(git_user=desk.git_user)),
        source="cli",
        data=desk.door.clean_value(
            {
                "evidence": identifier,
                "name": name,
                "path": path,
                "bytes": kept.size,
                "sha256": evidence.digest(kept.text),
                "omitted": kept.omitted,
                "media": "text/plain",
                **({"note": note} if note else {}),
                "findings": [finding_data(match.to_json()) for match in found],
            }
        ),
    )
    try:
        evidence.store(desk.folder, path, kept.text)
        desk.write(entry)
    except (OSError, RunbookError) as error:
        problem = error if isinstance(error, RunbookError) else storage_error(error, desk.folder)
        raise _kept_elsewhere(desk, entry, {path: kept.text}, problem) from error
    return entry


def _kept_elsewhere(desk: Desk, entry: Entry, texts: dict[str, str], problem: RunbookError) -> StorageError:
    try:
        place = unrecorded.keep(desk, entry, texts)
    except OSError:
        hint = problem.hint
    else:
        hint = f"it is kept in {place}; the next `runbook log` or `runbook run` records it"
    return StorageError(problem.message, file=problem.file, hint=hint)


def _scanner(desk: Desk, kind: str) -> Scanner:
    from runbook.detect.engine import Scanner

    repository = desk.place.repository
    engine = engine_for(catalog_folders(repository), kind)
    return Scanner(catalog_for(repository), kind, clean=desk.door.clean, engine=engine)


def _text(source: BinaryIO, name: str) -> Iterator[bytes]:
    """``source`` in chunks of UTF-8, as far as it is text at all.

    Raises:
        BadInputError: it is no text.
    """
    data = source.read(_CHUNK)
    wide = next((encoding for mark, encoding in _WIDE if data.startswith(mark)), None)
    if wide is not None:  # what Windows programs call Unicode
        decoder = codecs.getincrementaldecoder(wide)("backslashreplace")
        data = data[2:]
        while data:
            yield decoder.decode(data).encode("utf-8", "backslashreplace")
            data = source.read(_CHUNK)
        return
    if b"\0" in data[:8192]:
        raise BadInputError(
            "this is no text, and secrets can only be taken out of text",
            file=name,
            hint="attach what it says as text, or put a link to it into the report's references",
        )
    while data:
        yield data
        data = source.read(_CHUNK)
