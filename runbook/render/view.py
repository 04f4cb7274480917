"""What a template is given for a record: plain values, in the order in which a report tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook.model.record import Deployment
from runbook.model.text import count_of
from runbook.model.times import format_since
from runbook.render import rows, sections, shapes
from runbook.render.cost import cost
from runbook.render.picture_story import picture_in_words
from runbook.render.sheet import NOT_RECORDED, Sheet
from runbook.render.values import NOT_FILLED, Line, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runbook.model.record import AnyDocument, Check, Document, Incident
    from runbook.model.settings import Settings
    from runbook.render.values import Value


def view_of(document: AnyDocument, settings: Settings) -> dict[str, Any]:
    """Everything a template may print: dictionaries, lists, fixed words, and values that print themselves safely."""
    return view_on(Sheet(document, settings))


def view_on(sheet: Sheet) -> dict[str, Any]:
    """The same for a sheet that somebody keeps: afterwards it knows the numbers of all redaction marks."""
    document = sheet.document
    head = {"id": document.id, "kind": document.document, "title": sheet.literal(document.title)}
    own = _deployment(sheet, document) if isinstance(document, Deployment) else _incident(sheet, document)
    return {**head, **own, **_common(sheet, document)}


def _common(sheet: Sheet, document: Document) -> dict[str, Any]:
    started = document.started
    return {
        "zone": Literal(sheet.zone_name),
        "zone_note": ""
        if sheet.zone_known
        else Line("The record's zone ", sheet.code(document.zone), " is not known here"),
        "started": NOT_RECORDED if started is None else sheet.date_and_clock(started),
        "time_note": sheet.prose(document.time_note),
        "picture": picture_in_words(sheet) if sheet.settings.report.picture else "",
        "timeline": rows.timeline(sheet),
        "commands": rows.commands(sheet),
        "evidence": rows.evidence(sheet),
        "findings": sections.findings(sheet),
        "checklists": [
            {"name": each.id, "title": sheet.literal(each.title), "rows": sections.checks(sheet, each.checks)}
            for each in document.checklists
        ],
        "metrics": sections.metrics(sheet),
        "references": sections.references(sheet),
        "ignores": sections.ignores(document.lint_ignores),
        "redacted": [{"kind": Literal(kind), "count": count} for kind, count in sorted(document.redacted.items())],
    }


def _utc(document: Document) -> str:
    """The date as the id counts it, whatever zone the rest is shown in."""
    if document.started is None:
        return NOT_RECORDED
    offset = document.started.utcoffset()
    moment = document.started.replace(tzinfo=None) - offset if offset else document.started
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def _incident(sheet: Sheet, document: Incident) -> dict[str, Any]:
    names = sheet.settings.severities
    severity = sheet.literal(names.get(document.severity, document.severity))
    responders = [sheet.entry(name) for name in document.responders]
    head: list[tuple[str, object]] = [
        ("Incident", document.id),
        ("Date", _utc(document)),
        ("Duration", sections.duration(sheet)),
        ("Severity", severity),
        ("Status", document.status),
    ]
    if document.lead.strip():
        head.append(("Lead", sheet.literal(document.lead)))
    if responders:
        head.append(("Responders", _listed(responders)))
    total, arithmetic = sections.money(sheet, document.impact.financial)
    note = sheet.prose(document.impact.financial.note)
    told = cost(sheet, document)
    financial = Line(f"**{total}** = {arithmetic}" if total else "", ". " if total and note.line else "", note)
    return {
        "head": [{"name": name, "value": value} for name, value in head],
        "summary": sheet.prose(document.summary),
        "facts": _facts(sheet, document),
        "impact": {
            "description": sheet.prose(document.impact.description),
            "systems": _listed([sheet.entry(name) for name in document.impact.systems]),
            "users": sheet.prose(document.impact.users),
            "data_loss": sheet.prose(document.impact.data_loss),
            "financial": financial,
            "cost": told,
        },
        "causes": sections.causes(sheet, document),
        "factors": sections.items(sheet, document.factors),
        "resolution": sheet.prose(document.resolution),
        "rollback": sheet.prose(document.rollback),
        "prevention": sections.prevention(sheet, document.prevention),
        "checklist": sections.checks(sheet, document.checklist),
        "gathered": sections.gathered(sheet, document),
        "lessons": {
            "went_well": sections.items(sheet, document.lessons.went_well),
            "went_wrong": sections.items(sheet, document.lessons.went_wrong),
            "lucky": sections.items(sheet, document.lessons.lucky),
        },
        "actions": sections.actions(sheet, document.actions),
        "cost": told,
        **shapes.derived(sheet, document),
    }


def _listed(values: Sequence[Literal]) -> Line:
    parts: list[Value | Line | str] = []
    for value in values:
        parts += [", ", value] if parts else [value]
    return Line(*parts)


def _facts(sheet: Sheet, document: Incident) -> list[dict[str, Any]]:
    """The first screen below the summary: why, for how long, whom it hit, what changes."""
    facts: list[tuple[str, object]] = [
        ("Why", Line(sheet.prose(cause.title) or NOT_FILLED, "" if cause.proven else " (likely, not proven)"))
        for cause in document.causes
    ]
    if not document.causes:
        facts.append(("Why", NOT_FILLED))
    facts.append(("How long", _how_long(document)))
    hit: list[Value | Line | str] = []
    if document.impact.systems:
        hit.append(_listed([sheet.literal(name) for name in document.impact.systems]))
    if users := sheet.prose(document.impact.users):
        hit += ["; " if hit else "", users]
    facts.append(("Hit", Line(*hit) if hit else NOT_FILLED))
    facts.append(("What changes", _what_changes(document)))
    if document.findings:
        confirmed = sum(finding.state == "confirmed" for finding in document.findings)
        facts.append(("Known failures", f"{len(document.findings)} recognised, {confirmed} confirmed"))
    return [{"name": name, "value": value} for name, value in facts]


def _how_long(document: Incident) -> str:
    measured = [(name, document.milestones.since_start(name)) for name in sections.MEASURED]
    known = [f"{name} {format_since(since)}" for name, since in measured if since is not None]
    if document.milestones.resolved is None:
        known.append("not resolved")
    return ", ".join(known)


def _what_changes(document: Incident) -> str:
    if not document.actions and not document.prevention:
        return NOT_FILLED
    open_ = [action for action in document.actions if not action.done]
    parts = []
    if document.actions:
        text = f"[{count_of(len(document.actions), 'follow-up')}](#follow-up-actions)"
        urgent = sum(action.priority == "high" for action in open_)
        details = [f"{urgent} of high priority"] if urgent else []
        dates = [action.due for action in open_ if action.due]
        details += [f"next due {min(dates).isoformat()}"] if dates else []
        details += ["all done"] if not open_ else []
        parts.append(f"{text} ({', '.join(details)})" if details else text)
    if document.prevention:
        parts.append(f"[{count_of(len(document.prevention), 'prevention measure')}](#prevention-measures)")
    return ", ".join(parts)


def _deployment(sheet: Sheet, document: Deployment) -> dict[str, Any]:
    head: list[tuple[str, object]] = [
        ("Deployment", document.id),
        ("Date", _utc(document)),
        ("Duration", sections.duration(sheet)),
        ("Deployer", sheet.literal(document.deployer) if document.deployer.strip() else NOT_FILLED),
        ("Reviewer", sheet.literal(document.reviewer) if document.reviewer.strip() else NOT_FILLED),
        ("Status", document.status),
    ]
    sign_off = document.sign_off
    signed: list[Value | Line | str] = []
    if sign_off.by.strip():
        signed += ["by ", sheet.entry(sign_off.by)]
    if sign_off.at is not None:
        signed += [" " if signed else "", sheet.date_and_clock(sign_off.at)]
    if sign_off.documents:
        signed += ["; " if signed else "", "read: ", _listed([sheet.entry(name) for name in sign_off.documents])]
    return {
        "head": [{"name": name, "value": value} for name, value in head],
        "facts": _deployment_facts(sheet, document),
        "changes": sheet.prose(document.changes),
        "sign_off": Line(*signed),
        "pre_checks": sections.checks(sheet, document.pre_checks),
        "practice_checks": sections.checks(sheet, document.practice_checks),
        "steps": sections.deployment_steps(sheet, document),
        "verification": sheet.prose(document.verification),
        "post_checks": sections.checks(sheet, document.post_checks),
        "issues": sections.items(sheet, document.issues),
        "rollback_plan": sheet.prose(document.rollback_plan),
    }


def _deployment_facts(sheet: Sheet, document: Deployment) -> list[dict[str, Any]]:
    facts: list[tuple[str, object]] = []
    failed = sum(step.ok is False for step in document.steps)
    steps = count_of(len(document.steps), "step") + (f", {failed} failed" if failed else "")
    facts.append(("Steps", steps if document.steps else NOT_FILLED))
    for name, checks in (
        ("Before", [*document.pre_checks, *document.practice_checks]),
        ("After", document.post_checks),
    ):
        facts.append((f"{name} it", _ticked(checks)))
    if document.issues:
        facts.append(("Issues", Line(*_first(sheet, document))))
    if document.findings:
        facts.append(("Known failures", f"{len(document.findings)} recognised"))
    facts += [(link.relation.replace("-", " ").capitalize(), link.document) for link in document.links]
    return [{"name": name, "value": value} for name, value in facts]


def _ticked(checks: list[Check]) -> str:
    return f"{sum(check.done for check in checks)} of {count_of(len(checks), 'check')} ticked" if checks else NOT_FILLED


def _first(sheet: Sheet, document: Deployment) -> list[Value | Line | str]:
    more = f" (and {len(document.issues) - 1} more)" if len(document.issues) > 1 else ""
    return [sheet.prose(document.issues[0].text), more]
