"""The steps of a deployment, from the commands that were recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook.capture.context import Context, Step
from runbook.capture.prompter import Field
from runbook.model.text import count_of
from runbook.model.wire import new_ulid

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument, Deployment

_OUTCOME = {True: "ok", False: "failed", None: ""}
_VALUE = {"ok": True, "failed": False, "": None}


def ask(ctx: Context) -> None:
    """A table: what was done and what came of it."""
    doc = ctx.deployment
    known = {step.id: step.model_dump(mode="json") for step in doc.steps}
    rows = [
        {"id": step.id, "text": step.text, "ok": _OUTCOME[step.ok], "result": step.result, "command": step.command}
        for step in doc.steps
    ]
    if ctx.first_time and not rows:
        rows = _from_commands(doc)
    answer = ctx.prompter.rows(
        "steps",
        "What was done, step by step?",
        [
            Field("text", "Step", validate=lambda text: None if text.strip() else "say what was done"),
            Field("ok", "Outcome", choices=["", "ok", "failed"], help="ok, failed, or nothing if it is not known"),
            Field("result", "Result", help="what came of it"),
        ],
        rows,
        help="recorded commands are filled in; leave out what does not matter",
    )
    saved: list[dict[str, Any]] = []
    for row in answer:
        before = known.get(row.get("id", ""), {"id": new_ulid()})
        saved.append(
            {
                "id": before["id"],
                "text": row["text"].strip(),
                "result": row.get("result", "").strip(),
                "ok": _VALUE[row.get("ok", "")],
                "command": row.get("command", ""),
            }
        )
    ctx.save("steps", saved)


def _from_commands(doc: Deployment) -> list[dict[str, str]]:
    return [
        {
            "id": "",
            "text": command.command,
            "ok": "" if command.exit_status is None else "failed" if command.failed else "ok",
            "result": f"exit {command.exit_status}" if command.failed else "",
            "command": command.id,
        }
        for command in doc.commands
    ]


def _state(doc: AnyDocument) -> str:
    return count_of(len(doc.steps), "step") if doc.document == "deployment" else ""


STEP = Step("steps", "Steps", ask, _state)
