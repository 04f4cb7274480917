"""The text of the pull or merge request in which a report is reviewed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from runbook.render.environment import render
from runbook.render.literal import code_span
from runbook.render.report import tidy
from runbook.render.values import Literal
from runbook.render.view import view_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from runbook.model.record import AnyDocument
    from runbook.model.settings import Settings

TEMPLATE = "pull-request.md.j2"
MOST_QUESTIONS = 20
_BEGIN, _END = "<!-- runbook:request -->", "<!-- /runbook:request -->"
_NOT_FILLED = re.compile(r"> \*\*Not filled in:\*\* (?P<ask>.*) <!-- empty (?P<field>[a-z_.]+) -->\s*$")
_HEADING = re.compile(r"(#{2,4}) (.*?)(?: <!--.*)?$")


class Question(NamedTuple):
    """Something a reviewer should settle: in words of ours or of the linter, and where."""

    text: str
    file: str = ""
    line: int = 0


def request_body(
    document: AnyDocument,
    report: str,
    questions: Sequence[Question],
    *,
    short: bool,
    settings: Settings,
    templates: Path | None = None,
) -> str:
    """The description of the request.

    Args:
        document: what the report tells.
        report: its path in the repository.
        questions: what is open.
        short: for a link, which has little room: their number, and no table.
        settings: the team's settings.
        templates: the team's own templates; a ``pull-request.md.j2`` there wins.

    Raises:
        BadInputError: the team's template is broken; names file and line.
    """
    shown = [
        {"text": Literal(question.text), "place": code_span(_place(question)) if question.file else ""}
        for question in questions[:MOST_QUESTIONS]
    ]
    view = view_of(document, settings)
    context = {
        **view,
        "about": view["summary"] if document.document == "incident" else view["changes"],
        "questions": shown,
        "more": max(len(questions) - MOST_QUESTIONS, 0),
        "count": len(questions),
        "short": short,
        "report": code_span(report),
    }
    return tidy(render(TEMPLATE, context, templates))


def _place(question: Question) -> str:
    name = question.file.rpartition("/")[2]
    return f"{name}:{question.line}" if question.line else name


def renewed_body(before: str, now: str) -> str | None:
    """``before`` with the part between the marks taken from ``now``; None where it has no such part any more.

    Args:
        before: the description as it is on the forge, with what reviewers ticked and wrote.
        now: as :func:`request_body` gives it.
    """
    before = before.replace("\r\n", "\n")
    begin, end = before.find(_BEGIN), before.find(_END)
    ours = now[now.find(_BEGIN) : now.find(_END)]
    if begin < 0 or end < begin or not ours:
        return None
    return before[:begin] + ours + before[end:]


def unanswered(report: str, file: str = "") -> list[Question]:
    """What the report says is not filled in, each with the section it belongs to.

    Args:
        report: the Markdown of a report made from our templates.
        file: its path, to point to.
    """
    found: list[Question] = []
    section = parent = ""
    for number, line in enumerate(report.splitlines(), start=1):
        if heading := _HEADING.match(line):
            section = heading[2] if heading[1] == "##" else f"{parent}, {heading[2]}"
            parent = heading[2] if heading[1] == "##" else parent
        elif missing := _NOT_FILLED.match(line):
            found.append(Question(f"{section}: {missing['ask']}", file, number))
    return found
