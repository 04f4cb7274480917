"""The pull or merge request for a report that was sent to review: opened, brought up to date, or offered as a link."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook.flow.settings import load_settings
from runbook.record.published import read_published, write_published

if TYPE_CHECKING:
    from runbook.flow.course import Course
    from runbook.flow.publish import Sent
    from runbook.model.settings import Settings
    from runbook.publish.forge import Forge
    from runbook.publish.request import Request

LONGEST_TITLE = 120


class Asked:
    """The request. Treat as frozen.

    Attributes:
        url: its page, or the link that opens it filled in; empty where the forge is not known.
        state: ``created``, ``updated``, ``unchanged``, or ``link`` where a person has to open it.
        program: ``gh`` or ``glab``, if it was one of them.
        kind: ``pull request`` or ``merge request``.
        title, body: of the request.
        notes: what a person should know besides.
    """

    def __init__(self, title: str, body: str) -> None:
        self.title = title
        self.body = body
        self.url = self.program = ""
        self.state = "link"
        self.kind = "pull request"
        self.notes: list[str] = []

    def to_json(self) -> dict[str, Any]:
        """The ``request`` in what ``publish --format json`` prints (docs/schema/publish.json)."""
        return {name: getattr(self, name) or None for name in ("url", "state", "program", "title", "body")}


def ask_for_review(sent: Sent, *, draft: bool = False, by_program: bool = True) -> Asked:
    """Open the request, or bring the open one up to date; where no program can, make the link that does.

    Args:
        sent: what was pushed.
        draft: open it as a draft.
        by_program: False: never ``gh`` or ``glab``, only the link.

    Raises:
        BadInputError: the team's template for the description is broken; names file and line.
    """
    from runbook.publish.forge import forge_of, request_link
    from runbook.publish.remote import remote_address
    from runbook.publish.request import ProgramFailedError, program_for

    settings = load_settings(str(sent.course.root))
    asked = Asked(_title(sent), describe(sent))
    course = sent.course
    forge = forge_of(remote_address(course.root, course.into or course.remote), settings.publish.forge)
    fork = _fork(course, settings)
    if forge is not None and forge.kind == "gitlab":
        asked.kind = "merge request"
    program = program_for(forge, fork) if forge is not None and by_program else None
    if forge is not None and program:
        try:
            _take(asked, _by_program(sent, forge, fork, asked, draft=draft or settings.publish.draft))
        except ProgramFailedError as error:
            asked.notes.append(str(error))
    if not asked.url and forge is not None:
        words = {"branch": sent.course.branch, "target": sent.course.target, "title": asked.title}
        asked.url = request_link(forge, fork=fork, body=describe(sent, short=True), **words)
    known = read_published(sent.desk.place.key, sent.course.ulid)
    if asked.state != "link" and known is not None:
        write_published(sent.desk.place.key, sent.course.ulid, known._replace(link=asked.url))
    elif asked.state == "link" and known is not None and known.link:
        asked.url, asked.state = known.link, "unchanged"
    asked.url = asked.url or sent.link
    return asked


def _fork(course: Course, settings: Settings) -> Forge | None:
    """Where the branch is, if that is a fork of where the request goes."""
    from runbook.publish.forge import forge_of
    from runbook.publish.remote import remote_address

    if course.into in {"", course.remote}:
        return None
    return forge_of(remote_address(course.root, course.remote), settings.publish.forge)


def _by_program(sent: Sent, forge: Forge, fork: Forge | None, asked: Asked, *, draft: bool) -> Request:
    from runbook.publish.request import Wanted, open_request
    from runbook.render.request import renewed_body

    wanted = Wanted(
        branch=sent.course.branch,
        target=sent.course.target,
        title=asked.title,
        body=asked.body,
        draft=draft,
        renew=lambda before: renewed_body(before, asked.body),
        fork=fork.path if fork is not None else "",
    )
    return open_request(forge, wanted)


def _take(asked: Asked, request: Request) -> None:
    asked.url, asked.state, asked.program = request.url, request.state, request.program
    if request.kept_body:
        asked.notes.append("its description was rewritten by hand, and was left as it is")


def describe(sent: Sent, *, short: bool = False) -> str:
    """The description of the request.

    Args:
        sent: what is published.
        short: for a link, which a terminal has to show: no table, and only the number of open questions.
    """
    from runbook.render.request import request_body

    templates = Path(sent.course.root, "templates")
    return request_body(
        sent.document,
        sent.report,
        sent.questions,
        short=short,
        settings=load_settings(str(sent.course.root)),
        templates=templates if templates.is_dir() else None,
    )


def _title(sent: Sent) -> str:
    from runbook.publish.message import one_line

    title = f"{sent.desk.id}: {one_line(sent.document.title)}"
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"
