"""A known failure that nobody has confirmed or dismissed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "A finding is still open"
SEVERITY = "warning"
REASON = "A machine recognised it; whether it played a part only a person can say. Past the review nobody remembers."
FIX = "runbook resume ID asks; or set `state:` to confirmed or dismissed, with a reason"
_FINDING = {
    "id": "net/timeout",
    "signature": "net/timeout",
    "title": "A timeout",
    "prevention": ["Every call has a timeout"],
}
BAD = (Example(record={"status": "in-review", "findings": [_FINDING]}),)
GOOD = (
    Example(
        record={"status": "in-review", "findings": [{**_FINDING, "state": "dismissed", "reason": "of a test host"}]}
    ),
    Example(record={"status": "resolved", "findings": [_FINDING]}),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each open finding of an incident that is in review or closed."""
    if subject.document.status not in {"in-review", "closed"}:
        return
    for index, finding in enumerate(subject.document.findings):
        if finding.state == "open":
            yield subject.found(
                f"{finding.signature} is neither confirmed nor dismissed",
                path=("findings", index, "state"),
                item=finding.id,
                section="findings",
            )
