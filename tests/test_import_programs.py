"""Import formats against the programs that write them. Where one is missing, its test is skipped by name."""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pytest
from importing import SAMPLES, make_source

from runbook.capture.import_formats import detect
from runbook.errors import BadInputError, GitError
from runbook.flow.importing import ask_git

if TYPE_CHECKING:
    from runbook.capture.imported import Imported, Source

COMMANDS = ("echo 'größer als 10 € 日本'", "echo 'two\nlines'", "true")


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def read(path: Path, **options: Any) -> tuple[str, list[Imported], Source]:
    source = make_source(path, **options)
    importer = detect(source)
    return importer.NAME, list(importer.parse(source)), source


def type_in(program: str, arguments: list[str], commands: tuple[str, ...], **environment: str) -> None:
    """Type ``commands`` into a shell on a terminal and leave it."""
    child = pexpect.spawn(
        program, arguments, env={**os.environ, **environment}, encoding="utf-8", timeout=20, dimensions=(24, 120)
    )
    for command in (*commands, "exit"):
        child.expect_exact("READY>")
        for number, line in enumerate(command.split("\n")):
            if number:
                child.expect_exact(line and "more>" if program != "fish" else "two")
            child.send(line + "\r")
    child.expect(pexpect.EOF)
    child.close()


@needs("bash")
def test_bash(tmp_path: Path) -> None:
    """With `lithist` or without: a command of several lines is one command."""
    history = tmp_path / "bash_history"
    type_in(
        "bash",
        ["--norc", "-i"],
        ("shopt -s cmdhist lithist", *COMMANDS),
        PS1="READY>",
        PS2="more>",
        HISTFILE=str(history),
        HISTTIMEFORMAT="%s ",
    )
    name, items, source = read(history)
    assert name == "bash"
    assert [item.text for item in items] == ["shopt -s cmdhist lithist", *COMMANDS, "exit"]
    assert not source.problems


@needs("zsh")
def test_zsh(tmp_path: Path) -> None:
    """Metafied bytes and newlines come back as they were typed."""
    history = tmp_path / "zsh_history"
    (tmp_path / ".zshrc").write_text(
        f"PROMPT='READY>' PROMPT2='more>'\nHISTFILE={history} HISTSIZE=100 SAVEHIST=100\n"
        "setopt EXTENDED_HISTORY INC_APPEND_HISTORY_TIME\nunsetopt zle prompt_cr prompt_sp\n"
    )
    type_in("zsh", ["-i"], (*COMMANDS, r"echo one \\"), ZDOTDIR=str(tmp_path))
    name, items, source = read(history)
    assert name == "zsh"
    assert [item.text for item in items][:4] == [*COMMANDS, r"echo one \\"]
    assert not source.problems


@needs("fish")
def test_fish(home: Path) -> None:
    """Fish writes its history when it ends, below the data folder."""
    config = Path(os.environ["XDG_CONFIG_HOME"], "fish")
    config.mkdir(parents=True)
    config.joinpath("config.fish").write_text(
        "function fish_prompt; printf 'READY>'; end\nfunction fish_greeting; end\n"
        "set -g fish_autosuggestion_enabled 0\n"
    )
    type_in("fish", ["-i"], COMMANDS)
    (history,) = home.rglob("fish_history")
    name, items, source = read(history)
    assert name == "fish"
    assert [item.text for item in items][: len(COMMANDS)] == list(COMMANDS)
    assert not source.problems


@needs("script")
@pytest.mark.parametrize("form", ["classic", "advanced", "both", "none"])
def test_script(tmp_path: Path, form: str) -> None:
    """What was shown, when, and how it ended; never what was typed."""
    typescript, timing = tmp_path / "typescript", tmp_path / "timing"
    arguments = {
        "classic": ["-q", "-O", str(typescript), "-T", str(timing), "-m", "classic"],
        "advanced": ["-q", "-O", str(typescript), "-I", str(tmp_path / "typed"), "-T", str(timing), "-m", "advanced"],
        "both": ["-q", "-B", str(typescript), "-T", str(timing)],
        "none": ["-q", str(typescript)],
    }[form]
    command = "printf 'password: '; stty -echo; read p; stty echo; echo shown; exit 3"
    child = pexpect.spawn("script", [*arguments, "-c", command], encoding="utf-8", timeout=20)
    child.expect_exact("password: ")
    child.send("hunter2\r")
    child.expect_exact("shown")
    child.expect(pexpect.EOF)
    child.close()
    name, items, _source = read(typescript, companion="timing" if form == "classic" else None)
    assert name == "script"
    (item,) = items
    shown: Any = item.output
    assert b"shown" in shown.data
    assert b"hunter2" not in shown.data
    assert item.exit_status == 3


