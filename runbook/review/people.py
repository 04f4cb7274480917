"""Where a text says of somebody that they did it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from runbook.review.passages import own_words, sentences
from runbook.review.persons import Persons
from runbook.review.words import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.model.record import AnyDocument
    from runbook.review.passages import Passage
    from runbook.review.persons import Person, Sort
    from runbook.review.subject import Subject
    from runbook.review.words import Phrases, Words

NEAR = 3
"""Words that may stand between a person and what is said of them."""
WINDOW = 160
"""Characters around a person that are looked at: more than a person, three words and a deed ever take."""
_WORD = re.compile(r"[\w'’-]+")
_IF = re.compile(r"(?:\b(if)|^\W{0,9}(had))\s{1,5}$", re.IGNORECASE)
_HAD = re.compile(r"\s{1,5}had\s{1,5}(?!been\b|not\b|had\b|gone\b)\w{1,20}")
_THEN = re.compile(r"\s{1,5}(?!been\b|not\b|had\b|gone\b)\w{1,20}")
_AVOIDED = re.compile(
    r"\bwould(?: not|n't) (?:have|be)\b|\bnothing would\b|\bwould still\b|\bwould be (?:fine|ok|okay|up|running)\b"
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


_CLAUSE = re.compile(
    r"[,;:.()\x00\n]|\b(?:that|which|who|whose|and|but|because|since|as|when|while|so|if|after|before|until)\b",
    re.IGNORECASE,
)
"""Where an act ends and something else is told of."""
_SLIPPED = re.compile(r"\b(?:accidental|mistaken|careless|inadvertent|reckless|blind|unintentional)ly\b", re.IGNORECASE)
_NEXT_TIME = re.compile(r"\bnext time,? {0,5}$", re.IGNORECASE)
_MUST = re.compile(r"\s{1,5}(?:must|should|has to|have to|needs to|need to|ought to)\b")
_IT_WAS = re.compile(r"\bit was (?:again )?$", re.IGNORECASE)
_WHO = re.compile(r"^\s{0,5},?\s{1,5}who\b")
SLIP_WORDS = 6
"""Words that may stand between an act and what makes it a slip."""


class Charge(NamedTuple):
    """Words that make a person the cause: the words as they stand, and what may be written instead."""

    words: str
    instead: str


class People:
    """The people of one document, and what is said of them."""

    def __init__(self, document: AnyDocument, words: Words) -> None:
        self.words = words
        self._persons = Persons(document, words)

    def find(self, text: str) -> list[Person]:
        """Where persons are named, left to right."""
        return self._persons.find(text)

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

    def _in_sentence(self, sentence: str, people: list[Person]) -> Iterator[Charge]:
        words = self.words
        for begin, end, sort in people:
            known = sort == "known"
            rest, before = sentence[end : end + WINDOW], sentence[max(begin - WINDOW, 0) : begin]
            owned = _POSSESSIVE.match(rest)
            if owned is not None:
                hit = (words.possession if known else words.own_possession).first(rest[: owned.end() + 30])
                if hit is not None and hit.begin <= owned.end():
                    yield Charge(sentence[begin : end + hit.end], words.instead_of(hit.text))
                continue
            deed = self.deed(rest, self.deeds(sort)) or self._singled_out(before, rest)
            if deed:
                yield Charge(sentence[begin : end + deed.end], words.instead_of(deed.text))
            for hit in (words.source if known else words.own_source).find(before) if sort != "either" else ():
                if self._accused(before, hit, rest):
                    yield Charge(before[hit.begin :] + sentence[begin:end], words.instead_of(hit.text))

    def deeds(self, sort: Sort) -> Phrases:
        """What is held against somebody of this sort. What a program may do as well is not, unless it is a person."""
        words = self.words
        return {"known": words.deed, "either": words.human, "stranger": words.named}[sort]

    def deed(self, rest: str, deeds: Phrases) -> Hit | None:
        """What is said of somebody right behind their name and is held against them, or None."""
        for hit in deeds.find(rest):
            if self._close(rest[: hit.begin]) and not self._excused(hit, rest):
                return hit
        return self._slip(rest)

    def _singled_out(self, before: str, rest: str) -> Hit | None:
        """*It was Kim who deleted it*, *next time Kim must*: held against Kim. That it was Kim who saw it is not."""
        if _IT_WAS.search(before) and _WHO.match(rest):
            hit = self.words.act.first(rest)
            return hit if hit is not None and self._close(rest[: hit.begin]) else None
        must = _MUST.match(rest) if _NEXT_TIME.search(before) else None
        return Hit("should have", 0, must.end()) if must is not None else None

    def _slip(self, rest: str) -> Hit | None:
        """*Applied it on the wrong host*, *wiped the bucket by mistake*: an act and what makes a slip of it."""
        words = self.words
        act = words.act.first(rest)
        if act is None or not self._close(rest[: act.begin]):
            return None
        adverb = _SLIPPED.search(rest, 0, act.begin)
        if adverb is not None:
            return Hit(rest[adverb.start() : act.end], adverb.start(), act.end)
        clause = _CLAUSE.search(rest, act.end)
        hit = words.slip.first(rest[: clause.start() if clause else len(rest)])
        if hit is None or hit.begin < act.end or len(_WORD.findall(rest[act.end : hit.begin])) > SLIP_WORDS:
            return None
        return None if hit.text.lower().startswith("without") and _REASON.search(rest[hit.end :]) else hit

    def _might_have(self, sentence: str, people: list[Person]) -> Iterator[Charge]:
        """*If Kim had looked* and *had Kim looked*, where the sentence says what would then not have been."""
        for begin, end, sort in people:
            before = _IF.search(sentence[max(begin - WINDOW, 0) : begin])
            if before is None or sort == "either":
                continue
            match = (_HAD if before[1] else _THEN).match(sentence[end : end + WINDOW])
            if match is not None and (
                _AVOIDED.search(sentence, end + match.end()) or _AVOIDED.search(sentence[: begin - len(before[0])])
            ):
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
        between = _WHO.sub(" ", between)
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
        for begin, end, sort in people.find(sentence):
            rest = sentence[end : end + WINDOW].lstrip()
            hit_ = people.deeds(sort).starts(rest) or (words.did.starts(rest) if sort != "either" else None)
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
