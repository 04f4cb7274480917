"""The Tab key, in real shells: verbs, options, their values, ids and signatures."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from runbook.cli.main import VERBS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Runbook

BIN = Path(sys.executable).parent


@pytest.fixture
def started(runbook: Runbook, repository: Path) -> str:
    """The id of an incident in the repository in which the shells complete."""
    done = runbook("start", "it broke", "--format", "json", cwd=repository, check=0)
    return str(json.loads(done.stdout)["id"])


@pytest.fixture(params=["bash", "fish"])
def complete(
    request: pytest.FixtureRequest, runbook: Runbook, repository: Path, tmp_path: Path
) -> Callable[[str], list[str]]:
    """Asks a shell what it offers for a line that ends at the cursor."""
    shell: str = request.param
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    script = tmp_path / f"runbook.{shell}"
    script.write_text(runbook("completion", shell, check=0).stdout, encoding="utf-8")
    ask = {
        "bash": 'source "$1"; COMP_LINE=$2; eval "read -ra COMP_WORDS <<<\\"$2\\""\n'
        '[[ $2 == *" " ]] && COMP_WORDS+=("")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1)); compopt() { :; }\n'
        '_runbook; printf "%s\\n" "${COMPREPLY[@]}"',
        "fish": "source $argv[1]; complete -C $argv[2]",
    }[shell]
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}

    def words(line: str) -> list[str]:
        name = ["bash"] if shell == "bash" else []
        command = [shell, "-c", ask, *name, str(script), line]
        done = subprocess.run(
            command, cwd=repository, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stderr == ""
        return [answer.split("\t")[0].strip() for answer in done.stdout.splitlines() if answer.strip()]

    return words


def test_verbs_options_values_and_names(complete: Callable[[str], list[str]], started: str) -> None:
    assert set(VERBS) <= set(complete("runbook "))
    assert complete("runbook publ") == ["publish"]
    assert set(complete("runbook start --sev")) == {"--severity"}
    assert set(complete("runbook start --severity ")) == {"critical", "high", "medium", "low"}
    assert complete("runbook mark mit") == ["mitigated"]
    assert complete("runbook show inc") == [started]
    assert complete("runbook log --id INC") == [started]
    assert set(complete("runbook explain net/port-al")) == {"net/port-already-in-use"}
    assert complete("runbook signatures te") == ["test"]
    assert "--area" in complete("runbook signatures list --a")


def test_zsh_completes_too(runbook: Runbook, repository: Path, started: str, tmp_path: Path) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("needs zsh")
    functions = tmp_path / "functions"
    functions.mkdir()
    (functions / "_runbook").write_text(runbook("completion", "zsh", check=0).stdout, encoding="utf-8")
    shell = pexpect.spawn(
        "zsh",
        ["-f", "-i"],
        cwd=str(repository),
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "PS1": "> ", "TERM": "dumb"},
        encoding="utf-8",
        dimensions=(40, 120),
        timeout=60,
    )
    try:
        shell.sendline(
            f"fpath=({functions} $fpath); autoload -U compinit; compinit -u -d {tmp_path}/dump; print rea''dy"
        )
        shell.expect_exact("ready")
        for typed, whole in (
            ("runbook publ", "runbook publish "),
            ("runbook start --severity crit", "runbook start --severity critical "),
            (f"runbook show {started[:4]}", f"runbook show {started} "),
            ("runbook signatures tes", "runbook signatures test "),
        ):
            time.sleep(0.2)
            shell.send(typed + "\t")
            shell.expect_exact(whole)
            shell.sendcontrol("u")
    finally:
        shell.close(force=True)


def test_ids_are_named_fast_and_without_heavy_libraries(runbook: Runbook, repository: Path) -> None:
    """Among 10,000 reports, by folder names alone: a press of Tab must not wait."""
    for number in range(10_000):
        (
            repository / f"incidents/{2016 + number // 1000}/INC-{2016 + number // 1000}-02-11-{number % 1000 + 1:03d}"
        ).mkdir(parents=True)
    script = (
        "import json, sys, time\nfrom runbook.cli.main import main\nbegin = time.process_time()\n"
        "main(['completion', 'ids', 'INC-2020-02-11-50'])\n"
        "heavy = {'pydantic', 'yaml', 'git', 'jinja2'} & set(sys.modules)\n"
        "print(json.dumps([time.process_time() - begin, sorted(heavy)]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=repository, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [f"INC-2020-02-11-50{digit}" for digit in range(9, -1, -1)]
    seconds, heavy = json.loads(done.stderr)
    assert heavy == []
    assert seconds < 0.5
    everything = runbook("completion", "ids", "", cwd=repository, check=0).stdout.split()
    assert len(everything) == 200
    assert everything[0] == "INC-2025-02-11-1000"
