"""``runbook run`` on real terminals: what a person at the keyboard would notice."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pyte
import pytest
from journals import journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RUN = [sys.executable, "-m", "runbook", "run", "--quiet"]
LINE = " ".join(RUN)
PROMPT = "ready-for-keys> "
PATIENCE = 30


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder for small programs that say what they see."""
    return tmp_path


def script(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return f"{sys.executable} {path}"


def spawn(
    command: Sequence[str], *, rows: int = 24, columns: int = 80, echo: bool = False, folder: Path | None = None
) -> pexpect.spawn[str]:
    return pexpect.spawn(
        command[0],
        list(command[1:]),
        cwd=folder,
        timeout=PATIENCE,
        dimensions=(rows, columns),
        echo=echo,
        encoding="utf-8",
        codec_errors="backslashreplace",
    )


@pytest.fixture
def bash(home: Path) -> Iterator[pexpect.spawn[str]]:
    """An interactive bash with job control, as a responder has it; with an incident open."""
    rc = home / "rc"
    rc.write_text(f"PS1='{PROMPT}'\nbind 'set enable-bracketed-paste off'\n", encoding="utf-8")
    start = [sys.executable, "-m", "runbook", "start", "it is broken"]
    subprocess.run(start, check=True, capture_output=True)
    shell = spawn(["bash", "--rcfile", str(rc), "-i"], columns=200)
    shell.expect_exact(PROMPT)
    yield shell
    shell.close(force=True)


def say(shell: pexpect.spawn[str], line: str) -> str:
    """Type a line and return what was printed until the next prompt."""
    shell.sendline(line)
    shell.expect_exact(PROMPT)
    assert shell.before is not None
    return shell.before.replace("\r\n", "\n")


COMBINATIONS = list(itertools.product(["tty", "pipe", "file"], repeat=3))


@pytest.mark.parametrize("kinds", COMBINATIONS, ids=["-".join(kinds) for kinds in COMBINATIONS])
def test_each_descriptor_is_to_the_command_what_it_is_to_us(kinds: tuple[str, str, str], program: Path) -> None:
    """A terminal stays a terminal, a pipe a pipe, in every combination; and /dev/tty is there if it was."""
    probe = script(
        program,
        "probe",
        """\
        import json, os, stat, sys
        sys.stdin.read() if not os.isatty(0) else None
        sys.stdout.write("to-stdout\\n"); sys.stdout.flush()
        sys.stderr.write("to-stderr\\n"); sys.stderr.flush()
        json.dump([os.isatty(n) for n in (0, 1, 2)] + [os.open("/dev/tty", os.O_RDWR) > 2], open(sys.argv[1], "w"))
        """,
    )
    (program / "in").write_text("")
    before = ": | " if kinds[0] == "pipe" else ""
    stdin = f" <{program}/in" if kinds[0] == "file" else ""
    stdout = {"tty": "", "pipe": f" | cat >{program}/out", "file": f" >{program}/out"}[kinds[1]]
    stderr = {"tty": "", "pipe": f" 2> >(cat >{program}/err)", "file": f" 2>{program}/err"}[kinds[2]]
    child = spawn(["bash", "-c", f"{before}{LINE} -- {probe} {program}/seen{stdin}{stderr}{stdout}; sleep 0.2"])
    child.expect(pexpect.EOF)
    shown = child.before or ""
    assert (program / "seen").exists(), shown
    assert json.loads((program / "seen").read_text()) == [*(kind == "tty" for kind in kinds), True]
    for name, kind, file in (("stdout", kinds[1], "out"), ("stderr", kinds[2], "err")):
        if kind == "tty":
            assert f"to-{name}" in shown
        else:
            assert f"to-{name}" not in shown
            assert f"to-{name}\n" in (program / file).read_text()


def test_the_terminal_has_our_size_and_follows_it(program: Path) -> None:
    watch = script(
        program,
        "watch",
        """\
        import os, signal, sys
        def show(*_): os.write(1, "size {} {}\\n".format(*os.get_terminal_size(1)).encode())  # safe in a handler
        signal.signal(signal.SIGWINCH, show)
        show()
        sys.stdin.readline()
        """,
    )
    child = spawn([*RUN, "--", *watch.split()], rows=31, columns=97)
    child.expect_exact("size 97 31")
    child.setwinsize(40, 120)
    child.expect_exact("size 120 40")
    child.sendline()
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0


def test_a_resize_is_not_told_twice(program: Path) -> None:
    watch = script(
        program,
        "watch",
        """\
        import os, signal, sys, time
        told = 0
        def count(*_):
            global told
            told += 1
        signal.signal(signal.SIGWINCH, count)
        print("ready", flush=True)
        sys.stdin.readline()
        print("told", told, flush=True)
        """,
    )
    child = spawn([*RUN, "--", *watch.split()])
    child.expect_exact("ready")
    child.setwinsize(40, 120)
    time.sleep(0.5)
    child.sendline()
    child.expect(r"told (\d+)")
    assert isinstance(child.match, re.Match)
    assert child.match[1] == "1"


def test_keys_reach_the_command_and_echo_is_its_own_business(program: Path) -> None:
    """A password prompt does not echo, and what is typed into it is nowhere on disk."""
    ask = script(
        program,
        "ask",
        """\
        import getpass
        name = input("name: ")
        word = getpass.getpass("password: ")
        print("got", name, len(word))
        """,
    )
    child = spawn([*RUN, "--", *ask.split()], echo=True)
    child.expect_exact("name: ")
    child.sendline("robin")
    child.expect_exact("password: ")
    child.sendline("a-secret-nobody-sees")
    child.expect_exact("got robin 20")
    assert "a-secret" not in (child.before or "")


def test_ctrl_c_interrupts_the_command_only(program: Path) -> None:
    """The command gets the interrupt, our status is 130, and it is on record as signal 2."""
    # exec: an interrupt between dash's fork and its child's exec is lost, with us and without
    child = spawn([*RUN, "--", "sh", "-c", "echo started; exec sleep 60"])
    child.expect_exact("started")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 130


def test_a_command_may_handle_ctrl_c_and_go_on(program: Path) -> None:
    survive = script(
        program,
        "survive",
        """\
        import time
        try:
            print("working", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            print("cleaned up", flush=True)
            raise SystemExit(7)
        """,
    )
    child = spawn([*RUN, "--", *survive.split()])
    child.expect_exact("working")
    child.sendintr()
    child.expect_exact("cleaned up")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 7


def test_ctrl_c_ends_a_shell_loop_around_recorded_commands(bash: pexpect.spawn[str]) -> None:
    """As without us: the shell sees that its command died of the interrupt."""
    bash.sendline(f"for host in a b c; do echo at $host; {LINE} -- sleep 30; done")
    bash.expect_exact("at a")
    time.sleep(1)
    bash.sendintr()
    bash.expect_exact(PROMPT)
    assert "at b" not in (bash.before or "")
    assert "status 130" in say(bash, "echo status $?")


def test_ctrl_z_and_fg(bash: pexpect.spawn[str], program: Path) -> None:
    """The shell gets its terminal back, knows the job, and `fg` goes on where it stopped."""
    count = script(
        program,
        "count",
        """\
        import sys
        for line in sys.stdin:
            print("heard", line.strip(), flush=True)
        print("bye", flush=True)
        """,
    )
    bash.sendline(f"{LINE} -- {count}")
    time.sleep(0.5)
    bash.sendline("one")
    bash.expect_exact("heard one")
    bash.sendcontrol("z")
    bash.expect("Stopped")
    bash.expect_exact(PROMPT)
    assert "Stopped" in say(bash, "jobs")
    assert "icanon" in say(bash, "stty -a").split()
    bash.sendline("fg")
    time.sleep(0.5)
    bash.sendline("two")
    bash.expect_exact("heard two")
    bash.sendeof()
    bash.expect_exact("bye")
    bash.expect_exact(PROMPT)
    assert "status 0" in say(bash, "echo status $?")


def test_ctrl_z_then_bg_lets_it_finish_in_the_background(bash: pexpect.spawn[str], program: Path) -> None:
    go = program / "go"
    # Not a shell's loop: Ctrl-Z between its vfork and exec stops the child alone, and no shell ever learns of it.
    wait = script(
        program,
        "wait",
        """\
        import pathlib, sys, time
        print("begun", flush=True)
        while not pathlib.Path(sys.argv[1]).exists():
            time.sleep(0.1)
        print("finished", flush=True)
        """,
    )
    bash.sendline(f"{LINE} -- {wait} {go}")
    bash.expect_exact("begun")
    bash.sendcontrol("z")
    bash.expect("Stopped")
    bash.expect_exact(PROMPT)
    say(bash, "bg")
    assert "still my prompt" in say(bash, "echo still my prompt")
    go.touch()
    bash.expect_exact("finished")
    assert "Done" in say(bash, "wait; jobs; echo Done")


def test_a_background_job_that_wants_keys_stops_until_fg(bash: pexpect.spawn[str], program: Path) -> None:
    ask = script(program, "ask", 'print("answer was", input())')
    say(bash, f"{LINE} -- {ask} &")
    deadline = time.monotonic() + PATIENCE
    while "Stopped" not in say(bash, "jobs"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    bash.sendline("fg")
    time.sleep(0.5)
    bash.sendline("forty-two")
    bash.expect_exact("answer was forty-two")
    bash.expect_exact(PROMPT)


def test_a_pager_behind_a_recorded_command_has_the_keyboard(bash: pexpect.spawn[str], program: Path) -> None:
    """`runbook run -- producer | reader` leaves the keys to the reader, and its lines do not staircase."""
    reader = script(
        program,
        "reader",
        """\
        import sys
        lines = len(sys.stdin.readlines())
        keys = open("/dev/tty")
        print("lines", lines, flush=True)
        print("key", keys.readline().strip(), flush=True)
        """,
    )
    bash.sendline(f"{LINE} -- sh -c 'echo one; echo two; sleep 1' | {reader}")
    bash.expect_exact("lines 2\r\n")
    bash.sendline("typed")
    bash.expect_exact("key typed\r\n")
    bash.expect_exact(PROMPT)


def test_a_command_in_a_pipeline_gets_the_keyboard_when_it_asks(bash: pexpect.spawn[str], program: Path) -> None:
    """`echo data | runbook run -- program` where the program asks /dev/tty, as ssh and sudo do."""
    ask = script(
        program,
        "ask",
        """\
        import getpass, sys
        data = sys.stdin.read().strip()
        word = getpass.getpass("secret: ")
        print("data", data, "secret", len(word))
        """,
    )
    bash.sendline(f"echo piped | {LINE} -- {ask}")
    bash.expect_exact("secret: ")
    time.sleep(0.3)
    bash.sendline("12345")
    bash.expect_exact("data piped secret 5")
    bash.expect_exact(PROMPT)


def test_ctrl_c_reaches_a_command_in_a_pipeline(bash: pexpect.spawn[str]) -> None:
    bash.sendline(f"{LINE} -- sh -c 'echo begun >&2; exec sleep 60' | cat; echo over ${{PIPESTATUS[0]}}")
    bash.expect_exact("begun")
    bash.sendintr()
    bash.expect_exact(PROMPT)
    say(bash, "true")
    assert "free" in say(bash, "echo free")


@pytest.mark.parametrize("end", ["kill -KILL $$", "kill -TERM $$", "exit 3"])
def test_the_terminal_is_given_back_however_the_command_ends(bash: pexpect.spawn[str], end: str) -> None:
    """Even if the command left its own terminal raw and without echo."""
    before = say(bash, "stty -a")
    say(bash, f"{LINE} -- sh -c 'stty raw -echo; {end}'")
    assert say(bash, "stty -a") == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_recorder_goes_to_the_command_and_the_terminal_is_restored(
    bash: pexpect.spawn[str], number: signal.Signals
) -> None:
    before = say(bash, "stty -a")
    trap = f'trap "echo told; exit 9" {number.name[3:]}; echo pid $PPID; while :; do sleep 0.1; done'
    bash.sendline(f"{LINE} -- sh -c '{trap}'")
    bash.expect(r"pid (\d+)\r")
    assert isinstance(bash.match, re.Match)
    monitor = int(bash.match[1])
    recorder = int(re.split(r"[ )]+", Path(f"/proc/{monitor}/stat").read_text())[3])
    os.kill(recorder, number)
    bash.expect_exact("told")
    bash.expect_exact(PROMPT)
    assert "status 9" in say(bash, "echo status $?")
    assert say(bash, "stty -a") == before


def test_a_closed_terminal_ends_the_command_and_it_is_on_record(home: Path, runbook: Callable[..., object]) -> None:
    """The window is closed: the command gets SIGHUP as it would without us, and the journal says so."""
    runbook("start", "window closes", check=True)
    child = spawn([*RUN, "--", "sh", "-c", "echo begun; exec sleep 60"])
    child.expect_exact("begun")
    os.close(child.child_fd)
    deadline = time.monotonic() + PATIENCE
    while not (entries := [e for e in journal(home) if e["kind"] == "command"]):
        assert time.monotonic() < deadline, "the command never came on record"
        time.sleep(0.1)
    assert entries[0]["data"]["exit_status"] == 129
    assert child.pid is not None
    os.waitpid(child.pid, 0)
    child.closed = True


def screen_after(child: pexpect.spawn[str], until: str, screen: pyte.Screen, stream: pyte.Stream) -> str:
    """Feed an emulator until ``until`` stands on its screen."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            stream.feed(child.read_nonblocking(65536, timeout=0.2))
        except pexpect.TIMEOUT:
            pass
        except pexpect.EOF:
            break
        if until in (shown := "\n".join(screen.display)):
            return shown
    pytest.fail(f"{until!r} never appeared:\n" + "\n".join(screen.display))


@pytest.mark.skipif(shutil.which("less") is None, reason="less is not installed")
def test_a_full_screen_program_looks_and_obeys_as_without_us(program: Path) -> None:
    """less: pages, searches, resizes and quits."""
    text = program / "long.txt"
    text.write_text("\n".join(f"line {number}" for number in range(1, 1001)))
    screen = pyte.Screen(80, 24)
    stream = pyte.Stream(screen)
    child = spawn([*RUN, "--", "less", str(text)])
    assert "line 23" in screen_after(child, "line 23", screen, stream)
    child.send(" ")
    shown = screen_after(child, "line 46", screen, stream)
    assert shown.splitlines()[0].strip() == "line 24"
    child.send("/line 500\r")
    shown = screen_after(child, "line 522", screen, stream)
    assert shown.splitlines()[0].strip() == "line 500"
    screen.resize(30, 100)
    child.setwinsize(30, 100)
    screen_after(child, "line 528", screen, stream)
    child.send("q")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0


@pytest.mark.skipif(shutil.which("vim") is None, reason="vim is not installed")
def test_an_editor_writes_what_was_typed(program: Path) -> None:
    file = program / "note.txt"
    command = [*RUN, "--", "vim", "-u", "NONE", "-i", "NONE", "-n", "note.txt"]  # a long name would ask for Enter
    child = spawn(command, folder=program)
    child.expect_exact("note.txt")
    child.send("ityped in vim\x1b:wq\r")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    assert file.read_text() == "typed in vim\n"


def test_keys_typed_before_the_command_reads_are_not_lost(program: Path) -> None:
    late = script(program, "late", 'import time; print("up", flush=True); time.sleep(1); print("read", input())')
    child = spawn([*RUN, "--", *late.split()])
    child.expect_exact("up")
    child.sendline("early bird")
    child.expect_exact("read early bird")


def test_a_large_paste_arrives_whole(program: Path) -> None:
    """More than any terminal's buffer holds, while the command reads slowly."""
    count = script(
        program,
        "count",
        """\
        import os, sys, time, tty
        tty.setraw(0)
        sys.stdout.write("up"); sys.stdout.flush()
        time.sleep(0.5)
        total = 0
        while total < 200000:
            total += len(os.read(0, 1000))
        sys.stdout.write(f"got {total}"); sys.stdout.flush()
        """,
    )
    child = spawn([*RUN, "--", *count.split()])
    child.expect_exact("up")
    rest = memoryview(b"x" * 200_000)

    def paste() -> None:
        nonlocal rest
        while rest:
            rest = rest[os.write(child.child_fd, rest[:4096]) :]

    typist = threading.Thread(target=paste)
    typist.start()
    child.expect_exact("got 200000")
    typist.join()


def test_a_background_child_that_keeps_the_terminal_does_not_hang_us() -> None:
    began = time.monotonic()
    child = spawn([*RUN, "--", "sh", "-c", "sleep 60 & echo launched"])
    child.expect_exact("launched")
    child.expect(pexpect.EOF, timeout=15)
    child.wait()
    assert child.exitstatus == 0
    assert time.monotonic() - began < 15


def test_a_background_child_that_keeps_printing_does_not_hang_us() -> None:
    child = spawn([*RUN, "--", "sh", "-c", "yes noise & echo launched"])
    child.expect(pexpect.EOF, timeout=20)
    child.wait()
    assert child.exitstatus == 0
