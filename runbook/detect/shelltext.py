"""What a shell parser hands on: commands as words that remember where they stood, whoever parsed them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    Event: TypeAlias = "Raw | str"

OPEN, CLOSE = "(", ")"
"""Events around what a subshell runs: a ``cd`` inside ends with it."""

SUBSTITUTION = "$("

MAX_FED = 8
"""Commands in front of one in its pipeline that are kept."""


class Script:
    """Shell text, and where each of its characters stood in the text that was given at first.

    Attributes:
        text: the script.
        at: for each character its offset in the original text; None: it is the original text.
    """

    __slots__ = ("at", "text")

    def __init__(self, text: str, at: list[int] | None = None) -> None:
        self.text = text
        self.at = at

    def place(self, offset: int) -> int:
        """Where the character at ``offset`` stood at first; for the end, just behind the last one."""
        if self.at is None:
            return offset
        if offset < len(self.at):
            return self.at[offset]
        return self.at[-1] + 1 if self.at else 0

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch stood at first, as start and end."""
        return self.place(start), max(self.place(start), self.place(max(end - 1, start))) + 1

    def places(self, start: int, length: int) -> Iterable[int]:
        """The original offsets of ``length`` characters from ``start`` on."""
        if self.at is None:
            return range(start, start + length)
        return self.at[start : start + length]

    def slice(self, start: int, end: int) -> Script:
        """A stretch of it."""
        return Script(self.text[start:end], list(self.places(start, end - start)))


class Word:
    """A word of a command.

    Attributes:
        text: without its quotes; expansions and substitutions as written.
        at: for each character of ``text`` its offset in the original text.
        start, end: where the word stood in the original text, quotes included.
        quoted: whether any of it stood in quotes or behind a backslash.
        inner: for each of its substitutions the events of what that runs.
    """

    __slots__ = ("at", "end", "inner", "quoted", "start", "text")

    def __init__(
        self,
        text: str,
        at: list[int],
        span: tuple[int, int],
        *,
        quoted: bool = False,
        inner: list[list[Event]] | None = None,
    ) -> None:
        self.text = text
        self.at = at
        self.start, self.end = span
        self.quoted = quoted
        self.inner: list[list[Event]] = inner or []

    def without(self, length: int) -> Word:
        """The word less its first ``length`` characters."""
        return Word(self.text[length:], self.at[length:], (self.start, self.end), quoted=self.quoted)


class Raw:
    """One command as it is written: nothing unwrapped, nothing judged.

    Attributes:
        words: assignments in front, program and arguments, in order; redirections taken out.
        writes, reads: files that it redirects to and from.
        stdin: what a here-document or here-string gives it.
        before: the operator in front of it.
        fed_by: the commands in front of it in its pipeline, the nearest last.
        start, end: where it stands in the original text.
    """

    __slots__ = ("before", "end", "fed_by", "reads", "start", "stdin", "words", "writes")

    def __init__(self, before: str, span: tuple[int, int]) -> None:
        self.before = before
        self.start, self.end = span
        self.words: list[Word] = []
        self.writes: list[Word] = []
        self.reads: list[Word] = []
        self.stdin: Word | None = None
        self.fed_by: list[Raw] = []


def joined(words: Iterable[Word]) -> Script:
    """Words with a blank between them, as ``ssh`` and ``eval`` put them together."""
    text: list[str] = []
    at: list[int] = []
    for word in words:
        if text:
            text.append(" ")
            at.append(word.start)
        text.append(word.text)
        at.extend(word.at)
    return Script("".join(text), at)
