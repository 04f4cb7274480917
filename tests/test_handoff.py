"""What the next person and the chat get, from the record alone."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from test_schemas import check

if TYPE_CHECKING:
    from conftest import Runbook

TOKEN = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"


@pytest.fixture
def incident(runbook: Runbook) -> str:
    identifier = runbook("start", "Nobody can *log in*", "--severity", "high", check=0).stdout.split()[0]
    runbook("set", "impact.users", "everybody", check=0)
    runbook("run", "--", "ls", "/nope", check=2)
    runbook("run", "--", "ls", "/nope", check=2)
    runbook("run", "--", "cat", "/dev/null", check=0)
    runbook("log", "--kind", "change", f"rolled back, @kim, token={TOKEN}", check=0)
    return identifier


def test_the_next_person_reads_what_was_tried_and_what_comes_next(runbook: Runbook, incident: str) -> None:
    page = runbook("handoff", check=0).stdout
    assert page.startswith(f"# {incident}: Nobody can \\*log in\\*\n")
    assert "**Impact:** everybody" in page
    assert "**Next:** not on record" in page
    assert "`ls /nope` **failed** (exit 2) · ×2" in page
    assert "cat /dev/null" not in page.split("## Evidence")[0]  # looking is no try
    assert "change: rolled back" in page
    assert TOKEN not in page
    assert "@kim" not in page
    assert "**Missing for the report:**" in page
    page = runbook("handoff", "--next", "restore the 04:00 backup", check=0).stdout
    assert "**Next:** restore the 04:00 backup (" in page
    assert "Next: restore the 04:00 backup" in runbook("show", "--entries", check=0).stdout


def test_what_runs_at_this_moment_is_named(runbook: Runbook, incident: str) -> None:
    assert incident
    with subprocess.Popen(
        [sys.executable, "-m", "runbook", "run", "--", "sh", "-c", "echo ready; read line"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(100):
            page = runbook("handoff", check=0).stdout
            if "## Running now" in page:
                break
        assert "echo ready; read line" in page.split("## Running now")[1].split("##")[0]
        process.stdin.close()
        assert process.wait(timeout=20) in {0, 1}
    assert "## Running now" not in runbook("handoff", check=0).stdout


def test_three_lines_for_the_chat(runbook: Runbook, incident: str) -> None:
    lines = runbook("update", check=0).stdout.splitlines()
    assert len(lines) == 3
    assert lines[0] == f"{incident} (high): Nobody can *log in*"
    assert lines[1].startswith("Investigating for ")
    assert "Impact: everybody" in lines[1]
    assert lines[2].startswith("Last: rolled back")
    assert TOKEN not in lines[2]
    assert "@kim" not in lines[2]
    assert runbook("update", "--next", "rolling forward", check=0).stdout.splitlines()[2].startswith("Next: rolling")
    runbook("mark", "resolved", check=0)
    lines = runbook("update", check=0).stdout.splitlines()
    assert lines[1].startswith("Resolved after ")
    assert lines[2] == "It is over; the report follows."


def test_what_scripts_read(runbook: Runbook, incident: str) -> None:
    facts = check("handoff", runbook("handoff", "--next", "wait", "--format", "json", check=0).stdout)
    assert facts["id"] == incident
    assert facts["next"]["text"] == "wait"
    assert [row["count"] for row in facts["tried"] if row.get("command") == "ls /nope"] == [2]
    assert check("update", runbook("update", "--format", "json", check=0).stdout)["impact"] == "everybody"


def test_a_deployment_can_be_handed_over_too(runbook: Runbook) -> None:
    runbook("start", "--deployment", "Version 2.4", check=0)
    assert "**running**" in runbook("handoff", check=0).stdout
    assert len(runbook("update", check=0).stdout.splitlines()) == 3
