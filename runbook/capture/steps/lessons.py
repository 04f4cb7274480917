"""What the team takes away: what went well, what went wrong, where it was lucky."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.capture import suggest
from runbook.capture.context import Context, Step
from runbook.capture.lines import join_items, to_items
from runbook.capture.prompter import Field

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument

_FIELDS = {
    "went_well": ("Went well", "what we should do again"),
    "went_wrong": ("Went wrong", "what made it worse or longer than it had to be"),
    "lucky": ("Where we were lucky", "what kept it from being worse, and will not the next time"),
}


def ask(ctx: Context) -> None:
    """One form, a lesson a line."""
    lessons = ctx.incident.lessons
    proposed = {"went_well": suggest.went_well(ctx.incident)} if ctx.first_time else {}
    answer = ctx.prompter.form(
        "lessons",
        "What do we take away?",
        [
            Field(
                name,
                label,
                default=join_items(getattr(lessons, name)) or "\n".join(proposed.get(name, [])),
                multiline=True,
                help=f"one a line: {meaning}",
            )
            for name, (label, meaning) in _FIELDS.items()
        ],
    )
    ctx.save("lessons", {name: to_items(answer[name], getattr(lessons, name)) for name in _FIELDS})


def _state(doc: AnyDocument) -> str:
    if doc.document != "incident":
        return ""
    counts = [(len(getattr(doc.lessons, name)), label.lower()) for name, (label, _) in _FIELDS.items()]
    return ", ".join(f"{label}: {number}" for number, label in counts if number) or "none yet"


STEP = Step("lessons", "Lessons", ask, _state)
