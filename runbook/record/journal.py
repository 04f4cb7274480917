"""The journal: append-only, one file per writer, fsynced before anybody is told that a thing is recorded.

``<folder>/journal/<host>-<user>-<writer>.jsonl``. ``writer`` is random and made once per folder, so that two machines,
or two copies of a home directory, never append to the same file once journals meet in git. Writers of one folder take
turns by ``flock``. Somebody who files or removes the folder holds its lock exclusively; a writer that waited for it
finds the folder gone and says so instead of writing into a deleted file.
"""

from __future__ import annotations

import errno
import fcntl
import os

from runbook.errors import StorageError
from runbook.model.wire import Entry
from runbook.record.durable import sync_folder
from runbook.record.places import host_name, os_user

TYPE_CHECKING = False

JOURNAL = "journal"
_WRITER = ".writer"


class FolderMovedError(Exception):
    """The folder was filed or removed while we waited; look the document up again."""


class TornLine:
    """A line that is no entry: cut by a crash, or damaged. It is kept and reported, never fatal."""

    __slots__ = ("file", "line", "raw")

    def __init__(self, file: str, line: int, raw: bytes) -> None:
        self.file = file
        self.line = line
        self.raw = raw

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {len(self.raw)} bytes that are no journal entry (kept as they are)"


def append(folder: str, *entries: Entry, stem: str = "") -> None:
    """Write ``entries`` to this writer's journal in ``folder`` and fsync it: all of them, or none.

    Args:
        folder: of the running document.
        entries: already redacted.
        stem: the journal's file name without ending, where it is not this writer's own (a replay).

    Raises:
        FolderMovedError: the folder is not there any more.
        StorageError: the disk refused (full, read-only, no permission). Nothing half-written is left.
    """
    try:
        with locked(folder, exclusive=False):
            name = f"{stem}.jsonl" if stem else _journal_name(folder)
            _append_lines(os.path.join(folder, JOURNAL), name, b"".join(entry.to_line() for entry in entries))
    except OSError as error:
        raise storage_error(error, folder) from error


def storage_error(error: OSError, path: str) -> StorageError:
    """The message for an operating system error at ``path``, with what to do."""
    hints = {
        errno.ENOSPC: "free some space, then run the same command again",
        errno.EDQUOT: "free some of your quota, then run the same command again",
        errno.EROFS: "the file system is read-only; set XDG_STATE_HOME to a folder that can be written",
        errno.EACCES: "check who owns the folder, or set XDG_STATE_HOME to a folder that can be written",
        errno.EPERM: "check who owns the folder, or set XDG_STATE_HOME to a folder that can be written",
    }
    return StorageError(
        f"not recorded: {(error.strerror or str(error)).lower()}",
        file=str(error.filename or path),
        hint=hints.get(error.errno or 0, ""),
    )


class locked:  # noqa: N801  it reads as a verb: `with locked(folder, exclusive=True):`
    """Hold the folder's lock: shared for writers, exclusive for who files or removes it.

    A class, because importing contextlib costs every `runbook log` a millisecond.

    Raises:
        FolderMovedError: the folder is gone, or another one stands in its place.
    """

    __slots__ = ("_descriptor", "_exclusive", "_folder")

    def __init__(self, folder: str, *, exclusive: bool) -> None:
        self._folder = folder
        self._exclusive = exclusive
        self._descriptor = -1

    def __enter__(self) -> None:
        try:
            self._descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise FolderMovedError(self._folder) from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX if self._exclusive else fcntl.LOCK_SH)
            mine = os.fstat(self._descriptor)
            try:
                there = os.stat(self._folder)
            except FileNotFoundError:
                raise FolderMovedError(self._folder) from None
            if (mine.st_dev, mine.st_ino) != (there.st_dev, there.st_ino):
                raise FolderMovedError(self._folder)
        except BaseException:
            os.close(self._descriptor)
            raise

    def __exit__(self, *_exception: object) -> None:
        os.close(self._descriptor)


def own_name(folder: str) -> str:
    """This writer's journal in ``folder``, without ending; empty where it has written nothing yet."""
    try:
        with open(os.path.join(folder, _WRITER), encoding="ascii") as file:
            return f"{_stem()}-{file.read().strip()}"
    except FileNotFoundError:
        return ""


def _stem() -> str:
    user = "".join(c if c.isalnum() or c in "-_" else "-" for c in os_user())[:40] or "user"
    return f"{host_name()}-{user}"


def _journal_name(folder: str) -> str:
    """This writer's file name, made on first use. ``link`` lets exactly one of several first writers win."""
    marker = os.path.join(folder, _WRITER)
    try:
        with open(marker, encoding="utf-8") as file:
            writer = file.read().strip()
    except FileNotFoundError:
        writer = ""
    if not writer:
        candidate = os.urandom(4).hex()
        trial = f"{marker}.{candidate}"
        descriptor = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, candidate.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            _link_unless_there(trial, marker)
        finally:
            os.unlink(trial)
        with open(marker, encoding="utf-8") as file:
            writer = file.read().strip()
    return f"{_stem()}-{writer}.jsonl"


def _link_unless_there(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        return


def _cut_back(descriptor: int, size: int) -> None:
    try:
        os.ftruncate(descriptor, size)
    except OSError:
        return  # the torn line is told apart when it is read


def _append_lines(folder: str, name: str, lines: bytes) -> None:
    os.makedirs(folder, mode=0o700, exist_ok=True)
    path = os.path.join(folder, name)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            lines = b"\n" + lines  # the line before was torn by a crash; it stays, ours starts afresh
        try:
            written = os.write(descriptor, lines)
            if written != len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
            os.fsync(descriptor)
        except OSError:
            _cut_back(descriptor, size)  # nobody was told that it is recorded
            raise
        if size == 0:
            sync_folder(folder)
    finally:
        os.close(descriptor)


def stamp(folder: str) -> list[tuple[str, int, int, int]]:
    """What tells one state of the journals in ``folder`` from another: name, inode, size and time of each."""
    try:
        with os.scandir(os.path.join(folder, JOURNAL)) as files:
            found = [(each.name, each.stat()) for each in files if each.name.endswith(".jsonl")]
    except FileNotFoundError:
        return []
    return sorted((name, state.st_ino, state.st_size, state.st_mtime_ns) for name, state in found)


def read(folder: str) -> tuple[list[Entry], list[TornLine]]:
    """All entries of all journals in ``folder``, by ULID, each id once; and the lines that are none."""
    entries: dict[str, Entry] = {}
    torn: list[TornLine] = []
    journals = os.path.join(folder, JOURNAL)
    try:
        names = sorted(os.listdir(journals))
    except FileNotFoundError:
        names = []
    for name in names:
        if not name.endswith(".jsonl"):
            continue
        path = os.path.join(journals, name)
        with open(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                try:
                    entry = Entry.from_line(line)
                except ValueError:
                    torn.append(TornLine(path, number, line))
                else:
                    entry.writer = name.removesuffix(".jsonl")
                    entries.setdefault(entry.id, entry)
    return [entries[key] for key in sorted(entries)], torn
