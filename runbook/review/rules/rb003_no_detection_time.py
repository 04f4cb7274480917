"""Nobody can say how long it went unnoticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "No time of detection"
SEVERITY = "warning"
REASON = (
    "The time to detect says whether monitoring works. It cannot be measured later, when nobody remembers the "
    "first sign."
)
FIX = "runbook mark detected --at TIME --id ID, then `runbook render ID`"
BAD = (Example(record={"milestones.detected": None}),)
GOOD = (Example(),)


def check(subject: Subject) -> Iterator[Found]:
    """At most one problem; a deployment has no detection."""
    if subject.incident is not None and subject.document.milestones.detected is None:
        yield subject.found(
            "there is no time of detection", path=("milestones",), item="milestones.detected", section="milestones"
        )
