"""Who in a text is a person: names on record, roles, handles, and names that only stand in the text."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from runbook.model.record import Deployment, Incident
from runbook.review.words import Phrases

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument
    from runbook.review.words import Words

Sort = Literal["known", "either", "stranger"]
"""On record or a role; a person or a program; a name that nothing but the text tells of."""


class Person(NamedTuple):
    """Where a text names somebody.

    Attributes:
        begin, end: the place.
        sort: how sure it is that this is a person. Against the last two only what no program does is held.
    """

    begin: int
    end: int
    sort: Sort


_HANDLE = re.compile(r"(?<![\w.@/])@[a-z][\w-]{0,38}(?:\.[\w-]{1,38}){0,3}(?![\w/@])")
_WORD = re.compile(r"(?<![\w@/.#$-])[^\W\d_][\w'’-]{1,40}")
_NAME = re.compile(r"(?:Mc|Mac|Van|De|Le|La)?[^\W\d_][^\W\d_]*(?:['’-][^\W\d_]+){0,3}")
_OWNER = re.compile(r"['’]s?$")


class Persons:
    """The people of one document, by name, and the roles that stand for one."""

    def __init__(self, document: AnyDocument, words: Words) -> None:
        self._words = words
        self._known = Phrases(_names(document, words), cased=True)

    def find(self, text: str) -> list[Person]:
        """Where persons are named, left to right."""
        words = self._words
        found = {hit.begin: Person(hit.begin, hit.end, "known") for hit in self._known.find(text)}
        for pattern, sort in ((words.roles, "known"), (words.posts, "known"), (words.either, "either")):
            for hit in pattern.find(text):
                # The longest wins: "the on-call engineer" and not "the on-call".
                if hit.begin not in found or found[hit.begin].end < hit.end:
                    found[hit.begin] = Person(hit.begin, hit.end, "either" if sort == "either" else "known")
        taken = sorted(found.values())
        begins = [person.begin for person in taken]
        return sorted([*taken, *(who for who in self._strangers(text) if not _taken(who, taken, begins))])

    def _strangers(self, text: str) -> list[Person]:
        """Handles, and capitalised words that look like a name and are not known to be anything else."""
        words = self._words
        found = [
            Person(match.start(), match.end(), "stranger")
            for match in _HANDLE.finditer(text)
            if not words.machines & set(re.split(r"\W+|_", match[0].lower()))
        ]
        for match in _WORD.finditer(text):
            name = _OWNER.sub("", match[0])
            if _like_a_name(name) and name.lower() not in words.no_names and name.lower() not in words.machines:
                found.append(Person(match.start(), match.start() + len(name), "stranger"))
        return found


@lru_cache(maxsize=4096)
def _like_a_name(word: str) -> bool:
    """A capital in front and none inside, but behind an apostrophe, a hyphen or ``Mc``: O'Brien, Jean-Luc, McKay."""
    if not word[:1].isupper() or _NAME.fullmatch(word) is None:
        return False
    inner = re.sub(r"^(?:Mc|Mac|Van|De|Le|La)(?=[A-Z])", "", word)
    return all(not part[1:] or part[1:].islower() for part in re.split(r"['’-]", inner))


def _taken(person: Person, taken: list[Person], begins: list[int]) -> bool:
    """Whether the last of those that begin before the end of ``person`` reaches into it."""
    before = bisect_left(begins, person.end)
    return before > 0 and taken[before - 1].end > person.begin


def _names(document: AnyDocument, words: Words) -> set[str]:
    """Names on record, whole and by their capitalised parts. What acts and is no person is left out."""
    given: list[str] = []
    if isinstance(document, Incident):
        given += [document.lead, *document.responders]
        # An owner may be a team, whose name is an ordinary word ("Payments failed to clear"): two parts make a person.
        given += [name for action in document.actions if len((name := action.owner).split()) > 1 or name[:1] == "@"]
        given += [check.by for check in document.checklist]
    elif isinstance(document, Deployment):
        given += [document.deployer, document.reviewer, document.sign_off.by]
        given += [check.by for check in (*document.pre_checks, *document.practice_checks, *document.post_checks)]
    given += [command.actor for command in document.commands]
    given += [entry.actor for entry in document.timeline if entry.actor[:1].isupper()]
    found: set[str] = set()
    for name in given:
        whole = name.strip().lstrip("@")
        if len(whole) < 2 or words.machines & {whole.lower(), *re.split(r"\W+", whole.lower())}:
            continue
        found |= {whole, f"@{whole}"}
        parts = re.split(r"[\s.]+", whole)
        if len(parts) > 1:
            found |= {
                part for part in parts if len(part) > 2 and part[0].isupper() and part.lower() not in words.machines
            }
    return found
