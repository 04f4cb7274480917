"""Before a commit to the review branch: bringing that up to date, and choosing the record that ours is folded onto.

Two people may have changed the same record: one in the work tree, one on the review branch. Where it can be told who
came later, the later one is the base; where it cannot, both are named and nothing is changed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from runbook.errors import BadInputError, GitError
from runbook.flow.course import folder_of, record_at, ulid_at, ulid_in
from runbook.record.store import RECORD, REPORT, parse_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runbook.flow.course import Course
    from runbook.flow.desk import Desk
    from runbook.model.record import AnyDocument
    from runbook.record.published import Published


def bring_up(course: Course, known: Published | None) -> str:
    """Make the local review branch what the remote has, with what we did since on top.

    Returns:
        Its commit; empty where there is no such branch yet.

    Raises:
        GitError: both have commits that the other does not, or it is checked out and behind.
    """
    from runbook.publish import upstream

    root, branch, tip = course.root, course.branch, course.tip
    local = upstream.tip_of(root, branch)
    ours = known is not None and known.branch == branch and known.commit == local
    if not tip:
        return _begin_again(course, local, ours=ours)
    if local == tip or (local and upstream.is_ancestor(root, tip, local)):
        return local
    behind = not local or upstream.is_ancestor(root, local, tip)
    # Behind; or ahead by a commit that we made and nobody has seen: it is made again, on top of theirs.
    if behind or (ours and upstream.is_ancestor(root, f"{local}^", tip)):
        upstream.move_branch(root, branch, tip, seen=local)
        return tip
    theirs, mine = upstream.changed_by(root, local, tip), upstream.changed_by(root, tip, local)
    raise GitError(
        f"{branch} has gone two ways: {course.remote} has {counted(len(theirs), 'commit')} that you do not have, and"
        f" you have {counted(len(mine), 'commit')} that {course.remote} does not\n{told(theirs)}",
        hint=f"git switch {branch} && git pull --no-rebase, and settle it there; then: runbook publish {course.id}",
    )


def _begin_again(course: Course, local: str, *, ours: bool) -> str:
    """Where the remote has no such branch: ours, unless that was reviewed, merged and removed there."""
    from runbook.publish import upstream

    if not local or not course.target_commit or course.trouble is not None:
        return local
    merged = upstream.is_ancestor(course.root, local, course.target_commit)
    if merged or (ours and ulid_at(course.root, course.target_commit, course.id) == course.ulid):
        upstream.move_branch(course.root, course.branch, course.target_commit, seen=local)
        return course.target_commit
    return local


def agreed_record(
    desk: Desk, course: Course, tip: str, ids: Sequence[str], known: Published | None
) -> AnyDocument | None:
    """The record that ours is folded onto: the one on the review branch, or None for the one in the work tree.

    Args:
        desk: the document.
        course: where it goes.
        tip: the commit on top of which we commit.
        ids: the document's id first, then those it had before.
        known: what this machine remembers of the last time.

    Raises:
        GitError: both were changed since they were the same.
        BadInputError: a report was edited by hand, and its record does not know of it.
    """
    found = next(
        ((name, text) for name in ids if ulid_in(text := record_at(course.root, tip, name)) == course.ulid), None
    )
    work = work_record(desk)
    if work:
        _refuse_unsynced_work(desk, course)
    if found is None:
        return None
    name, theirs = found
    _refuse_unsynced_branch(course, tip, name)
    if work and work != theirs and not _is_later(desk, course, tip, name, known):
        return None
    return parse_record(theirs.decode("utf-8", "replace"), file=f"{course.branch}:{folder_of(name) / RECORD}")


def _is_later(desk: Desk, course: Course, tip: str, name: str, known: Published | None) -> bool:
    """Whether the record on the review branch is later than the one in the work tree.

    Raises:
        GitError: it cannot be told.
    """
    from runbook.publish import upstream

    if known is not None and known.work == digest_of(work_record(desk)):
        return True
    if known is not None and known.commit == tip:
        return False
    path = str(folder_of(name) / RECORD)
    head = upstream.head_commit(course.root)
    committed = record_at(course.root, head, desk.id)
    if committed and committed == record_at(course.root, tip, name):
        return False  # the branch has what the work tree began with: only the work tree was changed
    if committed == work_record(desk):
        here = upstream.last_change(course.root, head, str(folder_of(desk.id) / RECORD))
        if upstream.is_ancestor(course.root, here, tip):
            return True
        if upstream.is_ancestor(course.root, upstream.last_change(course.root, tip, path), head):
            return False
    last = upstream.last_change(course.root, tip, path)
    raise GitError(
        f"the record was changed both here and on {course.branch}, and it cannot be told which one shall be kept\n"
        + told(upstream.changed_by(course.root, f"{last}^", last)),
        file=f"{desk.filed}/{RECORD}",
        hint=f"git switch {course.branch}, bring the two together there, commit; then: runbook publish {desk.id}",
    )


def _refuse_unsynced_work(desk: Desk, course: Course) -> None:
    """Stop where somebody edited the report in the work tree: it is made from the record, so the edit would be lost."""
    from runbook.flow.sync import check
    from runbook.publish import upstream

    head = upstream.head_commit(course.root)
    if not head or record_at(course.root, head, desk.id) != work_record(desk):
        return  # the record itself was edited; the report is made again from it
    here = upstream.last_change(course.root, head, str(folder_of(desk.id) / RECORD))
    path = Path(desk.filed or "", REPORT)
    if not path.is_file() or _same_text(path.read_bytes(), _report_at(course.root, here, desk.id)):
        return
    if not check(str(course.root), desk.id):
        return  # set in another way, by a formatter for one, and says the same
    raise BadInputError(
        "this report was edited by hand, and the record does not have it yet, so it would be lost",
        file=str(path),
        hint=f"runbook sync {desk.id}        brings it into the record; then: runbook publish {desk.id}",
    )


def _refuse_unsynced_branch(course: Course, tip: str, name: str) -> None:
    """The same for an edit that a reviewer pushed to the review branch."""
    from runbook.publish import upstream

    agreed = upstream.last_change(course.root, tip, str(folder_of(name) / RECORD))
    if _same_text(_report_at(course.root, tip, name), _report_at(course.root, agreed, name)):
        return
    edits = upstream.changed_by(course.root, agreed, tip)
    raise BadInputError(
        f"the report was edited on {course.branch}, and its record does not have that yet, so it would be lost\n"
        f"{told(edits)}",
        hint=f"git switch {course.branch} && runbook sync {course.id}        brings it into the record; commit it, git"
        f" switch -\nthen: runbook publish {course.id}",
    )


def _report_at(root: Path, commit: str, name: str) -> bytes:
    from runbook.publish.upstream import text_at

    return text_at(root, commit, str(folder_of(name) / REPORT))


def _same_text(one: bytes, other: bytes) -> bool:
    """Whether two texts are the same, whatever ends their lines in a work tree."""
    return one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")


def work_record(desk: Desk) -> bytes:
    """The record in the work tree; empty where it has none."""
    path = Path(desk.filed or "", RECORD)
    return path.read_bytes().replace(b"\r\n", b"\n") if desk.filed and path.is_file() else b""


def digest_of(content: bytes) -> str:
    """SHA-256 in hexadecimal; empty for nothing."""
    return hashlib.sha256(content).hexdigest() if content else ""


def told(commits: Sequence[tuple[str, str, str]]) -> str:
    """Commits for a message, five at most."""
    return "\n".join(f"    {commit} {who}: {what}" for commit, who, what in commits[:5])


def counted(number: int, what: str) -> str:
    """``1 commit``, ``2 commits``."""
    return f"{number} {what}{'' if number == 1 else 's'}"
