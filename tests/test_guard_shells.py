"""The guard in shells: the hook's strict mode and ``runbook shell``, in real bash, zsh and fish on real terminals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from journals import journal
from ptydriver import ENTER, ctrl
from shells import SHELLS, Recorded, Shell, prepare, stop, wait

from runbook.detect.command_words import words_for_shells

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Runbook

STRICT = {
    "bash": 'eval "$(runbook hook bash --strict)"\n',
    "zsh": 'eval "$(runbook hook zsh --strict)"\n',
    "fish": "runbook hook fish --strict | source\n",
}
STATUS = {"bash": "$?", "zsh": "$?", "fish": "$status"}
ASKED = "Enter to stop:"


@pytest.fixture
def work(home: Path) -> Path:
    """A folder with something to lose, and programs that only say that they ran."""
    folder = home / "work"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "app.txt").write_text("precious", encoding="utf-8")
    (home / "bin").mkdir(exist_ok=True)
    for name in ("kubectl", "docker"):
        (home / "bin" / name).write_text(f'#!/bin/sh\necho "ran {name}: $*"\n', encoding="utf-8")
        (home / "bin" / name).chmod(0o755)
    (folder / "deploy.sh").write_text("#!/bin/sh\nrm -rf data\n", encoding="utf-8")
    (folder / "deploy.sh").chmod(0o755)
    return folder


def decisions(home: Path) -> list[str]:
    return [entry["data"]["guard"]["decision"] for entry in journal(home) if entry["source"] == "guard"]


class Strict(Shell):
    """A person's shell with the strict hook, in the folder with something to lose."""

    def __init__(self, home: Path, name: str, work: Path, rc: str = "", after: str = "") -> None:
        self.name = name
        super().__init__(home, name, f"{rc}{STRICT[name]}{after}cd {work}\n", hook=False)

    def asks(self, line: str) -> None:
        """Types a line and waits for the question."""
        before = len(self.terminal.raw)
        self.terminal.type(f"{line}\r")
        wait(self.terminal, lambda: ASKED.encode() in self.terminal.raw[before:], f"the question about {line}")

    def answers(self, keys: str) -> str:
        """Answers the question; returns what was printed until the prompt was back."""
        before = len(self.terminal.raw)
        self.terminal.type(keys)
        wait(self.terminal, lambda: b"ready>" in self.terminal.raw[before:], "the prompt")
        self.terminal.rests(0.1)
        return self.terminal.raw[before:].decode("utf-8", "replace")

    def clear(self) -> None:
        """Takes away a line that the guard left to be edited."""
        self.terminal.type(ctrl("u"))


@pytest.fixture(params=SHELLS)
def strict(request: pytest.FixtureRequest, home: Path, work: Path) -> Iterator[Strict]:
    shell = Strict(home, request.param, work)
    yield shell
    stop(shell.terminal)


@pytest.mark.usefixtures("incident")
def test_what_is_refused_does_not_run_and_what_is_confirmed_does(strict: Strict, home: Path, work: Path) -> None:
    strict.asks("rm -rf data; touch went-on")
    strict.answers(ENTER)
    assert (work / "data").is_dir()
    assert not (work / "went-on").exists()
    strict.clear()
    strict.asks("true; rm -rf data")
    strict.answers(f"data{ENTER}")
    assert not (work / "data").exists()
    assert decisions(home) == ["stopped", "confirmed"]
    assert "fine" in strict.do("echo fine")
    runs = [entry["data"]["command"] for entry in journal(home) if entry["kind"] == "command"]
    assert not [line for line in runs if "went-on" in line]  # what did not run is no command


def test_ctrl_c_at_the_question_stops_it(strict: Strict, work: Path) -> None:
    strict.asks("rm -rf data")
    strict.answers(ctrl("c"))
    assert (work / "data").is_dir()
    strict.clear()
    assert "still-here" in strict.do("echo still-here")


