"""Shell code: the hook for people's own shells, and what a recorded shell reads first."""

from __future__ import annotations

import os

SHELLS = ("bash", "zsh", "fish")
"""The shells we know."""


def hook_text(shell: str) -> str:
    """The hook for one of :data:`SHELLS`, as it is evaluated."""
    with open(os.path.join(os.path.dirname(__file__), f"hook.{shell}"), encoding="utf-8") as file:
        return file.read()
