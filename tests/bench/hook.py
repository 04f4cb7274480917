"""What recording costs, as ratios. Run by ``make bench`` (fewer prompts) and ``make bench-hook``.

The hook: the time from Enter to the next prompt of an interactive shell on a pseudo-terminal, with the hook and an
incident open, with the hook and none open, and without the hook, in turn. The recorders: how fast ``cat`` of a big file
runs through ``runbook shell`` and ``runbook run`` beside ``script -qc``, on a terminal and through a pipe. Imports:
events of Docker and of a plain log beside bare Python that only parses them. Figures are printed, never judged.
"""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROMPTS = int(os.environ.get("BENCH_PROMPTS", "200"))
MEGABYTES = int(os.environ.get("BENCH_MEGABYTES", "50"))
EVENTS = int(os.environ.get("BENCH_EVENTS", "20000"))
TURNS = 3
RUNBOOK = str(Path(sys.executable).with_name("runbook"))
END = b"<ready>"
PROMPT = {
    "bash": "PS1='<ready>'; HISTCONTROL=ignoreboth",
    "zsh": "PS1='<ready>'; unsetopt prompt_sp",
    "fish": "function fish_prompt; echo -n '<ready>'; end; set -g fish_greeting; function fish_title; end",
}


class Shell:
    """A program on a pseudo-terminal that says ``<ready>`` when it waits for a line."""

    def __init__(self, argv: list[str], environment: dict[str, str]) -> None:
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, environment)
        self.wait()

    def wait(self) -> int:
        """Reads until the prompt; returns how many bytes came."""
        count, tail = 0, b""
        end = time.monotonic() + 300
        while END not in tail:
            if time.monotonic() > end or not select.select([self.descriptor], [], [], 300)[0]:
                sys.exit(f"no prompt came; the last was {tail!r}")
            data = os.read(self.descriptor, 1 << 16)
            count += len(data)
            tail = tail[-len(END) :] + data
        return count

    def line(self, text: str) -> float:
        """Seconds from Enter to the next prompt."""
        while select.select([self.descriptor], [], [], 0.002)[0]:
            os.read(self.descriptor, 1 << 16)
        os.write(self.descriptor, text.encode())
        time.sleep(0.001)
        while select.select([self.descriptor], [], [], 0.005)[0]:
            os.read(self.descriptor, 1 << 16)
        begin = time.perf_counter()
        os.write(self.descriptor, b"\r")
        self.wait()
        return time.perf_counter() - begin

    def close(self) -> None:
        """Ends it."""
        with contextlib.suppress(OSError):
            os.close(self.descriptor)
        with contextlib.suppress(OSError):
            os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def argv_of(name: str, folder: Path, *, hook: bool) -> list[str]:
    """How the shell is started, with nothing but a prompt and, if asked for, the hook."""
    folder.mkdir(parents=True)
    load = subprocess.run([RUNBOOK, "hook", name], capture_output=True, text=True, check=True).stdout if hook else ""
    rc = folder / (".zshrc" if name == "zsh" else "rc")
    rc.write_text(f"{PROMPT[name]}\n{load}", encoding="utf-8")
    if name == "bash":
        return ["bash", "--noprofile", "--rcfile", str(rc), "-i"]
    return (
        ["env", f"ZDOTDIR={folder}", "zsh", "-d", "-i"] if name == "zsh" else ["fish", "-N", "-C", f"source {rc}", "-i"]
    )


def prompts(name: str, home: Path, environment: dict[str, str]) -> dict[str, float]:
    """Median milliseconds a prompt: bare, with the hook and nothing open, with the hook and an incident open."""
    state = {"bare": environment, "hook, none open": {**environment, "XDG_STATE_HOME": str(home / "empty")}}
    state["hook, incident open"] = environment
    shells = {
        label: Shell(argv_of(name, home / f"{name}-{number}", hook=label != "bare"), each)
        for number, (label, each) in enumerate(state.items())
    }
    times: dict[str, list[float]] = {label: [] for label in shells}
    for turn in range(PROMPTS + 5):
        for label, shell in shells.items():
            took = shell.line(f": {turn}") * 1000
            if turn >= 5:
                times[label].append(took)
    for shell in shells.values():
        shell.close()
    return {label: statistics.median(each) for label, each in times.items()}


