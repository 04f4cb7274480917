"""Milestones that cannot have happened in this order."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from runbook.model.times import format_duration
from runbook.model.wire import MILESTONES
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "Milestones are out of order"
SEVERITY = "error"
REASON = (
    "A resolution before the detection makes every duration that follows from it wrong; mostly a date or a zone "
    "was mistyped."
)
FIX = "runbook mark MILESTONE --at TIME --id ID corrects one"
BAD = (
    Example(record={"milestones.detected": "2026-03-04T07:00:00Z", "milestones.acknowledged": None}),
    Example(record={"milestones.resolved": "2026-03-03T09:00:00Z"}, document="deployment"),
)
GOOD = (Example(record={"milestones.acknowledged": None}),)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each pair of neighbours in the wrong order."""
    milestones = subject.document.milestones
    known = [(name, value) for name in MILESTONES if (value := getattr(milestones, name)) is not None]
    for (earlier, before), (later, after) in pairwise(known):
        if after < before:
            yield subject.found(
                f"{later} stands {format_duration(before - after)} before {earlier}",
                path=("milestones", later),
                item=f"milestones.{later}",
                section="milestones",
            )
