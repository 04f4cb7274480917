"""A chain of whys that ends with somebody's mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.people import People, ends_at_person
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "A root cause stops at a person"
SEVERITY = "warning"
REASON = (
    "“Human error” is where the questions begin: people make the same slips everywhere, and only what let the "
    "slip do harm can be changed. A chain may pass through what somebody did; it must not end there."
)
FIX = "ask once more: what made it easy, what would have caught it, what let it do so much?"


def _cause(*whys: str) -> dict[str, object]:
    return {
        "causes": [
            {
                "id": "K1",
                "title": "The wrong host was restarted",
                "whys": [{"text": why, "evidence": ["E2"]} for why in whys],
            }
        ]
    }


BAD = (
    Example(record=_cause("The restart went to pay-1", "Human error")),
    Example(record=_cause("Kim forgot to reload the proxy")),
    Example(record=_cause("The certificate was renewed", "The engineer made a typo")),
    Example(record=_cause("The alert was there", "Noor did not pay attention")),
)
GOOD = (
    Example(record=_cause("Kim restarted pay-1", "Both prompts look alike, and nothing asks before a restart")),
    Example(record=_cause("The proxy reads its certificate at its start only")),
    Example(record=_cause("Restarting by hand is the only way there is")),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each cause, at the end of its chain."""
    people = People(subject.document, subject.words)
    for end, words in ends_at_person(subject, people):
        yield subject.at(end, f"cause {int(end.path[1]) + 1} stops at a person: “{' '.join(words.split())}”", words)
