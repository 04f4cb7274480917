"""What an incident cost: time of people, downtime, and what that is in money, each figure with its arithmetic.

Everything comes from recorded times and from what people entered. A figure of which one factor is not known says so; no
total is given that would be too low for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from runbook.render.sections import number

if TYPE_CHECKING:
    from runbook.model.record import Cost, Incident
    from runbook.render.sheet import Sheet

UNKNOWN = "not known"


class _Figure(NamedTuple):
    """One line: what, how much (None: not known), in which unit, and how it was worked out."""

    name: str
    value: float | None
    unit: str
    arithmetic: str


def cost(sheet: Sheet, document: Incident) -> dict[str, Any]:
    """The figures as rows of a table, what the money does not say, and whether this is more than the labour."""
    entered = document.impact.financial
    currency = entered.currency.upper()
    time = _time(document, entered)
    labour = _Figure(
        "Labour", _product(time.value, entered.rate), currency,
        f"{_shown(time.value)} h × {_shown(entered.rate)} {currency}/h",
    )  # fmt: skip
    down = _downtime(sheet, document, entered)
    figures = [time, labour, down]
    if entered.downtime_rate is not None:
        lost = _product(down.value, entered.downtime_rate)
        arithmetic = f"{_shown(down.value)} h × {_shown(entered.downtime_rate)} {currency}/h"
        figures.append(_Figure("Lost while down", lost, currency, arithmetic))
        total = None if lost is None or labour.value is None else lost + labour.value
        figures.append(
            _Figure("Total", total, currency, f"{_shown(labour.value)} {currency} + {_shown(lost)} {currency}")
        )
    return {
        "rows": [{"id": "", "cells": [figure.name, _amount(figure), figure.arithmetic]} for figure in figures],
        "opportunity": sheet.prose(entered.opportunity),
        "more": entered.downtime_rate is not None or bool(entered.opportunity.strip()),
    }


def _time(document: Incident, entered: Cost) -> _Figure:
    hours, source = entered.hours, "entered"
    if hours is None:
        since = document.milestones.since_start("resolved")
        if since is not None and since.total_seconds() >= 0:
            hours, source = since.total_seconds() / 3600, "from start to resolved"
        else:
            source = "no end on record"
    people = entered.people
    word = "person" if people == 1 else "people"
    return _Figure(
        "Time of people", _product(people, hours), "h", f"{_shown(people)} {word} × {_shown(hours)} h ({source})"
    )


def _downtime(sheet: Sheet, document: Incident, entered: Cost) -> _Figure:
    """From the start to what ended it for users: *mitigated*, else *resolved*; or what somebody entered."""
    if entered.downtime is not None:
        return _Figure("Downtime", entered.downtime, "h", "entered")
    for name in ("mitigated", "resolved"):
        end = getattr(document.milestones, name)
        since = document.milestones.since_start(name)
        if end is not None and since is not None and since.total_seconds() >= 0:
            started = document.milestones.started
            text = f"from {sheet.date_and_clock(started)} to {name} {sheet.date_and_clock(end)}" if started else ""
            return _Figure("Downtime", since.total_seconds() / 3600, "h", text)
    return _Figure("Downtime", None, "h", "no end on record")


def _product(*factors: float | None) -> float | None:
    """The product; None where a factor is not known or the result is no number any more."""
    result = 1.0
    for factor in factors:
        if factor is None:
            return None
        result *= factor
    return result if math.isfinite(result) else None


def _shown(value: float | None) -> str:
    return number(None if value is None else round(value, 2))


def _amount(figure: _Figure) -> str:
    return UNKNOWN if figure.value is None else f"**{_shown(figure.value)} {figure.unit}**"
