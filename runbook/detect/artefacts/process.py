"""Linters that are programs of their own: fixed arguments, the text on standard input, a bound on time and output."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from runbook.detect.artefacts.artefact import DetectorMissingError

TIMEOUT = 30.0
"""Seconds. A linter that takes longer than this on a megabyte hangs."""

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "SYSTEMROOT")


def find_program(name: str) -> str:
    """The program's path: the one installed beside this Python, else the one on PATH.

    Raises:
        DetectorMissingError: there is none.
    """
    beside = os.path.join(os.path.dirname(sys.executable), name)
    found = beside if os.access(beside, os.X_OK) else shutil.which(name)
    if found is None:
        raise DetectorMissingError(f"the program {name} is not installed")
    return found


def run_linter(program: str, arguments: list[str], text: str, *, timeout: float = TIMEOUT) -> str:
    """What a linter prints about ``text``. Its exit status is not looked at: it says only whether there is something.

    Args:
        program: its name.
        arguments: fixed ones, never from what is scanned.
        text: goes to its standard input.
        timeout: seconds.

    Returns:
        Its standard output, decoded.

    Raises:
        DetectorMissingError: it is not installed, does not start, or does not end.
    """
    path = find_program(program)
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        done = subprocess.run(
            [path, *arguments],
            input=text.encode("utf-8", "backslashreplace"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DetectorMissingError(f"{program} did not end within {timeout:.0f} s") from None
    except OSError as error:
        raise DetectorMissingError(f"{program} does not start: {error.strerror}") from None
    return done.stdout.decode("utf-8", "backslashreplace")
