"""What happened, how bad it was, and what ended it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.capture import suggest
from runbook.capture.context import Context, Step
from runbook.capture.lines import one_line
from runbook.capture.prompter import Field
from runbook.model.wire import SEVERITIES

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument

_DIRECT = ("title", "severity", "summary", "resolution", "rollback")


def ask(ctx: Context) -> None:
    """One form: the story in short. Title and severity only if nobody has given them."""
    doc, new = ctx.incident, ctx.first_time
    fields = [
        Field(
            "summary",
            "What happened",
            default=doc.summary or (suggest.summary(doc, ctx.zone) if new else ""),
            multiline=True,
            help="one or two sentences that stand alone; this is what most people will read",
        )
    ]
    if ctx.asks("title"):
        fields.insert(0, Field("title", "Title", default=doc.title, validate=_needed))
    if ctx.asks("severity"):
        own = "; ".join(f"{name}: {ctx.settings.severities[name]}" for name in ctx.settings.severities)
        fields.append(
            Field(
                "severity", "How bad", default=doc.severity, choices=SEVERITIES, help=own or "how bad it was at worst"
            )
        )
    fields += [
        Field(
            "resolution",
            "What ended it",
            default=doc.resolution or (suggest.resolution(doc) if new else ""),
            multiline=True,
            help="what was done that made it work again, step by step",
        ),
        Field(
            "rollback",
            "Rolled back",
            default=doc.rollback or (suggest.rollback(doc) if new else ""),
            multiline=True,
            help="what was put back to an earlier state, and how; empty if nothing was",
        ),
    ]
    answer = ctx.prompter.form(
        "what",
        f"What happened, and what ended it?  ({one_line(doc.title, 50)})",
        fields,
        help="Enter keeps what is there",
    )
    for name in _DIRECT:
        if name in answer:
            ctx.save(name, " ".join(answer[name].split()) if name == "title" else answer[name].strip())


def _needed(text: str) -> str | None:
    return None if text.strip() else "a report needs a title"


def _state(doc: AnyDocument) -> str:
    if doc.document != "incident":
        return ""
    return f"{doc.severity}: {one_line(doc.summary, 60) or 'no summary yet'}"


STEP = Step("what", "What happened", ask, _state)
