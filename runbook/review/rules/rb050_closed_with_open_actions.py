"""Closed, while something is still to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "Closed with open follow-ups"
SEVERITY = "warning"
REASON = "Nobody opens a closed incident again. What is still to be done stays in sight here until it is ticked."
FIX = "finish it, hand it to a ticket and tick it, or set the status back to in-review"
BAD = (
    Example(
        record={
            "status": "closed",
            "actions": [{"id": "A1", "text": "Renew it by timer", "owner": "Kim", "due": "2999-01-02"}],
        }
    ),
)
GOOD = (
    Example(record={"status": "closed"}),
    Example(
        record={
            "status": "in-review",
            "actions": [{"id": "A1", "text": "Renew it by timer", "owner": "Kim", "due": "2999-01-02"}],
        }
    ),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each open follow-up."""
    incident = subject.incident
    if incident is None or incident.status != "closed":
        return
    for index, action in enumerate(incident.actions):
        if not action.done:
            yield subject.found(
                f"the incident is closed, and follow-up {index + 1} is open",
                path=("actions", index, "done"),
                item=action.id,
                section="actions",
            )
