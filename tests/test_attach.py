"""``runbook attach``: a file or a pipe becomes evidence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Runbook = Callable[..., subprocess.CompletedProcess[str]]

TOKEN = "ghp_" + "R4nd0mT0kenCharactersThatLookReal012"


@pytest.fixture
def state(home: Path, runbook: Runbook) -> Path:
    runbook("start", "something is wrong", check=True)
    (found,) = (home / ".local/state/runbook").glob("*/INC-*")
    return found


def attached(state: Path) -> list[dict[str, Any]]:
    lines = [line for file in state.glob("journal/*.jsonl") for line in file.read_text().splitlines()]
    return [entry for entry in map(json.loads, lines) if entry["kind"] == "evidence"]


def test_a_file_is_kept_and_named(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "error.log").write_text("one\ntwo\n")
    done = runbook("attach", tmp_path / "error.log", "--note", "the hour before", check=True)
    assert "attached error.log" in done.stdout
    (entry,) = attached(state)
    data = entry["data"]
    assert (data["name"], data["note"], data["bytes"], data["omitted"]) == ("error.log", "the hour before", 8, 0)
    file = state / data["path"]
    assert file.read_text() == "one\ntwo\n"
    assert file.stat().st_mode & 0o777 == 0o600


def test_json_says_which_entry_it_became(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("x\n")
    done = runbook("attach", tmp_path / "x.log", "--format", "json", "--at", "2026-02-11 09:02", check=True)
    (entry,) = attached(state)
    assert json.loads(done.stdout) == {"id": entry["id"], "at": entry["at"]}
    assert entry["at"] == "2026-02-11T09:02:00+00:00"


def test_a_pipe_with_a_name(state: Path, runbook: Runbook) -> None:
    runbook("attach", "-", "--name", "pods, described", input="Back-off restarting failed container\n", check=True)
    assert attached(state)[0]["data"]["name"] == "pods, described"


def test_secrets_stay_out(state: Path, runbook: Runbook, home: Path) -> None:
    """In the content and in the name."""
    runbook("attach", "-", "--name", f"token={TOKEN}", input=f"GITHUB_TOKEN={TOKEN}\n", check=True)
    for path in home.rglob("*"):
        assert TOKEN not in path.name
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes()
    assert "[redacted:" in (state / attached(state)[0]["data"]["path"]).read_text()


def test_known_failures_in_it_are_found(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "docker.log").write_text("x\nBind for 0.0.0.0:4000 failed: port is already allocated\n")
    done = runbook("attach", tmp_path / "docker.log", check=True)
    assert "known: net/port-already-in-use" in done.stderr
    data = attached(state)[0]["data"]
    (finding,) = [item for item in data["findings"] if item["signature"] == "net/port-already-in-use"]
    assert (finding["source"], finding["line"]) == (data["path"], 2)


def test_it_is_in_the_record(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("x\n")
    runbook("attach", tmp_path / "x.log", check=True)
    shown = json.loads(runbook("show", "--format", "json", check=True).stdout)
    assert [item["name"] for item in shown["evidence"]] == ["x.log"]


def test_what_windows_calls_unicode_is_read(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "event.txt").write_bytes("Dienst läuft nicht\r\n".encode("utf-16"))
    runbook("attach", tmp_path / "event.txt", check=True)
    assert "Dienst läuft nicht" in (state / attached(state)[0]["data"]["path"]).read_text()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "is a directory"),
        (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "this is no text"),
        (lambda path: path.write_bytes(b""), "there is nothing in it"),
    ],
    ids=["missing", "folder", "picture", "empty"],
)
def test_what_cannot_be_attached_is_said_with_its_name(
    state: Path, runbook: Runbook, tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    make(tmp_path / "thing")
    done = runbook("attach", tmp_path / "thing", check=2)
    assert message in done.stderr
    assert "thing" in done.stderr
    assert not attached(state)


def test_a_name_that_wants_out_of_the_folder_stays_in(state: Path, runbook: Runbook) -> None:
    runbook("attach", "-", "--name", "../../../../etc/cron.d/x", input="x\n", check=True)
    path = attached(state)[0]["data"]["path"]
    assert os.path.dirname(path) == "evidence"
    assert (state / path).is_file()


def test_without_an_open_incident_nothing_is_lost_silently(home: Path, runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("x\n")
    done = runbook("attach", tmp_path / "x.log", check=2)
    assert "runbook start" in done.stderr


def test_a_gigabyte_would_not_fit_in_memory(state: Path, tmp_path: Path) -> None:
    """Memory does not grow with the file. The catalog, which takes some once, is compiled before."""
    subprocess.run([sys.executable, "-m", "runbook", "signatures", "list"], check=True, capture_output=True)
    file = tmp_path / "big.log"
    file.write_bytes(b"GET /index.html 200 0.012 a line of an access log, as they are\n" * 1_000_000)
    code = (
        "import resource,subprocess,sys; subprocess.run(sys.argv[1:], check=True, stdout=-3);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, sys.executable, "-m", "runbook", "attach", str(file)]
    done = subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert int(done.stdout) < 80_000, done.stdout
    data = attached(state)[0]["data"]
    assert data["bytes"] == 63_000_000
    assert data["omitted"] > 57_000_000
