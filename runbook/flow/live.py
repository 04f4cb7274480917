"""What is said under a command while it hurts, and whether anybody wants it. Hot path."""

from __future__ import annotations

import os

from runbook.model.match import FINDING_SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runbook.flow.desk import Desk
    from runbook.model.match import Match


def hints_wanted(repository: str | None) -> bool:
    """Whether the team's settings leave hints on (``live.hints``). Asked only when there is one to give."""
    if repository is None:
        return True
    import tomllib  # `runbook.toml` is checked in full where a report is written

    try:
        with open(os.path.join(repository, "runbook.toml"), "rb") as file:
            live = tomllib.load(file).get("live", {})
    except (OSError, ValueError):
        return True
    return not (isinstance(live, dict) and live.get("hints") is False)


def not_said_yet(desk: Desk | None, found: list[Match], told: dict[str, Any] | None = None) -> list[Match]:
    """Known failures, the most telling first, without those that were said already and have not changed.

    Args:
        desk: the document, or None where nothing is recorded.
        found: what was found.
        told: what was said and is not on record yet, by signature; what is returned is added.
    """
    order = {name: rank for rank, name in enumerate(FINDING_SEVERITIES)}
    ranked = sorted(found, key=lambda match: (match.kind == "command", order[match.severity], -match.line))
    if not ranked or desk is None:
        return ranked
    from runbook.flow.strikes import Story

    told = {} if told is None else told
    said = {**Story(desk).hinted, **told}
    clean = desk.door.clean_value
    news = [match for match in ranked if said.get(match.signature, False) != clean(match.captures)]
    told.update((match.signature, clean(match.captures)) for match in news)
    return news
