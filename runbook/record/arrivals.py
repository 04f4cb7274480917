"""Laying down what others recorded: their journals beside ours, their evidence beside ours. Standard library only.

Whoever calls this has looked at every line and every text (the door, digests, names). Here it is only a matter of not
losing what is being written at the same time: the folder's lock is held exclusively, and each file is joined with what
it holds at that moment.
"""

from __future__ import annotations

import contextlib
import os

from runbook.record import derived, evidence
from runbook.record.journal import JOURNAL, locked, storage_error
from runbook.record.union import join

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any


def journals(*folders: str | None) -> dict[str, bytes]:
    """Every journal in these folders of one document, by file name; a name that stands in two is joined."""
    found: dict[str, bytes] = {}
    for folder in folders:
        parent = os.path.join(folder, JOURNAL) if folder is not None else ""
        if not parent or not os.path.isdir(parent):
            continue
        for name in sorted(os.listdir(parent)):
            path = os.path.join(parent, name)
            if name.endswith(".jsonl") and os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    content = file.read()
                found[name] = join(found[name], content) if name in found else content
    return found


def lay_down(folder: str, lines: Mapping[str, bytes], texts: Mapping[str, bytes], gone: Iterable[str] = ()) -> None:
    """Add entries to journals and evidence to the folder of a running document; evidence first.

    Args:
        folder: it must exist.
        lines: journal file name -> whole lines, already clean.
        texts: evidence path below the folder -> content, already clean.
        gone: evidence that no entry names any more, because a secret was taken out of its name.

    Raises:
        FolderMovedError: the folder was filed meanwhile.
        StorageError: the disk refused; what is there is whole.
    """
    try:
        with locked(folder, exclusive=True):
            for path, content in texts.items():
                evidence.store_bytes(folder, path, content)
            for name, more in lines.items():
                path = os.path.join(JOURNAL, name)
                try:
                    with open(os.path.join(folder, path), "rb") as file:
                        before = file.read()
                except FileNotFoundError:
                    before = b""
                after = join(before, more)
                if after != before:
                    evidence.store_bytes(folder, path, after)
            derived.forget(folder)  # a secret may have been taken out of an entry
            for path in gone:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(folder, path))
    except OSError as error:
        raise storage_error(error, folder) from error


def named_evidence(entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Path -> SHA-256 of every piece of evidence that these entries' data name; an empty digest where none is given."""
    found: dict[str, str] = {}
    for data in entries:
        for item in _with_paths(data):
            path, digest = item["path"], item.get("sha256")
            if evidence.is_evidence_path(path):
                found[path] = digest if isinstance(digest, str) else ""
    return found


def _with_paths(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    outputs = data.get("outputs")
    for item in [data, *(outputs if isinstance(outputs, list) else [])]:
        if isinstance(item, dict) and isinstance(item.get("path"), str):
            yield item
