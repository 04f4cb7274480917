"""The sections of a report that people filled: impact, causes, findings, lists, checklists, metrics, references."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from runbook.model.match import FINDING_SEVERITIES
from runbook.model.text import count_of
from runbook.model.times import format_duration
from runbook.render.literal import comment_id, visible
from runbook.render.prose import link_target
from runbook.render.sheet import NOT_RECORDED
from runbook.render.values import Line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runbook.model.record import (
        Action,
        Check,
        Cost,
        Deployment,
        Finding,
        Ignore,
        Incident,
        Item,
        Milestone,
        PreventionItem,
    )
    from runbook.render.sheet import Sheet
    from runbook.render.values import Value

_STATES = ("confirmed", "open", "dismissed")
MEASURED: dict[Milestone, str] = {
    "detected": "detect",
    "acknowledged": "acknowledge",
    "mitigated": "mitigate",
    "resolved": "resolve",
}
"""What is measured from the start, and the verb that names it."""
_FINDINGS_IN_SIGHT = 5
_UNDER_WAY = {"investigating", "mitigated", "planned", "running"}
_ADDRESS = re.compile(r"(?i:https?://|mailto:)[^\s\[]+|[^\s:\[]*[./][^\s:\[]*")
"""What is linked: an address, or a path without a space. A redaction mark is neither."""


def duration(sheet: Sheet) -> str:
    """From started to resolved, or that it is not over."""
    resolved = sheet.document.milestones.since_start("resolved")
    if resolved is None:
        return "not over" if sheet.document.status in _UNDER_WAY else NOT_RECORDED
    return format_duration(resolved)


def metrics(sheet: Sheet) -> list[dict[str, Any]]:
    """Time to detect, acknowledge, mitigate and resolve, each from the start. Unknown says so and is not nought."""
    milestones = sheet.document.milestones
    started = sheet.date_and_clock(milestones.started) if milestones.started else NOT_RECORDED
    rows: list[dict[str, Any]] = [{"id": "milestones.started", "cells": ["start", "", started]}]
    for name, verb in MEASURED.items():
        moment, since = getattr(milestones, name), milestones.since_start(name)
        measured = NOT_RECORDED if since is None else format_duration(since)
        at = NOT_RECORDED if moment is None else sheet.date_and_clock(moment)
        rows.append({"id": f"milestones.{name}", "cells": [f"time to {verb}", measured, at]})
    return rows


def money(sheet: Sheet, cost: Cost) -> tuple[str, str]:
    """What it cost and how that was worked out: ``("864 EUR", "2 people × 5.4 h × 80 EUR/h")``; blank where unknown."""
    hours = cost.hours
    resolved = sheet.document.milestones.since_start("resolved")
    if hours is None and resolved is not None and resolved.total_seconds() >= 0:
        hours = resolved.total_seconds() / 3600
    if cost.people is None and cost.rate is None and cost.hours is None:
        return "", ""
    factors = [None if n is None or not math.isfinite(n) else round(n, 2) for n in (cost.people, hours, cost.rate)]
    people, each, rate = (number(factor) for factor in factors)
    currency = cost.currency.upper()
    arithmetic = f"{people} {'person' if people == '1' else 'people'} × {each} h × {rate} {currency}/h"
    total = 1.0
    for factor in factors:
        if factor is None:
            return "not known", arithmetic
        total *= factor
    return (f"{number(total)} {currency}" if math.isfinite(total) else "not known"), arithmetic


def number(value: float | None) -> str:
    """Two decimals at most, thousands set apart; a question mark for what nobody knows."""
    if value is None:
        return "?"
    text = f"{value:,.2f}" if value < 1e15 else f"{value:.3g}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def items(sheet: Sheet, entries: Iterable[Item]) -> list[dict[str, Any]]:
    """A plain list of prose."""
    return [{"id": item.id, "text": sheet.prose(item.text), "prefix": "", "suffix": ""} for item in entries]


def checks(sheet: Sheet, entries: Iterable[Check]) -> list[dict[str, Any]]:
    """Boxes of a checklist: who ticked them and when, or why not."""
    rows = []
    for check in entries:
        added: list[Value | Line | str] = []
        if check.by:
            added += ["by ", sheet.entry(check.by)]
        if check.at:
            added += [" " if added else "", sheet.date_and_clock(check.at)]
        if (note := sheet.prose(check.note)).line:
            added += [": " if added else "", note]
        rows.append(
            {"id": check.id, "text": sheet.prose(check.text), "prefix": _box(check.done),
             "suffix": Line("— ", *added) if added else ""}
        )  # fmt: skip
    return rows


def _box(done: bool) -> str:
    return "[x] " if done else "[ ] "


def prevention(sheet: Sheet, entries: Iterable[PreventionItem]) -> list[dict[str, Any]]:
    """Measures, each with the known failure that suggested it."""
    return [
        {"id": item.id, "text": sheet.prose(item.text), "prefix": _box(item.done),
         "suffix": Line("— from ", sheet.code(item.signature)) if item.signature else ""}
        for item in entries
    ]  # fmt: skip


def gathered(sheet: Sheet, document: Incident) -> list[dict[str, Any]]:
    """Prevention items of the findings nobody dismissed, each once, without those that are measures already."""
    taken = {item.text.strip() for item in document.prevention}
    rows = []
    for finding in by_weight(document.findings):
        for text in finding.prevention if finding.state != "dismissed" else ():
            if text.strip() and text.strip() not in taken:
                taken.add(text.strip())
                rows.append(
                    {"id": "", "text": sheet.prose(text), "prefix": "[ ] ",
                     "suffix": Line("— from ", sheet.code(finding.signature))}
                )  # fmt: skip
    return rows


def actions(sheet: Sheet, entries: Iterable[Action]) -> list[dict[str, Any]]:
    """Follow-ups; what lacks an owner or a date says so, since it will not be done."""
    rows = []
    for action in entries:
        owner: Value | str = sheet.entry(action.owner) if action.owner.strip() else "**nobody yet**"
        due = action.due.isoformat() if action.due else "**no date**"
        added = Line("— owner: ", owner, f", due: {due}, priority: {action.priority}")
        rows.append({"id": action.id, "text": sheet.prose(action.text), "prefix": _box(action.done), "suffix": added})
    return rows


def causes(sheet: Sheet, document: Incident) -> list[dict[str, Any]]:
    """Chains of whys with what shows each."""
    rows = []
    for number, cause in enumerate(document.causes, 1):
        title = sheet.prose(cause.title)
        one_line = "\n" not in str(title) and title.opens_with_paragraph
        rows.append(
            {
                "id": cause.id,
                "heading": Line(f"Cause {number}: ", title) if one_line and title else f"Cause {number}",
                "title": "" if one_line else title,
                "proven": cause.proven,
                "whys": [
                    {
                        "id": why.id,
                        "text": sheet.prose(why.text),
                        "prefix": "",
                        "marker": f"{step}. ",
                        "evidence": [sheet.reference(reference) for reference in why.evidence],
                    }
                    for step, why in enumerate(cause.whys, 1)
                ],
            }
        )
    return rows


def findings(sheet: Sheet) -> dict[str, Any]:
    """Known failures: an overview, and for each what matched and what fixes it."""
    ordered = by_weight(sheet.document.findings)
    overview: list[dict[str, Any]] = []
    dismissed: list[dict[str, Any]] = []
    details: list[dict[str, Any]] = []
    for finding in ordered:
        name = Line(sheet.literal(finding.title), "<br>", sheet.code(finding.signature))
        state: list[Value | Line | str] = [finding.state]
        if (reason := sheet.prose(finding.reason)).cell:
            state += [": ", reason]
        seen = f"{finding.count}×"
        cells: list[object] = [name, finding.severity, Line(*state), seen, _where(sheet, finding)]
        (dismissed if finding.state == "dismissed" else overview).append({"id": finding.id, "cells": cells})
        if finding.state != "dismissed" and (finding.excerpt or finding.fix or finding.verify):
            details.append(
                {
                    "id": finding.id,
                    "heading": Line(sheet.literal(finding.title), " (", sheet.code(finding.signature), ")"),
                    "matched": sheet.literal(finding.excerpt).block if finding.excerpt.strip() else "",
                    "fix": sheet.prose(finding.fix),
                    "verify": [sheet.code(command) for command in finding.verify],
                }
            )
    return {
        "overview": overview,
        "dismissed": dismissed,
        "details": details,
        "folded": len(details) > _FINDINGS_IN_SIGHT,
    }


def by_weight(entries: Iterable[Finding]) -> list[Finding]:
    """Confirmed before open before dismissed, worse before milder."""
    return sorted(entries, key=lambda item: (_STATES.index(item.state), FINDING_SEVERITIES.index(item.severity)))


def _where(sheet: Sheet, finding: Finding) -> Line:
    parts: list[Value | Line | str] = []
    source = next((item for item in sheet.document.evidence if finding.source in {item.id, item.name, item.path}), None)
    line = f"line {finding.line} of " if finding.line else ""
    if source is not None:
        parts += [line, sheet.evidence_link(source, sheet.clipped(source.name or source.path, 40))]
    elif finding.source.strip() and finding.source not in {"-", sheet.document.id}:
        parts += [line, sheet.code(finding.source)]
    for identifier in finding.entries[:3]:
        if identifier in sheet.commands or identifier in sheet.rows:
            links = source is None and finding.kind != "timeline"
            parts += ["<br>" if parts else "", sheet.reference(identifier, links=links, width=44)]
    if len(finding.entries) > 3:
        parts.append(f"<br>and {count_of(len(finding.entries) - 3, 'more entry', 'more entries')}")
    return Line(*parts)


def references(sheet: Sheet) -> list[dict[str, Any]]:
    """Links and documents, other documents of ours first."""
    rows: list[dict[str, Any]] = []
    for link in sheet.document.links:
        year = link.document.split("-")[1]
        target = f"../../{year}/{link.document}/report.md"
        text = Line(f"{link.relation.replace('-', ' ')}: [{link.document}]({target})")
        rows.append({"id": link.document, "text": text, "prefix": "", "suffix": ""})
    for item in sheet.document.references:
        title = sheet.literal(item.title or item.target)
        target = link_target(item.target) if _ADDRESS.fullmatch(visible(item.target).strip()) else ""
        code = sheet.code(item.target)
        text = Line("[", title, f"]({target})") if target else Line(title, ": ", code) if item.title else Line(code)
        rows.append({"id": item.id, "text": text, "prefix": "", "suffix": ""})
    return rows


def ignores(entries: Iterable[Ignore]) -> list[str]:
    """Comments by which ``runbook lint`` sees in the report, too, what does not hold here; each is one safe line."""
    return [
        f"<!-- runbook:ignore {entry.rule}{f' at {comment_id(entry.where)}:' if entry.where else ''}"
        f" {_comment_text(entry.reason)} -->"
        for entry in entries
    ]


def _comment_text(text: str) -> str:
    """``text`` as it may stand in a comment: on one line, and with nothing in it that could end the comment."""
    line = " ".join(text.split()).replace("<", "‹").replace(">", "›")
    return re.sub(r"-(?=-)", "-\u200b", line).strip("-")


def deployment_steps(sheet: Sheet, document: Deployment) -> list[dict[str, Any]]:
    """What was done, in order, and what came of it."""
    rows = []
    for number, step in enumerate(document.steps, 1):
        word = {True: "done", False: "**failed**", None: NOT_RECORDED}[step.ok]
        added: list[Value | Line | str] = [f"— {word}"]
        if step.result.strip():
            added += [": ", sheet.literal(step.result)]
        if step.command:
            added += [" · ", sheet.reference(step.command)]
        rows.append(
            {"id": step.id, "text": sheet.literal(step.text), "prefix": "", "suffix": Line(*added),
             "marker": f"{number}. "}
        )  # fmt: skip
    return rows
