"""``runbook run`` without a terminal: bytes, statuses, signals and pipes are the command's own."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

RUNBOOK = [sys.executable, "-m", "runbook"]
RUN = [*RUNBOOK, "run", "--quiet"]
PATIENCE = 30.0


@pytest.fixture(autouse=True)
def incident(home: Path) -> None:
    subprocess.run([*RUNBOOK, "start", "something is wrong"], check=True, capture_output=True)


def run(*command: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    return run_raw([*RUN, "--", *command], **more)


def run_raw(command: list[str], **more: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, timeout=60, check=False, **more)


def wait_for(found: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)


def test_stdout_and_stderr_stay_apart_and_byte_for_byte() -> None:
    """All 256 byte values, in both streams, in both directions."""
    code = "import sys; d = sys.stdin.buffer.read(); sys.stdout.buffer.write(d); sys.stderr.buffer.write(d[::-1])"
    data = bytes(range(256)) * 4
    done = run(sys.executable, "-c", code, input=data)
    assert (done.returncode, done.stdout, done.stderr) == (0, data, data[::-1])


def test_output_arrives_as_it_is_printed() -> None:
    """A line is there before the command ends, and so is half a line."""
    with subprocess.Popen([*RUN, "--", "sh", "-c", "printf half; read go; echo done"], stdin=-1, stdout=-1) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert os.read(child.stdout.fileno(), 100) == b"half"
        child.stdin.write(b"go\n")
        child.stdin.close()
        assert child.stdout.read() == b"done\n"


def test_order_is_kept_where_both_streams_go_to_one_file(tmp_path: Path) -> None:
    script = "for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done"
    with (tmp_path / "both").open("wb") as file:
        subprocess.run([*RUN, "--", "sh", "-c", script], stdout=file, stderr=subprocess.STDOUT, check=True)
    assert (tmp_path / "both").read_text() == "".join(f"out {n}\nerr {n}\n" for n in range(1, 6))


@pytest.mark.parametrize("status", [0, 1, 2, 3, 125, 130, 255])
def test_the_exit_status_is_the_commands(status: int) -> None:
    assert run("sh", "-c", f"exit {status}").returncode == status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGSEGV])
def test_death_by_signal_is_128_and_its_number(number: signal.Signals) -> None:
    assert run("sh", "-c", f"kill -{number} $$").returncode == 128 + number


def test_a_command_that_does_not_exist_is_127() -> None:
    done = run("no-such-command-here", "x")
    assert (done.returncode, done.stderr) == (127, b"runbook: no-such-command-here: command not found\n")


def test_a_path_that_does_not_exist_is_127() -> None:
    done = run("./not-there")
    assert (done.returncode, done.stderr) == (127, b"runbook: ./not-there: No such file or directory\n")


def test_a_file_that_is_not_executable_is_126(tmp_path: Path) -> None:
    file = tmp_path / "plain.txt"
    file.write_text("hello")
    done = run(str(file))
    assert (done.returncode, done.stderr) == (126, f"runbook: {file}: Permission denied\n".encode())


def test_a_folder_is_126(tmp_path: Path) -> None:
    done = run(str(tmp_path))
    assert (done.returncode, done.stderr) == (126, f"runbook: {tmp_path}: Is a directory\n".encode())


def test_a_script_whose_interpreter_is_missing_is_127(tmp_path: Path) -> None:
    file = tmp_path / "script"
    file.write_text("#!/no/such/interpreter\n")
    file.chmod(0o755)
    done = run(str(file))
    assert done.returncode == 127
    assert b"required file not found" in done.stderr


def test_a_script_without_a_first_line_runs_in_a_shell(tmp_path: Path) -> None:
    file = tmp_path / "script"
    file.write_text('echo "got $1"\nexit 4\n')
    file.chmod(0o755)
    done = run(str(file), "this")
    assert (done.returncode, done.stdout) == (4, b"got this\n")


def test_a_single_argument_is_a_program_and_not_a_shell_line() -> None:
    done = run("echo a | cat")
    assert done.returncode == 127
    assert b"echo a | cat: command not found" in done.stderr


def test_minus_c_runs_a_shell_line() -> None:
    done = run_raw([*RUN, "-c", "echo a b | wc -w; exit 6"])
    assert (done.returncode, done.stdout.split()) == (6, [b"2"])


def test_a_command_may_follow_without_dashes() -> None:
    done = run_raw([*RUN, "echo", "--quiet", "--id", "x"])
    assert done.stdout == b"--quiet --id x\n"


def test_no_command_is_wrong_use() -> None:
    done = run_raw([*RUN, "--"])
    assert done.returncode == 2
    assert b"there is no command" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1])
def test_a_signal_to_us_goes_to_the_command(number: signal.Signals, tmp_path: Path) -> None:
    """Without a terminal; the command decides what to do about it."""
    script = f'trap "echo told; exit 9" {number.name[3:]}; echo ready; while :; do sleep 0.05; done'
    with subprocess.Popen([*RUN, "--", "sh", "-c", script], stdout=-1, start_new_session=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.send_signal(number)
        assert child.stdout.read() == b"told\n"
        assert child.wait(PATIENCE) == 9


def test_what_was_ignored_stays_ignored() -> None:
    """nohup, and a shell's background jobs, rely on it."""
    code = "import signal; print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    done = run_raw(["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *RUN, "--", sys.executable, "-c", code])
    assert done.stdout == b"True\n"


