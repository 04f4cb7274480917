"""The real incident: the demo replays it, and this project's own archive is what the program makes of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runbook.flow.file import render_document
from runbook.flow.picture import pictures
from runbook.model.record import Incident
from runbook.record.fold import fold
from runbook.record.journal import read
from runbook.record.store import dump_record, load_record

if TYPE_CHECKING:
    from conftest import Runbook

ROOT = Path(__file__).parent.parent
ARCHIVE = sorted(path.parent for path in (ROOT / "incidents").glob("*/*/record.yaml"))


@pytest.fixture(scope="module")
def archived() -> Incident:
    """The incident as it is filed in this repository."""
    document = load_record(ROOT / "incidents/2026/INC-2026-02-11-001")
    assert isinstance(document, Incident)
    return document


@pytest.mark.parametrize("folder", ARCHIVE, ids=lambda path: path.name)
def test_every_filed_document_is_the_programs_work(folder: Path) -> None:
    """Not a word of it was edited by hand: the journal folds to the record, the record renders to the report."""
    entries, torn = read(str(folder))
    document, problems = fold(entries)
    assert (torn, problems) == ([], [])
    assert document == load_record(folder), "run `make incidents`"
    assert (folder / "record.yaml").read_text("utf-8") == dump_record(document), "run `make incidents`"
    assert (folder / "report.md").read_text("utf-8") == render_document(document, None), "run `make incidents`"
    assert (folder / "timeline.svg").read_bytes() == pictures(document, None)["timeline.svg"], "run `make incidents`"


def test_the_archive_holds_the_incident_and_its_three_attempts() -> None:
    assert [path.name for path in ARCHIVE] == [
        "DEP-2026-02-11-001",
        "DEP-2026-02-11-002",
        "DEP-2026-02-11-003",
        "INC-2026-02-11-001",
    ]
    assert {load_record(path).status for path in ARCHIVE if path.name.startswith("DEP")} == {"failed"}


def test_the_report_says_what_is_assumed_what_is_missing_and_what_is_not_proven(archived: Incident) -> None:
    report = (ROOT / "incidents/2026/INC-2026-02-11-001/report.md").read_text("utf-8")
    assert "Hour 0 is assumed to be 2026-02-11T08:00Z" in report
    assert "Hours 20 to 48 are a gap" in report
    assert [cause.proven for cause in archived.causes] == [True, True, False]
    assert "**Not proven:**" in report
    assert archived.status == "investigating"
    assert archived.milestones.resolved is None


def test_every_cause_rests_on_something_that_is_on_record(archived: Incident) -> None:
    known = {row.id for row in archived.timeline}
    for cause in archived.causes:
        rests_on = [reference for why in cause.whys for reference in why.evidence]
        assert rests_on
        assert set(rests_on) <= known


def test_the_known_failures_of_the_real_incident_are_named(archived: Incident) -> None:
    states = {finding.id: finding.state for finding in archived.findings}
    for identifier in (
        "shell/export-invalid-identifier",
        "shell/sed-unknown-command",
        "db/database-url-missing",
        "docker/build-context-missing-file",
        "docker/restart-loop",
        "env/wrong-config-path",
        "practice/destructive-without-backup",
        "practice/no-parallel-deployment",
        "practice/three-strikes",
        "practice/silent-gap",
    ):
        assert states.get(identifier) == "confirmed", identifier
    assert "open" not in states.values()


def test_every_kept_file_has_the_digest_on_record(archived: Incident) -> None:
    import hashlib

    for item in archived.evidence:
        content = (ROOT / "incidents/2026/INC-2026-02-11-001" / item.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == item.sha256


def test_the_demo_goes_from_start_to_commit_and_touches_nothing_else(
    runbook: Runbook, home: Path, tmp_path: Path
) -> None:
    before = sorted(home.rglob("*"))
    done = runbook("demo", "--into", tmp_path / "demo", check=0)
    assert "$ runbook start" in done.stdout
    assert "known: db/database-url-missing" in done.stdout
    assert "report.md  committed on" in done.stdout
    repository = tmp_path / "demo/team-incidents"
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=repository, capture_output=True, text=True, check=True
    )
    assert status.stdout == ""
    log = subprocess.run(["git", "log", "--format=%an %s"], cwd=repository, capture_output=True, text=True, check=True)
    assert len(log.stdout.splitlines()) == 5
    assert {line.split(" ")[0] for line in log.stdout.splitlines()} == {"runbook"}
    cache = home / ".cache"
    assert [path for path in sorted(home.rglob("*")) if path not in before and cache not in path.parents] == []


def test_the_demo_replays_to_the_same_files_every_time(runbook: Runbook, tmp_path: Path) -> None:
    trees = []
    for name in ("one", "two"):
        done = runbook("demo", "--into", tmp_path / name, "--format", "json", check=0)
        root = Path(json.loads(done.stdout)["repository"])
        trees.append({path.relative_to(root): path.read_bytes() for path in root.glob("incidents/2026/*/**/*.*")})
    assert trees[0] == trees[1]
    assert len(trees[0]) > 15


def test_the_demo_wants_a_folder_of_its_own(runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    assert "is not empty" in runbook("demo", "--into", tmp_path, check=2).stderr
