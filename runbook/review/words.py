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
    """

    def __init__(self, phrases: Iterable[str], *, cased: bool = False) -> None:
        # Longest first, so that "should not have" is not found as "should".
        wanted = sorted(
            {phrase.strip() for phrase in phrases if phrase.strip(" *")}, key=lambda text: (-len(text), text)
        )
        body = "|".join(_pattern(phrase) for phrase in wanted)
        self._source = rf"(?<!\w)(?:{body})(?!\w)" if body else ""
        self._flags = re.RegexFlag(0) if cased else re.IGNORECASE

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """Compiled when it is first asked for: that takes longer than a report does."""
        return re.compile(self._source, self._flags) if self._source else None

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


def _pattern(phrase: str) -> str:
    stem = phrase.rstrip("*")
    return r"\s{1,9}".join(re.escape(word) for word in stem.split()) + (r"\w*" if phrase.endswith("*") else "")


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
        advice: a phrase of blame, in lower case -> what may be written instead.
        verbs: what a follow-up may begin with, in lower case.
        own_verbs: those the team has added; in its language a verb may stand at the end.
        machines: who acts and is no person, in lower case.
        common: longer words that tell nothing about what is meant, in lower case.
        between: what may stand between a person and what is said of them.
        opener_words, soft_opener_words: a follow-up with a vague opener and no more words than this has no end.
        either: roles that may be a person or a program.
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
        self.omission = frozenset(spelled_out(raw["omission"]))
        self.source, self.possession = _ours(raw["source"]), _ours(raw["possession"])
        self.advice: dict[str, str] = {
            phrase.lower(): said
            for part in ("blame", "deed", "omission", "source", "possession")
            for name, said in raw[part].items()
            for phrase in spelled_out([name])
        }
        self.roles = [*spelled_out([*people["role"], *people["either"]]), *mine.get("person", ())]
        self.either = frozenset(people["either"])
        self.machines = frozenset(people["machine"])
        self.between = frozenset(people["between"])
        self.negation = Phrases(people["negation"])
        self.stop, self.stop_open = _ours(people["stop"]), _ours(people["stop_open"])
        self.stop_alone = _ours(people["stop_alone"])
        self.did, self.human = _ours(people["did"]), _ours(people["human"])
        self.vague = _ours(action["vague"], mine.get("vague", ()))
        self.opener, self.soft_opener = _ours(action["opener"]), _ours(action["soft_opener"])
        self.opener_words: int = action["opener_words"]
        self.soft_opener_words: int = action["soft_opener_words"]
        self.ending = _ours(action["ending"])
        self.loose, self.generic = frozenset(action["loose"]), frozenset(action["generic"])
        self.verbs = frozenset(word.lower() for word in [*action["verb"], *mine.get("verb", ())])
        self.own_verbs = frozenset(word.lower() for word in mine.get("verb", ()))
        self.modal = Phrases(action["modal"])
        self.worst, self.none = Phrases(impact["worst"]), Phrases(impact["none"])
        self.lost, self.nothing_lost = Phrases(impact["lost"]), Phrases(impact["nothing_lost"])
        self.explained = Phrases(raw["gap"]["explained"])
        self.common = frozenset(raw["measure"]["common"])
        self.declined = Phrases(raw["measure"]["declined"])

    def instead_of(self, found: str) -> str:
        """What may be written instead of this phrase of blame."""
        text = " ".join(found.lower().split())
        if text in self.advice:
            return self.advice[text]
        stems = (said for name, said in self.advice.items() if name.endswith("*") and text.startswith(name[:-1]))
        return next(stems, TEAM_BLAME)

    def negated(self, text: str, at: int) -> bool:
        """Whether one of the three words before ``at`` takes back what stands there."""
        before = text[max(at - 80, 0) : at].split()[-3:]
        return self.negation.first(" ".join(before)) is not None


def _ours(phrases: Iterable[str], theirs: Iterable[str] = ()) -> Phrases:
    """Phrases of ``words.toml``, with their choices, and those of a team as they are."""
    return Phrases([*spelled_out(phrases), *theirs])


@lru_cache(maxsize=1)
def builtin() -> dict[str, Any]:
    """``words.toml`` as it is."""
    return tomllib.loads(resources.files("runbook.review").joinpath("words.toml").read_text(encoding="utf-8"))
