"""How a document stands beside the team's remote: its review branch, what it would be merged into, who has its id.

The remote is asked once. Where it cannot be reached, what the clone last heard of it has to do; ``trouble`` says why.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from runbook.errors import GitError, NotFoundError, RunbookError
from runbook.record import cabinet
from runbook.record.store import RECORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from runbook.model.settings import Settings

_ULID = re.compile(rb"^ulid: ['\"]?([0-9A-HJKMNP-TV-Z]{26})['\"]?\r?$", re.MULTILINE)


class Course:
    """What is known before anything is written. Treat as frozen.

    Attributes:
        root: of the work tree.
        id, ulid: of the document.
        remote: its name; empty where there is none.
        into: the remote that reports are merged in: the same, or what ``remote`` is a fork of.
        target: the branch that reports are merged into; empty where that is not known.
        target_commit: where it is on that remote.
        branch: the document's review branch.
        tip: where that is on the remote; empty where it has none.
        filed_under: id -> ULID of what the remote has under the document's ids.
        taken: every id of that day that the remote has, filed or in review.
        trouble: why the remote could not be asked, or None.
    """

    __slots__ = (
        *(
            "branch",
            "filed_under",
            "id",
            "into",
            "remote",
            "root",
            "taken",
            "target",
            "target_commit",
            "tip",
            "trouble",
            "ulid",
        ),
        *("_branches", "_own", "_pattern"),
    )

    def __init__(self, root: Path, identifier: str, ulid: str, pattern: str) -> None:
        self.root = root
        self.id = identifier
        self.ulid = ulid
        self.remote = self.into = self.target = self.target_commit = self.branch = self.tip = ""
        self.filed_under: dict[str, str] = {}
        self.taken: set[str] = set()
        self.trouble: RunbookError | None = None
        self._branches: Mapping[str, str] = {}
        self._own: Mapping[str, str] = {}
        self._pattern = pattern

    def branch_of(self, identifier: str) -> str:
        """The review branch of a document with that id."""
        return self._pattern.replace("{id}", identifier)

    @property
    def is_taken(self) -> bool:
        """Whether the remote has another document under the document's id."""
        return self.filed_under.get(self.id, self.ulid) != self.ulid


def survey(
    root: Path,
    ids: Sequence[str],
    ulid: str,
    settings: Settings,
    *,
    remote: str = "",
    target: str = "",
    into: str = "",
) -> Course:
    """Ask the remote how a document stands there.

    Args:
        root: of the work tree.
        ids: the document's id first, then those it had before.
        ulid: the document's identity.
        settings: the team's.
        remote: its name, where the person said one; else the settings, then git, decide.
        target: the branch to merge into; the same.
        into: the remote with that branch, where ``remote`` is a fork of it; the same.

    Raises:
        NotFoundError: there is no such remote, or it has no branch to merge into.
    """
    from runbook.publish import remote as there

    course = Course(root, ids[0], ulid, settings.publish.branch)
    course.branch = course.branch_of(ids[0])
    if not remote and not there.remote_names(root):
        course.trouble = NotFoundError("this repository has no remote to send it to", hint="git remote add origin URL")
        return course
    course.remote = there.remote_name(root, remote or settings.publish.remote)
    course.into = remote_of_team(root, settings, course.remote, into)
    wanted = target or settings.publish.target
    stem = ids[0][:15]
    patterns = [course.branch_of(f"{stem}*"), *map(course.branch_of, ids), *([wanted] if wanted else [])]
    try:
        heads = there.heads_of(root, course.into, *patterns)
        course.target = wanted or heads.default
        course.target_commit = heads.branches.get(course.target, "")
        course._branches = heads.branches  # noqa: SLF001  survey builds the course
        _need_target(course, wanted)
        own = [course.branch_of(name) for name in ids]
        wanted_there = {name: heads.branches[name] for name in [course.target, *own] if name in heads.branches}
        there.fetch_commits(root, course.into, wanted_there)
        mine = heads if course.into == course.remote else there.heads_of(root, course.remote, *own)
        course._own = {name: mine.branches[name] for name in own if name in mine.branches}  # noqa: SLF001  as above
        there.fetch_commits(root, course.remote, course._own)  # noqa: SLF001  as above
    except GitError as error:
        course.trouble = error
        _as_last_heard(course, ids, wanted)
    _look_up(course, ids)
    return course


