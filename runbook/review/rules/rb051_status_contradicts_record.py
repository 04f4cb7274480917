"""The status is behind, or ahead of, what the record says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "The status contradicts the record"
SEVERITY = "warning"
REASON = (
    "Lists, the site and the statistics go by the status. One that was forgotten counts an incident as open for ever."
)
FIX = "runbook set status STATUS --id ID, or correct what contradicts it"
BAD = (
    Example(record={"status": "investigating"}),
    Example(record={"status": "mitigated"}),
    Example(record={"status": "mitigated", "milestones.mitigated": None, "milestones.resolved": None}),
    Example(record={"status": "planned"}, document="deployment"),
    Example(record={"steps": [{"id": "S1", "text": "reload", "ok": False}]}, document="deployment"),
)
GOOD = (
    Example(record={"status": "investigating", "milestones.mitigated": None, "milestones.resolved": None}),
    Example(record={"status": "failed", "steps": [{"id": "S1", "text": "reload", "ok": False}]}, document="deployment"),
    Example(
        record={
            "steps": [{"id": "S1", "text": "reload", "ok": False}],
            "issues": [{"id": "I1", "text": "The first reload failed for want of a right; the second went through"}],
        },
        document="deployment",
    ),
)


def check(subject: Subject) -> Iterator[Found]:
    """At most one problem."""
    document, times = subject.document, subject.document.milestones
    message = ""
    if subject.incident is not None:
        if document.status in {"investigating", "mitigated"} and times.resolved is not None:
            message = f"the status is {document.status}, and the record has a time of resolution"
        elif document.status == "investigating" and times.mitigated is not None:
            message = "the status is investigating, and the record has a time of mitigation"
        elif document.status == "mitigated" and times.mitigated is None:
            message = "the status is mitigated, and nothing says since when"
    elif (deployment := subject.deployment) is not None:
        done = [step for step in deployment.steps if step.ok is not None]
        if deployment.status == "planned" and (done or deployment.commands):
            message = "the status is planned, and steps were taken"
        elif deployment.status == "running" and times.resolved is not None:
            message = "the status is running, and the record has an end"
        elif deployment.status == "success" and any(step.ok is False for step in done) and not deployment.issues:
            message = "the status is success, a step failed, and no issue says what came of it"
    if message:
        yield subject.found(message, path=("status",), item="head", section="head")
