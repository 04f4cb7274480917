"""Commands in a text against conditions on commands: the text is parsed once, and only if a word in it can matter."""

from __future__ import annotations

import marshal
import re

from runbook.detect.command_words import may_apply, words_in
from runbook.detect.prompts import as_typed
from runbook.detect.table import PATTERN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol, TypeVar

    from runbook.detect.command_patterns import Pattern

    class Condition(Protocol):
        """What is asked of a condition: the way to look, the name or packed pattern, and its programs."""

        how: int
        what: Any
        needs: tuple[bytes, ...]

    C = TypeVar("C", bound=Condition)

MAX_COMMANDS = 5000

_INSTRUCTION = re.compile(r"^[ \t]*(?P<name>[A-Za-z]+)[ \t]+(?P<flags>(?:--\S+[ \t]+)*)")
_patterns: dict[bytes, Pattern] = {}


def find_commands(
    conditions: Sequence[C], text: str, *, kind: str = "command"
) -> list[tuple[C, int, int, dict[str, str]]]:
    """Every command in ``text`` on which one of ``conditions`` holds, by place.

    Args:
        conditions: those whose way to look is ``COMMAND`` or ``PATTERN``.
        text: whole lines, at most 64 KiB.
        kind: ``command`` (prompts in front count for nothing), ``shell``, or ``dockerfile`` (what RUN runs).

    Returns:
        The condition, where the command stands in ``text`` (offsets of characters), and what was captured; ``command``
        is its text.
    """
    words = words_in(text)
    wanted = [condition for condition in conditions if _may_hold(condition, words)]
    if not wanted:
        return []
    shell = {"command": as_typed, "dockerfile": only_run}.get(kind, str)(text)
    from runbook.detect.commands import commands_and_carriers  # noqa: PLC0415  only where a word matters

    commands = commands_and_carriers(shell, limit=MAX_COMMANDS)
    if "$" in shell or "alias" in shell:
        from runbook.detect.names import Names  # noqa: PLC0415  only where something may have another name

        names = Names(shell)
        commands = [meant for command in commands for meant in names.called(command)]
    found = []
    for condition in wanted:
        for command, captures in _look(condition, commands):
            shown = " ".join(text[command.start : command.end].split())
            found.append((condition, command.start, command.end, {"command": shown, **captures}))
    return sorted(found, key=lambda hit: hit[1])


def _may_hold(condition: Condition, words: set[str]) -> bool:
    if condition.how == PATTERN:
        return any(name.decode("ascii") in words for name in condition.needs)
    return may_apply(condition.what, words)


def _look(condition: Condition, commands: Sequence[Any]) -> list[tuple[Any, dict[str, str]]]:
    if condition.how == PATTERN:
        pattern = _patterns.get(condition.what)
        if pattern is None:
            from runbook.detect.command_patterns import Pattern  # noqa: PLC0415  only where a word matters
            from runbook.detect.conditions import compile_regex  # noqa: PLC0415  conditions import this module

            pattern = Pattern(marshal.loads(condition.what), compile_regex)  # noqa: S302  out of our own table
            _patterns[condition.what] = pattern
        return pattern.find(commands)
    from runbook.detect.command_rules import COMMAND_RULES  # noqa: PLC0415  only where a rule is asked for

    return COMMAND_RULES[condition.what](commands)


def only_run(text: str) -> str:
    """A Dockerfile with blanks where it is no shell: what is left are the commands of RUN, in their places."""
    lines = text.split("\n")
    inside = continued = False
    for number, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith("#"):
            lines[number] = " " * max(len(line) - 1, 0) + "\\" if continued and inside else " " * len(line)
            continue
        if not continued:
            match = _INSTRUCTION.match(line)
            inside = match is not None and match["name"].upper() == "RUN" and not line[match.end() :].startswith("[")
            if match is not None and inside:
                line = " " * match.end() + line[match.end() :]  # noqa: PLW2901  the rest of the line as it is
        lines[number] = line if inside else " " * len(line)
        continued = stripped.endswith("\\") or (continued and not stripped)
    return "\n".join(lines)
