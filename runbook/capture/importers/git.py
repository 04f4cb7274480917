"""The history of a git repository: commits, merges and tags of a window, on whatever branch.

A commit's time is when it was committed: its author's date survives a rebase and may be days older. Git is asked by
whoever composes the stages, with the hardening that reading a foreign repository needs; nothing of it runs.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from runbook.capture.import_times import from_epoch
from runbook.capture.imported import Imported, decode
from runbook.errors import BadInputError, GitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runbook.capture.imported import Source

NAME = "git"
MOST = 20_000
"""Commits that are looked at in one import."""

_COMMIT = "%x1e%H%x1f%P%x1f%ct%x1f%an%x1f%at%x1f%s"
_TAG = (
    "%1e%(refname:short)%1f%(objectname)%1f%(*objectname)%1f%(creatordate:unix)%1f%(taggername)%1f%(contents:subject)"
)
_LATE = 24 * 3600.0


def sniff(head: bytes, name: str) -> int:
    """A folder with a repository in it."""
    if head or not os.path.isdir(name):
        return 0
    if os.path.exists(os.path.join(name, ".git")):
        return 95
    return 95 if os.path.isfile(os.path.join(name, "HEAD")) and os.path.isdir(os.path.join(name, "objects")) else 0


def parse(source: Source) -> Iterator[Imported]:
    """Commits and tags, newest first.

    Raises:
        BadInputError: it is no folder.
        GitError: git refused.
    """
    if source.path is None or not source.is_folder or source.git is None:
        raise BadInputError(
            "the history is read from a repository's folder", file=source.name, hint="runbook import git PATH"
        )
    ask, folder = source.git, source.path
    yield from _commits(ask, folder, source)
    yield from _tags(ask, folder, source)


def _commits(ask: Callable[[str, list[str]], bytes], folder: str, source: Source) -> Iterator[Imported]:
    since, until = source.window
    arguments = [
        "log",
        "--branches",
        "--tags",
        "--remotes",
        "--ignore-missing",
        "HEAD",
        f"--format={_COMMIT}",
        f"--max-count={MOST}",
    ]
    if since is not None:  # as a filter: one commit with a wrong clock must not end the walk
        arguments.append(f"--since-as-filter={int((since - timedelta(seconds=1)).timestamp())}")
    if until is not None:
        arguments.append(f"--until={int((until + timedelta(seconds=1)).timestamp())}")
    try:
        answer = ask(folder, [*arguments, "--"])
    except GitError as error:
        if "since-as-filter" not in str(error):
            raise
        plain = [argument.replace("--since-as-filter=", "--since=") for argument in arguments]
        answer = ask(folder, [*plain, "--"])  # git before 2.37
    records = answer.split(b"\x1e")[1:]
    if len(records) >= MOST:
        source.problem(0, f"there are more than {MOST} commits; the newest were read (--since and --until say which)")
    for record in records:
        fields = decode(record).rstrip("\n").split("\x1f", 5)
        at = from_epoch(fields[2]) if len(fields) == 6 else None
        if at is None:
            source.problem(0, f"commit {fields[0][:12]} has no plausible time")
            continue
        sha, parents, _time, author, written, subject = fields
        what = "Merge" if " " in parents else "Commit"
        wrote = from_epoch(written)
        late = wrote is not None and (at - wrote).total_seconds() > _LATE
        text = f"{what} {sha[:12]}: {subject or '(without a subject)'}"
        text += f" (written {wrote:%Y-%m-%d})" if late else ""
        yield Imported(
            at,
            "note",
            text,
            actor=author,
            key=f"commit {sha}",
            extra={"repository": os.path.basename(os.path.abspath(folder))},
        )


def _tags(ask: Callable[[str, list[str]], bytes], folder: str, source: Source) -> Iterator[Imported]:
    found = ask(folder, ["for-each-ref", f"--format={_TAG}", "refs/tags"])
    for record in found.split(b"\x1e")[1:]:
        fields = decode(record).rstrip("\n").split("\x1f", 5)
        at = from_epoch(fields[3]) if len(fields) == 6 else None
        if at is None:
            source.skip("tags of things that have no time")
            continue
        name, own, target, _time, tagger, subject = fields
        about = f" ({subject})" if target and subject else ""
        yield Imported(
            at,
            "note",
            f"Tag {name} on {(target or own)[:12]}{about}",
            actor=tagger,
            key=f"tag {name} {target or own}",
            extra={"repository": os.path.basename(os.path.abspath(folder))},
        )
