"""Named rules over a parsed command line, for signatures that say ``command: NAME`` and for the guard."""

from __future__ import annotations

from runbook.detect.commands import simple_commands
from runbook.detect.destructive import destruction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.commands import SimpleCommand

    Hit = tuple[int, int, dict[str, str]]


def _place(line: str, command: SimpleCommand) -> tuple[int, int]:
    """Where ``command`` stands in ``line``; all of the line where quoting has changed its text."""
    text = " ".join((command.program, *command.args))
    start = line.find(text)
    return (start, start + len(text)) if start >= 0 else (0, len(line.rstrip()))


def destructive(line: str) -> Hit | None:
    """The first command on ``line`` that takes something away; captures ``command``, ``destroys`` and ``safer``."""
    for command in simple_commands(line):
        found = destruction(command)
        if found is not None:
            start, end = _place(line, command)
            return start, end, {"command": line[start:end], "destroys": found.what, "safer": found.safer}
    return None


def builds_from(command: SimpleCommand) -> str | None:
    """The context of a ``docker build`` as a folder relative to where the line began; None: no build."""
    args = command.args
    if command.program not in {"docker", "podman", "buildah"} or not args:
        return None
    if args[:2] == ("buildx", "build") or args[:2] == ("image", "build"):
        args = args[1:]
    if args[0] not in {"build", "bud"}:
        return None
    context = args[-1] if len(args) > 1 and not args[-1].startswith("-") else "."
    return context.rstrip("/") or "/"


def built_from_subdirectory(line: str) -> Hit | None:
    """``cd sub && docker build .``: the context is a folder below; captures ``folder`` and ``command``."""
    for command in simple_commands(line):
        context = builds_from(command)
        folder = command.folder
        if context == "." and folder and not folder.startswith(("/", "~", "$", "..")) and folder != ".":
            start, end = _place(line, command)
            return start, end, {"folder": folder, "command": line[start:end]}
    return None


COMMAND_RULES: dict[str, Callable[[str], Hit | None]] = {
    "destructive": destructive,
    "built-from-subdirectory": built_from_subdirectory,
}
"""The rules by the names in :data:`runbook.detect.registry.COMMAND_RULES`."""
