"""Where backups lie: one folder each, whole or not there, outside every work tree.

<vault>/<ulid>/manifest.json      what it holds; written before the folder gets its name
<vault>/<ulid>/content/<n>…       the copies, as they were, for the owner's eyes only
<vault>/rollback.json             a rollback that is going on, see :mod:`runbook.operate.restore`
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from runbook.errors import BadInputError, CheckFailedError, NotFoundError
from runbook.model.backup import Backup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runbook.model.backup import KeptFile, KeptPath

MANIFEST = "manifest.json"
CONTENT = "content"
UNFINISHED = "."
"""What the name of a folder begins with that is not, or no longer, a backup."""

_CHUNK = 1 << 20


def content_path(vault: str, backup: Backup, path: KeptPath, file: KeptFile) -> str:
    """Where the copy of ``file`` lies."""
    number = backup.paths.index(path)
    root = os.path.join(vault, backup.id, CONTENT, str(number))
    return os.path.join(root, *file.name.split("/")) if file.name else root


def listing(vault: str) -> list[Backup]:
    """Every complete backup, newest first.

    Raises:
        BadInputError: a manifest that cannot be read, by its path.
    """
    try:
        names = sorted((name for name in os.listdir(vault) if len(name) == 26), reverse=True)
    except FileNotFoundError:
        return []
    return [load(vault, name) for name in names]


def load(vault: str, identifier: str) -> Backup:
    """The backup of that id.

    Raises:
        NotFoundError: there is none.
        BadInputError: its manifest cannot be read.
    """
    path = os.path.join(vault, identifier, MANIFEST)
    try:
        with open(path, encoding="utf-8") as file:
            return Backup.from_json(file.read())
    except FileNotFoundError:
        raise NotFoundError(f"there is no backup {identifier}", hint="runbook backup --list") from None
    except ValueError as error:
        raise BadInputError(str(error), file=path, hint=f"the copies are in {os.path.dirname(path)}") from None


def find(vault: str, wanted: str) -> Backup:
    """The backup whose id is, or begins or ends with, ``wanted`` (at least 4 characters).

    Raises:
        NotFoundError: none or several.
    """
    key = wanted.upper()
    found = [
        backup
        for backup in listing(vault)
        if backup.id == key or (len(key) >= 4 and (backup.id.endswith(key) or backup.id.startswith(key)))
    ]
    if len(found) != 1:
        said = "there is no backup" if not found else f"{len(found)} backups match"
        raise NotFoundError(f"{said} {wanted}", hint="runbook backup --list")
    return found[0]


def newest_of(vault: str, paths: Sequence[str]) -> Backup:
    """The newest backup that holds all of ``paths``, or the newest of all where none is named.

    Backups that a rollback made of what it replaced come last: they undo it, and are asked for by id.

    Raises:
        NotFoundError: there is none.
    """
    wanted = {os.path.realpath(path) for path in paths}
    fitting = [backup for backup in listing(vault) if wanted <= {path.path for path in backup.paths}]
    if not fitting:
        named = " and ".join(sorted(wanted)) or "anything"
        raise NotFoundError(f"there is no backup of {named}", hint="runbook backup --list")
    return next((backup for backup in fitting if not backup.replaces), fitting[0])


def damaged(vault: str, backup: Backup) -> list[str]:
    """The copies that are not what the manifest says: missing, cut short or changed."""
    return [
        os.path.join(path.path, file.name) if file.name else path.path
        for path in backup.paths
        for file in path.files
        if file.sha256 and digest_of(content_path(vault, backup, path, file)) != file.sha256
    ]


def require_whole(vault: str, backup: Backup) -> None:
    """Check every copy before anything is done with it.

    Raises:
        CheckFailedError: one is damaged; nothing was touched.
    """
    bad = damaged(vault, backup)
    if bad:
        raise CheckFailedError(
            f"the backup's copy of {bad[0]} is damaged" + (f", and {len(bad) - 1} more" if len(bad) > 1 else ""),
            file=os.path.join(vault, backup.id),
            hint="nothing was changed; `runbook backup --list` shows the others",
        )


def digest_of(path: str) -> str:
    """SHA-256 of a file, or nothing where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return ""
    return digest.hexdigest()


def prune(vault: str, *, days: int, now: datetime | None = None, keep: str = "") -> list[Backup]:
    """Delete what is older than ``days``, but never the newest backup of a path.

    Args:
        vault: the folder.
        days: how long backups are kept.
        now: for a clock other than this machine's.
        keep: the id of one that is needed whatever its age.

    Returns:
        The deleted ones.
    """
    limit = (now or datetime.now(UTC)) - timedelta(days=days)
    covered: set[str] = {entry for entry in (keep,) if entry}
    gone = []
    for backup in listing(vault):
        paths = {path.path for path in backup.paths}
        if datetime.fromisoformat(backup.at) < limit and paths <= covered and backup.id != keep:
            _delete(vault, backup.id)
            gone.append(backup)
        covered |= paths
    return gone


def clear_unfinished(vault: str) -> None:
    """Remove what an interrupted backup or deletion left. Call under :func:`locked`."""
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(vault):
            if name.startswith(UNFINISHED):
                shutil.rmtree(os.path.join(vault, name), ignore_errors=True)


def _delete(vault: str, identifier: str) -> None:
    trash = os.path.join(vault, f"{UNFINISHED}{identifier}.deleted")
    os.rename(os.path.join(vault, identifier), trash)
    shutil.rmtree(trash, ignore_errors=True)


@contextlib.contextmanager
def locked(vault: str) -> Iterator[None]:
    """Alone in the vault: one backup, rollback or deletion at a time. Waits for another one."""
    os.makedirs(vault, mode=0o700, exist_ok=True)
    descriptor = os.open(os.path.join(vault, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
