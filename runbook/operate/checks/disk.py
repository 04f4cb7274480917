"""Room on a disk: bytes and, because a disk can be full without them, inodes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runbook.operate.checks import CheckFailedHere

if TYPE_CHECKING:
    from runbook.model.checks import DiskCheck

_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_INODES = 1.0
"""Percent of inodes under which nothing can be made any more, soon."""


def look(check: DiskCheck) -> str:
    """Hold what is free (for somebody who is not root) against what should be."""
    try:
        state = os.statvfs(os.path.expanduser(check.disk))
    except OSError as error:
        raise CheckFailedHere((error.strerror or str(error)).lower()) from None
    free, whole = state.f_bavail * state.f_frsize, state.f_blocks * state.f_frsize
    percent = 100 * free / whole if whole else 100.0
    said = f"{free / 1e9:.1f} GB free ({percent:.0f}%)"
    number, unit = check.free.rstrip("%kMGTB ").strip(), check.free.lstrip("0123456789. ")
    if percent < float(number) if unit == "%" else free < float(number) * _UNITS[unit]:
        raise CheckFailedHere(f"{said}, at least {check.free} wanted")
    if state.f_files and 100 * state.f_favail / state.f_files < _INODES:
        raise CheckFailedHere(f"{said}, but only {state.f_favail:,} of {state.f_files:,} inodes are")
    return said
