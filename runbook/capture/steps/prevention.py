"""What keeps it from happening again: measures that the confirmed failures suggest, and one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook.capture import suggest
from runbook.capture.context import Context, Step
from runbook.capture.lines import one_line, split_lines
from runbook.capture.prompter import Choice
from runbook.model.text import count_of
from runbook.model.wire import new_ulid

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument, Finding

OWN = "own"


def ask(ctx: Context) -> None:
    """Tick measures; one's own are added in a second question."""
    ctx.in_turn([lambda: _tick(ctx), lambda: _add(ctx)])


def _measures(doc: AnyDocument) -> dict[str, tuple[str, Finding]]:
    """Every measure of the confirmed failures once, by a name that stays: ``signature#n``."""
    found: dict[str, tuple[str, Finding]] = {}
    texts: set[str] = set()
    for finding in suggest.confirmed(doc):
        for number, text in enumerate(finding.prevention, start=1):
            if text not in texts:
                texts.add(text)
                found[f"{finding.signature}#{number}"] = (text, finding)
    return found


def _tick(ctx: Context) -> bool:
    doc, measures = ctx.incident, _measures(ctx.doc)
    held = {item.text: item for item in doc.prevention}
    own = [item for item in doc.prevention if item.text not in {text for text, _ in measures.values()}]
    wants_own = ctx.prompter.has_draft("prevention.own")
    first_of_each = {finding.id: name for name, (_, finding) in reversed(measures.items())}
    proposed = set(first_of_each.values()) if ctx.first_time and not doc.prevention else set()
    chosen = ctx.prompter.checkbox(
        "prevention",
        "What keeps it from happening again?",
        [
            *(
                Choice(
                    name,
                    one_line(text, 100),
                    detail=f"{text}\nfrom {finding.signature}: {finding.title}",
                    hint=finding.signature,
                    checked=text in held or name in proposed,
                )
                for name, (text, finding) in measures.items()
            ),
            *(Choice(item.id, one_line(item.text, 100), detail=item.text, checked=True) for item in own),
            Choice(OWN, "Add one of our own …", checked=wants_own),
        ],
        help="suggested by what was found; tick what the team really wants to do",
    )
    kept: list[dict[str, Any]] = []
    for name, (text, finding) in measures.items():
        if name in chosen:
            known = held.get(text)
            if known is None:
                _propose(ctx, text, finding)
                kept.append({"id": new_ulid(), "text": text, "signature": finding.signature, "done": False})
            else:
                kept.append(known.model_dump(mode="json"))
    kept += [item.model_dump(mode="json") for item in own if item.id in chosen]
    ctx.save("prevention", kept)
    checks = {check.text: check.model_dump(mode="json") for check in doc.checklist}
    ctx.save(
        "checklist",
        [checks.get(text) or _check(text) for text, _ in measures.values()]
        + [check for text, check in checks.items() if text not in {text for text, _ in measures.values()}],
    )
    ctx.wants_own = OWN in chosen
    return True


def _check(text: str) -> dict[str, Any]:
    return {"id": new_ulid(), "text": text, "done": False, "by": "", "at": None, "note": ""}


def _propose(ctx: Context, text: str, finding: Finding) -> None:
    """A measure that is ticked after the follow-ups were answered still becomes one."""
    if "actions" in ctx.seen:
        ctx.proposed.append({"text": text, "priority": suggest.priority(finding.severity)})


def _add(ctx: Context) -> bool:
    if not ctx.wants_own:
        return False
    text = ctx.prompter.text(
        "prevention.own", "What else would have prevented it?", multiline=True, help="one measure a line"
    )
    doc = ctx.incident
    known = {item.text for item in doc.prevention}
    new = [line for line in split_lines(text) if line not in known]
    ctx.save(
        "prevention",
        [
            *(item.model_dump(mode="json") for item in doc.prevention),
            *({"id": new_ulid(), "text": line, "signature": "", "done": False} for line in new),
        ],
    )
    if "actions" in ctx.seen:
        ctx.proposed.extend({"text": line, "priority": "medium"} for line in new)
    ctx.wants_own = False
    return True


def _state(doc: AnyDocument) -> str:
    return count_of(len(doc.prevention), "measure") if doc.document == "incident" else ""


STEP = Step("prevention", "Prevention", ask, _state)
