"""What people install: the wheel, away from the checkout it was built from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel, which comes before the checkout on the module path."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*install, str(site), str(wheel)], check=True, capture_output=True)
    return site


@pytest.fixture
def run(installed: Path, home: Path) -> Callable[..., str]:
    def call(*arguments: str, text: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "runbook", *arguments],
            env={**os.environ, "PYTHONPATH": str(installed)},
            cwd=home,
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout

    return call


def test_it_brings_its_signatures(run: Callable[..., str], installed: Path) -> None:
    origin = [sys.executable, "-c", "import runbook; print(runbook.__file__)"]
    where = subprocess.run(
        origin, env={**os.environ, "PYTHONPATH": str(installed)}, capture_output=True, text=True, check=True
    )
    assert where.stdout.startswith(str(installed))
    found = run("scan", "-", text="Error: listen EADDRINUSE: address already in use 0.0.0.0:4000\n")
    assert "net/port-already-in-use" in found
    assert (installed / "runbook/py.typed").is_file()


def test_it_brings_its_templates_and_its_demo(run: Callable[..., str], home: Path) -> None:
    run("demo", "--into", "scratch")
    (report,) = home.glob("scratch/**/INC-2026-02-11-001/report.md")
    page = run("export", "INC-2026-02-11-001", "--repo", str(report.parents[3]), "--format", "html")
    assert page.startswith("<!doctype html>")
    assert "prefers-color-scheme" in page
    assert report.read_text(encoding="utf-8") == (ROOT / "incidents/2026/INC-2026-02-11-001/report.md").read_text(
        encoding="utf-8"
    )
