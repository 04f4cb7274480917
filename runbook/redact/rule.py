"""What a rule is: the name of a kind of secret, words that must be there, and a pattern that finds the whole of it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

LEFT = r"(?:^|[^0-9A-Za-z_]|\\[nrt]|%[0-9A-Fa-f]{2})"
"""Before a token without a telling prefix: no word goes on here. An escaped newline and a URL-encoded sign count."""


class Span:
    """Bytes of a line that hold a secret, and which kind of secret. Treat as frozen."""

    __slots__ = ("end", "kind", "start")

    def __init__(self, start: int, end: int, kind: str) -> None:
        self.start = start
        self.end = end
        self.kind = kind

    def __repr__(self) -> str:
        return f"Span({self.start}, {self.end}, {self.kind!r})"


class Rule:
    """One shape of secret, recognisable by itself.

    Attributes:
        kind: what the mark will say.
        literals: lower-case words; unless one of them occurs in the lower-cased line, the pattern is not tried.
        pattern: in re2's syntax, over UTF-8. The secret is the group ``s`` if there is one, else the whole match.
        hits, misses: examples in the language of :mod:`runbook.redact.samples`. A test runs every one of them.
        source: who documents the format.
        hint: a pattern that replaces ``literals`` in the search over large texts, where a literal is a common word.
    """

    __slots__ = ("hint", "hits", "kind", "literals", "misses", "pattern", "source")

    def __init__(
        self,
        kind: str,
        literals: str,
        pattern: str,
        *,
        hits: tuple[str, ...],
        source: str,
        misses: tuple[str, ...] = (),
        hint: str = "",
    ) -> None:
        self.kind = kind
        self.literals = tuple(literals.split(" "))
        self.pattern = pattern
        self.hits = hits
        self.misses = misses
        self.source = source
        self.hint = hint

    def __repr__(self) -> str:
        return f"Rule({self.kind!r}, {self.pattern!r})"


class Hit:
    """A match of a :class:`Pattern`; groups by name, ``0`` is the whole."""

    __slots__ = ("_groups", "_line", "_match")

    def __init__(self, match: Any, line: bytes, groups: Mapping[str, int]) -> None:
        self._match = match
        self._line = line
        self._groups = groups

    def span(self, group: str | int = 0) -> tuple[int, int]:
        """Where the group is; (-1, -1) if it took no part or does not exist."""
        index = self._groups.get(group, -1) if isinstance(group, str) else group
        if index < 0:
            return (-1, -1)
        start, end = self._match.span(index)
        return start, end

    def start(self, group: str | int = 0) -> int:
        """Where the group begins, or -1."""
        return self.span(group)[0]

    def end(self, group: str | int = 0) -> int:
        """Where the group ends, or -1."""
        return self.span(group)[1]

    def has(self, group: str) -> bool:
        """Whether the group took part."""
        return self.span(group)[0] >= 0

    def __getitem__(self, group: str | int) -> bytes:
        start, end = self.span(group)
        return self._line[start:end] if start >= 0 else b""


class Pattern:
    """A pattern under re2, for byte strings of UTF-8. Its time is linear in the input, whatever the pattern.

    The wrapper that ships with re2 knows groups of byte patterns by bytes only, and not where they are; this one
    answers for both.
    """

    __slots__ = ("_groups", "_regexp")

    def __init__(self, pattern: str) -> None:
        import re2  # noqa: PLC0415  8 ms that only a text with something suspicious in it pays

        options = re2.Options()
        options.log_errors = False
        options.max_mem = 64 << 20
        self._regexp = re2.compile(pattern.encode(), options)
        self._groups = {name.decode(): index for name, index in self._regexp.groupindex.items()}

    def search(self, line: bytes, at: int = 0) -> Hit | None:
        """The first match at or after ``at``."""
        match = self._regexp.search(line, at)
        return None if match is None else Hit(match, line, self._groups)

    def finditer(self, line: bytes) -> Iterator[Hit]:
        """All matches that do not overlap, from left to right."""
        for match in self._regexp.finditer(line):
            yield Hit(match, line, self._groups)


_compiled: dict[str, Pattern] = {}


def compiled(pattern: str) -> Pattern:
    """``pattern``, compiled on first use."""
    found = _compiled.get(pattern)
    if found is None:
        found = _compiled[pattern] = Pattern(pattern)
    return found
