"""What every test stands on: an isolated home, and the program as a person starts it.

Isolation is not asked for, it is always on: no test reads the developer's own configuration, state or repositories,
and none finds a repository that happens to enclose the temporary folder.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
import warm

from runbook.cli.main import main
from runbook.detect.catalog import BUILTIN, load_catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
FOREIGN_PREFIXES = ("GIT_", "RUNBOOK_", "XDG_", "SUDO_", "LC_", "PYTHON", "COV_")
FOREIGN = {"NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLORTERM", "COLUMNS", "LINES", "LANGUAGE", "PAGER", "LESS", "CI"}
FOREIGN |= {"EDITOR", "VISUAL", "EMAIL", "BASH_ENV", "ENV", "PROMPT_COMMAND", "HISTFILE", "SSH_TTY", "SSH_CONNECTION"}
GITCONFIG = """\
[user]
\tname = Robin Tester
\temail = robin@example.org
[init]
\tdefaultBranch = main
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""


class Runbook(Protocol):
    """How the ``runbook`` fixture is called."""

    def __call__(
        self,
        *args: str | os.PathLike[str],
        input: str | None = None,  # noqa: A002  the name subprocess.run uses
        env: Mapping[str, str | None] | None = None,
        check: int | bool | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> subprocess.CompletedProcess[str]: ...


for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(number) is signal.SIG_IGN:  # by nohup, or by a shell's &: every program under test inherits it
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


@pytest.fixture(scope="session")
def compiled_catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table of the built-in signatures: two seconds of work that each empty home would ask for again."""
    cache = tmp_path_factory.mktemp("catalog")
    cache.chmod(0o700)
    load_catalog([BUILTIN], str(cache))
    return next(cache.glob("catalog-*.bin"))


@pytest.fixture(autouse=True)
def _isolation(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, compiled_catalog: Path
) -> Iterator[Path]:
    """A home that holds the compiled catalog alone, a known locale and zone, a folder to stand in: for every test."""
    home = tmp_path_factory.mktemp("home", numbered=True).resolve()
    for name in list(os.environ):
        if name.startswith(FOREIGN_PREFIXES) or name in FOREIGN:
            monkeypatch.delenv(name)
    for name, folder in {
        "XDG_STATE_HOME": home / ".local/state",
        "XDG_DATA_HOME": home / ".local/share",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_RUNTIME_DIR": home / ".run",
    }.items():
        folder.mkdir(parents=True, mode=0o700)
        monkeypatch.setenv(name, str(folder))
    cache = home / ".cache/runbook"
    cache.mkdir(mode=0o700)
    os.link(compiled_catalog, cache / compiled_catalog.name)
    gitconfig = home / ".gitconfig"
    gitconfig.write_text(GITCONFIG, encoding="utf-8")
    for name, value in {
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(gitconfig),
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(tmp_path_factory.getbasetemp().resolve()),
        "GIT_TERMINAL_PROMPT": "0",
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "SHELL": "/bin/sh",
        "TZ": "UTC",
        "USER": "robin",
        "LOGNAME": "robin",
    }.items():
        monkeypatch.setenv(name, value)
    time.tzset()
    cwd = home / "somewhere"
    cwd.mkdir()
    monkeypatch.chdir(cwd)
    yield home
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def home(_isolation: Path) -> Path:
    """The isolated ``HOME``: XDG folders below it, a git identity in ``.gitconfig``, current folder ``somewhere/``."""
    return _isolation


@pytest.fixture
def runbook(home: Path) -> Runbook:
    """Runs ``python -m runbook ARGS…`` in a process of its own, without a terminal.

    ``env`` adds to the isolated environment, a value of None takes a name away. ``check`` is the exit status that must
    come out (True: 0); what the program printed is in the failure. Without ``input``, stdin is empty.
    """

    def call(
        *args: str | os.PathLike[str],
        input: str | None = None,  # noqa: A002  the name subprocess.run uses
        env: Mapping[str, str | None] | None = None,
        check: int | bool | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in {**os.environ, **(env or {})}.items() if value is not None}
        line = [os.fspath(arg) for arg in args]
        done = warm.call(line, stdin=(input or "").encode(), env=environment, cwd=cwd or os.curdir)
        if check is not None and check is not False:
            expected = 0 if check is True else check
            assert done.returncode == expected, (
                f"runbook {' '.join(map(str, args))}: exit {done.returncode}, not {expected}\n"
                f"--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}"
            )
        return done

    return call


@pytest.fixture
def help_page(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What ``runbook ARGS…`` prints in 80 columns and ends with, in this process: there are fifty pages of help."""
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments: str) -> str:
        status: object = 0
        try:
            status = main(list(arguments))
        except SystemExit as end:
            status = end.code or 0
        out, err = capsys.readouterr()
        assert (status, err) == (0, ""), arguments
        return out

    return call


@pytest.fixture
def repository(home: Path) -> Path:
    """An empty git repository with a ``runbook.toml``, below the isolated home."""
    root = home / "reports"
    subprocess.run(["git", "init", "-q", root], check=True)
    (root / "runbook.toml").write_text("", encoding="utf-8")
    return root


@pytest.fixture
def incident(runbook: Runbook, repository: Path) -> str:
    """An open incident, declared in ``repository``; its id."""
    started = runbook("start", "it broke", "--format", "json", cwd=repository, check=0).stdout
    return str(json.loads(started)["id"])
