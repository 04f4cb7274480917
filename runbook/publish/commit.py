"""Hands documents over to git: exactly the given paths, to the current branch or to one beside it.

Everything else of the user's stays as it was: staged and unstaged changes, branch, merges under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.publish.branch import commit_tree_files, move_to_branch
from runbook.publish.containment import inside
from runbook.publish.current import Committed, commit_current
from runbook.publish.git import Git

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Committed", "commit_paths", "commit_tree_files"]


def commit_paths(
    root: Path,
    paths: Sequence[Path],
    message: str,
    *,
    branch: str | None = None,
    identity: tuple[str, str] | None = None,
) -> Committed:
    """Commit these paths and nothing else. Run again with nothing changed, it makes no commit and says so.

    Args:
        root: the root of the work tree.
        paths: files or folders, absolute or relative to ``root``; a tracked one that is gone is committed as removed.
        message: the whole message, taken as it is.
        branch: None for the current branch; else the name of a branch, made from HEAD if there is none. The files are
            then committed there without touching the user's branch or index, and untracked ones are taken out of the
            work tree once they are safely committed, so that a later switch, merge or pull is not blocked.
        identity: name and e-mail for this commit only; nothing is written to a configuration.

    Raises:
        GitError: git, a hook or the signing refused; nothing was committed and nothing is half staged.
        BadInputError: a path outside the repository, behind a link, or ignored (with the rule's file and line).
        NotFoundError: a path that is neither there nor tracked.
        StorageError: the disk is full or read-only.
    """
    if not message.strip():
        raise ValueError("a commit needs a message")
    git = Git(root, identity=identity)
    names = [inside(root, path) for path in paths]
    if branch is None:
        return commit_current(git, names, message)
    return move_to_branch(git, names, message, branch)
