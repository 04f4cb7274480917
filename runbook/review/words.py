"""The words that rules look for: ours from ``words.toml``, a team's from its settings, as patterns of whole words."""

from __future__ import annotations

import itertools
import re
import tomllib
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runbook.model.settings import Words as TeamWords

TEAM_BLAME = "say what happened and what made it possible, without a judgement"
"""What may be written instead of a word of blame that a team has added."""


class Hit(NamedTuple):
    """A phrase that was found: as it stands in the text, and where."""

    text: str
    begin: int
    end: int


class Phrases:
    """Phrases that are looked for together, as whole words, in any case.

    Args:
        phrases: words with single spaces; ``*`` at the end stands for any ending.
        cased: whether case matters.
        choices: more phrases, of ours: ``(a|b|)`` in them stands for a, b or nothing, ``…`` for up to five words.
    """

    def __init__(self, phrases: Iterable[str], *, cased: bool = False, choices: Iterable[str] = ()) -> None:
        self._given = phrases
        self._choices = choices
        self._flags = re.RegexFlag(0) if cased else re.IGNORECASE

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """Compiled when it is first asked for: that takes longer than a report does."""
        wanted = {phrase.strip(): False for phrase in self._given if phrase.strip(" *")}
        wanted |= {begun: True for phrase in self._choices for begun in _begun(phrase)}
        # Most words first, so that "should not have" is not found as "should".
        ordered = sorted(wanted, key=lambda text: (-len(_TOKEN.findall(text)), -len(text), text))
        body = _alternatives([(phrase[0], _pattern(phrase, choices=wanted[phrase])) for phrase in ordered])
        return re.compile(self._whole(body), self._flags) if wanted else None

    def _whole(self, body: str) -> str:
        """The pattern around the alternatives: whole words."""
        return rf"(?<!\w)(?:{body})(?!\w)"

    def find(self, text: str) -> Iterator[Hit]:
        """Every place where one of them stands, left to right."""
        for match in self._pattern.finditer(text) if self._pattern is not None else ():
            yield Hit(match[0], match.start(), match.end())

    def first(self, text: str) -> Hit | None:
        """The first place, or None."""
        return next(self.find(text), None)

    def starts(self, text: str) -> Hit | None:
        """The one with which ``text`` begins, or None."""
        match = self._pattern.match(text) if self._pattern is not None else None
        return None if match is None else Hit(match[0], match.start(), match.end())

    def ends(self, text: str) -> bool:
        """Whether one of them stands at the end of ``text``."""
        return any(not text[hit.end :].strip() for hit in self.find(text))


class Posts(Phrases):
    """People called by what they do, with or without an article, what sort they are, and where they were.

    ``engineer`` stands for *engineers*, *the new release engineer*, *one of our engineers*, *the engineer on duty*.

    Args:
        posts: single words or pairs, in the singular.
    """

    def __init__(self, posts: Iterable[str]) -> None:
        super().__init__([f"{post}{ending}" for post in posts for ending in ("", "s")])

    def _whole(self, body: str) -> str:
        article = r"(?:the|an?|our|my|this|that|some|another|one\s{1,9}of\s{1,9}(?:our|the))"
        before = rf"(?:{article}\s{{1,9}}(?:[\w/-]{{1,30}}\s{{1,9}}){{0,2}}?)?"
        at = r"\s{1,9}on\s{1,9}(?:call|duty|shift|watch)"
        of = r"\s{1,9}(?:of|from|in|at)\s{1,9}(?:the|our)\s{1,9}(?:[\w-]{1,30}\s{1,9}){1,2}team"
        return rf"(?<![\w-]){before}(?<!\w)(?:{body})(?!\w)(?:{at}|{of})?(?![\w-])"


_STEM = re.compile(r"[*…]")


def _alternatives(patterns: list[tuple[str, str]]) -> str:
    """One branch for each first letter: else every word of a text is held against every phrase."""
    by_letter: dict[str, list[str]] = {}
    for letter, pattern in patterns:
        by_letter.setdefault(letter, []).append(pattern)
    return "|".join(rf"(?={re.escape(letter)})(?:{'|'.join(same)})" for letter, same in by_letter.items())


_TOKEN = re.compile(r"(?:\([^()]*\)|[^\s()…])+|…")
"""A word, or what stands for one: a choice may hold blanks."""


def _begun(phrase: str) -> list[str]:
    """A phrase with the choices of its first word made, so that it begins with a letter."""
    first, *rest = _TOKEN.findall(phrase)
    found = []
    for begin in spelled_out([first]):
        text = " ".join([begin, *rest] if begin else rest)
        found += [text] if begin else _begun(text)
    return found


def _pattern(phrase: str, *, choices: bool) -> str:
    stem = phrase.rstrip("*")
    tokens = _TOKEN.findall(stem) if choices else stem.split()
    found, joint = "", ""
    for token in tokens:
        if choices and token == "…":  # noqa: S105  three dots, no secret
            joint = r"\s{1,9}(?:[\w'’-]{1,40}\s{1,9}){0,5}?"
        elif choices and _CHOICE.fullmatch(token) and "" in token[1:-1].split("|"):
            found += f"(?:{joint}{_word(token, choices=choices)})?"
        else:
            found += joint + _word(token, choices=choices)
            joint = _BLANK
    return found + (r"\w*" if phrase.endswith("*") else "")


_BLANK = r"\s{1,9}"


def _word(token: str, *, choices: bool) -> str:
    parts = _CHOICE.split(token) if choices else [token]
    return "".join(_blanks(part) if index % 2 == 0 else _one_of(part.split("|")) for index, part in enumerate(parts))


def _one_of(ways: list[str]) -> str:
    said = sorted((way for way in ways if way), key=lambda way: -len(way))
    return f"(?:{'|'.join(map(_blanks, said))}){'?' if len(said) < len(ways) else ''}"


