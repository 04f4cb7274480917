"""Three strikes: said to whoever failed, on record once for three, five and eight failures, counted over everybody."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from ptydriver import Terminal
from test_share import Team

from runbook.detect.events import Story
from runbook.detect.rules.strikes import late_escalation
from runbook.detect.story import read_story
from runbook.flow.strikes import SOURCE

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

RUN = [sys.executable, "-m", "runbook", "run", "--"]
PEOPLE = '[people]\non_call = "Kim, +49 30 1234"\nescalate_to = "the platform lead"\n'


@pytest.fixture
def incident(runbook: Runbook, repository: Path) -> Path:
    (repository / "runbook.toml").write_text(PEOPLE, encoding="utf-8")
    runbook("start", "It broke", cwd=repository, check=0)
    return repository


def escalations(runbook: Runbook) -> list[str]:
    record = json.loads(runbook("show", "--format", "json", check=0).stdout)
    return [row["text"] for row in record["timeline"] if row["kind"] == "escalation"]


def test_the_third_failure_says_whom_to_ask_and_the_fifth_says_more(runbook: Runbook, incident: Path) -> None:
    assert incident.is_dir()
    for number in (1, 2):
        runbook("run", "--", "ls", f"/nope/{number}", check=2)
    with Terminal([*RUN, "ls", "/nope/3", "-l"]) as terminal:
        text = terminal.sees("3 failures of `ls`", "Ask a colleague now: Kim, +49 30 1234")
        assert terminal.ends() == 2
        assert "It is on record" in text
    runbook("run", "--", "ls", "/nope/4", check=2)
    assert len(escalations(runbook)) == 1
    done = runbook("run", "--", "ls", "/nope/5", check=2)
    assert "failures" not in done.stderr  # nobody reads it: it is only put on record
    three, five = escalations(runbook)
    assert three.startswith("3 failures of `ls` (")
    assert "the platform lead" in five
    for number in (6, 7, 8):
        runbook("run", "--quiet", "--", "ls", f"/nope/{number}", check=2)
    assert "8 failures" in escalations(runbook)[2]
    runbook("run", "--", "ls", "/nope/9", check=2)
    assert len(escalations(runbook)) == 3


def test_a_success_begins_afresh_and_what_is_no_failure_does_not_count(runbook: Runbook, incident: Path) -> None:
    for _ in range(3):
        runbook("run", "--", "ls", "/nope", check=2)
    runbook("run", "--", "ls", "/", check=0)
    for _ in range(2):
        runbook("run", "--", "ls", "/nope", check=2)
    for _ in range(4):
        runbook("run", "--", "grep", "needle", str(incident / "runbook.toml"), check=1)
        runbook("run", "--", "sh", "-c", "exit 130", check=130)
        runbook("run", "--", "no-such-program", check=127)
    assert len(escalations(runbook)) == 1
    runbook("run", "--", "ls", "/nope", check=2)
    assert len(escalations(runbook)) == 2


def test_failures_and_checks_that_somebody_noted_count_together(runbook: Runbook, incident: Path) -> None:
    assert incident.is_dir()
    runbook("log", "--kind", "failure", "the container exits at once", check=0)
    runbook("log", "--kind", "verification", "health endpoint still answers 502", check=0)
    runbook("log", "--kind", "verification", "0 errors in the log", check=0)  # passed: begins afresh
    for _ in range(2):
        runbook("log", "--kind", "failure", "dashboards do not load", check=0)
    done = runbook("log", "--kind", "verification", "health check failed", check=0)
    assert "3 failures noted" in done.stderr
    assert "Kim, +49 30 1234" in done.stderr
    assert len(escalations(runbook)) == 1


def test_advice_is_not_yet_asking() -> None:
    """The rule on late escalation looks for somebody who was asked, not for our own entry."""
    lines = [f"09:{minute} $ docker build . => 1" for minute in (10, 20, 30)]
    document, team = read_story("\n".join([*lines, "09:31 escalation: ask somebody now", "11:00 note: reading"]))
    assert late_escalation(Story(document, team)) is None
    document.timeline[3].source = SOURCE
    assert late_escalation(Story(document, team)) is not None


def test_a_report_says_that_nobody_was_asked(runbook: Runbook, incident: Path) -> None:
    """Our own advice on the timeline does not hide that it came to nothing."""
    for ago in ("3 hours ago", "170 min ago", "160 min ago"):
        runbook("log", "--kind", "failure", "--at", ago, "the build failed", check=0)
    runbook("log", "reading", check=0)
    runbook("resolve", "--no-input", cwd=incident, check=0)
    runbook("resume", "--no-input", cwd=incident, check=0)
    (identifier,) = [path.name for path in incident.glob("incidents/*/INC-*")]
    record = json.loads(runbook("show", identifier, "--format", "json", cwd=incident, check=0).stdout)
    assert {"practice/three-strikes", "practice/late-escalation"} <= {each["signature"] for each in record["findings"]}


def test_failures_are_counted_across_people_and_said_once(home: Path) -> None:
    team = Team(home, "robin", "kim")
    robin, kim = team["robin"], team["kim"]
    robin.repo.write("runbook.toml", PEOPLE)
    kim.repo.write("runbook.toml", PEOPLE)
    team.open()
    robin("run", "--", "ls", "/nope", status=2)
    robin("run", "--", "ls", "/nope/again", status=2)
    robin("push")
    kim("push")
    kim("run", "--", "ls", "/nope/too", status=2)
    assert any("3 failures of `ls`" in text for text in kim.texts())
    kim("push")
    robin("push")
    robin("run", "--", "ls", "/nope", status=2)
    robin("push")
    kim("push")
    for person in (robin, kim):
        assert sum("failures of `ls`" in text for text in person.texts()) == 1
