"""What a follow-up says: whether there is something to do, and whether it can be finished."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.review.passages import own_words

if TYPE_CHECKING:
    from runbook.review.words import Words

_WORD = re.compile(r"\w[\w'’-]*")
_CONCRETE = re.compile(r"[\x00\d#/@]|\w[._]\w|(?<=\w )[A-Z]{2,}\b")
_PREFIXES = frozenset({"re", "pre", "auto", "un", "de", "co", "dis", "over", "cross", "hot", "self"})
ENDING_WORDS = 3
"""Words behind *so that* or *why* from which on they say something."""


def says_to_do(text: str, words: Words) -> bool:
    """Whether a follow-up has a verb: at its beginning, or a finite one anywhere. Unknown words get the doubt."""
    plain = own_words(text)
    found = [word.lower() for word in _WORD.findall(plain)]
    if not found:
        return bool(text.strip())  # all of it is code or a quotation: a command to run
    # "Retry limits: cap them at three": what stands before a colon is a label.
    if any(_orders(part, words) for part in (plain, *plain.split(":")[1:2])):
        return True
    if _given_to(found, words):
        return True
    if words.modal.first(plain) is not None or any(word in words.own_verbs for word in found):
        return True
    # Behind a program's name in code the first word is already its verb: `certbot` reloads the proxy.
    rest = found if plain.lstrip().startswith("\x00") else found[1:]
    return any(_third_person(word, words) for word in rest)


def _orders(part: str, words: Words) -> bool:
    """Whether a clause begins with a verb: ``add``, ``re-enable``, ``actively watch``, ``adding a``."""
    found = [word.lower() for word in _WORD.findall(part)]
    while len(found) > 1 and found[0].endswith("ly"):
        found = found[1:]
    if not found:
        return False
    if found[0] in words.things and found[1:2] in (["for"], ["of"]):
        return False
    before, _, behind = found[0].partition("-")
    if found[0] in words.verbs or before in words.verbs or (before in _PREFIXES and behind in words.verbs):
        return True
    if _past(found[0], words):
        return True
    return _gerund(found[0], words) and len(found) > 1 and found[1] not in {"of", "for", "on", "in"}


def _given_to(found: list[str], words: Words) -> bool:
    """Whether somebody is to do something: "SRE to configure …", "platform team to write …"."""
    at = found.index("to") if "to" in found[: ENDING_WORDS + 1] else 0
    return 0 < at < len(found) - 1 and found[at + 1] in words.verbs and found[at - 1] not in words.purpose


def _gerund(word: str, words: Words) -> bool:
    """Whether a word is a listed verb with ``ing``: ``adding``, ``writing``, ``setting``."""
    if not word.endswith("ing"):
        return False
    stem = word[:-3]
    undoubled = stem[:-1] if stem[-1:] == stem[-2:-1] else ""
    return any(form in words.verbs for form in (stem, f"{stem}e", undoubled) if form)


def _past(word: str, words: Words) -> bool:
    """Whether a word is a listed verb with ``ed``: what is to be done, told as if it were: ``added an alert``."""
    if not word.endswith("ed"):
        return False
    stem = word[:-2]
    undoubled = stem[:-1] if stem[-1:] == stem[-2:-1] else ""
    return any(form in words.verbs for form in (stem, f"{stem}e", undoubled, f"{stem[:-1]}y") if form)


def _third_person(word: str, words: Words) -> bool:
    """Whether a word is a listed verb with its ``s``: ``reloads``, ``watches``, ``copies``."""
    if not word.endswith("s"):
        return False
    stems = (word[:-1], word[:-2] if word.endswith("es") else "", f"{word[:-3]}y" if word.endswith("ies") else "")
    return any(stem in words.verbs for stem in stems if stem)


def vague(text: str, words: Words) -> str:
    """The words that leave a follow-up without an end, or an empty text."""
    plain = own_words(text)
    hit = words.vague.first(plain)
    if hit is not None:
        return " ".join(hit.text.split())
    begins = plain.lstrip(" -*_")
    said = " ".join(begins.split()).rstrip(".")
    # A name, a number, a path or a quotation says which one is meant.
    if _CONCRETE.search(begins):
        return ""
    found = [word.lower() for word in _WORD.findall(begins)]
    opener = words.opener.starts(begins)
    if opener is not None and len(found) <= words.opener_words:
        return said
    soft = words.soft_opener.starts(begins)
    if soft is not None and len(found) <= words.soft_opener_words and not _ends(begins[soft.end :], words):
        return said
    if len(found) > 1 and found[0] in words.loose and all(word in words.generic for word in found[1:]):
        return said
    return ""


def _ends(rest: str, words: Words) -> bool:
    """Whether behind "improve" or "investigate" something says how it ends, in three words or more."""
    hit = words.ending.first(rest)
    return hit is not None and len(_WORD.findall(rest[hit.end :])) >= ENDING_WORDS


def telling(text: str, words: Words) -> set[str]:
    """Words by which two texts can be known to speak of the same thing: four letters and more, endings cut."""
    return {
        _stem(word)
        for word in (found.lower() for found in _WORD.findall(text))
        if len(word) > 3 and word not in words.common
    }


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "es", "ed", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def shorten(text: str, width: int = 60) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