def _blanks(text: str) -> str:
    return _BLANK.join(re.escape(part) for part in re.split(r"\s+", text))


_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")


def spelled_out(phrases: Iterable[str]) -> list[str]:
    """Phrases with every choice ``(a|b|)`` in them made: one phrase for each way to read them."""
    found = []
    for phrase in phrases:
        parts = _CHOICE.split(phrase)
        choices = [part.split("|") if index % 2 else [part] for index, part in enumerate(parts)]
        found += [" ".join("".join(way).split()) for way in itertools.product(*choices)]
    return found


class Words:
    """All lists, ready to be looked for. Made once per run; treat as frozen.

    Attributes:
        verbs: what a follow-up may begin with, in lower case.
        own_verbs: those the team has added; in its language a verb may stand at the end.
        machines: who acts and is no person, in lower case.
        common: longer words that tell nothing about what is meant, in lower case.
        between: what may stand between a person and what is said of them.
        opener_words, soft_opener_words: a follow-up with a vague opener and no more words than this has no end.
        roles, posts: who is a person without a name: phrases, and posts such as "our new release engineer".
        either: who may be a person or a program, a team too.
        human, named: what is held against those, and against a name that only the text tells of.
        act, slip: what somebody did, and what behind it says that it was a slip.
        no_names: capitalised words that are no names, in lower case.
        things, purpose: verbs that are things in front of "for", and what "to" behind it belongs to.
        loose, generic: a follow-up that begins with one of the former and has only words of the latter has no end.
    """

    def __init__(self, team: TeamWords | None = None) -> None:
        raw = builtin()
        mine: dict[str, list[str]] = {} if team is None else team.model_dump()
        people, action, impact = raw["people"], raw["action"], raw["impact"]
        self.placeholder = _ours(raw["placeholder"], mine.get("placeholder", ()))
        self.placeholder_alone, self.placeholder_open = _ours(raw["placeholder_alone"]), _ours(raw["placeholder_open"])
        self.blame = _ours(raw["blame"], mine.get("blame", ()))
        self.deed = _ours([*raw["deed"], *raw["omission"]])
        self.source, self.possession = _ours(raw["source"]), _ours(raw["possession"])
        self.roles, self.posts = _ours(people["role"], mine.get("person", ())), Posts(people["post"])
        self.either = Posts(people["either"])
        self.machines = frozenset([*people["machine"], *people["software"]])
        self.no_names = frozenset(people["no_name"])
        self.between = frozenset(people["between"])
        self.negation = Phrases(people["negation"])
        self.stop, self.stop_open = _ours(people["stop"]), _ours(people["stop_open"])
        self.stop_alone = _ours(people["stop_alone"])
        self.did = _ours(people["did"])
        self.human, self.named = _ours(people["human"]), _ours([*people["human"], *people["named"]])
        self.own_source, self.own_possession = _ours(people["named_source"]), _ours(people["named_possession"])
        self.act, self.slip = Phrases(people["act"]), _ours(raw["slip"])
        self.vague = _ours(action["vague"], mine.get("vague", ()))
        self.opener, self.soft_opener = _ours(action["opener"]), _ours(action["soft_opener"])
        self.opener_words: int = action["opener_words"]
        self.soft_opener_words: int = action["soft_opener_words"]
        self.ending = _ours(action["ending"])
        self.loose, self.generic = frozenset(action["loose"]), frozenset(action["generic"])
        self.verbs = frozenset(word.lower() for word in [*action["verb"], *mine.get("verb", ())])
        self.own_verbs = frozenset(word.lower() for word in mine.get("verb", ()))
        self.modal = Phrases(action["modal"])
        self.things, self.purpose = frozenset(action["thing"]), frozenset(action["purpose"])
        self.worst, self.none = _ours(impact["worst"]), _ours(impact["none"])
        self.lost, self.nothing_lost = Phrases(impact["lost"]), Phrases(impact["nothing_lost"])
        self.explained = Phrases(raw["gap"]["explained"])
        self.common = frozenset(raw["measure"]["common"])
        self.declined = Phrases(raw["measure"]["declined"])

    @cached_property
    def omission(self) -> frozenset[str]:
        """What somebody did not do, in lower case."""
        return frozenset(spelled_out(builtin()["omission"]))

    @cached_property
    def advice(self) -> dict[str, str]:
        """A phrase of blame, in lower case -> what may be written instead."""
        parts = ("blame", "deed", "omission", "slip", "source", "possession")
        return {
            phrase.lower(): said
            for part in parts
            for name, said in builtin()[part].items()
            for phrase in spelled_out([name])
        }

    def instead_of(self, found: str) -> str:
        """What may be written instead of this phrase of blame."""
        text = " ".join(found.lower().split())
        if text in self.advice:
            return self.advice[text]
        stems = (
            said
            for name, said in self.advice.items()
            if ("*" in name or "…" in name) and text.startswith(_STEM.split(name)[0].rstrip())
        )
        return next(stems, TEAM_BLAME)

    def negated(self, text: str, at: int) -> bool:
        """Whether one of the three words before ``at`` takes back what stands there."""
        before = text[max(at - 80, 0) : at].split()[-3:]
        return self.negation.first(" ".join(before)) is not None


def _ours(phrases: Iterable[str], theirs: Iterable[str] = ()) -> Phrases:
    """Phrases of ``words.toml``, with their choices, and those of a team as they are."""
    return Phrases(theirs, choices=phrases)


@lru_cache(maxsize=1)
def builtin() -> dict[str, Any]:
    """``words.toml`` as it is."""
    return tomllib.loads(resources.files("runbook.review").joinpath("words.toml").read_text(encoding="utf-8"))
