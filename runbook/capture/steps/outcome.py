"""How a deployment ended, and which incident it caused or fixed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.capture.context import Context, Step
from runbook.capture.prompter import Field
from runbook.model.record import Milestones
from runbook.model.wire import DEPLOYMENT_STATUSES

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument, Deployment

_INCIDENT = re.compile(r"^INC-\d{4}-\d{2}-\d{2}-\d{3,}$")
RELATIONS = ("caused", "fixed", "part-of", "related")
_ENDED = ("success", "failed", "rolled-back")


def ask(ctx: Context) -> None:
    """One form."""
    doc = ctx.deployment
    link = next((link for link in doc.links if link.document.startswith("INC")), None)
    answer = ctx.prompter.form(
        "outcome",
        "How did it end?",
        [
            Field(
                "status",
                "Status",
                default=_guess(doc) if ctx.first_time and doc.status in {"planned", "running"} else doc.status,
                choices=DEPLOYMENT_STATUSES,
                help=", ".join(DEPLOYMENT_STATUSES),
            ),
            Field(
                "incident",
                "Incident",
                default=link.document if link else "",
                validate=_problem,
                help="the incident it belongs to, such as INC-2026-02-11-001; empty if there is none",
            ),
            Field(
                "relation",
                "It … that incident",
                default=link.relation if link else "caused",
                choices=RELATIONS,
                help=", ".join(RELATIONS),
            ),
        ],
    )
    ctx.save("status", answer["status"])
    wanted = answer["incident"].strip().upper()
    others = [other.model_dump(mode="json") for other in doc.links if link is None or other != link]
    mine = [{"document": wanted, "relation": answer["relation"]}] if wanted else []
    ctx.save("links", [*mine, *others])
    if answer["status"] in _ENDED and doc.milestones.resolved is None:
        started, now = doc.milestones.started, ctx.now
        ended = max([now, *([started] if started else [])])
        last = max((row.at for row in doc.timeline), default=ended)
        times = doc.milestones.model_dump(mode="json")
        ctx.save("milestones", Milestones(**{**times, "resolved": min(ended, last)}).model_dump(mode="json"))


def _guess(doc: Deployment) -> str:
    """What the record says: an executed rollback, a last step that failed, or neither."""
    if any(row.kind == "rollback" for row in doc.timeline):
        return "rolled-back"
    if doc.steps:
        return "failed" if doc.steps[-1].ok is False else "success"
    return doc.status


def _problem(text: str) -> str | None:
    wanted = text.strip().upper()
    return None if not wanted or _INCIDENT.match(wanted) else "an id looks like INC-2026-02-11-001"


def _state(doc: AnyDocument) -> str:
    linked = ", ".join(f"{link.relation} {link.document}" for link in doc.links)
    status = doc.status
    return f"{status}; {linked}" if linked else str(status)


STEP = Step("outcome", "Outcome", ask, _state)
