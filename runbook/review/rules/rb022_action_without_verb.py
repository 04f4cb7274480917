"""A follow-up that names a thing and not what to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.actions import says_to_do
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "A follow-up says nothing to do"
SEVERITY = "warning"
REASON = "“Dashboards for the queue” can mean to draw, to repair or to read them. A verb says what done looks like."
FIX = "begin with what is to be done: add, remove, write, test, …"
BAD = (
    Example(
        record={"actions": [{"id": "A1", "text": "Dashboards for the queue", "owner": "Kim", "due": "2026-09-01"}]}
    ),
    Example(record={"actions": [{"id": "A1", "text": "A faster runner", "owner": "Kim", "due": "2026-09-01"}]}),
)
GOOD = (
    Example(
        record={
            "actions": [
                {"id": "A1", "text": "Add an alert on the age of the certificate", "owner": "Kim", "due": "2026-09-01"}
            ]
        }
    ),
    Example(
        record={
            "actions": [
                {"id": "A1", "text": "`certbot` reloads the proxy from its hook", "owner": "Kim", "due": "2026-09-01"}
            ]
        }
    ),
    Example(
        record={
            "actions": [
                {"id": "A1", "text": "Queue depth must be on the first dashboard", "owner": "Kim", "due": "2026-09-01"}
            ]
        }
    ),
    Example(
        record={"actions": [{"id": "A1", "text": "Zertifikate überwachen", "owner": "Kim", "due": "2026-09-01"}]},
        settings='[lint.words]\nverb = ["überwachen"]\n',
    ),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each open follow-up."""
    for index, action in enumerate(subject.incident.actions if subject.incident is not None else ()):
        if not action.done and not says_to_do(action.text, subject.words):
            yield subject.found(
                f"follow-up {index + 1} says nothing to do",
                path=("actions", index, "text"),
                item=action.id,
                section="actions",
            )
