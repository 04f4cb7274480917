"""Files: there or not, whose, with which access, holding what."""

from __future__ import annotations

import os
import pwd
import stat
from typing import TYPE_CHECKING

from runbook.operate.checks import CheckFailedHere

if TYPE_CHECKING:
    from runbook.model.checks import FileCheck


def look(check: FileCheck) -> str:
    """Look at the file."""
    path = os.path.expanduser(check.file)
    try:
        state = os.stat(path)
    except FileNotFoundError:
        if check.absent:
            return "not there, as it should be"
        raise CheckFailedHere("not there") from None
    except OSError as error:
        raise CheckFailedHere((error.strerror or str(error)).lower()) from None
    if check.absent:
        raise CheckFailedHere("there, and should not be")
    mode = stat.S_IMODE(state.st_mode)
    if check.mode and mode != int(check.mode, 8):
        raise CheckFailedHere(f"mode {mode:04o}, not {int(check.mode, 8):04o}")
    if check.owner and check.owner not in (owner := _owner(state.st_uid), str(state.st_uid)):
        raise CheckFailedHere(f"owned by {owner}, not {check.owner}")
    if check.contains and not _contains(path, check.contains):
        raise CheckFailedHere(f"{check.contains!r} is not in it")
    return "there" if stat.S_ISDIR(state.st_mode) else f"there, {state.st_size:,} bytes"


def _owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _contains(path: str, text: str) -> bool:
    wanted = text.encode()
    try:
        with open(path, "rb") as file:
            kept = b""
            while chunk := file.read(1 << 20):
                if wanted in kept + chunk:
                    return True
                kept = chunk[-len(wanted) :]
    except OSError as error:
        raise CheckFailedHere(f"cannot be read: {(error.strerror or str(error)).lower()}") from None
    return False
