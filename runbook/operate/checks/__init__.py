"""One module a kind of check, with ``look(check) -> str``: what was seen, or else :class:`CheckFailedHere` says it.

A new kind is a model in :mod:`runbook.model.checks` and a module of its name here. ``log`` has none: it is looked at
with the catalog, which the caller hands in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.model.checks import Check


class CheckFailedHere(Exception):  # noqa: N818  no error of ours: the answer to a question
    """What was looked at is not as it should be; the message says what was seen instead."""


def look_for(kind: str) -> Callable[[Any], str]:
    """The function that looks at checks of ``kind``; imported when it is first needed."""
    from importlib import import_module  # noqa: PLC0415  a verification of two kinds loads two modules

    look: Callable[[Check], str] = import_module(f"{__name__}.{kind}").look
    return look


def first_line(text: str, limit: int = 80) -> str:
    """The first line that says something, cut to ``limit`` characters."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= limit else line[: limit - 1] + "…"
