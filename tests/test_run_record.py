"""What ``runbook run`` puts on record, and what happens when it cannot."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runbook.record.evidence import EvidenceWriter
from runbook.redact.door import Door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUNBOOK = [sys.executable, "-m", "runbook"]
PATIENCE = 30.0
TOKEN = "ghp_" + "R4nd0mT0kenCharactersThatLookReal012"[:36]
KEY = "\n".join(
    [
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        *("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW" + f"{n:02d}" for n in range(5)),
        "-----END OPENSSH PRIVATE KEY-----",
    ]
)


@pytest.fixture
def state(home: Path) -> Path:
    """The state folder, with an incident open."""
    started = subprocess.run([*RUNBOOK, "start", "something is wrong"], check=True, capture_output=True, text=True)
    assert started.stdout.startswith("INC-")
    return home / ".local/state/runbook"


def run(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    more.setdefault("timeout", 120)
    return subprocess.run([*RUNBOOK, "run", *arguments], check=False, capture_output=True, text=True, **more)


def commands(state: Path) -> list[dict[str, Any]]:
    found = [
        json.loads(line)
        for file in state.glob("*/INC-*/journal/*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    return sorted((entry for entry in found if entry["kind"] == "command"), key=lambda entry: entry["id"])


def folder(state: Path) -> Path:
    (found,) = state.glob("*/INC-*")
    return found


def everything_on_disk(*roots: Path) -> bytes:
    return b"\n".join(path.read_bytes() for root in roots for path in root.rglob("*") if path.is_file())


def wait_for(found: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)
    return value


def test_a_command_is_on_record_with_everything_a_report_needs(state: Path, tmp_path: Path) -> None:
    run("--", "sh", "-c", "echo out; echo err >&2; sleep 0.3; exit 3", cwd=tmp_path)
    (entry,) = commands(state)
    data = entry["data"]
    assert data["command"] == "sh -c 'echo out; echo err >&2; sleep 0.3; exit 3'"
    assert data["argv"] == ["sh", "-c", "echo out; echo err >&2; sleep 0.3; exit 3"]
    assert (data["cwd"], data["exit_status"], data["signal"]) == (str(tmp_path), 3, None)
    assert 0.3 <= data["duration"] < 10
    assert data["host"]
    assert (entry["source"], entry["actor"]) == ("run", "Robin Tester")
    assert entry["at"] < entry["recorded_at"]
    assert {output["stream"] for output in data["outputs"]} == {"stdout", "stderr"}


def test_output_is_kept_in_a_private_file_with_its_digest(state: Path) -> None:
    run("--", "sh", "-c", "printf 'first\\nsecond\\n'")
    (output,) = commands(state)[0]["data"]["outputs"]
    file = folder(state) / output["path"]
    content = b"first\nsecond\n"
    assert file.read_bytes() == content
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0
    digest = hashlib.sha256(content).hexdigest()
    assert (output["bytes"], output["omitted"], output["stream"]) == (13, 0, "stdout")
    assert (output["sha256"], output["sha256_whole"]) == (digest, digest)


def test_no_output_makes_no_file(state: Path) -> None:
    run("--", "true")
    assert commands(state)[0]["data"]["outputs"] == []
    assert not list(folder(state).glob("evidence/*"))
    assert not list(folder(state).glob("running/*"))


def test_death_by_signal_is_recorded_as_such(state: Path) -> None:
    run("--", "sh", "-c", "kill -TERM $$")
    data = commands(state)[0]["data"]
    assert (data["exit_status"], data["signal"]) == (143, 15)


def test_a_command_that_was_not_found_is_on_record_with_its_message(state: Path) -> None:
    run("--", "no-such-command-here")
    data = commands(state)[0]["data"]
    assert data["exit_status"] == 127
    assert "command not found" in (folder(state) / data["outputs"][0]["path"]).read_text()


def test_a_shell_line_is_recorded_as_it_was_typed(state: Path) -> None:
    run("-c", "echo 'a b' | wc -w")
    assert commands(state)[0]["data"]["command"] == "echo 'a b' | wc -w"


def test_it_is_in_the_record_that_the_report_is_made_of(state: Path, runbook: Any) -> None:
    """The fold understands what we write."""
    run("--", "sh", "-c", "echo hello; exit 4")
    shown = json.loads(runbook("show", "--format", "json", check=True).stdout)
    (command,) = shown["commands"]
    (evidence,) = shown["evidence"]
    assert (command["exit_status"], command["evidence"]) == (4, [evidence["id"]])
    assert evidence["size"] == 6


@pytest.mark.parametrize(
    "script",
    [
        "echo token={secret}",
        "echo 'Authorization: Bearer {secret}' >&2",
        "printf 'export GITHUB_TOKEN={secret}'",
        "for c in $(echo {secret} | fold -w 5); do printf $c; sleep 0.02; done; echo",
        "printf '\\033[32m{secret}\\033[0m\\n'",
        "echo {secret}; sleep 0.6; echo again {secret}",
    ],
    ids=["plain", "header", "no-newline", "in-pieces", "coloured", "slow"],
)
def test_a_secret_is_nowhere_on_disk(state: Path, home: Path, script: str) -> None:
    """Not in the journal (it is in the command line too), not in the evidence, not in a spool or a cache."""
    done = run("--", "sh", "-c", script.format(secret=TOKEN))
    assert TOKEN in done.stdout + done.stderr or "033" in script, "what the command prints reaches the screen as it is"
    (data,) = (entry["data"] for entry in commands(state))
    assert "[redacted:" in data["command"]
    assert TOKEN.encode() not in everything_on_disk(home)
    assert TOKEN[4:20].encode() not in everything_on_disk(home)


def test_a_private_key_is_nowhere_on_disk(state: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    run("--", "cat", str(tmp_path / "key"))
    assert b"b3BlbnNzaC1rZXktdjEA" not in everything_on_disk(home)


def test_no_digest_of_a_short_text_with_a_secret(state: Path) -> None:
    """Else the secret could be guessed and the guess be checked."""
    run("--", "sh", "-c", f"echo password={TOKEN}")
    assert "sha256_whole" not in commands(state)[0]["data"]["outputs"][0]


def test_long_output_keeps_head_tail_and_known_failures(state: Path) -> None:
    """About 5 MiB of 15 MB, saying what was left out; a known failure from the middle is not lost."""
    script = (
        "yes 'a line of no importance whatsoever, again and again' | head -c 3000000; echo; "
        "echo 'Bind for 0.0.0.0:4000 failed: port is already allocated'; "
        "yes 'another line of no importance at all, over and over' | head -c 12000000; echo; echo the very end"
    )
    run("--", "sh", "-c", script, stdin=subprocess.DEVNULL)
    data = commands(state)[0]["data"]
    (output,) = data["outputs"]
    file = folder(state) / output["path"]
    text = file.read_text()
    assert output["bytes"] > 15_000_000
    assert 5_000_000 < file.stat().st_size < 5_500_000
    assert text.startswith("a line of no importance")
    assert text.endswith("the very end\n")
    (note,) = [line for line in text.splitlines() if "bytes omitted" in line]
    assert note == f"… {output['omitted']} bytes omitted …"
    assert abs(output["bytes"] - output["omitted"] - file.stat().st_size) < 1000
    assert "port is already allocated" in text
    assert "net/port-already-in-use" in {finding["signature"] for finding in data["findings"]}


def test_no_half_of_a_secret_is_left_at_a_cut() -> None:
    """Wherever head and tail are cut, a token that lies across the cut is gone as a whole."""
    keep = 4096
    for shift in range(0, 120, 3):
        filler = "x" * 60
        line = f"{'y' * shift} token={TOKEN} {filler}\n"
        for separator in ("\n", " "):
            body = (line * 700).replace("\n", separator).encode()
            writer = EvidenceWriter(Door().clean_line_stream, keep=keep)
            for at in range(0, len(body), 7777):
                writer.feed(body[at : at + 7777])
            kept = writer.close()
            assert kept.omitted
            assert kept.size == len(body)
            for length in (8, 12, 20):
                for at in range(4, len(TOKEN) - length, 4):
                    assert TOKEN[at : at + length] not in kept.text, (shift, separator)


def test_no_half_of_a_private_key_is_left_at_a_cut() -> None:
    block = f"before\n{KEY}\nafter\n"
    for shift in range(0, 600, 37):
        body = ("z" * shift + "\n" + block * 200).encode()
        writer = EvidenceWriter(Door().clean_line_stream, keep=4096)
        writer.feed(body)
        text = writer.close().text
        assert "b3BlbnNzaC1rZXktdjEA" not in text
        assert "before" in text


# --- when recording fails ---------------------------------------------------------------------------------------


def test_without_an_open_incident_the_command_runs_and_one_is_told(home: Path) -> None:
    done = run("--", "sh", "-c", "echo works; exit 5")
    assert (done.returncode, done.stdout) == (5, "works\n")
    assert done.stderr.count("not recording") == 1
    assert "runbook start" in done.stderr
    assert not list((home / ".local/state/runbook").rglob("*.jsonl"))


def test_require_record_refuses_without_an_open_incident(home: Path) -> None:
    done = run("--require-record", "--", "touch", "ran")
    assert done.returncode == 125
    assert "cannot be recorded" in done.stderr
    assert not Path("ran").exists()


def test_an_unknown_id_does_not_stop_the_command(state: Path) -> None:
    done = run("--id", "INC-2020-01-01-001", "--", "echo", "works")
    assert (done.returncode, done.stdout) == (0, "works\n")
    assert "not recording: there is no INC-2020-01-01-001" in done.stderr


def recorder_of(marker: Path) -> int:
    """The process id that a command wrote of its parent's parent (the monitor's or shell's), once it did."""
    return int(wait_for(lambda: marker.exists() and marker.read_text().strip(), "the start"))


