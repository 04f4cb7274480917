"""Answers from a file into a document: checked, files attached and searched, then put on the journal."""

from __future__ import annotations

import os
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook.errors import BadInputError, NotFoundError

if TYPE_CHECKING:
    from runbook.capture.answers import Answers, Attachment
    from runbook.detect.catalog import Catalog
    from runbook.flow.desk import Desk, Place

SOURCE = "file"
_BLOCK = 256 * 1024
_HEAD = 8192
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # UTF-16 has zeros and is text


def declare_from(answers: Answers, place: Place, *, title: str = "", at: str | None = None) -> Desk:
    """A new document with the answers' title and start, once it is certain that the answers can be used.

    Raises:
        BadInputError: the answers have an error, or no title.
    """
    from runbook.capture.answers import check_ours
    from runbook.flow.declare import declare
    from runbook.flow.findings import catalog_for

    named = title or answers.title
    if not named:
        raise BadInputError("has no title", file=answers.located.file, field="title", hint="add one line: title: …")
    check_ours(answers, None)
    started = answers.started()
    answers.events(None, known=partial(_known, catalog_for(place.repository)))
    _check_files(answers)
    return declare(answers.document, named, place=place, at=at or started)


def fill(desk: Desk, answers: Answers) -> bool:
    """Put on the journal of ``desk`` what the answers say and the record does not.

    Returns:
        Whether anything was new.

    Raises:
        BadInputError: the answers are for the other kind of document or have an error; nothing was written.
        NotFoundError: a file that they name is not there; nothing was written.
    """
    from runbook.capture.answers import check_ours
    from runbook.flow.findings import catalog_for

    if answers.document != desk.kind:
        raise BadInputError(
            f"these are answers for {'an incident' if answers.document == 'incident' else 'a deployment'}, "
            f"and {desk.id} is none",
            file=answers.located.file,
        )
    check_ours(answers, desk.record())
    catalog = catalog_for(desk.place.repository)
    known = partial(_known, catalog)
    answers.events(desk.record(), known=known)  # whatever is wrong is said before the first thing is written
    files = _check_files(answers)
    refs: dict[str, str] = {}
    new = False
    for attachment, path in files:
        identifier, added = _attach(desk, attachment, path)
        refs.update(dict.fromkeys(attachment.names, identifier))
        new = new or added
    for event in answers.events(desk.record(), refs=refs, known=known, clean=desk.door.clean_value):
        desk.append(event.kind, event.data, source=SOURCE)
        new = True
    return new


def _known(catalog: Catalog, signature: str) -> dict[str, Any] | None:
    """What the catalog says about ``signature``, as a finding holds it."""
    found = catalog.get(signature)
    if found is None:
        return None
    return {
        "title": found.title,
        "severity": found.severity,
        "fix": found.fix,
        "verify": list(found.verify),
        "prevention": list(found.prevention),
    }


def _check_files(answers: Answers) -> list[tuple[Attachment, Path]]:
    """The files to attach, each known to be there, readable and text."""
    source = answers.located.file
    folder = Path.cwd() if source == "-" else Path(source).parent
    found = []
    for attachment in answers.attachments:
        path = folder / os.path.expanduser(attachment.path)
        if not path.is_file():
            raise NotFoundError(
                f"there is no file {attachment.path}",
                file=source,
                line=attachment.line,
                field="evidence",
                hint=f"looked for {path}; paths are relative to the answers",
            )
        if not os.access(path, os.R_OK):
            raise BadInputError(
                f"{attachment.path} cannot be read", file=source, line=attachment.line, field="evidence"
            )
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if not head.strip() or (b"\0" in head and not head.startswith(_WIDE)):
            what = "is no text" if head.strip() else "is empty"
            raise BadInputError(
                f"{attachment.path} {what}",
                file=source,
                line=attachment.line,
                field="evidence",
                hint="attach what it says as text, or name it under references",
            )
        found.append((attachment, path))
    return found


def _attach(desk: Desk, attachment: Attachment, path: Path) -> tuple[str, bool]:
    """Attach one file, unless the same text under the same name is there already.

    Returns:
        The evidence's id, and whether it is new.
    """
    from runbook.flow.attach import attach

    if known := _attached(desk, attachment, path):
        return known, False
    at = None if attachment.at is None else datetime.fromisoformat(attachment.at)
    with path.open("rb") as file:
        entry = attach(desk, file, name=attachment.name, note=attachment.note, at=at)
    return str(entry.data["evidence"]), True


def _attached(desk: Desk, attachment: Attachment, path: Path) -> str | None:
    """The id of the evidence that ``path`` became when it was attached before."""
    from runbook.record.evidence import EvidenceWriter, digest

    name = desk.door.clean(attachment.name)
    same = {item.sha256: item.id for item in desk.record().evidence if item.name == name}
    if not same:
        return None
    writer = EvidenceWriter(desk.door.clean_line_stream)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            writer.feed(block)
    return same.get(digest(writer.close().text))
