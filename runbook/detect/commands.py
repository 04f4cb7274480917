"""Command lines as commands, not as text: what would really run, on which host.

``echo "docker compose down"`` runs ``echo``; ``ssh web1 'cd /srv && sudo docker compose down'`` runs ``cd`` and
``docker compose down`` on ``web1``. A reader for what people type and paste: operators, quotes, comments, substitutions,
wrappers such as ``sudo`` and ``bash -c``. It does not expand anything and never fails: what it cannot read any
further it leaves as words.

:func:`simple_commands` is the seam for a full shell parser.
"""

from __future__ import annotations

import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Hit = tuple[int, int, dict[str, str]]

MAX_DEPTH = 5
"""Shells inside shells inside ssh: nobody types more, and a hostile line must not make us."""

MAX_COMMANDS = 200
MAX_LINE = 64 * 1024


class SimpleCommand:
    """A program and its arguments, wrappers taken off. Treat as frozen.

    Attributes:
        program: without its folder: ``docker`` for ``/usr/bin/docker``.
        args: words without their quotes; substitutions as written.
        host: where ``ssh`` would run it, as typed after ``user@``; empty: here.
        folder: what a ``cd`` before it on the same line says; empty: the current one.
        env: assignments before it.
        writes: files it redirects its output to, ``>>`` included.
        sudo: whether it runs as another user.
        before: the operator in front of it: ``""``, ``&&``, ``||``, ``;``, ``|``, ``&``, ``$(``.
    """

    __slots__ = ("args", "before", "env", "folder", "host", "program", "sudo", "writes")

    def __init__(
        self,
        program: str,
        args: tuple[str, ...] = (),
        *,
        host: str = "",
        folder: str = "",
        env: tuple[str, ...] = (),
        writes: tuple[str, ...] = (),
        sudo: bool = False,
        before: str = "",
    ) -> None:
        self.program = program
        self.args = args
        self.host = host
        self.folder = folder
        self.env = env
        self.writes = writes
        self.sudo = sudo
        self.before = before

    @property
    def text(self) -> str:
        """Program and arguments as one line, quoted where that is needed to read it back."""
        return shlex.join((self.program, *self.args))

    def __repr__(self) -> str:
        return f"SimpleCommand({self.text!r}{f' on {self.host}' if self.host else ''})"


def simple_commands(line: str) -> list[SimpleCommand]:
    """Every command that ``line`` would run, in the order in which it is written.

    Args:
        line: one or several shell lines, at most 64 KiB (the rest is not looked at).
    """
    found: list[SimpleCommand] = []
    _read(line[:MAX_LINE], found, host="", folder="", before="", depth=0, sudo=False)
    return found
