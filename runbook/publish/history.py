"""The history of a file: which commits changed it. Nothing here runs what a repository brought along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.publish.git import Git, exactly, refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def commits_of(root: Path, names: Sequence[str], *, limit: int) -> list[str]:
    """The newest commits up to HEAD that changed one of these files, newest first.

    Args:
        root: the work tree.
        names: files or folders, relative to the root.
        limit: at most so many.

    Returns:
        Their ids; an empty list where there is no commit yet.
    """
    git = Git(root)
    if not git.read("rev-parse", "--verify", "--quiet", "HEAD").ok:
        return []
    found = git.read("log", f"--max-count={limit}", "--format=%H", "HEAD", "--", *exactly(names))
    if not found.ok:
        raise refusal(found, "read the history", root)
    return found.text.split()
