"""What others recorded, on its way in: nothing of it is trusted before it was looked at.

A line must be an entry with a ULID and times we understand, of the incident it says it belongs to, and not stand in for
an entry of another journal. Its texts pass the door. Evidence must have the digest that its entry names.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from runbook.model.wire import Entry
from runbook.publish.shared import read_blob
from runbook.record import arrivals, evidence
from runbook.record.union import JOURNAL_NAME, better, entry_lines, parsed

if TYPE_CHECKING:
    from pathlib import Path

    from runbook.flow.desk import Desk
    from runbook.publish.shared import Blob, Side, Tip

MAX_JOURNAL = 64 * 1024 * 1024
"""Bytes of one journal; a day of continuous recording is a few."""
MAX_LINE = 4 * 1024 * 1024
MAX_EVIDENCE = 8 * 1024 * 1024
"""Bytes of one piece of evidence; ours are capped at 5 MiB."""

_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}")


class Arrival:
    """What a look at the remote brought.

    Attributes:
        entries: those that were not known here, by id.
        notes: what was left aside and why, in a sentence each.
        replaced: ids of entries from which somebody else has taken a secret out.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.notes: list[str] = []
        self.replaced: list[str] = []


def take_in(desk: Desk, root: Path, side: Side, tip: Tip) -> Arrival:
    """Lay down in the state folder of ``desk`` what ``tip`` has and we do not.

    Raises:
        StorageError, GitError: it could not be read or written; what was there is as it was.
    """
    customs = _Customs(desk, root, side)
    for path, blob in sorted(tip.files.items()):
        folder, name = path.split("/")
        if folder != "journal":
            continue
        if JOURNAL_NAME.fullmatch(name) and blob.size <= MAX_JOURNAL:
            customs.journal(name, read_blob(root, blob))
        else:
            customs.arrival.notes.append(f"{path!r} was left aside: not a journal that runbook wrote")
    texts = customs.evidence(tip)
    if customs.lines or texts:
        if not os.path.isdir(desk.folder):
            desk.reopen()
        arrivals.lay_down(desk.folder, customs.lines, texts, customs.gone)
    customs.arrival.entries.sort(key=lambda entry: entry.id)
    return customs.arrival


class _Customs:
    """One look at everything that arrives for one document.

    Attributes:
        arrival: what is told about it.
        lines: what is to be added, by journal file name.
        gone: evidence that only the old version of an entry names.
    """

    def __init__(self, desk: Desk, root: Path, side: Side) -> None:
        self.desk = desk
        self.root = root
        self.side = side
        self.arrival = Arrival()
        self.lines: dict[str, bytes] = {}
        self.gone: list[str] = []
        self._old: list[dict[str, Any]] = []
        journals = arrivals.journals(desk.filed, desk.folder)
        self._known = {name: entry_lines(content) for name, content in journals.items()}
        self._owner = {identity: name for name, lines in self._known.items() for identity in lines}

    def journal(self, name: str, content: bytes) -> None:
        """Keep what is new in one journal."""
        ours = self._known.get(name, {})
        fresh: list[bytes] = []
        refused = 0
        for identity, line in entry_lines(content).items():
            mine = ours.get(identity)
            if mine is not None and better(mine, line) == mine:
                continue
            clean = admit(self.desk, self.side, line)
            if clean is None or self._owner.setdefault(identity, name) != name:
                refused += 1
            elif mine is None:
                fresh.append(clean)
                entry = Entry.from_line(clean)
                entry.writer = name.removesuffix(".jsonl")
                self.arrival.entries.append(entry)
            elif better(mine, clean) != mine:
                fresh.append(clean)
                self.arrival.replaced.append(identity)
                self._old += [raw["data"] for raw in (parsed(mine),) if raw]
        if refused:
            lines = f"{refused} line{'s' if refused > 1 else ''}"
            self.arrival.notes.append(f"{lines} of {name} left aside: not entries of this {self.desk.kind}")
        if fresh:
            self.lines[name] = b"".join(line + b"\n" for line in fresh)

    def evidence(self, tip: Tip) -> dict[str, bytes]:
        """Evidence that is missing here, or whose entry names another digest than it did."""
        renewed = arrivals.named_evidence(
            raw["data"] for content in self.lines.values() for line in content.split(b"\n") if (raw := parsed(line))
        )
        before = arrivals.named_evidence(
            raw["data"] for rows in self._known.values() for line in rows.values() if (raw := parsed(line))
        )
        folders = [folder for folder in (self.desk.folder, self.desk.filed) if folder]
        self.gone = [path for path in arrivals.named_evidence(self._old) if path not in renewed]
        texts: dict[str, bytes] = {}
        for path, digest in {**before, **renewed}.items():
            if path in self.gone:
                continue
            blob = tip.files.get(path)
            here = any(os.path.isfile(os.path.join(folder, path)) for folder in folders)
            if blob is None or (here and path not in renewed):
                continue
            if here and any(is_kept_evidence(folder, path, digest) for folder in folders):
                continue
            content = self._checked(path, blob, digest, say=not here)
            if content is not None:
                texts[path] = content
        return texts

    def _checked(self, path: str, blob: Blob, digest: str, *, say: bool) -> bytes | None:
        notes = self.arrival.notes
        if blob.size > MAX_EVIDENCE:
            notes.append(f"{path} was left aside: {blob.size} bytes")
            return None
        content = read_blob(self.root, blob)
        if digest and hashlib.sha256(content).hexdigest() != digest:
            if say:
                notes.append(f"{path} was left aside: it is not what its entry says (another digest)")
            return None
        stream = self.desk.door.clean_line_stream()
        clean = (stream.feed(content) + stream.close()).encode("utf-8", "backslashreplace")
        if clean != content:
            notes.append(f"{path} held something that does not belong on record; it was taken out")
        return clean


def admit(desk: Desk, side: Side, line: bytes) -> bytes | None:
    """``line`` as it may be kept: clean, and an entry of this very document. None where it is not one.

    A line that needs no cleaning comes back byte for byte, fields we do not know included.
    """
    raw = parsed(line) if len(line) <= MAX_LINE else None
    if raw is None:
        return None
    try:
        entry = Entry.from_line(line)
        aware = [datetime.fromisoformat(text).tzinfo for text in (entry.at, entry.recorded_at)]
    except (ValueError, RecursionError):
        return None
    if None in aware or not _KIND.fullmatch(entry.kind):
        return None
    if entry.kind == "start" and (entry.data.get("id"), entry.data.get("ulid")) != (side.id, side.ulid):
        return None
    clean = desk.door.clean_value(raw)
    if clean == raw:
        return line
    return json.dumps(clean, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def _content(folder: str, path: str) -> bytes:
    with open(os.path.join(folder, path), "rb") as file:
        return file.read()


def is_kept_evidence(folder: str, path: str, digest: str) -> bool:
    """Whether ``path`` lies in ``folder`` and is what its entry says."""
    if not evidence.is_evidence_path(path) or not os.path.isfile(os.path.join(folder, path)):
        return False
    return not digest or hashlib.sha256(_content(folder, path)).hexdigest() == digest
