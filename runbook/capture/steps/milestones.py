"""When it started, was seen, taken on, mitigated and resolved: the times from which the metrics come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from runbook.capture import suggest
from runbook.capture.context import Context, Step
from runbook.capture.lines import show_time, span
from runbook.capture.prompter import Field
from runbook.model.record import Milestones
from runbook.model.times import HOW_TO_TYPE_A_TIME
from runbook.model.wire import MILESTONES

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument

_LABELS = {
    "started": "Started",
    "detected": "Detected",
    "acknowledged": "Taken on",
    "mitigated": "Mitigated",
    "resolved": "Resolved",
}
_NOBODY_KNOWS = ("", "-")
_HELP = {
    "started": "when it began, even if nobody saw it yet",
    "detected": "when somebody or something noticed",
    "acknowledged": "when somebody began to work on it",
    "mitigated": "when users were no longer hurt",
    "resolved": "when it was over",
}


def _asked(ctx: Context) -> list[str]:
    return [name for name in MILESTONES if ctx.asks(f"milestones.{name}")]


def applies(ctx: Context) -> bool:
    """Whether a milestone is missing."""
    return any(f"milestones.{name}" not in ctx.given for name in MILESTONES)


def ask(ctx: Context) -> None:
    """One form with the milestones that nobody has recorded; asked again until they are in order."""
    known = {name: value for name in MILESTONES if (value := getattr(ctx.doc.milestones, name)) is not None}
    guesses = suggest.milestones(ctx.doc) if ctx.first_time else {}
    shown = {name: show_time(known.get(name) or guesses.get(name), ctx.zone) for name in MILESTONES}
    exact = {(name, shown[name]): known.get(name) or guesses.get(name) for name in MILESTONES}
    names = _asked(ctx)
    recorded = ", ".join(f"{_LABELS[name].lower()} {shown[name]}" for name in known if name not in names)
    message = f"When?  On record: {recorded}" if recorded else "When?"

    def problem(text: str) -> str | None:
        return None if text.strip() in _NOBODY_KNOWS else ctx.time_problem(text)

    typed = {name: shown[name] for name in names}
    while True:
        fields = [Field(name, _LABELS[name], default=typed[name], validate=problem, help=_HELP[name]) for name in names]
        typed = ctx.prompter.form("milestones", message, fields, help=f"{HOW_TO_TYPE_A_TIME}; empty if nobody knows")
        times: dict[str, datetime] = dict(known)
        for name in names:
            moment = exact.get((name, typed[name])) or _read(ctx, typed[name])
            if moment is None:
                times.pop(name, None)
            else:
                times[name] = moment
        _snap(times)
        wrong = Milestones(**times).out_of_order()
        if wrong is None:
            break
        earlier, later = wrong
        ctx.prompter.show(
            f"{_LABELS[later]} ({show_time(times[later], ctx.zone)}) cannot lie before "
            f"{_LABELS[earlier].lower()} ({show_time(times[earlier], ctx.zone)})."
        )
    saved = Milestones(**times)
    ctx.save("milestones", saved.model_dump(mode="json"))
    if ctx.doc.document == "incident" and ctx.incident.status in {"investigating", "mitigated"}:
        ended = "resolved" if saved.resolved else "mitigated" if saved.mitigated else ctx.incident.status
        ctx.save("status", ended)


def _read(ctx: Context, text: str) -> datetime | None:
    return None if text.strip() in _NOBODY_KNOWS else ctx.moment(text)


def _snap(times: dict[str, datetime]) -> None:
    """A time typed to the minute is not before one recorded in that same minute."""
    last: datetime | None = None
    for name in MILESTONES:
        moment = times.get(name)
        if moment is None:
            continue
        if last is not None and not moment.second and timedelta() < last - moment < timedelta(minutes=1):
            times[name] = moment = last
        last = moment


def _state(doc: AnyDocument) -> str:
    times = doc.milestones
    if times.started is None:
        return "no start"
    missing = [_LABELS[name].lower() for name in MILESTONES if getattr(times, name) is None]
    took = span(times.started, times.resolved)
    return ", ".join(
        filter(None, (f"took {took}" if took else "", f"not known: {', '.join(missing)}" if missing else ""))
    )


STEP = Step("milestones", "When", ask, _state, applies)