def test_sigpipe_is_the_default_for_the_command() -> None:
    """Python ignores it; a command started from Python must not."""
    done = run("grep", "SigIgn", "/proc/self/status")
    assert int(done.stdout.split()[1], 16) & (1 << (signal.SIGPIPE - 1)) == 0


def test_a_reader_that_goes_away_ends_the_command_by_sigpipe() -> None:
    done = run_raw(["bash", "-c", f"{' '.join(RUN)} -- yes | head -1; echo ${{PIPESTATUS[0]}}"])
    assert done.stdout == b"y\n141\n"


def test_a_slow_reader_of_one_stream_does_not_hold_up_the_other() -> None:
    """A pager that nobody scrolls must not keep warnings from the screen."""
    script = "head -c 1000000 /dev/zero & echo warning >&2; wait"
    with subprocess.Popen([*RUN, "--", "sh", "-c", script], stdout=-1, stderr=-1) as child:
        assert child.stderr is not None
        assert child.stdout is not None
        assert child.stderr.readline() == b"warning\n"
        assert len(child.stdout.read()) == 1_000_000


def test_a_reader_that_comes_late_gets_everything() -> None:
    """The command is long over when its output is read."""
    with subprocess.Popen([*RUN, "--", "head", "-c", "400000", "/dev/zero"], stdout=-1) as child:
        assert child.stdout is not None
        time.sleep(3)
        assert len(child.stdout.read()) == 400_000
        assert child.wait(PATIENCE) == 0


def test_closed_descriptors_stay_closed() -> None:
    code = "import os,sys; r=[]\nfor n in (0,1,2):\n  try: os.fstat(n); r.append(n)\n  except OSError: pass\n"
    code += "open(sys.argv[1],'w').write(repr(r))"
    folder = Path("closed")
    subprocess.run(["sh", "-c", '"$@" >&- <&-', "sh", *RUN, "--", sys.executable, "-c", code, str(folder)], check=True)
    assert folder.read_text() == "[2]"


def test_the_command_inherits_no_descriptor_of_ours() -> None:
    done = run("sh", "-c", "ls /proc/self/fd")
    assert done.stdout.split() == [b"0", b"1", b"2", b"3"]  # 3 is the listing itself


