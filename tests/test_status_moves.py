"""How a status moves: forward one way, back to where the work begins again, and nowhere else without --force."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest

from runbook.model.moves import MOVES, move_problem
from runbook.model.wire import DEPLOYMENT_STATUSES, INCIDENT_STATUSES

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook


def status(runbook: Runbook) -> str:
    return str(json.loads(runbook("show", "--format", "json", check=0).stdout)["status"])


def test_every_status_has_its_moves() -> None:
    """The table knows exactly the statuses of the model, and each can be reached."""
    for document, names in (("incident", INCIDENT_STATUSES), ("deployment", DEPLOYMENT_STATUSES)):
        assert set(MOVES[document]) == set(names)
        assert {name for after in MOVES[document].values() for name in after} == set(names)


@pytest.mark.parametrize(
    ("document", "way"),
    [
        ("incident", INCIDENT_STATUSES),
        ("deployment", ("planned", "running", "success")),
        ("deployment", ("planned", "running", "failed", "rolled-back")),
    ],
)
def test_the_usual_ways_are_open(document: str, way: tuple[str, ...]) -> None:
    assert [move_problem(document, *pair) for pair in itertools.pairwise(way)] == [None] * (len(way) - 1)


def test_milestones_move_an_incident(runbook: Runbook, repository: Path) -> None:
    runbook("start", "it broke", cwd=repository, check=0)
    assert status(runbook) == "investigating"
    runbook("mark", "mitigated", check=0)
    assert status(runbook) == "mitigated"
    runbook("mark", "resolved", check=0)
    assert status(runbook) == "resolved"


def test_a_senseless_jump_says_what_is_possible(runbook: Runbook, repository: Path) -> None:
    runbook("start", "it broke", cwd=repository, check=0)
    done = runbook("set", "status", "closed", check=2)
    assert "it is investigating, and from there it can become mitigated or resolved" in done.stderr
    assert "--force" in done.stderr
    assert status(runbook) == "investigating"
    runbook("set", "status", "closed", "--force", check=0)
    assert status(runbook) == "closed"


def test_closing_what_is_not_resolved_says_so(runbook: Runbook, repository: Path) -> None:
    runbook("start", "it broke", cwd=repository, check=0)
    done = runbook("close", check=2)
    assert "only what was resolved" in done.stderr
    assert "runbook resolve" in done.stderr


def test_a_deployment_is_not_closed(runbook: Runbook, repository: Path) -> None:
    runbook("start", "roll out 2.0", "--deployment", cwd=repository, check=0)
    assert status(runbook) == "running"
    assert "success, failed or rolled-back" in runbook("close", check=2).stderr
    runbook("set", "status", "success", check=0)
    assert status(runbook) == "success"


def test_close_asks_the_linter_first(runbook: Runbook, repository: Path) -> None:
    """An error keeps it open, unless somebody says why it is closed all the same; the reason goes on record."""
    started = json.loads(runbook("start", "it broke", "--format", "json", cwd=repository, check=0).stdout)
    runbook("resolve", "--no-input", check=0)
    assert "not written yet" in runbook("close", check=2).stderr
    runbook("render", cwd=repository, check=0)
    name = started["id"]
    done = runbook("close", name, cwd=repository, check=1)
    assert "RB001" in done.stderr
    assert f"incidents/{name[4:8]}/{name}/report.md:" in done.stderr
    assert "status: resolved" in (repository / f"incidents/{name[4:8]}/{name}/record.yaml").read_text("utf-8")
    closed = json.loads(
        runbook("close", name, "--force", "nobody was hit", "--format", "json", cwd=repository, check=0).stdout
    )
    assert (closed["id"], closed["status"], closed["branch"], closed["pushed"]) == (name, "closed", "main", False)
    record = (repository / f"incidents/{name[4:8]}/{name}/record.yaml").read_text("utf-8")
    assert "status: closed" in record
    assert "nobody was hit" in record
    again = runbook("close", name, "--force", "once more", "--format", "json", cwd=repository, check=0)
    assert json.loads(again.stdout)["commit"] is None