JOURNAL_WRITER = Path("/lib/systemd/systemd-journal-remote")


def field(name: str, value: bytes) -> bytes:
    """A field in the journal's export format, where bytes carry their length."""
    return name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"


@needs("journalctl")
@pytest.mark.skipif(not JOURNAL_WRITER.exists(), reason="systemd-journal-remote is not installed")
@pytest.mark.parametrize("form", ["json", "json-pretty", "json-seq"])
def test_journalctl(tmp_path: Path, form: str) -> None:
    """Bytes that are no text, a message that is too large, a field that stands twice."""
    messages = [b"plain", b"gr\xffn \x1b[31m", b"x" * 5000, b"twice"]
    exported = b"".join(
        f"__REALTIME_TIMESTAMP={1770800521421465 + number}\n__MONOTONIC_TIMESTAMP={number}\n".encode()
        + b"_BOOT_ID=3b4ef4d7c0f0429aa9bc4b1cbcd4b7d8\nSYSLOG_IDENTIFIER=shop\n"
        + (b"SYSLOG_IDENTIFIER=again\n" if message == b"twice" else b"")
        + field("MESSAGE", message)
        + b"\n"
        for number, message in enumerate(messages)
    )
    journal, path = tmp_path / "x.journal", tmp_path / "journal.json"
    subprocess.run([JOURNAL_WRITER, "-o", journal, "-"], input=exported, check=True, capture_output=True)
    done = subprocess.run(["journalctl", "--file", journal, "-o", form], check=True, capture_output=True)
    path.write_bytes(done.stdout)
    name, items, source = read(path)
    assert name == "journalctl"
    assert [item.text for item in items] == ["shop: plain", "shop: gr\udcffn \x1b[31m", "shop: twice"]
    assert items[0].at.isoformat() == "2026-02-11T09:02:01.421465+00:00"
    assert len({item.key for item in items}) == 3
    assert sum(source.skipped.values()) == 1
    assert not source.problems


# --- Atuin's database, while Atuin has it open


def test_what_atuin_has_not_checkpointed_yet_is_read_and_nothing_is_touched(tmp_path: Path) -> None:
    """Committed rows that are only in the write-ahead log count, a transaction under way does not."""
    path = tmp_path / "history.db"
    shutil.copy(SAMPLES / "atuin/input.db", path)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("PRAGMA wal_autocheckpoint=0")
        row = (
            "INSERT INTO history VALUES (?, 1770800600000000000, 5, 0, 'uptime', '/', 's', 'w:kim', NULL, 'kim', NULL)"
        )
        writer.execute(row, ["new"])
        writer.execute("BEGIN IMMEDIATE")
        writer.execute(row.replace("uptime", "not yet"), ["newer"])
        before = path.read_bytes(), Path(f"{path}-wal").read_bytes()
        name, items, _source = read(path)
        assert (path.read_bytes(), Path(f"{path}-wal").read_bytes()) == before
        writer.execute("ROLLBACK")
    assert name == "atuin"
    commands = [item.text for item in items]
    assert "uptime" in commands
    assert "not yet" not in commands


