"""The live hint: what is known about a failure, under it, for whoever sits at the terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from runbook.capture.recorder import Outcome
from runbook.cli.hint import MOST, format_hint
from runbook.model.match import Match

if TYPE_CHECKING:
    from pathlib import Path

RUNBOOK = [sys.executable, "-m", "runbook"]
FAILURE = "Error response from daemon: Bind for 0.0.0.0:{port} failed: port is already allocated"
KNOWN = "net/port-already-in-use"


@pytest.fixture(autouse=True)
def incident(home: Path) -> None:
    subprocess.run([*RUNBOOK, "start", "something is wrong"], check=True, capture_output=True)


def on_terminal(*arguments: str, columns: int = 80, env: dict[str, str] | None = None) -> str:
    """What a person sees, without the colours."""
    child = pexpect.spawn(
        RUNBOOK[0],
        [*RUNBOOK[1:], "run", *arguments],
        timeout=60,
        dimensions=(24, columns),
        encoding="utf-8",
        env={**os.environ, "NO_COLOR": "1", **(env or {})},
    )
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before).replace("\r\n", "\n")


def failing(port: int = 4000, status: int = 1) -> list[str]:
    return ["--", "sh", "-c", f"echo '{FAILURE.format(port=port)}' >&2; exit {status}"]


def hint(shown: str) -> list[str]:
    lines = shown.splitlines()
    starts = [at for at, line in enumerate(lines) if line.startswith("── known:")]
    return lines[starts[0] :] if starts else []


def commands(home: Path) -> list[dict[str, Any]]:
    files = (home / ".local/state/runbook").glob("*/*/journal/*.jsonl")
    entries = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    return [entry["data"] for entry in entries if entry["kind"] == "command"]


def test_a_known_failure_is_explained_in_six_lines_at_most() -> None:
    """Which failure, what it is with the captured port, the fix, and where to read more."""
    shown = on_terminal(*failing(4000, status=17))
    lines = hint(shown)
    assert 4 <= len(lines) <= MOST
    assert lines[0].startswith(f"── known: {KNOWN} ─")
    assert "exit 17 · 0." in lines[0]
    assert "4000" in "\n".join(lines)
    assert any(line.startswith("Fix   ") for line in lines)
    assert lines[-1].startswith(f"More  runbook explain {KNOWN}")
    assert all(len(line) <= 80 for line in lines)
    assert "{" not in "".join(line for line in lines if line.startswith("Fix")), "captures are filled in"


def test_it_comes_after_what_the_command_printed() -> None:
    shown = on_terminal(*failing())
    assert shown.index("port is already allocated") < shown.index("── known:")


def test_it_is_said_once_as_long_as_it_stays_the_same(home: Path) -> None:
    """Again when it is another port; the finding is on record every time."""
    assert hint(on_terminal(*failing(4000)))
    assert not hint(on_terminal(*failing(4000)))
    assert hint(on_terminal(*failing(4001)))
    assert all(KNOWN in {finding["signature"] for finding in data["findings"]} for data in commands(home))


def test_quiet_says_nothing_and_records_the_finding(home: Path) -> None:
    """And what was not said yet is said by the next command that fails so."""
    assert not hint(on_terminal("--quiet", *failing()))
    assert commands(home)[0]["findings"][0]["signature"] == KNOWN
    assert hint(on_terminal(*failing()))


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert on_terminal("--", "sh", "-c", "echo an unheard-of problem; exit 1") == "an unheard-of problem\n"


def test_nothing_is_said_about_a_success(home: Path) -> None:
    assert not hint(on_terminal(*failing(status=0)))
    assert commands(home)[0]["findings"]


def test_nothing_is_said_where_stderr_is_no_terminal() -> None:
    done = subprocess.run([*RUNBOOK, "run", *failing()], capture_output=True, check=False, text=True)
    assert done.stderr == FAILURE.format(port=4000) + "\n"
    assert done.stdout == ""


def test_it_is_said_where_only_stdout_is_redirected(tmp_path: Path) -> None:
    """`runbook run -- psql … >out` still helps."""
    line = " ".join([*RUNBOOK, "run", "--", "sh", str(tmp_path / "fails"), f">{tmp_path}/out"])
    (tmp_path / "fails").write_text(f"echo data; echo '{FAILURE.format(port=4000)}' >&2; exit 1")
    shown = pexpect.run(f"bash -c '{line}'", encoding="utf-8", timeout=60)
    assert f"known: {KNOWN}" in str(shown)
    assert (tmp_path / "out").read_text() == "data\n"


def test_it_helps_without_an_open_incident_too(home: Path) -> None:
    (home / ".local/state/runbook/current").unlink()
    assert hint(on_terminal(*failing()))


def test_colour_only_where_it_is_wanted() -> None:
    assert "\x1b[" in on_terminal(*failing(4000), env={"NO_COLOR": ""})
    assert "\x1b[" not in on_terminal(*failing(4001))


def test_a_secret_in_the_output_is_not_repeated_by_the_hint() -> None:
    token = "ghp_" + "R4nd0mT0kenCharactersThatLookReal012"
    shown = on_terminal(
        "--", "sh", "-c", f"echo 'fatal: Authentication failed for https://x:{token}@github.com/'; exit 1"
    )
    assert token not in "\n".join(hint(shown))


def long_match(**more: Any) -> Match:
    words = "somebody else holds this port and will not let go of it " * 6
    fix = words + "\n\nWrong:\n\n```text\nports: 4000\n```\n\nRight:\n\n```text\nports: 4001\n```"
    return Match(
        signature=KNOWN, title="t", severity="high", **{"summary": words, "fix": fix, "verify": ("ss -l",), **more}
    )


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_it_fits_any_terminal(columns: int) -> None:
    others = [Match(signature=f"some/other-failure-{n}", title="t", severity="low") for n in range(9)]
    lines = format_hint([long_match(), *others], Outcome(256, 75.4), columns=columns)
    assert len(lines) <= MOST
    assert max(len(line) for line in lines[:-1]) <= columns
    assert lines[-1].startswith(f"More  runbook explain {KNOWN}"), "whole, to be copied"
    assert len(lines[-1]) <= max(columns, len(f"More  runbook explain {KNOWN}"))
    assert "1 min 15 s" in lines[0]
    assert "Right ports: 4001" in lines


def test_controls_in_a_signature_do_not_reach_the_terminal() -> None:
    lines = format_hint([long_match(summary="a\x1b[2Jb", fix="", verify=())], Outcome(256, 1), columns=80)
    assert "\x1b" not in "".join(lines)
