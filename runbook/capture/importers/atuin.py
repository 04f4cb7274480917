"""Atuin's database: ``history.db``, table ``history``, opened read-only, beside a running Atuin.

Times and durations are nanoseconds; -1 stands for what is not known. The columns differ between versions, so the table
is asked which it has. What was deleted stays deleted. Source: the migrations of https://github.com/atuinsh/atuin.
"""

from __future__ import annotations

import os
import sqlite3
import urllib.parse
from contextlib import closing
from typing import TYPE_CHECKING, Any

from runbook.capture.import_times import from_epoch
from runbook.capture.imported import Imported, decode
from runbook.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from runbook.capture.imported import Source

NAME = "atuin"
_MAGIC = b"SQLite format 3\0"
_NEEDED = ("timestamp", "command")
_WANTED = (
    *("id", "timestamp", "duration", "exit", "command", "cwd", "hostname", "deleted_at"),
    *("author", "intent", "author_kind"),
)
_NANO = 1_000_000_000


def sniff(head: bytes, _name: str) -> int:
    """An SQLite database; which one is seen when it is opened."""
    return 60 if head.startswith(_MAGIC) else 0


def parse(source: Source) -> Iterator[Imported]:
    """Its commands, oldest first.

    Raises:
        BadInputError: it is no database of Atuin's, damaged, or a pipe.
    """
    if source.path is None:
        raise BadInputError("a database cannot be read from a pipe", file=source.name, hint="name the file")
    if not source.head().startswith(_MAGIC):
        raise BadInputError("this is no SQLite database", file=source.name)
    try:
        with closing(_connect(source)) as database:
            yield from _rows(database, source)
    except (sqlite3.Error, UnicodeError, OverflowError) as error:  # its own messages quote what is damaged
        raise BadInputError(f"the database cannot be read: {error}", file=source.name) from None


def _connect(source: Source) -> sqlite3.Connection:
    """Read-only. Where the folder cannot be written either, SQLite cannot join the write-ahead log."""
    address = "file:" + urllib.parse.quote(os.path.abspath(source.path or ""))
    database = sqlite3.connect(address + "?mode=ro", uri=True)
    try:
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        database.close()
        if os.path.exists(f"{source.path}-wal") and os.path.getsize(f"{source.path}-wal"):
            source.problem(
                0, "the newest commands are in a write-ahead log that cannot be opened here; copy the folder"
            )
        database = sqlite3.connect(address + "?mode=ro&immutable=1", uri=True)
    database.text_factory = decode
    return database


def _rows(database: sqlite3.Connection, source: Source) -> Iterator[Imported]:
    # A table, not a view: a view of somebody else's making may compute for ever.
    real = database.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'history'").fetchone()
    columns = {str(row[1]) for row in database.execute("PRAGMA table_info(history)")} if real else set()
    if not columns.issuperset(_NEEDED):
        raise BadInputError(
            "this is no database of Atuin's: it has no table `history` as Atuin makes it", file=source.name
        )
    names = [name for name in _WANTED if name in columns]
    query = f"SELECT {', '.join(names)} FROM history ORDER BY timestamp"  # noqa: S608  names from our own list
    for number, values in enumerate(database.execute(query), start=1):
        row = dict(zip(names, values, strict=True))
        if row.get("deleted_at") is not None:
            source.skip("deleted in Atuin")
            continue
        at = from_epoch(row["timestamp"], _NANO)
        text = _text(row["command"]).strip()
        if at is None or not text:
            source.problem(0, f"row {number} has no {'command' if at else 'plausible time'}")
            continue
        yield _event(row, at, text)


def _event(row: dict[str, Any], at: datetime, text: str) -> Imported:
    host, _colon, user = _text(row.get("hostname")).partition(":")
    duration, status = row.get("duration"), row.get("exit")
    extra = {name: _text(row[name]) for name in ("intent", "author_kind") if row.get(name)}
    return Imported(
        at,
        "command",
        text,
        actor=_text(row.get("author")) or user,
        host=host,
        cwd="" if row.get("cwd") == "unknown" else _text(row.get("cwd")),
        duration=duration / _NANO if isinstance(duration, int) and duration > 0 else None,
        exit_status=status if isinstance(status, int) and 0 <= status < 256 else None,
        key=_text(row.get("id")),
        extra=extra,
    )


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return decode(value)
    return value if isinstance(value, str) else ""
