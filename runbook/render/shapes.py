"""The other shapes of an incident's report: which there are, and what they show besides.

They tell the same record under other headings, in the manner of templates that teams publish. What this module adds is
worked out from the record; people edit the fields it comes from, not these lines.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from runbook.model.text import count_of
from runbook.model.times import format_duration, format_since
from runbook.render import sections
from runbook.render.sheet import ROLES, outcome, took
from runbook.render.values import NOT_FILLED, Line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runbook.model.record import Command, Finding, Incident, Link, TimelineEntry
    from runbook.render.sheet import Sheet
    from runbook.render.values import Value


class Shape(NamedTuple):
    """A packaged template.

    Attributes:
        document: the kind of document it is for.
        explains: it shows why a known failure happens, so that the record has to hold it.
    """

    document: str
    explains: bool = False


SHAPES: dict[str, Shape] = {
    "incident": Shape("incident"),
    "deployment": Shape("deployment"),
    "google-sre": Shape("incident"),
    "pagerduty": Shape("incident"),
    "atlassian": Shape("incident"),
    "azure": Shape("incident"),
    "troubleshooting": Shape("incident", explains=True),
}
"""The packaged templates by name. A team's own ``templates/NAME.md.j2`` is one more."""

_TOLD = 6
"""Escalations, decisions and the like that a section names; all of them stand in the timeline."""


def derived(sheet: Sheet, document: Incident) -> dict[str, Any]:
    """What the shapes show that no field of the record holds as such."""
    return {
        "severity": sheet.literal(sheet.settings.severities.get(document.severity, document.severity)),
        "status": document.status,
        "duration": sections.duration(sheet),
        "people": _people(sheet, document),
        "trigger": _trigger(sheet, document),
        "detection": _detection(sheet, document),
        "response": _response(sheet, document),
        "cause_titles": _cause_titles(sheet, document),
        "similar": _linked(document, {"related"}),
        "before": _before(sheet, document),
        "worked": [_command(sheet, command) for command in document.commands if command.role in {"worked", "helped"}],
        "unexplained": _unexplained(sheet, document),
        "catalog": _catalog(sheet, document),
        "urgent": [
            _row(sheet.prose(action.text), Line("— owner: ", sheet.literal(action.owner)) if action.owner else "")
            for action in document.actions
            if action.priority == "high" and not action.done
        ],
    }


def _row(text: object, suffix: object = "", *, marker: str = "- ") -> dict[str, Any]:
    """An item for the macro ``items``; without an id, so that nobody takes it for a field."""
    return {"id": "", "text": text, "prefix": "", "suffix": suffix, "marker": marker}


def _people(sheet: Sheet, document: Incident) -> list[dict[str, Any]]:
    """Lead and responders, each once."""
    lead = document.lead.strip()
    rows = [_row(sheet.literal(lead), "— lead")] if lead else []
    return rows + [_row(sheet.literal(name)) for name in document.responders if name.strip() and name.strip() != lead]


def _trigger(sheet: Sheet, document: Incident) -> list[dict[str, Any]]:
    """What set it off: the documents it was caused by, and the first thing on record."""
    rows = _linked(document, {"caused-by"})
    if document.timeline:
        first = min(document.timeline, key=lambda entry: entry.at)
        rows.append(_entry(sheet, first, "first on record, "))
    return rows


def _linked(document: Incident, relations: set[str]) -> list[dict[str, Any]]:
    return [_row(_link(link)) for link in document.links if link.relation in relations]


def _link(link: Link) -> Line:
    year = link.document.split("-")[1]
    return Line(f"{link.relation.replace('-', ' ')} [{link.document}](../../{year}/{link.document}/report.md)")


def _entry(sheet: Sheet, entry: TimelineEntry, prefix: str = "") -> dict[str, Any]:
    clipped = sheet.clipped(entry.text, 160)
    text = sheet.code(clipped) if entry.id in sheet.commands else sheet.literal(clipped)
    return _row(Line(f"{prefix}{sheet.when(entry.at)}: ", text))


def _detection(sheet: Sheet, document: Incident) -> list[dict[str, Any]]:
    """When it was noticed, how long that took, and what the timeline says about it."""
    detected = document.milestones.detected
    if detected is None:
        return []
    since = document.milestones.since_start("detected")
    after = "" if since is None else f", {_from_start(since)}"
    rows = [_row(f"Detected {sheet.date_and_clock(detected)}{after}")]
    told = [e for e in document.timeline if e.kind == "milestone" and e.at == detected and ":" in e.text]
    return rows + [_entry(sheet, entry) for entry in told[:1]]


