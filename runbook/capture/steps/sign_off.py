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
    chosen = ctx.prompter.checkbox(
        "sign-off",
        "Which documents were read before?",
        [_choice(ctx, name, held) for name in DOCUMENTS]
        + [Choice(other, other, checked=True) for other in held if not _is_known(other)],
        help="tick only what somebody really read; the report shows who signed for it, and for which version",
    )
    _save(ctx, documents=[_signed(ctx, each, held) if each in DOCUMENTS else each for each in chosen])
    return True


def _choice(ctx: Context, name: str, held: list[str]) -> Choice:
    """A document, ticked where it was signed for as it is now; said where it has changed since."""
    before = next((each for each in held if _name_of(each) == name), None)
    there = ctx.documents.get(name, "")
    changed = before is not None and bool(there) and before not in {name, f"{name} ({there})"}
    hint = "changed since it was signed" if changed else there.rpartition(" sha256:")[0]
    return Choice(name, name, hint=hint, checked=before is not None and not changed)


def _signed(ctx: Context, name: str, held: list[str]) -> str:
    """What goes on record: the name, with path and digest of what was there to be read."""
    there = ctx.documents.get(name)
    if there:
        return f"{name} ({there})"
    return next((each for each in held if _name_of(each) == name), name)


def _name_of(signed: str) -> str:
    return signed.partition(" (")[0]


def _is_known(signed: str) -> bool:
    return _name_of(signed) in DOCUMENTS


def _signature(ctx: Context) -> bool:
    held = ctx.deployment.sign_off
    if not held.documents:
        return False
    known = [signed for signed in held.documents if _is_known(signed)]
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
                default=", ".join(signed for signed in held.documents if not _is_known(signed)),
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
