"""What was once made of a journal's lines, kept beside the journals, so that a long one is not read whole every time.

Some questions ("has this failed before?") need a little of every entry, and to work that little out costs far more than
to keep it. ``<folder>/.<name>.derived`` holds it as JSON: for each journal how many bytes of it were looked at, their
CRC-32, and a row for each entry that had something to give. Lines that came since are looked at when somebody asks. A
journal that is not the one that was looked at (a secret was taken out of it, another one came from elsewhere) has
another CRC and is looked at afresh, and so is everything if the file is missing, torn or of another version: nothing
depends on it.

Hot path: standard library only.
"""

from __future__ import annotations

import json
import os
from binascii import crc32

from runbook import __version__
from runbook.model.wire import Entry
from runbook.record.journal import JOURNAL, FolderMovedError, locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Make = Callable[[Entry], Any]

_FORMAT = 1
_ENDING = ".derived"


class Row:
    """What was made of one entry. Treat as frozen.

    Attributes:
        id: of the entry.
        writer: name of its journal, without ending.
        value: what was made of it, as JSON gives it back.
    """

    __slots__ = ("id", "value", "writer")

    def __init__(self, identity: str, writer: str, value: Any) -> None:
        self.id = identity
        self.writer = writer
        self.value = value


def rows(folders: Sequence[str | None], name: str, make: Make) -> list[Row]:
    """What ``make`` gives for every entry in the journals of one document, by ULID, each id once.

    Args:
        folders: of the document; of an id that stands in two, the later folder's counts. Only in the last one,
            the running document's, something is kept.
        name: of what is kept; another ``make`` needs another name.
        make: JSON of an entry, or None where it gives nothing. The same for the same entry in this version.

    Raises:
        OSError: a journal cannot be read.
    """
    found: dict[str, Row] = {}
    for folder in folders:
        if folder is not None and folder != folders[-1]:
            found.update(_rows_of(folder, name, make, keeps=False))
        elif folder is not None:
            try:
                with locked(folder, exclusive=False):  # who takes a secret out shall not find it kept afterwards
                    found.update(_rows_of(folder, name, make, keeps=True))
            except FolderMovedError:
                continue  # it was filed
    return [found[key] for key in sorted(found) if found[key].value is not None]


def forget(folder: str) -> None:
    """Remove everything that was kept for the journals in ``folder``: a secret was taken out of them.

    Raises:
        OSError: it cannot be removed.
    """
    for name in os.listdir(folder):
        if name.startswith(".") and name.endswith(_ENDING):
            os.unlink(os.path.join(folder, name))


def _rows_of(folder: str, name: str, make: Make, *, keeps: bool) -> dict[str, Row]:
    kept = _load(folder, name) if keeps else {}
    after: dict[str, Any] = {}
    found: dict[str, Row] = {}
    changed = False
    try:
        journals = sorted(each for each in os.listdir(os.path.join(folder, JOURNAL)) if each.endswith(".jsonl"))
    except FileNotFoundError:
        journals = []
    for journal in journals:
        with open(os.path.join(folder, JOURNAL, journal), "rb") as file:
            content = file.read()
        looked_at, rest, more = _looked_at(kept.get(journal), content, make)
        changed = changed or more
        after[journal] = looked_at
        writer = journal.removesuffix(".jsonl")
        for identity, value in (*looked_at["rows"], *rest):
            if identity not in found:
                found[identity] = Row(identity, writer, value)
    if keeps and (changed or len(after) != len(kept)):
        _save(folder, name, after)
    return found


def _looked_at(kept: Any, content: bytes, make: Make) -> tuple[dict[str, Any], list[list[Any]], bool]:
    """What is to be kept of one journal, the rows of a last line without an end, and whether anything is new."""
    known: list[list[Any]] = []
    size, crc = 0, 0
    if kept is not None and crc32(content[: kept["size"]]) == kept["crc"] and len(content) >= kept["size"]:
        known, size, crc = kept["rows"], kept["size"], kept["crc"]
    whole = content.rfind(b"\n") + 1  # a line without its end may be about to be taken back
    fresh = content[size:whole]
    if fresh:
        known = [*known, *_made(fresh, make)]
        size, crc = whole, crc32(fresh, crc)
    return {"size": size, "crc": crc, "rows": known}, _made(content[whole:], make), bool(fresh)


def _made(lines: bytes, make: Make) -> list[list[Any]]:
    made = []
    for line in lines.split(b"\n"):
        if line.strip():
            try:
                entry = Entry.from_line(line)
            except ValueError:
                continue
            made.append([entry.id, make(entry)])
    return made


def _path(folder: str, name: str) -> str:
    return os.path.join(folder, f".{name}{_ENDING}")


def _load(folder: str, name: str) -> dict[str, Any]:
    try:
        with open(_path(folder, name), "rb") as file:
            kept = json.loads(file.read())
        if (kept["v"], kept["by"]) != (_FORMAT, __version__):
            return {}
        journals = kept["journals"]
        for each in journals.values():
            if not (isinstance(each["size"], int) and isinstance(each["crc"], int) and _are_rows(each["rows"])):
                return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return dict(journals)


def _are_rows(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(row, list) and len(row) == 2 and isinstance(row[0], str) for row in value
    )


def _save(folder: str, name: str, journals: dict[str, Any]) -> None:
    """As one rename, without fsync: a crash costs a look at the journals."""
    trial = _path(folder, f"{name}-{os.getpid()}")
    try:
        with open(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            content = {"v": _FORMAT, "by": __version__, "journals": journals}
            file.write(json.dumps(content, separators=(",", ":")).encode())
        os.replace(trial, _path(folder, name))
    except OSError:
        try:
            os.unlink(trial)
        except OSError:
            return
