"""The ground every other test stands on: nothing of the developer's own is within reach."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest
    from conftest import Runbook


def test_a_test_sees_only_its_own_home() -> None:
    """Home, XDG folders and the current folder lie together in a temporary folder, without being asked for."""
    home = Path(os.environ["HOME"])
    assert Path.cwd().is_relative_to(home)
    assert Path("~").expanduser() == home
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        assert Path(os.environ[name]).is_relative_to(home)
    assert not [name for name in os.environ if name.startswith("RUNBOOK_")]
    assert time.localtime().tm_zone == "UTC"


def test_git_reads_only_the_test_configuration(home: Path) -> None:
    """Every setting git knows comes from the test's own file, and no repository encloses the test."""
    shown = subprocess.run(
        ["git", "config", "--list", "--show-origin", "--name-only"], capture_output=True, text=True, check=True
    )
    assert {line.split("\t")[0] for line in shown.stdout.splitlines()} == {f"file:{home}/.gitconfig"}
    found = subprocess.run(["git", "rev-parse", "--show-toplevel"], capture_output=True, text=True, check=False)
    assert found.returncode == 128


def test_the_program_runs_isolated_from_any_folder(
    runbook: Runbook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``env`` adds and takes away, ``cwd`` is honoured, and the checkout under test is the one that answers."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert runbook("--version", cwd=tmp_path, env={"NO_COLOR": None}, check=0).stderr == ""
