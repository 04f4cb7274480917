"""What the detective hands to the guard: a command that would take something away. Standard library only."""

from __future__ import annotations


class Danger:
    """One destructive command on a line. Treat as frozen.

    Attributes:
        command: as it is written, wrappers left out.
        destroys: as the end of "takes away ...".
        safer: a command or a short advice.
        name: what it is done to, for a confirmation: a project, a volume, a database, a folder.
        host: where ``ssh`` or a context takes it; ``container NAME``; empty: here.
        folder: in which folder, as far as the line says; empty: the current one.
        sudo: whether it runs as another user.
        paths: files and folders that it names.
        marks: other things that may be marked as production: ``{"compose_projects": […], "contexts": […], …}``.
        script: the file on disk in which it stands, with its line; empty: on the line itself.
        unseen: it runs a text that nobody can look at beforehand.
        line: the line of the text that was given on which it stands, from 1.
        inspect: what to ask beforehand, see :mod:`runbook.detect.inspection`.
    """

    __slots__ = (
        *(
            "command",
            "destroys",
            "folder",
            "host",
            "inspect",
            "line",
            "marks",
            "name",
            "paths",
            "safer",
            "script",
            "sudo",
            "unseen",
        ),
    )

    def __init__(
        self,
        command: str,
        destroys: str,
        safer: str,
        *,
        name: str = "",
        host: str = "",
        folder: str = "",
        sudo: bool = False,
        paths: tuple[str, ...] = (),
        marks: dict[str, tuple[str, ...]] | None = None,
        script: str = "",
        unseen: bool = False,
        inspect: dict[str, tuple[str, ...]] | None = None,
        line: int = 1,
    ) -> None:
        self.command = command
        self.destroys = destroys
        self.safer = safer
        self.name = name
        self.host = host
        self.folder = folder
        self.sudo = sudo
        self.paths = paths
        self.marks = marks or {}
        self.script = script
        self.line = line
        self.unseen = unseen
        self.inspect = inspect or {}

    def __repr__(self) -> str:
        return f"Danger({self.command!r}: {self.destroys!r})"