def test_harmless_lines_start_no_process_and_keep_their_status(home: Path, work: Path, strict: Strict) -> None:
    """``runbook`` is a program that leaves a trace when it is started."""
    (home / "bin" / "runbook").write_text(f'#!/bin/sh\necho "$*" >>"{home}/started"\nexit 1\n', encoding="utf-8")
    for line in (
        "git status >/dev/null 2>&1",
        "docker ps",
        "echo 'hello'",
        "cat deploy.sh",
        "kubectl get pods",
        "ls /",
    ):
        strict.do(line)
    status = STATUS[strict.name]
    assert "s=7" in strict.do(f"sh_exit() {{ return 7; }}; sh_exit; echo s={status}" if strict.name != "fish" else
                              f"command false; or sh -c 'exit 7'; echo s={status}")  # fmt: skip
    calls = (home / "started").read_text("utf-8") if (home / "started").exists() else ""
    assert all("exit 7" in call for call in calls.splitlines())  # `sh -c` may hold anything
    assert (work / "data").is_dir()


@pytest.mark.parametrize(
    "line",
    ["./deploy.sh", "sudo rm -rf data", "bash -c 'rm -rf data'", "echo x | xargs rm -rf data", "( rm -rf data )"],
)
def test_disguises_are_seen(strict: Strict, work: Path, line: str) -> None:
    if strict.name == "fish" and line.startswith("("):
        line = "begin; rm -rf data; end"
    strict.asks(line)
    strict.answers(ENTER)
    assert (work / "data").is_dir()


def test_aliases_functions_and_variables_are_seen(home: Path, work: Path) -> None:
    for name, rc, line in (
        ("bash", "alias k=kubectl\n", "k delete ns shop"),
        ("bash", "nuke() { echo begin; if true; then rm -rf data; fi; touch went-on; }\n", "nuke"),
        ("bash", "X='rm -rf'\n", "$X data"),
        ("zsh", "alias k=kubectl\n", "k delete ns shop"),
        ("zsh", "nuke() { echo begin; rm -rf data; }\n", "nuke"),
        ("fish", "alias k=kubectl\n", "k delete ns shop"),
        ("fish", "function nuke\n  rm -rf $argv\nend\n", "nuke data"),
    ):
        shell = Strict(home, name, work, rc)
        shell.asks(line)
        shown = shell.answers(ENTER)
        stop(shell.terminal)
        assert (work / "data").is_dir(), (name, rc)
        assert "ran kubectl: delete" not in shown, (name, rc)
        assert not (work / "went-on").exists(), (name, rc)


def test_history_and_exit_status(strict: Strict) -> None:
    """In bash the line ends as with Ctrl-C; zsh and fish leave it to be edited and change nothing."""
    strict.do("sh -c true" if strict.name == "fish" else "true")
    strict.asks("rm -rf data")
    strict.answers(ENTER)
    if strict.name == "bash":
        assert "s=130" in strict.do("echo s=$?")
        assert "rm -rf data" in strict.do("history 4")
        assert "last=arg" in strict.do(": some arg; echo last=$_")
        return
    assert "rm -rf data" in strict.terminal.text.splitlines()[-1]
    strict.clear()
    assert "s=0" in strict.do(f"echo s={STATUS[strict.name]}")


def test_traps_and_prompts_of_your_own_stay(home: Path, work: Path) -> None:
    rc = (
        "trap 'mine=$((${mine:-0} + 1))' DEBUG\ntrap 'echo int-trap' INT\nPROMPT_COMMAND=('seen=$?')\n"
        "f() { :; :; :; }\nset -u\n"
    )
    shell = Strict(home, "bash", work, rc)
    shell.do("true")
    shell.asks("for i in 1 2; do rm -rf data; touch went-on; done")
    shell.answers(ENTER)
    assert (work / "data").is_dir()
    assert not (work / "went-on").exists()
    assert "int-trap\r" in shell.do("kill -INT $$")
    counted = re.search(r"n=(\d+)=", shell.do("mine=0; f; echo n=$mine="))
    assert counted is not None
    assert int(counted[1]) < 4  # as often as without us: not inside functions
    assert "seen=3" in shell.do("(exit 3)\r echo seen=$seen")
    stop(shell.terminal)


def test_what_a_prompt_runs_and_a_long_loop_start_nothing(home: Path, work: Path) -> None:
    rc = "PROMPT_COMMAND=('eval \"mine=1\"' 'find /nowhere -delete 2>/dev/null' 'seen=$? pipes=${PIPESTATUS[*]}')\n"
    shell = Strict(home, "bash", work, rc)
    (home / "bin" / "runbook").write_text(f'#!/bin/sh\necho "$*" >>"{home}/started"\n', encoding="utf-8")
    shell.do("for ((i = 0; i < 3000; i++)); do x=\"a]b [$i]\" y='$(z)'; echo $x >/dev/null; done")
    shell.do("eval 'echo one'; source /dev/null")
    assert "0 and 4 0" in shell.do("(exit 4) | true\r echo $seen and $pipes")
    assert not (home / "started").exists()
    assert (work / "data").is_dir()
    shell.do("eval 'rm -rf data'")
    assert "rm -rf data" in (home / "started").read_text("utf-8")
    stop(shell.terminal)


