"""Interactive shells for tests: a person's own, with our hook in its files or recorded as a whole."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest
from ptydriver import PATIENCE, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHELLS = ("bash", "zsh", "fish")
RC = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
PROMPT = {
    "bash": "PS1='ready> '\nHISTCONTROL=ignorespace\n",
    "zsh": "PS1='ready> '\nunsetopt prompt_sp prompt_cr\n",
    "fish": "function fish_prompt; echo -n 'ready> '; end\nset -g fish_greeting\n",
}
LOAD = {
    "bash": 'eval "$(runbook hook bash)"\n',
    "zsh": 'eval "$(runbook hook zsh)"\n',
    "fish": "runbook hook fish | source\n",
}


def prepare(home: Path, name: str, rc: str = "", *, hook: bool) -> dict[str, str | None]:
    """A person's files for the shell ``name``, and the environment in which it is started."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    programs = home / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "runbook").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m runbook "$@"\n', encoding="utf-8")
    (programs / "runbook").chmod(0o755)
    path = home / RC[name]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PROMPT[name] + rc + (LOAD[name] if hook else ""), encoding="utf-8")
    # fish would begin to make completions from all manual pages
    (home / ".local/share/fish/generated_completions").mkdir(parents=True, exist_ok=True)
    return {"PATH": f"{programs}:{os.environ['PATH']}", "SHELL": found}


def wait(terminal: Terminal, seen: Callable[[], object], what: str) -> None:
    """Takes in output until ``seen()``, without looking at the screen each time."""
    end = time.monotonic() + PATIENCE
    while not seen():
        if time.monotonic() > end:
            raise AssertionError(f"never saw {what}; on the screen:\n{terminal.text}\n---\n{bytes(terminal.raw)!r}")
        terminal.read(0.05)


def stop(terminal: Terminal) -> None:
    """Ends what runs there at once; a shell that is asked politely takes its time."""
    with contextlib.suppress(OSError):
        if terminal.child.isalive():
            terminal.signal(signal.SIGKILL)
    terminal.__exit__()


class Shell:
    """A person's own shell, with the hook in its files.

    Attributes:
        terminal: it runs on.
    """

    def __init__(self, home: Path, name: str, rc: str = "", *, hook: bool = True, under: tuple[str, ...] = ()) -> None:
        env = prepare(home, name, rc, hook=hook)
        self.terminal = Terminal((*under, name, "-i"), env=env, columns=100, rows=60)
        self.terminal.sees("ready>")
        self._number = 0

    def do(self, line: str) -> str:
        """Types a line, waits for the end of what it does, and returns all that was printed by then."""
        self._number += 1
        mark = f"mark-{self._number}"
        before = len(self.terminal.raw)
        self.terminal.type(f"{line}\r echo mar''k-{self._number}\r")
        shown = re.compile(rb"\n(?:\x1b[^\n]*)?" + mark.encode() + rb"\s")
        wait(self.terminal, lambda: shown.search(self.terminal.raw, before), mark)
        return self.terminal.raw[before:].decode()


class Recorded:
    """``runbook shell NAME``, driven command by command.

    Attributes:
        terminal: it runs on.
    """

    ENDED = b"\x1b]133;D;"
    BEGAN = b"\x1b]133;C;"

    def __init__(
        self, home: Path, name: str, rc: str = "", *options: str, hook: bool = False, term: str = "screen"
    ) -> None:
        env = {**prepare(home, name, rc, hook=hook), "TERM": term, "COLORTERM": None}
        argv = (sys.executable, "-m", "runbook", "shell", name, *options)
        self.terminal = Terminal(argv, env=env, columns=100, rows=40)
        self.terminal.sees("ready>")

    def begin(self, line: str) -> int:
        """Types a line and waits until its command runs; returns where in the output that was."""
        before = len(self.terminal.raw)
        self.terminal.type(f"{line}\r")
        wait(self.terminal, lambda: self.terminal.raw.find(self.BEGAN, before) >= 0, f"the start of {line}")
        return before

    def end(self, before: int) -> str:
        """Waits until the command that began there has ended and the prompt is back; returns what was printed."""
        wait(self.terminal, lambda: self.terminal.raw.find(self.ENDED, before) >= 0, "the end of a command")
        at = self.terminal.raw.index(self.ENDED, before)
        wait(self.terminal, lambda: self.terminal.raw.find(b"ready>", at) >= 0, "a prompt")
        self.terminal.rests(0.02)
        return self.terminal.raw[before:].decode("utf-8", "replace")

    def do(self, line: str) -> str:
        """Types a line and waits for its end; returns what was printed."""
        return self.end(self.begin(line))

    def leave(self) -> int:
        """Types ``exit``; the exit status."""
        self.terminal.type("exit\r")
        return self.terminal.ends()