def test_an_older_atuin_knows_less(tmp_path: Path) -> None:
    """Columns that a version does not have are not asked for; a database of something else is refused."""
    with closing(sqlite3.connect(tmp_path / "old.db")) as old:
        old.execute("CREATE TABLE history (id TEXT, timestamp INTEGER, duration INTEGER, exit INTEGER, command TEXT)")
        old.execute("INSERT INTO history VALUES ('a', 1770800600000000000, 5000000000, 2, 'make')")
        old.commit()
    (item,) = read(tmp_path / "old.db")[1]
    assert (item.text, item.duration, item.exit_status, item.cwd) == ("make", 5.0, 2, "")
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE history (url TEXT)")
    with closing(sqlite3.connect(tmp_path / "view.db")) as view:
        view.execute(
            "CREATE VIEW history AS WITH RECURSIVE n(command) AS (SELECT 1 UNION ALL SELECT command + 1 FROM n) "
            "SELECT command, 1 AS timestamp FROM n"
        )
    with pytest.raises(BadInputError, match="no database of Atuin's"):
        read(tmp_path / "view.db")
    with pytest.raises(BadInputError, match="no database of Atuin's"):
        read(tmp_path / "other.db")


# --- git


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository with a branch that was merged, two kinds of tags, a stash, and a commit written days before."""
    root = tmp_path / "shop"
    git(tmp_path, "init", "-q", "shop")
    commit(root, "Begin", "2026-02-11T08:00:00Z")
    git(root, "switch", "-q", "-c", "fix")
    commit(root, "Fix the proxy", "2026-02-11T09:10:00Z", author="2026-02-09T09:10:00Z", name="Kim")
    git(root, "switch", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "Merge the fix", "fix", date="2026-02-11T09:20:00Z")
    git(root, "tag", "v1.0")
    git(root, "tag", "-a", "-m", "Second try", "v1.1", date="2026-02-11T09:30:00Z")
    (root / "file").write_text("stashed")
    git(root, "stash", "-q", date="2026-02-11T09:40:00Z")
    return root


def git(folder: Path, *arguments: str, date: str = "2026-02-11T09:00:00Z", author: str = "", name: str = "") -> None:
    environment = {"GIT_AUTHOR_DATE": author or date, "GIT_COMMITTER_DATE": date}
    environment |= {"GIT_AUTHOR_NAME": name} if name else {}
    subprocess.run(["git", *arguments], cwd=folder, check=True, env={**os.environ, **environment})


def commit(root: Path, subject: str, date: str, *, author: str = "", name: str = "") -> None:
    (root / "file").write_text(subject)
    git(root, "add", "file")
    git(root, "commit", "-q", "-m", subject, date=date, author=author, name=name)


def test_commits_merges_and_tags_are_read_from_a_repository(shop: Path) -> None:
    name, items, source = read(shop, git=ask_git)
    assert name == "git"
    said = {item.text.split(" ", 2)[0] + " " + item.text.split(": ")[-1]: item for item in items}
    assert {text.split(" on ")[0] for text in said} >= {"Commit Begin", "Merge Merge the fix"}
    late = next(item for item in items if "Fix the proxy" in item.text)
    assert late.actor == "Kim"
    assert late.text.endswith("(written 2026-02-09)")
    assert late.at.isoformat() == "2026-02-11T09:10:00+00:00"
    tags = sorted(item.text.split(" on ")[0] for item in items if item.text.startswith("Tag "))
    assert tags == ["Tag v1.0", "Tag v1.1"]
    assert next(item for item in items if "v1.1" in item.text).text.endswith("(Second try)")
    assert not any("WIP" in item.text or "index on" in item.text for item in items)
    assert not source.problems


def test_a_bare_an_empty_and_a_foreign_repository(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a hook, where git's own variables point elsewhere."""
    git(tmp_path, "clone", "-q", "--bare", "shop", "mirror")
    git(tmp_path, "init", "-q", "empty")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert len(read(shop, git=ask_git)[1]) == len(read(tmp_path / "mirror", git=ask_git)[1]) == 5
    assert read(tmp_path / "empty", git=ask_git)[1] == []


def test_reading_a_history_runs_nothing_of_the_repository(shop: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "gpg.program"):
        git(shop, "config", key, str(script))
    git(shop, "config", "log.showSignature", "true")
    assert len(read(shop, git=ask_git)[1]) == 5
    assert not mark.exists()


def test_a_folder_that_only_looks_like_a_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(GitError, match="not a git repository"):
        read(tmp_path, git=ask_git)
