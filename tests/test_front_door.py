"""How the ``runbook`` command ends: statuses, output that cannot be written, and what others registered for the end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from warm import COLD, cold, server

from runbook.cli.helptext import fit_help
from runbook.cli.main import VERBS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Runbook

RUNBOOK = str(Path(sys.executable).with_name("runbook"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("verb", [("--help",), ("list",), ("explain", "net/port-already-in-use")])
def test_output_that_cannot_be_written_is_told_as_that(verb: tuple[str, ...], tmp_path: Path) -> None:
    """A full disk behind ``>`` is neither a bug of ours nor a success."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [RUNBOOK, *verb], stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False
        )
    assert done.stderr == "runbook: the output is not complete: no space left on device\n"
    assert done.returncode == 2


@pytest.mark.parametrize("start", [[RUNBOOK], [sys.executable, "-m", "runbook"]], ids=["command", "module"])
@pytest.mark.parametrize(("line", "status"), [("all is well\n", 0), ("bind: Address already in use\n", 1)])
def test_a_pipe_gets_every_line_and_the_status(start: list[str], line: str, status: int, tmp_path: Path) -> None:
    """Leaving early leaves nothing behind in a buffer."""
    done = subprocess.run(
        [*start, "scan", "-", "--format", "json"],
        input=line, capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (status, "")
    assert done.stdout.startswith("{")
    assert done.stdout.endswith("}\n")


def test_what_is_registered_for_the_end_is_run(tmp_path: Path) -> None:
    """Tools that measure a program from within write their files when it ends."""
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, pathlib\natexit.register(pathlib.Path('ended').write_text, 'yes')\n", encoding="utf-8"
    )
    subprocess.run(
        [sys.executable, "-m", "runbook", "--version"],
        cwd=tmp_path, check=True, env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True,
    )  # fmt: skip
    assert (tmp_path / "ended").read_text(encoding="utf-8") == "yes"


def test_a_thread_that_is_still_at_work_is_waited_for(tmp_path: Path) -> None:
    code = (
        "import sys, threading, time; from pathlib import Path; from runbook.cli.main import entry; "
        "work = lambda: (time.sleep(0.3), Path('ended').touch()); "
        "threading.Thread(target=work).start(); sys.argv[1:] = ['--version']; entry()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "ended").exists()


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """``runbook signatures list | head -1``."""
    with subprocess.Popen(
        [RUNBOOK, "signatures", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.parametrize("verb", ["show", "sync", "render", "export --format md", "publish", "close"])
def test_where_nothing_is_open_verbs_for_reports_name_what_is_filed(
    verb: str, runbook: Runbook, tmp_path: Path
) -> None:
    """The morning after, nothing is open, and nobody knows ids by heart."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for identifier in ("INC-2026-02-11-001", "INC-2026-02-12-001"):
        shelf = tmp_path / "incidents" / "2026" / identifier
        shelf.mkdir(parents=True)
        (shelf / "record.yaml").write_text("document: incident\n", encoding="utf-8")
    done = runbook(*verb.split(), cwd=tmp_path, check=2)
    assert done.stderr.splitlines() == [
        "runbook: nothing is open",
        "  name what is filed here: INC-2026-02-12-001, INC-2026-02-11-001 …; `runbook list` shows all",
    ]


def test_an_example_keeps_its_command_whole_and_its_meaning_moves_below() -> None:
    command = "runbook import ~/.zsh_history --since yesterday --until now"
    text = f"Prose that goes\non in the next line.\n\n  {command}   what it does\n  short   also"
    assert fit_help(text, 50).split("\n") == [
        "Prose that goes on in the next line.",
        "",
        f"  {command}",
        "      what it does",
        "  short   also",
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_what_help_says_of_options_fits_the_terminal(verb: str, help_page: Callable[..., str]) -> None:
    """An example may be longer: it is there to be copied."""
    page = help_page(verb, "--help")
    head = page.partition("examples:")[0]
    assert [line for line in head.splitlines() if len(line) > 80] == []


def test_many_choices_are_told_beside_their_option(help_page: Callable[..., str]) -> None:
    page = " ".join(help_page("log", "--help").split())
    assert "[--kind KIND]" in page
    assert "--kind KIND default: note; one of note, observation, failure, change," in page


@pytest.mark.skipif(COLD, reason="nothing is forked")
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("list",), 0),
        (("show", "--format", "json"), 0),
        (("render", "--stdout"), 0),
        (("lint",), 0),
        (("lint", "INC-2000-01-01-001"), 2),
        (("scan", "-"), 1),
        (("redact", "-"), 0),
        (("explain", "net/port-already-in-use"), 0),
        (("signatures", "show", "net/port-already-in-use"), 0),
        (("rules",), 0),
        (("checklist",), 0),
        (("guard", "--", "dropdb", "shop"), 1),
        (("completion", "bash"), 0),
        (("export", "--format", "json", "-o", "-"), 0),
        (("nonsense",), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
@pytest.mark.usefixtures("incident")
def test_a_process_that_is_forked_does_what_one_that_is_started_does(
    arguments: tuple[str, ...], status: int, repository: Path
) -> None:
    """What holds the ``runbook`` fixture to what people get; ``make test-cold`` has it start each process."""
    stdin = b"bind: Address already in use\npassword=hunter2hunter2\r\n\xff\n"
    started, forked = (
        start(arguments, stdin=stdin, env=os.environ, cwd=repository, limit=60) for start in (cold, server().run)
    )
    assert (started.returncode, started.stdout, started.stderr) == (forked.returncode, forked.stdout, forked.stderr)
    assert (forked.returncode, forked.stdout + forked.stderr == "") == (status, False)


@pytest.mark.skipif(COLD, reason="nothing is forked")
def test_a_forked_process_that_runs_longer_than_it_may_is_killed(repository: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        server().run(["run", "--", "sleep", "30"], stdin=b"", env=os.environ, cwd=repository, limit=1)
