"""How a repository stands before and after a commit: its branch, what is under way, and the state of a few paths."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from runbook.errors import BadInputError, GitError, NotFoundError
from runbook.publish.git import Git, exactly, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_COMMIT_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-rewrite")

UNDER_WAY = {
    "MERGE_HEAD": ("a merge", "git merge --continue"),
    "CHERRY_PICK_HEAD": ("a cherry-pick", "git cherry-pick --continue"),
    "REVERT_HEAD": ("a revert", "git revert --continue"),
    "rebase-merge": ("a rebase", "git rebase --continue"),
    "rebase-apply": ("a rebase or git am", "git rebase --continue, or git am --continue"),
    "sequencer": ("a cherry-pick or revert of several commits", "git cherry-pick --continue"),
}
"""Files in the git folder that say that a person is in the middle of something, what it is and how to end it."""


@dataclass
class Standing:
    """The branch, and how the paths that were asked for differ from HEAD.

    ``changed`` maps a tracked path to git's two letters: index against HEAD, work tree against index (``.`` for
    equal). ``.A`` is a path that was only announced (``git add --intent-to-add``).
    """

    commit: str = ""
    branch: str | None = None
    changed: dict[str, str] = field(default_factory=dict)
    untracked: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    unmerged: list[str] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        """Everything a commit of these paths would take in."""
        return [*self.changed, *self.untracked]


def look(git: Git, names: Sequence[str]) -> Standing:
    """How ``names`` (files or folders, relative to the root) stand, in one git process.

    Raises:
        RunbookError: git refused to say.
    """
    options = ("--porcelain=v2", "--branch", "-z", "--no-renames", "--no-ahead-behind", "--ignore-submodules=dirty")
    output = git.read("status", *options, "--untracked-files=all", "--ignored=matching", "--", *exactly(names))
    if not output.ok:
        raise refusal(output, "tell what has changed", git.folder)
    standing = Standing()
    for line in output.fields:
        kind, _, rest = line.partition(" ")
        if line.startswith("# branch.oid "):
            standing.commit = "" if line.endswith(" (initial)") else line.removeprefix("# branch.oid ")
        elif line.startswith("# branch.head "):
            branch = line.removeprefix("# branch.head ")
            standing.branch = None if branch == "(detached)" else branch
        elif kind == "1":
            standing.changed[rest.split(" ", 7)[7]] = rest[:2]
        elif kind == "u":
            standing.unmerged.append(rest.split(" ", 9)[9])
        elif kind == "?":
            standing.untracked.append(rest)
        elif kind == "!":
            standing.ignored.append(rest)
    return standing


@dataclass(frozen=True)
class Place:
    """Where a work tree keeps its git files.

    ``folder`` is its own (of a linked work tree: not the shared one); ``hooks`` is where its hooks are.
    """

    folder: Path
    hooks: Path

    @property
    def has_hooks(self) -> bool:
        """Whether a hook may look at a commit, and so change its files."""
        return any(os.access(self.hooks / name, os.X_OK) for name in _COMMIT_HOOKS)


def place(git: Git) -> Place:
    """Make sure that ``git.folder`` is the root of a work tree, and say where its git files are.

    Raises:
        RunbookError: no repository, a bare one, somebody else's, or a folder within one.
    """
    output = git.read(
        *("rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--show-prefix", "--absolute-git-dir"),
        *("--git-path", "hooks"),
        own_hooks=True,
    )
    if "bare repository" in output.stderr or output.stdout.startswith(b"true"):
        raise GitError("this repository is bare: it has no files to commit", file=os.fspath(git.folder))
    if not output.ok:
        raise refusal(output, "look into the repository", git.folder)
    _, within, prefix, folder, hooks = output.text.split("\n", 4)
    if within != "true":
        raise GitError(
            "git does not count this folder among the repository's files",
            file=os.fspath(git.folder),
            hint="it is inside a .git folder, or the repository's configuration (core.worktree) points elsewhere",
        )
    if prefix:
        raise GitError("this is a folder within a repository, not its root", file=os.fspath(git.folder))
    return Place(Path(folder), git.folder / hooks)


def refuse_unsafe(git: Git, folder: Path, standing: Standing) -> None:
    """Stop where a commit would be refused by git, get lost, or end up in the middle of somebody's rebase.

    Raises:
        GitError: with what is under way and the two ways out.
    """
    for name, (what, ending) in UNDER_WAY.items():
        if os.path.lexists(folder / name):
            raise GitError(
                f"{what} is under way here, so nothing was committed",
                file=os.fspath(git.folder),
                hint=f"end it first ({ending}), or use --branch: that leaves your work as it is",
            )
    if standing.branch is None:
        raise GitError(
            "no branch is checked out here (a detached HEAD): a commit would be lost with the next switch",
            file=os.fspath(git.folder),
            hint="git switch to a branch, or use --branch to commit beside your work",
        )
    if standing.unmerged:
        raise GitError(
            "this file has an unresolved conflict",
            file=standing.unmerged[0],
            hint="resolve it, git add it, then run the same command again",
        )


def refuse_missing(root: Path, names: Iterable[str], standing: Standing) -> None:
    """Stop if a path that was asked for is neither there nor tracked.

    Raises:
        NotFoundError: with the first such path.
    """
    for name in names:
        known = any(file == name or file.startswith(name + "/") for file in (*standing.files, *standing.unmerged))
        if not known and not os.path.lexists(root / name):
            raise NotFoundError("there is no such file to commit", file=os.fspath(root / name))


def refuse_ignored(git: Git, names: Iterable[str], ignored: Sequence[str]) -> None:
    """Stop if a path that was asked for is ignored; say which line of which file does that.

    Raises:
        BadInputError: with file and line of the rule.
    """
    for name in names:
        if not any(name == entry.rstrip("/") or (entry.endswith("/") and name.startswith(entry)) for entry in ignored):
            continue
        rule = git.read("check-ignore", "--verbose", "-z", "--stdin", stdin=os.fsencode(f"./{name}")).fields
        source, line, pattern = rule[:3] if len(rule) >= 3 else ("", "", "")
        raise BadInputError(
            f"git ignores {name}" + (f", because of the rule {pattern!r}" if pattern else ""),
            file=source or None,
            line=int(line) if line.isdigit() else None,
            hint="take that rule out, or add a later one that begins with ! and names the folder of your incidents",
        )
