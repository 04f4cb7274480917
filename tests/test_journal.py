"""The journal: nothing acknowledged is lost, nothing is rewritten, nobody stands in another's way."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runbook.errors import StorageError
from runbook.model.wire import Entry, new_ulid
from runbook.record import cabinet, journal

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")


def entry(text: str) -> Entry:
    return Entry(
        id=new_ulid(),
        at="2026-02-11T09:02:00+01:00",
        recorded_at="2026-02-11T09:02:01+01:00",
        kind="note",
        actor="robin",
        source="test",
        data={"text": text},
    )


def texts(folder: Path) -> list[str]:
    return [str(found.data["text"]) for found in journal.read(str(folder))[0]]


def test_an_entry_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    written = [entry("first"), entry("zwei · ✗ \u2028 \x85"), entry("three\nlines")]
    for one in written:
        journal.append(str(tmp_path), one)
    assert journal.read(str(tmp_path)) == (written, [])


def test_ulids_increase_even_within_one_millisecond() -> None:
    ids = [new_ulid() for _ in range(5000)]
    assert ids == sorted(set(ids))


def test_a_line_torn_by_a_crash_is_reported_kept_and_followed_by_a_fresh_line(tmp_path: Path) -> None:
    journal.append(str(tmp_path), entry("before"))
    (path,) = (tmp_path / "journal").iterdir()
    torn = entry("torn").to_line()[:40]
    with path.open("ab") as file:
        file.write(torn)
    journal.append(str(tmp_path), entry("after"))
    entries, damaged = journal.read(str(tmp_path))
    assert [one.data["text"] for one in entries] == ["before", "after"]
    assert [(line.line, line.raw.rstrip()) for line in damaged] == [(2, torn)]
    assert torn in path.read_bytes()


def test_an_event_of_an_unknown_kind_is_kept(tmp_path: Path) -> None:
    odd = Entry(id=new_ulid(), at="x", recorded_at="x", kind="from-the-future", actor="a", source="s", data={"n": [1]})
    journal.append(str(tmp_path), odd)
    assert journal.read(str(tmp_path))[0] == [odd]


def test_a_writer_finds_out_that_the_folder_was_filed_meanwhile(tmp_path: Path) -> None:
    with pytest.raises(journal.FolderMovedError):
        journal.append(str(tmp_path / "gone"), entry("x"))


def test_the_writers_mark_is_made_once(tmp_path: Path) -> None:
    for number in range(3):
        journal.append(str(tmp_path), entry(str(number)))
    assert len(list((tmp_path / "journal").iterdir())) == 1


def _write_many(folder: str, number: int, count: int) -> None:
    for index in range(count):
        journal.append(folder, entry(f"{number}.{index}"))


def test_sixteen_processes_write_at_once_and_every_entry_is_there_whole(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_write_many, args=(str(tmp_path), n, 20)) for n in range(16)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    entries, damaged = journal.read(str(tmp_path))
    assert damaged == []
    assert sorted(str(one.data["text"]) for one in entries) == sorted(f"{n}.{i}" for n in range(16) for i in range(20))
    assert len(list((tmp_path / "journal").iterdir())) == 1


def _take(queue: multiprocessing.Queue[str], count: int) -> None:
    for _ in range(count):
        queue.put(cabinet.take_id("incident", "2026-02-11", "somewhere-1", None)[0])


def test_sixteen_processes_take_ids_at_once_and_none_is_taken_twice(home: Path) -> None:
    context = multiprocessing.get_context("fork")
    queue: multiprocessing.Queue[str] = context.Queue()
    processes = [context.Process(target=_take, args=(queue, 10)) for _ in range(16)]
    for process in processes:
        process.start()
    taken = [queue.get(timeout=60) for _ in range(160)]
    for process in processes:
        process.join()
    assert len(set(taken)) == 160
    assert max(taken) == "INC-2026-02-11-160"


def test_an_id_that_is_filed_is_not_taken_again(home: Path, tmp_path: Path) -> None:
    (tmp_path / "incidents/2026/INC-2026-02-11-004").mkdir(parents=True)
    assert cabinet.take_id("incident", "2026-02-11", "k", str(tmp_path))[0] == "INC-2026-02-11-005"


LOGGER = """
import sys
from runbook.cli.main import main
for number in range(10_000):
    main(["log", f"entry {number}"])
    sys.stdout.flush()
    sys.stderr.write(f"{number}\\n")
    sys.stderr.flush()
"""


@pytest.mark.parametrize("seed", range(8))
def test_after_sigkill_every_acknowledged_entry_is_there(home: Path, runbook: object, seed: int) -> None:
    """`log` says it is recorded only once it is; killed at a random moment, nothing it said is gone."""
    assert callable(runbook)
    runbook("start", "kill test", check=0)
    process = subprocess.Popen(
        [sys.executable, "-c", LOGGER], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    acknowledged = int(process.stderr.readline())
    time.sleep(random.Random(seed).uniform(0, 0.15))
    process.send_signal(signal.SIGKILL)
    lines = [line for line in process.stderr.read().splitlines() if line.isdigit()]
    process.wait()
    process.stderr.close()
    acknowledged = max([acknowledged, *map(int, lines[:-1])])
    (folder,) = (home / ".local/state/runbook").glob("*/INC-*")
    found = {str(one.data.get("text")) for one in journal.read(str(folder))[0]}
    assert {f"entry {number}" for number in range(acknowledged + 1)} <= found


@needs_root
def test_a_full_disk_is_said_plainly_and_nothing_half_written_stays(tmp_path: Path) -> None:
    mount = tmp_path / "small"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount], check=False).returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        folder = mount / "INC"
        folder.mkdir()
        journal.append(str(folder), entry("fits"))
        with pytest.raises(StorageError, match="no space left") as error:
            _write_many(str(folder), 0, 2000)
        assert "free some space" in error.value.hint
        entries, damaged = journal.read(str(folder))
        assert entries[0].data["text"] == "fits"
        assert damaged == []
    finally:
        subprocess.run(["umount", mount], check=True)


@needs_root
def test_a_folder_without_write_permission_is_named(tmp_path: Path) -> None:
    """Root may write anywhere, so a child without privileges tries."""
    folder = tmp_path / "INC"
    folder.mkdir(mode=0o755)
    for parent in [folder, *folder.parents]:
        if parent.stat().st_uid == 0 and parent != Path("/") and str(parent).startswith("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o055)
    child = os.fork()
    if child == 0:
        os.setgid(65534)
        os.setuid(65534)
        try:
            journal.append(str(folder), entry("x"))
        except StorageError as error:
            os._exit(0 if "permission denied" in str(error) and error.hint else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
