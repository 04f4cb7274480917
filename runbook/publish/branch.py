"""Commits to a branch that is not checked out, through a temporary work tree.

The user's branch, index and files are not touched, so this works in the middle of a merge or on a detached HEAD. Where
the repository has commit hooks, the temporary work tree has the whole project, because hooks expect it; else only the
folders that are written to, so that 10,000 reports need not be copied to add one. It lies in the system's folder for
temporary files; if the process is killed, the next run removes what is left (a held file lock tells the living from
the dead).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import socket
import tempfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from runbook.errors import BadInputError, GitError, RunbookError, StorageError
from runbook.publish.containment import inside, linked
from runbook.publish.current import Committed, commit_current
from runbook.publish.git import Git, Output, refusal
from runbook.publish.identity import need_identity
from runbook.publish.standing import Standing, look, place, refuse_ignored, refuse_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Content = bytes | Path | None
"""What a file shall hold: these bytes, a copy of that file, or None: the file shall be gone."""

_HOST = re.sub(r"[^A-Za-z0-9]", "-", socket.gethostname())[:40]
_PREFIX = f"runbook-{_HOST}-"
_LEAF = "worktree"


def commit_tree_files(
    root: Path,
    files: Mapping[PurePosixPath, Content],
    message: str,
    branch: str,
    *,
    identity: tuple[str, str] | None = None,
    start: str = "",
) -> Committed:
    """Commit files to a branch without writing them into the user's work tree.

    If ``branch`` is the one that is checked out, the files are written there and committed as usual.

    Args:
        root: the root of the user's work tree.
        files: path relative to the root -> content.
        message: the whole message, taken as it is.
        branch: an existing branch, or a new one.
        identity: name and e-mail for this commit only.
        start: the commit at which a new branch starts; HEAD if empty.

    Raises:
        GitError: git or a hook refused, or the branch is checked out elsewhere; a branch made for this is gone again.
        BadInputError: not a name for a branch, or a path outside the repository.
        StorageError: no room for the temporary work tree.
    """
    git = Git(root, identity=identity)
    names = {inside(root, path): content for path, content in files.items()}
    where = place(git)
    _check_name(git, branch)
    need_identity(git)
    standing = look(git, list(names))
    if standing.branch == branch:
        return _commit_checked_out(git, standing, names, message)
    folders = () if where.has_hooks else _top_folders(names)
    with _borrow(git, branch, start or standing.commit, folders) as borrowed:
        tree = borrowed.tree
        for name in names:
            inside(tree, PurePosixPath(name))  # the branch may bring links of its own
        present = [name for name, content in names.items() if content is not None or (tree / name).exists()]
        _write(tree, names)
        there = Git(tree, identity=identity, hooks_path=_hooks_from(git, tree))
        done = commit_current(there, present, message)
        borrowed.keep_branch = borrowed.keep_branch or not done.nothing_new
    return replace(done, created_branch=borrowed.created and borrowed.keep_branch)


def _hooks_from(git: Git, tree: Path) -> str:
    """The folder of the user's hooks where the temporary work tree would not have it, else nothing.

    ``core.hooksPath`` may be relative to the work tree and name a folder that an installer made and git ignores
    (husky's ``.husky/_``): without this the team's hooks would be skipped, and nobody told.
    """
    path = git.read("config", "--type=path", "--get", "core.hooksPath", own_hooks=True).text
    if not path or os.path.isabs(path) or (tree / path).is_dir() or not (git.folder / path).is_dir():
        return ""
    return os.fspath(git.folder / path)


def move_to_branch(git: Git, names: Sequence[str], message: str, branch: str) -> Committed:
    """Commit what the user's work tree has in ``names`` to ``branch``.

    Files that were untracked are removed from the work tree once they are committed there and still the same; left
    behind, they would block a later ``git switch``. Tracked files with changes stay as they are.
    """
    place(git)
    standing = look(git, names)
    if branch == standing.branch:
        return commit_current(git, names, message)
    refuse_missing(git.folder, names, standing)
    refuse_ignored(git, names, standing.ignored)
    contents: dict[PurePosixPath, Content] = {}
    for name in standing.files:
        path = git.folder / name
        contents[PurePosixPath(name)] = path.read_bytes() if path.exists() else None
    done = commit_tree_files(git.folder, contents, message, branch, identity=git.identity)
    for name in standing.untracked:
        path = git.folder / name
        if path.read_bytes() == contents[PurePosixPath(name)]:
            path.unlink()
            _remove_empty_folders(path.parent, git.folder)
    return done


def _check_name(git: Git, branch: str) -> None:
    output = git.read("check-ref-format", "--branch", branch)
    if not output.ok or output.text != branch or branch == "HEAD":  # @{-1} is expanded to another branch's name
        raise BadInputError(
            f"{branch!r} cannot be the name of a branch", hint="use one such as incident/INC-2026-02-11-001"
        )


def _commit_checked_out(git: Git, standing: Standing, names: Mapping[str, Content], message: str) -> Committed:
    """The branch is the user's own: write there, but never over something that is not committed."""
    before: dict[str, Content] = {}
    for name, content in names.items():
        path = git.folder / name
        before[name] = path.read_bytes() if path.is_file() else None
        wanted = content.read_bytes() if isinstance(content, Path) else content
        if name in standing.files and before[name] != wanted and before[name] is not None:
            raise GitError(
                "this file has changes that are not committed, and would be overwritten",
                file=os.fspath(path),
                hint="commit them, or move the file away, then run the same command again",
            )
    try:
        _write(git.folder, names)
        present = [name for name, content in names.items() if content is not None or before[name] is not None]
        return commit_current(git, present, message)
    except BaseException:
        with contextlib.suppress(RunbookError):
            _write(git.folder, before)
        raise


def _top_folders(names: Iterable[str]) -> tuple[str, ...]:
    """The folders that hold ``names``, each once; nothing where one lies at the root, or cannot be a pattern."""
    folders = {name.rpartition("/")[0] for name in names}
    if "" in folders or any(sign in folder for folder in folders for sign in "*?[]!#\\ "):
        return ()
    return tuple(f for f in sorted(folders) if not any(f.startswith(f"{other}/") for other in folders))


def _write(root: Path, names: Mapping[str, Content]) -> None:
    for name, content in names.items():
        path = root / name
        try:
            if content is None:
                path.unlink(missing_ok=True)
                _remove_empty_folders(path.parent, root)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            data = content.read_bytes() if isinstance(content, Path) else content
            beside = path.with_name(f".{path.name}.{os.getpid()}")
            with beside.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise StorageError(f"the file could not be written: {error.strerror}", file=os.fspath(path)) from None


def _remove_empty_folders(folder: Path, root: Path) -> None:
    with contextlib.suppress(OSError):  # the first one that is not empty ends it
        while folder != root:
            folder.rmdir()
            folder = folder.parent


class _Borrowed:
    """A temporary work tree; ``keep_branch`` says whether a branch that was made for it shall stay."""

    def __init__(self, tree: Path, *, created: bool) -> None:
        self.tree = tree
        self.created = created
        self.keep_branch = not created


@contextlib.contextmanager
def _borrow(git: Git, branch: str, start: str, folders: Sequence[str]) -> Iterator[_Borrowed]:
    """Check ``branch`` out in a temporary work tree; it is removed however the block ends.

    Args:
        git: in the user's work tree.
        branch: made at ``start`` if there is none.
        start: a commit.
        folders: what is needed of the project; all of it if empty.
    """
    _remove_left_over(git)
    exists = git.read("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}").ok
    if not exists and not start:
        raise GitError(
            "the repository has no commit yet, so there is nothing a branch could start from",
            file=os.fspath(git.folder),
            hint="commit once without --branch",
        )
    try:
        home = Path(os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX)))
        lock = os.open(home / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StorageError(f"no room for a temporary work tree: {error.strerror}", file=error.filename) from None
    fcntl.flock(lock, fcntl.LOCK_EX)
    borrowed = _Borrowed(home / _LEAF, created=not exists)
    where = os.fspath(borrowed.tree)
    what = [where, branch] if exists else ["--no-track", "-b", branch, where, start]
    sparse = ["--no-checkout"] if folders else []
    try:
        output = git.write("worktree", "add", "--quiet", *sparse, *what, hooks=False)
        if not output.ok:
            raise _no_tree(git, output, branch)
        if folders:
            _check_out(Git(borrowed.tree), folders)
        yield borrowed
    finally:
        _remove(git, home)
        os.close(lock)
        if not borrowed.keep_branch:
            # With the value it was made with: a commit that somebody else put there meanwhile stays.
            git.write("update-ref", "-d", f"refs/heads/{branch}", start)


def _check_out(git: Git, folders: Sequence[str]) -> None:
    """Fill a new work tree with these folders and the attributes on the way; the rest is marked as not wanted here.

    By read-tree with settings for this one call: ``git sparse-checkout`` would write into the user's configuration.
    """
    parents = {
        os.fspath(parent) for folder in folders for parent in (PurePosixPath(folder), *PurePosixPath(folder).parents)
    }
    for path in sorted(parents - {"."}):
        # One at a time: asked for a folder and something below it, ls-tree lists what the folder holds instead.
        for entry in git.read("ls-tree", "-z", "--full-tree", "HEAD", "--", path).fields:
            mode, name = entry[:6], entry.partition("\t")[2]
            if mode == "120000":
                raise linked(name)
            if mode != "040000":
                raise BadInputError("this is no folder on that branch", file=name, hint="look at it with git ls-tree")
    patterns = Path(git.read("rev-parse", "--path-format=absolute", "--git-path", "info/sparse-checkout").text)
    try:
        patterns.parent.mkdir(exist_ok=True)
        patterns.write_text("".join(f"/{folder}/\n" for folder in folders) + ".gitattributes\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"no room for a temporary work tree: {error.strerror}", file=error.filename) from None
    settings = ("-c", "core.sparseCheckout=true", "-c", "core.sparseCheckoutCone=false", "-c", "index.sparse=false")
    output = git.write(*settings, "read-tree", "--reset", "-u", "HEAD", hooks=False)
    if not output.ok:
        raise refusal(output, "fill a temporary work tree", git.folder)


def _no_tree(git: Git, output: Output, branch: str) -> RunbookError:
    """Why the branch could not be checked out, where git's own words need a translation."""
    elsewhere = re.search(r"'[^']*' is already (?:checked out|used by worktree) at '([^']*)'", output.stderr)
    if elsewhere:
        return GitError(
            f"the branch {branch} is checked out in another work tree",
            file=elsewhere.group(1),
            hint="go on there, or wait if another runbook is committing to it",
        )
    return refusal(output, f"make a temporary work tree for {branch}", git.folder)


def _remove(git: Git, home: Path) -> None:
    git.write("worktree", "remove", "--force", "--force", "--", os.fspath(home / _LEAF), hooks=False)
    shutil.rmtree(home, ignore_errors=True)


def _remove_left_over(git: Git) -> None:
    """Remove temporary work trees of processes that were killed on this machine."""
    for line in os.fsdecode(git.read("worktree", "list", "--porcelain").stdout).splitlines():
        path = Path(line.removeprefix("worktree "))
        if not line.startswith("worktree ") or path.name != _LEAF or not path.parent.name.startswith(_PREFIX):
            continue
        if _is_abandoned(path.parent):
            _remove(git, path.parent)


def _is_abandoned(home: Path) -> bool:
    try:
        lock = os.open(home / "lock", os.O_RDWR)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(lock)
