"""A follow-up that nobody has taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "A follow-up has no owner"
SEVERITY = "warning"
REASON = "What everybody should do nobody does. An owner is one person or one team that knows of it."
FIX = "name one person or team as its owner"
BAD = (Example(record={"actions": [{"id": "A1", "text": "Reload the proxy after a renewal", "due": "2026-09-01"}]}),)
GOOD = (
    Example(record={"actions": [{"id": "A1", "text": "Reload the proxy after a renewal", "done": True}]}),
    Example(),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each open follow-up."""
    for index, action in enumerate(subject.incident.actions if subject.incident is not None else ()):
        if not action.done and not action.owner.strip():
            yield subject.found(
                f"follow-up {index + 1} has no owner",
                path=("actions", index, "owner"),
                item=action.id,
                section="actions",
            )
