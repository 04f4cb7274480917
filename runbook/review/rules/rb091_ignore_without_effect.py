"""An ignore that ignores nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.problem import Found
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.rule import Outcome
    from runbook.review.subject import Subject

TITLE = "An ignore has no effect"
SEVERITY = "warning"
REASON = "What it was for is mended, or it never fitted. Left behind it would hide the next problem of its kind."
FIX = "take it out"
BAD = (
    Example(record={"lint_ignores": [{"rule": "RB021", "reason": "the vendor gives the date in May"}]}),
    Example(append="\n<!-- runbook:ignore RB777 there is no such rule -->\n"),
)
GOOD = (
    Example(
        record={"actions": [{"id": "A1", "text": "Renew it by timer", "owner": "Kim"}]},
        replace={
            "## Follow-up Actions\n": "## Follow-up Actions\n\n<!-- runbook:ignore RB021 the date comes in May -->\n"
        },
    ),
)


def after(subject: Subject, outcome: Outcome) -> Iterator[Found]:
    """One problem for each ignore with a reason; one without is another rule's."""
    off = {code for code, severity in subject.settings.lint.rules.items() if severity == "off"}
    for ignore in outcome.ignores:
        if not ignore.reason:
            continue
        if not ignore.rule or not ignore.known:
            message = f"there is no rule {ignore.rule}" if ignore.rule else "the ignore names no rule"
            yield Found(message, ignore.file, ignore.line, "`runbook lint --explain` lists the rules", key=ignore.rule)
        elif not ignore.times and ignore.rule not in off:
            yield Found(f"the ignore of {ignore.rule} has no effect", ignore.file, ignore.line, key=ignore.rule)
