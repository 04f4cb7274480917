"""The recorder for somebody's own shell: driven in real shells on real terminals, read back as a person would."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shells import SHELLS, Shell, stop, wait

from runbook.record import hookspool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Runbook


KILLS = int(os.environ.get("CAMPAIGN_KILLS", "2"))


@pytest.fixture
def shell(home: Path) -> Iterator[Callable[..., Shell]]:
    made: list[Shell] = []

    def make(name: str, rc: str = "", **options: Any) -> Shell:
        made.append(Shell(home, name, rc, **options))
        return made[-1]

    yield make
    for each in made:
        stop(each.terminal)


def commands(home: Path, runbook: Runbook) -> list[dict[str, Any]]:
    """Everything of source ``hook`` on record, after one more verb took it in."""
    runbook("status", check=True)
    found = []
    for path in (home / ".local/state/runbook").glob("*/INC-*/journal/*.jsonl"):
        found += [json.loads(line) for line in path.read_text().splitlines()]
    return [entry for entry in sorted(found, key=lambda e: e["id"]) if entry["source"] == "hook"]


def lines(home: Path, runbook: Runbook) -> list[tuple[str, int]]:
    return [(entry["data"]["command"], entry["data"]["exit_status"]) for entry in commands(home, runbook)]


@pytest.mark.parametrize("name", SHELLS)
def test_records_command_folder_time_and_status(
    name: str, shell: Callable[..., Shell], home: Path, runbook: Runbook
) -> None:
    runbook("start", "the shop is down", check=True)
    mine = shell(name)
    began = time.time()
    for line in ("true", "false", "false", "sh -c 'exit 7'", "cd /tmp; ls -d .", "sleep 0.2", "echo 'a  b' | cat"):
        mine.do(line)
    found = commands(home, runbook)
    assert [(e["data"]["command"], e["data"]["exit_status"]) for e in found] == [
        ("true", 0),
        ("false", 1),
        ("false", 1),
        ("sh -c 'exit 7'", 7),
        ("cd /tmp; ls -d .", 0),
        ("sleep 0.2", 0),
        ("echo 'a  b' | cat", 0),
    ]
    assert found[4]["data"]["cwd"].endswith("/somewhere")
    assert found[5]["data"]["cwd"] == "/tmp"
    assert 0.2 <= found[5]["data"]["duration"] < 5
    assert found[0]["data"]["host"] == os.uname().nodename.split(".")[0]
    assert found[0]["data"]["shell"] == name
    assert found[0]["actor"] == "Robin Tester"
    at = [time.mktime(time.strptime(e["at"][:19], "%Y-%m-%dT%H:%M:%S")) for e in found]
    assert at == sorted(at)
    assert began - 1 <= at[0] <= at[-1] <= time.time()


@pytest.mark.parametrize("name", SHELLS)
def test_records_nothing_while_nothing_is_open(
    name: str, shell: Callable[..., Shell], home: Path, runbook: Runbook
) -> None:
    mine = shell(name)
    mine.do("echo before")
    assert hookspool.waiting() == []
    runbook("start", "the shop is down", check=True)  # in another window
    mine.do("echo during")
    assert len(hookspool.waiting()) == 1
    (home / ".local/state/runbook/current").unlink()
    mine.do("echo after")
    assert len(hookspool.waiting()) == 1


@pytest.mark.parametrize("name", SHELLS)
def test_leaves_out_blanks_and_itself(name: str, shell: Callable[..., Shell], home: Path, runbook: Runbook) -> None:
    runbook("start", "the shop is down", check=True)
    rc = {
        "bash": "HISTCONTROL=ignoreboth\nHISTIGNORE='history*'\n",
        "zsh": "setopt hist_ignore_space\nHISTORY_IGNORE='(history*)'\n",
        "fish": "",
    }
    mine = shell(name, rc[name])
    for line in ("echo one", " echo hidden", "runbook log noted", "X=1 runbook status", "echo one", "echo one"):
        mine.do(line)
    mine.do(" echo hidden")
    if name != "fish":
        mine.do("history 1")
    assert lines(home, runbook) == [("echo one", 0)] * 3


@pytest.mark.parametrize("name", SHELLS)
def test_spools_privately_and_takes_secrets_out(
    name: str, shell: Callable[..., Shell], home: Path, runbook: Runbook
) -> None:
    runbook("start", "the shop is down", check=True)
    mine = shell(name)
    mine.do("umask 022")
    token = "ghp_" + "k3J9" * 9
    mine.do(f"curl -H 'Authorization: Bearer {token}' -m 1 http://127.0.0.1:9/ || true")
    mine.do("umask")
    assert "022" in mine.terminal.text
    folder = home / ".run/runbook/hook"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    spooled = [folder / each for each in hookspool.waiting()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in spooled] == [0o600] * 3
    assert any(token in path.read_text() for path in spooled)
    assert "[redacted:" in commands(home, runbook)[1]["data"]["command"]
    assert hookspool.waiting() == []
    for path in home.rglob("*"):
        if path.is_file() and path.name not in {".bash_history", ".zsh_history", "fish_history"}:
            assert token.encode() not in path.read_bytes(), path


def test_keeps_every_byte_of_a_command(shell: Callable[..., Shell], home: Path, runbook: Runbook) -> None:
    runbook("start", "the shop is down", check=True)
    mine = shell("bash")
    mine.do("echo 'a\rb' \"$(echo '%s \\x')\" é # ✓ $'\\e[31m'")
    assert [text for text, _ in lines(home, runbook)] == ["echo 'a\nb' \"$(echo '%s \\x')\" é # ✓ $'\\e[31m'"]


SHOW = 'show "$?" "${PIPESTATUS[@]}"'
BASH_RC = {
    "string": f"PROMPT_COMMAND='{SHOW}; (exit 9)'\n",
    "array": f"PROMPT_COMMAND=('{SHOW}' '{SHOW}; (exit 9)')\n",
    "strict": f"set -o noclobber\nshopt -s failglob\nPROMPT_COMMAND='{SHOW}'\nIFS=:\n",
    "trap": f"trap 'T=$((T+1))' DEBUG\nPROMPT_COMMAND='{SHOW}'\n",
    "history": f"HISTCONTROL=ignoreboth\nHISTTIMEFORMAT='%F %T '\nPROMPT_COMMAND='{SHOW}; history -a; history -n'\n",
}


@pytest.mark.parametrize("case", BASH_RC)
def test_bash_of_ones_own_goes_on_as_before(
    case: str, shell: Callable[..., Shell], home: Path, runbook: Runbook
) -> None:
    runbook("start", "the shop is down", check=True)
    shows = "show() { local IFS=' '; echo \"saw<$*>\"; }\nPS0='<ps0>'\n"
    mine = shell("bash", shows + BASH_RC[case])
    screen = mine.do("false | sh -c 'exit 3' | true")
    assert "saw<0 1 3 0>" in screen
    assert "<ps0>" in screen
    assert "saw<3 0 3>" in mine.do("true | sh -c 'exit 3'")
    assert "st=3 ps=0 3" in mine.do("true | sh -c 'exit 3'\recho st=$? ps=${PIPESTATUS[@]}\r")
    screen = mine.do('echo a word\recho "last=<$_>"\r')
    if case == "trap":
        assert "trap -- 'T=$((T+1))' DEBUG" in mine.do("trap -p DEBUG")
    else:
        assert "last=<word>" in screen
        assert "DEBUG" not in mine.do("trap -p").replace("trap -p", "")
    found = [text for text, _ in lines(home, runbook)]
    assert found[0] == "false | sh -c 'exit 3' | true"
    assert found[1] == "true | sh -c 'exit 3'"
    assert "echo a word" in found


ZSH_RC = r"""
show() { echo "saw<$? $pipestatus>" }
autoload -Uz add-zsh-hook
add-zsh-hook precmd show
precmd() { echo "own<$?>" }
"""
ZSH_OTHER_ORDER = "precmd_functions=(__runbook_precmd show); setopt ksh_arrays noclobber err_return"


def test_zsh_of_ones_own_goes_on_as_before(shell: Callable[..., Shell], home: Path, runbook: Runbook) -> None:
    runbook("start", "the shop is down", check=True)
    mine = shell("zsh", ZSH_RC)
    screen = mine.do("true | sh -c 'exit 3'")
    assert "saw<3 0 3>" in screen
    assert "own<3>" in screen
    mine.do(ZSH_OTHER_ORDER)
    assert "saw<3 0" in mine.do("true | sh -c 'exit 3'")
    assert [text for text, _ in lines(home, runbook)].count("true | sh -c 'exit 3'") == 2


def test_fish_of_ones_own_goes_on_as_before(shell: Callable[..., Shell], home: Path, runbook: Runbook) -> None:
    runbook("start", "the shop is down", check=True)
    rc = 'function own --on-event fish_postexec; echo "own<$status $pipestatus>"; end\n'
    mine = shell("fish", rc)
    assert "own<3 0 3>" in mine.do("true | sh -c 'exit 3'")
    assert "st=3 0 3" in mine.do("true | sh -c 'exit 3'\recho st=$status $pipestatus\r")
    assert lines(home, runbook)[0] == ("true | sh -c 'exit 3'", 3)


@pytest.mark.parametrize("name", SHELLS)
def test_starts_no_process(name: str, shell: Callable[..., Shell], home: Path, runbook: Runbook) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    runbook("start", "the shop is down", check=True)
    log = home / "trace"
    rc = "HISTCONTROL=ignoreboth\n" if name == "bash" else ""
    mine = shell(name, rc, under=("strace", "-f", "-qq", "-o", str(log), "-e", "trace=%process"))
    mine.do("true")
    before = log.read_text().count("exit_group")
    for _ in range(5):
        mine.do("true")
    assert log.read_text().count("exit_group") == before
    assert len(hookspool.waiting()) == 6


def test_survives_a_kill_while_taking_in(shell: Callable[..., Shell], home: Path, runbook: Runbook) -> None:
    """Killed after the journal has it and before its files are gone: taken in again, on record once."""
    runbook("start", "the shop is down", check=True)
    mine = shell("bash")
    for number in range(3):
        mine.do(f"echo number {number}")
    code = (
        "import os, runbook.record.hookspool as spool; from runbook.cli.main import main\n"
        "spool.remove = lambda path: os.kill(os.getpid(), 9); main(['status'])"
    )
    killed = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert killed.returncode == -9
    assert len(hookspool.waiting()) == 3
    runbook("log", "still here", check=True)
    assert hookspool.waiting() == []
    record = json.loads(runbook("show", "--format", "json", check=True).stdout)
    assert [c["command"] for c in record["commands"]] == ["echo number 0", "echo number 1", "echo number 2"]


@pytest.mark.parametrize("name", SHELLS)
def test_what_ended_is_on_record_when_the_shell_is_killed(
    name: str, shell: Callable[..., Shell], home: Path, runbook: Runbook
) -> None:
    """Killed, or its terminal closed, at random moments while commands end one after the other."""
    runbook("start", "the shop is down", check=True)
    source = random.Random(name)
    ended: list[str] = []
    for turn in range(KILLS):
        mine = shell(name)
        mine.terminal.type("".join(f"echo turn {turn} late {n}\r" for n in range(20)))
        end = time.monotonic() + source.random() * 0.2
        while time.monotonic() < end:
            mine.terminal.read(0.01)
        if turn % 2:
            mine.terminal.hang_up()
        else:
            mine.terminal.signal(signal.SIGKILL)
            mine.terminal.ends()
        printed = re.findall(rb"\n(turn \d+ late \d+)\r\n(?=.*?ready>)", bytes(mine.terminal.raw), re.DOTALL)
        ended += [f"echo {text.decode()}" for text in printed]
    found = [text for text, _ in lines(home, runbook)]
    assert not set(ended) - set(found)
    assert len(found) == len(set(found))


def spool_like_a_hook(number: int) -> None:
    """What bash leaves of one command, without a shell."""
    moment = 1770800521000000 + number * 1000000
    fields = ["1", "", "", "/srv", str(moment), str(moment + 5000), str(number % 3 and 1)]
    content = "".join(f"{field}\0" for field in fields) + f"    {number}  make step-{number}\n\0end\n"
    with open(
        os.open(f"{hookspool.make_folder()}/{moment}-77-{number}.bash", os.O_WRONLY | os.O_CREAT, 0o600), "w"
    ) as file:
        file.write(content)


def test_takers_killed_at_random_moments_lose_and_double_nothing(home: Path, runbook: Runbook) -> None:
    """The verb that takes the commands in is killed again and again, while the shell leaves more of them."""
    runbook("start", "the shop is down", check=True)
    source = random.Random(7)
    count = 0
    for _turn in range(KILLS * 3):
        for _ in range(25):
            spool_like_a_hook(count)
            count += 1
        taker = subprocess.Popen([sys.executable, "-m", "runbook", "status"], stdout=subprocess.DEVNULL)
        time.sleep(source.random() * 0.6)
        taker.kill()
        taker.wait()
    record = json.loads(runbook("show", "--format", "json", check=True).stdout)
    assert [command["command"] for command in record["commands"]] == [f"make step-{number}" for number in range(count)]
    assert hookspool.waiting() == []
    entries = [entry for entry in record["timeline"] if entry["kind"] == "escalation"]
    assert len(entries) <= 3, "the call for help is said once each for three, five and eight failures"


def test_commands_belong_to_what_was_open_when_they_ran(
    shell: Callable[..., Shell], home: Path, runbook: Runbook
) -> None:
    first = json.loads(runbook("start", "first", "--format", "json", check=True).stdout)["id"]
    mine = shell("bash")
    mine.do("echo in the first")
    second = json.loads(runbook("start", "second", "--format", "json", check=True).stdout)["id"]
    mine.do("echo in the second")
    mine.do(f"export RUNBOOK_INCIDENT={first}")
    mine.do("echo in the first again")
    shown = {each: json.loads(runbook("show", each, "--format", "json", check=True).stdout) for each in (first, second)}
    words = {each: [c["command"] for c in document["commands"]] for each, document in shown.items()}
    assert words[first] == ["echo in the first", f"export RUNBOOK_INCIDENT={first}", "echo in the first again"]
    assert words[second] == ["echo in the second"]


def test_a_folder_of_somebody_else_is_not_read(home: Path, runbook: Runbook) -> None:
    runbook("start", "the shop is down", check=True)
    folder = home / ".run/runbook/hook"
    folder.mkdir(parents=True)
    (folder / "1-1.bash").write_bytes(b"1\0\0\0/\x001\x002\x000\x00 1  planted\n\0end\n")
    folder.chmod(0o777)
    assert lines(home, runbook) == []
    folder.chmod(0o700)
    assert lines(home, runbook) == [("planted", 0)]


@given(content=st.binary(max_size=200) | st.lists(st.binary(max_size=12), max_size=12).map(b"\0".join))
@settings(max_examples=200, deadline=None)
def test_any_bytes_in_the_spool(content: bytes) -> None:
    folder = hookspool.make_folder()
    path = os.path.join(folder, "17-3-4.bash")
    for tail in (b"", b"\0end\n"):
        with open(path, "wb") as file:
            file.write(content + tail)
        for spooled in hookspool.read(hookspool.waiting()):
            assert spooled.duration >= 0
    os.unlink(path)


def test_hook_names_its_shells(runbook: Runbook) -> None:
    for name in SHELLS:
        assert runbook("hook", name, check=True).stdout.startswith("# The recorder for your own")
    assert "choose from" in runbook("hook", "tcsh", check=2).stderr


# --- what is known of what was recorded


def test_the_next_verb_says_what_is_known_of_a_failure_once(
    shell: Callable[..., Shell], home: Path, runbook: Runbook
) -> None:
    """The hook starts no process, so the next `runbook` on a terminal says which command, what is known, the fix."""
    runbook("start", "the shop is down", check=True)
    mine = shell("bash", "export NO_COLOR=1\n")
    mine.do("dokcer compose ps")
    mine.do("true")
    said = mine.do(" runbook log looking")
    assert re.search(r"\d\d:\d\d  \$ dokcer compose ps\s+── known: shell/command-not-found ─.* exit 127", said)
    assert "dokcer" in said.partition("exit 127")[2]
    assert "runbook explain shell/command-not-found" in said
    assert said.count("── known") == 1
    mine.do("dokcer compose ps")
    assert "known" not in mine.do(" runbook log still looking")
    status = json.loads(runbook("status", "--format", "json", check=True).stdout)
    assert [(each["signature"], each["count"]) for each in status["findings"]] == [("shell/command-not-found", 2)]
    assert status["unread"] == []


@pytest.mark.parametrize("how", ["nobody reads", "quiet", "setting"])
def test_the_next_verb_says_nothing_where_nobody_wants_it(
    how: str, shell: Callable[..., Shell], home: Path, runbook: Runbook, repository: Path
) -> None:
    """It is on record, and `status` names it as not read yet."""
    if how == "setting":
        (repository / "runbook.toml").write_text("[live]\nhints = false\n", encoding="utf-8")
    runbook("start", "the shop is down", "--repo", str(repository), check=True)
    mine = shell("bash")
    mine.do("dokcer ps")
    verb = {
        "nobody reads": "runbook log x 2>err.txt",
        "quiet": "runbook run --quiet -- true",
        "setting": "runbook log x",
    }[how]
    mine.terminal.type(f" {verb}\r")
    wait(mine.terminal, lambda: not hookspool.waiting(), "it taken in")
    wait(mine.terminal, lambda: mine.terminal.raw.endswith(b"ready> "), "the next prompt")
    mine.do("true")
    assert "known" not in mine.terminal.text
    assert not (home / "somewhere/err.txt").exists() or (home / "somewhere/err.txt").read_text() == ""
    status = json.loads(runbook("status", "--format", "json", check=True).stdout)
    assert status["unread"] == ["shell/command-not-found"]


def test_a_script_that_says_127_is_not_what_is_missing(
    shell: Callable[..., Shell], home: Path, runbook: Runbook
) -> None:
    runbook("start", "the shop is down", check=True)
    (home / "somewhere/deploy").write_text("#!/bin/sh\nnosuchprogram\n", encoding="utf-8")
    (home / "somewhere/deploy").chmod(0o755)
    mine = shell("bash")
    mine.do("./deploy")
    mine.do("PATH=.:$PATH deploy")
    mine.do("chmod -R 777 .")
    found = [[each["signature"] for each in e["data"].get("findings", [])] for e in commands(home, runbook)]
    assert found == [[], [], ["fs/world-writable"]]


def test_the_third_failure_in_ones_own_shell_asks_for_help_at_the_next_verb(
    shell: Callable[..., Shell], home: Path, runbook: Runbook
) -> None:
    runbook("start", "the shop is down", check=True)
    mine = shell("bash")
    for number in range(3):
        mine.do(f"ls /nope/{number}")
    assert "3 failures of `ls`" in mine.do(" runbook status")
    assert "3 failures of `ls` (" not in mine.do(" runbook log asked").partition("recorded")[2]
