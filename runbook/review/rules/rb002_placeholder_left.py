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
    Example(record={"summary": "Checkout was down for ??? minutes, between HH:MM and HH:MM."}),
    Example(record={"summary": "[number] people could not pay."}),
    Example(record={"resolution": "xx"}),
    Example(record={"resolution": "Root cause to be determined after the next test."}),
    Example(record={"lessons": {"went_well": [{"text": "Lorem ipsum dolor sit amet"}]}}),
    Example(record={"summary": "Ruhe"}, settings='[lint.words]\nplaceholder = ["ruhe"]\n'),
)
GOOD = (
    Example(record={"summary": "The parser stopped at the first `TODO` of the file and paid nobody until 09:40."}),
    Example(record={"resolution": 'The page said "coming soon" until the proxy was started again.'}),
    Example(record={"impact": {"systems": ["shop"], "users": "Many", "data_loss": "-"}}),
    Example(
        record={"summary": "Was it DNS?? See [time](https://time.example.net). The parser wants the time as HH:MM."}
    ),
    Example(record={"summary": "The key was copied to the host, which nobody is allowed to do."}),
    Example(record={"summary": "All of the methods of <https://status.example.net> answered 502 for an hour."}),
)

_BRACKETED = re.compile(
    r"[<\[{](?:fill in|insert|your|enter|add|describe|name of|todo|tbd|placeholder|\.\.\.|…)[^<>\[\]{}\n]{0,60}[>\]}]",
    re.IGNORECASE,
)
_NAMES = (
    "number|count|amount|date|time|duration|link|url|name|title|team|owner|ticket|person|who|when|where|why|what"
    "|how many|user|users|service|system|reason|cause|summary|description|details|text|id|version|host|value"
)
_SLOT = re.compile(
    rf"(?<![\w<\[])(?:<(?:the )?(?:{_NAMES})(?:[ _-][\w -]{{0,40}})?>"
    rf"|\[(?:the )?(?:{_NAMES})(?: [\w -]{{0,40}})?\](?![(:\[]))"
    r"|(?<![\w?!])\?{2,9}(?![\w?])"  # "down for ??? minutes"; "really??" is a question
    r"|(?<=[^\S\n])_{2,20}(?=[\s.,;%])|(?<=\w:)[^\S\n]{0,5}_{2,20}(?!\w)"  # a blank to write on
    r"|(?:\b(?:at|between|and|from|until|till|since|on|around|about)\s{1,5}|^)"
    r"(?:HH:MM|hh:mm|XX:XX|xx:xx|YYYY-MM-DD|yyyy-mm-dd|DD\.MM\.YYYY|MM/DD/YYYY)\b",
)
"""What stands where a word is to be put: <number>, [date], ???, a line to write on, HH:MM."""
_NOTHING = re.compile(
    r"[\s.…?_-]{1,40}|x{1,9}|asdf\w{0,9}|blah(?:[ ,]{1,2}blah){0,5}\.{0,3}|foo|bar|test|tk", re.IGNORECASE
)
"""All that a text says, where it says nothing. A dash alone means none."""
_FIELDS = {"title", "name", "owner", "lead", "deployer", "reviewer", "by", "systems", "responders", "documents"}
"""Captured fields that people fill; the others hold what programs said."""


FEW = 2
"""Words in front of it that still say no more: "Root cause to be determined after the test"."""
_LAST = re.compile(r"[.!?;|\n]")
_LATER = re.compile(r"(?:after|once|when|by|as soon as|with|from|in|later|soon|at|before)\b", re.IGNORECASE)


def _says_nothing(text: str) -> re.Match[str] | None:
    said = text.strip()
    return _NOTHING.fullmatch(said) if said.strip("-–— \n") else None


def _alone(text: str, words: Words) -> Hit | None:
    """Words that are a placeholder where they are all that is said: a clause of their own, or the end of one."""
    for hit in words.placeholder_alone.find(text):
        before, after = text[: hit.begin].rstrip(" \t*_("), text[hit.end :].lstrip(" \t*_)")
        closed = not after or after[0] in ".!?;|\n"
        if hit.text.lower().split() == ["to", "do"] and len(_LAST.split(before)[-1].split()) > FEW:
            continue  # "which nobody is allowed to do"
        begins = not before or before[-1] in ".!?:;|\n–—-+"
        if not begins and words.placeholder_open.ends(before[-20:]):
            continue
        # "To be completed after the meeting" says it where it begins a clause; elsewhere it tells of a plan.
        if closed or (len(_LAST.split(before)[-1].split()) <= FEW and _LATER.match(after)):
            return hit
    return None


def check(subject: Subject) -> Iterator[Found]:
    """The first placeholder of each text."""
    for passage in texts(subject.document):
        name = next(part for part in reversed(passage.path) if isinstance(part, str))
        if passage.kind == "captured" and (name not in _FIELDS or passage.path[0] in {"findings", "evidence"}):
            continue
        text = own_words(passage.text)
        bracketed = _BRACKETED.search(text) or _SLOT.search(text) or _says_nothing(text)
        hit = None if bracketed else subject.words.placeholder.first(text) or _alone(text, subject.words)
        words = bracketed[0].strip() if bracketed else hit.text if hit else ""
        if words:
            yield subject.at(passage, f"a placeholder was left: “{' '.join(words.split())}”", words)
