"""An ignore that does not say why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.problem import Found
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.rule import Outcome
    from runbook.review.subject import Subject

TITLE = "An ignore has no reason"
SEVERITY = "error"
REASON = "Whoever meets it next year cannot know whether it still holds. Without a reason an ignore does not count."
FIX = "write why: <!-- runbook:ignore RB012 why it does not hold here -->"
BAD = (
    Example(append="\n<!-- runbook:ignore RB021 -->\n"),
    Example(record={"lint_ignores": [{"rule": "RB021"}]}),
)
GOOD = (
    Example(
        record={
            "actions": [{"id": "A1", "text": "Renew it by timer", "owner": "Kim"}],
            "lint_ignores": [{"rule": "RB021", "reason": "the vendor gives the date in May", "where": "A1"}],
        }
    ),
)


def after(subject: Subject, outcome: Outcome) -> Iterator[Found]:
    """One problem for each."""
    del subject
    for ignore in outcome.ignores:
        if not ignore.reason:
            yield Found(
                f"the ignore of {ignore.rule or 'nothing'} has no reason", ignore.file, ignore.line, key=ignore.rule
            )
