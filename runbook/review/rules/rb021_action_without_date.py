"""A follow-up without a date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "A follow-up has no due date"
SEVERITY = "warning"
REASON = "Without a date nobody sees that it is late, and the same incident comes back first."
FIX = "give it a date, in the report or with `due:` in the record"
BAD = (Example(record={"actions": [{"id": "A1", "text": "Reload the proxy after a renewal", "owner": "Kim"}]}),)
GOOD = (
    Example(
        record={"actions": [{"id": "A1", "text": "Reload the proxy after a renewal", "owner": "Kim", "done": True}]}
    ),
    Example(),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each open follow-up."""
    for index, action in enumerate(subject.incident.actions if subject.incident is not None else ()):
        if not action.done and action.due is None:
            yield subject.found(
                f"follow-up {index + 1} has no due date",
                path=("actions", index, "due"),
                item=action.id,
                section="actions",
            )
