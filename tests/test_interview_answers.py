"""Unattended: a file of answers becomes a committed report, or a message with file, line and field."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from runbook.record.store import load_record

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

ANSWERS = """\
document: incident
title: Dashboards do not deploy
severity: high
milestones:
  started: 2026-02-11T09:02:00+00:00
  detected: T+0
  mitigated: T+2:50
  resolved: 2026-02-11 14:25
summary: |
  The dashboards could not be deployed.
  Production stayed up.
timeline:
  - {id: first-try, at: T+15, text: Built the image in PR-work/}
  - at: T+0:30
    text: Asked Kim
    kind: escalation
commands:
  - id: build
    at: T+16
    command: docker build -t plexus:pr .
    exit_status: 1
    role: dead-end
    evidence: [build log]
evidence:
  - {name: build log, path: ./build.log}
findings:
  - {signature: docker/build-context-missing-file, state: confirmed}
impact:
  systems: [plexus]
  financial: {people: 3, rate: 80}
causes:
  - title: The build missed its sources
    whys:
      - text: It was built in a folder without them
        evidence: [build log, build, docker/build-context-missing-file]
      - Nobody had read the COPY lines
factors: [It was late]
prevention: [CI builds the image]
actions:
  - {text: Build in CI, owner: Kim, due: 2026-03-01, priority: high}
lessons:
  lucky: [Production was elsewhere]
"""


@pytest.fixture
def repository(home: Path) -> Path:
    """A repository of reports, with the answers and their evidence beside it."""
    folder = home / "reports"
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "runbook.toml").write_text("", encoding="utf-8")
    (home / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    (home / "build.log").write_text(
        "Step 4/9 : COPY packages/frontend ./\nCOPY failed: file not found in build context or "
        "excluded by .dockerignore: stat packages/frontend: file does not exist\n",
        encoding="utf-8",
    )
    return folder


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def file_answers(runbook: Runbook, repository: Path, *more: str) -> dict[str, Any]:
    """The JSON that an unattended run prints."""
    done = runbook(
        *("new", "incident", "--from", str(repository.parent / "answers.yaml"), "--no-input", "--format", "json"),
        *("--repo", str(repository), *more),
        check=True,
    )
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def test_a_file_becomes_a_committed_report(runbook: Runbook, repository: Path) -> None:
    """One command, no terminal: id, path and report are printed, everything is in git."""
    printed = file_answers(runbook, repository)
    assert printed["id"] == "INC-2026-02-11-001"
    assert printed["path"] == "incidents/2026/INC-2026-02-11-001"
    assert printed["report"] == "incidents/2026/INC-2026-02-11-001/report.md"
    assert git(repository, "status", "--porcelain", "incidents") == ""
    record = load_record(repository / printed["path"])
    assert record.document == "incident"
    assert (record.severity, record.status) == ("high", "resolved")
    times = record.milestones
    assert times.started is not None
    assert times.resolved is not None
    assert str(times.resolved - times.started) == "5:23:00"
    rows = {row.text: row for row in record.timeline}
    assert str(rows["Asked Kim"].at - times.started) == "0:30:00"
    assert rows["Asked Kim"].kind == "escalation"
    assert rows["docker build -t plexus:pr . (exit 1)"].id == "build"
    assert [item.name for item in record.evidence] == ["build log"]
    log = record.evidence[0]
    assert "COPY failed" in (repository / printed["path"] / log.path).read_text("utf-8")
    (finding,) = (item for item in record.findings if item.id == "docker/build-context-missing-file")
    assert finding.state == "confirmed"
    assert finding.line == 2
    assert "COPY failed" in finding.excerpt
    assert finding.fix
    assert [why.text for why in record.causes[0].whys] == [
        "It was built in a folder without them",
        "Nobody had read the COPY lines",
    ]
    assert record.causes[0].whys[0].evidence == [log.id, "build", finding.id]
    assert record.commands[0].evidence == [log.id]
    assert [action.due.isoformat() for action in record.actions if action.due] == ["2026-03-01"]
    assert "Dashboards do not deploy" in (repository / printed["report"]).read_text("utf-8")


def test_a_second_run_changes_nothing(runbook: Runbook, repository: Path) -> None:
    """The same file on the same document: no event, no commit, the same bytes."""
    printed = file_answers(runbook, repository)
    head = git(repository, "rev-parse", "HEAD")
    journals = sorted((repository / printed["path"] / "journal").iterdir())
    before = [path.read_bytes() for path in journals]
    again = file_answers(runbook, repository, "--id", printed["id"])
    assert again["id"] == printed["id"]
    assert again["commit"] is None
    assert git(repository, "rev-parse", "HEAD") == head
    assert [path.read_bytes() for path in journals] == before


def test_answers_fill_the_open_incident(runbook: Runbook, repository: Path, home: Path) -> None:
    """What was recorded stays; the file adds what it says."""
    runbook("start", "Dashboards do not deploy", "--repo", str(repository), "--at", "2026-02-11 09:02", check=True)
    runbook("log", "Nobody can open them", "--at", "T+3", check=True)
    (home / "more.yaml").write_text("summary: It was the build.\nactions: [Build in CI]\n", encoding="utf-8")
    done = runbook("new", "incident", "--from", str(home / "more.yaml"), "--no-input", "--format", "json", check=True)
    record = load_record(repository / json.loads(done.stdout)["path"])
    assert record.document == "incident"
    assert record.summary == "It was the build."
    assert "Nobody can open them" in [row.text for row in record.timeline]
    assert [action.text for action in record.actions] == ["Build in CI"]
    assert "filling INC-2026-02-11-001" in done.stderr


def test_answers_come_from_a_pipe_as_json(runbook: Runbook, repository: Path) -> None:
    answers = {"title": "Söme\tthing 😀", "milestones": {"started": "2026-02-11T09:02:00Z"}, "factors": ["It was late"]}
    done = runbook(
        *("new", "incident", "--from", "-", "--no-input", "--format", "json", "--repo", str(repository)),
        input=json.dumps(answers, indent="\t"),
        check=True,
    )
    record = load_record(repository / json.loads(done.stdout)["path"])
    assert "😀" in record.title


def test_a_deployment_comes_from_a_file(runbook: Runbook, repository: Path, home: Path) -> None:
    """The record's schema of deployments, with a checklist written as plain text and as objects."""
    answers = {
        "document": "deployment",
        "title": "Dashboards 1.4",
        "milestones": {"started": "2026-02-11 11:00", "resolved": "T+45"},
        "status": "failed",
        "changes": "New pages",
        "pre_checks": ["Backups created", {"text": "Testing completed", "done": True, "by": "Kim"}],
        "sign_off": {"by": "Robin", "documents": ["README"]},
        "steps": [{"text": "docker compose up -d", "ok": False}],
        "links": [{"document": "INC-2026-02-11-001", "relation": "caused"}],
    }
    (home / "deployment.yaml").write_text(yaml.safe_dump(answers), encoding="utf-8")
    done = runbook(
        *("new", "deployment", "--from", str(home / "deployment.yaml"), "--no-input", "--format", "json"),
        *("--repo", str(repository)),
        check=True,
    )
    printed = json.loads(done.stdout)
    assert printed["id"] == "DEP-2026-02-11-001"
    record = load_record(repository / printed["path"])
    assert record.document == "deployment"
    assert [(check.text, check.done) for check in record.pre_checks] == [
        ("Backups created", False),
        ("Testing completed", True),
    ]
    assert record.links[0].relation == "caused"