def remote_of_team(root: Path, settings: Settings, remote: str, into: str = "") -> str:
    """The remote that reports are merged in: ``into``, else the settings' one where the clone has it, else ``remote``.

    Raises:
        NotFoundError: there is no remote ``into``.
    """
    from runbook.publish.remote import remote_name, remote_names

    shared = settings.publish.into if settings.publish.into in remote_names(root) else ""
    return remote_name(root, into or shared or remote)


def _as_last_heard(course: Course, ids: Sequence[str], wanted: str) -> None:
    """Take what the clone last heard of its remotes for what they have now."""
    from runbook.publish import upstream

    course.target = wanted or upstream.tracked_default(course.root, course.into)
    course.target_commit = upstream.tracked_tip(course.root, course.into, course.target) if course.target else ""
    known = {
        course.branch_of(name): upstream.tracked_tip(course.root, course.remote, course.branch_of(name)) for name in ids
    }
    course._own = {name: commit for name, commit in known.items() if commit}  # noqa: SLF001  part of the survey
    course._branches = course._own  # noqa: SLF001  as above


def _need_target(course: Course, wanted: str) -> None:
    if course.target_commit:
        return
    if wanted:
        raise NotFoundError(f"{course.into} has no branch {wanted}", hint="name another one with --target")
    raise NotFoundError(
        f"{course.into} is empty, or does not say which branch is its default: there is nothing to merge into",
        hint=f"git push {course.into} HEAD:main, or name a branch with --target; then run the same command again",
    )


def _look_up(course: Course, ids: Sequence[str]) -> None:
    """Who has the document's ids there, and which branch is its own: an earlier id's, if it went to review under it."""
    branches, own = course._branches, course._own  # noqa: SLF001  part of the survey
    for name in reversed(ids):
        branch = course.branch_of(name)
        tip = own.get(branch, "")
        for commit in filter(None, (tip, branches.get(branch, ""), course.target_commit)):
            if name not in course.filed_under and (found := ulid_at(course.root, commit, name)):
                course.filed_under[name] = found
        holder = course.filed_under.get(name) or (ulid_at(course.root, tip, ids[0]) if tip else "")
        if tip and holder in {course.ulid, ""}:
            course.branch, course.tip = branch, tip
    course.taken = set(_taken(course, ids[0]))


def _taken(course: Course, identifier: str) -> Iterator[str]:
    from runbook.publish import upstream

    if course.target_commit:
        folder = str(folder_of(identifier).parent)
        yield from (
            n for n in upstream.names_in(course.root, course.target_commit, folder) if n[:15] == identifier[:15]
        )
    head, _, tail = course._pattern.partition("{id}")  # noqa: SLF001  part of the survey
    for branch in course._branches:  # noqa: SLF001  as above
        name = branch.removeprefix(head).removesuffix(tail)
        if branch == course.branch_of(name) and cabinet.ID.match(name):
            yield name


def folder_of(identifier: str) -> PurePosixPath:
    """The folder of a filed document, relative to the repository."""
    return PurePosixPath(cabinet.ARCHIVE, identifier[4:8], identifier)


def record_at(root: Path, commit: str, identifier: str) -> bytes:
    """``record.yaml`` of a document as of a commit; empty where that commit has none."""
    from runbook.publish.upstream import text_at

    return text_at(root, commit, str(folder_of(identifier) / RECORD))


def ulid_at(root: Path, commit: str, identifier: str) -> str:
    """The identity of what is filed under an id as of a commit; empty where nothing is."""
    return ulid_in(record_at(root, commit, identifier))


def ulid_in(record: bytes) -> str:
    """The ULID in the text of a record, without reading the whole of it; empty where it has none."""
    found = _ULID.search(record)
    return found[1].decode() if found else ""