def big_file(home: Path) -> Path:
    """A healthy log of so many megabytes."""
    big = home / "big"
    line = b"2026-02-11T09:02:17Z INFO shop.orders request handled in 12 ms id=%08d\n"
    with big.open("wb") as file:
        for number in range(MEGABYTES * 1024 * 1024 // len(line % 0)):
            file.write(line % number)
    return big


def throughput(home: Path, big: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Megabytes a second of ``cat`` through ``runbook shell`` and through ``script``."""
    megabytes = big.stat().st_size / 1024 / 1024
    folder = home / "plain"
    bash = argv_of("bash", folder, hook=False)
    (home / ".bashrc").write_text(PROMPT["bash"], encoding="utf-8")
    speeds = []
    for argv in ([RUNBOOK, "shell", "bash"], ["script", "-q", "-c", " ".join(bash), str(home / "typescript")]):
        shell = Shell(argv, environment)
        best = 0.0
        for _ in range(3):
            best = max(best, megabytes / shell.line(f"cat {big}"))
        speeds.append(best)
        shell.close()
    return speeds[0], speeds[1]


def on_terminal(argv: list[str], environment: dict[str, str]) -> float:
    """Seconds until a program on a pseudo-terminal has printed everything."""
    begin = time.perf_counter()
    pid, descriptor = pty.fork()
    if pid == 0:
        os.execvpe(argv[0], argv, environment)
    with contextlib.suppress(OSError):  # EIO is the end of a terminal
        while os.read(descriptor, 1 << 16):
            pass
    os.close(descriptor)
    os.waitpid(pid, 0)
    return time.perf_counter() - begin


def through_pipe(argv: list[str], environment: dict[str, str]) -> float:
    """Seconds of a program whose output goes through a pipe into nothing."""
    begin = time.perf_counter()
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        while os.read(process.stdout.fileno(), 1 << 16):
            pass
    if process.returncode:
        sys.exit(f"{argv} ended with {process.returncode}")
    return time.perf_counter() - begin


def recorder(home: Path, big: Path, environment: dict[str, str]) -> None:
    """Print how ``runbook run -- cat FILE`` does beside ``script``, and beside a pipe that is kept by ``tee``."""
    megabytes = big.stat().st_size / 1024 / 1024
    ours = [RUNBOOK, "run", "--", "cat", str(big)]
    script = ["script", "-q", "-c", f"cat {big}", str(home / "typescript")]
    tee = ["sh", "-c", f"cat {big} | tee {home / 'copy'}"]
    for label, measure, peer, name in (
        ("terminal", on_terminal, script, "script -c"),
        ("pipe", through_pipe, tee, "| tee"),
    ):
        mine, other = [], []
        for _ in range(TURNS):
            mine.append(megabytes / measure(ours, environment))
            other.append(megabytes / measure(peer, environment))
        best = f"{max(mine):.0f} MB/s, {name} {max(other):.0f} MB/s, ratio {max(mine) / max(other):.2f}"
        print(f"cat of {MEGABYTES} MB, {label}: runbook run {best}")


JSON_READER = "import json,sys\nfor line in open(sys.argv[1]): json.loads(line)"
TEXT_READER = (
    "import datetime,sys\nfor line in open(sys.argv[1]): datetime.datetime.fromisoformat(line.partition(' ')[0])"
)


def imports(home: Path, environment: dict[str, str]) -> None:
    """Print how many events a second an import reads beside bare Python that only parses them."""
    docker, log = home / "events.json", home / "app.log"
    with docker.open("w") as events, log.open("w") as lines:
        for number in range(EVENTS):
            attributes = {"name": f"web-{number % 7}", "image": "shop/web:1.4.2"}
            actor = {"ID": f"{number:064x}", "Attributes": attributes}
            moment = 1770800521 + number
            event = {"Type": "container", "Action": "start", "Actor": actor, "time": moment, "timeNano": moment * 10**9}
            events.write(json.dumps(event) + "\n")
            lines.write(f"2026-02-11T09:{number // 60 % 60:02d}:{number % 60:02d}Z INFO orders handled, id={number}\n")
    for name, path, reader in (("docker", docker, JSON_READER), ("log", log, TEXT_READER)):
        ours = [RUNBOOK, "import", name, str(path), "--all", "--max", str(EVENTS), "--dry-run"]
        mine = min(through_pipe(ours, environment) for _ in range(TURNS))
        other = min(through_pipe([sys.executable, "-c", reader, str(path)], environment) for _ in range(TURNS))
        rates = f"{EVENTS / mine:,.0f} events/s, bare Python {EVENTS / other:,.0f} events/s, ratio {other / mine:.2f}"
        print(f"import {name}, {EVENTS:,} events: {rates}")


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        environment = {
            **os.environ,
            "HOME": name,
            "XDG_STATE_HOME": f"{name}/state",
            "XDG_RUNTIME_DIR": f"{name}/run",
            "XDG_CACHE_HOME": f"{name}/cache",
            "TERM": "dumb",
            "LANG": "C.UTF-8",
        }
        (home / "run").mkdir(mode=0o700)
        os.environ.update(environment)
        subprocess.run([RUNBOOK, "start", "bench"], capture_output=True, check=True, cwd=name)
        print(f"{'milliseconds a prompt':<24}{'median':>10}{'more':>10}{'ratio':>8}")
        for shell in ("bash", "zsh", "fish"):
            if shutil.which(shell) is None:
                print(f"{shell:<24}not installed")
                continue
            found = prompts(shell, home, environment)
            bare = found["bare"]
            for label, took in found.items():
                print(f"{f'{shell}, {label}':<24}{took:>10.2f}{took - bare:>+10.2f}{took / bare:>8.2f}")
        big = big_file(home)
        ours, theirs = throughput(home, big, environment)
        print(
            f"\ncat of {MEGABYTES} MB, terminal: runbook shell {ours:.0f} MB/s, "
            f"script -c {theirs:.0f} MB/s, ratio {ours / theirs:.2f}"
        )
        recorder(home, big, environment)
        imports(home, environment)


if __name__ == "__main__":
    main()
