"""The interview in a real pseudo-terminal, as a person has it; and killed while it is answered."""

from __future__ import annotations

import itertools
import json
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from interviews import incident, record_incident
from ptydriver import BACKSPACE, DOWN, ENTER, Terminal, ctrl, paste

from runbook.flow.declare import use
from runbook.flow.desk import open_document
from runbook.record.store import load_record

if TYPE_CHECKING:
    from pathlib import Path

    from runbook.flow.desk import Desk


@pytest.fixture
def reports(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of reports, entered."""
    folder = home / "reports"
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "runbook.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def recorded(reports: Path) -> Desk:
    desk = record_incident()
    use(desk)
    return desk


def runbook(*arguments: str) -> Terminal:
    return Terminal([sys.executable, "-m", "runbook", *arguments])


def press(terminal: Terminal, key: str = ENTER) -> str:
    """Presses a key and waits until the screen has changed and shows a whole question again, or the program ends."""
    before = terminal.text
    terminal.type(key)
    terminal.until(lambda screen: screen != before and (asks(screen) or "report.md" in screen), "another question")
    return terminal.rests(0.15)  # the answered question is drawn once more before the next one is


def asks(screen: str) -> bool:
    """Whether the last line names the keys, as it does once a question is drawn."""
    last = screen.rsplit("\n", 1)[-1]
    return "enter: " in last and "ctrl-b: back" in last


def enter_until(terminal: Terminal, text: str) -> None:
    """Presses Enter until ``text`` is on the screen."""
    terminal.until(asks, "a question")
    screen = terminal.rests()  # a resized terminal is drawn more than once, which is no answer to the first Enter
    for _ in range(80):
        if text in screen:
            return
        screen = press(terminal)
    raise AssertionError(f"never saw {text}; on the screen:\n{terminal.text}")


def test_resolve_leads_to_a_committed_report(recorded: Desk, reports: Path) -> None:
    """Typed, pasted, ticked, back, resized: from `resolve` to the commit on one terminal."""
    with runbook("resolve") as terminal:
        terminal.sees("steps to a report", "(1/10) What happened", "ctrl-b: back")
        terminal.type(ctrl("u"), ctrl("u"), "The dashboards could not be deployed.")
        terminal.type(ctrl("s"))
        terminal.sees("» Detected")
        terminal.type(ctrl("b"))
        terminal.sees("» What happened  The dashboards could not be deployed.")
        terminal.type(ctrl("s"))
        terminal.sees("» Detected")
        terminal.type(ctrl("s"))
        terminal.sees("(3/10) Is the timeline right?")
        terminal.type(DOWN, ENTER)
        terminal.sees("One entry a line")
        terminal.type(paste("09:25 asked Kim\n09:27 Kim read the Dockerfile"))
        terminal.sees("09:27 Kim read the Dockerfile")
        terminal.type(ENTER)
        terminal.sees("10 entries", "asked Kim")
        terminal.resize(20, 60)
        terminal.rests()
        terminal.type(ENTER)
        terminal.sees("(4/10)")
        terminal.resize(24, 80)
        enter_until(terminal, "And why was that?")
        terminal.type("Nobody had read the COPY lines", ENTER)
        terminal.sees("What shows it?")
        enter_until(terminal, "Write the report and commit it")
        terminal.type(ENTER)
        assert terminal.ends() == 0
        assert "incidents/2026/INC-2026-02-11-001/report.md" in terminal.text
    folder = reports / "incidents/2026/INC-2026-02-11-001"
    record = load_record(folder)
    assert record.document == "incident"
    assert record.summary == "The dashboards could not be deployed."
    assert {"asked Kim", "Kim read the Dockerfile"} <= {row.text for row in record.timeline}
    assert record.causes[0].whys[1].text == "Nobody had read the COPY lines"
    log = subprocess.run(["git", "log", "--stat"], cwd=reports, capture_output=True, text=True, check=True).stdout
    assert "INC-2026-02-11-001/report.md" in log


def test_ctrl_c_says_how_to_go_on_and_resume_does(recorded: Desk) -> None:
    """Half a sentence is there again; what was answered is not asked again."""
    with runbook("resolve") as terminal:
        enter_until(terminal, "(6/10) Why did this happen?")
        terminal.type(ctrl("u"), "Nobody had re")
        terminal.sees("Nobody had re")
        terminal.rests()
        terminal.type(ctrl("c"))
        assert terminal.ends() == 130
        assert f"`runbook resume {recorded.id}` goes on" in " ".join(terminal.text.split())
        assert "Traceback" not in terminal.text
    with runbook("resume") as terminal:
        terminal.sees("(6/10) Why did this happen?", "Nobody had re")
        terminal.type("ad it", ENTER)
        terminal.sees("What shows it?")
        terminal.type(ctrl("c"))
        assert terminal.ends() == 130
    assert incident(recorded).causes[0].whys[0].text == "Nobody had read it"
    assert incident(recorded).summary.startswith("Dashboards do not deploy.")


def test_a_closed_terminal_loses_nothing(recorded: Desk) -> None:
    """The window is closed in the middle of a question; answers are there, and what was being typed too."""
    with runbook("resolve") as terminal:
        enter_until(terminal, "(6/10) Why did this happen?")
        terminal.type(ctrl("u"), "Because of")
        terminal.sees("Because of")
        terminal.hang_up()
    assert incident(recorded).summary.startswith("Dashboards do not deploy.")
    with runbook("resume") as terminal:
        assert "Because of" in terminal.sees("(6/10) Why did this happen?", "Because of")
        terminal.type(ctrl("c"))
        terminal.ends()


def test_new_asks_for_a_title_and_goes_on_to_the_report(reports: Path) -> None:
    """From nothing to a report: what it is called, when it began, then the interview."""
    with runbook("new", "incident") as terminal:
        terminal.sees("What went wrong?", "Title", "Began")
        terminal.type("Checkout answers 502", ENTER)
        terminal.sees("» Began")
        terminal.type(*[BACKSPACE] * 3, "10 min ago", ENTER)
        terminal.sees("What happened, and what ended it?", "Checkout answers 502")
        enter_until(terminal, "Write the report and commit it")
        terminal.type(ENTER)
        assert terminal.ends() == 0
    (folder,) = (reports / "incidents").glob("*/INC-*")
    assert load_record(folder).title == "Checkout answers 502"


def test_new_goes_on_with_what_is_open_or_begins_another(recorded: Desk) -> None:
    with runbook("new", "incident") as terminal:
        terminal.sees(f"{recorded.id} is open", "Go on with it", "Begin another incident")
        terminal.type(ENTER)
        terminal.sees("(1/10) What happened")
        terminal.type(ctrl("c"))
        assert terminal.ends() == 130
    with runbook("new", "incident") as terminal:
        terminal.sees("Begin another incident")
        terminal.type(DOWN, ENTER)
        terminal.sees("What went wrong?")
        terminal.type(ctrl("c"))
        assert terminal.ends() == 130
        assert "Traceback" not in terminal.text
    assert open_document().id == recorded.id


def test_plain_lines_lead_to_the_same_report(recorded: Desk, reports: Path) -> None:
    """For screen readers: no cursor movement, one question a line, Enter keeps what is proposed."""
    with runbook("resolve", "--plain") as terminal:
        for _ in range(120):
            terminal.rests(0.15)
            if "report.md" in terminal.text or not terminal.child.isalive():
                break
            terminal.type(ENTER)
        assert terminal.ends() == 0
        assert b"\x1b[" not in bytes(terminal.raw)
    assert (reports / "incidents/2026/INC-2026-02-11-001/report.md").is_file()


def test_it_fits_a_small_terminal_without_colour(recorded: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """80 by 24 with NO_COLOR: every question is whole on the screen, with its keys."""
    monkeypatch.setenv("NO_COLOR", "1")
    with runbook("resolve") as terminal:
        screen = terminal.until(asks, "a question")
        while "Write the report" not in screen:
            assert "ctrl-b: back" in screen, screen
            screen = press(terminal)
        assert "What happened" in terminal.text
        assert "Lessons" in terminal.text
        assert not any(code in bytes(terminal.raw) for code in (b"\x1b[31m", b"\x1b[32m", b"\x1b[33m", b"\x1b[38;"))
        terminal.type(ctrl("c"))
        terminal.ends()


@pytest.mark.parametrize("seed", range(12))
def test_a_kill_loses_no_acknowledged_answer(recorded: Desk, seed: int) -> None:
    """Killed at a random moment: once the next question was on the screen, the answer before it is there after."""
    chance = random.Random(seed)
    acknowledged = 0
    with runbook("resolve") as terminal:
        terminal.sees("(1/10)")
        for number in range(1, 11):
            if number > 1:
                terminal.type(ctrl("s") if number <= 3 else ENTER)
                deadline = time.monotonic() + chance.uniform(0.0, 0.6)
                while f"({number}/10)" not in terminal.text and time.monotonic() < deadline:
                    terminal.read(0.02)
                if f"({number}/10)" not in terminal.text:
                    break
                acknowledged = number
            if number > 3:
                break
        terminal.signal(signal.SIGKILL)
        assert terminal.ends() == 128 + signal.SIGKILL
    record = incident(open_document(recorded.id))
    if acknowledged >= 2:
        assert record.summary
    if acknowledged >= 3:
        assert record.milestones.detected
    if acknowledged >= 4:
        assert [c.role for c in record.commands] == ["", "", "worked"]
    with runbook("resume") as terminal:
        screen = terminal.until(lambda text: "/10)" in text)
        assert any(f"({number}/10)" in screen for number in range(max(acknowledged, 1), acknowledged + 3))
        terminal.type(ctrl("c"))
        assert terminal.ends() == 130


def test_the_journal_is_whole_after_many_kills(recorded: Desk) -> None:
    """Killed again and again, at any moment: every line of the journal is an entry."""
    chance = random.Random(7)
    for _ in range(8):
        with runbook("resume") as terminal:
            terminal.until(lambda text: "/10)" in text)
            end = time.monotonic() + chance.uniform(0.0, 1.0)
            for key in itertools.cycle((ctrl("s"), ctrl("b"))):  # forth and back: never as far as the report
                if time.monotonic() > end:
                    break
                terminal.type(key)
                terminal.read(0.05)
            terminal.signal(signal.SIGKILL)
            terminal.ends()
    entries, torn = open_document(recorded.id).read()
    assert torn == []
    assert [json.loads(entry.to_line()) for entry in entries]
