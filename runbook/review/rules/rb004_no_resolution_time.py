"""It is called over, and nothing says when that was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.required import DEPLOYED, OVER
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "No time of resolution"
SEVERITY = "error"
REASON = "Duration, time to resolve and cost all come from it, and so do the statistics over a year."
FIX = "runbook mark resolved --at TIME --id ID, then `runbook render ID`"
BAD = (
    Example(record={"milestones.resolved": None}),
    Example(record={"milestones.resolved": None}, document="deployment"),
)
GOOD = (Example(record={"milestones.resolved": None, "status": "mitigated"}),)


def check(subject: Subject) -> Iterator[Found]:
    """At most one problem, once the document's status says that it is over."""
    document = subject.document
    if document.status in OVER | DEPLOYED and document.milestones.resolved is None:
        verb = "has ended" if subject.deployment is not None else "is over"
        yield subject.found(
            f"the status is {document.status}, and nothing says when it {'ended' if 'ended' in verb else 'was over'}",
            path=("milestones",),
            item="milestones.resolved",
            section="milestones" if subject.incident is not None else "head",
        )
