"""Commits exactly the given paths to the branch that is checked out, and leaves everything else as it was.

This is ``git commit --only``: hooks and signing apply, what the user has staged or changed stays
byte for byte. New files are first *announced* (``add --intent-to-add``) rather than staged, so that even a kill between
the two steps cannot smuggle them into the user's own next commit. If the commit is refused, exactly those
announcements are taken back.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runbook.errors import GitError
from runbook.publish.git import Git, Output, exactly, quoted, refusal
from runbook.publish.identity import need_identity
from runbook.publish.standing import Place, Standing, look, place, refuse_ignored, refuse_missing, refuse_unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

TURN_PATIENCE = 60.0
"""Seconds to wait for another runbook that is committing here; its hooks may take their time."""

_SUMMARY = re.compile(rb"^\[.*? ([0-9a-f]{4,64})\] ", re.MULTILINE)
_NOTHING_LOST = (
    "nothing was committed, your files are as they were; mend what it names, then run the same command again"
)


@dataclass(frozen=True)
class Committed:
    """What became of it.

    Attributes:
        sha: the commit that holds the files; an older one if nothing had changed.
        branch: where it is.
        created_branch: whether that branch is new.
        files: what this commit changed, relative to the root; empty if there was nothing new to commit.
        changed_by_hooks: files that a hook rewrote on the way; the work tree has the new text.
        ignored: files within a folder that was asked for which git ignores; they were not committed.
    """

    sha: str
    branch: str
    created_branch: bool = False
    files: tuple[str, ...] = ()
    changed_by_hooks: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def nothing_new(self) -> bool:
        """Whether everything was committed before."""
        return not self.files


def commit_current(git: Git, names: Sequence[str], message: str) -> Committed:
    """Commit these paths to the branch that is checked out; see :func:`runbook.publish.commit.commit_paths`.

    Args:
        git: in the root of the work tree.
        names: files or folders, relative to the root and known to lie inside.
        message: the whole message, taken as it is.
    """
    where = place(git)
    with _one_at_a_time(where.folder):
        return _commit_alone(git, names, message, where)


def _commit_alone(git: Git, names: Sequence[str], message: str, where: Place) -> Committed:
    before = look(git, names)
    if unfinished := [name for name, letters in before.changed.items() if letters == "DA"]:
        # A commit was killed after the branch had moved and before the index was written: announced, yet in HEAD.
        git.write("reset", "--quiet", "--", *exactly(unfinished))
        before = look(git, names)
    refuse_missing(git.folder, names, before)
    refuse_ignored(git, names, before.ignored)
    refuse_unsafe(git, where.folder, before)
    if not before.files:
        return Committed(before.commit, before.branch or "", ignored=tuple(before.ignored))
    if where.has_hooks:  # git asks for the committer only after minutes of hooks; without hooks it is as quick as this
        need_identity(git)
    return _commit(git, before, message, hooks=where.has_hooks)


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Let one runbook at a time commit in a work tree.

    ``git commit`` reads the index before it locks it, so what another process adds in between is lost. Where the lock
    cannot be had (a read-only folder, another one's endless hook), git's own lock has to do.
    """
    try:
        lock = os.open(folder / "runbook-turn", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o644)
    except OSError:
        yield
        return
    try:
        deadline = time.monotonic() + TURN_PATIENCE
        while time.monotonic() < deadline:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                time.sleep(0.01)
        yield
    finally:
        os.close(lock)


