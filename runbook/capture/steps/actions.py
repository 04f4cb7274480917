"""Follow-up actions: who does what until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.capture import suggest
from runbook.capture.context import Context, Step
from runbook.capture.lines import HOW_TO_TYPE_A_DATE, parse_due
from runbook.capture.prompter import Field
from runbook.errors import BadInputError
from runbook.model.text import count_of
from runbook.model.wire import new_ulid

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument, Incident

PRIORITIES = ("high", "medium", "low")


def ask(ctx: Context) -> None:
    """A table; at first a row for every measure that was ticked."""
    doc = ctx.incident
    today = ctx.now.date()

    def problem(text: str) -> str | None:
        try:
            parse_due(text, today)
        except BadInputError as error:
            return f"{error.message}; {error.hint}"
        return None

    known = {action.id: action for action in doc.actions}
    rows = [
        {
            "id": action.id,
            "text": action.text,
            "owner": action.owner,
            "due": action.due.isoformat() if action.due else "",
            "priority": action.priority,
        }
        for action in doc.actions
    ]
    texts = {action.text for action in doc.actions}
    proposed = _from_prevention(doc) if ctx.first_time and not doc.actions else []
    rows += [
        {"owner": doc.lead, "due": suggest.due(row["priority"], ctx.now), **row}
        for row in [*proposed, *ctx.proposed]
        if row["text"] not in texts
    ]
    columns = [
        Field("text", "What", validate=lambda text: None if text.strip() else "say what is to be done"),
        Field("owner", "Owner", default=doc.lead, help="one name; a team is nobody"),
        Field("due", "Due", validate=problem, help=HOW_TO_TYPE_A_DATE),
        Field("priority", "Priority", default="medium", choices=PRIORITIES),
    ]
    answer = ctx.prompter.rows(
        "actions", "Who does what until when?", columns, rows, help="an empty table is an answer"
    )
    saved = []
    for row in answer:
        due = parse_due(row.get("due", ""), today)
        action = known.get(row.get("id", ""))
        saved.append(
            {
                "id": action.id if action else new_ulid(),
                "text": row["text"].strip(),
                "owner": row.get("owner", "").strip(),
                "due": due.isoformat() if due else None,
                "priority": row.get("priority") or "medium",
                "done": action.done if action else False,
            }
        )
    ctx.save("actions", saved)
    ctx.proposed.clear()


def _from_prevention(doc: Incident) -> list[dict[str, str]]:
    severities = {finding.signature: finding.severity for finding in doc.findings}
    return [
        {"text": item.text, "priority": suggest.priority(severities.get(item.signature, "medium"))}
        for item in doc.prevention
        if not item.done
    ]


def _state(doc: AnyDocument) -> str:
    if doc.document != "incident":
        return ""
    open_ended = sum(1 for action in doc.actions if action.due is None or not action.owner)
    return count_of(len(doc.actions), "action") + (f", {open_ended} without owner or date" if open_ended else "")


STEP = Step("actions", "Follow-up actions", ask, _state)
