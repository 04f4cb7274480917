"""The three checklists of a deployment: before, during, after. Ticked with name and time, or with a reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runbook.capture.context import Context, Step
from runbook.capture.lines import one_line
from runbook.capture.prompter import Choice, Field
from runbook.model import checklists
from runbook.model.times import iso
from runbook.model.wire import new_ulid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runbook.model.record import AnyDocument, Check
    from runbook.model.settings import Settings

WHY_NOT = "why-not"


@dataclass(frozen=True)
class _Checklist:
    """One checklist.

    Args:
        name: of the step and its question.
        message: what is asked.
        field: where the record keeps it.
        texts: its items by the team's settings.
    """

    name: str
    message: str
    field: str
    texts: Callable[[Settings], Sequence[str]]

    def applies(self, ctx: Context) -> bool:
        """Whether the team has this checklist, or the record holds one."""
        return bool(self._held(ctx.doc) or self.texts(ctx.settings))

    def ask(self, ctx: Context) -> None:
        """Tick, and if wanted say why the rest was not done."""
        if not self.applies(ctx):
            ctx.prompter.show("The team's settings take this checklist away.")
            return
        ctx.in_turn([lambda: self._tick(ctx), lambda: self._reasons(ctx)])

    def state(self, doc: AnyDocument) -> str:
        """How much of it is done."""
        held = self._held(doc)
        return f"{sum(check.done for check in held)} of {len(held)} done" if held else "not asked"

    def _held(self, doc: AnyDocument) -> list[Check]:
        held: list[Check] = getattr(doc, self.field)
        return held

    def _tick(self, ctx: Context) -> bool:
        boxes = self._boxes(ctx)
        chosen = ctx.prompter.checkbox(
            self.name,
            self.message,
            [
                *(
                    Choice(str(number), one_line(box["text"], 100), hint=one_line(box["note"], 40), checked=box["done"])
                    for number, box in enumerate(boxes, start=1)
                ),
                Choice(
                    WHY_NOT,
                    "Say why not, for what is not ticked …",
                    checked=ctx.prompter.has_draft(f"{self.name}.reasons"),
                ),
            ],
            help="tick what was really done; the report shows the rest as open",
        )
        for number, box in enumerate(boxes, start=1):
            done = str(number) in chosen
            if done and not box["done"]:
                box.update(by=ctx.actor, at=iso(ctx.now), note="")
            elif not done:
                box.update(by="", at=None)
            box["done"] = done
        ctx.save(self.field, boxes)
        ctx.explains = WHY_NOT in chosen
        return True

    def _reasons(self, ctx: Context) -> bool:
        boxes = [check.model_dump(mode="json") for check in self._held(ctx.doc)]
        gaps = {str(number): box for number, box in enumerate(boxes, start=1) if not box["done"]}
        if not gaps or not ctx.explains:
            return False
        answer = ctx.prompter.form(
            f"{self.name}.reasons",
            "Why was this not done?",
            [Field(number, one_line(box["text"], 40), default=box["note"]) for number, box in gaps.items()],
        )
        for number, box in gaps.items():
            box["note"] = answer[number].strip()
        ctx.save(self.field, boxes)
        ctx.explains = False
        return True

    def _boxes(self, ctx: Context) -> list[dict[str, Any]]:
        """The checklist as it stands: what was answered before keeps its answer, the team's new items join."""
        known = {check.text: check.model_dump(mode="json") for check in self._held(ctx.doc)}
        fresh = {"done": False, "by": "", "at": None, "note": ""}
        boxes = [known.pop(text, {"id": new_ulid(), "text": text, **fresh}) for text in self.texts(ctx.settings)]
        return boxes + list(known.values())


def _step(title: str, checklist: _Checklist) -> Step:
    return Step(checklist.name, title, checklist.ask, checklist.state, checklist.applies)


BEFORE = _step(
    "Before it", _Checklist("before", "What was done before the deployment?", "pre_checks", checklists.before)
)
PRACTICE = _step(
    "Deployment checklist",
    _Checklist("practice", "Which steps of the checklist were followed?", "practice_checks", checklists.deployment),
)
AFTER = _step(
    "After it", _Checklist("after", "What was checked after the deployment?", "post_checks", checklists.after)
)
