"""What the next person needs to know, as Markdown: short, in the order in which somebody who takes over asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from runbook.model.text import show_size
from runbook.model.times import format_duration
from runbook.render.literal import INVISIBLE, code_span, escape_inline, visible
from runbook.render.sheet import ROLES, clip

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

_WIDTH = 160


def handoff_markdown(facts: Mapping[str, Any], zone: tzinfo) -> str:
    """The page that ``runbook handoff`` prints.

    Args:
        facts: what :func:`runbook.flow.handoff.gather` gives.
        zone: in which clock times are shown.
    """
    lines = [f"# {facts['id']}: {escape_inline(facts['title'])}", "", _state(facts, zone)]
    if facts["summary"]:
        lines += ["", _text(facts["summary"])]
    lines += ["", f"**Impact:** {_text(facts['impact']) if facts['impact'] else 'not written down yet'}"]
    lines += _next(facts, zone)
    lines += _section("Running now", [_running(row, zone) for row in facts["running"]])
    lines += _section("Tried so far", [_tried(row, zone) for row in facts["tried"]] or ["nothing on record"])
    lines += _section("Failing again and again", [f"{_code(s['what'])}: {s['count']} times" for s in facts["strikes"]])
    lines += _section("Known failures", [_finding(row) for row in facts["findings"]])
    lines += _section("Follow-ups", [_action(row) for row in facts["actions"]])
    lines += _section("Evidence", _evidence(facts))
    if facts["missing"]:
        lines += ["", f"**Missing for the report:** {', '.join(facts['missing'])}"]
    return "\n".join(lines) + "\n"


def chat_safe(text: str) -> str:
    """A line for a chat: no controls, and nobody is called by an ``@name`` inside it."""
    return visible(text).replace("@", f"@{INVISIBLE}").replace("\n", " ")


def _state(facts: Mapping[str, Any], zone: tzinfo) -> str:
    lasted = format_duration(timedelta(seconds=facts["lasted"]))
    parts = [f"**{facts['severity'] or facts['status']}**", *([facts["status"]] if facts["severity"] else []), lasted]
    parts += [f"{name} {_clock(at, zone)}" for name, at in facts["milestones"].items()]
    who = ", ".join(escape_inline(name) for name in facts["people"])
    lead = f", lead {escape_inline(facts['lead'])}" if facts["lead"] else ""
    return f"{' · '.join(parts)} ({facts['zone']})  \nOn it: {who or 'nobody on record'}{lead}"


def _next(facts: Mapping[str, Any], zone: tzinfo) -> list[str]:
    if not facts["next"]:
        return ["", "**Next:** not on record; ask whoever handed over, or say it with `runbook handoff --next TEXT`"]
    said = facts["next"]
    return ["", f"**Next:** {_text(said['text'])} ({escape_inline(said['actor'])}, {_clock(said['at'], zone)})"]


def _running(row: Mapping[str, Any], zone: tzinfo) -> str:
    since = f"since {_clock(row['at'], zone)} " if row["at"] else ""
    return f"{_code(row['command'])} {since}by {escape_inline(row['actor'])} on {escape_inline(row['host'])}"


def _tried(row: Mapping[str, Any], zone: tzinfo) -> str:
    when = _clock(row["at"], zone)
    if "command" not in row:
        return f"{when} {escape_inline(row['kind'])}: {_text(row['text'])} ({escape_inline(row['actor'])})"
    status = row["exit_status"]
    outcome = (
        "outcome not recorded" if status is None else "succeeded" if status == 0 else f"**failed** (exit {status})"
    )
    parts = [
        outcome,
        *([f"×{row['count']}"] if row["count"] > 1 else []),
        *([ROLES[row["role"]]] if row["role"] else []),
    ]
    note = f": {_text(row['note'])}" if row["note"] else ""
    return f"{when} {_code(row['command'])} {' · '.join(parts)} ({escape_inline(row['actor'])}){note}"


def _finding(row: Mapping[str, Any]) -> str:
    times = f" ×{row['count']}" if row["count"] > 1 else ""
    judged = "" if row["state"] == "open" else f" ({row['state']})"
    return f"{_text(row['title'])}{times}{judged}: `runbook explain {row['signature']}`"


def _action(row: Mapping[str, Any]) -> str:
    return f"{_text(row['text'])} ({escape_inline(row['owner']) if row['owner'] else 'nobody yet'})"


def _evidence(facts: Mapping[str, Any]) -> list[str]:
    kept = facts["evidence"]
    take_part = "take part from another machine: `runbook join " + facts["id"] + "`"
    lines = [f"{kept['count']} file{'s' if kept['count'] != 1 else ''} in {_code(kept['folder'])}"]
    lines += [f"{_code(item['path'])} {show_size(item['bytes'])}: {_text(item['name'])}" for item in kept["files"]]
    return [*lines, take_part if kept["shared"] else "not shared yet: `runbook push` shares it"]


def _section(title: str, items: list[str]) -> list[str]:
    return ["", f"## {title}", "", *(f"- {item}" for item in items)] if items else []


def _text(text: str) -> str:
    return escape_inline(clip(" ".join(text.split()), _WIDTH))


def _code(text: str) -> str:
    return code_span(clip(" ".join(text.split()), _WIDTH))


def _clock(at: str, zone: tzinfo) -> str:
    return f"{datetime.fromisoformat(at).astimezone(zone):%H:%M}"
