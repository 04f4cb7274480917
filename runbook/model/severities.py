"""What people call a severity: our four names, the team's own, and the scales that most places count in."""

from __future__ import annotations

import re

from runbook.model.wire import SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_SCALE = re.compile(r"(?:sev|severity|s|p|prio|priority)?[ _-]?(?P<level>[0-5])", re.IGNORECASE)
_BY_LEVEL = ("critical", "critical", "high", "medium", "low", "low")
"""SEV0 is the worst where it exists; few scales go beyond four, and what they call five is no more than low."""


def severity_of(word: str, own: Mapping[str, str]) -> str | None:
    """The severity that somebody means by ``word``, or None.

    Args:
        word: as typed, in any case: ``high``, ``SEV2``, ``P1``.
        own: the team's names (``severities`` in ``runbook.toml``), by ours. They go before the common scales.
    """
    said = word.strip().lower()
    if said in SEVERITIES:
        return said
    for ours, name in own.items():
        if said == name.strip().lower():
            return ours
    scale = _SCALE.fullmatch(said)
    return _BY_LEVEL[int(scale["level"])] if scale else None


def names_of_severities(own: Mapping[str, str]) -> str:
    """All four in one line, worst first, each with the team's name for it."""
    return ", ".join(f"{name} ({own[name]})" if own.get(name, name) != name else name for name in SEVERITIES)
