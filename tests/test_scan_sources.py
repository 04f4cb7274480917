"""What a scan reads, and in which form it comes: compressed, in other encodings, from a pipe that never ends."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook.flow.reading import PIECE, DamagedError, pieces

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Runbook

PORT = "Error: Bind for 0.0.0.0:4000 failed: port is already allocated\n"
LOG = (f"starting\n{PORT}" * 3).encode()


def xz(data: bytes) -> bytes:
    return lzma.compress(data, preset=0)


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "xz": xz, "zst": zstd, "bz2": bz2.compress}


def findings(output: str) -> list[tuple[Any, ...]]:
    return [(f["signature"], f["line"], f["count"]) for f in json.loads(output)["findings"]]


def read(data: bytes, tmp_path: Path, out: bytearray | None = None) -> list[bytes]:
    """The pieces; what came before an error is in ``out``."""
    path = tmp_path / "data"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        found = []
        for piece in pieces(descriptor):
            found.append(piece)
            if out is not None:
                out += piece
        return found
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("name", COMPRESSORS)
@pytest.mark.parametrize("through", ["pipe", "members"])
def test_compressed_logs_are_read_by_what_they_begin_with(
    runbook: Runbook, home: Path, name: str, through: str
) -> None:
    """The name does not matter; members that were joined with ``cat`` are read on."""
    compress = COMPRESSORS[name]
    half = len(LOG) // 2
    file = home / "a-log"
    file.write_bytes(compress(LOG[:half]) + compress(LOG[half:]) if through == "members" else compress(LOG))
    if through == "pipe":
        command = [sys.executable, "-m", "runbook", "scan", "-", "--format", "json"]
        output = subprocess.run(command, input=file.read_bytes(), capture_output=True, check=False).stdout.decode()
    else:
        output = runbook("scan", file, "--format", "json", check=1).stdout
    assert findings(output) == [("net/port-already-in-use", 2, 3)]


@pytest.mark.parametrize("name", COMPRESSORS)
def test_a_file_that_breaks_off_is_read_up_to_there_and_said(runbook: Runbook, home: Path, name: str) -> None:
    whole = COMPRESSORS[name](LOG + os.urandom(1_500_000))
    (home / "a.log").write_bytes(whole[: len(whole) - 3000])
    report = runbook("scan", home / "a.log", "--format", "json", check=1)
    assert findings(report.stdout) == [("net/port-already-in-use", 2, 3)]
    (entry,) = json.loads(report.stdout)["scanned"]["skipped"]
    assert "breaks off; what comes before was read" in entry["reason"]
    shown = runbook("scan", "a.log", cwd=home, check=1).stdout
    assert "skipped a.log: the compressed data breaks off; what comes before was read" in shown


def test_a_log_is_read_up_to_where_it_is_damaged(tmp_path: Path) -> None:
    """Of gzip nearly to the byte, of what packs in blocks up to the block."""
    rest = os.urandom(2_500_000).hex().encode()
    for compress in (gzip.compress, xz, bz2.compress):
        data = bytearray(compress(LOG + rest))
        data[len(data) * 9 // 10] ^= 0xFF
        out = bytearray()
        with pytest.raises(DamagedError, match="is damaged"):
            read(bytes(data), tmp_path, out)
        assert out.startswith(LOG)
        assert len(out) > len(rest) // 2


@settings(max_examples=30)
@given(texts=st.lists(st.binary(max_size=3000), min_size=1, max_size=3), checked=st.booleans(), cut=st.floats(0, 1))
def test_zstd_says_where_it_breaks_off(
    tmp_path_factory: pytest.TempPathFactory, texts: list[bytes], checked: bool, cut: float
) -> None:
    """Frames with and without checksum and size, one after the other, and frames to skip; whole, and cut anywhere."""
    frames = [b"\x50\x2a\x4d\x18\x03\0\0\0abc"]
    for text in texts:
        packer = zstandard.ZstdCompressor(write_checksum=checked, write_content_size=not checked)
        frames.append(packer.compress(text) if text[:1] < b"\x80" else packer.compressobj().flush())
    whole, ends = b"".join(frames), {0}
    for frame in frames:
        ends.add(max(ends) + len(frame))
    folder = tmp_path_factory.getbasetemp()
    assert b"".join(read(whole, folder)) == b"".join(text for text in texts if text[:1] < b"\x80")
    end = int(len(whole) * cut)
    if end in ends:
        read(whole[:end], folder)
    elif end > 3:
        with pytest.raises(DamagedError, match=r"breaks off|is damaged"):
            read(whole[:end], folder)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"LPKSHHRH\0\0", "journalctl --file FILE -o json | runbook scan -"),
        (b"PK\x03\x04\0\0", "a zip archive; unpack it first"),
        (gzip.compress(b"a.log".ljust(257, b"\0") + b"ustar\0" + bytes(300)), "a tar archive"),
    ],
    ids=["journal", "zip", "tar.gz"],
)
def test_what_is_no_text_is_said_to_be_none(runbook: Runbook, home: Path, head: bytes, said: str) -> None:
    """Nothing found in it means nothing; so the output says what to do."""
    (home / "a").write_bytes(head)
    assert said in " ".join(runbook("scan", "a", cwd=home, check=0).stdout.split())


@pytest.mark.parametrize("name", COMPRESSORS)
def test_a_bomb_comes_out_in_small_pieces(tmp_path: Path, name: str) -> None:
    """Forty megabytes of zeros in some kilobytes are never in memory at once."""
    sizes = [len(piece) for piece in read(COMPRESSORS[name](bytes(40_000_000)), tmp_path)]
    assert sum(sizes) == 40_000_000
    assert max(sizes) <= PIECE


def test_padding_after_the_last_member_is_no_damage(tmp_path: Path) -> None:
    assert b"".join(read(gzip.compress(LOG) + bytes(512), tmp_path)) == LOG
    assert b"".join(read(xz(LOG) + bytes(512), tmp_path)) == LOG


@given(
    st.binary(max_size=60),
    st.sampled_from([b"\x1f\x8b\x08", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"BZh91AY&SY", b"\xff\xfe", b""]),
)
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes, head: bytes) -> None:
    try:
        read(head + data, tmp_path_factory.getbasetemp())
    except DamagedError as error:
        assert "compressed data" in str(error)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_text_in_other_encodings_is_read_as_what_it_is(runbook: Runbook, home: Path, encoding: str) -> None:
    (home / "a.log").write_bytes(f"début\n{PORT.strip()} à côté\n".encode(encoding))
    report = json.loads(runbook("scan", home / "a.log", "--format", "json", check=1).stdout)
    (finding,) = report["findings"]
    assert (finding["line"], finding["excerpt"][-7:]) == (2, " à côté")


def test_a_pipe_that_never_ends_is_answered_line_by_line(home: Path) -> None:
    """What is there is looked at when it comes: the finding is printed while the writer still holds the pipe."""
    command = [sys.executable, "-m", "runbook", "scan", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=home) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"starting\n{PORT}".encode())
        process.stdin.flush()
        assert b"net/port-already-in-use" in process.stdout.readline()  # hangs if it waits for more
        process.stdin.close()
        process.stdout.read()
    assert process.returncode == 1


def test_a_finding_says_when_it_was_seen_first_and_last(runbook: Runbook) -> None:
    text = "".join(f"2026-02-11T08:{minute:02d}:00Z {PORT}" for minute in range(60))
    (finding,) = json.loads(runbook("scan", "-", "--format", "json", input=text, check=1).stdout)["findings"]
    assert (finding["first_seen"], finding["last_seen"]) == ("2026-02-11T08:00:00Z", "2026-02-11T08:59:00Z")
    (finding,) = json.loads(runbook("scan", "-", "--format", "json", input=PORT, check=1).stdout)["findings"]
    assert (finding["first_seen"], finding["last_seen"]) == (None, None)


def test_a_folder_is_read_as_git_sees_it(runbook: Runbook, home: Path) -> None:
    """Rules of every level and of info/exclude, the deepest winning; a file that is named is read all the same."""
    top = home / "repo"
    files = [
        "a.log",
        "keep/a.log",
        "keep/b.tmp",
        "build/x/y.txt",
        "sub/deep/c.txt",
        "sub/secret.txt",
        "sub/d.txt",
        "sub/e.bak",
    ]
    for name in files:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(PORT, encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=top, check=True)
    (home / ".gitconfig").write_text("[core]\n\texcludesFile = ~/.ignored\n", encoding="utf-8")
    (home / ".ignored").write_text("*.bak\n*.log\n", encoding="utf-8")
    (top / ".gitignore").write_text("*.log\nbuild/\n", encoding="utf-8")
    (top / "keep" / ".gitignore").write_text("!a.log\n*.tmp\n", encoding="utf-8")
    (top / "sub" / ".gitignore").write_text("/deep\n", encoding="utf-8")
    (top / ".git" / "info" / "exclude").write_text("secret.txt\n", encoding="utf-8")

    def read_of(*paths: str) -> set[str]:
        output = runbook("scan", *paths, "--format", "json", cwd=top, check=1).stdout
        return {finding["source"].removeprefix("./") for finding in json.loads(output)["findings"]}

    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"], cwd=top, capture_output=True, text=True, check=True
    ).stdout.split()
    assert read_of(".") == {name for name in listed if not name.endswith(".gitignore")} == {"keep/a.log", "sub/d.txt"}
    assert read_of("sub") == {"sub/d.txt"}
    assert read_of("a.log") == {"a.log"}
    report = json.loads(runbook("scan", ".", "--format", "json", cwd=top, check=1).stdout)
    skipped = {entry["path"].removeprefix("./"): entry["reason"] for entry in report["scanned"]["skipped"]}
    assert skipped["build/"] == skipped["a.log"] == "ignored by git; name it to have it read"


def test_an_archive_in_a_folder_is_no_log(runbook: Runbook, home: Path) -> None:
    (home / "logs").mkdir()
    (home / "logs" / "old.log.gz").write_bytes(gzip.compress(LOG))
    (home / "logs" / "backup.tgz").write_bytes(gzip.compress(b"name\0\0\0" + LOG))
    (home / "logs" / "other.bz2").write_bytes(bz2.compress(LOG))
    report = json.loads(runbook("scan", "logs", "--format", "json", cwd=home, check=1).stdout)
    assert [finding["source"] for finding in report["findings"]] == ["logs/old.log.gz", "logs/other.bz2"]
    assert "logs/backup.tgz" in {entry["path"] for entry in report["scanned"]["skipped"]}
