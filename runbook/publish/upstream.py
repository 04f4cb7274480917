"""The review branch beside its copy on the remote: who is ahead, where a new one starts, and the push.

A branch is only ever moved forward, or off a commit of ours that nobody else has seen. What somebody else pushed to it
is never left behind.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from runbook.errors import GitError
from runbook.publish.git import Git, Output, quoted, refusal
from runbook.publish.remote import reach, said_of, trouble, url_in

if TYPE_CHECKING:
    from pathlib import Path

_FAILED = re.compile(r"(?m)^error: failed to push some refs to .*$")
_RACED = re.compile(
    r"fetch first|non-fast-forward|stale info|failed to (?:update|lock)|cannot lock|unable to (?:lock|create)|"
    r"incorrect old value|already exists|remote ref updated|needs force"
)


class Start(NamedTuple):
    """Where a new review branch starts.

    Attributes:
        commit: empty where there is none yet.
        left_out: commits of the current branch that are not on the target, concern other files, and do not come along.
    """

    commit: str
    left_out: int = 0


class Pushed(NamedTuple):
    """What became of a push.

    Attributes:
        done: False where somebody else was faster.
        link: the address that the forge printed, if it did.
    """

    done: bool
    link: str = ""


def tip_of(root: Path, branch: str) -> str:
    """The commit of a local branch; empty where there is none."""
    return Git(root).read("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}").text


def tracked_tip(root: Path, remote: str, branch: str) -> str:
    """The commit a remote's branch had when we last heard of it; empty where that is not known."""
    return Git(root).read("rev-parse", "--verify", "--quiet", f"refs/remotes/{remote}/{branch}^{{commit}}").text


def tracked_default(root: Path, remote: str) -> str:
    """The name of a remote's default branch as the clone knows it; empty where it does not."""
    name = Git(root).read("symbolic-ref", "--quiet", f"refs/remotes/{remote}/HEAD").text
    return name.removeprefix(f"refs/remotes/{remote}/")


def head_commit(root: Path) -> str:
    """The commit that is checked out; empty before the first one."""
    return Git(root).read("rev-parse", "--verify", "--quiet", "HEAD^{commit}").text


def is_ancestor(root: Path, earlier: str, later: str) -> bool:
    """Whether ``later`` holds ``earlier``; False where one of them is not known here."""
    return bool(earlier and later) and Git(root).read("merge-base", "--is-ancestor", earlier, later).ok


def last_change(root: Path, commit: str, path: str) -> str:
    """The newest commit up to ``commit`` that changed ``path``; empty where none did."""
    return Git(root).read("rev-list", "-1", commit, "--", path).text if commit else ""


def changed_by(root: Path, since: str, commit: str) -> list[tuple[str, str, str]]:
    """(short id, who, what) of the commits up to ``commit`` that ``since`` does not hold, newest first."""
    output = Git(root).read("log", "-z", "--max-count=20", "--format=%h%x09%an%x09%s", f"{since}..{commit}")
    rows = (entry.split("\t", 2) for entry in [*output.fields, output.text.rpartition("\0")[2]] if entry)
    return [(row[0], row[1], row[2]) for row in rows if len(row) == 3]


def names_in(root: Path, commit: str, folder: str) -> list[str]:
    """The names directly in a folder as of a commit; empty where there is no such folder."""
    listed = Git(root).read("ls-tree", "-z", "--name-only", "--full-tree", f"{commit}:{folder}")
    return listed.fields if listed.ok else []


def files_in(root: Path, commit: str, folder: str) -> list[str]:
    """Every file below a folder as of a commit, by its path from the root."""
    listed = Git(root).read("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", f"{folder}/")
    return listed.fields if listed.ok else []


def text_at(root: Path, commit: str, path: str) -> bytes:
    """The bytes of a file as of a commit, in one question to git; empty where that commit has no such file."""
    found = Git(root).read("cat-file", "blob", f"{commit}:{path}") if commit else None
    return found.stdout if found is not None and found.ok else b""


