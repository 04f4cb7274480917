"""Writing so that it is there after a power cut: the file, and the name in its folder."""

from __future__ import annotations

import os


def write(path: str, content: bytes) -> None:
    """Write a file for the owner's eyes only and make it durable."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def replace(path: str, content: bytes) -> None:
    """Put ``content`` at ``path``: after a crash there is the old file or the new one."""
    write(f"{path}.new", content)
    os.replace(f"{path}.new", path)
    sync(os.path.dirname(path))


def sync(path: str) -> None:
    """Make a file, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
