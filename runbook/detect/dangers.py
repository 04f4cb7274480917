"""Destructive commands on a line, in whatever they hide; for the guard.

They stand on the line itself, in scripts on disk that it runs, or in texts from elsewhere that nobody can look at. The
judges are those of the catalog.
"""

from __future__ import annotations

import os.path

from runbook.detect.classify import edited_files
from runbook.detect.command_patterns import Pattern, option_values
from runbook.detect.commands import MAX_COMMANDS, MAX_LINE, simple_commands
from runbook.detect.destructive import destruction, is_production_compose
from runbook.detect.destructive_remote import Destruction
from runbook.detect.inspection import inspection
from runbook.detect.interruptions import interruption
from runbook.detect.names import Names
from runbook.detect.recipes import RUNNERS, recipe_of
from runbook.detect.routine import routine
from runbook.detect.sqltext import SQL_PROGRAMS, sql_files, statement_destruction
from runbook.detect.targets import marks_of, name_of, operands, paths_of
from runbook.detect.wrappers import SHELLS, script_on_disk
from runbook.model.danger import Danger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from typing import Any

    from runbook.detect.commands import SimpleCommand

    Reader = Callable[[str], str | None]

MAX_SCRIPTS = 10
MAX_SCRIPT_DEPTH = 3
MAX_SCRIPT_COMMANDS = 5000

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


def find_dangers(
    line: str,
    cwd: str,
    read: Reader,
    *,
    own: Own | None = None,
    aliases: Mapping[str, str] | None = None,
    functions: Mapping[str, str] | None = None,
) -> list[Danger]:
    """Everything destructive that ``line`` would run, in the order in which it is written.

    Args:
        line: one or several shell lines.
        cwd: the folder in which they would run.
        read: the text of a script at an absolute path; None where it is none.
        own: what the team's settings add.
        aliases: what the shell that would run the line calls by other names.
        functions: bodies of the functions that it has.
    """
    return _Search(read, own, aliases, functions).line(line, cwd, "", "", 0)


class _Search:
    def __init__(
        self, read: Reader, own: Own | None, aliases: Mapping[str, str] | None, functions: Mapping[str, str] | None
    ) -> None:
        self.defined = (aliases, functions)
        self.read = read
        self.own = own
        self.seen: set[str] = set()

    def line(self, text: str, cwd: str, host: str, script: str, depth: int) -> list[Danger]:
        found: list[Danger] = []
        text = text[:MAX_LINE]
        names = Names(text) if script else Names(text, *self.defined)
        fetched: set[str] = set()
        for command in simple_commands(text, limit=MAX_SCRIPT_COMMANDS if "\n" in text else MAX_COMMANDS):
            before = len(found)
            where = f"{script}:{text.count(chr(10), 0, command.start) + 1}" if script else ""
            for meant in names.meant(command):
                taken = None if self.own and self.own.excuses(meant) else self.judge(meant)
                if taken is not None:
                    shown = " ".join(text[command.start : command.end].split()) or command.text
                    found.append(_danger(meant, taken, shown, cwd, host=host, script=where))
                elif depth < MAX_SCRIPT_DEPTH:
                    found += self.scripts(meant, cwd, host, depth, fetched)
                fetched.update(_fetched_into(meant))
            if depth == 0:
                for danger in found[before:]:
                    danger.line = text.count("\n", 0, command.start) + 1
        return found

    def judge(self, command: SimpleCommand) -> Destruction | None:
        taken = destruction(command) or (self.own.judge(command) if self.own else None)
        if taken is None and command.program not in _EDITORS:
            taken = _EDIT if any(is_production_compose(path) for path in edited_files(command)) else None
        return taken or interruption(command) or routine(command)

    def scripts(
        self, command: SimpleCommand, cwd: str, host: str, depth: int, fetched: Collection[str]
    ) -> list[Danger]:
        """What the files that it runs would destroy, or that nobody can look at what it runs."""
        there = host or command.host
        folder = os.path.normpath(os.path.join(cwd, command.folder if not command.host else ""))
        if command.program in RUNNERS and not there:
            recipe = recipe_of(command, folder, self.read)
            return self.line(recipe[2], recipe[1], there, recipe[0], depth + 1) if recipe else []
        files, unseen = self.sources(command)
        found: list[Danger] = []
        for path in files:
            full = os.path.normpath(os.path.join(folder, path))
            if path in fetched:
                unseen = True
                continue
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

    def sources(self, command: SimpleCommand) -> tuple[list[str], bool]:
        """The files whose text it runs, and whether it runs a text that cannot be looked at."""
        program = command.program
        fetched = any(each.program in _FETCHES | _UNPACKS for each in command.fed_by)
        if program in SQL_PROGRAMS:
            return [*command.reads, *sql_files(command), *_passed_on(command)], fetched
        if program in _INTERPRETERS:
            text = [arg for arg in command.args if arg not in {"-", "-c", "-e"}][:1]
            return [], fetched and (not text or text[0].startswith(("<(", "$(", "`")))
        words = operands(command)
        if program in _SOURCES:
            files = words[:1] if program != "eval" and not fetched else []
            return files + (_passed_on(command) if program == "eval" else []), fetched
        if program in SHELLS or (program in {"ssh", "su"} and len(words) <= 1):
            return self.shell_sources(command, fetched=fetched)
        if program == "ssh":
            return (_passed_on(command), fetched) if words[1].startswith("$(") else ([], False)
        return ([command.path] if "/" in command.path and not command.host else []), False

    @staticmethod
    def shell_sources(command: SimpleCommand, *, fetched: bool) -> tuple[list[str], bool]:
        """The same for a shell, here or behind ``ssh``."""
        if "-n" in command.args:
            return [], False  # only the syntax is looked at
        script = script_on_disk(command.args) if command.program in SHELLS else None
        if script is not None:
            return ([] if command.host or "(" in script else [script]), fetched and "(" in script
        given = _passed_on(command)
        files = list(command.reads)
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


def _fetched_into(command: SimpleCommand) -> list[str]:
    """Files that it fills from the network or by unpacking; nobody has read these."""
    args, program = command.args, command.program
    if program not in _FETCHES | _UNPACKS:
        fed = any(each.program in _FETCHES | _UNPACKS for each in command.fed_by)
        return [*command.writes, *(operands(command) if program == "tee" else ())] if fed else []
    named = option_values(args, ("-o", "-O", "--output", "--output-document"))
    if (program == "wget" and not named) or "-O" in args or "--remote-name" in args:
        named += [arg.split("?", 1)[0].rsplit("/", 1)[-1] for arg in args if "/" in arg]
    return [*command.writes, *named, *(f"./{name}" for name in named if "/" not in name)]


def _danger(
    command: SimpleCommand, taken: Destruction, shown: str, cwd: str, *, host: str, script: str, unseen: bool = False
) -> Danger:
    there = command.host or host
    return Danger(
        shown,
        taken.what,
        taken.safer,
        name=name_of(command, cwd),
        host=there,
        folder=command.folder,
        sudo=command.sudo,
        paths=paths_of(command),
        marks=marks_of(command, cwd),
        script=script,
        unseen=unseen,
        inspect={} if there or unseen else inspection(command, cwd),
    )
