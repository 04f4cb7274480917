"""Statements that a database client is given on its command line, judged without a grammar: by their first words."""

from __future__ import annotations

import re

from runbook.detect.command_patterns import leading_words
from runbook.detect.destructive_remote import Destruction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.commands import SimpleCommand

_CLIENTS = frozenset(
    {"psql", "mysql", "mariadb", "sqlite3", "clickhouse-client", "cockroach", "sqlcmd", "duckdb", "cqlsh"}
)
SQL_PROGRAMS = _CLIENTS | {"redis-cli", "valkey-cli", "mongo", "mongosh", "mysqladmin", "mariadb-admin"}

_COMMENT = re.compile(r"--[^\n]*|/\*[^*]*\*/")
_DROP = re.compile(r"(?i)^\s*drop\s+(table|database|schema|view|materialized\s+view|index|user|role|keyspace|column)\b")
_TRUNCATE = re.compile(r"(?i)^\s*truncate\s+(?:table\s+)?\w")
_ALTER_DROP = re.compile(r"(?i)^\s*alter\s+table\s+\S+\s+drop\s+column\b")
_ALL_ROWS = re.compile(r"(?i)^\s*(?:delete\s+from\s+\S+|update\s+\S+\s+set\s)")
_WHERE = re.compile(r"(?i)\bwhere\b")
_REDIS_WITH_VALUE = frozenset({"-h", "-p", "-n", "-a", "-u", "-s", "-r", "-i", "--user", "--pass"})
_COPY_FIRST = "a dump of it first, and the statement inside BEGIN … ROLLBACK"


def statement_destruction(sql: str) -> Destruction | None:
    """What the first destructive statement of ``sql`` takes away."""
    statements = _COMMENT.sub(" ", sql).split(";")
    last = next((statement.strip().lower() for statement in reversed(statements) if statement.strip()), "")
    if last == "rollback":
        return None  # tried out, and taken back
    for statement in statements:
        if dropped := _DROP.match(statement):
            return Destruction(f"a {' '.join(dropped[1].lower().split())} and all it holds", _COPY_FIRST)
        if _TRUNCATE.match(statement):
            return Destruction("every row of the table", _COPY_FIRST)
        if _ALTER_DROP.match(statement):
            return Destruction("a column and its values", _COPY_FIRST)
        if _ALL_ROWS.match(statement) and not _WHERE.search(statement):
            return Destruction("every row of the table: there is no WHERE", _COPY_FIRST)
    return None


def sql_destruction(command: SimpleCommand) -> Destruction | None:  # noqa: PLR0911  one return a client
    """What a database client is told to take away; also a statement typed at a database's own prompt."""
    if command.program in _CLIENTS:
        for arg in command.args:
            text = arg.split("=", 1)[1] if arg.startswith(("--command=", "--execute=")) else arg
            for prefix in ("-e", "-c"):
                text = text.removeprefix(prefix)
            if found := statement_destruction(text):
                return found
        given = [command.stdin or ""]
        given += [" ".join(each.args) for each in command.fed_by if each.program in {"echo", "printf"}]
        return next((found for text in given if (found := statement_destruction(text))), None)
    said = {word.upper() for word in leading_words(command.args, 1, with_value=_REDIS_WITH_VALUE)}
    if command.program in {"redis-cli", "valkey-cli"} and said & {"FLUSHALL", "FLUSHDB"}:
        return Destruction("every key", "redis-cli BGSAVE, and a copy of the dump file")
    if command.program in {"mongo", "mongosh"} and any(
        "dropDatabase(" in arg or ".drop(" in arg or "deleteMany({})" in arg
        for arg in (*command.args, command.stdin or "")
    ):
        return Destruction("the database or collection", "mongodump first")
    if command.program in {"mysqladmin", "mariadb-admin"} and "drop" in command.args:
        return Destruction("the database", "mysqldump it first")
    if command.program.lower() in {"drop", "truncate", "delete", "alter", "update"}:
        return statement_destruction(f"{command.program} {' '.join(command.args)}")
    return None
