"""SQLite databases are copied and restored through their own backup call, consistent while programs use them.

A plain copy of a database in use can hold half a transaction, and putting another file in its place leaves whoever has
it open with the old one. The backup call does neither: https://sqlite.org/backup.html
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from itertools import zip_longest
from urllib.parse import quote

from runbook.errors import BadInputError, StorageError

MAGIC = b"SQLite format 3\x00"
"""How a database file begins: https://sqlite.org/fileformat.html"""

SIDE_FILES = ("-wal", "-shm", "-journal")
"""What lies beside a database in use. Its backup holds what they hold, so they are not copied."""

PATIENCE = 30.0
"""Seconds to wait for whoever has the database locked."""


def is_database(path: str) -> bool:
    """Whether the file begins like a SQLite database."""
    try:
        with open(path, "rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def copy_out(source: str, target: str, *, patience: float = PATIENCE) -> None:
    """Copy the database at ``source``, as it is between two transactions, to the new file ``target``.

    Raises:
        BadInputError: SQLite cannot read it.
        StorageError: somebody kept it locked for longer than ``patience`` seconds.
    """
    _copy(source, target, named=source, patience=patience)


def copy_in(source: str, target: str, *, patience: float = PATIENCE) -> None:
    """Give the database at ``target`` the content of ``source``, in one transaction: who uses it sees old or new.

    Raises:
        BadInputError: SQLite cannot read or write one of them.
        StorageError: somebody kept it locked for longer than ``patience`` seconds.
    """
    _copy(source, target, named=target, patience=patience)


def problem_of(path: str) -> str:
    """What SQLite's quick check says is wrong with the database, or nothing."""
    try:
        with closing(sqlite3.connect(read_only(path), uri=True, timeout=PATIENCE)) as database:
            row = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return "" if row is not None and row[0] == "ok" else str(row and row[0])


def same_content(one: str, other: str) -> bool:
    """Whether two databases hold the same schema and rows. Pages may lie in another order, so bytes do not tell."""
    try:
        with (
            closing(sqlite3.connect(read_only(one), uri=True, timeout=PATIENCE)) as left,
            closing(sqlite3.connect(read_only(other), uri=True, timeout=PATIENCE)) as right,
        ):
            return all(a == b for a, b in zip_longest(left.iterdump(), right.iterdump()))
    except sqlite3.Error:
        return False


def _copy(source: str, target: str, *, named: str, patience: float) -> None:
    give_up = time.monotonic() + patience

    def wait(status: int, _remaining: int, _total: int) -> None:
        # Called after each attempt; the call itself would wait for a lock for ever.
        if status not in {sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE} and time.monotonic() > give_up:
            raise StorageError(
                f"the database stayed locked for {patience:.0f} s",
                file=named,
                hint="end the program that holds it, or the transaction it left open, and try again",
            )

    try:
        with (
            closing(sqlite3.connect(read_only(source), uri=True, timeout=1.0)) as origin,
            closing(sqlite3.connect(target, timeout=1.0)) as copy,
        ):
            origin.backup(copy, pages=-1, progress=wait, sleep=0.05)
    except sqlite3.Error as error:
        raise BadInputError(f"SQLite says: {error}", file=named) from None


def read_only(path: str) -> str:
    """The URI that opens the database without ever writing to it."""
    return f"file:{quote(path)}?mode=ro"
