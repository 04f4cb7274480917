"""Recorded shells: each has a folder in the runtime folder, locked while its recorder lives.

``<runtime folder>/shell/<ulid>/`` holds the shell's own files (``rc/``), a file for each command that ended and is not
on record yet (see :mod:`runbook.record.hookspool`), the recording so far (``session.cast``), and ``session.json`` with
the document it belongs to. A folder that can be locked is what a killed recorder left.

Hot path: standard library only.
"""

from __future__ import annotations

import fcntl
import json
import os

from runbook.model.wire import new_ulid
from runbook.record.places import runtime_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TextIO

_CARD = "session.json"
_CAST = "session.cast"


class RecordedShell:
    """The folder of one recorded shell, locked as long as this lives.

    Attributes:
        identifier: of the session; the recording becomes evidence under it.
        folder: its folder.
        card: ``id`` and ``folder`` of the document.
    """

    __slots__ = ("_descriptor", "card", "folder", "identifier")

    def __init__(self, folder: str, descriptor: int, card: Mapping[str, str]) -> None:
        self.folder = folder
        self.identifier = os.path.basename(folder)
        self.card = card
        self._descriptor = descriptor

    def open_cast(self) -> TextIO:
        """Where the recording is written."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(os.path.join(self.folder, _CAST), flags, 0o600)
        return open(descriptor, "w", encoding="utf-8", errors="backslashreplace")

    def read_cast(self) -> str:
        """The recording so far; whole lines only."""
        try:
            with open(os.path.join(self.folder, _CAST), encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError:
            return ""
        return text[: text.rfind("\n") + 1]

    def remove(self) -> None:
        """Everything in it is on record."""
        import shutil  # noqa: PLC0415  not on the hot path

        shutil.rmtree(self.folder, ignore_errors=True)
        self.close()

    def close(self) -> None:
        """Leave it, and its lock, to others."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def begin(card: Mapping[str, str]) -> RecordedShell:
    """Make the folder of a new recorded shell.

    Args:
        card: see :class:`RecordedShell`.

    Raises:
        OSError: it cannot be made.
    """
    folder = os.path.join(_root(), new_ulid())
    for parent in (os.path.dirname(_root()), _root()):
        os.makedirs(parent, mode=0o700, exist_ok=True)
    os.mkdir(folder, 0o700)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    session = RecordedShell(folder, descriptor, card)
    _write(os.path.join(folder, _CARD), json.dumps(dict(card)))
    return session


def add_files(session: RecordedShell, files: Mapping[str, str]) -> None:
    """Put the shell's own files into ``rc/``."""
    os.makedirs(os.path.join(session.folder, "rc"), mode=0o700, exist_ok=True)
    for name, text in files.items():
        _write(os.path.join(session.folder, "rc", name), text)


def abandoned() -> Iterator[RecordedShell]:
    """What killed recorders left, each locked. Costs next to nothing where there is none."""
    try:
        names = sorted(os.listdir(_root()))
    except OSError:
        return
    for name in names:
        folder = os.path.join(_root(), name)
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with open(os.path.join(folder, _CARD), encoding="utf-8") as file:
                card = json.load(file)
            if os.fstat(descriptor).st_uid != os.geteuid() or not isinstance(card, dict):
                raise ValueError("not ours")
        except (OSError, ValueError):
            os.close(descriptor)  # it is being recorded, or is none
            continue
        yield RecordedShell(folder, descriptor, card)


def _root() -> str:
    return os.path.join(runtime_root(), "shell")


def _write(path: str, text: str) -> None:
    with open(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
