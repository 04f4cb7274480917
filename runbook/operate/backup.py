"""Taking a backup: files, folders and databases in use are copied whole, or there is no backup.

The copy is made under a name that says it is unfinished, fsynced, and renamed when its manifest is written: a kill at
any moment leaves a backup or none.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

from runbook.errors import BadInputError, NotFoundError, StorageError
from runbook.model.backup import KeptFile, KeptPath
from runbook.operate import durable, sqlite_copy, vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from runbook.model.backup import Backup, FileKind

_CHUNK = 1 << 20
_WHOLE = "run it as somebody who may read all of it; a backup with holes is none"


def take(
    folder: str,
    paths: Sequence[str],
    label: Backup,
    *,
    shallow: bool = False,
    progress: Callable[[str], None] = lambda _path: None,
) -> Backup:
    """Copy ``paths`` into the vault ``folder``. Call under :func:`runbook.operate.vault.locked`.

    Args:
        folder: the vault.
        paths: files and folders; links are followed once, so that a link to a release keeps the release.
        label: the backup's id, time, reason and so on, without paths.
        shallow: keep of a folder only that it is there and who may enter it, and of a path where nothing is just that;
            what a rollback needs to keep of what it changes.
        progress: told each path before it is copied.

    Raises:
        NotFoundError: one of the paths is not there.
        BadInputError: one cannot be read, or is no file and no folder.
        StorageError: the disk is full or refuses. Nothing is kept then.
    """
    wanted = list(paths) if shallow else _distinct(paths)
    vault.clear_unfinished(folder)
    _check_room(folder, wanted)
    trial = os.path.join(folder, f"{vault.UNFINISHED}{label.id}.partial")
    try:
        os.mkdir(trial, 0o700)
        os.mkdir(os.path.join(trial, vault.CONTENT), 0o700)
        kept = []
        for number, path in enumerate(wanted):
            progress(path)
            target = os.path.join(trial, vault.CONTENT, str(number))
            kept.append(_copy_shallow(path, target) if shallow else _copy_path(path, target, without=folder))
        backup = replace(label, paths=tuple(kept))
        durable.write(os.path.join(trial, vault.MANIFEST), json.dumps(backup.to_json(), indent=1).encode("ascii"))
        durable.sync(trial)
        os.rename(trial, os.path.join(folder, label.id))
        durable.sync(folder)
    except OSError as error:
        shutil.rmtree(trial, ignore_errors=True)
        raise StorageError(
            f"the backup could not be kept: {(error.strerror or str(error)).lower()}",
            file=error.filename or folder,
            hint="nothing was kept; make room or run it as the files' owner, and try again",
        ) from error
    except BaseException:
        shutil.rmtree(trial, ignore_errors=True)
        raise
    return backup


def _distinct(paths: Sequence[str]) -> list[str]:
    """The real paths, once each, without those that lie in another one of them."""
    real = []
    for path in paths:
        full = os.path.realpath(path)
        if not os.path.lexists(full):
            raise NotFoundError("there is no such file or folder", file=path, hint="a backup of nothing helps nobody")
        if full not in real:
            real.append(full)
    return [path for path in real if not any(path.startswith(other.rstrip("/") + "/") for other in real)]


def _check_room(folder: str, paths: Sequence[str]) -> None:
    needed = sum(_size(path) for path in paths)
    state = os.statvfs(folder)
    free = state.f_bavail * state.f_frsize
    if needed > free:
        raise StorageError(
            f"the copy needs {needed / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free",
            file=folder,
            hint="make room (`runbook backup --prune` deletes old backups), or name less",
        )


def _size(path: str) -> int:
    try:
        state = os.lstat(path)
        if not stat.S_ISDIR(state.st_mode):
            return state.st_size
        with os.scandir(path) as entries:
            return sum(_size(entry.path) for entry in entries)
    except OSError:
        return 0  # the copy itself will say what is wrong with it


def _copy_path(path: str, target: str, *, without: str) -> KeptPath:
    """Copy what lies at ``path`` to ``target``."""
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        file = _copy_entry(path, "", target)
        if file is None:
            raise BadInputError("this is a device, a pipe or a socket; there is nothing in it to copy", file=path)
        return KeptPath(path, (file,))
    files: list[KeptFile] = []
    skipped: list[str] = []
    databases: set[str] = set()
    for found, name in _walk(path, "", without=os.path.realpath(without)):
        if any(name.removesuffix(ending) in databases for ending in sqlite_copy.SIDE_FILES):
            continue
        copied = _copy_entry(found, name, os.path.join(target, *name.split("/")) if name else target)
        if copied is None:
            skipped.append(name)
        else:
            files.append(copied)
            if copied.kind == "sqlite":
                databases.add(name)
    for kept in reversed(files):
        if kept.kind == "folder":
            durable.sync(os.path.join(target, kept.name))
    return KeptPath(path, tuple(files), tuple(skipped))


def _copy_shallow(path: str, target: str) -> KeptPath:
    if not os.path.lexists(path):
        return KeptPath(path, ())
    file = _copy_entry(path, "", target)
    return KeptPath(path, () if file is None else (file,))


def _walk(path: str, name: str, *, without: str) -> Iterator[tuple[str, str]]:
    """Everything at and below ``path``: a folder before what is in it, a database before its side files."""
    yield path, name
    try:
        with os.scandir(path) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise BadInputError(
            f"cannot be read: {(error.strerror or str(error)).lower()}", file=path, hint=_WHOLE
        ) from None
    for entry in inside:
        if entry.path == without:
            continue
        below = f"{name}/{entry.name}" if name else entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, below, without=without)
        else:
            yield entry.path, below


def _copy_entry(path: str, name: str, target: str) -> KeptFile | None:
    """Copy one entry; None for what holds nothing that could be copied."""
    state = os.lstat(path)
    kind: FileKind = "file"
    size, digest, link, note = 0, "", "", ""
    if stat.S_ISLNK(state.st_mode):
        kind, link = "link", os.readlink(path)
    elif stat.S_ISDIR(state.st_mode):
        kind = "folder"
        os.makedirs(target, mode=0o700, exist_ok=True)
    elif not stat.S_ISREG(state.st_mode):
        return None
    else:
        is_database = sqlite_copy.is_database(path)
        note = _copy_database(path, target) if is_database else ""
        if is_database and not note:
            kind, size, digest = "sqlite", os.path.getsize(target), vault.digest_of(target)
        else:
            size, digest, moved = _copy_bytes(path, target)
            note = note or (f"written to all the time; the copy is its first {size} bytes" if moved else "")
    return KeptFile(
        name, kind, stat.S_IMODE(state.st_mode), state.st_uid, state.st_gid, state.st_mtime_ns, size, digest, link, note
    )


def _copy_database(path: str, target: str) -> str:
    """Copy a database through SQLite.

    Returns:
        Why that cannot be done (it is damaged, or only begins like a database), or nothing.
    """
    try:
        sqlite_copy.copy_out(path, target)
    except BadInputError as error:
        return f"{error.message}; copied as it is"
    os.chmod(target, 0o600)
    durable.sync(target)
    return ""


def _copy_bytes(path: str, target: str) -> tuple[int, str, bool]:
    """Copy a file; again while somebody writes to it, and at last its beginning as it was at first sight.

    Returns:
        Size and digest of the copy, and whether the file kept changing.
    """
    for _attempt in range(3):
        try:
            source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise BadInputError(
                f"cannot be read: {(error.strerror or str(error)).lower()}", file=path, hint=_WHOLE
            ) from None
        with open(source, "rb") as reader:
            before = os.fstat(reader.fileno())
            size, digest = _pour(reader.fileno(), target, before.st_size)
            after = os.fstat(reader.fileno())
        changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
        if not changed:
            break
    return size, digest, changed


def _pour(source: int, target: str, limit: int) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as copy:
        while size < limit and (chunk := os.read(source, min(_CHUNK, limit - size))):
            copy.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    return size, digest.hexdigest()