def _from_start(since: timedelta) -> str:
    return format_since(since) if since < timedelta() else f"{format_duration(since)} after the start"


def _response(sheet: Sheet, document: Incident) -> list[dict[str, Any]]:
    """Who took it up and when, whom they asked, what they decided."""
    acknowledged = document.milestones.since_start("acknowledged")
    rows = [] if acknowledged is None else [_row(f"Acknowledged {format_since(acknowledged)}")]
    told = [entry for entry in document.timeline if entry.kind in {"escalation", "decision", "rollback"}]
    for entry in told[:_TOLD]:
        text = sheet.literal(sheet.clipped(entry.text, 160))
        rows.append(_row(Line(f"{sheet.when(entry.at)} *{entry.kind}:* ", text)))
    if len(told) > _TOLD:
        rows.append(_row(f"and {len(told) - _TOLD} more in the timeline"))
    failed = sum(command.failed for command in document.commands)
    if document.commands:
        rows.append(_row(f"{count_of(len(document.commands), 'command')} on record, {failed} failed"))
    return rows


def _cause_titles(sheet: Sheet, document: Incident) -> list[dict[str, Any]]:
    rows = []
    for number, cause in enumerate(document.causes, 1):
        proven = "" if cause.proven else "— likely, not proven"
        rows.append(_row(sheet.prose(cause.title or NOT_FILLED), proven, marker=f"{number}. "))
    return rows


def _before(sheet: Sheet, document: Incident) -> list[dict[str, Any]]:
    """Commands that succeeded before the first one failed: what is known of the state that things were in."""
    rows = []
    for command in sorted(document.commands, key=lambda item: item.at):
        if command.failed:
            break
        if command.exit_status == 0:
            rows.append(_command(sheet, command))
    return rows[:_TOLD]


def _command(sheet: Sheet, command: Command) -> dict[str, Any]:
    """A command for a list: the line itself as a block, and what became of it."""
    told: list[Value | Line | str] = [outcome(command)]
    if duration := took(command.duration):
        told.append(f", {duration}")
    if command.role:
        told.append(f", {ROLES[command.role]}")
    for link in sheet.output_links(command):
        told += [" · ", link]
    return {
        "when": sheet.when(command.at),
        "block": sheet.code(command.command).block,
        "outcome": Line(*told),
        "note": sheet.prose(command.note),
        "where": Line("in ", sheet.code(command.cwd)) if command.cwd else "",
    }


def _unexplained(sheet: Sheet, document: Incident) -> list[dict[str, Any]]:
    """Commands that failed for a reason the catalog does not know."""
    failed = [command for command in document.commands if command.failed and not sheet.known_in.get(command.id)]
    return [_row(sheet.reference(command.id)) for command in failed]


def _catalog(sheet: Sheet, document: Incident) -> list[dict[str, Any]]:
    """What was met, by area: each known failure with why, what matched, fix, verification and prevention."""
    areas: dict[str, list[dict[str, Any]]] = {}
    for finding in sections.by_weight(document.findings):
        if finding.state != "dismissed":
            area = finding.signature.partition("/")[0]
            areas.setdefault(area, []).append(_explained(sheet, finding))
    return [{"area": sheet.literal(area), "entries": entries} for area, entries in areas.items()]


def _explained(sheet: Sheet, finding: Finding) -> dict[str, Any]:
    seen: list[Value | Line | str] = [f"{finding.severity}, {finding.state}, seen {finding.count}×"]
    shown = [identifier for identifier in finding.entries if identifier in sheet.commands or identifier in sheet.rows]
    if shown:
        seen += [": ", _joined(sheet.reference(identifier, links=False, width=60) for identifier in shown[:3])]
    if len(shown) > 3:
        seen.append(f", and {len(shown) - 3} more")
    return {
        "id": finding.id,
        "heading": Line(sheet.literal(finding.title or finding.signature), " (", sheet.code(finding.signature), ")"),
        "seen": Line(*seen),
        "matched": sheet.literal(finding.excerpt).block if finding.excerpt.strip() else "",
        "why": sheet.prose(finding.why),
        "fix": sheet.prose(finding.fix),
        "verify": [sheet.code(command) for command in finding.verify],
        "prevention": [_row(sheet.prose(text)) for text in finding.prevention if text.strip()],
    }


def _joined(lines: Iterable[Line]) -> Line:
    parts: list[Value | Line | str] = []
    for line in lines:
        parts += ["; ", line] if parts else [line]
    return Line(*parts)
