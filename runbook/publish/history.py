"""The history of a file: which commits changed it. Nothing here runs what a repository brought along."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runbook.publish.git import Git, exactly, refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Passed(NamedTuple):
    """A commit that changed a file.

    Attributes:
        commit: its id.
        alone: whether all that the file became since was made on top of it. Where two people worked at the same time
            and git merged them, neither one's commits are: what the other one did does not know of them.
    """

    commit: str
    alone: bool


def ways_of(root: Path, names: Sequence[str], *, limit: int) -> list[Passed]:
    """The commits that changed one of these files, each behind those made on top of it; as :func:`commits_of`."""
    git = Git(root)
    if not (tips := _tips(git)):
        return []
    found = git.read(
        "log", f"--max-count={limit}", "--topo-order", "--parents", "--format=%H %P", *tips, "--", *exactly(names)
    )
    if not found.ok:
        raise refusal(found, "read the history", root)
    rows = [line.split() for line in found.text.splitlines() if line.strip()]
    waits = {row[0] for row in rows} - {parent for row in rows for parent in row[1:]}
    made: list[Passed] = []
    for commit, *parents in rows:
        made.append(Passed(commit, waits == {commit}))
        waits = (waits - {commit}) | set(parents)
    return made


def commits_of(root: Path, names: Sequence[str], *, limit: int) -> list[str]:
    """The newest commits that changed one of these files, newest first, up to HEAD and what is merged into it.

    Args:
        root: the work tree.
        names: files or folders, relative to the root.
        limit: at most so many.

    Returns:
        Their ids; an empty list where there is no commit yet.
    """
    git = Git(root)
    if not (tips := _tips(git)):
        return []
    found = git.read("log", f"--max-count={limit}", "--format=%H", *tips, "--", *exactly(names))
    if not found.ok:
        raise refusal(found, "read the history", root)
    return found.text.split()


def _tips(git: Git) -> list[str]:
    """HEAD, and during a merge the other side; nothing where there is no commit yet."""
    return git.read("rev-parse", "--revs-only", "HEAD", "MERGE_HEAD").text.split()
