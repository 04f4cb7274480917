"""Who and what was hit, and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.capture import suggest
from runbook.capture.context import Context, Step
from runbook.capture.lines import (
    explain_cost,
    hours_problem,
    number_problem,
    one_line,
    parse_hours,
    parse_number,
    show_number,
    split_names,
)
from runbook.capture.prompter import Field

if TYPE_CHECKING:
    from runbook.model import settings
    from runbook.model.record import AnyDocument, Cost, Incident


def ask(ctx: Context) -> None:
    """One form; the cost is worked out from people, hours and rate, and shown."""
    doc, new = ctx.incident, ctx.first_time
    impact, defaults = doc.impact, ctx.settings.cost
    cost = impact.financial
    currency = defaults.currency if new and cost.people is None and cost.rate is None else cost.currency
    lasted = duration_hours(doc)
    whole = show_number(lasted)
    people, rate = cost.people, cost.rate
    if new:
        people = defaults.people if people is None else people
        people = suggest.people(doc) if people is None else people
        rate = defaults.rate if rate is None else rate
    systems = impact.systems or (suggest.systems(doc) if new else [])
    fields = [
        Field("systems", "Systems", default=", ".join(systems), help="what was down or degraded, separated by commas"),
        Field("users", "Users", default=impact.users, help="who noticed, how many, and what they could not do"),
        Field(
            "data_loss",
            "Data loss",
            default=impact.data_loss or ("None known" if new else ""),
            help="what was lost or may have been; say so if nothing was",
        ),
        Field("people", "People", default=show_number(people), validate=number_problem, help="how many worked on it"),
        Field(
            "hours",
            "Hours of each",
            default=whole if cost.hours is None else show_number(cost.hours),
            validate=hours_problem,
            help=f"it lasted {whole} h" if whole else "such as 2.5 or 2h 30min",
        ),
        Field(
            "rate",
            f"Rate ({currency}/h)",
            default=show_number(rate),
            validate=number_problem,
            help="of one person and hour; empty if you would rather not say",
        ),
    ]
    fields += _loss(cost, ctx.settings.cost, currency, new=new)
    answer = ctx.prompter.form("impact", "Who and what was hit?", fields, help="leave empty what nobody knows")
    hours = None if answer["hours"].strip() == whole else parse_hours(answer["hours"])
    saved = impact.model_dump(mode="json")
    saved.update(
        systems=split_names(answer["systems"]),
        users=answer["users"].strip(),
        data_loss=answer["data_loss"].strip(),
        financial={
            **saved["financial"],
            "people": parse_number(answer["people"]),
            "hours": hours,
            "rate": parse_number(answer["rate"]),
            "currency": currency,
            "downtime_rate": parse_number(answer.get("downtime_rate", "")),
        },
    )
    ctx.save("impact", saved)
    ctx.prompter.show(cost_of(ctx.incident))


def _loss(cost: Cost, defaults: settings.Cost, currency: str, *, new: bool) -> list[Field]:
    """The question what an hour of downtime costs, where the team or the record knows a figure."""
    rate = defaults.downtime_rate if new and cost.downtime_rate is None else cost.downtime_rate
    if rate is None:
        return []
    return [
        Field(
            "downtime_rate",
            f"Lost per hour down ({currency})",
            default=show_number(rate),
            validate=number_problem,
            help="what an hour costs in which the service is down; empty if nobody can say",
        )
    ]


def duration_hours(doc: AnyDocument) -> float | None:
    """How long it lasted, in hours to two places, or None where start or end is not known."""
    lasted = doc.milestones.since_start("resolved")
    return None if lasted is None else round(lasted.total_seconds() / 3600, 2)


def cost_of(doc: Incident) -> str:
    """The cost with its arithmetic, or what is missing to work it out."""
    cost = doc.impact.financial
    hours = duration_hours(doc) if cost.hours is None else cost.hours
    return explain_cost(cost.people, hours, cost.rate, cost.currency)


def _state(doc: AnyDocument) -> str:
    if doc.document != "incident":
        return ""
    what = ", ".join(doc.impact.systems) or doc.impact.users or "nothing said"
    cost = cost_of(doc)
    return one_line(what, 40) + (f"; {cost.rpartition('= ')[2]}" if "= " in cost else "")


STEP = Step("impact", "Impact", ask, _state)
