"""Names that a text gives to commands before it uses them: variables, aliases, functions, programs that it looks up.

``X='rm -rf'; $X data``, ``alias k=kubectl; k delete ns shop``, ``dc() { docker compose "$@"; }; dc down``,
``$(which rm) -rf data``, ``args=(-f prod.yml); docker compose "${args[@]}" down``. Only what the text itself says is
known: nothing is read from the environment.
"""

from __future__ import annotations

import re
import shlex

from runbook.detect.commands import SimpleCommand, simple_commands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NAMES = 200
MAX_ROUNDS = 3
"""Names that stand for names that stand for names."""

_ASSIGNMENT = re.compile(
    r"(?:^|[\s;&|({])(?:export\s+|local\s+|readonly\s+)?([A-Za-z_]\w{0,60})="
    r"('[^'\n]{0,500}'|\"[^\"`\n]{0,500}\"|\$\([^()\n]{0,200}\)|[^\s;&|'\"`()<>]{1,500})"
)
_ARRAY = re.compile(
    r"(?:^|[\s;&|({])(?:(?:local|declare|readonly)\s+(?:-a\s+)?)?([A-Za-z_]\w{0,60})\+?=\(([^()`]{1,2000})\)"
)
_EVERY = re.compile(r"\$\{([A-Za-z_]\w{0,60})\[[@*]\]\}")
_ALIAS = re.compile(r"\balias\s+(?:-[a-z]+\s+)?([\w.-]{1,60})=('[^'\n]{0,500}'|\"[^\"\n]{0,500}\"|[^\s;&|'\"]{1,200})")
_FUNCTION = re.compile(r"(?:^|[\s;&|])(?:function\s+)?([\w.-]{1,60})\s{0,5}\(\s?\)\s{0,5}\{([^{}]{1,2000})\}")
_LOOKED_UP = re.compile(
    r"^(?:\$\(|`)\s*(?:command\s+-v|which|type\s+-[pP]|readlink\s+-f|realpath)\s+([\w./-]{1,100})\s*\)?`?$"
)
_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w{0,60})|\{([A-Za-z_]\w{0,60})(?::?[-=]([^{}]{0,200}))?\})")


class Names:
    """What a text calls things.

    Args:
        text: the whole text.
        aliases: what the shell that runs it has defined before.
        functions: the same.
    """

    def __init__(
        self, text: str, aliases: Mapping[str, str] | None = None, functions: Mapping[str, str] | None = None
    ) -> None:
        assigned = _ASSIGNMENT.findall(text)[:MAX_NAMES] if "=" in text else []
        self.variables = {name: _unquoted(value) for name, value in assigned}
        called = _ALIAS.findall(text)[:MAX_NAMES] if "alias" in text else []
        self.aliases = {**(aliases or {}), **{name: _unquoted(value) for name, value in called}}
        defined = _FUNCTION.findall(text)[:MAX_NAMES] if "(" in text and "{" in text else []
        self.functions = {**(functions or {}), **dict(defined)}

        self.arrays: dict[str, list[str]] = {}
        for name, items in _ARRAY.findall(text)[:MAX_NAMES] if "=(" in text else []:
            self.arrays.setdefault(name, []).extend(_items(items))

    def meant(self, command: SimpleCommand, rounds: int = MAX_ROUNDS) -> list[SimpleCommand]:
        """The commands that ``command`` stands for; itself, where it names nothing."""
        program = self._program(command.path)
        given = [each for arg in command.args for each in self._options(arg)]
        args = tuple(self._filled(arg) if "$" in arg else arg for arg in given)
        body = self.functions.get(command.path)
        if body is not None:
            text = _with_arguments(body, args)
        elif program != command.path:
            text = f"{program} {shlex.join(args)}"
        elif args != command.args:
            return [_placed(command, command.path, args, command)]
        else:
            return [command]
        if rounds == 0:
            return [command]
        placed = [_placed(each, each.path, each.args, command) for each in simple_commands(text)]
        return [last for each in placed for last in self.meant(each, 0 if body is not None else rounds - 1)]

    def called(self, command: SimpleCommand) -> list[SimpleCommand]:
        """As :meth:`meant`, where that says which program runs and with which options; nothing else is filled in.

        What a function runs stands where it is defined, and a path in a variable is best shown as it is written.
        """
        if command.path in self.functions:
            return [command]
        args = tuple(each for arg in command.args for each in self._options(arg))
        if self._program(command.path) != command.path:
            return self.meant(command)
        return [command] if args == command.args else [_placed(command, command.path, args, command)]

    def _options(self, arg: str) -> list[str]:
        """The words that an argument stands for: of an array all, of a variable those that begin with an option."""
        if "$" not in arg:
            return [arg]
        every = _EVERY.fullmatch(arg)
        if every is not None:
            return self.arrays.get(every[1], [arg])
        one = _VARIABLE.fullmatch(arg)
        value = self.variables.get(one[1] or one[2], "") if one is not None else ""
        return value.split() if value.startswith("-") else [arg]

    def _program(self, path: str) -> str:
        if path in self.aliases:
            return self.aliases[path]
        if path[:1] in {"$", "`"}:
            looked_up = _LOOKED_UP.match(path)
            return looked_up[1] if looked_up else self._filled(path)
        return path

    def _filled(self, text: str) -> str:
        """With the values of the variables that are known."""

        def value(match: re.Match[str]) -> str:
            known = self.variables.get(match[1] or match[2])
            return known if known is not None else match[3] or match[0]

        return _VARIABLE.sub(value, text)


def _items(text: str) -> list[str]:
    """The words between the brackets of an array, as far as they can be read."""
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return []


def _unquoted(value: str) -> str:
    return value[1:-1] if value[:1] in {"'", '"'} else value


def _with_arguments(body: str, args: tuple[str, ...]) -> str:
    """A function's body as it runs with these arguments."""
    every = shlex.join(args)
    for mark in ('"$@"', '"${@}"', "$@", "${@}", '"$*"', "$*"):
        body = body.replace(mark, every)
    for number, arg in enumerate(args[:9], start=1):
        for mark in (f'"${number}"', f'"${{{number}}}"', f"${number}", f"${{{number}}}"):
            body = body.replace(mark, shlex.quote(arg))
    return body


def _placed(command: SimpleCommand, path: str, args: tuple[str, ...], where: SimpleCommand) -> SimpleCommand:
    """A copy that stands and runs where another one does."""
    return SimpleCommand(
        path,
        args,
        host=command.host or where.host,
        folder=command.folder or where.folder,
        env=(*where.env, *command.env) if command is not where else command.env,
        writes=command.writes or where.writes,
        reads=command.reads or where.reads,
        given=command.given or where.given,
        fed_by=command.fed_by or where.fed_by,
        sudo=command.sudo or where.sudo,
        before=where.before,
        span=(where.start, where.end),
    )
