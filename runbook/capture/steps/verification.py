"""How a deployment was verified, what went wrong on the way, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.capture.context import Context, Step
from runbook.capture.lines import join_items, one_line, to_items
from runbook.capture.prompter import Field

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument, Deployment


def ask(ctx: Context) -> None:
    """One form."""
    doc, new = ctx.deployment, ctx.first_time
    answer = ctx.prompter.form(
        "verification",
        "Does it work, and what is the way back?",
        [
            Field(
                "verification",
                "Verified by",
                default=doc.verification or (_recorded(doc, "verification") if new else ""),
                multiline=True,
                help="what was looked at and what it showed; commands where there are some",
            ),
            Field(
                "issues",
                "Issues met",
                default=join_items(doc.issues) or (_failures(doc) if new else ""),
                multiline=True,
                help="one a line, even if it was solved",
            ),
            Field(
                "rollback_plan",
                "Rollback plan",
                default=doc.rollback_plan or (_recorded(doc, "rollback") if new else ""),
                multiline=True,
                help="the commands that bring the old version back, or where they are written down",
            ),
        ],
    )
    ctx.save("verification", answer["verification"].strip())
    ctx.save("issues", to_items(answer["issues"], doc.issues))
    ctx.save("rollback_plan", answer["rollback_plan"].strip())


def _recorded(doc: Deployment, kind: str) -> str:
    return "\n".join(row.text for row in doc.timeline if row.kind == kind)


def _failures(doc: Deployment) -> str:
    """The known failures that were found, and else the commands that failed."""
    found = [finding.title for finding in doc.findings if finding.state != "dismissed" and finding.kind != "timeline"]
    failed = [f"`{one_line(c.command, 80)}` failed with exit status {c.exit_status}" for c in doc.commands if c.failed]
    return "\n".join(dict.fromkeys(found or failed))


def _state(doc: AnyDocument) -> str:
    if doc.document != "deployment":
        return ""
    plan = "a rollback plan" if doc.rollback_plan else "no rollback plan"
    return f"{one_line(doc.verification, 30) or 'not verified'}; {plan}"


STEP = Step("verification", "Verification", ask, _state)
