"""Making a repository ready: what is written, what is left alone, and that the jobs and hooks it writes really run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from publishing import Repo, new_repo
from test_schemas import check as check_shape

if TYPE_CHECKING:
    from conftest import Runbook

ROOT = Path(__file__).resolve().parent.parent
GITHUB = ".github/workflows/runbook.yml"
GITLAB = ".gitlab/runbook.yml"


@pytest.fixture
def repo(tmp_path: Path, home: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def init(runbook: Runbook, repo: Repo, *options: str) -> dict[str, str]:
    done = check_shape("init", runbook("init", *options, "--format", "json", cwd=repo.root, check=0).stdout)
    return {part["path"]: part["state"] for part in done["files"]}


def files_of(repo: Repo) -> dict[str, bytes]:
    return {
        str(p.relative_to(repo.root)): p.read_bytes()
        for p in repo.root.rglob("*")
        if p.is_file() and ".git" not in p.parts
    }


@pytest.mark.parametrize(
    ("address", "job"),
    [
        ("git@github.com:acme/reports.git", GITHUB),
        ("https://gitlab.example.org/ops/group/reports.git", GITLAB),
        ("https://codeberg.org/acme/reports", GITHUB),
        ("/srv/git/reports.git", None),
    ],
)
def test_the_remote_tells_which_job_is_written(runbook: Runbook, repo: Repo, address: str, job: str | None) -> None:
    repo.git("remote", "add", "origin", address)
    written = init(runbook, repo)
    assert {name for name in (GITHUB, GITLAB) if name in written} == ({job} if job else set())
    assert {"runbook.toml", "incidents/README.md", "incidents/.gitattributes"} <= set(written)
    assert set(written.values()) == {"new"}
    assert repo.git("diff", "--cached", "--name-only") == ""


def test_run_again_it_changes_only_what_nobody_touched(runbook: Runbook, repo: Repo) -> None:
    """An edited file stays; one as an older version wrote it is renewed; a dry run changes nothing at all."""
    before = files_of(repo)
    assert set(init(runbook, repo, "--ci", "github", "--dry-run").values()) == {"new"}
    assert files_of(repo) == before
    init(runbook, repo, "--ci", "github")
    written = files_of(repo)
    assert set(init(runbook, repo, "--ci", "github").values()) == {"same"}
    assert files_of(repo) == written

    toml = repo.root / "runbook.toml"
    toml.write_text(toml.read_text("utf-8") + '\n[ci]\ninstall = "pipx install incident-runbook=={version}"\n', "utf-8")
    crlf = repo.root / ".github/CODEOWNERS"
    crlf.write_bytes(crlf.read_bytes().replace(b"\n", b"\r\n"))
    again = init(runbook, repo, "--ci", "github")
    assert {path: state for path, state in again.items() if state != "same"} == {
        "runbook.toml": "yours",
        GITHUB: "renewed",
    }
    assert "pipx install incident-runbook==0" in (repo.root / GITHUB).read_text("utf-8")


def test_what_the_team_has_is_left_alone(runbook: Runbook, repo: Repo) -> None:
    repo.write("CODEOWNERS", "* @acme/everybody\n")
    repo.write(".gitlab-ci.yml", "test:\n  script: make\n")
    done = json.loads(runbook("init", "--ci", "gitlab", "--format", "json", cwd=repo.root, check=0).stdout)
    notes = {part["path"]: part["note"] for part in done["files"] if part["state"] == "yours"}
    assert "local: .gitlab/runbook.yml" in notes[".gitlab-ci.yml"]
    assert "/incidents/" in notes["CODEOWNERS"]
    assert (repo.root / "CODEOWNERS").read_text("utf-8") == "* @acme/everybody\n"
    assert not (repo.root / ".gitlab/CODEOWNERS").exists()


def test_where_there_is_no_repository_it_makes_one(runbook: Runbook, tmp_path: Path) -> None:
    empty = Repo(tmp_path / "reports")
    empty.root.mkdir()
    done = json.loads(runbook("init", "--format", "json", cwd=empty.root, check=0).stdout)
    assert (done["made"], done["repository"], done["ci"]) == (True, str(empty.root), "none")
    assert empty.log() == ["Keep incident records here"]
    runbook("start", "it broke", cwd=empty.root, check=0)


def test_a_link_in_the_way_is_not_followed(runbook: Runbook, repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (repo.root / ".github").symlink_to(tmp_path / "outside")
    done = runbook("init", "--ci", "github", cwd=repo.root, check=2)
    assert "symbolic link" in done.stderr
    assert os.listdir(tmp_path / "outside") == []


def test_the_jobs_are_valid_for_their_forges(runbook: Runbook, repo: Repo) -> None:
    """Against the published schemas of both."""
    init(runbook, repo, "--ci", "github")
    init(runbook, repo, "--ci", "gitlab")
    for schema, names in (("github-workflows", [GITHUB]), ("gitlab-ci", [GITLAB, ".gitlab-ci.yml"])):
        done = subprocess.run(
            [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", *names],
            cwd=repo.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def steps(job: dict[str, Any]) -> list[str]:
    """The commands of a job, as its forge would run them, each with what is expanded."""
    if "steps" in job:
        return [step["run"] for step in job["steps"] if "run" in step]
    return [*job["before_script"], "\n".join(job["script"])]


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_the_jobs_steps_run_in_a_clean_environment(runbook: Runbook, repo: Repo, tmp_path: Path, forge: str) -> None:
    """On this project's own archive, with nothing of the developer's around; only the installing is replaced."""
    shutil.copytree(ROOT / "incidents", repo.root / "incidents", dirs_exist_ok=True)
    init(runbook, repo, "--ci", forge)
    repo.git("add", ".")
    repo.git("commit", "--quiet", "-m", "Reports")
    jobs = yaml.safe_load((repo.root / (GITHUB if forge == "github" else GITLAB)).read_text("utf-8"))
    install, *commands = steps(jobs["jobs"]["reports"] if forge == "github" else jobs["runbook"])
    assert install.strip().startswith("python -m pip install incident-runbook==0.")
    clean = tmp_path / "clean"
    clean.mkdir()
    environment = {
        "HOME": str(clean),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "CI": "true",
        **({"GITHUB_ACTIONS": "true"} if forge == "github" else {"GITLAB_CI": "true"}),
    }
    for command in commands:
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", command],
            cwd=repo.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    check_shape("sync-check", runbook("sync", "--check", "--all", "--format", "json", cwd=repo.root, check=0).stdout)
    report = next(repo.root.glob("incidents/2026/INC-*/report.md"))
    report.write_text(report.read_text("utf-8").replace("| critical |", "| low |"), encoding="utf-8")
    wrong = check_shape(
        "sync-check", runbook("sync", "--check", "--all", "--format", "json", cwd=repo.root, check=1).stdout
    )
    assert [name for name, differences in wrong["documents"].items() if differences] == [report.parent.name]
    if forge == "gitlab":
        assert isinstance(json.loads((repo.root / "gl-code-quality-report.json").read_text("utf-8")), list)


@pytest.fixture
def pre_commit() -> Path:
    program = Path(sys.executable).with_name("pre-commit")
    if not program.exists():
        pytest.skip("needs pre-commit")
    return program


def test_the_hook_definitions_are_valid(runbook: Runbook, pre_commit: Path, tmp_path: Path) -> None:
    """Those of this repository, and those that `init --pre-commit` prints; every verb they call is there."""
    config = tmp_path / "config.yaml"
    config.write_text(runbook("init", "--pre-commit", check=0).stdout, encoding="utf-8")
    for kind, path in (("manifest", ROOT / ".pre-commit-hooks.yaml"), ("config", config)):
        done = subprocess.run([pre_commit, f"validate-{kind}", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    manifest = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    printed = yaml.safe_load(config.read_text("utf-8"))["repos"][0]["hooks"]
    assert [(h["id"], h["entry"]) for h in manifest] == [(h["id"], h["entry"]) for h in printed]


def test_the_hooks_run(runbook: Runbook, repo: Repo, pre_commit: Path) -> None:
    shutil.copytree(ROOT / "incidents", repo.root / "incidents", dirs_exist_ok=True)
    repo.write(".pre-commit-config.yaml", runbook("init", "--pre-commit", check=0).stdout)
    repo.git("add", ".")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [pre_commit, "run", "--all-files"],
        cwd=repo.root,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Passed") == 2
