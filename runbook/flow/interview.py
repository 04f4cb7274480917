"""The interview on a document: what it starts from, where its answers go, and what is written at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.flow.committer import committer

if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.capture.prompter import Prompter
    from runbook.flow.desk import Desk
    from runbook.flow.file import Filed
    from runbook.model.record import AnyDocument


def interview(
    desk: Desk,
    prompter: Prompter,
    *,
    branch: bool = False,
    message: str | None = None,
    identity: tuple[str, str] | None = None,
) -> Filed:
    """Ask what is not on record, then write and commit the report.

    Args:
        desk: the document; an interview that was left goes on where it was.
        prompter: asks.
        branch: commit to ``incident/<id>``.
        message: the commit message; one is made if absent.
        identity: name and e-mail for the commit, where git has none.

    Raises:
        InterruptedByUserError: Ctrl-C or a closed terminal; every answer and what was being typed are on disk.
        NoIdentityError: git does not know who commits, and the person did not say; asked after the first answer.
        GitError, NotFoundError, StorageError: as for :func:`runbook.flow.file.file_document`; the answers are on disk.
    """
    who = identity

    def settle_committer() -> None:
        nonlocal who
        if who is None and desk.place.repository is not None:
            who = committer(desk, prompter)

    conduct(desk, prompter, after_first=settle_committer)
    from runbook.flow.file import file_document  # after the questions: git and YAML take a tenth of a second to load

    return file_document(desk, branch=branch, message=message, identity=who)


def conduct(desk: Desk, prompter: Prompter, *, after_first: Callable[[], None] | None = None) -> None:
    """Ask until the person says that the report shall be written.

    Args:
        desk: the document.
        prompter: asks.
        after_first: see :class:`runbook.capture.interview.Interview`.

    Raises:
        InterruptedByUserError: as for :func:`interview`.
    """
    from runbook.capture.asking import Asking
    from runbook.capture.context import Context
    from runbook.capture.interview import Interview
    from runbook.capture.steps import DEPLOYMENT_STEPS, INCIDENT_STEPS
    from runbook.capture.terminal import without_flow_control
    from runbook.flow.documents import documents_here
    from runbook.flow.keeper import DeskKeeper, Progress
    from runbook.flow.settings import load_settings
    from runbook.record.places import actor

    keeper = DeskKeeper(desk)
    progress = Progress(desk.entries())
    asking = Asking(prompter, progress.drafts, lambda key, draft: keeper.draft(ctx.step, key, draft))
    ctx = Context(
        prompter=asking,
        keeper=keeper,
        settings=load_settings(desk.place.repository),
        clock=desk.now,
        zone=desk.zone,
        actor=desk.door.clean(actor(git_user=desk.git_user)),
        given=frozenset(progress.given),
        preview=_preview,
        answered=progress.answered,
        seen=progress.seen,
        documents=documents_here() if desk.kind == "deployment" else {},
    )
    steps = INCIDENT_STEPS if desk.kind == "incident" else DEPLOYMENT_STEPS
    with without_flow_control():
        Interview(steps, ctx, before={"findings": keeper.look_at_the_timeline}, after_first=after_first).run()


def _preview(document: AnyDocument) -> str:
    from runbook.render.terminal import short_view

    return short_view(document)
