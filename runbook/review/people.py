"""Who is meant by name or role, and where a text says of somebody that they did it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from runbook.model.record import Deployment, Incident
from runbook.review.passages import own_words, sentences
from runbook.review.words import Phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.model.record import AnyDocument
    from runbook.review.passages import Passage
    from runbook.review.subject import Subject
    from runbook.review.words import Hit, Words

NEAR = 3
"""Words that may stand between a person and what is said of them."""
WINDOW = 160
"""Characters around a person that are looked at: more than a person, three words and a deed ever take."""
_WORD = re.compile(r"[\w'’-]+")
_IF = re.compile(r"(?:\b(if)|^\W{0,9}(had))\s{1,5}$", re.IGNORECASE)
_HAD = re.compile(r"\s{1,5}had\s{1,5}(?!been\b|not\b|had\b|gone\b)\w{1,20}")
_THEN = re.compile(r"\s{1,5}(?!been\b|not\b|had\b|gone\b)\w{1,20}")
_AVOIDED = re.compile(
    r"\bwould(?: not|n't) have\b|\bnothing would\b"
    r"|\b(?:would|could) have been (?:avoided|prevented|caught|noticed|found|shorter)\b",
    re.IGNORECASE,
)
_REASON = re.compile(r"\b(?:because|since|as (?:the|it|they|all|no|there)|so that|until|which)\b", re.IGNORECASE)
"""Behind what somebody did not do: the sentence says why, or what came of it."""
_GOES_ON = re.compile(r"\s{1,5}(?:could|had no|was not|were not|cannot|has no|sees?|saw)\b")
"""Behind "the reason was Kim": what Kim was up against, not what Kim did."""
_ALONE = re.compile(
    r"\W{0,5}(?:it was |this was )?(?:just |simply |only )?(?:a |an |the )?(?:\w{1,20} )?$", re.IGNORECASE
)
_ALONE_AFTER = re.compile(r"\s{0,5}(?:$|[.!,;]|(?:in|by|of|during|when|while|on|with|at|from|was)\b)", re.IGNORECASE)
_ALONE_WORDS = 7
"""A why of more words than this says more than that it was a slip."""
_POSSESSIVE = re.compile(r"['’]s?\s{1,5}(?:\w{1,30}\s{1,5}){0,2}")


class Charge(NamedTuple):
    """Words that make a person the cause: the words as they stand, and what may be written instead."""

    words: str
    instead: str


class People:
    """The people of one document, by name, and the roles that stand for one."""

    def __init__(self, document: AnyDocument, words: Words) -> None:
        self.words = words
        self._names = Phrases(_names(document, words), cased=True)
        self._roles = Phrases(words.roles)

    def find(self, text: str) -> list[tuple[int, int]]:
        """Where persons are named, left to right."""
        spans = {(hit.begin, hit.end) for pattern in (self._names, self._roles) for hit in pattern.find(text)}
        return sorted(spans)

    def charges(self, text: str, *, hindsight: bool = True) -> Iterator[Charge]:
        """Where a sentence of ``text`` (own words only) says that a person did it.

        Args:
            text: what is looked at.
            hindsight: whether "if Kim had looked, …" counts; where luck is told of, it is no blame.
        """
        for sentence in sentences(text):
            people = self.find(sentence)
            if people:
                yield from self._in_sentence(sentence, people)
            if people and hindsight:
                yield from self._might_have(sentence, people)

    def _in_sentence(self, sentence: str, people: list[tuple[int, int]]) -> Iterator[Charge]:
        words = self.words
        for begin, end in people:
            rest, before = sentence[end : end + WINDOW], sentence[max(begin - WINDOW, 0) : begin]
            owned = _POSSESSIVE.match(rest)
            if owned is not None:
                hit = words.possession.first(rest[: owned.end() + 30])
                if hit is not None and hit.begin <= owned.end():
                    yield Charge(sentence[begin : end + hit.end], words.instead_of(hit.text))
                continue
            human = sentence[begin:end].lower() not in words.either
            for hit in (words.deed if human else words.human).find(rest):
                if self._close(rest[: hit.begin]) and not self._excused(hit, rest):
                    yield Charge(sentence[begin : end + hit.end], words.instead_of(hit.text))
                    break
            for hit in words.source.find(before) if human else ():
                if self._accused(before, hit, rest):
                    yield Charge(before[hit.begin :] + sentence[begin:end], words.instead_of(hit.text))

    def _might_have(self, sentence: str, people: list[tuple[int, int]]) -> Iterator[Charge]:
        """*If Kim had looked* and *had Kim looked*, where the sentence says what would then not have been."""
        for begin, end in people:
            before = _IF.search(sentence[max(begin - WINDOW, 0) : begin])
            if before is None:
                continue
            match = (_HAD if before[1] else _THEN).match(sentence[end : end + WINDOW])
            if match is not None and _AVOIDED.search(sentence[end + match.end() :]):
                words = sentence[begin - len(before[0]) : end + match.end()]
                yield Charge(words, self.words.instead_of("should have"))

    def _excused(self, hit: Hit, rest: str) -> bool:
        """Whether what follows a deed takes the blame out of it: a passive, or why it was reasonable not to do it."""
        after = rest[hit.end :]
        if after.lstrip().startswith("been "):
            return True
        return " ".join(hit.text.lower().split()) in self.words.omission and _REASON.search(after) is not None

    def _accused(self, before: str, hit: Hit, rest: str) -> bool:
        """Whether words such as *because of* mean the person behind them, and not something of theirs or near them."""
        if before[hit.end :].strip(" ,") or self.words.negated(before, hit.begin):
            return False
        return not (hit.text[-2:].lower() in {"is", "as"} and _GOES_ON.match(rest))

    def _close(self, between: str) -> bool:
        """Whether what stands between a person and a deed leaves the person its subject."""
        if any(mark in between for mark in ",;:.()\x00\n"):
            return False
        found = _WORD.findall(between.lower())
        negated = self.words.negation.first(between) is not None
        return (
            len(found) <= NEAR
            and not negated
            and all(word in self.words.between or (word.endswith("ly") and len(word) > 4) for word in found)
        )


def stops_at_person(subject: Subject, text: str, people: People) -> str:
    """The words with which a cause ends at a person, or an empty text."""
    own = own_words(text)
    words = subject.words
    for hit in words.stop.find(own):
        if not words.negated(own, hit.begin) and not words.stop_open.ends(own[max(hit.begin - 40, 0) : hit.begin]):
            return hit.text
    if len(_WORD.findall(own)) <= _ALONE_WORDS:
        for hit in words.stop_alone.find(own):
            if _ALONE.match(own[: hit.begin]) and _ALONE_AFTER.match(own[hit.end :]):
                return hit.text
    for sentence in sentences(own):
        for begin, end in people.find(sentence):
            human = sentence[begin:end].lower() not in words.either
            rest = sentence[end : end + WINDOW].lstrip()
            hit_ = words.did.starts(rest) or words.deed.starts(rest) if human else words.human.starts(rest)
            if hit_ is not None:
                return f"{sentence[begin:end]} {hit_.text}"
    charge = next(people.charges(own), None)
    return "" if charge is None else charge.words


def ends_at_person(subject: Subject, people: People) -> Iterator[tuple[Passage, str]]:
    """The ends of the causes' chains that stop at a person, with the words that do."""
    from runbook.review.passages import Passage  # noqa: PLC0415  a value made here, a type above

    for index, cause in enumerate(subject.incident.causes if subject.incident is not None else ()):
        if cause.whys:
            last = len(cause.whys) - 1
            end = Passage(
                cause.whys[last].text, "prose", ("causes", index, "whys", last, "text"), cause.whys[last].id, "causes"
            )
        else:
            end = Passage(cause.title, "prose", ("causes", index, "title"), cause.id, "causes")
        words = stops_at_person(subject, end.text, people)
        if words:
            yield end, words


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
