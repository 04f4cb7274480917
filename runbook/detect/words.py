"""The prefilter for much text where there is no automaton: what words a block holds says which literals it can hold.

A log says the same words again and again. The distinct words of a block are a tenth of it, and most literals hold a
word that is not among them; only the others are searched for. Made of what Python itself does fast: it needs hardly any
preparation, and its time hardly grows with the number of signatures.
"""

from __future__ import annotations

from runbook.detect.prefilter import LITTLE, LiteralEngine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from runbook.detect.table import Condensed

_LETTERS = bytes(code if 97 <= code <= 122 else 32 for code in range(256))
"""Everything but lower-case letters is a space: numbers would make most words of a log distinct."""


class WordEngine(LiteralEngine):
    """An :class:`runbook.detect.prefilter.Engine` for large input. Names the same candidates as its base class."""

    __slots__ = ("_by_part", "_by_word", "_words")

    def __init__(self, needs: Iterable[tuple[int, Condensed]]) -> None:
        """Take (slot, condition) pairs as the base class does."""
        super().__init__(needs)
        self._by_word: dict[bytes, list[tuple[frozenset[bytes], int]]] = {}
        self._by_part: dict[bytes, list[int]] = {}
        for number, (literal, _slots) in enumerate(self._literals):
            whole = _whole_words(literal)
            if whole:
                key = max(whole, key=lambda word: (len(word), word))
                self._by_word.setdefault(key, []).append((whole, number))
            else:
                part = max(literal.translate(_LETTERS).split(), key=len, default=b"")
                self._by_part.setdefault(part, []).append(number)
        self._words = frozenset(self._by_word)

    def _wanted(self, low: bytes) -> list[tuple[bytes, list[int]]]:
        if len(low) < LITTLE:
            return self._literals
        words = set(low.translate(_LETTERS).split())
        numbers = [
            number
            for word in words & self._words
            for whole, number in self._by_word[word]
            if len(whole) == 1 or whole <= words
        ]
        distinct = b" ".join(words)
        for part, some in self._by_part.items():
            if part in distinct:
                numbers += some
        return [self._literals[number] for number in numbers]


def _whole_words(literal: bytes) -> frozenset[bytes]:
    """The words in ``literal`` with something else on both sides, which stand in a text that holds it as words."""
    parts = literal.translate(_LETTERS).split(b" ")
    return frozenset(part for part in parts[1:-1] if part)
