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

    _Needed = tuple[frozenset[bytes], tuple[bytes, ...], int]
    """Whole words that a block has to hold, ends of words, and the number of the literal they are from."""

_LETTERS = bytes(code if 97 <= code <= 122 else 32 for code in range(256))
"""Everything but lower-case letters is a space: numbers would make most words of a log distinct."""


class WordEngine(LiteralEngine):
    """An :class:`runbook.detect.prefilter.Engine` for large input. Names the same candidates as its base class."""

    __slots__ = ("_by_edge", "_by_word", "_words")

    def __init__(self, needs: Iterable[tuple[int, Condensed]]) -> None:
        """Take (slot, condition) pairs as the base class does."""
        super().__init__(needs)
        self._by_word: dict[bytes, list[_Needed]] = {}
        self._by_edge: dict[bytes, list[_Needed]] = {}
        self._words: frozenset[bytes] = frozenset()

    def _prepare(self) -> None:
        super()._prepare()
        for number, (literal, _slots) in enumerate(self._literals):
            whole, edges = _words_of(literal)
            if whole:
                key = max(whole, key=lambda word: (len(word), word))
                self._by_word.setdefault(key, []).append((whole, edges, number))
            else:
                edge = max(edges, key=len, default=b"")
                self._by_edge.setdefault(edge, []).append((whole, edges, number))
        self._words = frozenset(self._by_word)

    def _wanted(self, low: bytes) -> list[tuple[bytes, list[int]]]:
        if len(low) < LITTLE:
            return self._literals
        words = set(low.translate(_LETTERS).split())
        distinct = b" %b " % b" ".join(words)
        known: dict[bytes, bool] = {}
        numbers: list[int] = []
        possible = [self._by_word[word] for word in words & self._words]
        possible += [some for edge, some in self._by_edge.items() if edge in distinct]
        for some in possible:
            for whole, edges, number in some:
                if not whole <= words:
                    continue
                for edge in edges:
                    there = known.get(edge)
                    if there is None:
                        there = known[edge] = edge in distinct
                    if not there:
                        break
                else:
                    numbers.append(number)
        return [self._literals[number] for number in numbers]


def _words_of(literal: bytes) -> tuple[frozenset[bytes], tuple[bytes, ...]]:
    """What a text that holds ``literal`` holds as words.

    Returns:
        The whole words, which have something else on both sides; and what its ends are of words: an end of one
        (``b"nection "``), a beginning (``b" ref"``), or, where there is nothing but letters, a part.
    """
    first, *others = literal.translate(_LETTERS).split(b" ")
    if not others:
        return frozenset(), (first,) if first else ()
    last = others.pop()
    edges = (b"%b " % first if first else b"", b" %b" % last if last else b"")
    return frozenset(word for word in others if word), tuple(edge for edge in edges if edge)
