"""The first question of ``new``: which document is meant, and how a new one is called and when it began."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runbook.capture.prompter import Prompter
    from runbook.flow.desk import Desk, Place

_GO_ON, _NEW = "go-on", "new"


def choose(desk: Desk, prompter: Prompter) -> Desk | None:
    """``desk``, which is open, if the person means it; None for a new one."""
    from runbook.capture.prompter import Choice, GoBack

    while True:
        try:
            chosen = prompter.select(
                "open",
                f"{desk.id} is open",
                [
                    Choice(_GO_ON, f"Go on with it: {desk.title}"),
                    Choice(_NEW, f"Begin another {desk.kind}"),
                ],
                default=_GO_ON,
            )
        except GoBack:
            continue  # nothing comes before
        return desk if chosen == _GO_ON else None


def begin(kind: str, prompter: Prompter, place: Place, *, title: str = "", at: str | None = None) -> Desk:
    """A new document.

    Args:
        kind: ``incident`` or ``deployment``.
        prompter: asks for what is not given.
        place: the repository it belongs to.
        title: if given, it is not asked for, and the start is ``at`` or now.
        at: when it began, as a person types it.

    Raises:
        InterruptedByUserError: nothing was begun.
        BadInputError: ``at`` is no time.
    """
    from datetime import datetime

    from runbook.capture.prompter import Field, GoBack
    from runbook.errors import BadInputError
    from runbook.flow.declare import declare
    from runbook.flow.desk import load_zone
    from runbook.flow.settings import load_settings
    from runbook.model.times import HOW_TO_TYPE_A_TIME, parse_time
    from runbook.record.places import zone_name

    settings = load_settings(place.repository)
    zone = load_zone(settings.zone if "zone" in settings.model_fields_set else zone_name())

    def problem(text: str) -> str | None:
        try:
            parse_time(text, now=datetime.now(zone), zone=zone)
        except BadInputError as error:
            return f"{error.message}; {error.hint}" if error.hint else error.message
        return None

    while not title:
        try:
            answer = prompter.form(
                "begin",
                "What went wrong?" if kind == "incident" else "What is being deployed?",
                [
                    Field("title", "Title", validate=lambda text: None if text.strip() else "in a few words, please"),
                    Field("at", "Began", default=at or "now", validate=problem, help=HOW_TO_TYPE_A_TIME),
                ],
            )
        except GoBack:
            continue  # nothing comes before
        title, at = " ".join(answer["title"].split()), answer["at"]
    return declare(kind, title, place=place, at=at)
