"""The interview: which step comes next, what happens on back, on Ctrl-C and on coming back later.

It knows nothing of incidents; the lists in :mod:`runbook.capture.steps` say what is asked and in which order. The last
step of a list is the summary: it raises :class:`Jump` for a step the person wants to see again, and returns when the
report shall be written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.capture.prompter import GoBack, InterruptedWhileAskingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runbook.capture.context import Context, Step


class Jump(Exception):  # noqa: N818  named for what the person did; it is no error
    """The person wants to see the step ``name`` and then come back to the summary."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Interview:
    """One pass through ``steps``.

    Args:
        steps: in order; the last is the summary.
        ctx: what the steps work with; ``ctx.answered`` says what an earlier pass has answered.
        before: by step name, what to do when that step is first reached, before deciding whether it applies.
        after_first: done once, when the first step has been answered: what takes time nobody should wait for before
            there is a question to read, and must not wait until everything is answered.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        ctx: Context,
        *,
        before: Mapping[str, Callable[[], None]] | None = None,
        after_first: Callable[[], None] | None = None,
    ) -> None:
        self._steps = list(steps)
        self._ctx = ctx
        self._before = dict(before or {})
        self._after_first = after_first
        self._path: list[int] = []
        self._planned = {step.name for step in steps if step.applies(ctx)}

    def run(self) -> None:
        """Ask until the person says that the report shall be written.

        Raises:
            InterruptedWhileAskingError: Ctrl-C or a closed terminal; all answers and what was being typed are saved.
        """
        last = len(self._steps) - 1
        position = self._next(-1)
        self._greet(position)
        while True:
            try:
                self._ask(position)
            except GoBack:
                position = self._back(position)
                continue
            except Jump as jump:
                self._visit(jump.name)
                continue
            if self._after_first is not None:
                self._after_first()
                self._after_first = None
            if position == last:
                return
            self._path.append(position)
            position = self._next(position)

    def _greet(self, position: int) -> None:
        """How much there is to answer, and that it may be left at any time."""
        left = sum(
            1 for step in self._steps[position:] if step.name in self._planned and step.name not in self._ctx.answered
        )
        count = f"{left} steps to a report" if left > 1 else "Everything is answered"
        self._ctx.prompter.show(f"{count}. Ctrl-C any time; `runbook resume` comes back here.")

    def _next(self, position: int) -> int:
        """The next step that applies and is not answered; the summary if there is none."""
        for index in range(position + 1, len(self._steps) - 1):
            step = self._steps[index]
            if step.name in self._ctx.answered:
                continue
            if prepare := self._before.pop(step.name, None):
                prepare()
            if step.applies(self._ctx):
                self._planned.add(step.name)
                return index
            self._planned.discard(step.name)
        return len(self._steps) - 1

    def _back(self, position: int) -> int:
        """The step before, to be asked again from its last question; the first one has none before it."""
        if self._path:
            previous = self._path.pop()
        else:
            earlier = [
                index
                for index, step in enumerate(self._steps[:position])
                if step.name in self._ctx.answered and step.applies(self._ctx)
            ]
            if not earlier:
                self._ctx.prompter.show("This is the first question; there is none before it.")
                return position
            previous = earlier[-1]
        self._ctx.answered.discard(self._steps[previous].name)
        self._ctx.backwards = True
        return previous

    def _ask(self, position: int) -> None:
        ctx, step = self._ctx, self._steps[position]
        ctx.step, ctx.revisit = step.name, False
        planned = [one.name for one in self._steps if one.name in self._planned]
        number = planned.index(step.name) + 1 if step.name in planned else len(planned)
        ctx.prompter.place = f"({number}/{len(planned)})"
        step.ask(ctx)
        ctx.backwards = False
        if position < len(self._steps) - 1:
            ctx.finish(step.name)

    def _visit(self, name: str) -> None:
        """Ask one step again, everything it can ask, and come back."""
        ctx = self._ctx
        step = next(step for step in self._steps if step.name == name)
        ctx.step, ctx.revisit, ctx.backwards = step.name, True, False
        ctx.prompter.place = ""
        try:
            step.ask(ctx)
        except GoBack:
            return
        except InterruptedWhileAskingError:
            ctx.answered.discard(name)
            raise
        finally:
            ctx.revisit = False
        ctx.finish(name)
