"""How a document's status moves. Standard library only."""

from __future__ import annotations

MOVES: dict[str, dict[str, tuple[str, ...]]] = {
    "incident": {
        "investigating": ("mitigated", "resolved"),
        "mitigated": ("resolved", "investigating"),
        "resolved": ("in-review", "closed", "investigating", "mitigated"),
        "in-review": ("closed", "resolved", "investigating", "mitigated"),
        "closed": ("in-review", "investigating"),
    },
    "deployment": {
        "planned": ("running", "failed"),
        "running": ("success", "failed", "rolled-back", "planned"),
        "success": ("rolled-back", "failed", "running"),
        "failed": ("rolled-back", "running"),
        "rolled-back": ("running", "planned"),
    },
}
"""Document -> status -> what may come next. Forwards one way; back to where the work begins again."""

_MEANING = {
    "closed": "only what was resolved, and better reviewed, is closed",
    "in-review": "only what was resolved goes to review",
    "success": "only what runs can succeed",
    "rolled-back": "only what ran can be rolled back",
}


def move_problem(document: str, before: str, after: str) -> str | None:
    """Why a document's status cannot go from ``before`` to ``after``; None where it can, or where nothing changes.

    Args:
        document: ``incident`` or ``deployment``.
        before: the status it has.
        after: the status it shall have, one of the document's.
    """
    allowed = MOVES[document].get(before, ())
    if before == after or after in allowed:
        return None
    reason = f"; {_MEANING[after]}" if after in _MEANING else ""
    return f"it is {before}, and from there it can become {_listed(allowed)}{reason}"


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
