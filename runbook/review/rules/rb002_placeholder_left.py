"""Something that was meant to be written later is still there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.review.passages import own_words, texts
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject
    from runbook.review.words import Hit, Words

TITLE = "A placeholder was left"
SEVERITY = "error"
REASON = (
    "TODO, TBD or <fill in> tells a reader that there is more to know and not what. After the merge nobody looks "
    "for it."
)
FIX = "write what belongs there, or take it out"
BAD = (
    Example(record={"summary": "Checkout was down. TODO: add the numbers."}),
    Example(record={"impact": {"systems": ["checkout"], "users": "<fill in>"}}),
    Example(record={"resolution": "tbd"}),
    Example(record={"title": "XXX"}),
    Example(record={"lessons": {"went_well": [{"text": "Lorem ipsum dolor sit amet"}]}}),
    Example(record={"summary": "Ruhe"}, settings='[lint.words]\nplaceholder = ["ruhe"]\n'),
)
GOOD = (
    Example(record={"summary": "The parser stopped at the first `TODO` of the file and paid nobody until 09:40."}),
    Example(record={"resolution": 'The page said "coming soon" until the proxy was started again.'}),
    Example(record={"summary": "All of the methods of <https://status.example.net> answered 502 for an hour."}),
)

_BRACKETED = re.compile(
    r"[<\[{](?:fill in|insert|your|enter|add|describe|name of|todo|tbd|placeholder|\.\.\.|…)[^<>\[\]{}\n]{0,60}[>\]}]",
    re.IGNORECASE,
)
_FIELDS = {"title", "name", "owner", "lead", "deployer", "reviewer", "by", "systems", "responders", "documents"}
"""Captured fields that people fill; the others hold what programs said."""


def _alone(text: str, words: Words) -> Hit | None:
    """Words that are a placeholder where they are all that is said: a clause of their own, or the end of one."""
    for hit in words.placeholder_alone.find(text):
        before, after = text[: hit.begin].rstrip(" \t*_("), text[hit.end :].lstrip(" \t*_)")
        closed = not after or after[0] in ".!?;|\n"
        if closed and (not before or before[-1] in ".!?:;|\n–—-+" or not words.placeholder_open.ends(before[-20:])):
            return hit
    return None


def check(subject: Subject) -> Iterator[Found]:
    """The first placeholder of each text."""
    for passage in texts(subject.document):
        name = next(part for part in reversed(passage.path) if isinstance(part, str))
        if passage.kind == "captured" and (name not in _FIELDS or passage.path[0] in {"findings", "evidence"}):
            continue
        text = own_words(passage.text)
        bracketed = _BRACKETED.search(text)
        hit = None if bracketed else subject.words.placeholder.first(text) or _alone(text, subject.words)
        words = bracketed[0] if bracketed else hit.text if hit else ""
        if words:
            yield subject.at(passage, f"a placeholder was left: {words}", words)
