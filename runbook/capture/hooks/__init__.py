"""Shell code: the hook for people's own shells, and what a recorded shell reads first."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHELLS = ("bash", "zsh", "fish")
"""The shells we know."""


def hook_text(shell: str) -> str:
    """The hook for one of :data:`SHELLS`, as it is evaluated."""
    return _read(f"hook.{shell}")


def guard_text(shell: str, words: Mapping[str, Sequence[str]]) -> str:
    """The guard for one of :data:`SHELLS`, as it is evaluated after the hook.

    Args:
        shell: which.
        words: word -> words of which one must stand beside it; none are needed where that is empty. Letters, digits and
            ``. _ + -`` only.
    """
    text = _read(f"strict.{shell}")
    if shell == "fish":
        always = "|".join(re.escape(word) for word, beside in words.items() if not beside and not word.endswith("sh"))
        pairs: dict[str, list[str]] = {}
        for word, beside in words.items():
            if beside:
                pairs.setdefault("|".join(map(re.escape, beside)), []).append(re.escape(word))
        listed = " ".join(f"'{_whole('|'.join(names))}\t{_whole(beside)}'" for beside, names in pairs.items())
        return text.replace("@ALWAYS@", f"'{_whole(always)}'").replace("@BESIDE@", listed)
    pair = "[{}]='{}'" if shell == "bash" else "'{}' '{}'"
    entries = " ".join(pair.format(word, f" {' '.join(beside)} " if beside else " ") for word, beside in words.items())
    return text.replace("@WORDS@", entries)


def _whole(names: str) -> str:
    """A pattern of fish (PCRE) for one of these as a whole word."""
    return rf"(?<![\w.+-])(?:{names})(?![\w.+-])"


def _read(name: str) -> str:
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as file:
        return file.read()
