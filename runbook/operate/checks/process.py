"""Processes, by name or by a part of their command line."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from runbook.operate.checks import CheckFailedHere

if TYPE_CHECKING:
    from runbook.model.checks import ProcessCheck


def look(check: ProcessCheck) -> str:
    """Count those that match, without ourselves and without who started us."""
    found = sum(_is(check.process, line) for line in _lines(check))
    if check.at_least == 0 and found:
        raise CheckFailedHere(f"{found} running, none should")
    if found < check.at_least:
        raise CheckFailedHere("not running" if not found else f"{found} running, at least {check.at_least} wanted")
    return f"{found} running" if found else "not running, as it should be"


def _is(wanted: str, line: str) -> bool:
    """``nginx`` is a program (``/usr/sbin/nginx``, ``nginx: worker``) or a script (``python3 app.py``), no text."""
    if "/" in wanted or " " in wanted:
        return wanted in line
    words = [word for word in line.split()[:4] if not word.startswith("-")]
    return wanted in {os.path.basename(word).rstrip(":") for word in words}


def _lines(check: ProcessCheck) -> list[str]:
    """The command line of every other process. ``ps`` is the one way that Linux and macOS share."""
    try:
        done = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,args="],
            capture_output=True,
            text=True,
            errors="backslashreplace",
            check=False,
            timeout=check.timeout,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        return _from_proc()
    except subprocess.TimeoutExpired:
        raise CheckFailedHere(f"ps gave no answer within {check.timeout:g} s") from None
    rows = [line.split(None, 2) for line in done.stdout.splitlines()]
    return _others([(int(row[0]), int(row[1]), row[2]) for row in rows if len(row) == 3])


def _from_proc() -> list[str]:
    """As ``ps``, for the images that have none."""
    rows = []
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                line = file.read().replace(b"\0", b" ").decode("utf-8", "backslashreplace").strip()
            with open(f"/proc/{name}/stat", "rb") as file:
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        rows.append((int(name), parent, line))
    return _others(rows)


def _others(rows: list[tuple[int, int, str]]) -> list[str]:
    """Without this process, what it started, and those above it: their command lines name what is looked for."""
    parents = {pid: parent for pid, parent, _line in rows}
    above = {os.getpid()}
    current = os.getpid()
    while (current := parents.get(current, 0)) > 1:
        above.add(current)
    return [line for pid, parent, line in rows if pid not in above and parent != os.getpid()]
