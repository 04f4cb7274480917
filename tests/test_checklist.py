"""`runbook checklist`: files that come with the program and a team's own, ticked with name and time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from test_schemas import check

from runbook.flow.checklists import checklists, own_items
from runbook.flow.settings import load_settings
from runbook.model import checklists as interview
from runbook.model.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook


@pytest.fixture
def deployment(runbook: Runbook, repository: Path) -> str:
    done = runbook("start", "dashboards", "--deployment", "--format", "json", cwd=repository, check=0)
    return str(json.loads(done.stdout)["id"])


def record(runbook: Runbook) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(runbook("show", "--format", "json", check=0).stdout)
    return found


def test_the_files_say_what_the_interview_asks_where_a_team_says_nothing() -> None:
    known = checklists(None)
    assert set(known) >= {"pre-change", "deployment", "documentation-review", "environment", "rollback"}
    assert known["pre-change"].items == interview.before(Settings())
    assert known["deployment"].items == interview.deployment(Settings())
    assert known["after-deployment"].items == interview.after(Settings())
    assert all(each.title and each.intro and each.source == "built-in" for each in known.values())


def test_a_tick_says_who_and_when(runbook: Runbook, deployment: str) -> None:
    done = runbook("checklist", "pre-change", "--tick", "1,2", check=0)
    assert "[x] Documentation reviewed  Robin Tester, " in done.stdout
    boxes = record(runbook)["pre_checks"]
    assert [box["done"] for box in boxes] == [True, True, False, False, False]
    assert boxes[0]["by"] == "Robin Tester"
    assert boxes[0]["at"]
    assert runbook("checklist", "pre-change", "--check").returncode == 1
    runbook("checklist", "pre-change", "--tick", "all", check=0)
    assert runbook("checklist", "pre-change", "--check").returncode == 0
    runbook("checklist", "pre-change", "--untick", "5", "--note", "nobody is affected", check=0)
    last = record(runbook)["pre_checks"][4]
    assert not last["done"]
    assert last["note"] == "nobody is affected"


def test_another_list_stands_in_the_report_under_its_name(runbook: Runbook, repository: Path, deployment: str) -> None:
    runbook("checklist", "rollback", "--tick", "1", check=0)
    (held,) = record(runbook)["checklists"]
    assert (held["id"], held["title"], len(held["checks"])) == ("rollback", "Rollback", 6)
    runbook("resolve", "--no-input", check=0)
    runbook("resume", deployment, "--no-input", check=0, cwd=repository)
    report = next((repository / "incidents").rglob("report.md")).read_text("utf-8")
    assert "## Checklists\n\n### Rollback\n" in report
    assert "- [x] The image that worked is known by its id, not only by a tag" in report


def test_a_team_replaces_one_and_adds_one(runbook: Runbook, repository: Path) -> None:
    folder = repository / "checklists"
    folder.mkdir()
    (folder / "pre-change.md").write_text("# Ours\n\nAsk Kim.\n\n- [ ] Kim said yes\n* [x] The moon is full\n")
    (folder / "on-call.md").write_text("- [ ] Pager charged\n")
    (folder / "README.md").write_text("What lies here.\n")
    listed = json.loads(runbook("checklist", "--format", "json", cwd=repository, check=0).stdout)
    named = {each["name"]: each for each in listed}
    assert named["on-call"]["title"] == "On call"
    assert named["pre-change"]["items"] == 2
    assert own_items(str(repository), "pre-change") == ["Kim said yes", "The moon is full"]
    assert interview.before(load_settings(str(repository))) == ("Kim said yes", "The moon is full")
    (repository / "runbook.toml").write_text('[checklists]\nbefore = ["Only this"]\n')
    assert interview.before(load_settings(str(repository))) == ("Only this",)


def test_a_box_that_a_team_took_away_keeps_its_tick(runbook: Runbook, repository: Path, deployment: str) -> None:
    runbook("checklist", "pre-change", "--tick", "3", check=0)
    (repository / "checklists").mkdir()
    (repository / "checklists/pre-change.md").write_text("- [ ] Something else\n")
    answer = check("checklist", runbook("checklist", "pre-change", "--format", "json", check=0).stdout)
    texts = {each["text"]: each["done"] for each in answer["items"]}
    assert texts["Something else"] is False
    assert texts["Testing completed"] is True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rolback"], "did you mean rollback"),
        (["rollback", "--tick", "99"], "there is no box 99"),
        (["rollback", "--tick", "x"], "no list of numbers"),
    ],
)
def test_wrong_use_is_explained(runbook: Runbook, deployment: str, arguments: list[str], said: str) -> None:
    assert said in runbook("checklist", *arguments, check=2).stderr


def test_a_file_that_is_none_is_named(runbook: Runbook, repository: Path) -> None:
    (repository / "checklists").mkdir()
    (repository / "checklists/empty.md").write_text("# Nothing to do\n")
    done = runbook("checklist", cwd=repository, check=2)
    assert "empty.md: it has no boxes" in done.stderr
    (repository / "checklists/empty.md").write_text("- [ ] a\n\n- [ ] a\n")
    assert "line 3: this box stands on line 1 already" in runbook("checklist", cwd=repository, check=2).stderr


def test_without_anything_open_it_can_be_read_and_not_ticked(runbook: Runbook, home: Path) -> None:
    assert "[ ] ENV and ARG in the Dockerfile" in runbook("checklist", "environment", cwd=home, check=0).stdout
    assert "nothing is open" in runbook("checklist", "environment", "--tick", "1", cwd=home, check=2).stderr
