"""What the next person, or the chat, needs to know, gathered from the record as it stands.

Nothing here is made up: where the record does not say what comes next, neither do we. Whoever hands over can say it
(``--next``); that is then on record, too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from runbook.flow.milestones import milestones
from runbook.flow.status import Overview
from runbook.flow.timeline import live_entries
from runbook.model.marks import number_marks
from runbook.model.record import Deployment, Incident
from runbook.model.times import format_duration
from runbook.record import evidence

if TYPE_CHECKING:
    from runbook.flow.desk import Desk
    from runbook.model.record import AnyDocument, Command
    from runbook.model.wire import Entry

MOST_TRIED = 15
MOST_FILES = 12
_TELLING = ("change", "rollback", "backup", "decision", "failure", "verification", "escalation")


def say_next(desk: Desk, text: str) -> None:
    """Put on record what comes next, as an entry that ``handoff`` and ``update`` quote until another one is given."""
    desk.append("communication", {"text": f"Next: {text.strip()}", "next": text.strip()})


def gather(desk: Desk) -> dict[str, Any]:
    """Everything that ``handoff`` says (docs/schema/handoff.json). Times are ISO 8601, marks are numbered."""
    document = desk.record()
    overview = Overview(desk, recent=1)
    marks = milestones(desk)
    entries = live_entries(desk)
    result = {
        "id": desk.id,
        "title": document.title,
        "status": document.status,
        "severity": document.severity if isinstance(document, Incident) else "",
        "lead": document.lead if isinstance(document, Incident) else "",
        "people": overview.people,
        "zone": document.zone,
        "lasted": round(overview.lasted()),
        "milestones": {name: moment.isoformat() for name, moment in marks.items()},
        "summary": document.summary if isinstance(document, Incident) else document.changes,
        "impact": impact_of(document),
        "next": _next(entries),
        "running": _running(desk),
        "tried": _tried(document),
        "strikes": [{"what": what, "count": count} for what, count in overview.strikes],
        "findings": [
            {"signature": finding.signature, "title": finding.title, "count": finding.count, "state": finding.state}
            for finding in document.findings
            if finding.state != "dismissed"
        ],
        "actions": _open_actions(document),
        "evidence": _evidence(desk, document),
        "missing": overview.missing,
    }
    shown: dict[str, Any] = _numbered(result, {})
    return shown


def update(desk: Desk) -> dict[str, Any]:
    """The three lines for the chat, as ``lines``, with what they are made of."""
    whole = gather(desk)
    severity = f" ({whole['severity']})" if whole["severity"] else ""
    started = desk.started
    since = "" if started is None else f", since {started.astimezone(desk.zone):%H:%M} {whole['zone']}"
    lasted = format_duration(timedelta(seconds=whole["lasted"]))
    known = [row["title"] for row in whole["findings"]][:2]
    status = (
        f"{whole['status'].capitalize()} after {lasted}"
        if "resolved" in whole["milestones"]
        else (f"{whole['status'].capitalize()} for {lasted}{since}")
    )
    impact = f"Impact: {_one_line(whole['impact'])}" if whole["impact"] else "Impact: not written down yet"
    second = ". ".join([status, impact, *([f"Known failure: {', '.join(known)}"] if known else [])])
    return {
        "id": whole["id"],
        "title": whole["title"],
        "status": whole["status"],
        "severity": whole["severity"],
        "impact": whole["impact"],
        "next": whole["next"],
        "lines": [f"{whole['id']}{severity}: {whole['title']}", f"{second}.", _third(desk, whole)],
    }


def page(desk: Desk, facts: dict[str, Any]) -> str:
    """``facts`` as Markdown."""
    from runbook.render.handoff import handoff_markdown

    return handoff_markdown(facts, desk.zone)


def chat_lines(facts: dict[str, Any]) -> list[str]:
    """The lines of an update as a chat may have them: nobody is called by them."""
    from runbook.render.handoff import chat_safe

    return [chat_safe(line) for line in facts["lines"]]


def _third(desk: Desk, whole: dict[str, Any]) -> str:
    if "resolved" in whole["milestones"]:
        return "It is over; the report follows."
    if whole["next"]:
        return f"Next: {_one_line(whole['next']['text'])} ({whole['next']['actor']})"
    for row in reversed(whole["tried"]):
        if row["text"]:
            return f"Last: {_one_line(row['text'])} ({row['actor']}, {_clock(desk, row['at'])})"
    return "Next: not on record yet"


def impact_of(document: AnyDocument) -> str:
    """Who and what is hit, in a line; nothing where nobody has said."""
    if isinstance(document, Deployment):
        return ""
    impact = document.impact
    parts = [impact.description or impact.users, ", ".join(impact.systems)]
    return _one_line("; ".join(part for part in parts if part))


def _next(entries: list[Entry]) -> dict[str, str] | None:
    for entry in reversed(entries):
        text = entry.data.get("next")
        if entry.kind == "communication" and isinstance(text, str) and text:
            return {"at": entry.at, "actor": entry.actor, "text": text}
    return None


def _running(desk: Desk) -> list[dict[str, str]]:
    return [
        {name: str(header.get(name, "")) for name in ("command", "at", "actor", "host", "cwd")}
        for header in evidence.running(desk.folder)
    ]


def _tried(document: AnyDocument) -> list[dict[str, Any]]:
    """What changed or was to change something, and what was said about it; the same command is named once."""
    from runbook.detect.classify import looks_only
    from runbook.detect.commands import simple_commands

    commands = {command.id: command for command in document.commands}
    rows: dict[str, dict[str, Any]] = {}
    for row in document.timeline:
        command = commands.get(row.id)
        if command is None:
            if row.kind in _TELLING and row.source != "strikes":
                rows[row.id] = _row(row.at, row.actor, kind=row.kind, text=row.text)
            continue
        simple = simple_commands(command.command)
        if not command.failed and not command.role and simple and all(looks_only(each) for each in simple):
            continue
        key = f"{command.host}\0{command.cwd}\0{command.command}\0{command.exit_status}\0{command.role}"
        again = rows.pop(key, None)
        rows[key] = _row(row.at, row.actor, command=command, count=1 if again is None else again["count"] + 1)
    return list(rows.values())[-MOST_TRIED:]


def _row(
    at: datetime, actor: str, *, kind: str = "command", text: str = "", command: Command | None = None, count: int = 1
) -> dict[str, Any]:
    row: dict[str, Any] = {"at": at.isoformat(), "actor": actor, "kind": kind, "text": text, "count": count}
    if command is not None:
        row |= {"command": command.command, "host": command.host, "cwd": command.cwd, "role": command.role}
        row |= {"exit_status": command.exit_status, "note": command.note}
    return row


def _open_actions(document: AnyDocument) -> list[dict[str, str]]:
    actions = document.actions if isinstance(document, Incident) else []
    return [{"text": action.text, "owner": action.owner} for action in actions if not action.done]


def _evidence(desk: Desk, document: AnyDocument) -> dict[str, Any]:
    files = [{"name": item.name, "path": item.path, "bytes": item.size} for item in document.evidence]
    return {
        "folder": desk.filed or desk.folder,
        "shared": _is_shared(desk),
        "count": len(files),
        "files": files[-MOST_FILES:],
    }


def _is_shared(desk: Desk) -> bool:
    if desk.place.repository is None:
        return False
    from pathlib import Path

    from runbook.errors import RunbookError
    from runbook.flow.share import side_of
    from runbook.publish.shared import was_shared

    try:
        return was_shared(Path(desk.place.repository), side_of(desk))
    except RunbookError:
        return False


def _numbered(value: Any, numbers: dict[str, int]) -> Any:
    if isinstance(value, str):
        return number_marks(value, numbers)
    if isinstance(value, list):
        return [_numbered(item, numbers) for item in value]
    if isinstance(value, dict):
        return {name: _numbered(item, numbers) for name, item in value.items()}
    return value


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _clock(desk: Desk, at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(desk.zone):%H:%M}"
