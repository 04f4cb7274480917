"""What restoring a backup changes, as a person reads it: lines of text, rows of a database, sizes of the rest."""

from __future__ import annotations

import difflib
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from runbook.operate import sqlite_copy

if TYPE_CHECKING:
    from runbook.model.backup import KeptFile
    from runbook.operate.restore import Change

_TEXT_LIMIT = 1 << 20
"""Bytes of a file of which lines are compared; of a larger one its size says enough."""


def difference(change: Change) -> list[str]:
    """The change as lines: a unified diff from what is there to what will be there, or one sentence."""
    file = change.file
    if file is None:
        return ["removed: it was not there when the backup was taken"]
    if change.action == "access":
        return [f"access: {_mode(os.lstat(change.path).st_mode)} becomes {_mode(file.mode)}"]
    if change.action == "create":
        what = {"folder": "the folder is missing", "link": f"the link to {file.target} is missing"}
        return [f"made again: {what.get(file.kind, f'it is missing ({file.size:,} bytes)')}"]
    return [f"link to {file.target}"] if file.kind == "link" else _content(change, file)


def _content(change: Change, file: KeptFile) -> list[str]:
    if file.kind == "sqlite":
        return _rows(change.path, change.copy)
    now, then = _lines(change.path), _lines(change.copy)
    if now is None or then is None:
        return [f"replaced: {os.path.getsize(change.path):,} bytes become {file.size:,}"]
    return [line.rstrip("\n") for line in difflib.unified_diff(now, then, "now", "backup", n=2)][2:]


def _mode(mode: int) -> str:
    return f"{mode & 0o7777:04o}"


def _lines(path: str) -> list[str] | None:
    """The lines of a text file, or None for what is none or is too large to compare."""
    try:
        if os.path.getsize(path) > _TEXT_LIMIT:
            return None
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    return None if b"\0" in data else data.decode("utf-8", "backslashreplace").splitlines(keepends=True)


def _rows(now: str, then: str) -> list[str]:
    before, after = _tables(now), _tables(then)
    if before is None or after is None:
        return ["database: given the backup's content"]
    lines = []
    for table in sorted(before.keys() | after.keys()):
        old, new = before.get(table), after.get(table)
        if old is None:
            lines.append(f"database: table {table} comes back with {new:,} rows")
        elif new is None:
            lines.append(f"database: table {table} with {old:,} rows goes away")
        elif old != new:
            lines.append(f"database: table {table}, {old:,} rows become {new:,}")
    return lines or ["database: rows differ, their number does not"]


def _tables(path: str) -> dict[str, int] | None:
    try:
        with closing(sqlite3.connect(sqlite_copy.read_only(path), uri=True, timeout=5)) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return {
                str(name): int(database.execute(f'SELECT count(*) FROM "{_quoted(str(name))}"').fetchone()[0])  # noqa: S608  a name cannot be a parameter; it is quoted
                for (name,) in names
            }
    except sqlite3.Error:
        return None


def _quoted(name: str) -> str:
    return name.replace('"', '""')
