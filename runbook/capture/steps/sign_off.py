"""Who read which document before the deployment, signed with name and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.capture.context import Context, Step
from runbook.capture.lines import split_names
from runbook.capture.prompter import Choice, Field
from runbook.model.checklists import DOCUMENTS
from runbook.model.times import iso

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument


def ask(ctx: Context) -> None:
    """Which documents were read, then by whom; nobody signs for nothing."""
    ctx.in_turn([lambda: _documents(ctx), lambda: _signature(ctx)])


def _documents(ctx: Context) -> bool:
    held = ctx.deployment.sign_off.documents
    names = list(dict.fromkeys([*DOCUMENTS, *held]))
    chosen = ctx.prompter.checkbox(
        "sign-off",
        "Which documents were read before?",
        [Choice(name, name, checked=name in held) for name in names],
        help="tick only what somebody really read; the report shows who signed for it",
    )
    _save(ctx, documents=chosen)
    return True


def _signature(ctx: Context) -> bool:
    held = ctx.deployment.sign_off
    if not held.documents:
        return False
    known = [name for name in held.documents if name in DOCUMENTS]
    answer = ctx.prompter.form(
        "sign-off.by",
        "Who signs that they were read and understood?",
        [
            Field(
                "by", "Name", default=held.by or ctx.actor, validate=lambda t: None if t.strip() else "a name, please"
            ),
            Field(
                "others",
                "Other documents",
                default=", ".join(name for name in held.documents if name not in DOCUMENTS),
                help="whatever else was read, separated by commas",
            ),
        ],
    )
    documents = list(dict.fromkeys([*known, *split_names(answer["others"])]))
    signed = held.at if held.by == answer["by"].strip() and held.at is not None else ctx.now
    _save(ctx, documents=documents, by=answer["by"].strip(), at=iso(signed))
    return True


def _save(ctx: Context, *, documents: list[str], by: str | None = None, at: str | None = None) -> None:
    held = ctx.deployment.sign_off.model_dump(mode="json")
    held["documents"] = documents
    if not documents:
        held.update(by="", at=None)
    elif by is not None:
        held.update(by=by, at=at)
    ctx.save("sign_off", held)


def _state(doc: AnyDocument) -> str:
    if doc.document != "deployment":
        return ""
    held = doc.sign_off
    return f"{held.by or 'nobody'} for {len(held.documents)} documents" if held.documents else "nothing was signed"


STEP = Step("sign-off", "Documents read", ask, _state)
