"""The guard's judgement on a command that destroys: is it production, what confirms it. Pure.

It decides nothing about running: :mod:`runbook.flow.guard` asks and puts the decision on record.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runbook.model.danger import Danger

    Production = Mapping[str, Sequence[str]]

ASK, WARN, OFF = "ask", "warn", "off"
MODES = (ASK, WARN, OFF)
"""What the guard does: ask before it runs, only say it, nothing."""

_CONTAINER = "container "


class Verdict:
    """What is to be said of one command line. Treat as frozen.

    Attributes:
        line: the line as it was given.
        dangers: what on it destroys, in order; empty: nothing.
        production: for each danger which mark of production it bears; an empty text: none.
    """

    __slots__ = ("dangers", "line", "production")

    def __init__(self, line: str, dangers: Sequence[Danger], production: Sequence[str] = ()) -> None:
        self.line = line
        self.dangers = tuple(dangers)
        self.production = tuple(production) or ("",) * len(self.dangers)

    @property
    def destroys(self) -> str:
        """Everything that it takes away, in one text."""
        return "; ".join(dict.fromkeys(danger.destroys for danger in self.dangers))

    @property
    def safer(self) -> str:
        """The safer way for the first danger."""
        return self.dangers[0].safer if self.dangers else ""

    @property
    def word(self) -> str:
        """What a person types to go on: the host where it is another one or production, else the thing's name."""
        if not self.dangers:
            return ""
        first = next((at for at, mark in enumerate(self.production) if mark), 0)
        danger = self.dangers[first]
        host = "" if danger.host.startswith(_CONTAINER) else danger.host
        kind, _colon, mark = self.production[first].partition(" ")
        return host or (mark if kind in {"host", "context", "branch"} else "") or danger.name


def accepts(typed: str, word: str) -> bool:
    """Whether what somebody typed confirms."""
    return bool(word) and typed.strip().casefold() == word.casefold()


def production_mark(danger: Danger, production: Production, *, cwd: str, here: str) -> str:
    """Which mark of production a command bears, as ``host prod-1``; empty: none.

    Args:
        danger: the command.
        production: the settings' patterns: ``hosts``, ``contexts``, ``compose_projects``, ``paths``, ``branches``.
        cwd: the folder in which the line would run.
        here: this machine's name.
    """
    local = not danger.host or danger.host.startswith(_CONTAINER)
    folder = os.path.normpath(os.path.join(cwd if local else "/", danger.folder))
    paths = [path if path.startswith(("/", "~", "$")) else os.path.join(folder, path) for path in danger.paths]
    given: dict[str, Iterable[str]] = {
        "hosts": [here if local else danger.host, *danger.marks.get("hosts", ())],
        "contexts": danger.marks.get("contexts", ()),
        "compose_projects": danger.marks.get("compose_projects", ()),
        "branches": danger.marks.get("branches", ()),
        "paths": [*([folder] if local or danger.folder else []), *(os.path.normpath(path) for path in paths)],
    }
    names = {"branches": "branch", "compose_projects": "project"}
    for kind, values in given.items():
        for pattern in production.get(kind, ()):
            found = next((value for value in values if value and _matches(value, pattern)), "")
            if found:
                return f"{names.get(kind, kind.removesuffix('s'))} {found}"
    return ""


def _matches(value: str, pattern: str) -> bool:
    """Shell-style; a folder's pattern covers what lies below it."""
    from fnmatch import fnmatchcase  # noqa: PLC0415  only where something destructive meets a mark of production

    return fnmatchcase(value, pattern) or fnmatchcase(value, f"{pattern.rstrip('/')}/*")
