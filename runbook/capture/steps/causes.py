"""Root causes, as chains of whys with their evidence, and what else played a part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook.capture import suggest
from runbook.capture.context import Context, Step
from runbook.capture.lines import join_items, one_line, to_items
from runbook.capture.prompter import Choice, Field, GoBack
from runbook.model.wire import new_ulid

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument, Cause

MOST_WHYS = 5
LIKELY = "likely"
"""Ticked beside the evidence where nothing on record proves it."""
_Place = tuple[str, int, int]
"""A question: ``why`` or ``evidence`` with chain and why, or ``factors``."""
_CLOSING: _Place = ("factors", 0, 0)


def ask(ctx: Context) -> None:
    """Why after why, each with what shows it, until none is typed; then what else played a part."""
    place: _Place | None = _CLOSING if ctx.backwards else ("why", 0, 0)
    trail = _all_places(ctx) if ctx.backwards else []
    ctx.backwards = False
    while place is not None:
        try:
            following = _QUESTIONS[place[0]](ctx, place[1], place[2])
        except GoBack:
            if not trail:
                raise
            place = trail.pop()
        else:
            trail.append(place)
            place = following


def _all_places(ctx: Context) -> list[_Place]:
    """Every question on the way to the closing one, for who comes back from the next step."""
    places: list[_Place] = []
    for chain, cause in enumerate(ctx.incident.causes):
        for number in range(len(cause.whys)):
            places += [("why", chain, number), ("evidence", chain, number)]
        if len(cause.whys) < MOST_WHYS:
            places.append(("why", chain, len(cause.whys)))
    return places or [("why", 0, 0)]


def _why(ctx: Context, chain: int, number: int) -> _Place:
    doc = ctx.incident
    cause = doc.causes[chain] if chain < len(doc.causes) else None
    known = cause.whys[number].text if cause and number < len(cause.whys) else ""
    guess = suggest.first_why(doc) if not doc.causes and chain == number == 0 and ctx.first_time else None
    if cause and number:
        subject = cause.whys[number - 1].text.rstrip(". ")
        message = f"And why was that?  ({one_line(subject, 70)})"
    else:
        seen = cause.title if cause and not _named_by_its_root(cause, doc.title) else doc.title
        message = f"Why did this happen?  ({one_line(seen, 70)})"
    answer = ctx.prompter.text(
        f"why.{chain + 1}.{number + 1}",
        message,
        default=known or (guess.title if guess else ""),
        help=f"why {number + 1} of up to {MOST_WHYS}; empty: no further why",
    ).strip()
    if not answer:
        if cause:
            _save(
                ctx,
                chain,
                cause.title,
                [why.model_dump(mode="json") for why in cause.whys[:number]],
                proven=cause.proven,
            )
        return _after(ctx, chain)
    whys: list[dict[str, Any]] = [why.model_dump(mode="json") for why in cause.whys] if cause else []
    title, proven = (cause.title, cause.proven) if cause else (doc.title, True)
    if number < len(whys):
        whys[number]["text"] = answer
    else:
        whys.append({"id": new_ulid(), "text": answer, "evidence": []})
    if guess and answer == guess.title:
        # A suggestion that is taken as it stands brings its own evidence; that it is the cause, nobody has shown.
        whys[number]["evidence"] = [guess.id, *guess.entries]
        _save(ctx, chain, title, whys, proven=False)
        return ("why", chain, number + 1)
    _save(ctx, chain, title, whys, proven=proven)
    return ("evidence", chain, number)


def _evidence(ctx: Context, chain: int, number: int) -> _Place:
    cause = ctx.incident.causes[chain]
    why = cause.whys[number]
    held = set(why.evidence)
    others = [one for position, one in enumerate(cause.whys) if position != number]
    only_likely = not cause.proven and all(one.evidence for one in others) and bool(others or held)
    chosen = ctx.prompter.checkbox(
        f"why.{chain + 1}.{number + 1}.evidence",
        f"What shows it?  ({one_line(why.text, 70)})",
        [
            Choice(LIKELY, "It is likely; nothing on record proves it", checked=only_likely),
            *evidence_choices(ctx, held),
        ],
        help="tick what a reader can look up; with nothing ticked the report calls it likely",
    )
    whys = [one.model_dump(mode="json") for one in cause.whys]
    whys[number]["evidence"] = [value for value in chosen if value != LIKELY]
    _save(ctx, chain, cause.title, whys, proven=LIKELY not in chosen and all(one["evidence"] for one in whys))
    return ("why", chain, number + 1) if number + 1 < MOST_WHYS else _after(ctx, chain)


def evidence_choices(ctx: Context, held: set[str]) -> list[Choice]:
    """Known failures, then the timeline with its commands, then what was attached."""
    doc = ctx.doc
    found = [
        Choice(item.id, f"known failure  {one_line(item.title, 70)}", detail=item.excerpt, checked=item.id in held)
        for item in doc.findings
        if item.state != "dismissed" or item.id in held
    ]
    seen = [
        Choice(
            row.id,
            f"{row.at.astimezone(ctx.zone):%H:%M}  {'$ ' if row.kind == 'command' else ''}{one_line(row.text, 80)}",
            detail=row.text,
            checked=row.id in held,
        )
        for row in doc.timeline
    ]
    rows = {row.id for row in doc.timeline}
    kept = [
        Choice(item.id, f"file  {one_line(item.name, 80)}", checked=item.id in held)
        for item in doc.evidence
        if item.id not in rows
    ]
    return found + seen + kept


def _after(ctx: Context, chain: int) -> _Place:
    """The next chain that somebody has begun, or the closing question."""
    return ("why", chain + 1, 0) if chain + 1 < len(ctx.incident.causes) else _CLOSING


def _factors(ctx: Context, _chain: int, _number: int) -> _Place | None:
    doc = ctx.incident
    proposed = suggest.factors(doc) if ctx.first_time and not doc.factors else []
    answer = ctx.prompter.form(
        "factors",
        "What else played a part?",
        [
            Field(
                "factors",
                "Contributing",
                default=join_items(doc.factors) or "\n".join(proposed),
                multiline=True,
                help="one a line: what did not cause it, but let it happen or made it last",
            ),
            Field("another", "Another root cause", help="what else was seen that has a why of its own; empty: none"),
        ],
    )
    ctx.save("factors", to_items(answer["factors"], doc.factors))
    another = " ".join(answer["another"].split())
    if not another:
        return None
    chain = len(doc.causes)
    _save(ctx, chain, another, [], proven=True)
    return ("why", chain, 0)


def _save(ctx: Context, chain: int, title: str, whys: list[dict[str, Any]], *, proven: bool) -> None:
    doc = ctx.incident
    causes = [cause.model_dump(mode="json") for cause in doc.causes]
    if chain == 0 and whys and (not doc.causes or _named_by_its_root(doc.causes[0], doc.title)):
        title = whys[-1]["text"]
    if chain < len(causes):
        causes[chain].update(title=title, whys=whys, proven=proven)
    else:
        causes.append({"id": new_ulid(), "title": title, "whys": whys, "proven": proven})
    ctx.save("causes", causes)


def _named_by_its_root(cause: Cause, title: str) -> bool:
    """Whether nobody gave the cause a title: it is called by what it ends in."""
    return cause.title in {title, *(why.text for why in cause.whys)}


_QUESTIONS = {"why": _why, "evidence": _evidence, "factors": _factors}


def _state(doc: AnyDocument) -> str:
    if doc.document != "incident":
        return ""
    return "; ".join(_root(cause) for cause in doc.causes if cause.whys) or "no cause named"


def _root(cause: Cause) -> str:
    return f"{one_line(cause.whys[-1].text, 50)}{'' if cause.proven else ' (likely)'}"


STEP = Step("causes", "Root causes", ask, _state)
