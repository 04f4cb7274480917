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

_COMMENT = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*[^*]*\*/")
"""Comments, and quoted text, in which neither ``;`` nor a word counts."""

_DROP = re.compile(
    r"(?i)^\s*drop\s+(table|database|schema|view|materialized\s+view|index|user|role|keyspace|column|sequence|function"
    r"|owned|type|extension|tablespace|collection)\b"
)
_TRUNCATE = re.compile(r"(?i)^\s*truncate\s+(?:table\s+)?\w")
_ALTER_DROP = re.compile(
    r"(?i)^\s*alter\s+table\s+(?:if\s+exists\s+)?\S+\s+drop\s+(?!constraint|default|not\b|index|key)\w"
)
_ALL_ROWS = re.compile(r"(?i)^\s*(?:with\b.*\bdelete\s+from\s+\S+|delete\s+from\s+\S+|update\s+\S+\s+set\s)", re.DOTALL)
_INCLUDED = re.compile(r"(?:^|\n)\s*(?:\\ir?|\\\.|\.read|source)\s+['\"]?([^\s;'\"]{1,300})")
_WHERE = re.compile(r"(?i)\bwhere\b")
_REDIS_WITH_VALUE = frozenset({"-h", "-p", "-n", "-a", "-u", "-s", "-r", "-i", "--user", "--pass"})
_REDIS_OF_SEVERAL = frozenset({"SHUTDOWN", "CLUSTER", "REPLICAOF", "SLAVEOF"})
"""Whose further words say what is lost; a key of that name, as in ``GET shutdown``, says nothing."""

_BINARY_LOGS = re.compile(
    r"(?i)^\s*(?:reset\s+(?:master|binary\s+logs)|purge\s+(?:binary|master)\s+logs"
    r"|reset\s+(?:slave|replica)\b[^;]*\ball)\b"
)
_COPY_FIRST = "a dump of it first, and the statement inside BEGIN … ROLLBACK"
_LOST = (
    (_TRUNCATE, Destruction("every row of the table", _COPY_FIRST)),
    (_ALTER_DROP, Destruction("a column and its values", _COPY_FIRST)),
    (
        _BINARY_LOGS,
        Destruction(
            "what replicas and a restore to a point in time still need", "a copy of the binary logs, and SHOW REPLICAS"
        ),
    ),
)


def statement_destruction(sql: str) -> Destruction | None:
    """What the first destructive statement of ``sql`` takes away."""
    statements = _COMMENT.sub(lambda match: "''" if match[0][0] == "'" else " ", sql).split(";")
    last = next((statement.strip().lower() for statement in reversed(statements) if statement.strip()), "")
    if last == "rollback":
        return None  # tried out, and taken back
    for statement in statements:
        if dropped := _DROP.match(statement):
            return Destruction(f"a {' '.join(dropped[1].lower().split())} and all it holds", _COPY_FIRST)
        for pattern, found in _LOST:
            if pattern.match(statement):
                return found
        if _ALL_ROWS.match(statement) and not _WHERE.search(statement):
            return Destruction("every row of the table: there is no WHERE", _COPY_FIRST)
    return None


def sql_files(command: SimpleCommand) -> list[str]:
    r"""Files whose statements a client is told to run: ``-f FILE``, also in a bundle, ``\i FILE``, ``source FILE``."""
    args = command.args
    files = [args[at + 1] for at, arg in enumerate(args[:-1]) if re.fullmatch(r"-[1qatAXbeE]*f|--file", arg)]
    files += [arg.split("=", 1)[1] for arg in args if arg.startswith("--file=")]
    if command.program == "psql":
        files += [arg[2:] for arg in args if re.match(r"-f.", arg)]
    return files + [match[1] for text in (*args, command.stdin or "") for match in _INCLUDED.finditer(text)]


def sql_destruction(command: SimpleCommand) -> Destruction | None:  # noqa: PLR0911  one return a client
    """What a database client is told to take away; also a statement typed at a database's own prompt."""
    if command.program in _CLIENTS:
        for arg in command.args:
            text = arg.split("=", 1)[1] if arg.startswith(("--command=", "--execute=", "--query=")) else arg
            for prefix in ("-e", "-c"):
                text = text.removeprefix(prefix)
            if found := statement_destruction(text):
                return found
        given = [command.stdin or ""]
        given += [" ".join(each.args) for each in command.fed_by if each.program in {"echo", "printf"}]
        return next((found for text in given if (found := statement_destruction(text))), None)
    if command.program in {"redis-cli", "valkey-cli"}:
        return _redis(command)
    if command.program in {"mongo", "mongosh"} and any(
        any(call in arg for call in ("dropDatabase(", ".drop(", "deleteMany({})", ".remove({})"))
        for arg in (*command.args, command.stdin or "")
    ):
        return Destruction("the database or collection", "mongodump first")
    if command.program in {"mysqladmin", "mariadb-admin"} and "drop" in command.args:
        return Destruction("the database", "mysqldump it first")
    if command.program.lower() in {"drop", "truncate", "delete", "alter", "update", "reset", "purge"}:
        return statement_destruction(f"{command.program} {' '.join(command.args)}")
    return None


def redis_words(command: SimpleCommand) -> list[str]:
    """What a ``redis-cli`` is told in capitals: the command and, where it is short, its words; also by a pipe."""
    fed = [command.stdin or "", *(" ".join(each.args) for each in command.fed_by if each.program in {"echo", "printf"})]
    said = leading_words(command.args, 4, with_value=_REDIS_WITH_VALUE)
    said = said if said and said[0].upper() in _REDIS_OF_SEVERAL else said[:1]
    return [word.upper() for text in (" ".join(said), *fed) for word in text.split()]


def _redis(command: SimpleCommand) -> Destruction | None:
    words = redis_words(command)
    said = set(words)
    if said & {"FLUSHALL", "FLUSHDB"} or ("CLUSTER" in said and "RESET" in said):
        return Destruction("every key", "redis-cli BGSAVE, and a copy of the dump file")
    if "SHUTDOWN" in said and said & {"NOSAVE", "FORCE"}:
        return Destruction("what was written since the last save", "redis-cli SHUTDOWN SAVE")
    if said & {"REPLICAOF", "SLAVEOF"} and "ONE" not in said:
        return Destruction(
            "every key: the other server's take their place", "redis-cli BGSAVE, and a copy of the dump file"
        )
    if said & {"DEL", "UNLINK"} and any(each.program in {"redis-cli", "valkey-cli"} for each in command.fed_by):
        return Destruction("every key that it is given", "redis-cli BGSAVE, and a copy of the dump file")
    return None
