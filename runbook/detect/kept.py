"""What was compiled once and is kept in the user's cache: read only if it is ours and whole, so that it can be trusted.

Unmarshalling, and loading an automaton, are safe only for what we wrote ourselves: a file must belong to this user, be
writable by nobody else and carry its own checksum. That something cannot be kept costs the next start a second and is
no reason to fail.
"""

from __future__ import annotations

import os
import zlib

_CHECKSUM = 4  # bytes, behind the magic


def read_kept(path: str, magic: bytes) -> memoryview | None:
    """What :func:`write_kept` wrote into ``path`` under this magic; None if it is not there, not ours or not whole."""
    try:
        with open(path, "rb", buffering=0) as file:
            stat = os.fstat(file.fileno())
            if stat.st_uid != os.geteuid() or stat.st_mode & 0o022:
                return None
            raw = memoryview(file.read())
    except OSError:
        return None
    head = len(magic) + _CHECKSUM
    whole = raw[: len(magic)] == magic and int.from_bytes(raw[len(magic) : head], "big") == zlib.crc32(raw[head:])
    return raw[head:] if whole else None


def write_kept(path: str, magic: bytes, payload: bytes, *, newest: int) -> None:
    """Put ``payload`` into ``path``, whose folder exists, at once and as a whole.

    Args:
        path: its name up to the first hyphen is what files of its sort have in common.
        magic: says what it is, and in what form.
        payload: what :func:`read_kept` will return.
        newest: files of its sort to keep; each version and each change of a team's signatures makes another.
    """
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(magic + zlib.crc32(payload).to_bytes(_CHECKSUM, "big"))
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
        _forget_old(path, newest)
    except OSError:
        return


def _forget_old(path: str, newest: int) -> None:
    folder, name = os.path.split(path)
    sort = name.partition("-")[0] + "-"
    with os.scandir(folder) as entries:
        kept = [(entry.stat().st_mtime_ns, entry.path) for entry in entries if entry.name.startswith(sort)]
    for _time, old in sorted(kept)[:-newest]:
        os.unlink(old)
