"""Publishing: a report goes to review on a branch of its own, and again whenever it has changed.

What a reviewer pushed to the branch comes first: our commit goes on top of it, or nowhere. The work tree, the index and
the branch that is checked out stay as they are.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from runbook.errors import BadInputError, GitError, NotFoundError
from runbook.flow import checks
from runbook.flow.agreed import agreed_record, bring_up, counted, digest_of, work_record
from runbook.flow.course import Course, folder_of, survey, ulid_at
from runbook.flow.file import FINAL, clear_filed, finished_record, kept_files, message_for, rendered_files
from runbook.flow.fold import fold_desk
from runbook.flow.renumber import renumber
from runbook.flow.settings import load_settings
from runbook.model.moves import move_problem
from runbook.record import cabinet
from runbook.record.published import Published, read_published, write_published
from runbook.record.store import REPORT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runbook.errors import RunbookError
    from runbook.flow.desk import Desk
    from runbook.model.record import AnyDocument
    from runbook.render.request import Question
    from runbook.review.problem import Problem

    Guard = Callable[[str, Sequence[Problem]], None]

ATTEMPTS = 5
"""How often we begin again because somebody else pushed in between."""


class Sent:
    """What became of a report that was published. Treat as frozen.

    Attributes:
        desk: the document, under its new id if it was renumbered.
        document: the record as it was committed.
        course: where it went.
        commit: the commit on the review branch.
        nothing_new: it was committed there already.
        pushed: whether anything had to be sent.
        link: what the forge answered to the push, if it did.
        questions: what is open.
        renumbered_from: the id it had before; empty where that stayed.
        notes: what a person should know besides.
    """

    def __init__(self, desk: Desk, course: Course) -> None:
        self.desk = desk
        self.course = course
        self.document: AnyDocument
        self.commit = ""
        self.nothing_new = self.pushed = False
        self.link = ""
        self.questions: list[Question] = []
        self.renumbered_from = ""
        self.notes: list[str] = []

    @property
    def is_merged(self) -> bool:
        """Whether the branch that reports are merged into has all of it, so that there is nothing to review."""
        return self.nothing_new and not self.course.tip and not self.pushed

    @property
    def report(self) -> str:
        """The report's path in the repository."""
        return str(folder_of(self.desk.id) / REPORT)


def publish(
    desk: Desk,
    *,
    remote: str = "",
    target: str = "",
    into: str = "",
    status: str = "in-review",
    identity: tuple[str, str] | None = None,
    guard: Guard | None = None,
) -> Sent:
    """Commit the report to its review branch and push that.

    Args:
        desk: the document.
        remote: its name; see :func:`runbook.flow.course.survey`.
        target: the branch to merge into; the same.
        into: the remote with that branch; the same.
        status: what an incident that is resolved, or in review, becomes.
        identity: name and e-mail for this commit only, where git has none.
        guard: looks at what the linter found, and may raise: nothing is committed then.

    Raises:
        NotFoundError: there is no repository, no remote or nothing to merge into; the message says what was committed.
        GitError: a hook or the remote refused, it cannot be reached, or both sides changed the same; nothing is lost.
        BadInputError: the report was edited by hand, and the record does not know of it.
    """
    root = _repository(desk)
    settings = load_settings(str(root))
    clear_filed(desk)
    before = desk.id
    for _ in range(ATTEMPTS):
        document, _ = fold_desk(desk)
        ids = [desk.id, *document.aliases]
        course = survey(root, ids, document.ulid, settings, remote=remote, target=target, into=into)
        if course.is_taken:
            desk = renumber(desk, taken=course.taken, upstream=course.target_commit, identity=identity).desk
            _drop_unseen(desk, course)
            continue
        sent = _commit(desk, course, document, status=status, identity=identity, guard=guard)
        if desk.id != before:
            sent.renumbered_from = before
        if course.trouble is not None:
            raise _not_sent(sent, course.trouble)
        if _push(sent):
            if sent.document.status in FINAL and cabinet.read_pointer().get("id") == desk.id:
                cabinet.write_pointer(None)
            return sent
    raise GitError(
        f"others kept pushing to {course.remote}, so it did not get through",
        hint=f"it is committed here; to try again: runbook publish {desk.id}",
    )


def _repository(desk: Desk) -> Path:
    if desk.place.repository is None:
        raise NotFoundError(
            f"{desk.id} has no repository to publish from",
            hint=f"runbook publish {desk.id} --repo PATH, with a clone of your team's repository of reports",
        )
    return Path(desk.place.repository)


