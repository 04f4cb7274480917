"""A finished deployment with boxes that nobody ticked or explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.actions import shorten
from runbook.review.required import DEPLOYED
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "A check was neither ticked nor explained"
SEVERITY = "warning"
REASON = "An empty box can mean no, not needed or not looked at. Whoever rolls out next has to know which."
FIX = "tick it, or say why not in its note"
BAD = (Example(record={"post_checks": [{"id": "B1", "text": "Health endpoint responding"}]}, document="deployment"),)
GOOD = (
    Example(
        record={"post_checks": [{"id": "B1", "text": "Frontend loading", "note": "has none"}]}, document="deployment"
    ),
    Example(
        record={
            "status": "planned",
            "steps": [],
            "verification": "",
            "milestones.resolved": None,
            "post_checks": [{"id": "B1", "text": "Health endpoint responding"}],
        },
        document="deployment",
    ),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each box of a deployment that has ended."""
    deployment = subject.deployment
    if deployment is None or deployment.status not in DEPLOYED:
        return
    for name in ("pre_checks", "practice_checks", "post_checks"):
        for index, box in enumerate(getattr(deployment, name)):
            if not box.done and not box.note.strip():
                yield subject.found(
                    f"neither ticked nor explained: {shorten(box.text)}", path=(name, index), item=box.id, section=name
                )
