"""The recorded shell: bash, zsh and fish on real terminals, with the programs that are hard on a recorder."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ptydriver import Terminal
from shells import SHELLS, Recorded, stop, wait

from runbook.capture.cast import HEAD, TAIL, Cast
from runbook.capture.prompt_marks import BACK, BEGIN, END, FULL, TEXT, MarkReader
from runbook.redact.door import Door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Runbook

ROWS = int(os.environ.get("CAMPAIGN_ROWS", "60000"))
"""Of 104 bytes that one command prints."""
KILLS = int(os.environ.get("CAMPAIGN_KILLS", "2"))
"""Of each victim, at random moments."""
TOKEN = "ghp_" + "k3J9" * 9
IN_USE = "sh -c 'echo \"listen tcp :$0: bind: Address already in use\" >&2; exit 1'"


@pytest.fixture
def recorded(home: Path, runbook: Runbook) -> Iterator[Callable[..., Recorded]]:
    runbook("start", "the shop is down", check=True)
    made: list[Recorded] = []

    def make(name: str, *args: str, **options: Any) -> Recorded:
        made.append(Recorded(home, name, *args, **options))
        return made[-1]

    yield make
    for each in made:
        stop(each.terminal)


def folder(home: Path) -> Path:
    (found,) = (home / ".local/state/runbook").glob("*/INC-*")
    return found


def entries(home: Path, kind: str = "command") -> list[dict[str, Any]]:
    """What is on record, each id once, in order."""
    found: dict[str, dict[str, Any]] = {}
    for path in (folder(home) / "journal").glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            found.setdefault(entry["id"], entry)
    return [found[key] for key in sorted(found) if found[key]["kind"] == kind]


def commands(home: Path) -> list[tuple[str, int, str]]:
    """(command, exit status, output) of everything on record."""
    rows = []
    for entry in entries(home):
        data = entry["data"]
        texts = [(folder(home) / each["path"]).read_text() for each in data.get("outputs", []) if "path" in each]
        rows.append((data["command"], data["exit_status"], "".join(texts)))
    return rows


def cast(home: Path) -> tuple[dict[str, Any], str]:
    """The header and all output of the one recording; every line is checked against the format."""
    (path,) = (folder(home) / "evidence").glob("*.cast")
    header, *events = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert header["version"] == 2
    times = [event[0] for event in events]
    assert times == sorted(times)
    assert all(len(event) == 3 and event[1] in ("o", "r") and isinstance(event[2], str) for event in events)
    return header, "".join(event[2] for event in events if event[1] == "o")


@pytest.mark.parametrize("name", SHELLS)
def test_every_command_with_its_own_output(
    name: str, recorded: Callable[..., Recorded], home: Path, runbook: Runbook
) -> None:
    alias = "alias greet='echo hello from the rc'\n"
    shell = recorded(name, alias, hook=True)
    assert "hello from the rc" in shell.do("greet")
    shell.do("false")
    shell.do(" echo hidden")
    shell.do("cd /tmp")
    shell.do("printf 'no newline'")
    shell.do("seq 3 | sed s/2/two/")
    shell.do(f"echo {TOKEN}")
    shell.do("runbook log noted inside")
    shell.do("echo 'one\r two'")
    assert shell.leave() in (0, 1)
    rows = [row for row in commands(home) if row[0] != "exit"]
    marked = re.compile(r"echo \[redacted:github-token:[0-9a-f]+\]")
    assert marked.fullmatch(rows[5][0])
    assert rows[5][2] == rows[5][0].removeprefix("echo ") + "\n"
    del rows[5]
    assert rows == [
        ("greet", 0, "hello from the rc\n"),
        ("false", 1, ""),
        ("cd /tmp", 0, ""),
        ("printf 'no newline'", 0, "no newline"),
        ("seq 3 | sed s/2/two/", 0, "1\ntwo\n3\n"),
        ("echo 'one\n two'", 0, "one\n two\n"),
    ]
    found = entries(home)
    assert [e["data"]["cwd"] for e in found[2:4]] == [str(home / "somewhere"), "/tmp"]
    assert {e["source"] for e in found} == {"shell"}
    assert {e["data"]["shell"] for e in found} == {name}
    assert entries(home, "note")[0]["data"]["text"] == "noted inside"
    header, shown = cast(home)
    assert (header["width"], header["height"]) == (100, 40)
    assert "hello from the rc\r\n" in shown
    assert "hidden" not in shown
    for path in home.rglob("*"):
        if path.is_file() and "history" not in path.name:
            assert TOKEN.encode() not in path.read_bytes(), path
    assert not list((home / ".run/runbook/shell").iterdir())
    assert not (home / ".run/runbook/hook").exists() or not list((home / ".run/runbook/hook").glob("*.*sh"))
    record = json.loads(runbook("show", "--format", "json", check=True).stdout)
    assert len(record["commands"]) == len(found)


@pytest.mark.parametrize("name", SHELLS)
def test_says_what_is_known_before_the_next_prompt_and_once(
    name: str, recorded: Callable[..., Recorded], home: Path
) -> None:
    shell = recorded(name)
    said = shell.do(f"{IN_USE} 4000")
    hint = said[said.index("bind: Address") :]
    assert hint.index("known: net/port-already-in-use") < hint.index("ready>")
    between = hint[hint.index("──") : hint.index("runbook explain")].splitlines()
    assert len(between) <= 6
    assert "4000" in hint[hint.index("known:") :]
    assert "known:" not in shell.do(f"{IN_USE} 4000")
    assert "known:" in shell.do(f"{IN_USE} 5000").replace("3 ", "")
    shell.leave()
    assert [e["data"].get("hinted", []) for e in entries(home) if e["data"]["command"] != "exit"] == [
        ["net/port-already-in-use"],
        [],
        ["net/port-already-in-use"],
    ]
    assert entries(home, "escalation")


@pytest.mark.parametrize("how", ["--quiet", "settings"])
def test_says_nothing_where_nobody_wants_it(how: str, home: Path, runbook: Runbook, repository: Path) -> None:
    if how == "settings":
        (repository / "runbook.toml").write_text("[live]\nhints = false\n", encoding="utf-8")
    runbook("start", "the shop is down", "--repo", repository, check=True)
    shell = Recorded(home, "bash", "", *(["--quiet"] if how == "--quiet" else []))
    try:
        assert "known:" not in shell.do(f"{IN_USE} 4000")
    finally:
        stop(shell.terminal)


@pytest.mark.parametrize("name", SHELLS)
def test_full_screen_programs_and_job_control(name: str, recorded: Callable[..., Recorded], home: Path) -> None:
    for program in ("vi", "less"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    (home / "secret.txt").write_text("".join(f"line {n} of the file\n" for n in range(200)), encoding="utf-8")
    shell = recorded(name)
    terminal = shell.terminal
    began = shell.begin("vi -u NONE ~/secret.txt")
    terminal.sees("line 5 of the file")
    terminal.resize(30, 90)
    terminal.type(":q\r")
    shell.end(began)
    began = shell.begin("less ~/secret.txt")
    wait(terminal, lambda: terminal.raw.find(b"line 5 of the file", began) >= 0, "less")
    terminal.type("G")
    terminal.sees("line 199 of the file")
    terminal.type("q")
    shell.end(began)
    # one process each: a shell loses a key between fork and exec
    began = shell.begin("sh -c 'echo going; exec sleep 60'")
    terminal.until(lambda _: b"going\r\n" in terminal.raw[began:], "the command")
    terminal.type("\x03")
    shell.end(began)
    began = shell.begin("sh -c 'echo again; exec cat'")
    terminal.until(lambda _: b"again\r\n" in terminal.raw[began:], "the command")
    terminal.type("\x1a")
    shell.end(began)
    began = shell.begin("fg")
    for number in range(30):  # a shell may throw away what is typed before it has handed the terminal over
        terminal.type(f"typed{number}\r")
        both = f"typed{number}\r\n".encode()  # once from the terminal, once from cat
        patience = time.monotonic() + 1
        while terminal.raw[began:].count(both) < 2 and time.monotonic() < patience:
            terminal.read(0.1)
        if terminal.raw[began:].count(both) >= 2:
            break
    else:
        raise AssertionError(terminal.text)
    terminal.type("\x04")
    shell.end(began)
    assert "30 90" in shell.do("stty size")
    shell.leave()
    rows = {command: (status, output) for command, status, output in commands(home)}
    note = "(full-screen program: its screen is not recorded)\n"
    assert "line 5" not in rows["vi -u NONE ~/secret.txt"][1]
    assert rows["vi -u NONE ~/secret.txt"][1].endswith(note)
    assert rows["less ~/secret.txt"] == (0, note)
    interrupted = rows["sh -c 'echo going; exec sleep 60'"]
    assert interrupted[0] == 130
    assert interrupted[1].startswith("going\n")
    assert rows["sh -c 'echo again; exec cat'"][0] in (148, 146) or name == "fish"  # fish tells the status before
    # What was typed before the shell named the job it woke is shown above that name.
    assert re.search(r"(typed[0-9]+)\n(?:sh -c .*\n)?\1\n\Z", rows["fg"][1])
    assert rows["stty size"] == (0, "30 90\n")
    assert "line 5 of the file" not in cast(home)[1]


@pytest.mark.parametrize("name", SHELLS)
def test_keys_are_never_recorded(name: str, recorded: Callable[..., Recorded], home: Path) -> None:
    shell = recorded(name)
    # The prompt does not stand in the line that is typed: who answered its echo would be quicker than stty.
    began = shell.begin("sh -c 'stty -echo; printf Pass%s: word; read p; stty echo; test ${#p} = 11; echo is $?'")
    shell.terminal.sees("Password:")
    shell.terminal.type("correcthors\r")
    assert "is 0" in shell.end(began)
    shell.terminal.type("echo half-typed-word\x15")  # and away with it
    shell.do("true")
    shell.leave()
    for path in [*folder(home).rglob("*"), *(home / ".run").rglob("*")]:
        if path.is_file():
            assert b"correcthors" not in path.read_bytes(), path
            assert b"half-typed" not in path.read_bytes(), path


def test_much_output_is_capped_and_its_matches_kept(recorded: Callable[..., Recorded], home: Path) -> None:
    line = "bind: Address already in use"
    middle, last = ROWS // 2, f"row {ROWS - 1:08}"
    code = f"""import sys
