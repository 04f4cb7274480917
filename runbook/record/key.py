"""The key that lets equal secrets be known as equal without keeping them. It never leaves the state folder."""

from __future__ import annotations

import os

from runbook.record.places import state_root

_SIZE = 32


def redaction_key() -> bytes:
    """The per-user key, made on first use (mode 0600). Exactly one of several first users wins.

    Where it can be neither read nor kept (a full disk, no permission), it is a key for this caller alone: secrets are
    taken out all the same, only equal ones are not known as equal afterwards.
    """
    try:
        return _kept_key(os.path.join(state_root(), "redaction.key"))
    except OSError:
        return os.urandom(_SIZE)


def _kept_key(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            key = file.read()
    except FileNotFoundError:
        key = b""
    if len(key) == _SIZE:
        return key
    os.makedirs(state_root(), mode=0o700, exist_ok=True)
    trial = f"{path}.{os.urandom(4).hex()}"
    descriptor = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            os.write(descriptor, os.urandom(_SIZE))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.link(trial, path)
    except FileExistsError:
        pass  # somebody was first, and theirs is read below
    finally:
        os.unlink(trial)
    with open(path, "rb") as file:
        return file.read()
