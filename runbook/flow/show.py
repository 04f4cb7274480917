"""A document as plain text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument


def view(document: AnyDocument, *, columns: int = 80) -> str:
    """The short view: title, times, causes, known failures, follow-ups, at most ``columns`` wide."""
    from runbook.render.terminal import short_view

    return short_view(document, width=columns)
