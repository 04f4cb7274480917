"""The marks that stand where secrets stood: what they look like, how they are numbered and counted.

A *stored* mark, ``[redacted:github-token:1f0c9a3e]``, carries the first 32 bits of an HMAC of the secret, so that two
places can be known to hold the same secret without keeping it. A *shown* mark, ``[redacted:github-token#1]``, carries a
number instead: equal secrets have equal numbers within one report, different secrets different ones, whatever their
kinds. Standard library only, on the hot path.
"""

from __future__ import annotations

from runbook.model.lazy import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import MutableMapping

MARK = lazy(r"\[redacted:(?P<kind>[a-z][a-z0-9-]{0,39})(?::(?P<tag>[0-9a-f]{8})|#(?P<number>[0-9]{1,6}))\]")
"""Both forms; groups ``kind`` and either ``tag`` or ``number``."""

MARK_BYTES = lazy(MARK.pattern.encode())
"""The same over UTF-8 bytes."""

LONGEST = len("[redacted:") + 40 + 1 + 8 + 1
"""Characters of the longest possible mark."""


def stored_mark(kind: str, tag: str) -> str:
    """The mark that goes to disk; ``tag`` is eight hexadecimal digits."""
    return f"[redacted:{kind}:{tag}]"


def shown_mark(kind: str, number: int) -> str:
    """The mark that people read."""
    return f"[redacted:{kind}#{number}]"


def number_marks(text: str, numbers: MutableMapping[str, int]) -> str:
    """Rewrite stored marks into shown ones, numbered by first sight.

    Args:
        text: any text; marks that already carry a number keep it, and that number is not given to another secret
            seen later.
        numbers: what earlier calls for the same report learned (tag to number); filled further here. Start with ``{}``.
    """
    if "[redacted:" not in text:
        return text
    for match in MARK.finditer(text):
        reserve(match["number"], numbers)

    def shown(match: re.Match[str]) -> str:
        tag = match["tag"]
        if tag is None:
            return match[0]
        if tag not in numbers:
            numbers[tag] = next_number(numbers)
        return shown_mark(match["kind"], numbers[tag])

    return MARK.sub(shown, text)


def reserve(number: str | None, numbers: MutableMapping[str, int]) -> None:
    """Note that a shown mark with this number was met, so that it is not given away again."""
    if number is not None:
        numbers.setdefault(f"#{number}", int(number))


def next_number(numbers: MutableMapping[str, int]) -> int:
    """The lowest number above all that ``numbers`` holds."""
    return max(numbers.values(), default=0) + 1


def count_marks(text: str) -> dict[str, int]:
    """How many marks of each kind ``text`` holds, stored and shown, by kind in order of the alphabet."""
    counts: dict[str, int] = {}
    if "[redacted:" in text:
        for match in MARK.finditer(text):
            counts[match["kind"]] = counts.get(match["kind"], 0) + 1
    return dict(sorted(counts.items()))