def test_a_killed_recorder_loses_nothing_that_was_finished_and_little_of_what_was_not(
    state: Path, home: Path, tmp_path: Path
) -> None:
    """The command on record is still there; the one under way is found, with what it had printed, by the next."""
    run("--", "echo", "finished before")
    script = f"echo {TOKEN}; echo half way; echo $PPID >{tmp_path}/pid; sleep 30"
    child = subprocess.Popen([*RUNBOOK, "run", "--", "sh", "-c", script], stdout=subprocess.DEVNULL)
    recorder_of(tmp_path / "pid")
    parts = folder(state) / "running"  # the first line of a part names the command, what it printed comes after
    spool = wait_for(
        lambda: [p for p in parts.glob("*.part") if "half way" in p.read_text().partition("\n")[2]], "spool"
    )
    assert spool[0].stat().st_mode & 0o777 == 0o600
    assert TOKEN not in spool[0].read_text()
    child.kill()
    child.wait()
    done = run("--", "echo", "next")
    assert "was killed; what the command had printed is on record" in done.stderr
    first, second, third = commands(state)
    assert [first["data"]["command"], third["data"]["command"]] == ["echo 'finished before'", "echo next"]
    assert "exit_status" not in second["data"]
    assert second["data"]["recovered"] is True
    kept = folder(state) / second["data"]["outputs"][0]["path"]
    assert "half way\n" in kept.read_text()
    assert TOKEN.encode() not in everything_on_disk(home)
    assert not list(folder(state).glob("running/*"))
    assert run("--", "true").stderr == ""


