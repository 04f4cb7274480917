"""PagerDuty: webhooks (version 3) and the log entries of its REST API, single, in a list, or in the API's envelope.

A note arrives as ``incident.annotated`` with the text in ``data.content``; a log entry says itself what happened
(``summary``). Sources: https://developer.pagerduty.com/docs/webhooks-overview and /api-reference (log entries).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook.capture.import_json import json_values, names_in, table, words
from runbook.capture.import_times import from_iso
from runbook.capture.imported import Imported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.capture.imported import Source

NAME = "pagerduty"
_MILESTONE = {"trigger": "detected", "acknowledge": "acknowledged", "resolve": "resolved"}
_WORDS = {
    "triggered": ("observation", "Triggered", "detected"),
    "acknowledged": ("note", "Acknowledged", "acknowledged"),
    "unacknowledged": ("note", "No longer acknowledged", ""),
    "resolved": ("note", "Resolved", "resolved"),
    "reopened": ("observation", "Reopened", ""),
    "escalated": ("escalation", "Escalated", ""),
    "delegated": ("escalation", "Delegated", ""),
    "reassigned": ("note", "Reassigned", ""),
    "priority_updated": ("note", "Priority changed", ""),
    "status_update_published": ("communication", "Status update", ""),
    "responder.added": ("escalation", "Responder asked", ""),
    "responder.replied": ("communication", "Responder replied", ""),
}
_LOG_KINDS = {
    "trigger": "observation",
    "annotate": "communication",
    "escalate": "escalation",
    "delegate": "escalation",
    "responder_request": "escalation",
    "status_update": "communication",
}
NOTIFICATIONS = "notifications that were sent out"


def sniff(head: bytes, _name: str) -> int:
    """By the names that only PagerDuty uses together."""
    if names_in(head, "event_type", "occurred_at") == 2:
        return 90
    if names_in(head, "created_at", "type") == 2 and b"_log_entry" in head:
        return 90
    return 0


def parse(source: Source) -> Iterator[Imported]:
    """What happened to the incident, and what people noted."""
    for number, value in json_values(source):
        outer = table(value)
        inner = (
            outer.get("log_entries") if "log_entries" in outer else outer.get("log_entry", outer.get("event", value))
        )
        for item in inner if isinstance(inner, list) else [inner]:
            if not isinstance(item, dict):
                source.problem(number, "this is neither a webhook nor a log entry")
            elif "event_type" in item:
                yield from _webhook(item, source, number)
            elif words(item.get("type")).endswith(("_log_entry", "_log_entry_reference")):
                yield from _log_entry(item, source, number)
            else:
                source.problem(number, "this is neither a webhook nor a log entry")


def _webhook(event: dict[str, Any], source: Source, number: int) -> Iterator[Imported]:
    at = from_iso(event.get("occurred_at"))
    if at is None:
        source.problem(number, "occurred_at is no plausible time")
        return
    kind_of = words(event.get("event_type"))
    data, actor = table(event.get("data")), _who(event.get("agent"))
    key = words(event.get("id"))
    action = kind_of.removeprefix("incident.")
    if action == "annotated":
        text = words(data.get("content"))
        kind, milestone = "communication", ""
    else:
        kind, said, milestone = _WORDS.get(
            action, ("note", action.replace("_", " ").replace(".", " ").capitalize(), "")
        )
        text = f"{said}: {_incident(data)}" if _incident(data) else said
        detail = words(table(data.get("priority")).get("summary")) if action == "priority_updated" else ""
        text += f" to {detail}" if detail else ""
        text += f": {words(data.get('message'))}" if words(data.get("message")) else ""
    if not text.strip():
        source.problem(number, f"{kind_of or 'the event'} says nothing")
        return
    yield Imported(
        at,
        kind,
        text,
        actor=actor or "PagerDuty",
        key=key or f"{kind_of} {words(data.get('id'))} {at.isoformat()}",
        line=number,
        milestone=milestone,
        extra={"link": words(data.get("html_url"))},
    )


def _incident(data: dict[str, Any]) -> str:
    about = table(data.get("incident")) if data.get("type") != "incident" else data
    number = words(about.get("number"))
    title = words(about.get("title")) or words(about.get("summary"))
    return f"#{number} {title}".strip() if number else title


def _log_entry(entry: dict[str, Any], source: Source, number: int) -> Iterator[Imported]:
    action = words(entry.get("type")).removesuffix("_reference").removesuffix("_log_entry")
    if action == "notify":
        source.skip(NOTIFICATIONS)
        return
    at = from_iso(entry.get("created_at"))
    if at is None:
        source.problem(number, "created_at is no plausible time")
        return
    channel = table(entry.get("channel"))
    said = words(channel.get("summary")) or words(channel.get("content")) if action == "annotate" else ""
    text = said or words(entry.get("summary")) or action.replace("_", " ")
    about = words(table(entry.get("incident")).get("summary"))
    if about and action in {"trigger", "acknowledge", "resolve"}:
        text += f": {about}"
    if text.strip():
        yield Imported(
            at,
            _LOG_KINDS.get(action, "note"),
            text,
            actor=_who(entry.get("agent")) or "PagerDuty",
            key=words(entry.get("id")) or f"{action} {at.isoformat()} {text}",
            line=number,
            milestone=_MILESTONE.get(action, ""),
            extra={"link": words(entry.get("html_url")), "channel": words(channel.get("type"))},
        )


def _who(agent: Any) -> str:
    return words(table(agent).get("summary")) or words(table(agent).get("name"))
