"""The spool of the shell hook: one small file for each command that somebody's own shell ran.

The hook (``runbook/capture/hooks/``) is pure shell and can neither redact nor lock nor fsync, so it leaves what it saw
in ``<runtime folder>/hook/``, a folder of mode 0700, and the next ``runbook`` process takes it from there. One file a
command: nothing is ever appended to, so there is no moment at which a reader could miss a writer.

A file holds fields that end with NUL: format ``1``, the pointer's content, ``RUNBOOK_INCIDENT``, folder, start, end,
exit status, the command as the shell's history prints it; and last ``end`` with a newline, without which the file is
not complete yet. Start and end are microseconds since 1970; fish has no clock of its own and gives an end of ``0``, the
file's own time, and as its start how many milliseconds before that it was.

Hot path: standard library only. Nothing here redacts.
"""

from __future__ import annotations

import binascii
import os
import re
import stat

from runbook.model.wire import ulid_of
from runbook.record.places import host_name, runtime_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMAT = b"1"
_END = b"end\n"
_FIELDS = 7  # before the command
_NAME = re.compile(r"^(?:\d+-)?(\d+)-(\d+)\.(bash|zsh|fish)$")
_NUMBERED = re.compile(rb"^(?: *\d+[* ] |\t[ *]?)")
_LARGEST = 16 * 1024 * 1024  # bytes; a longer "command" is none
_ABANDONED = 600.0  # seconds after which a file without an end will never get one
_LATEST = 4102444800 * 1000000  # the year 2100


class Spooled:
    """One command, as the hook saw it. Nothing in it is redacted.

    Attributes:
        path: its file.
        identifier: a ULID made from what is in the file and its name, so that reading it twice gives the same entry.
        pointer: what the pointer to the current document held, JSON.
        incident: ``RUNBOOK_INCIDENT`` in that shell.
        shell: ``bash``, ``zsh`` or ``fish``.
        command, cwd: as bytes; a shell knows no encoding.
        start: microseconds since 1970.
        duration: seconds.
        exit_status: as the shell reports it.
    """

    __slots__ = (
        "command",
        "cwd",
        "duration",
        "exit_status",
        "identifier",
        "incident",
        "path",
        "pointer",
        "shell",
        "start",
    )

    def __init__(self, path: str, shell: str, fields: list[bytes], command: bytes, modified_ns: int) -> None:
        self.path = path
        self.shell = shell
        self.command = command
        self.pointer = fields[1]
        self.incident = fields[2].decode("utf-8", "replace")
        self.cwd = fields[3]
        start, end = int(fields[4]), int(fields[5])
        if end == 0:
            end = modified_ns // 1000
            start = end - start * 1000
        if not 0 <= start <= end <= _LATEST:
            raise ValueError("a clock that cannot be")
        self.start = start
        self.duration = (end - start) / 1e6
        self.exit_status = int(fields[6])
        name = os.path.basename(path)
        noise = binascii.crc32(name.encode()) << 32 | binascii.crc32(command, binascii.crc32(host_name().encode()))
        self.identifier = ulid_of(start // 1000, (start % 1000) << 64 | noise)


def hook_folder() -> str:
    """Where hooks leave what they saw."""
    return os.path.join(runtime_root(), "hook")


def make_folder() -> str:
    """Make it, ours alone.

    Raises:
        OSError: it cannot be made, or belongs to somebody else.
    """
    folder = hook_folder()
    os.makedirs(os.path.dirname(folder), mode=0o700, exist_ok=True)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    if not _is_ours(folder):
        raise PermissionError(f"{folder} is not yours alone")
    return folder


def tidy() -> None:
    """Remove what shells that are gone by now kept beside their spool."""
    folder = hook_folder()
    for name in os.listdir(folder):
        stem, _, pid = name.rpartition("-")
        if stem == ".trap" and pid.isdigit() and not os.path.isdir(f"/proc/{pid}"):
            remove(os.path.join(folder, name))


def waiting(folder: str = "") -> list[str]:
    """The names of files that wait in ``folder``, or in :func:`hook_folder`. Costs next to nothing if none does."""
    try:
        names = os.listdir(folder or hook_folder())
    except OSError:
        return []
    return sorted(name for name in names if _NAME.match(name))


def read(names: list[str], folder: str = "") -> Iterator[Spooled]:
    """The commands in the files of these names; what is none, or is not complete, is left out.

    A file that never was completed (its shell was killed while it wrote) is removed once it is old.
    """
    folder = folder or hook_folder()
    if not _is_ours(folder):
        return
    for name in names:
        path = os.path.join(folder, name)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue  # somebody else has put it on record by now
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
                continue
            content = file.read()
        spooled = _parse(path, name, content, found.st_mtime_ns)
        if spooled is not None:
            yield spooled
        elif _age(found.st_mtime) > _ABANDONED:
            remove(path)


def _parse(path: str, name: str, content: bytes, modified_ns: int) -> Spooled | None:
    parts = content.rstrip(b"\0").split(b"\0")
    match = _NAME.match(name)
    if match is None or len(parts) < _FIELDS + 2 or parts[0] != _FORMAT or parts[-1] != _END:
        return None
    command = b"\0".join(parts[_FIELDS:-1])
    if match[3] == "bash":
        command = _NUMBERED.sub(b"", command, count=1)
    try:
        return Spooled(path, match[3], parts, command.rstrip(b"\n"), modified_ns)
    except ValueError:
        return None


def remove(path: str) -> None:
    """It is on record."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def _age(modified: float) -> float:
    import time  # noqa: PLC0415  only where a file is damaged

    return time.time() - modified


def _is_ours(folder: str) -> bool:
    """Whether nobody else could have put a file there."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022
