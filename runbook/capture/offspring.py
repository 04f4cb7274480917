"""Everything that a process has started, for when all of it must end."""

from __future__ import annotations

import subprocess


def offspring(pid: int) -> list[int]:
    """The processes below ``pid``, those nearest to it first; empty where ``ps`` does not say."""
    try:
        done = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=5,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    children: dict[int, list[int]] = {}
    for line in done.stdout.splitlines():
        child, _, parent = line.strip().partition(" ")
        if child.isdigit() and parent.strip().isdigit():
            children.setdefault(int(parent), []).append(int(child))
    found, at = [pid], 0
    while at < len(found):
        found += children.get(found[at], [])
        at += 1
    return found[1:]
