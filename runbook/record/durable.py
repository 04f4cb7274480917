"""Files that survive a crash: the old content or the new, never a mixture. Standard library only."""

from __future__ import annotations

import contextlib
import os


def replace_file(path: str, content: bytes, *, mode: int) -> None:
    """Put ``content`` at ``path``, in a folder that exists.

    Raises:
        OSError: the disk refused; the old file is as it was.
    """
    folder, name = os.path.split(path)
    trial = os.path.join(folder, f".{name}.{os.urandom(4).hex()}.tmp")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(trial, flags, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(trial, path)
        sync_folder(folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(trial)
        raise


def sync_folder(folder: str) -> None:
    """Make the names of files in ``folder`` durable."""
    descriptor = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
