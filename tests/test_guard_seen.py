"""What the guard says about the things that a command would hit.

No container engine is needed: ``docker`` and ``kubectl`` are small programs on ``PATH`` that answer as the real ones,
late, or never.
"""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Runbook

ROWS = (
    "ca32646934af\tplexus\tplexus:latest\tUp 2 hours\t0.0.0.0:4000->4000/tcp\tplexus_data\tplexus\t{folder}\tapp",
    "0b1c2d3e4f50\tplexus-db\tpostgres:16\tUp 2 hours (healthy)\t5432/tcp\tpgdata\tplexus\t{folder}\tdb",
    "111122223333\tother\tnginx:1.27\tUp 3 days\t0.0.0.0:80->80/tcp\t\tother\t/srv/other\tweb",
    "444455556666\told-try\tplexus:pr\tExited (1) 5 minutes ago\t\t\t\t\t",
)
COMPOSE = 'services:\n  app:\n    image: plexus:latest\n    ports: ["4000:4000"]\n  db:\n    image: postgres:16\n'


@pytest.fixture
def project(home: Path) -> Path:
    """A folder with a compose file."""
    folder = home / "plexus"
    folder.mkdir()
    (folder / "docker-compose.yml").write_text(COMPOSE, encoding="utf-8")
    return folder


@pytest.fixture
def program(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a program on ``PATH``, which notes its arguments in a file that is returned."""

    def install(name: str, script: str) -> Path:
        folder = home / "bin"
        folder.mkdir(exist_ok=True)
        asked = home / f"{name}.asked"
        (folder / name).write_text(f'#!/bin/sh\necho "$*" >>"{asked}"\n{script}\n', encoding="utf-8")
        (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return asked

    return install


def rows(folder: Path) -> str:
    lines = "\n".join(row.format(folder=folder) for row in ROWS)
    return f"cat <<'END'\n{lines}\nEND"


@pytest.mark.parametrize(
    "case",
    [
        ("docker compose down", ["plexus   plexus:latest (ca32646934af)   up 2 hours", "0.0.0.0:4000->4000"], "other"),
        ("sudo docker compose stop db", ["plexus-db   postgres:16"], "0.0.0.0:4000"),
        ("docker compose -p other down", ["other   nginx:1.27"], "plexus:latest"),
        ("docker compose -p nothing down", ["nothing of it is running"], "nginx"),
        ("docker rm -f other old-try", ["nginx:1.27", "exited (1) 5 minutes ago"], "postgres"),
        ("docker stop ca3264", ["plexus   plexus:latest"], "postgres"),
        ("docker volume rm pgdata", ["plexus-db   postgres:16"], "nginx"),
        ("docker volume rm unused", ["no container uses it"], "nginx"),
        ("docker rmi plexus", ["plexus   plexus:latest"], "postgres"),
        ("docker container prune -f", ["old-try   plexus:pr"], "nginx"),
    ],
)
def test_what_is_running_is_listed_before_the_question(
    runbook: Runbook, program: Callable[[str, str], Path], project: Path, case: tuple[str, list[str], str]
) -> None:
    line, shown, hidden = case
    asked = program("docker", rows(project))
    told = runbook("run", "-c", line, cwd=project, check=125).stderr
    for text in shown:
        assert text in told
    assert hidden not in told.replace(line, "")
    assert asked.read_text("utf-8").startswith("ps --all")


def test_the_engine_that_the_command_would_use_is_asked(
    runbook: Runbook, program: Callable[[str, str], Path], project: Path
) -> None:
    asked = program("docker", rows(project))
    runbook("run", "-c", "docker --context prod compose down", cwd=project, check=125)
    runbook("run", "-c", "DOCKER_HOST=ssh://root@prod-1 docker rm -f x", cwd=project, check=125)
    assert [line.split(" ps ")[0] for line in asked.read_text("utf-8").splitlines()] == [
        "--context prod",
        "--host=ssh://root@prod-1",
    ]


@pytest.mark.parametrize("script", ["sleep 60", "sleep 60 & wait", "exit 1", "yes", "echo half a line; exec sleep 60"])
def test_an_engine_that_does_not_answer_holds_up_nobody(
    runbook: Runbook, program: Callable[[str, str], Path], project: Path, script: str
) -> None:
    """The compose file says what is meant to run; the question comes after 1.5 s at the latest, plus our own start."""
    program("docker", script)
    begin = time.monotonic()
    told = runbook("run", "--", "docker", "compose", "down", cwd=project, check=125).stderr
    assert time.monotonic() - begin < 15  # a machine that runs many tests at once
    assert "docker does not answer; by its file:" in told
    assert "app   plexus:latest   4000->4000" in told


def test_without_an_engine_the_compose_file_speaks(
    runbook: Runbook, program: Callable[[str, str], Path], project: Path
) -> None:
    program("something-else", "true")
    told = runbook("run", "--", "docker", "compose", "-f", "docker-compose.yml", "down", cwd=project, check=125).stderr
    assert "db   postgres:16" in told
    told = runbook("run", "--", "docker", "rm", "-f", "web", cwd=project, check=125).stderr
    assert "docker does not answer: what is running is not known" in told


def test_a_cluster_is_asked_what_would_be_deleted(
    runbook: Runbook, program: Callable[[str, str], Path], project: Path
) -> None:
    asked = program("kubectl", "echo 'pod/web-1   1/1   Running   0   3d'")
    line = "kubectl --context prod -n shop delete pods -l app=web"
    told = runbook("run", "-c", line, cwd=project, check=125).stderr
    assert "pod/web-1   1/1   Running" in told
    (arguments,) = asked.read_text("utf-8").splitlines()
    assert arguments.startswith("get pods -nshop --context=prod -lapp=web --no-headers --ignore-not-found --request-")


def test_a_state_says_how_many_resources_go(runbook: Runbook, home: Path) -> None:
    resources = [{"mode": "managed", "type": "aws_instance", "name": f"web{n}"} for n in range(12)]
    state = {"version": 4, "resources": [*resources, {"mode": "data", "type": "aws_ami", "name": "base"}]}
    (home / "terraform.tfstate").write_text(json.dumps(state), encoding="utf-8")
    told = runbook("run", "--", "terraform", "destroy", cwd=home, check=125).stderr
    assert "12 resources in the state" in told
    assert "aws_instance.web0" in told
    assert "aws_ami" not in told


def test_what_git_does_not_have_is_said(runbook: Runbook, repository: Path) -> None:
    folder = repository / "config"
    folder.mkdir()
    (folder / "a.ini").write_text("a", encoding="utf-8")
    (folder / "b.ini").write_text("b", encoding="utf-8")
    subprocess.run(["git", "add", "config/a.ini"], cwd=repository, check=True)
    told = runbook("run", "--", "rm", "-rf", "config", cwd=repository, check=125).stderr
    assert "config: 2 files, 2 bytes, 1 of it in git" in told


def test_a_database_is_named_with_its_host(runbook: Runbook, home: Path) -> None:
    told = runbook("run", "--", "psql", "-h", "db1", "-d", "shop", "-c", "DROP TABLE users", cwd=home, check=125)
    assert "database shop on db1" in told.stderr