@pytest.mark.parametrize(
    "mistake",
    [
        ("severity: high", "severty: high", 3, "severty", "did you mean severity?"),
        ("severity: high", "severity: terrible", 3, "severity", "'critical'"),
        ("T+2:50", "half past ten", 7, "milestones.mitigated", "is not a time"),
        ("T+2:50", "T+9:50", 8, "milestones.resolved", "lies before mitigated"),
        ("kind: escalation", "kid: escalation", 16, "timeline.1.kid", "did you mean kind?"),
        ("exit_status: 1", "exit_status: one", 21, "commands.0.exit_status", "integer"),
        ("name: build log,", "nam: build log,", 25, "evidence.0.nam", "did you mean name?"),
        ("./build.log", "./built.log", 25, "evidence", "there is no file ./built.log"),
        (
            "docker/build-context-missing-file, state",
            "docker/no-such-thing, state",
            27,
            "findings.0.signature",
            "no signature",
        ),
        ("rate: 80", "rate: -80", 30, "impact.financial.rate", "greater than or equal to 0"),
        (
            "[build log, build, docker",
            "[build log, biuld, docker",
            35,
            "causes.0.whys.0.evidence.1",
            "did you mean build?",
        ),
        ("due: 2026-03-01", "due: 2026-03-41", 40, "actions.0.due", "is not a date"),
        ("priority: high", "priority: urgent", 40, "actions.0.priority", "'high', 'medium' or 'low'"),
        ("document: incident", "document: incidnet", 1, "document", "incident or deployment"),
        ("document: incident", "document: deployment", 1, "document", "runbook new deployment"),
        ("document: incident", "schema: 7", 1, "schema", "only schema 1"),
        (
            "document: incident",
            "synced_through: 01ARZ3NDEKTSV4RRFFQ69G5FAV",
            1,
            "synced_through",
            "kept by the program",
        ),
        ("document: incident", "id: INC-2026-02-11-009", 1, "id", "--id"),
        ("lessons:\n", "lessons\n", 42, None, "YAML"),
        ("title: Dashboards", "title: &a Dashboards", 2, None, "anchors"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_field(
    runbook: Runbook, repository: Path, mistake: tuple[str, str, int, str | None, str]
) -> None:
    """Exit 2, one message, no traceback, and nothing was begun."""
    replace, by, line, field, words = mistake
    path = repository.parent / "answers.yaml"
    assert ANSWERS.count(replace) == 1
    path.write_text(ANSWERS.replace(replace, by), encoding="utf-8")
    done = runbook("new", "incident", "--from", str(path), "--no-input", "--repo", str(repository), check=2)
    assert done.stdout == ""
    assert f"{path}:{line}:" in done.stderr
    assert field is None or f": {field}:" in done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(runbook("list", "--format", "json", "--repo", str(repository), check=True).stdout) == []
    assert not (repository / "incidents").exists()


@pytest.mark.parametrize(("content", "words"), [(b"\x7fELF\0\0", "is no text"), (b" \n", "is empty")])
def test_a_file_that_cannot_be_evidence_is_named_before_anything_is_written(
    runbook: Runbook, repository: Path, content: bytes, words: str
) -> None:
    """Redaction cannot look into a binary; the message says which line names it."""
    (repository.parent / "build.log").write_bytes(content)
    path = repository.parent / "answers.yaml"
    done = runbook("new", "incident", "--from", str(path), "--no-input", "--repo", str(repository), check=2)
    assert f"{path}:25: evidence: ./build.log {words}" in done.stderr
    assert json.loads(runbook("list", "--format", "json", "--repo", str(repository), check=True).stdout) == []


def test_an_error_leaves_the_open_incident_as_it_was(runbook: Runbook, repository: Path, home: Path) -> None:
    """Checked as a whole before the first event is written."""
    runbook("start", "x", "--repo", str(repository), check=True)
    before = runbook("show", "--format", "json", check=True).stdout
    (home / "bad.yaml").write_text("summary: fine\nactions: [{text: x, due: never}]\n", encoding="utf-8")
    runbook("new", "incident", "--from", str(home / "bad.yaml"), "--no-input", check=2)
    assert runbook("show", "--format", "json", check=True).stdout == before


@pytest.mark.parametrize(
    "arguments", [("new", "incident"), ("new", "deployment"), ("new", "incident", "Something broke")]
)
def test_without_a_terminal_and_without_a_file_it_says_how_to(
    runbook: Runbook, home: Path, arguments: tuple[str, ...]
) -> None:
    """It explains itself instead of waiting for ever, and begins nothing."""
    done = runbook(*arguments, check=2)
    assert "--from FILE --no-input" in done.stderr
    assert json.loads(runbook("list", "--format", "json").stdout) == []


def test_no_input_without_a_file_says_what_is_missing(runbook: Runbook, home: Path) -> None:
    done = runbook("new", "incident", "--no-input", check=2)
    assert "--from FILE --no-input" in done.stderr


def test_resume_without_a_terminal_says_how_to(runbook: Runbook, repository: Path) -> None:
    runbook("start", "x", "--repo", str(repository), check=True)
    assert "terminal" in runbook("resume", check=2).stderr
    done = runbook("resume", "--no-input", check=True)
    assert "report.md" in done.stdout


def test_a_file_that_is_not_there_is_named(runbook: Runbook, home: Path) -> None:
    done = runbook("new", "incident", "--from", "nowhere.yaml", "--no-input", check=2)
    assert "nowhere.yaml" in done.stderr


def test_a_file_without_a_title_cannot_begin_an_incident(runbook: Runbook, repository: Path, home: Path) -> None:
    (home / "untitled.yaml").write_text("summary: x\n", encoding="utf-8")
    done = runbook(
        "new", "incident", "--from", str(home / "untitled.yaml"), "--no-input", "--repo", str(repository), check=2
    )
    assert "title" in done.stderr
    runbook(
        "new",
        "incident",
        "A title",
        "--from",
        str(home / "untitled.yaml"),
        "--no-input",
        "--repo",
        str(repository),
        check=0,
    )


def test_an_attached_secret_does_not_arrive(runbook: Runbook, repository: Path) -> None:
    """Files named in the answers pass the door like everything else."""
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    with (repository.parent / "build.log").open("a", encoding="utf-8") as log:
        log.write(f"token={secret}\n")
    file_answers(runbook, repository)
    assert secret not in git(repository, "log", "-p", "--all")
