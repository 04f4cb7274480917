"""Healthy logs stay quiet, much of them fits into little memory, and hostile patterns and text take no time."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import healthylogs
import hostile
import pytest

from runbook.detect.adaptive import AdaptiveEngine
from runbook.detect.catalog import BUILTIN, load_catalog
from runbook.detect.engine import Scanner
from runbook.detect.hyper import available
from runbook.flow.automata import build
from runbook.record.places import cache_root

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook


def test_the_same_seed_is_the_same_log() -> None:
    assert b"".join(healthylogs.chunks(300_000)) == b"".join(healthylogs.chunks(300_000))
    assert b"".join(healthylogs.chunks(300_000, seed=2)) != b"".join(healthylogs.chunks(300_000))


def test_healthy_logs_of_many_programs_have_no_finding() -> None:
    """At most one in 100,000 lines is owed; these have none."""
    scanner = Scanner(load_catalog([BUILTIN], None), engine=AdaptiveEngine)
    for data in healthylogs.chunks(12_000_000):
        scanner.feed(data)
    found = scanner.close()
    assert scanner.lines > 90_000
    assert not found, [(match.signature, match.excerpt) for match in found]


@pytest.mark.skipif(not available(), reason="hyperscan has no wheel here")
@pytest.mark.parametrize("every", [0, 2], ids=["healthy", "every other line a finding"])
def test_memory_stays_small_with_every_library_counted(home: Path, runbook: Runbook, every: int) -> None:
    runbook("scan", "-", input="fill the cache\n", check=0)
    build(str(cache_root()), "output", [BUILTIN])
    failures = ("bind: address already in use :::4000", "connection refused by 10.0.0.1:5432", "ENOSPC: no space left")
    with (home / "a.log").open("wb") as file:
        for data in healthylogs.chunks(20_000_000, every=every, failures=failures):
            file.write(data)
    code = (
        "import resource,subprocess,sys; subprocess.run(sys.argv[1:], stdout=-3);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, sys.executable, "-m", "runbook", "scan", "--kind", "output", "a.log"]
    done = subprocess.run(command, cwd=home, check=True, capture_output=True, timeout=300)
    assert int(done.stdout) < 40 * 1024


def test_a_large_scan_has_the_automaton_made_for_the_next(home: Path, runbook: Runbook) -> None:
    """The findings of the scan that made it and of the one that uses it are the same."""
    if not available():
        pytest.skip("hyperscan has no wheel here")
    with (home / "a.log").open("wb") as file:
        for data in healthylogs.chunks(10_000_000, every=2000, failures=("bind: address already in use",)):
            file.write(data)
    first = json.loads(runbook("scan", home / "a.log", "--format", "json", check=1).stdout)
    build(str(cache_root()), "output", [BUILTIN])  # done here if the process that the scan started is not done
    second = json.loads(runbook("scan", home / "a.log", "--format", "json", check=1).stdout)
    assert second == first


@pytest.mark.parametrize("pattern", hostile.PATTERNS[::9])
def test_a_hostile_pattern_is_refused_with_its_line_or_harmless(pattern: str) -> None:
    """A sample on a tenth of the text; `make campaign-patterns` runs all of it and judges the time."""
    outcome = hostile.attempt(pattern, {name: data[:50_000] for name, data in hostile.INPUTS.items()})
    if outcome.refused is not None:
        assert outcome.refused.file
        assert outcome.refused.line
