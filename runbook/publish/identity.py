"""Who commits: found out before anybody has answered questions or waited for hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.publish.git import Git, refusal

if TYPE_CHECKING:
    from pathlib import Path


def check_identity(root: Path) -> None:
    """Make sure that a commit in the work tree at ``root`` would carry a name and an e-mail address.

    Raises:
        GitError: it would not, with the two commands that settle it; or git cannot work there at all.
    """
    need_identity(Git(root))


def need_identity(git: Git) -> None:
    """As :func:`check_identity`. Author and committer are asked for apart: a container may have set only one of them.

    Raises:
        GitError: see there.
    """
    if git.identity is not None:
        return
    for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        output = git.read("var", who)
        if not output.ok:
            raise refusal(output, "tell who commits", git.folder)