for number in range({ROWS}):
    print(f"row {{number:08}} " + "x" * 90 if number != {middle} else "{line}")
sys.exit(4)
"""
    (home / "much.py").write_text(code, encoding="utf-8")
    shell = recorded("bash", term="dumb")
    terminal = shell.terminal
    terminal.type(f"{sys.executable} ~/much.py\r")
    count, tail = 0, b""
    while b"ready>" not in tail.partition(last.encode())[2]:
        data = terminal.child.read_nonblocking(1 << 20, timeout=60)
        count += data.count(b"row ")
        tail = (tail + data)[-8192:]
    assert abs(count - ROWS + 1) <= 2 + ROWS // 1000  # a cut may fall into the word
    assert b"known: net/port-already-in-use" in tail.partition(last.encode())[2]
    with open(f"/proc/{terminal.child.pid}/status", encoding="ascii") as file:
        peak = next(int(row.split()[1]) for row in file if row.startswith("VmHWM:"))
    assert peak < 250 * 1024  # KiB
    shell.leave()
    ((_, status, text),) = commands(home)
    assert status == 4
    assert len(text) < 5.5 * 1024 * 1024
    assert text.startswith("row 00000000")
    assert text.endswith(f"{last} {'x' * 90}\n")
    assert f"line {middle + 1}: {line}" in text
    (path,) = (folder(home) / "evidence").glob("*.cast")
    assert path.stat().st_size < 2 * (HEAD + TAIL)
    assert "bytes left out" in cast(home)[1]


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_ones_own_prompt_hooks_are_no_output(name: str, recorded: Callable[..., Recorded], home: Path) -> None:
    rc = {
        "bash": "PROMPT_COMMAND='echo \"st=$? ${PIPESTATUS[*]}\"'\nPS0='<ps0>'\ntrap 'n=$((n+1))' DEBUG\n",
        "zsh": 'autoload -Uz add-zsh-hook\nshow() { echo "st=$? $pipestatus" }\nadd-zsh-hook precmd show\n'
        "ZDOTDIR_WAS=${ZDOTDIR-none}\n",
    }
    shell = recorded(name, rc[name])
    printed = shell.do("true | sh -c 'exit 3'")
    assert "st=3 0 3" in printed
    shell.do("echo $ZDOTDIR_WAS ${ZDOTDIR-none}")
    shell.leave()
    rows = commands(home)
    assert rows[0] == ("true | sh -c 'exit 3'", 3, "")
    if name == "zsh":
        assert rows[1][2] == "none none\n"


@pytest.mark.parametrize("victim", ["recorder", "shell", "terminal"])
def test_what_ended_is_on_record_whoever_is_killed(
    victim: str, recorded: Callable[..., Recorded], home: Path, runbook: Runbook
) -> None:
    """Killed at random moments while commands end one after the other."""
    source = random.Random(victim)
    ended: list[str] = []
    for turn in range(KILLS):
        shell = recorded("bash")
        for number in range(2):
            shell.do(f"echo turn {turn} number {number}")
            ended.append(f"echo turn {turn} number {number}")
        shell.terminal.type("".join(f"echo turn {turn} late {n}\r" for n in range(20)))
        end = time.monotonic() + source.random() * 0.15
        while time.monotonic() < end:
            shell.terminal.read(0.01)
        if victim == "terminal":
            shell.terminal.hang_up()
        elif victim == "recorder":
            shell.terminal.signal(signal.SIGKILL)
            shell.terminal.ends()
        else:
            (pid,) = (int(p) for p in _children(_children(shell.terminal.child.pid)[0]))
            os.kill(pid, signal.SIGKILL)
            assert shell.terminal.ends() == 137
        printed = re.findall(rb"\n(turn \d+ late \d+)\r\n.*?\x1b\]133;D;0", bytes(shell.terminal.raw), re.DOTALL)
        ended += [f"echo {text.decode()}" for text in printed]
    runbook("log", "afterwards", check=True)
    found = [entry["data"]["command"] for entry in entries(home)]
    assert not set(ended) - set(found)
    assert len(found) == len(set(found))
    assert not list((home / ".run/runbook/shell").iterdir())
    assert list((folder(home) / "evidence").glob("*.cast"))


def _children(pid: int | None) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(each) for each in file.read().split()]


def test_needs_a_terminal_and_a_shell_it_knows(runbook: Runbook, home: Path) -> None:
    with Terminal((sys.executable, "-m", "runbook", "shell", "bash")) as terminal:
        assert terminal.ends() == 2
        assert "nothing is open" in terminal.text
    runbook("start", "the shop is down", check=True)
    assert "needs a terminal" in runbook("shell", check=2).stderr
    assert not list((home / ".run").glob("runbook/shell/*"))


def test_public_players_replay_it(recorded: Callable[..., Recorded], home: Path) -> None:
    if shutil.which("asciinema") is None:
        pytest.skip("asciinema is not installed")
    shell = recorded("bash")
    shell.do("echo for the player")
    shell.leave()
    (path,) = (folder(home) / "evidence").glob("*.cast")
    with Terminal(("asciinema", "cat", str(path))) as player:
        assert player.ends() == 0
        assert "for the player" in player.text


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_marks_are_found_wherever_the_stream_is_cut(data: st.DataObject) -> None:
    noise = st.binary(max_size=12) | st.sampled_from(
        [b"\x1b", b"\x1b]133;D;0;aid=other\x07", b"\x1b[?25h", b"\x1b]133;"]
    )
    marks = {
        b"\x1b]133;C;aid=N0\x07": BEGIN,
        b"\x1b]133;D;7;aid=N0;1-2.bash\x07": END,
        b"\x1b[?1049h": FULL,
        b"\x1b[?1049l": BACK,
    }
    pieces = data.draw(st.lists(noise | st.sampled_from(sorted(marks)), max_size=8))
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader = MarkReader("N0")
    kinds: list[str] = []
    text = b""
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        for part in reader.feed(stream[start:end]):
            assert 0 <= part.shown <= end - start
            if part.kind == TEXT:
                text += part.data
            else:
                kinds.append(part.kind)
    whole = MarkReader("N0")
    expected = whole.feed(stream)
    assert kinds == [part.kind for part in expected if part.kind != TEXT]
    assert text == b"".join(part.data for part in expected if part.kind == TEXT)
    assert kinds == [marks[piece] for piece in pieces if piece in marks]


@given(
    st.lists(
        st.binary(max_size=40) | st.sampled_from([TOKEN.encode(), b"\x1b]0;t\x07", b"\n", b"\x1b[31m"]), max_size=10
    )
)
@settings(max_examples=80, deadline=None)
def test_no_secret_and_no_forbidden_sequence_gets_into_a_recording(chunks: list[bytes]) -> None:
    lines: list[str] = []
    made = Cast(lines.append, Door().clean, columns=80, rows=24, began=0.0, title="t")
    for number, chunk in enumerate([*chunks, b"\n", TOKEN.encode() + b"\n"]):
        made.hear(float(number), chunk)
    made.command("x", "/", start=0.0, end=99.0, size=(80, 24))
    shown = "".join(json.loads(line)[2] for line in lines[1:])
    assert TOKEN not in shown
    assert "\x1b]" not in shown
