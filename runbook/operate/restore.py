"""Putting a backup back: everything is made ready beside its place first, then renamed in, file by file.

Nothing that runs is stopped: a program sees the old file or the new one. A database in use is not replaced but given
its old content in one transaction. Files are renamed inside their folder, never the folder itself, so that a folder
mounted into a container stays the same folder. (A *single file* that is mounted into a container keeps showing the old
one until the container starts again; that is how mounts work.)

What is going on stands in ``rollback.json`` in the vault: after a kill, :func:`finish` brings it to its end.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from runbook.errors import BadInputError, StorageError
from runbook.operate import durable, sqlite_copy, vault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runbook.model.backup import Backup, KeptFile, KeptPath

INTENT = "rollback.json"

Action = Literal["create", "replace", "access", "remove"]


@dataclass(frozen=True, slots=True)
class Change:
    """What restoring does to one file.

    Attributes:
        path: absolute.
        action: ``create`` what is missing, ``replace`` what differs, ``access`` where only mode or owner differ,
            ``remove`` what was not there when the backup was taken.
        file: what the backup holds, or None where nothing is put there.
        copy: where its copy lies.
    """

    path: str
    action: Action
    file: KeptFile | None = None
    copy: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What restoring would do, in the order in which it is done.

    Attributes:
        backup: what is restored.
        changes: folders before what lies in them.
        extra: files that are there now and were not then; they stay unless ``exact`` was asked for.
    """

    backup: Backup
    changes: tuple[Change, ...]
    extra: tuple[str, ...]

    @property
    def paths(self) -> list[str]:
        """The paths somebody asked to keep, of which something changes."""
        touched = [change.path for change in self.changes]
        return [
            path.path
            for path in self.backup.paths
            if any(each == path.path or each.startswith(path.path.rstrip("/") + "/") for each in touched)
        ]


def plan(folder: str, backup: Backup, *, only: Sequence[str] = (), exact: bool = False) -> Plan:
    """Compare what is there with what ``backup`` holds.

    Args:
        folder: the vault.
        backup: what is to be restored.
        only: of its paths, these; all of them where none is named.
        exact: also remove what was not there then.

    Raises:
        BadInputError: a folder stands where a file was, or the other way round.
    """
    wanted = {os.path.realpath(path) for path in only}
    changes: list[Change] = []
    extra: list[str] = []
    for path in backup.paths:
        if wanted and path.path not in wanted:
            continue
        for file in path.files:
            change = _change(folder, backup, path, file)
            if change is not None:
                changes.append(change)
        extra += _extra(path)
    if exact:
        changes += [Change(path, "remove") for path in extra]
        extra = []
    return Plan(backup, tuple(changes), tuple(extra))


def _change(folder: str, backup: Backup, path: KeptPath, file: KeptFile) -> Change | None:
    target = os.path.join(path.path, *file.name.split("/")) if file.name else path.path
    copy = vault.content_path(folder, backup, path, file)
    try:
        state = os.lstat(target)
    except FileNotFoundError:
        return Change(target, "create", file, copy)
    except NotADirectoryError:
        raise BadInputError("a file stands where a folder was", file=os.path.dirname(target), hint=_MOVE) from None
    if stat.S_ISDIR(state.st_mode) != (file.kind == "folder"):
        now, then = ("folder", "file") if file.kind != "folder" else ("file", "folder")
        raise BadInputError(f"a {now} stands where a {then} was", file=target, hint=_MOVE)
    if not _same_content(target, state, file, copy):
        return Change(target, "replace", file, copy)
    owner = (state.st_uid, state.st_gid) != (file.uid, file.gid) and os.geteuid() == 0
    mode = file.kind != "link" and stat.S_IMODE(state.st_mode) != file.mode
    return Change(target, "access", file, copy) if mode or owner else None


_MOVE = "move it out of the way and roll back again; nothing was changed"


def _same_content(target: str, state: os.stat_result, file: KeptFile, copy: str) -> bool:
    if file.kind == "folder":
        return True
    if file.kind == "link":
        return stat.S_ISLNK(state.st_mode) and os.readlink(target) == file.target
    if not stat.S_ISREG(state.st_mode):
        return False
    if file.kind == "sqlite":
        return sqlite_copy.is_database(target) and sqlite_copy.same_content(target, copy)
    return state.st_size == file.size and vault.digest_of(target) == file.sha256


def _extra(path: KeptPath) -> list[str]:
    if not path.files:
        return [path.path] if os.path.lexists(path.path) else []
    if not path.is_folder:
        return []
    known = {file.name for file in path.files} | set(path.skipped)
    databases = {file.name for file in path.files if file.kind == "sqlite"}
    found = []
    for folder, _folders, names in os.walk(path.path):
        for name in sorted(names):
            below = os.path.relpath(os.path.join(folder, name), path.path)
            beside = any(below.removesuffix(ending) in databases for ending in sqlite_copy.SIDE_FILES)
            if below not in known and not beside and not name.endswith(_STAGED):
                found.append(os.path.join(folder, name))
    return found


_STAGED = ".runbook-ready"


