"""Past incidents of the same kind: one line under a known failure. Hot path: looks up, never reads a record."""

from __future__ import annotations

import os

from runbook.record import cabinet, places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from runbook.model.record import AnyDocument


def index_path(repository: str) -> str:
    """Where the card index of a repository lies."""
    return os.path.join(places.cache_root(), f"past-{places.repository_key(repository)}.json")


def seen_before(repository: str | None, signatures: Iterable[str], current: str) -> str:
    """Which filed documents showed the first of ``signatures`` that was ever seen, and what ended the newest.

    Returns:
        ``INC-2025-11-02-001, fixed: moved the trial to its own port (and 2 more)``, or nothing.
    """
    if repository is None:
        return ""
    from runbook.archive.past import look_up, read_index

    cards = read_index(index_path(repository))
    for signature in signatures if cards else ():
        found = look_up(cards, signature, without=current)
        if found:
            identifier, title, fixed = found[0]
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            return f"{identifier}, {f'fixed: {fixed}' if fixed else title}{more}"
    return ""


def renew(repository: str | None, *, seconds: float = 1.0) -> None:
    """Bring the card index to what is filed; for verbs in which nobody is in a hurry."""
    if repository is None:
        return
    from runbook.archive.past import renew_index

    renew_index(index_path(repository), cabinet.filed(repository), _load, seconds=seconds)


def _load(folder: str) -> AnyDocument | None:
    from runbook.errors import RunbookError
    from runbook.record.store import load_record

    try:
        return load_record(folder)
    except RunbookError:
        return None  # `list` says what is wrong with it
