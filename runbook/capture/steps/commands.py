"""Which commands worked, helped, led nowhere or made it worse. Reached from the timeline and from the summary."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from runbook.capture import suggest
from runbook.capture.context import Context, Step
from runbook.capture.lines import one_line
from runbook.capture.prompter import Choice, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runbook.model.record import AnyDocument, Command, TimelineEntry

ROLES = {"worked": "worked", "helped": "helped", "dead-end": "dead end", "made-worse": "made it worse"}
SETTLED = "roles"
"""Noted once the suggested roles are accepted or replaced."""
_QUESTIONS = {
    "worked": "Which commands worked?",
    "helped": "Which told you something that mattered?",
    "dead-end": "Which led nowhere?",
    "made-worse": "Which made it worse?",
}


def ask(ctx: Context) -> None:
    """One list for each role; a command that is ticked again moves to that role."""
    settle(ctx)
    ctx.in_turn([partial(_ask_role, ctx, role) for role in ROLES])


def _ask_role(ctx: Context, role: str) -> bool:
    doc, held = ctx.doc, roles(ctx)
    chosen = ctx.prompter.checkbox(
        f"commands.{role}",
        _QUESTIONS[role],
        [
            Choice(
                command.id,
                f"{_mark(command)} {one_line(command.command, 80)}",
                detail=_detail(command),
                hint=f"{command.at.astimezone(ctx.zone):%H:%M}",
                checked=held.get(command.id) == role,
            )
            for command in doc.commands
        ],
        help="the report keeps these in sight; the rest folds away",
    )
    without = {identifier: "" if value == role else value for identifier, value in held.items()}
    _save(ctx, {**without, **dict.fromkeys(chosen, role)})
    return True


def ask_one(ctx: Context, row: TimelineEntry) -> None:
    """What became of one command, and a note about it."""
    settle(ctx)
    command = next(command for command in ctx.doc.commands if command.id == row.id)
    answer = ctx.prompter.form(
        f"timeline.{row.id}.role",
        one_line(command.command, 90),
        [
            Field(
                "role",
                "What became of it",
                default=command.role,
                choices=["", *ROLES],
                help="worked, helped, dead-end, made-worse, or nothing",
            ),
            Field("note", "What it showed", default=command.note, help="for who reads the report; may stay empty"),
        ],
    )
    ctx.save_merged("commands", [{"id": row.id, "role": answer["role"], "note": answer["note"]}])


def settle(ctx: Context) -> None:
    """Save the roles that were shown as suggestions, once: from then on a role is what a person said."""
    if SETTLED not in ctx.seen:
        _save(ctx, suggest.roles_of(ctx.doc))
        ctx.finish(SETTLED)


def roles(ctx: Context) -> dict[str, str]:
    """The role of every command that has one; suggestions until a person has seen them and gone on."""
    if SETTLED not in ctx.seen:
        return suggest.roles_of(ctx.doc)
    return {command.id: command.role for command in ctx.doc.commands if command.role}


def count(held: Mapping[str, str]) -> str:
    """How many commands have which role, in words."""
    values = list(held.values())
    return ", ".join(f"{values.count(role)} {words}" for role, words in ROLES.items() if role in values)


def _state(doc: AnyDocument) -> str:
    return f"{len(doc.commands)} ran" + "".join(
        f", {part}" for part in [count({command.id: command.role for command in doc.commands})] if part
    )


def _save(ctx: Context, held: Mapping[str, str]) -> None:
    ctx.save_merged("commands", [{"id": c.id, "role": held[c.id]} for c in ctx.doc.commands if c.id in held])


def _mark(command: Command) -> str:
    return {None: "?", 0: "✓"}.get(command.exit_status, "✗")


def _detail(command: Command) -> str:
    status = "exit status not known" if command.exit_status is None else f"exit {command.exit_status}"
    took = "" if command.duration is None else f", {command.duration:.1f} s"
    return f"{command.command}\n{status}{took}{' in ' + command.cwd if command.cwd else ''}"


def _never(_ctx: Context) -> bool:
    return False  # the timeline's screen leads here; on the way to the summary it would be one more question


STEP = Step("commands", "Commands", ask, _state, _never)
