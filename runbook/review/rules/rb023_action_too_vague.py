"""A follow-up that can never be ticked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.actions import vague
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "A follow-up is too vague to finish"
SEVERITY = "warning"
REASON = (
    "“Be more careful” has no end and changes nothing; “improve monitoring” is done when anybody says so. A "
    "follow-up says what will be there that was not: which alert, at which threshold, in which file."
)
FIX = "say what will be there when it is done: which alert, at which value, in which file"


def _action(text: str) -> dict[str, object]:
    return {"actions": [{"id": "A1", "text": text, "owner": "Kim", "due": "2026-09-01"}]}


BAD = (
    Example(record=_action("Be more careful with certificates")),
    Example(record=_action("Improve monitoring")),
    Example(record=_action("Look into the proxy")),
    Example(record=_action("Make sure this does not happen again")),
)
GOOD = (
    Example(record=_action("Improve the alert on certificates so that it fires 14 days before the end")),
    Example(record=_action("Check the age of every certificate once a day, and page below 14 days")),
    Example(record=_action("Write down in the README who renews certificates")),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each open follow-up, with the words that are vague."""
    for index, action in enumerate(subject.incident.actions if subject.incident is not None else ()):
        words = "" if action.done else vague(action.text, subject.words)
        if words:
            yield subject.found(
                f"follow-up {index + 1} is too vague to finish: “{words}”",
                path=("actions", index, "text"),
                item=action.id,
                section="actions",
            )
