"""Somebody edited one of the two and not the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.problem import Found
from runbook.review.rule import Example
from runbook.review.subject import REPORT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.subject import Subject

TITLE = "Record and report disagree"
SEVERITY = "error"
REASON = (
    "The report is what people read, the record is what statistics and search use. An edit that stays in one of "
    "them is lost when the report is written again."
)
FIX = "runbook sync ID brings the report's edits into the record"
BAD = (Example(replace={"Cards were refused": "Every card was refused"}),)
GOOD = (Example(),)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each field that differs; a missing report is another rule's."""
    if subject.report is None or subject.differences is None:
        return
    ignores = {each.line for each in subject.report.ignores}
    for place in subject.differences():
        if place.file.endswith(REPORT) and place.line in ignores:
            continue  # an ignore that somebody typed there is no edit of what the report says
        yield Found(
            f"{place.field}: {place.message}" if place.field else place.message,
            place.file.rpartition("/")[2],
            place.line,
            place.hint,
            key=place.field,
            where=(place.field,),
        )
