"""What could not be put on record at once, and how it gets there later.

Entries are kept in memory-backed folders while the disk is full or read-only, and a command whose recorder was killed
has left a spool. Every ``log`` and ``run`` begins with :func:`catch_up`.

Hot path: standard library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat

from runbook.errors import RunbookError
from runbook.model.wire import Entry, new_ulid
from runbook.record.places import runtime_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runbook.flow.desk import Desk

_FOLDER = "unrecorded"
_SHARED_MEMORY = "/dev/shm"  # noqa: S108  only below a folder that belongs to us alone


def keep(desk: Desk, entry: Entry, texts: dict[str, str]) -> str:
    """Keep an entry, and the evidence it names, where the state folder cannot take them.

    Args:
        desk: the document they belong to.
        entry: clean, ready for its journal.
        texts: redacted evidence by path below the document's folder.

    Returns:
        The file that holds them, mode 0600.

    Raises:
        OSError: nowhere could it be kept.
    """
    content = json.dumps(
        {
            "v": 1,
            "document": desk.id,
            "repository": desk.place.repository,
            "entry": entry.to_line().decode("utf-8", "replace"),
            "texts": texts,
        },
        ensure_ascii=False,
    ).encode("utf-8", "backslashreplace")
    failure = OSError("there is no folder in memory")
    for folder in _folders():
        path = os.path.join(folder, f"{entry.id}.json")
        try:
            _make_private(folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
            with open(os.open(f"{path}.tmp", flags, 0o600), "wb") as file:
                file.write(content)
            os.replace(f"{path}.tmp", path)
        except OSError as error:
            failure = error
            with contextlib.suppress(OSError):
                os.unlink(f"{path}.tmp")
        else:
            return path
    raise failure


def catch_up(desk: Desk) -> list[str]:
    """Put on record what could not be recorded before. Costs next to nothing where there is nothing.

    Returns:
        What a person should know, a sentence each.
    """
    notices = replay_unrecorded(desk)
    try:
        if "running" in os.listdir(desk.folder):
            notices += _recover(desk)
    except OSError:
        pass
    return notices


def replay_unrecorded(desk: Desk) -> list[str]:
    """Write entries that were kept by :func:`keep`, those of other documents too; what still fails stays kept."""
    notices = []
    for folder in _folders():
        try:
            if not _is_private(folder):
                continue
            names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
        except OSError:
            continue
        for name in names:
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RunbookError):
                notices.append(_replay(desk, path))
                os.unlink(path)
    return notices


def _replay(desk: Desk, path: str) -> str:
    from runbook.record import evidence

    with open(path, encoding="utf-8") as file:
        kept = json.load(file)
    if kept["document"] != desk.id:
        from runbook.flow.desk import find_document

        desk = find_document(kept["document"], kept["repository"])
    entry = Entry.from_line(kept["entry"].encode())
    for place, text in kept["texts"].items():
        if not evidence.is_evidence_path(place):
            raise ValueError(place)
        evidence.store(desk.folder, place, text)
    desk.write(entry)
    return f"{desk.id}: recorded now what could not be recorded at {entry.at[11:16]}"


def _recover(desk: Desk) -> list[str]:
    """Put commands on record whose recorder was killed: how they ended is not known, what they printed is."""
    from runbook.record import evidence

    notices = []
    for leftover in evidence.leftovers(desk.folder):
        header = leftover.header
        if header.get("command") and header.get("at"):
            try:
                outputs = [_store(desk, header["command"], name, text) for name, text in leftover.outputs.items()]
                entry = Entry(
                    id=leftover.identifier,
                    at=header["at"],
                    recorded_at=desk.now().isoformat(timespec="milliseconds"),
                    kind="command",
                    actor=header.get("actor", ""),
                    source="run",
                    data={
                        **{name: header[name] for name in ("command", "argv", "cwd", "host") if name in header},
                        "recovered": True,
                        "outputs": outputs,
                    },
                )
                desk.write(entry)
            except (OSError, RunbookError):
                continue
            notices.append(
                f"{desk.id}: the recorder of `{header['command']}` ({header['at'][11:16]}) was killed; "
                "what the command had printed is on record"
            )
        leftover.remove()
    return notices


def _store(desk: Desk, command: str, stream: str, text: str) -> dict[str, Any]:
    from runbook.record import evidence

    identifier = new_ulid()
    path = evidence.evidence_path(identifier, f"{command[:50]} {stream}")
    evidence.store(desk.folder, path, text)
    return {
        "evidence": identifier,
        "stream": stream,
        "path": path,
        "bytes": len(text.encode()),
        "omitted": 0,
        "sha256": evidence.digest(text),
    }


def _folders() -> list[str]:
    folders = [os.path.join(runtime_root(), _FOLDER)]
    if os.path.isdir(_SHARED_MEMORY):
        folders.append(os.path.join(_SHARED_MEMORY, f"runbook-{os.getuid()}", _FOLDER))
    return folders


def _make_private(folder: str) -> None:
    os.makedirs(os.path.dirname(folder), mode=0o700, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    if not _is_private(folder):
        raise PermissionError(f"{folder} belongs to somebody else")


def _is_private(folder: str) -> bool:
    """Whether the folder and the one above it are ours alone: others could plant or read entries otherwise."""
    for path in (os.path.dirname(folder), folder):
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            return False
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            return False
    return True