def test_a_background_child_that_keeps_the_pipe_does_not_hang_us() -> None:
    began = time.monotonic()
    done = run("sh", "-c", "sleep 60 & echo launched")
    assert (done.returncode, done.stdout) == (0, b"launched\n")
    assert time.monotonic() - began < 20


def test_a_helper_that_prints_shortly_after_the_command_is_heard() -> None:
    """As `exec > >(tee log)` leaves one behind."""
    done = run("bash", "-c", "(sleep 0.2; echo late) & echo first")
    assert done.stdout == b"first\nlate\n"


def test_ctrl_c_from_a_terminal_reaches_a_piped_command_once(tmp_path: Path) -> None:
    """The keyboard signals the whole job; passing it on as well would be a second Ctrl-C."""
    code = """if 1:
        import signal, sys, time
        count = 0
        def told(*_):
            global count
            count += 1
        signal.signal(signal.SIGINT, told)
        open(sys.argv[1] + "/ready", "w").close()
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            time.sleep(0.05)
        open(sys.argv[1] + "/count", "w").write(str(count))
        """
    (tmp_path / "code.py").write_text(code)
    line = f"{' '.join(RUN)} -- {sys.executable} {tmp_path}/code.py {tmp_path} </dev/null 2>&1 | cat"
    child = pexpect.spawn("bash", ["-c", f"trap '' INT; (trap - INT; {line})"], timeout=PATIENCE)
    wait_for((tmp_path / "ready").exists, "the start")
    child.sendintr()
    wait_for((tmp_path / "count").exists, "the end")
    time.sleep(0.1)
    assert (tmp_path / "count").read_text() == "1"
    child.close(force=True)


def test_two_hundred_megabytes_in_constant_memory() -> None:
    """Nothing is lost on the way, and we do not grow with what passes. The catalog is compiled before."""
    subprocess.run([sys.executable, "-m", "runbook", "signatures", "list"], check=True, capture_output=True)
    size = 200 * 1000 * 1000
    code = (
        "import hashlib,os,resource,subprocess,sys\n"
        "child = subprocess.Popen(sys.argv[1:], stdout=-1)\n"
        "digest, total = hashlib.sha256(), 0\n"
        "while data := child.stdout.read(1 << 20):\n"
        "    digest.update(data); total += len(data)\n"
        "child.wait()\n"
        "print(total, digest.hexdigest(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    line = b"2026-02-11T09:00:00Z INFO request id=12345 status=200 took=12ms\n"
    done = subprocess.run(
        [sys.executable, "-c", code, *RUN, "--", "sh", "-c", f"yes '{line.decode().strip()}' | head -c {size}"],
        capture_output=True,
        check=True,
        timeout=300,
    )
    total, digest, kilobytes = done.stdout.split()
    assert int(total) == size
    expected = (line * (size // len(line) + 1))[:size]
    assert digest.decode() == hashlib.sha256(expected).hexdigest()
    assert int(kilobytes) < 80_000, f"{int(kilobytes) / 1000:.0f} MB"


def test_a_silent_command_imports_nothing_heavy() -> None:
    """`runbook run -- true` is called dozens of times in an incident."""
    code = (
        "import sys\n"
        "from runbook.cli.main import main\n"
        "status = main(['run', '--', 'true'])\n"
        "heavy = {'pydantic','yaml','jinja2','git','markdown_it','questionary','typing','subprocess','dataclasses',"
        "'pathlib','tempfile','shutil','inspect','selectors','hashlib','re2'}\n"
        "print(status, sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, check=True)
    assert done.stdout == b"0 []\n"


def test_file_size_limits_hit_the_command_and_not_its_record(home: Path) -> None:
    """Limits are inherited: a recorder under `ulimit -f` still records."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    done = run("sh", "-c", "head -c 2000000 /dev/zero >big; echo $?", preexec_fn=limit)
    assert done.stdout == b"153\n"
    assert list((home / ".local/state/runbook").glob("*/*/evidence/*"))
