"""What was deployed, by whom, and who looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.capture.context import Context, Step
from runbook.capture.lines import one_line, show_time
from runbook.capture.prompter import Field
from runbook.model.record import Milestones
from runbook.model.times import HOW_TO_TYPE_A_TIME

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument


def ask(ctx: Context) -> None:
    """One form; title and start only if nobody has given them."""
    doc = ctx.deployment
    started = show_time(doc.milestones.started, ctx.zone)

    fields = [
        Field(
            "changes",
            "Changes",
            default=doc.changes or (doc.title.rstrip(". ") + "." if ctx.first_time else ""),
            multiline=True,
            help="what is different afterwards: versions, migrations, configuration, links to pull requests",
        ),
        Field("deployer", "Deployed by", default=doc.deployer or (ctx.actor if ctx.first_time else "")),
        Field("reviewer", "Reviewed by", default=doc.reviewer, help="who looked at it before; empty if nobody did"),
    ]
    if ctx.asks("title"):
        fields.insert(
            0, Field("title", "Title", default=doc.title, validate=lambda t: None if t.strip() else "it needs a title")
        )
    if ctx.asks("milestones.started"):
        fields.append(Field("started", "Begun", default=started, validate=ctx.time_problem, help=HOW_TO_TYPE_A_TIME))
    answer = ctx.prompter.form("changes", f"What was deployed?  ({one_line(doc.title, 50)})", fields)
    for name in ("title", "changes", "deployer", "reviewer"):
        if name in answer:
            ctx.save(name, " ".join(answer[name].split()) if name == "title" else answer[name].strip())
    if "started" in answer and answer["started"] != started:
        times = doc.milestones.model_dump(mode="json")
        moment = ctx.moment(answer["started"])
        ctx.save("milestones", Milestones(**{**times, "started": moment}).model_dump(mode="json"))


def _state(doc: AnyDocument) -> str:
    if doc.document != "deployment":
        return ""
    return one_line(doc.changes, 40) + (f"; reviewed by {doc.reviewer}" if doc.reviewer else "; no reviewer")


STEP = Step("changes", "Changes", ask, _state)
