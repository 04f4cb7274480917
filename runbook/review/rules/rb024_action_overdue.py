"""A follow-up whose day has passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.model.text import count_of
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "A follow-up is overdue"
SEVERITY = "info"
REASON = "A date that passed is a decision nobody took: do it, move it, or say that it will not be done."
FIX = "tick it, move the date, or take it out and say why"
BAD = (Example(record={"actions": [{"id": "A1", "text": "Renew it by timer", "owner": "Kim", "due": "2020-01-02"}]}),)
GOOD = (
    Example(
        record={
            "actions": [{"id": "A1", "text": "Renew it by timer", "owner": "Kim", "due": "2020-01-02", "done": True}]
        }
    ),
    Example(record={"actions": [{"id": "A1", "text": "Renew it by timer", "owner": "Kim", "due": "2999-01-02"}]}),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each open follow-up; the day it is due is not late."""
    for index, action in enumerate(subject.incident.actions if subject.incident is not None else ()):
        if not action.done and action.due is not None and action.due < subject.today:
            late = (subject.today - action.due).days
            yield subject.found(
                f"follow-up {index + 1} is overdue since {action.due.isoformat()} ({count_of(late, 'day')})",
                path=("actions", index, "due"),
                item=action.id,
                section="actions",
            )
