"""The shell hook: pure shell that somebody's own bash, zsh or fish evaluates."""

from __future__ import annotations

from runbook.capture.hooks import SHELLS, guard_text, hook_text
from runbook.record import hookspool

__all__ = ["SHELLS", "guard", "hook"]


def hook(shell: str, *, strict: bool = False) -> str:
    """What ``runbook hook SHELL [--strict]`` prints, once the folder that it writes to is there.

    The hook makes the folder itself where that is not possible now.
    """
    try:
        hookspool.make_folder()
        hookspool.tidy()
    except OSError:
        pass  # the hook says nothing either: a shell has to start
    return hook_text(shell) + (guard(shell) if strict else "")


def guard(shell: str) -> str:
    """The guard for one of :data:`SHELLS`."""
    from runbook.detect.command_words import words_for_shells

    return guard_text(shell, words_for_shells())
