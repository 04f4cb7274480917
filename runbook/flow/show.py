"""A document as plain text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from runbook.flow.desk import Desk
    from runbook.model.record import AnyDocument, TimelineEntry
    from runbook.render.terminal import Picture


def view(
    document: AnyDocument, *, columns: int = 80, repository: str | None = None, drawn: bool = False, plain: bool = False
) -> str:
    """The short view: title, times, causes, known failures, follow-ups, at most ``columns`` wide.

    Args:
        document: what to show.
        columns: of the terminal.
        repository: whose settings name the severities.
        drawn: with the timeline as a picture of characters.
        plain: draw it with ASCII only.
    """
    from runbook.flow.settings import load_settings
    from runbook.render.terminal import short_view

    picture: Picture | None = ("ascii" if plain else "full") if drawn else None
    return short_view(document, width=columns, settings=load_settings(repository), picture=picture)


def known_at(desk: Desk, moment: datetime) -> tuple[AnyDocument, list[TimelineEntry]]:
    """The document from what was on record by ``moment``, and the timeline entries that came on record later.

    Corrections made later do not count: it is what responders had before them.

    Raises:
        BadInputError: nothing was on record by then.
    """
    from datetime import datetime

    from runbook.errors import BadInputError
    from runbook.record.fold import fold

    entries = desk.entries()
    early = [entry for entry in entries if datetime.fromisoformat(entry.recorded_at) <= moment]
    if not any(entry.kind == "start" for entry in early):
        first = min((entry.recorded_at for entry in entries if entry.kind == "start"), default="")
        raise BadInputError(
            f"nothing was on record at {moment:%Y-%m-%d %H:%M}",
            hint=f"it was declared at {datetime.fromisoformat(first).astimezone(desk.zone):%Y-%m-%d %H:%M}"
            if first
            else "",
        )
    document, _ = fold(early)
    known = {row.id for row in document.timeline}
    whole, _ = fold(entries)
    return document, [row for row in whole.timeline if row.id not in known]
