"""Timeline and commands: what happened in which order, with the long stretches folded away.

Rows that matter stay in sight; a stretch of others folds away where it stands, so that a reader who opens it finds it
between its neighbours. No row stands twice: an edit in the report means one thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from runbook.model.record import Deployment
from runbook.model.text import count_of, show_size
from runbook.model.wire import MILESTONES
from runbook.render.sheet import ROLES, outcome, took
from runbook.render.values import Line

if TYPE_CHECKING:
    from datetime import datetime

    from runbook.model.record import Command, TimelineEntry
    from runbook.render.sheet import Sheet
    from runbook.render.values import Literal, Value

IN_SIGHT = 25
"""Rows up to which a timeline or a list of commands is shown whole."""
_SHORTEST_FOLD = 4
_LONG_LINES = 8
_LONG_CHARACTERS = 800
_PHASES = ("detection", "investigation", "resolution")
_TELLING_KINDS = {"decision", "escalation", "rollback", "milestone", "start"}
_TELLING_ROLES = {"worked", "helped", "made-worse"}
_PLAIN_KINDS = {"note", "observation", "start", "command", "evidence", ""}


def fold(rows: list[dict[str, Any]], *, total: int) -> list[dict[str, Any]]:
    """``rows`` in stretches: ``{"folded", "label", "rows"}``, in order. ``total``: rows of the whole section."""
    if total <= IN_SIGHT:
        return [{"folded": False, "label": "", "rows": rows}] if rows else []
    chunks: list[dict[str, Any]] = []
    position = 0
    while position < len(rows):
        end = position
        while end < len(rows) and not rows[end]["telling"]:
            end += 1
        if end - position >= _SHORTEST_FOLD:
            folded = rows[position:end]
            span = f"{folded[0]['when']} to {folded[-1]['when']}"
            chunks.append({"folded": True, "label": f"{len(folded)} more, {span}", "rows": folded})
        else:
            end = max(end, position + 1)
            if chunks and not chunks[-1]["folded"]:
                chunks[-1]["rows"] += rows[position:end]
            else:
                chunks.append({"folded": False, "label": "", "rows": rows[position:end]})
        position = end
    return chunks


def timeline(sheet: Sheet) -> dict[str, Any]:
    """The timeline, in phases for an incident and in one piece for a deployment."""
    document = sheet.document
    rows = [*(_row(sheet, entry) for entry in document.timeline), *_milestone_rows(sheet)]
    rows.sort(key=lambda row: row.pop("order"))
    if rows:
        rows[0]["telling"] = rows[-1]["telling"] = True
    actors = {entry.actor for entry in document.timeline if entry.actor}
    if len(actors) < 2:
        for row in rows:
            row["cells"].pop()
    names = ("deployment",) if isinstance(document, Deployment) else _PHASES
    phases = []
    for name in names:
        inside = [row for row in rows if len(names) == 1 or row["phase"] == name]
        phases.append(
            {
                "name": name.capitalize(),
                "key": name,
                "chunks": fold(inside, total=len(rows)),
                "long": [row["long"] for row in inside if row["long"]],
            }
        )
    return {
        "phases": phases,
        "columns": ["T+", "Time", "What", *(["Who"] if len(actors) > 1 else [])],
        "count": len(rows),
        "by": sheet.literal(next(iter(actors))) if len(actors) == 1 else None,
        "left_out": len(document.left_out),
        "out_of_order": list(document.milestones.out_of_order() or ()),
    }


def _row(sheet: Sheet, entry: TimelineEntry) -> dict[str, Any]:
    command = sheet.commands.get(entry.id)
    parts: list[Value | Line | str] = []
    long: dict[str, Any] | None = None
    if command is not None and command.command.strip() and entry.text.startswith(command.command):
        text = sheet.clipped(command.command, 200)
        parts += [sheet.code(text), f" {outcome(command)}"]
        if command.role:
            parts.append(f", {ROLES[command.role]}")
    else:
        shown, long = _shorten(sheet, entry.text, sheet.when(entry.at), entry.id)
        if entry.kind in {"milestone", "start"}:
            parts += ["**", shown, "**"] if shown else [shown]
        elif entry.kind in _PLAIN_KINDS:
            parts.append(shown)
        else:
            parts += ["*", sheet.literal(entry.kind), ":* ", shown]
    if known := sheet.known_list(entry.id):
        parts += [" · known: ", known]
    return {
        "id": entry.id,
        "order": (entry.at, 0 if entry.id.startswith("milestones.") else 1),
        "when": sheet.when(entry.at),
        "phase": entry.phase or _phase(sheet, entry.at),
        "telling": is_telling(sheet, entry),
        "long": long,
        "cells": [sheet.offset(entry.at), sheet.clock(entry.at), Line(*parts), sheet.literal(entry.actor)],
    }


def is_telling(sheet: Sheet, entry: TimelineEntry) -> bool:
    """Whether a row stays in sight: a turning point, what somebody marked, a failure that is known."""
    command = sheet.commands.get(entry.id)
    if entry.highlight or entry.kind in _TELLING_KINDS:
        return True
    return command is not None and _is_telling_command(sheet, command)


def telling_rows(sheet: Sheet) -> list[TimelineEntry]:
    """The rows of the timeline that stay in sight, in order."""
    return [entry for entry in sheet.document.timeline if is_telling(sheet, entry)]


def _is_telling_command(sheet: Sheet, command: Command) -> bool:
    return command.role in _TELLING_ROLES or (command.failed and bool(sheet.known_in.get(command.id)))


def is_long(text: str) -> bool:
    """Whether ``text`` is cut in its cell and stands in full below the table."""
    return text.count("\n") >= _LONG_LINES or len(text) > _LONG_CHARACTERS


def _shorten(sheet: Sheet, text: str, when: str, identifier: str) -> tuple[Literal, dict[str, Any] | None]:
    """``text`` for a cell; a very long one is cut there and stands in full below the table."""
    if not is_long(text):
        return sheet.literal(text), None
    lines = text.count("\n") + 1
    size = count_of(lines, "line") if lines > 1 else count_of(len(text), "character")
    label = f"{when} in full, {size}"
    return sheet.literal(sheet.clipped(text, 160)), {
        "id": identifier,
        "label": label,
        "block": sheet.literal(text).block,
    }


def _milestone_rows(sheet: Sheet) -> list[dict[str, Any]]:
    """A row for every milestone that has none of its own, so that the timeline always shows all that are known."""
    entries = sheet.document.timeline
    shown = {(entry.at, entry.text.partition(":")[0].lower()) for entry in entries if entry.kind == "milestone"}
    shown |= {(entry.at, "started") for entry in entries if entry.kind == "start"}
    rows = []
    for index, name in enumerate(MILESTONES):
        moment: datetime | None = getattr(sheet.document.milestones, name)
        if moment is None or (moment, name) in shown:
            continue
        rows.append(
            {
                "id": f"milestones.{name}",
                "order": (moment, 0 if name == "started" else 2 + index),
                "when": sheet.when(moment),
                "phase": _phase(sheet, moment),
                "telling": True,
                "long": None,
                "cells": [sheet.offset(moment), sheet.clock(moment), Line(f"**{name.capitalize()}**"), ""],
            }
        )
    return rows


def _phase(sheet: Sheet, moment: datetime) -> str:
    """Detection up to *detected*; resolution from the command that worked, or else from *mitigated* or *resolved*."""
    milestones = sheet.document.milestones
    if sheet.turned is not None and moment >= sheet.turned:
        return "resolution"
    noticed = milestones.detected or milestones.started
    return "detection" if noticed is not None and moment <= noticed else "investigation"


def commands(sheet: Sheet) -> dict[str, Any]:
    """The commands, with what became of each and where its output is."""
    document = sheet.document
    hosts = {command.host for command in document.commands}
    folders = {command.cwd for command in document.commands}
    where = _Where(host=len(hosts) > 1, folder=len(folders) > 1)
    rows, long = [], []
    for command in document.commands:
        row, full = _command_row(sheet, command, where)
        rows.append(row)
        long += [full] if full else []
    return {
        "columns": ["T+", "Command", "Result", "Output", *(["Where"] if where.host or where.folder else [])],
        "chunks": fold(rows, total=len(rows)),
        "long": long,
        "count": len(rows),
        "failed": sum(command.failed for command in document.commands),
        "place": _place(sheet, "" if where.host else "".join(hosts), "" if where.folder else "".join(folders)),
    }


class _Where(NamedTuple):
    """What differs from command to command, and so has to be said of each."""

    host: bool
    folder: bool


def _command_row(sheet: Sheet, command: Command, where: _Where) -> tuple[dict[str, Any], dict[str, Any] | None]:
    text, full = sheet.code(command.command), None
    if is_long(command.command):
        lines = command.command.count("\n") + 1
        label = f"{sheet.when(command.at)} in full, {count_of(lines, 'line')}"
        full = {"id": command.id, "label": label, "block": text.block}
        text = sheet.code(sheet.clipped(command.command, 160))
    result: list[Value | Line | str] = [f"**{outcome(command)}**" if command.failed else outcome(command)]
    if duration := took(command.duration):
        result.append(f", {duration}")
    if command.role:
        result.append(f", {ROLES[command.role]}")
    if known := sheet.known_list(command.id):
        result += ["<br>known: ", known]
    if (note := sheet.prose(command.note)).cell:
        result += ["<br>", note]
    output: list[Value | Line | str] = []
    for link in sheet.output_links(command):
        output += ["<br>", link] if output else [link]
    cells: list[Value | Line | str] = [sheet.when(command.at), text, Line(*result), Line(*output)]
    if where.host or where.folder:
        cells.append(_place(sheet, command.host if where.host else "", command.cwd if where.folder else ""))
    return {
        "id": command.id,
        "when": sheet.when(command.at),
        "telling": _is_telling_command(sheet, command),
        "cells": cells,
    }, full


def _place(sheet: Sheet, host: str, folder: str) -> Line:
    parts: list[Value | Line | str] = []
    if folder:
        parts += ["in ", sheet.code(folder)]
    if host:
        parts += [" on " if parts else "on ", sheet.code(host)]
    return Line(*parts)


def evidence(sheet: Sheet) -> list[dict[str, Any]]:
    """Every kept file."""
    rows = []
    for item in sheet.document.evidence:
        kept = show_size(item.size) + (f", {show_size(item.omitted)} of it left out" if item.omitted else "")
        at = sheet.when(item.at) if item.at else ""
        rows.append({"id": item.id, "cells": [at, sheet.evidence_link(item), kept, sheet.literal(item.note)]})
    return rows
