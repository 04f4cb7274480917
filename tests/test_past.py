"""Under a known failure: which earlier incidents looked the same, and what ended them."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from ptydriver import Terminal

from runbook.archive.past import look_up, read_index, renew_index
from runbook.model.record import Finding, Incident

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

FAILS = "echo Bind for 0.0.0.0:4000 failed: port is already allocated; exit 1"


@pytest.fixture
def filed(runbook: Runbook, repository: Path) -> str:
    """An incident with that known failure, written up and committed."""
    identifier = runbook("start", "The trial could not start", cwd=repository, check=0).stdout.split()[0]
    runbook("run", "--", "sh", "-c", FAILS, check=1)
    runbook("set", "resolution", "The trial was moved to **its own port**. Nothing else was touched.", check=0)
    runbook("resolve", "--no-input", check=0)
    runbook("render", identifier, cwd=repository, check=0)
    return identifier


def test_the_same_failure_again_names_the_incident_and_what_ended_it(
    runbook: Runbook, filed: str, repository: Path
) -> None:
    runbook("start", "Again", cwd=repository, check=0)
    with Terminal([sys.executable, "-m", "runbook", "run", "--", "sh", "-c", FAILS]) as terminal:
        text = terminal.sees("More  runbook explain")
        assert terminal.ends() == 1
    (seen,) = [row for row in text.splitlines() if row.startswith("Seen")]
    assert seen == f"Seen  {filed}, fixed: The trial was moved to its own port."
    hint = text[text.index("── known") :].rstrip().splitlines()
    assert len(hint) <= 6
    shutil.rmtree(next(repository.glob(f"incidents/*/{filed}")))
    runbook("start", "And again, after it was removed", cwd=repository, check=0)
    with Terminal([sys.executable, "-m", "runbook", "run", "--", "sh", "-c", FAILS]) as terminal:
        assert "Seen" not in terminal.sees("More  runbook explain")
        assert terminal.ends() == 1


def test_records_that_a_pull_brought_are_known_with_the_next_start(
    runbook: Runbook, filed: str, repository: Path, home: Path
) -> None:
    shutil.rmtree(home / ".cache/runbook")
    runbook("start", "Again", cwd=repository, check=0)
    (index,) = (home / ".cache/runbook").glob("past-*.json")
    assert json.loads(index.read_text("utf-8"))["cards"][filed]["signatures"] == ["net/port-already-in-use"]


def test_the_index_reads_only_what_changed_and_survives_damage(tmp_path: Path) -> None:
    shelves = []
    documents = {}
    for number in range(3):
        name = f"INC-2026-02-1{number}-001"
        folder = tmp_path / name
        folder.mkdir()
        (folder / "record.yaml").write_text(name, encoding="utf-8")
        shelves.append((name, str(folder)))
        documents[str(folder)] = Incident(
            id=name,
            title=f"Number {number}",
            resolution="Restarted it." if number == 1 else "",
            findings=[
                Finding(id="a/b", signature="a/b", state="dismissed" if number == 0 else "open"),
                Finding(id="practice/x", signature="practice/x", kind="timeline"),
            ],
        )
    path = str(tmp_path / "cache" / "past.json")
    assert renew_index(path, shelves, documents.get, seconds=0) == 0
    assert read_index(path) == {}
    assert renew_index(path, shelves, documents.get, seconds=60) == 3
    assert renew_index(path, shelves, documents.get, seconds=60) == 0
    (tmp_path / "INC-2026-02-12-001" / "record.yaml").write_text("longer than before", encoding="utf-8")
    assert renew_index(path, shelves, documents.get, seconds=60) == 1
    cards = read_index(path)
    assert [row[0] for row in look_up(cards, "a/b", without="INC-2026-02-11-001")] == ["INC-2026-02-12-001"]
    assert look_up(cards, "a/b", without="")[0] == ("INC-2026-02-11-001", "Number 1", "Restarted it.")
    assert look_up(cards, "practice/x", without="") == []
    for damage in ("", "[]", "{", '{"v": 1, "cards": {"x": 3}}', '{"v": 99}'):
        (tmp_path / "cache" / "past.json").write_text(damage, encoding="utf-8")
        assert look_up(read_index(path), "a/b", without="") == []
    assert renew_index(path, shelves, documents.get, seconds=60) == 3
