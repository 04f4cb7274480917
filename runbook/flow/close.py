"""Closing: the last move of an incident's status, once its report is free of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from runbook.errors import BadInputError
from runbook.flow import checks
from runbook.flow.file import clear_filed, file_document, finished_record, kept_files, rendered_files
from runbook.flow.fold import fold_desk
from runbook.model.moves import move_problem
from runbook.record.published import read_published

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runbook.flow.desk import Desk
    from runbook.review.problem import Problem


class CourseWanted(NamedTuple):
    """Where the review branch goes, as :func:`runbook.flow.publish.publish` takes it; empty: as the settings say."""

    remote: str = ""
    target: str = ""
    into: str = ""


AS_SET = CourseWanted()
"""Where the settings say."""


class Closed:
    """What closing did. Treat as frozen.

    Attributes:
        id: of the incident.
        commit: what it was committed as; None where it was closed before.
        committed_to: the branch.
        pushed: whether that was pushed.
        notes: what a person should know besides.
    """

    def __init__(self, identifier: str) -> None:
        self.id = identifier
        self.commit: str | None = None
        self.committed_to = ""
        self.pushed = False
        self.notes: list[str] = []

    def to_json(self) -> dict[str, Any]:
        """The shape that ``close --format json`` prints (docs/schema/close.json)."""
        return {
            "id": self.id,
            "status": "closed",
            "commit": self.commit,
            "branch": self.committed_to,
            "pushed": self.pushed,
            "notes": self.notes,
        }


def close(
    desk: Desk,
    *,
    review: bool = False,
    branch: bool = False,
    course: CourseWanted = AS_SET,
    reason: str = "",
    identity: tuple[str, str] | None = None,
) -> Closed:
    """Close an incident: on the current branch if its report is there, else on its review branch.

    Args:
        desk: the incident.
        review: on the review branch, wherever else it is; and push that.
        branch: commit to the review branch without pushing.
        course: where the review branch goes; one that says something means ``review``.
        reason: why it is closed although the linter finds errors; goes on record.
        identity: name and e-mail for this commit only, where git has none.

    Raises:
        CheckFailedError: the linter finds errors, and there is no reason.
        BadInputError: it is a deployment, was not resolved, or ``branch`` and ``course`` contradict each other.
        GitError, StorageError: it could not be committed or pushed; its status is as it was.
    """
    if branch and any(course):
        option = next(name for name, said in course._asdict().items() if said)
        raise BadInputError("pushes nothing", field="--branch", hint=f"leave it out, or leave out --{option}")
    clear_filed(desk)
    document, _ = fold_desk(desk)
    if document.document != "incident":
        raise BadInputError(
            f"{desk.id} is a deployment; it ends as success, failed or rolled-back",
            hint=f"runbook set status success --id {desk.id}",
        )
    known = read_published(desk.place.key, document.ulid)
    on_branch = review or any(course) or (desk.filed is None and known is not None and not branch)
    if not on_branch and (problem := move_problem("incident", document.status, "closed")):
        raise BadInputError(problem, field="status", hint=f"runbook resolve --id {desk.id}")
    if document.status == "closed" and desk.filed is not None and not on_branch:
        return Closed(desk.id)
    if desk.filed is None and not on_branch and not branch:
        raise BadInputError(f"the report of {desk.id} is not written yet", hint=f"runbook resume {desk.id}")
    if on_branch:
        return _on_review_branch(desk, course, reason, identity)
    files = {**rendered_files(finished_record(desk)[0], str(desk.place.repository)), **kept_files(desk)}
    found = checks.problems(str(desk.place.repository), desk.id, files)
    if not reason:
        checks.refuse_errors(desk.id, found)
    added = _say_why(desk, found, reason)
    try:
        return _here(desk, branch, added, identity)
    except BaseException:
        for entry in added:
            desk.append("undo", {"target": entry}, source="close")
        raise


def _say_why(desk: Desk, found: Sequence[Problem], reason: str) -> list[str]:
    """Put on record why it is closed in spite of errors; the entries that were added."""
    codes = ", ".join(sorted({problem.rule for problem in found if problem.severity == "error"}))
    if not codes or not reason:
        return []
    return [desk.append("decision", {"text": f"Closed in spite of {codes}: {reason}"}, source="close").id]


def _here(desk: Desk, branch: bool, added: list[str], identity: tuple[str, str] | None) -> Closed:
    closed = Closed(desk.id)
    if fold_desk(desk)[0].status != "closed":
        added.append(desk.append("set", {"field": "status", "value": "closed"}, source="close").id)
    filed = file_document(desk, branch=branch, identity=identity)
    closed.commit, closed.committed_to, closed.notes = filed.commit, filed.branch, filed.notes
    return closed


def _on_review_branch(desk: Desk, course: CourseWanted, reason: str, identity: tuple[str, str] | None) -> Closed:
    from runbook.flow.publish import publish

    if reason:
        desk.append("decision", {"text": f"Closed whatever lint says: {reason}"}, source="close")
    sent = publish(
        desk, **course._asdict(), status="closed", identity=identity, guard=None if reason else checks.refuse_errors
    )
    closed = Closed(sent.desk.id)
    closed.commit, closed.committed_to, closed.pushed = sent.commit, sent.course.branch, sent.pushed
    closed.notes = sent.notes
    return closed
