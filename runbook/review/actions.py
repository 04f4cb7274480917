"""What a follow-up says: whether there is something to do, and whether it can be finished."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.review.passages import own_words

if TYPE_CHECKING:
    from runbook.review.words import Words

_WORD = re.compile(r"\w[\w'’-]*")


def says_to_do(text: str, words: Words) -> bool:
    """Whether a follow-up has a verb: at its beginning, or a finite one anywhere. Unknown words get the doubt."""
    plain = own_words(text)
    found = [word.lower() for word in _WORD.findall(plain)]
    if not found:
        return bool(text.strip())  # all of it is code or a quotation: a command to run
    if found[0] in words.verbs or found[0].split("-")[0] in words.verbs:
        return True
    if words.modal.first(plain) is not None or any(word in words.own_verbs for word in found):
        return True
    # Behind a program's name in code the first word is already its verb: `certbot` reloads the proxy.
    rest = found if plain.lstrip().startswith("\x00") else found[1:]
    return any(_third_person(word, words) for word in rest)


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
    opener = words.opener.starts(begins)
    if opener is None:
        return ""
    rest = begins[opener.end :]
    # A name, a number, a path or a quotation says which one is meant.
    concrete = re.search(r"[\x00\d#/@]|\w[._]\w", rest)
    if concrete is None and len(_WORD.findall(begins)) <= words.opener_words:
        return " ".join(begins.split()).rstrip(".")
    return ""


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
