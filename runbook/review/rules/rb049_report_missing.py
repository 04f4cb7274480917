"""A record without the report that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.problem import Found
from runbook.review.rule import Example
from runbook.review.subject import RECORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.subject import Subject

TITLE = "The report is missing"
SEVERITY = "error"
REASON = "What cannot be read on the page where the team reviews it is not reviewed."
FIX = "runbook render ID writes it from the record"
BAD = (Example(files={"report.md": None}),)
GOOD = (Example(),)


def check(subject: Subject) -> Iterator[Found]:
    """At most one problem."""
    if subject.report is None:
        yield Found("there is no report.md beside the record", RECORD, 1, key="report")
