"""`runbook status --watch` on a real terminal, and where there is none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from ptydriver import Terminal, ctrl

if TYPE_CHECKING:
    from conftest import Runbook

FAILS = "echo Bind for 0.0.0.0:4000 failed: port is already allocated; exit 3"
WATCH = [sys.executable, "-m", "runbook", "status", "--watch", "--every", "0.2"]
ALTERNATE, BACK = b"\x1b[?1049h", b"\x1b[?1049l"


@pytest.fixture
def incident(runbook: Runbook) -> str:
    return runbook("start", "The disk is full", "--severity", "high", check=0).stdout.split()[0]


@pytest.mark.parametrize("key", ["q", ctrl("c")])
def test_it_stays_current_and_leaves_the_screen_as_it_was(runbook: Runbook, incident: str, key: str) -> None:
    with Terminal(WATCH) as terminal:
        terminal.sees(incident, "The disk is full", "q leaves")
        runbook("log", "deleted old images", check=0)
        terminal.sees("deleted old images")
        runbook("log", "--kind", "failure", "still full", check=0)
        runbook("log", "--kind", "failure", "still full", check=0)
        terminal.sees("✗ still full", "×2")
        terminal.type(key)
        assert terminal.ends() == 0
        assert terminal.raw.count(ALTERNATE) == terminal.raw.count(BACK) == 1
        assert terminal.raw.rstrip().endswith(BACK)


def test_it_follows_the_size_of_the_window(runbook: Runbook, incident: str) -> None:
    for number in range(20):
        runbook("log", f"note {number:02d}", check=0)
    with Terminal(WATCH, rows=24, columns=80) as terminal:
        terminal.sees("note 19")
        assert "note 01" not in terminal.text
        terminal.resize(40, 60)
        terminal.sees("note 01", incident)
        terminal.resize(10, 60)
        terminal.until(lambda text: "note 01" not in text and "note 19" in text, "a shorter list")
        assert len(terminal.text.splitlines()) <= 10
        terminal.type("q")
        assert terminal.ends() == 0


def test_the_end_of_the_terminal_is_the_end_of_it(incident: str) -> None:
    with Terminal(WATCH) as terminal:
        terminal.sees(incident)
        terminal.signal(signal.SIGTERM)
        assert terminal.ends() == 0
        assert BACK in terminal.raw
    with Terminal(WATCH) as terminal:
        terminal.sees(incident)
        terminal.hang_up()


def test_a_terminal_that_can_do_nothing_gets_lines(runbook: Runbook, incident: str) -> None:
    with Terminal(WATCH, env={"TERM": "dumb"}) as terminal:
        terminal.sees(incident)
        runbook("log", "one more", check=0)
        terminal.sees("one more")
        assert b"\x1b" not in terminal.raw
        terminal.type(ctrl("c"))
        assert terminal.ends() == 0


def test_a_pipe_gets_lines_too(incident: str) -> None:
    with subprocess.Popen(WATCH, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline() + process.stdout.readline()
        assert incident in first
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=20) == 0


def test_it_is_for_people(runbook: Runbook, incident: str) -> None:
    assert incident
    assert "--watch is for people" in runbook("status", "--watch", "--format", "json", check=2).stderr


def test_status_says_what_failed_what_is_unread_and_who_is_on_it(runbook: Runbook, incident: str) -> None:
    for name in ("robin", "kim", "robin"):
        done = runbook("run", "--", "sh", "-c", FAILS, env={"RUNBOOK_ACTOR": name}, check=3)
        assert "failures of" not in done.stderr  # said on a terminal only
    status = json.loads(runbook("status", "--format", "json", check=0).stdout)
    assert status["id"] == incident
    assert status["strikes"][0]["count"] == 3
    assert status["unread"] == ["net/port-already-in-use"]
    assert status["people"][0] == "robin"
    assert "kim" in status["people"]
    shown = runbook("status", check=0).stdout
    assert "not read yet    runbook explain net/port-already-in-use" in shown
    assert "on it           robin, " in shown
    assert "failed 3 times" in shown
