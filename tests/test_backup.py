"""`runbook backup` and `runbook rollback`: files as they were, databases in use, and kills at any moment."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_schemas import check

from runbook.errors import RunbookError, StorageError
from runbook.model.backup import Backup
from runbook.operate import backup as taking
from runbook.operate import restore, sqlite_copy, vault

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

KILLS = int(os.environ.get("CAMPAIGN_KILLS", "4"))


@pytest.fixture
def app(home: Path) -> Path:
    """A small application: a compose file, a folder of settings, a link, a database."""
    root = home / "app"
    (root / "config" / "deep").mkdir(parents=True)
    (root / "docker-compose.yml").write_text("ports: 4000\n")
    (root / "config" / "plexus.yaml").write_text("models: 28\n")
    (root / "config" / "deep" / "key").write_bytes(b"\x00\x01binary")
    (root / "config" / "deep" / "key").chmod(0o600)
    (root / "config" / "current").symlink_to("plexus.yaml")
    with closing(sqlite3.connect(root / "config" / "app.db")) as database:
        database.execute("PRAGMA journal_mode=wal")
        database.execute("CREATE TABLE model (name TEXT)")
        database.executemany("INSERT INTO model VALUES (?)", [(f"m{n}",) for n in range(28)])
        database.commit()
    return root


def keep(runbook: Runbook, app: Path, *paths: str) -> str:
    done = runbook("backup", *(paths or ("config", "docker-compose.yml")), "--format", "json", cwd=app, check=0)
    return str(check("backup", done.stdout)["id"])


def rows(app: Path) -> int:
    with closing(sqlite3.connect(app / "config" / "app.db")) as database:
        return int(database.execute("SELECT count(*) FROM model").fetchone()[0])


def state(root: Path) -> dict[str, tuple[Any, ...]]:
    """Every file below ``root`` with content and mode, databases by their rows."""
    found: dict[str, tuple[Any, ...]] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))
        elif path.suffix == ".db":
            found[name] = ("rows", rows(root))
        elif path.is_file() and not name.endswith(sqlite_copy.SIDE_FILES):
            found[name] = (path.read_bytes(), path.stat().st_mode)
    return found


def spoil(app: Path) -> None:
    """Change, remove, add and lock away."""
    (app / "docker-compose.yml").write_text("ports: 4001\n")
    (app / "config" / "deep" / "key").unlink()
    (app / "config" / "plexus.yaml").chmod(0o640)
    (app / "config" / "current").unlink()
    (app / "config" / "current").symlink_to("elsewhere")
    (app / "config" / "new.yaml").write_text("added later\n")
    with closing(sqlite3.connect(app / "config" / "app.db")) as database:
        database.execute("DELETE FROM model WHERE name > 'm2'")
        database.commit()


def test_what_was_kept_comes_back_and_what_came_later_stays(runbook: Runbook, app: Path) -> None:
    before = state(app)
    keep(runbook, app)
    spoil(app)
    done = runbook("rollback", "--yes", cwd=app, check=0)
    assert "database: table model" in done.stdout
    assert "-ports: 4001" in done.stdout
    assert "+ports: 4000" in done.stdout
    after = state(app)
    assert after.pop("config/new.yaml")[0] == b"added later\n"
    assert after == before
    assert not list(app.rglob("*.runbook-ready"))


def test_exact_also_removes_what_came_later(runbook: Runbook, app: Path) -> None:
    before = state(app)
    keep(runbook, app)
    spoil(app)
    runbook("rollback", "--yes", "--exact", cwd=app, check=0)
    assert state(app) == before


def test_a_rollback_can_itself_be_rolled_back(runbook: Runbook, app: Path) -> None:
    keep(runbook, app)
    spoil(app)
    spoiled = state(app)
    done = runbook("rollback", "--yes", "--exact", "--format", "json", cwd=app, check=0)
    kept = check("rollback", done.stdout)["kept"]
    runbook("rollback", kept, "--yes", "--exact", cwd=app, check=0)
    assert state(app) == spoiled


def test_only_the_named_path_is_put_back(runbook: Runbook, app: Path) -> None:
    keep(runbook, app)
    spoil(app)
    runbook("rollback", "docker-compose.yml", "--yes", cwd=app, check=0)
    assert (app / "docker-compose.yml").read_text() == "ports: 4000\n"
    assert rows(app) < 28


def test_a_failing_command_afterwards_undoes_everything(runbook: Runbook, app: Path) -> None:
    keep(runbook, app)
    spoil(app)
    spoiled = state(app)
    done = runbook("rollback", "--yes", "--exact", "--then", "echo restarting >&2; exit 7", cwd=app, check=1)
    assert "ended with exit 7" in done.stderr
    assert "undone" in done.stdout
    assert state(app) == spoiled


def test_without_a_terminal_nothing_changes_unless_yes_is_said(runbook: Runbook, app: Path) -> None:
    keep(runbook, app)
    spoil(app)
    spoiled = state(app)
    done = runbook("rollback", cwd=app, check=2)
    assert "--yes" in done.stderr
    runbook("rollback", "--dry-run", cwd=app, check=0)
    assert state(app) == spoiled


def test_the_timeline_says_what_was_kept_and_put_back(runbook: Runbook, app: Path, repository: Path) -> None:
    runbook("start", "deploying", "--deployment", cwd=repository, check=0)
    keep(runbook, app)
    spoil(app)
    runbook("rollback", "--yes", cwd=app, check=0)
    record = json.loads(runbook("show", "--format", "json", check=0).stdout)
    kinds = [(row["kind"], row["text"]) for row in record["timeline"]]
    assert any(kind == "backup" and "docker-compose.yml" in text for kind, text in kinds)
    assert any(kind == "rollback" and "not verified" in text for kind, text in kinds)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.yml"], "no such file"),
        ([], "name what to keep"),
        (["--prune", "x"], "by age"),
        (["--check", "ABCDEF"], "there is no backup"),
    ],
)
def test_wrong_use_is_explained(runbook: Runbook, app: Path, arguments: list[str], said: str) -> None:
    done = runbook("backup", *arguments, cwd=app, check=2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_copy_is_found_and_never_restored(runbook: Runbook, app: Path, home: Path) -> None:
    identifier = keep(runbook, app)
    copy = home / ".local/state/runbook/backups" / identifier / "content/1"
    copy.write_text("ports: 6666\n")
    assert "DAMAGED" in runbook("backup", "--check", cwd=app, check=1).stdout
    spoil(app)
    spoiled = state(app)
    assert "is damaged" in runbook("rollback", "--yes", cwd=app, check=1).stderr
    assert state(app) == spoiled


def test_copies_are_for_the_owner_only(runbook: Runbook, app: Path, home: Path) -> None:
    keep(runbook, app)
    root = home / ".local/state/runbook/backups"
    assert not [path for path in (root, *root.rglob("*")) if path.stat().st_mode & 0o077]


def test_a_database_is_kept_whole_while_somebody_writes(home: Path) -> None:
    """Each transaction writes two rows that belong together; every copy holds pairs only."""
    path = home / "busy.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=wal")
        database.execute("CREATE TABLE pair (n INTEGER)")
        database.commit()
    stop = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(path, timeout=10)) as database:
            number = 0
            while not stop.is_set():
                with database:
                    database.execute("INSERT INTO pair VALUES (?)", (number,))
                    database.execute("INSERT INTO pair VALUES (?)", (number,))
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            copy = home / f"copy{number}.db"
            sqlite_copy.copy_out(str(path), str(copy))
            assert not sqlite_copy.problem_of(str(copy))
            with closing(sqlite3.connect(copy)) as database:
                odd = database.execute("SELECT n FROM pair GROUP BY n HAVING count(*) != 2").fetchall()
            assert odd == []
    finally:
        stop.set()
        writer.join()


def test_a_program_keeps_its_database_open_over_a_rollback(runbook: Runbook, app: Path) -> None:
    keep(runbook, app)
    with closing(sqlite3.connect(app / "config" / "app.db", timeout=5)) as user:
        user.execute("DELETE FROM model")
        user.commit()
        runbook("rollback", "--yes", cwd=app, check=0)
        assert user.execute("SELECT count(*) FROM model").fetchone()[0] == 28
        user.execute("INSERT INTO model VALUES ('after')")
        user.commit()
    assert rows(app) == 29


def test_a_damaged_database_is_kept_as_it_is_and_said_so(runbook: Runbook, app: Path) -> None:
    (app / "config" / "old.db").write_bytes(sqlite_copy.MAGIC + b"no pages")
    before = (app / "config" / "old.db").read_bytes()
    done = runbook("backup", "config", cwd=app, check=0)
    assert "old.db: SQLite says" in done.stderr
    (app / "config" / "old.db").unlink()
    runbook("rollback", "--yes", cwd=app, check=0)
    assert (app / "config" / "old.db").read_bytes() == before


def test_a_locked_database_is_waited_for_and_then_said(home: Path) -> None:
    path = home / "locked.db"
    with closing(sqlite3.connect(path)) as holder:
        holder.execute("CREATE TABLE t (x)")
        holder.commit()
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="stayed locked"):
            sqlite_copy.copy_out(str(path), str(home / "copy.db"), patience=0.3)


def test_old_backups_go_but_never_the_newest_of_a_path(home: Path) -> None:
    folder = str(home / "vault")
    (home / "a").write_text("1")
    (home / "b").write_text("1")
    now = datetime(2026, 11, 28, tzinfo=UTC)

    def take(number: int, days: int, *names: str) -> str:
        at = (now - timedelta(days=days)).isoformat()
        label = Backup(f"{number:026d}", at, "", "", "", "", ())
        with vault.locked(folder):
            return taking.take(folder, [str(home / name) for name in names], label).id

    take(1, 90, "a")
    only_b = take(2, 80, "b")
    newest_a = take(3, 40, "a")
    with vault.locked(folder):
        gone = vault.prune(folder, days=30, now=now)
    assert [each.id for each in gone] == [f"{1:026d}"]
    assert {each.id for each in vault.listing(folder)} == {only_b, newest_a}


@pytest.mark.parametrize("moment", range(KILLS))
def test_a_kill_leaves_a_backup_or_none_and_a_rollback_that_can_be_ended(
    runbook: Runbook, app: Path, home: Path, moment: int
) -> None:
    """Killed at random moments: every listed backup is whole; `--resume` gives the new state, `--undo` the old one."""
    chance = random.Random(moment)
    for number in range(60):
        (app / "config" / f"part{number}").write_text(f"old {number}\n" * 200)
    command = [sys.executable, "-m", "runbook"]
    paths = ["config", "docker-compose.yml"]
    killed([*command, "backup", *paths], app, chance.uniform(0.05, 0.4))
    for damaged in _damage(runbook, app).values():
        assert damaged == []
    before = state(app)
    keep(runbook, app, *paths)
    for number in range(60):
        (app / "config" / f"part{number}").write_text(f"new {number}\n" * 200)
    spoil(app)
    spoiled = state(app)
    killed([*command, "rollback", "--yes", "--exact"], app, chance.uniform(0.1, 0.5))
    pending = (home / ".local/state/runbook/backups" / restore.INTENT).exists()
    if not pending:
        assert state(app) in (before, spoiled)
        return
    assert "interrupted" in runbook("rollback", "--yes", cwd=app, check=2).stderr
    assert "runbook rollback --resume" in runbook("resume", "--no-input", cwd=app).stderr
    if moment % 2:
        runbook("rollback", "--resume", cwd=app, check=0)
        assert state(app) == before
    else:
        runbook("rollback", "--undo", cwd=app, check=1)
        assert state(app) == spoiled
    assert not list(app.rglob("*.runbook-ready"))


def killed(command: list[str], cwd: Path, after: float) -> None:
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.wait()


def _damage(runbook: Runbook, app: Path) -> dict[str, list[str]]:
    found = json.loads(runbook("backup", "--check", "--format", "json", cwd=app, check=0).stdout)
    return {each["id"]: each["damaged"] for each in found}


def test_an_interrupted_swap_is_carried_to_its_end(home: Path) -> None:
    """The worst moment: everything is ready, half of it is in its place."""
    folder = str(home / "vault")
    files = [home / f"f{number}" for number in range(6)]
    for file in files:
        file.write_text("old")
    label = Backup("0" * 26, "2026-11-28T00:00:00+00:00", "", "", "", "", ())
    with vault.locked(folder):
        backup = taking.take(folder, [str(file) for file in files], label)
    for file in files:
        file.write_text("new")
    moves = 0
    real = os.replace

    def dies(source: str, target: str) -> None:
        nonlocal moves
        if str(source).endswith(".runbook-ready"):
            moves += 1
            if moves == 4:
                raise KeyboardInterrupt
        real(source, target)

    with pytest.MonkeyPatch.context() as patch, vault.locked(folder):
        patch.setattr(os, "replace", dies)
        with pytest.raises(KeyboardInterrupt):
            restore.apply(folder, restore.plan(folder, backup), kept=backup.id)
    assert [file.read_text() for file in files].count("old") == 3
    assert restore.unfinished(folder) == {"backup": backup.id, "kept": backup.id}
    restore.finish(folder)
    restore.finish(folder)
    assert {file.read_text() for file in files} == {"old"}


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda name: name not in {".", ".."} and len(name.encode()) < 100
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    then=st.dictionaries(names, st.binary(max_size=64), max_size=5),
    now=st.dictionaries(names, st.binary(max_size=64), max_size=5),
)
def test_any_folder_is_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, then: dict[str, bytes], now: dict[str, bytes]
) -> None:
    root = tmp_path_factory.mktemp("any")
    target, folder = root / "data", str(root / "vault")
    target.mkdir()
    for name, content in then.items():
        (target / name).write_bytes(content)
    label = Backup("0" * 26, "2026-11-28T00:00:00+00:00", "", "", "", "", ())
    with vault.locked(folder):
        backup = taking.take(folder, [str(target)], label)
        assert Backup.from_json(json.dumps(backup.to_json())) == backup
        for name in then.keys() - now.keys():
            (target / name).unlink()
        for name, content in now.items():
            (target / name).write_bytes(content)
        try:
            restore.apply(folder, restore.plan(folder, backup, exact=True), kept="")
        except RunbookError as error:
            raise AssertionError(str(error)) from error
    assert {path.name: path.read_bytes() for path in target.iterdir()} == then
