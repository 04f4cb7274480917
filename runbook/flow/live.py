"""What is said under a command while it hurts, and whether anybody wants it. Hot path."""

from __future__ import annotations

import os


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
