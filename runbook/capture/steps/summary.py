"""The last screen: what the report will say in short, a way back to every step, and *write it*."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.capture.context import Context, Step
from runbook.capture.interview import Jump
from runbook.capture.lines import one_line
from runbook.capture.prompter import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runbook.model.record import AnyDocument

WRITE = "write"


def summary_of(steps: Sequence[Step]) -> Step:
    """The summary of ``steps``."""

    def ask(ctx: Context) -> None:
        doc = ctx.doc
        ctx.backwards = False
        if ctx.preview is not None:
            ctx.prompter.show(ctx.preview(doc))
        unfinished = next((step.name for step in steps if ctx.prompter.has_draft(step.name)), "")
        chosen = ctx.prompter.select(
            "summary",
            f"{doc.id}  {one_line(doc.title, 50)}: shall it be written?",
            [
                Choice(WRITE, "Write the report and commit it"),
                *(Choice(step.name, step.title, hint=one_line(step.state(doc), 55)) for step in steps),
            ],
            default=unfinished or WRITE,
            help="choose a line to change what it says; you come back here",
        )
        if chosen != WRITE:
            raise Jump(chosen)

    return Step("summary", "Summary", ask, _state)


def _state(_doc: AnyDocument) -> str:
    return ""
