"""Turns: what one process of a machine does at a time, while the others wait."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from runbook.record.journal import storage_error

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def turn(path: str) -> Iterator[None]:
    """Have a turn, named by a lock file that is made with its folder; waits for whoever has it.

    A process that dies gives it back. The file stays: taking it away would let two have it.

    Raises:
        StorageError: the file cannot be made.
    """
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise storage_error(error, path) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
