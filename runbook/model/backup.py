"""What a backup holds: the manifest beside the copied files, ``manifest.json``, as frozen values."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

MANIFEST_VERSION = 1

FileKind = Literal["file", "sqlite", "link", "folder"]


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file, link or folder of a backed up path.

    Attributes:
        name: below the path, with ``/``; empty where the path itself is the file.
        kind: ``sqlite`` is a database that was copied through its own backup call.
        mode: permission bits.
        uid, gid: its owner, given back where the process may.
        mtime_ns: when it was last changed.
        size: bytes of the copy.
        sha256: of the copy; empty for links and folders.
        target: where a link points.
        note: what somebody who relies on the copy must know, such as that the file changed while it was copied.
    """

    name: str
    kind: FileKind
    mode: int
    uid: int
    gid: int
    mtime_ns: int
    size: int = 0
    sha256: str = ""
    target: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeptPath:
    """One path somebody asked to keep.

    Attributes:
        path: absolute, links resolved.
        files: what lies there, a folder before what is in it. Empty: nothing was there.
        skipped: sockets, pipes and devices below it; they hold nothing that could be copied.
    """

    path: str
    files: tuple[KeptFile, ...]
    skipped: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all copies."""
        return sum(file.size for file in self.files)

    @property
    def is_folder(self) -> bool:
        """Whether the path is a folder."""
        return bool(self.files) and self.files[0].kind == "folder"


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup, complete.

    Attributes:
        id: a ULID; it is also the folder's name.
        at: when it was taken, ISO 8601 with offset.
        reason: why, in the person's words.
        actor, host: who took it, where.
        document: the incident or deployment that was open, or nothing.
        paths: what it holds.
        replaces: the backup whose rollback replaced this state; such a backup is what undoes a rollback.
    """

    id: str
    at: str
    reason: str
    actor: str
    host: str
    document: str
    paths: tuple[KeptPath, ...]
    replaces: str = ""

    @property
    def size(self) -> int:
        """Bytes of all copies."""
        return sum(path.size for path in self.paths)

    @property
    def count(self) -> int:
        """Files it holds, folders not counted."""
        return sum(file.kind != "folder" for path in self.paths for file in path.files)

    def to_json(self) -> dict[str, Any]:
        """The manifest as JSON; :meth:`from_json` reads it back."""
        return {"v": MANIFEST_VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, text: str) -> Backup:
        """Read a manifest.

        Raises:
            ValueError: it is none, or of a newer version.
        """
        raw = json.loads(text)
        if not isinstance(raw, dict) or raw.pop("v", None) != MANIFEST_VERSION:
            raise ValueError("not a manifest this version can read")
        try:
            paths = tuple(
                KeptPath(each["path"], tuple(KeptFile(**file) for file in each["files"]), tuple(each["skipped"]))
                for each in raw.pop("paths")
            )
            return cls(paths=paths, **raw)
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a manifest: {error}") from None
