"""The timeline on one screen: go on, or add, correct, move, leave out, bring back; and what became of each command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.capture.context import Context, Step
from runbook.capture.lines import one_line, show_time
from runbook.capture.pasted import parse_lines
from runbook.capture.prompter import Choice, GoBack
from runbook.capture.steps import commands
from runbook.errors import BadInputError
from runbook.model.text import count_of
from runbook.model.times import HOW_TO_TYPE_A_TIME, format_offset, iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.model.record import AnyDocument, TimelineEntry

GO_ON, ADD, COMMANDS, BRING_BACK = "go-on", "add", "commands", "bring-back"


def ask(ctx: Context) -> None:
    """A list to look through; *go on* is the default."""
    ctx.backwards = False
    chosen = _unfinished(ctx)
    while True:
        chosen = ctx.prompter.select(
            "timeline", _message(ctx), _choices(ctx), default=chosen, help="choose an entry to change it"
        )
        if chosen == GO_ON:
            commands.settle(ctx)
            return
        action = {ADD: _add, COMMANDS: commands.ask, BRING_BACK: _bring_back}.get(chosen)
        try:
            if action is not None:
                action(ctx)
            else:
                _change(ctx, chosen)
        except GoBack:
            pass  # back to the list, not to the step before
        chosen = GO_ON


def _unfinished(ctx: Context) -> str:
    """What was being done when the interview was left in the middle of it."""
    if ctx.prompter.has_draft("timeline.add"):
        return ADD
    if ctx.prompter.has_draft("commands."):
        return COMMANDS
    if ctx.prompter.has_draft("timeline.bring-back"):
        return BRING_BACK
    return next((row.id for row in ctx.doc.timeline if ctx.prompter.has_draft(f"timeline.{row.id}")), GO_ON)


def _message(ctx: Context) -> str:
    doc = ctx.doc
    noted = count_of(len(doc.timeline), "entry", "entries")
    ran = f", {len(doc.commands)} of them commands" if doc.commands else ""
    return f"Is the timeline right?  ({noted}{ran})"


def _choices(ctx: Context) -> list[Choice]:
    doc, roles = ctx.doc, commands.roles(ctx)
    choices = [
        Choice(GO_ON, "It is right, go on"),
        Choice(ADD, "Add entries", detail="one, or many pasted lines such as: 14:05 restarted the proxy"),
    ]
    if doc.commands:
        choices.append(Choice(COMMANDS, "Say which commands worked or made it worse", hint=commands.count(roles)))
    if doc.left_out:
        choices.append(Choice(BRING_BACK, "Bring back what was left out", hint=str(len(doc.left_out))))
    for row in doc.timeline:
        role = commands.ROLES.get(roles.get(row.id, ""), "")
        clock = f"{row.at.astimezone(ctx.zone):%H:%M}"
        title = f"{clock}  {'$ ' if row.kind == 'command' else ''}{one_line(row.text, 90)}"
        offset = "" if doc.started is None else format_offset(row.at - doc.started)
        choices.append(Choice(row.id, title, detail=f"{row.kind} by {row.actor}: {row.text}", hint=role or offset))
    return choices


def _add(ctx: Context) -> None:
    """Typed or pasted lines, each at its own time."""
    times = ctx.doc.milestones

    def problem(text: str) -> str | None:
        try:
            parse_lines(text, now=ctx.now, zone=ctx.zone, started=times.started, ended=times.resolved)
        except BadInputError as error:
            return f"{error.message}; {error.hint}"
        return None

    text = ctx.prompter.text(
        "timeline.add",
        "What is missing? One entry a line, the time first",
        multiline=True,
        validate=problem,
        help=f"14:05 restarted the proxy; {HOW_TO_TYPE_A_TIME}; without a time: now",
    )
    for line in parse_lines(text, now=ctx.now, zone=ctx.zone, started=times.started, ended=times.resolved):
        ctx.keeper.note(line.text, at=line.at, kind="note")


def _change(ctx: Context, identifier: str) -> None:
    """One entry: what shall happen to it, then that."""
    row = next(row for row in ctx.doc.timeline if row.id == identifier)
    key = f"timeline.{identifier}"
    actions: dict[str, tuple[str, Callable[[Context, TimelineEntry], None]]] = {
        "text": ("Correct the words", _reword),
        "time": ("Move it in time", _move),
        "out": ("Leave it out of the report", _leave_out),
        "highlight": ("Keep it in sight" if not row.highlight else "Let it fold away with the rest", _highlight),
    }
    if row.kind == "command":
        del actions["text"]  # what was run stays what was run
        actions["role"] = ("Say what became of this command", commands.ask_one)
    started = next((name for name in actions if ctx.prompter.has_draft(f"{key}.{name}")), "")
    chosen = ctx.prompter.select(
        key,
        f"{show_time(row.at, ctx.zone)}  {one_line(row.text, 90)}",
        [Choice(name, title) for name, (title, _) in actions.items()] + [Choice("back", "Nothing, back to the list")],
        default=started or next(iter(actions)),
    )
    if chosen != "back":
        actions[chosen][1](ctx, row)


def _reword(ctx: Context, row: TimelineEntry) -> None:
    text = ctx.prompter.text(
        f"timeline.{row.id}.text",
        "What happened?",
        default=row.text,
        multiline=True,
        validate=lambda typed: None if typed.strip() else "leave it out instead of emptying it",
    )
    if text != row.text:
        ctx.keeper.amend(row.id, {"text": text})


def _move(ctx: Context, row: TimelineEntry) -> None:
    shown = show_time(row.at, ctx.zone)
    typed = ctx.prompter.text(
        f"timeline.{row.id}.time",
        "When did it happen?",
        default=shown,
        validate=ctx.time_problem,
        help=HOW_TO_TYPE_A_TIME,
    )
    if typed != shown:
        ctx.keeper.amend(row.id, {"at": iso(ctx.moment(typed))})


def _leave_out(ctx: Context, row: TimelineEntry) -> None:
    ctx.keeper.leave_out(row.id, out=True)


def _highlight(ctx: Context, row: TimelineEntry) -> None:
    ctx.keeper.amend(row.id, {"highlight": not row.highlight})


def _bring_back(ctx: Context) -> None:
    gone = ctx.keeper.left_out()
    chosen = ctx.prompter.checkbox(
        "timeline.bring-back",
        "Which of these belong in the report after all?",
        [Choice(row.id, one_line(row.text, 90), hint=show_time(row.at, ctx.zone)) for row in gone],
    )
    for identifier in chosen:
        ctx.keeper.leave_out(identifier, out=False)


def _state(doc: AnyDocument) -> str:
    out = f", {len(doc.left_out)} left out" if doc.left_out else ""
    return f"{count_of(len(doc.timeline), 'entry', 'entries')}{out}"


STEP = Step("timeline", "Timeline", ask, _state)
