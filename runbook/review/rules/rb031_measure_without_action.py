"""A measure that nobody carries out, and nobody says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.actions import telling
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "A prevention measure has no follow-up"
SEVERITY = "info"
REASON = (
    "A measure is what will be true; a follow-up is who makes it so, by when. An open measure needs a follow-up "
    "that speaks of the same thing (two telling words in common), or says in its own text why nothing is done "
    "(“not taken: …”, “accepted risk”, “already in place”)."
)
FIX = "add a follow-up for it, or write `not taken: …` behind it with the reason"
_MEASURE = {"id": "P1", "text": "An alert fires 14 days before a certificate ends"}
BAD = (
    Example(
        record={
            "prevention": [_MEASURE],
            "actions": [{"id": "A1", "text": "Name who is paged at night", "owner": "Kim", "due": "2999-09-01"}],
        }
    ),
)
GOOD = (
    Example(
        record={
            "prevention": [_MEASURE],
            "actions": [{"id": "A1", "text": "Add the alert on certificates", "owner": "Kim", "due": "2999-09-01"}],
        }
    ),
    Example(record={"prevention": [{**_MEASURE, "done": True}]}),
    Example(
        record={
            "prevention": [
                {**_MEASURE, "text": "Two issuers at once; not taken: the second costs more than an hour a year"}
            ]
        }
    ),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each open measure."""
    incident = subject.incident
    if incident is None:
        return
    carried_out = [telling(action.text, subject.words) for action in incident.actions]
    for index, measure in enumerate(incident.prevention):
        if measure.done or subject.words.declined.first(measure.text) is not None:
            continue
        wanted = telling(measure.text, subject.words)
        if not any(len(wanted & words) >= min(2, len(wanted)) for words in carried_out):
            yield subject.found(
                f"measure {index + 1} has no follow-up and no reason for having none",
                path=("prevention", index),
                item=measure.id,
                section="prevention",
            )
