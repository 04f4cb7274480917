"""The shell hook: pure shell that somebody's own bash, zsh or fish evaluates."""

from __future__ import annotations

from runbook.capture.hooks import SHELLS, hook_text
from runbook.record import hookspool

__all__ = ["SHELLS", "hook"]


def hook(shell: str) -> str:
    """What ``runbook hook SHELL`` prints, once the folder that it writes to is there.

    The hook makes the folder itself where that is not possible now.
    """
    try:
        hookspool.make_folder()
        hookspool.tidy()
    except OSError:
        pass  # the hook says nothing either: a shell has to start
    return hook_text(shell)
