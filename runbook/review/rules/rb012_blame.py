"""A person is named as the cause, or a word finds fault with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.passages import own_words, prose
from runbook.review.people import People, ends_at_person
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "Words of blame"
SEVERITY = "warning"
REASON = (
    "Whoever expects blame leaves out what others need to know. A report says what a person saw and did, and why "
    "that was reasonable then; it does not say whose fault it was. Looked at are texts that people wrote, with "
    "names from the record (lead, responders, actors). Quotations, code and what programs printed are "
    "left alone. More names and words: `lint.words.person` and `lint.words.blame` in runbook.toml."
)
FIX = "say what happened and what made it possible"
BAD = (
    Example(record={"summary": "Checkout was down for an hour because of Kim."}),
    Example(record={"summary": "Kim forgot to reload the proxy, so checkout was down."}),
    Example(record={"title": "Kim took production down"}),
    Example(record={"factors": [{"text": "Noor's carelessness with the deployment"}]}),
    Example(record={"lessons": {"went_wrong": [{"text": "The deployment was sloppy"}]}}),
    Example(record={"impact": {"systems": ["shop"], "users": "All; the engineer should have known better"}}),
    Example(record={"summary": "Gerd failed to answer."}, settings='[lint.words]\nperson = ["Gerd"]\n'),
)
GOOD = (
    Example(record={"summary": "Kim reloaded the proxy at 08:31, and cards went through again."}),
    Example(record={"summary": 'The chat said "Kim forgot to reload it" before anybody had looked.'}),
    Example(record={"summary": "The log said `the operator forgot the certificate`."}),
    Example(record={"factors": [{"text": "The review was blameless, and nobody is to blame"}]}),
    Example(record={"factors": [{"text": "Kim saw that the probe failed to reach the issuer"}]}),
    Example(record={"factors": [{"text": "Noor should have been paged, and the rota named somebody who had left"}]}),
)


def check(subject: Subject) -> Iterator[Found]:
    """Each place once; the ends of chains of whys are another rule's."""
    words = subject.words
    people = People(subject.document, words)
    elsewhere = {end.path for end, _ in ends_at_person(subject, people)}
    for passage in prose(subject.document):
        if passage.path in elsewhere:
            continue
        text = own_words(passage.text)
        seen = set()
        lucky = passage.section in {"lessons.lucky", "lessons.went_well"}
        for charge in people.charges(text, hindsight=not lucky):
            said = " ".join(charge.words.split())
            seen.add(said)
            yield subject.at(passage, f"a person is named as the cause: “{said}”", charge.words, hint=charge.instead)
        for hit in words.blame.find(text):
            if not words.negated(text, hit.begin) and not any(hit.text in said for said in seen):
                yield subject.at(passage, f"a word of blame: “{hit.text}”", hit.text, hint=words.instead_of(hit.text))
