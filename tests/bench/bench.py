"""Whole-process times beside bare Python, as a table of differences and ratios. Run by ``make bench``.

Every command runs in turn with its peer (A B A B …), so that a machine that slows down slows both. The median is what
counts; figures are printed, never judged.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

RUNS = int(os.environ.get("BENCH_RUNS", "40"))
PYTHON = sys.executable
RUNBOOK = str(Path(PYTHON).with_name("runbook"))
ROOT = Path(__file__).resolve().parents[2]


def timed(command: list[str], environment: dict[str, str], text: str = "") -> float:
    """Seconds one run takes, from start to exit."""
    begin = time.perf_counter()
    subprocess.run(command, env=environment, input=text.encode(), stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - begin


def paired(command: list[str], peer: list[str], environment: dict[str, str], text: str = "") -> tuple[float, float]:
    """Median milliseconds of ``command`` and of ``peer``, run alternately."""
    ours, theirs = [], []
    for index in range(RUNS + 2):
        mine, other = timed(command, environment, text), timed(peer, environment)
        if index >= 2:  # the first two warm the caches
            ours.append(mine * 1000)
            theirs.append(other * 1000)
    return statistics.median(ours), statistics.median(theirs)


def first_question(environment: dict[str, str]) -> float:
    """Milliseconds until `runbook resume` shows the interview's first question in a terminal of 80 by 24."""
    times = []
    for _ in range(max(RUNS // 8, 5)):
        begin = time.perf_counter()
        child, descriptor = pty.fork()
        if child == 0:
            os.execve(RUNBOOK, [RUNBOOK, "resume"], {**environment, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"})
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        seen = b""
        while b"(1/" not in seen:
            if time.perf_counter() - begin > 30:
                os.kill(child, 9)
                sys.exit(f"the interview did not come to its first question; it said {seen!r}")
            if not select.select([descriptor], [], [], 1)[0]:
                continue
            try:
                chunk = os.read(descriptor, 4096)
            except OSError:
                break
            if not chunk:
                break
            seen += chunk
            if b"\x1b[6n" in chunk:
                os.write(descriptor, b"\x1b[1;1R")
        times.append((time.perf_counter() - begin) * 1000)
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(descriptor)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    scratch = Path(tempfile.mkdtemp(prefix="runbook-bench-"))
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("RUNBOOK_", "XDG_", "GIT_"))
    }
    environment |= {
        "HOME": str(scratch),
        "XDG_STATE_HOME": str(scratch / "state"),
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment |= {"RUNBOOK_ACTOR": "bench", "XDG_CACHE_HOME": str(scratch / "cache"), "XDG_RUNTIME_DIR": str(scratch)}
    (scratch / ".gitconfig").write_text("[user]\n\tname = Bench\n\temail = bench@example.org\n", encoding="utf-8")
    repository = scratch / "repository"
    subprocess.run(["git", "init", "-q", repository], check=True)
    os.chdir(repository)
    subprocess.run(
        [RUNBOOK, "start", "bench"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    line = "Error: listen EADDRINUSE: address already in use :::4000\n"
    bare = [PYTHON, "-c", "pass"]
    rows = [
        ("runbook --version", [RUNBOOK, "--version"], bare, "python -c pass", "+12 ms", ""),
        ("runbook log x", [RUNBOOK, "log", "x"], bare, "python -c pass", "+20 ms", ""),
        ("runbook run -- true", [RUNBOOK, "run", "--", "true"], bare, "python -c pass", "+30 ms", ""),
        ("runbook scan - (one line)", [RUNBOOK, "scan", "-"], bare, "python -c pass", "+25 ms", line),
        ("runbook status", [RUNBOOK, "status"], bare, "python -c pass", "", ""),
    ]
    print(f"{'command':<28}{'median':>9}  {'peer':<16}{'median':>9}{'differs':>10}{'ratio':>8}   aim")
    for name, command, peer, peer_name, aim, text in rows:
        ours, theirs = paired(command, peer, environment, text)
        differs = f"{ours - theirs:>+7.1f} ms{ours / theirs:>8.2f}   {aim}"
        print(f"{name:<28}{ours:>6.1f} ms  {peer_name:<16}{theirs:>6.1f} ms{differs}")
    shown = first_question(environment)
    print(f"{'first question':<28}{shown:>6.1f} ms  {'':<16}{'':>9}{'':>10}{'':>8}   250 ms")
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
