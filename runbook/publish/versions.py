"""Versions of documents: which ones two revisions differ in, and what a revision is called."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from runbook.errors import NotFoundError
from runbook.publish.git import Git, refusal

if TYPE_CHECKING:
    from pathlib import Path

_DIFF = ("--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=all", "--name-only", "-z")


class Revision(NamedTuple):
    """A commit, and the name a person gave it."""

    commit: str
    name: str

    @property
    def short(self) -> str:
        """The name, with the commit where the name is none itself."""
        return self.name if self.commit.startswith(self.name) else f"{self.name} {self.commit[:7]}"


def revision(root: Path, name: str) -> Revision:
    """The commit that ``name`` (branch, tag, commit, ``HEAD~2``) stands for.

    Raises:
        NotFoundError: there is no such revision.
    """
    output = Git(root).read("rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}")
    if output.ok:
        return Revision(output.text, name)
    if output.stderr.strip() and "unknown revision" not in output.stderr and "ambiguous" not in output.stderr:
        raise refusal(output, "read the history", root)
    if name == "HEAD":
        raise NotFoundError("the repository has no commit yet", file=os.fspath(root))
    raise NotFoundError(
        f"there is no revision {name!r} in the repository",
        file=os.fspath(root),
        hint="a branch, a tag or a commit; git fetch origin brings the team's branches",
    )


def fork_point(root: Path, old: Revision, new: Revision) -> Revision:
    """Where ``new`` left ``old``, as ``old...new`` means it.

    Raises:
        NotFoundError: they have nothing in common, or the clone is too shallow to know.
    """
    output = Git(root).read("merge-base", "--end-of-options", old.commit, new.commit)
    if not output.ok or not output.text:
        raise NotFoundError(
            f"{old.name} and {new.name} have no commit in common here",
            file=os.fspath(root),
            hint="in a shallow clone: git fetch --unshallow, or check out with fetch-depth: 0",
        )
    return Revision(output.text.splitlines()[0], f"{old.name}...")


def changed_paths(root: Path, old: Revision, new: Revision | None, below: str) -> list[PurePosixPath]:
    """Files below a folder that differ between two revisions, or between one and the work tree, new ones included.

    Args:
        root: the work tree.
        old: the older revision.
        new: the newer one; None for the work tree.
        below: a folder, relative to the root; ``.`` for all of it.
    """
    git = Git(root)
    revisions = [old.commit] if new is None else [old.commit, new.commit]
    where = ":(top)" if below == "." else f":(top,literal){below}"
    output = git.read("diff", *_DIFF, *revisions, "--", where, compares_files=new is None)
    if not output.ok:
        raise refusal(output, "compare the versions", root)
    names = set(output.fields)
    if new is None:
        untracked = git.read("ls-files", "-z", "--others", "--exclude-standard", "--full-name", "--", where)
        if not untracked.ok:
            raise refusal(untracked, "list new files", root)
        names |= set(untracked.fields)
    return [PurePosixPath(name) for name in sorted(names)]