def _commit(
    desk: Desk,
    course: Course,
    document: AnyDocument,
    *,
    status: str,
    identity: tuple[str, str] | None,
    guard: Guard | None,
) -> Sent:
    from runbook.publish import upstream
    from runbook.publish.branch import commit_tree_files

    sent = Sent(desk, course)
    known = read_published(desk.place.key, document.ulid)
    local = bring_up(course, known)
    tip = local or course.target_commit
    ids = [desk.id, *document.aliases]
    base = agreed_record(desk, course, tip, ids, known)
    start = upstream.start_of(course.root, course.target_commit, str(folder_of(desk.id)))
    if start.left_out and not local:
        sent.notes.append(
            f"your branch has {counted(start.left_out, 'commit')} besides that {course.into} does not have;"
            " they stay out of the request"
        )
    if base is None and desk.filed is not None:
        sent.notes.append(
            "it is committed on your branch, too; with `branch = true` under [commit] in runbook.toml reports go to"
            " their review branch alone, and a pull after the merge has nothing to join"
        )
    moved = _move_status(sent, base, status)
    try:
        sent.document, notes = finished_record(desk, base)
        placed: dict[PurePosixPath, bytes | Path | None] = {
            PurePosixPath(name): None
            for alias in document.aliases
            if ulid_at(course.root, tip, alias) == course.ulid
            for name in upstream.files_in(course.root, tip, str(folder_of(alias)))
        }
        files = rendered_files(sent.document, str(course.root))
        placed |= {folder_of(desk.id) / name: content for name, content in files.items()}
        placed |= {folder_of(desk.id) / name: content for name, content in kept_files(desk).items()}
        found = checks.problems(str(course.root), desk.id, {**files, **kept_files(desk)})
        if guard is not None:
            guard(desk.id, found)
        text = message_for(sent.document, sent.report, update=base is not None)
        done = commit_tree_files(course.root, placed, text, course.branch, identity=identity, start=start.commit)
    except BaseException:
        if moved:
            desk.append("undo", {"target": moved}, source="publish")
        raise
    merged = bool(course.target_commit) and upstream.is_ancestor(course.root, start.commit, course.target_commit)
    if done.nothing_new and start.commit and not merged and not upstream.tip_of(course.root, course.branch):
        # The current branch has just this, and a new branch that starts there needs no commit of its own.
        upstream.move_branch(course.root, course.branch, start.commit, seen="")
    sent.notes += notes + [f"a hook changed {path} on the way" for path in done.changed_by_hooks]
    sent.commit, sent.nothing_new = done.sha, done.nothing_new
    sent.questions = _questions(files[REPORT].decode(), sent.report, found)
    link = known.link if known is not None and known.branch == course.branch else ""
    write_published(desk.place.key, course.ulid, Published(course.branch, done.sha, digest_of(work_record(desk)), link))
    return sent


def _drop_unseen(desk: Desk, course: Course) -> None:
    """Remove the local branch of a try that came too late: its commit is made again under the new id."""
    from runbook.publish import upstream

    known = read_published(desk.place.key, course.ulid)
    if known is not None and known.branch == course.branch_of(course.id):
        upstream.drop_branch(course.root, known.branch, seen=known.commit)


def _move_status(sent: Sent, base: AnyDocument | None, status: str) -> str:
    """Put the new status on record, where it may become that; return the entry's id, or nothing."""
    from runbook.model.record import Incident

    document, _ = fold_desk(sent.desk, base)
    if not isinstance(document, Incident) or document.status == status:
        return ""
    if status == "closed" and (problem := move_problem("incident", document.status, status)):
        raise BadInputError(problem, field="status", hint=f"runbook resolve --id {sent.desk.id}")
    if document.status not in {"resolved", "in-review"}:
        if document.status != "closed":
            sent.notes.append(f"it is still {document.status}, and stays so: `runbook resolve` ends it")
        return ""
    return sent.desk.append("set", {"field": "status", "value": status}, source="publish").id


def _questions(text: str, report: str, found: Sequence[Problem]) -> list[Question]:
    """What a reviewer should settle: what the linter finds, and what the report says is not filled in."""
    from runbook.render.request import Question, unanswered

    worth = [Question(f"{p.message} ({p.rule})", p.file, p.line) for p in found if p.severity != "info"]
    blank = {question.line: question for question in unanswered(text, report)}
    # The report says better than the linter what belongs where nothing is yet.
    kept = [question for question in worth if question.line not in blank or question.file != report]
    return [*blank.values(), *kept]


def _not_sent(sent: Sent, trouble: RunbookError) -> RunbookError:
    again = f"runbook publish {sent.desk.id}"
    first = f"{trouble.hint}\n" if not sent.course.remote and trouble.hint else ""
    return type(trouble)(
        trouble.message,
        hint=f"the report is committed on {sent.course.branch}, here ({sent.commit[:10]}); nothing is lost\n"
        f"{first}{again}        sends it",
    )


def _push(sent: Sent) -> bool:
    """Send the branch; False where somebody else was faster."""
    from runbook.publish import upstream

    course = sent.course
    if sent.commit == course.tip or (
        not course.tip and upstream.is_ancestor(course.root, sent.commit, course.target_commit)
    ):
        return True  # it is there already: on the branch, or merged
    pushed = upstream.push_branch(
        course.root, course.remote, course.branch, seen=course.tip, again=f"runbook publish {sent.desk.id}"
    )
    sent.pushed, sent.link = pushed.done, pushed.link
    return pushed.done
