"""Destructive commands on a line, in whatever they hide; for the guard.

They stand on the line itself, in scripts on disk that it runs, or in texts from elsewhere that nobody can look at. The
judges are those of the catalog.
"""

from __future__ import annotations

import os.path

from runbook.detect.classify import edited_files
from runbook.detect.command_patterns import Pattern
from runbook.detect.commands import MAX_LINE, simple_commands
from runbook.detect.destructive import destruction, is_production_compose
from runbook.detect.destructive_remote import Destruction
from runbook.detect.sqltext import SQL_PROGRAMS, statement_destruction
from runbook.detect.targets import marks_of, name_of, operands, paths_of
from runbook.detect.wrappers import SHELLS, script_on_disk
from runbook.model.danger import Danger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from runbook.detect.commands import SimpleCommand

    Reader = Callable[[str], str | None]

MAX_SCRIPTS = 10
MAX_SCRIPT_DEPTH = 3

_FETCHES = frozenset({"curl", "wget", "fetch", "http", "https", "xh", "aria2c", "nc", "ncat", "lynx"})
_UNPACKS = frozenset({"base64", "openssl", "xxd", "gunzip", "gzip", "zcat", "bzcat", "xzcat", "gpg", "age"})
_PASSES_ON = frozenset({"cat", "sed", "head", "tail", "envsubst", "tr", "grep", "tee", "dos2unix", "sponge"})
_SOURCES = frozenset({"eval", "source", "."})
_INTERPRETERS = frozenset({"python", "python3", "perl", "ruby", "node", "php"})
_EDITORS = frozenset({"vi", "vim", "nvim", "nano", "emacs", "micro", "code", "ed", "ex", "view", "helix", "hx"})
_UNSEEN = Destruction(
    "nobody knows what: it runs a script that nobody here has read", "fetch it into a file, read that, then run it"
)
_EDIT = Destruction(
    "the compose file as it was when it worked", "a file of its own: docker compose -p NAME -f docker-compose.pr.yml"
)


class Own:
    """What a team's settings add: commands that are destructive here, and commands that are not.

    Args:
        destructive: tables with the keys of a command pattern, and ``destroys`` and ``safer``.
        harmless: tables with the keys of a command pattern.
        compile_regex: RE2's compiler.
    """

    def __init__(
        self, destructive: Iterable[Mapping[str, Any]], harmless: Iterable[Mapping[str, Any]], compile_regex: Any
    ) -> None:
        self.destructive = [
            (Pattern(_fields(each), compile_regex), Destruction(each["destroys"], each.get("safer") or "look first"))
            for each in destructive
        ]
        self.harmless = [Pattern(_fields(each), compile_regex) for each in harmless]

    def judge(self, command: SimpleCommand) -> Destruction | None:
        """What the team says that it destroys."""
        return next((found for pattern, found in self.destructive if pattern.find([command])), None)

    def excuses(self, command: SimpleCommand) -> bool:
        """Whether the team says that it is harmless."""
        return any(pattern.find([command]) for pattern in self.harmless)


def _fields(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if value and name not in {"destroys", "safer"}}


def find_dangers(line: str, cwd: str, read: Reader, *, own: Own | None = None) -> list[Danger]:
    """Everything destructive that ``line`` would run, in the order in which it is written.

    Args:
        line: one or several shell lines.
        cwd: the folder in which they would run.
        read: the text of a script at an absolute path; None where it is none.
        own: what the team's settings add.
    """
    return _Search(read, own).line(line, cwd, "", "", 0)


