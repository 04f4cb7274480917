"""Environment files as Compose reads them, with the line of each variable and whether its value is literal.

Source of the format: https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:([=:])(.*))?$", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "$": "$$"}
_COMMENT = re.compile(r"\s#")


@dataclass(frozen=True, slots=True)
class Line:
    """One variable of a file.

    Attributes:
        name: of the variable.
        value: as read, variables not filled in; None where only the name stands there.
        number: of its first line.
        literal: whether ``$`` stands for itself: single quotes, or a file in the raw format.
    """

    name: str
    value: str | None
    number: int
    literal: bool = False


def read(text: str, *, raw: bool = False) -> list[Line]:
    """Every variable of a file, in order; what is no assignment is left out.

    Args:
        text: of the file.
        raw: ``format: raw``: values are taken as they stand, quotes and all.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    found: list[Line] = []
    at = 0
    while at < len(lines):
        number, line = at + 1, lines[at]
        at += 1
        match = None if line.lstrip("\ufeff \t").startswith("#") else _LINE.match(line.lstrip("\ufeff"))
        if match is None:
            continue
        if match[2] is None:
            found.append(Line(match[1], None, number))
            continue
        value = match[3] if raw else match[3].lstrip()
        if raw or value[:1] not in {"'", '"'}:
            bare = value if raw else _COMMENT.split(value)[0].strip()
            found.append(Line(match[1], "" if value.startswith("#") and not raw else bare, number, literal=raw))
            continue
        quote, whole = value[0], value
        while (end := _closing(whole, quote)) < 0 and at < len(lines):
            whole += "\n" + lines[at]
            at += 1
        inside = whole[1:end] if end > 0 else whole[1:]
        found.append(Line(match[1], _unescape(inside, quote), number, literal=quote == "'"))
    return found


def _closing(text: str, quote: str) -> int:
    """Where the quote that opens ``text`` is closed; -1 if it is not."""
    at = 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == quote:
            return at
        at += 1
    return -1


def _unescape(text: str, quote: str) -> str:
    if quote == "'":
        return text.replace("\\'", "'")
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), text, flags=re.DOTALL)