def apply(folder: str, wanted: Plan, *, kept: str) -> None:
    """Do what the plan says. Call under :func:`runbook.operate.vault.locked`.

    Args:
        folder: the vault.
        wanted: the plan.
        kept: id of the backup that holds what is replaced; it undoes this one.

    Raises:
        CheckFailedError: the backup is damaged; nothing was touched.
        StorageError: the disk refused while everything was being made ready; nothing was touched.
    """
    vault.require_whole(folder, wanted.backup)
    moves = _stage(wanted)
    intent: dict[str, Any] = {
        "v": 1,
        "backup": wanted.backup.id,
        "kept": kept,
        "moves": moves,
        "databases": [[change.copy, change.path] for change in wanted.changes if _in_place(change)],
        "access": [
            [change.path, change.file.mode, change.file.uid, change.file.gid]
            for change in wanted.changes
            if change.file is not None
            and change.file.kind != "link"
            and (change.action == "access" or _in_place(change))
        ],
        "remove": [change.path for change in wanted.changes if change.action == "remove"],
    }
    durable.replace(os.path.join(folder, INTENT), json.dumps(intent).encode("ascii"))
    _carry_out(intent)


def _in_place(change: Change) -> bool:
    """A database that is there is given its content through SQLite: whoever has it open goes on with it."""
    return (
        change.file is not None
        and change.file.kind == "sqlite"
        and change.action == "replace"
        and _is_file(change.path)
    )


def _is_file(path: str) -> bool:
    return os.path.isfile(path) and not os.path.islink(path) and sqlite_copy.is_database(path)


def unfinished(folder: str) -> dict[str, str] | None:
    """The ``backup`` that was being restored and the ``kept`` one that undoes it, if a rollback was interrupted."""
    try:
        with open(os.path.join(folder, INTENT), encoding="utf-8") as file:
            intent = json.load(file)
    except FileNotFoundError:
        return None
    return {"backup": str(intent["backup"]), "kept": str(intent["kept"])}


def finish(folder: str) -> None:
    """Bring an interrupted rollback to its end: what was made ready is renamed in. Doing it twice does no harm."""
    with open(os.path.join(folder, INTENT), encoding="utf-8") as file:
        _carry_out(json.load(file))


def discard_ready(folder: str) -> None:
    """Remove what an interrupted rollback made ready and did not put in its place."""
    with open(os.path.join(folder, INTENT), encoding="utf-8") as file:
        intent = json.load(file)
    for ready, _target in intent["moves"]:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(ready)


def forget(folder: str) -> None:
    """The rollback is over, verified or undone."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, INTENT))
        durable.sync(folder)


def _stage(wanted: Plan) -> list[list[str]]:
    """Make every file ready beside its place; all of them or none.

    Returns:
        Pairs of what is ready and where it goes.
    """
    moves: list[list[str]] = []
    made: list[str] = []
    try:
        for change in wanted.changes:
            file = change.file
            if file is None or change.action == "access" or _in_place(change):
                continue
            if file.kind == "folder":
                os.mkdir(change.path, 0o700)
                made.append(change.path)
                _set_access(change.path, file.mode, file.uid, file.gid)
                continue
            ready = os.path.join(os.path.dirname(change.path), f".{os.path.basename(change.path)}{_STAGED}")
            with contextlib.suppress(FileNotFoundError):
                os.unlink(ready)
            moves.append([ready, change.path])
            _make_ready(change.copy, ready, file)
        for parent in {os.path.dirname(ready) for ready, _target in moves}:
            durable.sync(parent)
    except OSError as error:
        for ready, _target in moves:
            with contextlib.suppress(OSError):
                os.unlink(ready)
        for path in reversed(made):
            with contextlib.suppress(OSError):
                os.rmdir(path)
        raise StorageError(
            f"could not be made ready: {(error.strerror or str(error)).lower()}",
            file=error.filename or wanted.backup.id,
            hint="nothing was changed",
        ) from error
    return moves


def _make_ready(copy: str, ready: str, file: KeptFile) -> None:
    if file.kind == "link":
        os.symlink(file.target, ready)
        return
    with open(copy, "rb") as source:
        descriptor = os.open(ready, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)
            target.flush()
            _set_access(ready, file.mode, file.uid, file.gid)
            os.utime(ready, ns=(file.mtime_ns, file.mtime_ns))
            os.fsync(target.fileno())


def _set_access(path: str, mode: int, uid: int, gid: int) -> None:
    with contextlib.suppress(PermissionError):  # only root can give a file away; the mode is what matters to others
        os.chown(path, uid, gid)
    os.chmod(path, mode)


def _carry_out(intent: dict[str, Any]) -> None:
    """The part that can be done twice: renames of what is still ready, databases, access, removals."""
    for ready, target in intent["moves"]:
        if os.path.lexists(ready):
            if sqlite_copy.is_database(ready):
                _remove_side_files(target)
            os.replace(ready, target)
    for copy, target in intent["databases"]:
        sqlite_copy.copy_in(copy, target)
    for path, mode, uid, gid in intent["access"]:
        _set_access(path, int(mode), int(uid), int(gid))
    for path in reversed(intent["remove"]):
        _remove(str(path))
    for parent in {os.path.dirname(target) for _ready, target in intent["moves"]}:
        durable.sync(parent)


def _remove_side_files(database: str) -> None:
    """Of a database that is gone: SQLite would take them for the new one's."""
    for ending in sqlite_copy.SIDE_FILES:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(database + ending)


def _remove(path: str) -> None:
    """A file, or a folder that is empty; a folder into which somebody put something meanwhile stays."""
    with contextlib.suppress(FileNotFoundError):
        if os.path.isdir(path) and not os.path.islink(path):
            with contextlib.suppress(OSError):
                os.rmdir(path)
        else:
            os.unlink(path)