def test_a_debug_trap_that_comes_later_does_not_take_the_guard_away(home: Path, work: Path) -> None:
    shell = Strict(home, "bash", work, after="trap 'later=1' DEBUG\n")
    shell.do("true")
    shell.do("trap 'later=2' DEBUG")
    shell.asks("rm -rf data")
    shell.answers(ENTER)
    assert (work / "data").is_dir()
    assert "later=2" in shell.do("echo later=$later")
    stop(shell.terminal)


def test_a_widget_and_a_binding_of_your_own_are_called(home: Path, work: Path) -> None:
    rc = "own-accept() { print -n own-widget; zle .accept-line }\nzle -N accept-line own-accept\n"
    shell = Strict(home, "zsh", work, rc)
    assert "own-widget" in shell.do("echo hello")
    stop(shell.terminal)


def test_a_guard_that_is_not_there_stops_nobody(strict: Strict, home: Path, work: Path) -> None:
    (home / "bin" / "runbook").unlink()
    assert "the guard does not work" in strict.do("rm -rf data")
    assert not (work / "data").exists()


def test_the_reviewer_and_settings_count(repository: Path, runbook: Runbook, home: Path, work: Path) -> None:
    """A host that is production is typed by name; `off` asks nothing."""
    (repository / "runbook.toml").write_text('[production]\nhosts = ["prod-*"]\n', encoding="utf-8")
    runbook("start", "it broke", cwd=repository, check=0)
    shell = Strict(home, "bash", work)
    (home / "bin" / "ssh").write_text("#!/bin/sh\necho ran-ssh\n", encoding="utf-8")
    (home / "bin" / "ssh").chmod(0o755)
    shell.asks("ssh prod-1 'docker compose down'")
    shell.terminal.sees("PRODUCTION", "Type prod-1 to go on")
    assert "ran-ssh" in shell.answers(f"prod-1{ENTER}")
    (repository / "runbook.toml").write_text('[guard]\nmode = "off"\n', encoding="utf-8")
    shell.do("rm -rf data")
    assert not (work / "data").exists()
    stop(shell.terminal)


@pytest.mark.usefixtures("incident")
@pytest.mark.parametrize("name", SHELLS)
def test_a_recorded_shell_asks_by_itself(name: str, home: Path, work: Path) -> None:
    prepare(home, name, hook=False)
    shell = Recorded(home, name, f"cd {work}\n")
    shell.do("echo before")
    before = len(shell.terminal.raw)
    shell.terminal.type("rm -rf data\r")
    wait(shell.terminal, lambda: ASKED.encode() in shell.terminal.raw[before:], "the question")
    shell.terminal.type(ENTER)
    wait(shell.terminal, lambda: b"not run" in shell.terminal.raw[before:], "the refusal")
    shell.terminal.rests(0.3)
    shell.terminal.type(ctrl("u"))
    assert (work / "data").is_dir()
    assert "after" in shell.do("echo after")
    shell.leave()
    commands = [entry["data"]["command"] for entry in journal(home) if entry["kind"] == "command"]
    assert [line for line in commands if line != "exit"] == ["echo before", "echo after"]
    assert decisions(home) == ["stopped"]


def test_guard_off_in_settings_leaves_a_recorded_shell_alone(
    repository: Path, runbook: Runbook, home: Path, work: Path
) -> None:
    (repository / "runbook.toml").write_text('[guard]\nmode = "off"\n', encoding="utf-8")
    runbook("start", "it broke", cwd=repository, check=0)
    shell = Recorded(home, "bash", f"cd {work}\n")
    shell.do("rm -rf data")
    assert not (work / "data").exists()
    assert "none" in shell.do("[[ -n ${__runbook_guard_trap-} ]] || echo none")
    shell.leave()


def test_words_for_shells_are_plain() -> None:
    """They are put into shell code as they are."""
    for word, beside in words_for_shells().items():
        assert all(re.fullmatch(r"[A-Za-z0-9_.+-]+", each) for each in (word, *beside)), word
