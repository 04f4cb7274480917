"""Letters that look like ASCII: full-width forms, mathematical alphabets, and invisible characters within a word.

They are undone only for matching; what is not a secret keeps its letters.
"""

from __future__ import annotations

from runbook.model.lazy import lazy

TRIGGER = "[\uff01-\uff5e\u200b-\u200d\u2060\ufeff\u00ad\U0001d400-\U0001d7ff\u24b6-\u24e9]"
"""A character that :func:`undo` changes; more only slows down, fewer would miss."""

_CHANGED = lazy(TRIGGER)
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")


def undo(line: bytes) -> tuple[bytes, list[int]] | None:
    """``line`` in ASCII as far as it only looks different, and for every byte of it where it came from.

    Returns:
        None if nothing changes. The list has one more entry than the line has bytes: its end.
    """
    if line.isascii():
        return None
    text = line.decode("utf-8", "replace")
    if _CHANGED.search(text) is None:
        return None
    import unicodedata  # noqa: PLC0415  only for text that needs it

    out = bytearray()
    origin: list[int] = []
    at = 0
    for character in text:
        size = len(character.encode())
        if character not in _INVISIBLE:
            plain = unicodedata.normalize("NFKC", character) if _CHANGED.match(character) else character
            encoded = (plain if len(plain) == 1 and plain.isascii() else character).encode()
            out += encoded
            origin += [at] * len(encoded)
        at += size
    origin.append(at)
    return bytes(out), origin