def start_of(root: Path, target: str, folder: str) -> Start:
    """Where a new review branch starts, so that a request shows the document and nothing else.

    Normally at the target. Where the current branch is ahead of it with nothing but this document, at the current
    branch: both then share the commit, and a later pull has nothing to join.

    Args:
        root: of the work tree.
        target: the commit that the request shall be merged into; empty where that is not known.
        folder: the document's, relative to the root.
    """
    head = head_commit(root)
    if not target or not head or is_ancestor(root, head, target):
        return Start(target or head)
    git = Git(root)
    changed = git.read("diff", "--name-only", "-z", "--no-ext-diff", "--no-renames", f"{target}...{head}")
    if not changed.ok:  # no common history, or a shallow clone that does not reach it
        return Start(target)
    if all(name.startswith(f"{folder}/") for name in changed.fields):
        return Start(head)
    count = git.read("rev-list", "--count", f"{target}..{head}").text
    return Start(target, int(count) if count.isdigit() else 1)


def move_branch(root: Path, branch: str, to: str, *, seen: str) -> None:
    """Set a local branch that is not checked out to another commit, if it still is where we saw it.

    Raises:
        GitError: it is checked out somewhere, or somebody moved it meanwhile.
    """
    git = Git(root)
    for tree in os.fsdecode(git.read("worktree", "list", "--porcelain").stdout).split("\n\n"):
        if f"branch refs/heads/{branch}" in tree.splitlines():
            raise GitError(
                f"the branch {branch} is checked out, and is behind what others pushed to it",
                file=tree.splitlines()[0].removeprefix("worktree "),
                hint="git pull there, then run the same command again",
            )
    output = git.write(
        "update-ref", "-m", "runbook publish", f"refs/heads/{branch}", to, seen or "0" * len(to), hooks=False
    )
    if not output.ok:
        raise refusal(output, f"move the branch {branch}", root)


def drop_branch(root: Path, branch: str, *, seen: str) -> None:
    """Remove a local branch that holds a commit of ours which nobody has seen, if it still does."""
    Git(root).write("update-ref", "-d", f"refs/heads/{branch}", seen, hooks=False)


def push_branch(root: Path, remote: str, branch: str, *, seen: str, again: str) -> Pushed:
    """Push a local branch, if the remote's copy still is where we saw it. The team's ``pre-push`` hook has its say.

    Args:
        root: of the work tree.
        remote: its name.
        branch: the local branch, which goes by the same name there.
        seen: the commit the remote had; empty: it had no such branch.
        again: the command that tries again, for the message.

    Raises:
        GitError: the remote cannot be reached or refuses, or the hook does; the commit stays on the local branch.
    """
    git = Git(root)
    ref = f"refs/heads/{branch}"
    options = ("--porcelain", "--no-follow-tags", "--set-upstream", "--recurse-submodules=no")
    output = reach(git, "push", *options, f"--force-with-lease={ref}:{seen}", "--", remote, f"{ref}:{ref}", hooks=True)
    if output.ok:
        return Pushed(done=True, link=url_in(output.stderr))
    said = said_of(output)
    kept = f"it is committed on {branch}, here; nothing is lost. To try again: {again}"
    if _refused_by_hook(git, output):
        # Git leaves the hook both of its streams, and most hooks write to the first.
        said = "\n".join(filter(None, (os.fsdecode(output.stdout).strip(), _FAILED.sub("", said).strip())))
        raise GitError(f"the pre-push hook refused; it said\n{quoted(said) or '    (nothing)'}", hint=kept)
    if "hook declined" not in said and "protected" not in said and _RACED.search(said):
        return Pushed(done=False)
    raise trouble(output._replace(stderr=said), remote, f"take the branch {branch}", kept=kept)


def _refused_by_hook(git: Git, output: Output) -> bool:
    """Whether it was the clone's own hook: git then says nothing of any ref."""
    hook = git.read("rev-parse", "--path-format=absolute", "--git-path", "hooks/pre-push", own_hooks=True).text
    told = any(line.startswith(("!", "To ")) for line in os.fsdecode(output.stdout).split("\n"))
    return os.access(hook, os.X_OK) and not told and "fatal:" not in output.stderr
