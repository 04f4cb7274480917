"""The known failures that were found: which played a part, and why the others did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.capture import suggest
from runbook.capture.context import Context, Step
from runbook.capture.lines import one_line
from runbook.capture.prompter import Choice, Field
from runbook.model.match import FINDING_SEVERITIES

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument, Finding


def applies(ctx: Context) -> bool:
    """Whether anything known was found."""
    return bool(ctx.doc.findings)


def ask(ctx: Context) -> None:
    """Tick what played a part; a reason for what was proposed and is not ticked."""
    if not ctx.doc.findings:
        ctx.prompter.show("No known failure was found in what was recorded.")
        return
    ctx.in_turn([lambda: _confirm(ctx), lambda: _reasons(ctx)])


def _confirm(ctx: Context) -> bool:
    found = sorted(ctx.doc.findings, key=lambda finding: FINDING_SEVERITIES.index(finding.severity))
    first = ctx.first_time
    proposed = {
        finding.id for finding in found if suggest.played_a_part(finding) and (first or finding.state != "open")
    }
    chosen = ctx.prompter.checkbox(
        "findings",
        "Which of these known failures played a part?",
        [
            Choice(
                finding.id,
                f"{finding.signature}  {one_line(finding.title, 60)}",
                detail=_detail(finding),
                hint=_seen(ctx, finding),
                checked=finding.id in proposed,
            )
            for finding in found
        ],
        help="what is ticked goes into the report with its fix; look closer to see the line that matched",
    )
    states = {}
    for finding in found:
        if finding.id in chosen:
            states[finding.id] = "confirmed"
        elif finding.id in proposed or finding.state == "dismissed":
            states[finding.id] = "dismissed"
    ctx.save_merged("findings", [{"id": identifier, "state": state} for identifier, state in states.items()])
    return True


def _reasons(ctx: Context) -> bool:
    dismissed = [finding for finding in ctx.doc.findings if finding.state == "dismissed"]
    if not dismissed:
        return False
    answer = ctx.prompter.form(
        "findings.reasons",
        "Why did these play no part?",
        [
            Field(f.id, one_line(f.signature, 40), default=f.reason, help=one_line(f.excerpt or f.title))
            for f in dismissed
        ],
        help="one short reason each, so that nobody asks again",
    )
    ctx.save_merged("findings", [{"id": finding.id, "reason": answer[finding.id]} for finding in dismissed])
    return True


def _detail(finding: Finding) -> str:
    place = f"{finding.source}:{finding.line}" if finding.line else finding.source
    lines = [f"{finding.severity}: {finding.title}"]
    if finding.excerpt:
        lines.append(f"{place + ': ' if place not in {'', '-'} else ''}{one_line(finding.excerpt, 200)}")
    if finding.fix:
        lines.append(f"Fix: {finding.fix}")
    return "\n".join(lines)


def _seen(ctx: Context, finding: Finding) -> str:
    """When it was first seen, and how often."""
    times = [row.at for row in ctx.doc.timeline if row.id in finding.entries]
    clock = f"{min(times).astimezone(ctx.zone):%H:%M}" if times else ""
    return f"{clock} ×{finding.count}".strip() if finding.count > 1 else clock


def _state(doc: AnyDocument) -> str:
    states = [finding.state for finding in doc.findings]
    counted = [
        (states.count("confirmed"), "confirmed"),
        (states.count("dismissed"), "dismissed"),
        (states.count("open"), "open"),
    ]
    return ", ".join(f"{number} {word}" for number, word in counted if number) or "none found"


STEP = Step("findings", "Known failures", ask, _state, applies)