class _Search:
    def __init__(self, read: Reader, own: Own | None) -> None:
        self.read = read
        self.own = own
        self.seen: set[str] = set()

    def line(self, text: str, cwd: str, host: str, script: str, depth: int) -> list[Danger]:
        found: list[Danger] = []
        for command in simple_commands(text[:MAX_LINE]):
            where = f"{script}:{text.count(chr(10), 0, command.start) + 1}" if script else ""
            taken = None if self.own and self.own.excuses(command) else self.judge(command)
            if taken is not None:
                shown = " ".join(text[command.start : command.end].split()) or command.text
                found.append(_danger(command, taken, shown, cwd, host=host, script=where))
            elif depth < MAX_SCRIPT_DEPTH:
                found += self.scripts(command, cwd, host, depth)
        return found

    def judge(self, command: SimpleCommand) -> Destruction | None:
        taken = destruction(command) or (self.own.judge(command) if self.own else None)
        if taken is None and command.program not in _EDITORS:
            taken = _EDIT if any(is_production_compose(path) for path in edited_files(command)) else None
        return taken

    def scripts(self, command: SimpleCommand, cwd: str, host: str, depth: int) -> list[Danger]:
        """What the files that it runs would destroy, or that nobody can look at what it runs."""
        files, unseen = self.sources(command)
        there = host or command.host
        found: list[Danger] = []
        for path in files:
            full = os.path.normpath(os.path.join(cwd, command.folder if not command.host else "", path))
            if full in self.seen or len(self.seen) >= MAX_SCRIPTS:
                continue
            text = self.read(full)
            if text is None:
                unseen = unseen or (bool(command.fed_by) and command.program in SHELLS)
                continue
            self.seen.add(full)
            if command.program in SQL_PROGRAMS:
                taken = statement_destruction(text)
                found += [_danger(command, taken, command.text, cwd, host=there, script=path)] if taken else []
            else:
                found += self.line(text, cwd, there, path, depth + 1)
        if unseen and not found:
            found.append(_danger(command, _UNSEEN, command.text, cwd, host=there, script="", unseen=True))
        return found

    def sources(self, command: SimpleCommand) -> tuple[list[str], bool]:  # noqa: PLR0911  one return a kind of program
        """The files whose text it runs, and whether it runs a text that cannot be looked at."""
        program, files = command.program, list(command.reads)
        if program in SQL_PROGRAMS:
            return files + _sql_files(command) + _passed_on(command), False
        fetched = any(each.program in _FETCHES | _UNPACKS for each in command.fed_by)
        if program in _SOURCES:
            return operands(command)[:1] if program != "eval" and not fetched else [], fetched
        if program in _INTERPRETERS:
            return [], fetched and set(command.args) <= {"-", "-c", "-e"}
        runs_input = program in {"ssh", "su"} and len(operands(command)) <= 1
        if program not in SHELLS and not runs_input:
            return ([command.path] if "/" in command.path and not command.host else []), False
        named = script_on_disk(command.args) if program in SHELLS else None
        if "-n" in command.args:
            return [], False  # only the syntax is looked at
        if named is not None:
            return ([] if command.host or "(" in named else [named]), fetched and "(" in named
        given = _passed_on(command)
        return files + given, bool(command.fed_by) and not given and not (files and not fetched)


def _passed_on(command: SimpleCommand) -> list[str]:
    """Files that the commands in front of it in its pipeline hand on as they are."""
    files: list[str] = []
    for each in command.fed_by:
        if each.program not in _PASSES_ON:
            if each.program not in {"echo", "printf", "yes"}:
                return []
            continue
        words = operands(each)
        files += each.reads
        files += words[1:] if each.program in {"sed", "grep"} else words if each.program != "tr" else []
    return [path for path in files if "(" not in path]


def _sql_files(command: SimpleCommand) -> list[str]:
    args = command.args
    return [args[at + 1] for at, arg in enumerate(args[:-1]) if arg in {"-f", "--file"}] + [
        arg.split("=", 1)[1] for arg in args if arg.startswith("--file=")
    ]


def _danger(
    command: SimpleCommand, taken: Destruction, shown: str, cwd: str, *, host: str, script: str, unseen: bool = False
) -> Danger:
    return Danger(
        shown,
        taken.what,
        taken.safer,
        name=name_of(command, cwd),
        host=command.host or host,
        folder=command.folder,
        sudo=command.sudo,
        paths=paths_of(command),
        marks=marks_of(command, cwd),
        script=script,
        unseen=unseen,
    )
