"""The marks that the door leaves where a secret stood. Standard library only.

Stored: ``[redacted:github-token:9f3a2c41]``; the tag after the last colon is a short HMAC, so that equal secrets are
known as equal without being kept. Shown: ``[redacted:github-token#1]``, numbered by first sight within a report.
"""

from __future__ import annotations

import re

MARK = re.compile(r"\[redacted:([a-z0-9]+(?:-[a-z0-9]+)*)(?::([0-9a-f]{8})|#([0-9]{1,6}))\]")
"""Either form. Groups: kind, tag, number."""


def number_marks(text: str, numbers: dict[str, int]) -> str:
    """``text`` with stored marks as shown ones.

    Args:
        text: any text.
        numbers: tag -> number; shared by all texts of one report, filled here by first sight, counted per kind.
    """

    def shown(match: re.Match[str]) -> str:
        kind, tag = match[1], match[2]
        if tag is None:
            return match[0]
        key = f"{kind}:{tag}"
        if key not in numbers:
            numbers[key] = 1 + sum(1 for known in numbers if known.startswith(f"{kind}:"))
        return f"[redacted:{kind}#{numbers[key]}]"

    return MARK.sub(shown, text) if "[redacted:" in text else text


def count_marks(text: str) -> dict[str, int]:
    """How many marks of each kind stand in ``text``, kinds in alphabetical order."""
    counts: dict[str, int] = {}
    for match in MARK.finditer(text) if "[redacted:" in text else ():
        counts[match[1]] = counts.get(match[1], 0) + 1
    return dict(sorted(counts.items()))
