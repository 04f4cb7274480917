"""Backups for the record: taken before a change, kept outside git, named on the timeline of whatever is open."""

from __future__ import annotations

import os
from datetime import datetime

from runbook.errors import BadInputError, NotFoundError
from runbook.flow.desk import find_place, open_document
from runbook.flow.settings import load_settings
from runbook.model.text import count_of, show_size
from runbook.model.times import iso
from runbook.model.wire import new_ulid
from runbook.operate import backup as taking
from runbook.operate import vault
from runbook.record import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runbook.flow.desk import Desk
    from runbook.model.backup import Backup
    from runbook.model.wire import Entry

SHORT = 6
"""Characters of an id that people see and type."""


class Taken:
    """A backup that was taken. Treat as frozen.

    Attributes:
        backup: what it holds.
        folder: where it lies.
        entry: what is on the timeline, or None where nothing is open.
        document: id of the document, or an empty string.
        pruned: older ones that were deleted because their time was over.
    """

    __slots__ = ("backup", "document", "entry", "folder", "pruned")

    def __init__(self, backup: Backup, folder: str, entry: Entry | None, document: str, pruned: list[Backup]) -> None:
        self.backup = backup
        self.folder = folder
        self.entry = entry
        self.document = document
        self.pruned = pruned


def vault_folder() -> str:
    """Where this user's backups lie, whatever repository they stand in: the paths in them are this machine's."""
    return os.path.join(places.state_root(), "backups")


def short_id(identifier: str) -> str:
    """The end of a backup's id, enough to name it by."""
    return identifier[-SHORT:]


def take_backup(
    paths: Sequence[str],
    *,
    reason: str = "",
    identifier: str | None = None,
    repo: str | None = None,
    progress: Callable[[str], None] = lambda _path: None,
) -> Taken:
    """Keep ``paths`` as they are now, say so on the timeline, and delete backups whose time is over.

    Args:
        paths: files and folders.
        reason: what is about to be changed.
        identifier: the document; the open one, if there is one, where absent.
        repo: as ``--repo``.
        progress: told each path before it is copied.

    Raises:
        NotFoundError, BadInputError, StorageError: nothing was kept, and why.
    """
    if not paths:
        raise BadInputError("name what to keep", hint="runbook backup config/ docker-compose.yml --reason TEXT")
    desk = open_desk(identifier, repo)
    settings = load_settings(desk.place.repository if desk is not None else find_place(repo).repository)
    folder = vault_folder()
    with vault.locked(folder):
        made = taking.take(folder, paths, label(desk, reason), progress=progress)
        pruned = vault.prune(folder, days=settings.backup.keep_days)
    entry = None if desk is None else desk.append("backup", {"text": _sentence(made), "backup": made.id})
    return Taken(made, os.path.join(folder, made.id), entry, made.document, pruned)


def label(desk: Desk | None, reason: str, *, replaces: str = "") -> Backup:
    """A new backup's id, time, reason, and who takes it; what it holds is still to come."""
    from runbook.model.backup import Backup

    return Backup(
        id=new_ulid(),
        at=iso(datetime.now().astimezone()),
        reason=reason if desk is None else desk.door.clean(reason),
        actor=places.actor(git_user="" if desk is None else desk.git_user),
        host=places.host_name(),
        document="" if desk is None else desk.id,
        paths=(),
        replaces=replaces,
    )


def prune_backups(*, repo: str | None = None, days: int | None = None) -> list[Backup]:
    """Delete what is older than the settings' days (or ``days``), but never a path's newest backup."""
    settings = load_settings(find_place(repo).repository)
    folder = vault_folder()
    with vault.locked(folder):
        return vault.prune(folder, days=settings.backup.keep_days if days is None else days)


def backups(paths: Sequence[str] = ()) -> list[Backup]:
    """Every backup, newest first; of ``paths`` only, where some are named."""
    wanted = {os.path.realpath(path) for path in paths}
    return [
        each
        for each in vault.listing(vault_folder())
        if not wanted or any(_touches(path.path, want) for path in each.paths for want in wanted)
    ]


def damage(wanted: Sequence[str] = ()) -> dict[str, list[str]]:
    """The damaged copies of each backup, by id; every backup is read where none is named.

    Raises:
        NotFoundError: there is no such backup.
    """
    folder = vault_folder()
    chosen = [vault.find(folder, each) for each in wanted] if wanted else vault.listing(folder)
    return {each.id: vault.damaged(folder, each) for each in chosen}


def open_desk(identifier: str | None, repo: str | None) -> Desk | None:
    """The document that is meant; None where none is named and none is open."""
    if identifier is not None:
        return open_document(identifier, repo)
    try:
        return open_document(None, repo)
    except NotFoundError:
        return None


def _touches(path: str, wanted: str) -> bool:
    return path == wanted or path.startswith(wanted.rstrip("/") + "/") or wanted.startswith(path.rstrip("/") + "/")


def _sentence(made: Backup) -> str:
    named = ", ".join(path.path for path in made.paths[:4])
    more = f" and {len(made.paths) - 4} more" if len(made.paths) > 4 else ""
    why = f", {made.reason}" if made.reason else ""
    return f"Backup {short_id(made.id)} of {named}{more} ({count_of(made.count, 'file')}, {show_size(made.size)}){why}"