def test_a_command_being_recorded_is_not_mistaken_for_a_leftover(state: Path, tmp_path: Path) -> None:
    script = f"echo working; echo $PPID >{tmp_path}/pid; sleep 2"
    child = subprocess.Popen([*RUNBOOK, "run", "--", "sh", "-c", script], stdout=subprocess.DEVNULL)
    recorder_of(tmp_path / "pid")
    wait_for(lambda: list(folder(state).glob("running/*.part")), "spool")
    assert run("--", "true").stderr == ""
    assert child.wait(PATIENCE) == 0
    assert sorted(entry["data"]["exit_status"] for entry in commands(state)) == [0, 0]


def test_kills_at_random_moments_never_lose_a_finished_command(state: Path) -> None:
    """Whoever was told the exit status finds the command on record."""
    finished = 0
    for number in range(25):
        command = [*RUNBOOK, "run", "--", "sh", "-c", f"echo number {number}"]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            child.wait(0.02 + number * 0.012)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
        if child.wait() == 0:
            finished += 1
            assert f"number {number}'" in commands(state)[-1]["data"]["command"]
    run("--", "true")
    assert len(commands(state)) >= finished + 1
    for entry in commands(state):
        for output in entry["data"]["outputs"]:
            assert (folder(state) / output["path"]).is_file()


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    """A state folder on a file system of 1 MiB, with an incident open."""
    mount = home / ".local/state"
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root to mount a small file system")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mount)], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        subprocess.run([*RUNBOOK, "start", "the disk is full"], check=True, capture_output=True)
        yield mount
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


