"""Named rules over parsed commands, for signatures that say ``command: NAME``."""

from __future__ import annotations

from runbook.detect.destructive import destruction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runbook.detect.commands import SimpleCommand

    Hit = tuple[SimpleCommand, dict[str, str]]


_BUILDERS = frozenset({"docker", "podman", "buildah"})


def destructive(commands: Sequence[SimpleCommand]) -> list[Hit]:
    """Commands that take something away; captures ``destroys`` and ``safer``."""
    found = [(command, destruction(command)) for command in commands if not command.outer]
    return [(command, {"destroys": taken.what, "safer": taken.safer}) for command, taken in found if taken is not None]


def builds_from(command: SimpleCommand) -> str | None:
    """The context of a ``docker build`` as a folder relative to where the line began; None: no build."""
    args = command.args
    if command.program not in _BUILDERS or not args:
        return None
    if args[:2] == ("buildx", "build") or args[:2] == ("image", "build"):
        args = args[1:]
    if args[0] not in {"build", "bud"}:
        return None
    context = args[-1] if len(args) > 1 and not args[-1].startswith("-") else "."
    return context.rstrip("/") or "/"


def built_from_subdirectory(commands: Sequence[SimpleCommand]) -> list[Hit]:
    """``cd sub && docker build .``: the context is a folder below; captures ``folder``."""
    return [
        (command, {"folder": command.folder})
        for command in commands
        if builds_from(command) == "."
        and command.folder
        and not command.folder.startswith(("/", "~", "$", ".."))
        and command.folder != "."
    ]


COMMAND_RULES: dict[str, Callable[[Sequence[SimpleCommand]], list[Hit]]] = {
    "destructive": destructive,
    "built-from-subdirectory": built_from_subdirectory,
}
"""The rules by the names in :data:`runbook.detect.registry.COMMAND_RULES`."""