def _commit(git: Git, before: Standing, message: str, *, hooks: bool) -> Committed:
    files = before.files
    stamps = _stamps(git.folder, files)
    try:
        _announce(git, before.untracked)
        output = _run_commit(git, files, message, hooks=hooks)
        if "did not match any file" in output.stderr:  # another git process wrote the index as it was before
            _announce(git, before.untracked)
            output = _run_commit(git, files, message, hooks=hooks)
        if output.status == 1 and _stamps(git.folder, files) != stamps:
            # A hook that formats files refuses the first time and agrees the second: what a person would do, too.
            output = _run_commit(git, files, message, hooks=hooks)
        if not output.ok and not (output.status == 1 and _same_as_head(git, before)):
            raise _refused(git, output, hooks=hooks)
    except BaseException:
        _take_back(git, before.untracked)
        raise
    if not output.ok:
        return Committed(before.commit, before.branch or "", ignored=tuple(before.ignored))
    changed_by_hooks = [name for name, stamp in _stamps(git.folder, files).items() if stamp != stamps[name]]
    if hooks:
        _follow_hooks(git, look(git, files))
    return Committed(
        sha=_full_id(git, output),
        branch=before.branch or "",
        created_branch=not before.commit,
        files=tuple(sorted(files)),
        changed_by_hooks=tuple(sorted(changed_by_hooks)),
        ignored=tuple(before.ignored),
    )


def _run_commit(git: Git, files: Sequence[str], message: str, *, hooks: bool) -> Output:
    options = ("--only", "--no-edit", "--no-status", "--no-verbose", "--cleanup=verbatim", "--file=-")
    fixed = ["-c", "i18n.commitEncoding=UTF-8"]
    if not hooks:  # a hook would get full-length ids for short ones; without hooks this saves asking for the id
        fixed += ["-c", "core.abbrev=no"]
    return git.write(
        *fixed, "commit", *options, "--", *exactly(files), stdin=message.encode("utf-8", "backslashreplace")
    )


def _full_id(git: Git, output: Output) -> str:
    """The id of the commit that was made; git's own answer, as HEAD may have moved on meanwhile."""
    found = _SUMMARY.search(output.stdout)
    short = found.group(1).decode() if found else "HEAD"
    return short if len(short) >= 40 else git.read("rev-parse", "--verify", short).text


def _announce(git: Git, untracked: Sequence[str]) -> None:
    if not untracked:
        return
    output = git.write("add", "--intent-to-add", "--", *exactly(untracked))
    if not output.ok and "sparse-checkout" in output.stderr:
        output = git.write("add", "--intent-to-add", "--sparse", "--", *exactly(untracked))
    if not output.ok:
        raise refusal(output, "add the files", git.folder)


def _take_back(git: Git, announced: Sequence[str]) -> None:
    """Undo the announcement of exactly those files that are still only announced."""
    if announced and (ours := [name for name, letters in look(git, announced).changed.items() if letters == ".A"]):
        git.write("update-index", "--force-remove", "--", *ours)


def _same_as_head(git: Git, before: Standing) -> bool:
    """Whether git had nothing to commit: the files were staged differently, but are what HEAD has."""
    if before.untracked or not before.commit:
        return False
    return git.write("diff", "--quiet", "--no-ext-diff", "--no-textconv", "HEAD", "--", *exactly(before.files)).ok


def _follow_hooks(git: Git, after: Standing) -> None:
    """Bring the index to what was committed where a hook staged its own version of one of our files.

    Such a hook works on the temporary index of ``commit --only``; without this, the user would see our file as
    changed back.
    """
    if behind := [name for name, letters in after.changed.items() if letters[0] != "."]:
        git.write("reset", "--quiet", "--", *exactly(behind))


def _stamps(root: Path, files: Sequence[str]) -> dict[str, tuple[int, int, int] | None]:
    """What tells that a file was rewritten, for each file; None for one that is gone."""
    stamps: dict[str, tuple[int, int, int] | None] = {}
    for name in files:
        try:
            seen = os.stat(root / name, follow_symlinks=False)
        except OSError:
            stamps[name] = None
        else:
            stamps[name] = (seen.st_ino, seen.st_size, seen.st_mtime_ns)
    return stamps


def _refused(git: Git, output: Output, *, hooks: bool) -> Exception:
    if hooks and output.status == 1 and "fatal:" not in output.stderr and "error: pathspec" not in output.stderr:
        return GitError(f"a hook refused the commit; it said\n{quoted(output.stderr)}", hint=_NOTHING_LOST)
    error = refusal(output, "commit", git.folder)
    error.hint = error.hint or _NOTHING_LOST
    return error