def fill(mount: Path) -> Path:
    path = mount / "filler"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    return path


def test_a_full_disk_stops_nothing_and_loses_nothing(small_disk: Path, home: Path) -> None:
    """The disk may be the incident: the command runs, its entry waits in memory, and is recorded when there is room."""
    state = small_disk / "runbook"
    filler = fill(small_disk)
    done = run("--", "sh", "-c", f"seq 5000; echo {TOKEN} >&2; exit 6")
    assert (done.returncode, len(done.stdout.split())) == (6, 5000)
    assert "no space left on device" in done.stderr
    assert "until it can be recorded" in done.stderr
    (kept,) = (home / ".run/runbook/unrecorded").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert TOKEN not in kept.read_text()
    assert not commands(state)
    run("--", "true")
    filler.unlink()
    done = run("--", "true")
    assert "recorded now" in done.stderr
    assert not list((home / ".run/runbook/unrecorded").iterdir())
    assert [entry["data"]["exit_status"] for entry in commands(state)] == [6, 0, 0]
    outputs = commands(state)[0]["data"]["outputs"]
    assert (folder(state) / outputs[0]["path"]).read_text().startswith("1\n2\n")


def test_a_disk_that_fills_up_meanwhile_keeps_the_output(small_disk: Path, home: Path) -> None:
    """The command itself fills the disk."""
    state = small_disk / "runbook"
    script = f"seq 30000; sleep 0.5; head -c 2000000 /dev/zero >{small_disk}/filler 2>/dev/null; seq 30001 60000"
    done = run("--", "sh", "-c", script)
    assert len(done.stdout.split()) == 60000
    (small_disk / "filler").unlink()
    run("--", "true")
    (output,) = commands(state)[0]["data"]["outputs"]
    assert (folder(state) / output["path"]).read_text() == "".join(f"{n}\n" for n in range(1, 60001))


def test_require_record_refuses_on_a_full_disk(small_disk: Path) -> None:
    fill(small_disk)
    done = run("--require-record", "--", "touch", "ran")
    assert done.returncode == 125
    assert "no space left" in done.stderr
    assert not Path("ran").exists()


def test_a_state_folder_that_cannot_be_written(state: Path, home: Path) -> None:
    """Whoever owns it: the command runs, and its entry waits."""
    powerless = []
    if os.geteuid() == 0:  # root may write everywhere, unless that power is given up
        if shutil.which("setpriv") is None:
            pytest.skip("needs setpriv to give up root's power to write everywhere")
        powerless = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]
    closed = [folder(state), folder(state) / "journal", *folder(state).glob("journal/*")]
    for path in closed:
        path.chmod(0o500 if path.is_dir() else 0o400)
    command = [*powerless, *RUNBOOK, "run", "--", "sh", "-c", "echo works; exit 3"]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout) == (3, "works\n")
    assert "permission denied" in done.stderr
    (kept,) = (home / ".run/runbook/unrecorded").iterdir()
    assert json.loads(json.loads(kept.read_text())["entry"])["data"]["exit_status"] == 3
    refused = subprocess.run([*powerless, *RUNBOOK, "run", "--require-record", "touch", "ran"], check=False)
    assert refused.returncode == 125
    assert not Path("ran").exists()
    for path in closed:
        path.chmod(0o700 if path.is_dir() else 0o600)
    run("--", "true")
    assert [entry["data"]["exit_status"] for entry in commands(state)] == [3, 0]


def test_entries_planted_by_somebody_else_are_not_read(state: Path, home: Path) -> None:
    """A folder that others can write to is no place to take entries from."""
    place = home / ".run/runbook/unrecorded"
    place.mkdir(parents=True)
    place.chmod(0o777)
    entry = {"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "at": "2026-01-01T00:00:00+00:00", "kind": "command", "data": {}}
    (place / "x.json").write_text(json.dumps({"v": 1, "document": "?", "entry": json.dumps(entry), "texts": {}}))
    run("--", "true")
    assert (place / "x.json").exists()
    assert len(commands(state)) == 1
