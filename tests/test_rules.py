"""The ten rules: told, held against a document, turned off, and stopping a deployment that breaks one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_schemas import check

from runbook.detect.catalog import BUILTIN, load_catalog
from runbook.flow.documents import documents_here
from runbook.model.rules import BY_SIGNATURE, RULES

if TYPE_CHECKING:
    from conftest import Runbook

DOCS = Path(__file__).parent.parent / "docs/rules.md"


@pytest.fixture
def deployment(runbook: Runbook, repository: Path) -> str:
    """A deployment that changed something and verified nothing."""
    done = runbook("start", "dashboards", "--deployment", "--format", "json", cwd=repository, check=0)
    runbook("log", "--kind", "change", "the new version is live", check=0)
    return str(json.loads(done.stdout)["id"])


def held(runbook: Runbook, status: int) -> dict[str, Any]:
    answer = check("ten-rules", runbook("rules", "--format", "json", check=status).stdout)
    return {rule["name"]: rule for rule in answer["rules"]}


def test_each_rule_speaks_of_known_failures_that_exist(tmp_path: Path) -> None:
    catalog = load_catalog([BUILTIN], str(tmp_path))
    assert [rule.number for rule in RULES] == list(range(1, 11))
    assert all(catalog.get(signature) is not None for signature in BY_SIGNATURE)


def test_the_documentation_has_each_rule_with_what_enforces_it() -> None:
    text = DOCS.read_text("utf-8")
    for rule in RULES:
        signatures = ", ".join(f"`{each}`" for each in rule.signatures)
        assert f"| {rule.number} | `{rule.name}` | {rule.title} | {rule.enforced} | {signatures} |" in text


def test_without_anything_open_the_rules_are_told(runbook: Runbook, home: Path) -> None:
    done = runbook("rules", cwd=home, check=0)
    assert "4  A backup comes before a change" in done.stdout


def test_a_rule_that_is_not_kept_is_named_with_its_reason(runbook: Runbook, deployment: str) -> None:
    rules = held(runbook, 0)
    assert not rules["documentation"]["kept"]
    assert rules["backup"]["kept"]
    assert "✗  2  Documentation is read" in runbook("rules", check=0).stdout


def test_off_takes_a_rule_away_with_its_findings(runbook: Runbook, repository: Path, deployment: str) -> None:
    (repository / "runbook.toml").write_text('[rules]\ndocumentation = "off"\n')
    assert "documentation" not in held(runbook, 0)
    runbook("resolve", "--no-input", check=0)
    runbook("resume", deployment, "--no-input", cwd=repository, check=0)
    record = json.loads(runbook("show", deployment, "--format", "json", cwd=repository, check=0).stdout)
    assert "practice/docs-not-reviewed" not in {finding["signature"] for finding in record["findings"]}


def test_stop_keeps_a_deployment_from_being_filed_as_a_success(
    runbook: Runbook, repository: Path, deployment: str
) -> None:
    (repository / "runbook.toml").write_text('[rules]\ndocumentation = "stop"\n')
    assert runbook("rules").returncode == 1
    runbook("set", "status", "success", check=0)
    done = runbook("resume", deployment, "--no-input", cwd=repository, check=1)
    assert "not filed as a success: rule 2" in done.stderr
    assert "runbook rules" in done.stderr
    assert not (repository / "incidents").exists()
    runbook("set", "status", "failed", check=0)
    runbook("resume", deployment, "--no-input", cwd=repository, check=0)
    assert list((repository / "incidents").rglob("report.md"))


def test_warn_files_it_and_says_so(runbook: Runbook, repository: Path, deployment: str) -> None:
    runbook("set", "status", "success", check=0)
    done = runbook("resume", deployment, "--no-input", cwd=repository, check=0)
    assert "rule 2 was not kept" in done.stdout + done.stderr


@pytest.mark.parametrize("toml", ['[rules]\nbakup = "stop"\n', '[rules]\nbackup = "maybe"\n'])
def test_a_mistake_in_the_settings_is_named(runbook: Runbook, repository: Path, deployment: str, toml: str) -> None:
    (repository / "runbook.toml").write_text(toml)
    done = runbook("rules", check=2)
    assert "runbook.toml:" in done.stderr
    assert "rules" in done.stderr


def test_documents_are_known_by_their_digest(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "app").mkdir()
    (home / "app/README.md").write_text("read me\n")
    monkeypatch.chdir(home / "app")
    digest = hashlib.sha256(b"read me\n").hexdigest()[:12]
    assert documents_here() == {"README": f"README.md sha256:{digest}"}


def test_a_rule_that_stops_stops_the_guard(runbook: Runbook, repository: Path, deployment: str) -> None:
    """Without a backup nobody runs it; with one, and the rule on reviews, only with a reviewer."""
    (repository / "data").mkdir()
    (repository / "data/kept").write_text("x")
    command = ["--", "git", "clean", "-xfd"]
    (repository / "runbook.toml").write_text('[rules]\nbackup = "stop"\nreview = "stop"\n')
    done = runbook("run", "--reviewed-by", "Kim", "--ticket", "OPS-1", *command, cwd=repository, check=125)
    assert "rule 4 asks for a backup first" in done.stderr
    runbook("backup", "data", cwd=repository, check=0)
    assert "rule 9 asks for somebody" in runbook("run", *command, cwd=repository, check=125).stderr
    assert (repository / "data/kept").exists()
    runbook("run", "--reviewed-by", "Kim", "--ticket", "OPS-1", *command, cwd=repository, check=0)
    assert not (repository / "data").exists()
