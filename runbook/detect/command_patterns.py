"""Patterns for one command, as signatures write them under ``command:``, against parsed commands.

Hot path: a pattern comes out of the compiled catalog as plain values (see :mod:`runbook.detect.table`).
"""

from __future__ import annotations

from runbook.detect.wrappers import SHELLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from runbook.detect.commands import SimpleCommand

    Hit = tuple[SimpleCommand, dict[str, str]]

SHELL = "SHELL"
"""Stands for every shell in ``program`` and ``fed_by``."""

_ALIASES = {
    "docker-compose": ("docker", "compose"),
    "podman-compose": ("podman", "compose"),
    "nerdctl.lima": ("nerdctl",),
}
_WITH_VALUE = frozenset(
    {
        *("-f", "--file", "-p", "--project-name", "--project-directory", "--profile", "--env-file", "-H", "--host"),
        *("-c", "--context", "--config", "-l", "--log-level", "--ansi", "--progress", "--parallel"),
        *(
            "-n",
            "--namespace",
            "--kubeconfig",
            "--cluster",
            "-C",
            "--git-dir",
            "--work-tree",
            "--chdir",
            "--kube-context",
        ),
    }
)
"""Options before a subcommand that take a value."""


def programs_of(pattern: Mapping[str, Any]) -> tuple[str, ...]:
    """Words of which one must stand in a text for the pattern to be found there."""
    names: list[str] = []
    for program in pattern["program"]:
        names += sorted(SHELLS) if program == SHELL else [program]
        names += [alias for alias, words in _ALIASES.items() if words[0] == program]
    return tuple(names)


class Pattern:
    """A compiled pattern.

    Args:
        values: the fields of :class:`runbook.model.signature.CommandPattern` that are set.
        compile_regex: RE2's compiler.
    """

    def __init__(self, values: Mapping[str, Any], compile_regex: Any) -> None:
        self._programs = set(programs_of(values))
        self._subcommands = [tuple(text.split()) for text in values.get("subcommand", ())]
        self._flags = [tuple(each.split("|")) for each in values.get("flags", ())]
        self._without = tuple(name for each in values.get("without", ()) for name in each.split("|"))
        self._options = [
            (tuple(names.split("|")), compile_regex(f"^(?:{regex})$"))
            for names, regex in values.get("options", {}).items()
        ]
        self._regex = {
            name: compile_regex(values[name])
            for name in ("args", "not_args", "arg", "env", "input", "writes", "host", "folder")
            if values.get(name)
        }
        fed_by = values.get("fed_by", ())
        self._fed_by = {name for each in fed_by for name in (SHELLS if each == SHELL else (each,))}
        self._after = [Pattern(each, compile_regex) for each in values.get("after", ())]
        self._unless = [Pattern(each, compile_regex) for each in values.get("unless", ())]

    def find(self, commands: Sequence[SimpleCommand]) -> list[Hit]:
        """Every command that it describes, with what its named groups caught."""
        found: list[Hit] = []
        for at, command in enumerate(commands):
            captures = self._holds(command)
            if captures is not None and self._follows(commands[:at], command):
                found.append((command, captures))
        return found

    def _follows(self, earlier: Sequence[SimpleCommand], command: SimpleCommand) -> bool:
        """Whether what stands before it is as it must be; looked at backwards from the command."""
        if not self._after and not self._unless:
            return True
        for each in reversed(earlier):
            if each.host != command.host:
                continue
            if _any(self._after, each):
                return True
            if _any(self._unless, each):
                return False
        return not self._after

    def _holds(self, command: SimpleCommand) -> dict[str, str] | None:
        """The captures, or None where it is another command."""
        if command.program not in self._programs:
            return None
        args = (*_ALIASES.get(command.program, ("",))[1:], *command.args)
        captures: dict[str, str] = {}
        if not self._subcommand(args) or not self._has_flags(args):
            return None
        if self._fed_by and not any(each.program in self._fed_by for each in command.fed_by):
            return None
        for names, regex in self._options:
            values = [match for value in option_values(args, names) if (match := regex.search(value))]
            if not values:
                return None
            captures.update(_groups(values[0]))
        return self._texts(command, args, captures)

    def _texts(self, command: SimpleCommand, args: tuple[str, ...], captures: dict[str, str]) -> dict[str, str] | None:
        joined = " ".join(args).replace("\n", " ")
        texts: dict[str, Iterable[str]] = {
            "args": (joined,),
            "arg": args,
            "env": command.env,
            "input": (command.stdin or "").split("\n"),
            "writes": command.writes,
            "host": (command.host,),
            "folder": (command.folder,),
        }
        for name, regex in self._regex.items():
            if name == "not_args":
                if regex.search(joined) is not None:
                    return None
                continue
            match = next((match for text in texts[name] if (match := regex.search(text))), None)
            if match is None:
                return None
            captures.update(_groups(match))
        return captures

    def _subcommand(self, args: tuple[str, ...]) -> bool:
        if not self._subcommands:
            return True
        words = leading_words(args, max(len(each) for each in self._subcommands))
        return any(words[: len(each)] == each for each in self._subcommands)

    def _has_flags(self, args: tuple[str, ...]) -> bool:
        if any(has_flag(args, name) for name in self._without):
            return False
        return all(any(has_flag(args, name) for name in names) for names in self._flags)


def _any(patterns: Sequence[Pattern], command: SimpleCommand) -> bool:
    return any(pattern._holds(command) is not None for pattern in patterns)  # noqa: SLF001  its own kind


def leading_words(args: tuple[str, ...], count: int, *, with_value: frozenset[str] = _WITH_VALUE) -> tuple[str, ...]:
    """The first ``count`` arguments that are neither options nor values of options before a subcommand."""
    words: list[str] = []
    at = 0
    while at < len(args) and len(words) < count:
        if args[at].startswith("-"):
            at += 2 if args[at] in with_value else 1
            continue
        words.append(args[at])
        at += 1
    return tuple(words)


def has_flag(args: Sequence[str], name: str) -> bool:
    """Whether an option stands there: by itself, with ``=value``, or as a letter of a bundle. Not after ``--``."""
    for arg in args:
        if arg == "--":
            return False
        if arg == name or arg.startswith(f"{name}="):
            return not arg.endswith("=false")
        if len(name) == 2 and arg[:1] == "-" and arg[1:2] != "-" and name[1] in arg[1:].split("=", 1)[0]:
            return True
    return False


def option_values(args: Sequence[str], names: Sequence[str]) -> list[str]:
    """The values that an option is given: ``--name x``, ``--name=x``, ``-n x``, ``-nx``."""
    values: list[str] = []
    for at, arg in enumerate(args):
        for name in names:
            if arg == name:
                values += args[at + 1 : at + 2]
            elif arg.startswith(f"{name}="):
                values.append(arg[len(name) + 1 :])
            elif len(name) == 2 and name[0] == "-" and arg.startswith(name) and not arg.startswith("--"):
                values.append(arg[2:])
    return values


def _groups(match: Any) -> dict[str, str]:
    return {name: value for name, value in match.groupdict().items() if value is not None}
