"""A shell command: its exit status and what it prints."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

from runbook.operate.checks import CheckFailedHere, first_line

if TYPE_CHECKING:
    from runbook.model.checks import CommandCheck

_OUTPUT = 1 << 20


def look(check: CommandCheck) -> str:
    """Run it in a group of its own, so that what it started ends with it when its time is over."""
    status, output = output_of(check.command, check.timeout)
    last = first_line("\n".join(reversed(output.splitlines())))
    if status != check.exit:
        raise CheckFailedHere(f"exit {status}, not {check.exit}" + (f": {last}" if last else ""))
    if check.contains and check.contains not in output:
        raise CheckFailedHere(f"{check.contains!r} is not in what it prints: {last}")
    return f"exit {status}" + (f": {last}" if last else "")


def output_of(command: str, limit: float) -> tuple[int, str]:
    """Exit status and output (both streams, the first MiB) of a shell command.

    Raises:
        CheckFailedHere: it did not end in time.
    """
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise CheckFailedHere(f"did not end within {limit:g} s") from None
    status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return status, output[:_OUTPUT].decode("utf-8", "backslashreplace")
