"""Variables in Compose's texts: ``$NAME``, ``${NAME}``, defaults, required and alternative values, nested.

Source of the format: https://docs.docker.com/reference/compose-file/interpolation/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_DEPTH = 20

Lookup = "Callable[[str], tuple[str, str] | None]"


@dataclass(slots=True)
class Filled:
    """A text with its variables filled in.

    Attributes:
        text: the result.
        taken_from: (name, where its value came from), once each.
        missing: names that nobody sets and that have no default.
    """

    text: str = ""
    taken_from: dict[str, str] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)


def fill(text: str, lookup: Callable[[str], tuple[str, str] | None]) -> Filled:
    """Fill in every variable of ``text``.

    Args:
        text: as it stands in the file.
        lookup: gives value and origin of a name, or None.
    """
    filled = Filled()
    filled.text = _fill(text, lookup, filled, 0)
    return filled


def _fill(text: str, lookup: Callable[[str], tuple[str, str] | None], into: Filled, depth: int) -> str:
    parts: list[str] = []
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        parts.append(text[at:dollar])
        following = text[dollar + 1 : dollar + 2]
        if following == "$":
            parts.append("$")
            at = dollar + 2
        elif following == "{" and (end := _closing(text, dollar + 2)) > 0:
            parts.append(_braced(text[dollar + 2 : end], lookup, into, depth))
            at = end + 1
        elif (name := _NAME.match(text, dollar + 1)) is not None:
            parts.append(_plain(name[0], lookup, into))
            at = name.end()
        else:
            parts.append("$")
            at = dollar + 1
    return "".join([*parts, text[at:]])


def _closing(text: str, start: int) -> int:
    depth = 1
    for at in range(start, len(text)):
        if text[at] == "{" and text[at - 1] == "$":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if not depth:
                return at
    return -1


def _plain(name: str, lookup: Callable[[str], tuple[str, str] | None], into: Filled) -> str:
    found = lookup(name)
    if found is None:
        into.missing[name] = None
        return ""
    into.taken_from.setdefault(name, found[1])
    return found[0]


def _braced(inside: str, lookup: Callable[[str], tuple[str, str] | None], into: Filled, depth: int) -> str:
    match = _NAME.match(inside)
    if match is None or depth > _MAX_DEPTH:
        return "${" + inside + "}"
    name, rest = match[0], inside[match.end() :]
    operator = rest[:2] if rest[:1] == ":" else rest[:1]
    if operator not in {":-", "-", ":?", "?", ":+", "+"}:
        return _plain(name, lookup, into)
    found = lookup(name)
    there = found is not None and (not operator.startswith(":") or found[0] != "")
    if operator.endswith("+"):
        return _fill(rest[len(operator) :], lookup, into, depth + 1) if there else ""
    if there and found is not None:
        into.taken_from.setdefault(name, found[1])
        return found[0]
    if operator.endswith("?"):
        into.missing[name] = None
        return ""
    return _fill(rest[len(operator) :], lookup, into, depth + 1)
