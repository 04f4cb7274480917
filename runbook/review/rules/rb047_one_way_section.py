"""A section of a team template from which no edit flows back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.problem import Found
from runbook.review.rule import Example
from runbook.review.subject import REPORT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.subject import Subject

TITLE = "A section is one-way"
SEVERITY = "warning"
REASON = (
    "The team's template writes this section without the macros `field()`, `items()` or `table()`. People can "
    "read it, but what they edit there is not brought back into the record and is gone when the report is written "
    "again."
)
FIX = "write it in the template with `field()`, `items()` or `table()`; see docs/templates.md"
_FACTORS = {"factors": [{"id": "F1", "text": "The alert looks at the issuer and not at the proxy"}]}
BAD = (
    Example(
        record=_FACTORS,
        template=(
            '{% extends "runbook/incident.md.j2" %}{% block factors %}\n## What made it worse\n\n'
            "{% for item in factors %}- {{ item.text }}\n{% endfor %}{% endblock %}\n"
        ),
    ),
)
GOOD = (
    Example(
        record=_FACTORS,
        template=(
            '{% extends "runbook/incident.md.j2" %}{% import "macros.md.j2" as write %}{% block factors %}\n'
            '## What made it worse\n\n{{ write.items("factors", factors, "what made it worse") }}{% endblock %}\n'
        ),
    ),
)
_DERIVED = {"redactions", "known failures", "commands executed"}
"""Sections that our templates write without anchors where there is nothing to edit in them."""


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each section of a report from a team's template that holds text and no anchor."""
    report = subject.report
    if report is None or not subject.own_template:
        return
    tops = [heading for heading in report.headings if heading.level == 2]
    anchored = [begin for begin, _end in report.fields.values()]
    for heading in tops:
        begin, end = report.section_of(heading.line)
        body = any(report.lines[number - 1].strip() for number in range(begin + 1, end + 1))
        if body and heading.text.lower() not in _DERIVED and not any(begin <= line <= end for line in anchored):
            yield Found(
                f"edits to “{heading.text}” do not flow back",
                REPORT,
                heading.line,
                key=heading.text,
                where=(heading.text,),
            )
