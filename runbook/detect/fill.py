"""Captures into texts: ``{port}`` becomes 4000; every other brace stays as it is."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"(?<![$\\{%])\{([A-Za-z_][A-Za-z0-9_]*)\}(?!\})")
"""``${X}``, ``{{.Names}}``, ``%{http_code}`` and ``\\{x}`` belong to the shell, to Docker, to curl: not to us."""


def fill(text: str, captures: Mapping[str, str], defaults: Mapping[str, str]) -> str:
    """``text`` with every ``{name}`` that a capture or a default is known for replaced by it.

    What is put in is not looked at again, so a captured text cannot name another placeholder.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return captures.get(name) or defaults.get(name) or match[0]

    return _PLACEHOLDER.sub(value, text) if "{" in text else text
