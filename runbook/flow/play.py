"""Playing a runbook: step by step, every choice of the person kept, the way back at hand.

How a single command of it runs is the matter of :mod:`runbook.flow.acts`.
"""

from __future__ import annotations

import os

from runbook.errors import BadInputError, CheckFailedError, RefusedError
from runbook.flow.acts import Runner, fits
from runbook.model.text import count_of
from runbook.model.wire import new_ulid
from runbook.operate.guide_check import PLACEHOLDER, names_in
from runbook.record import places
from runbook.record.plays import Play, new_play, unfinished

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from runbook.flow.desk import Desk
    from runbook.model.guide import Act, Guide, Step

    class Responder(Protocol):
        """Who is asked while a runbook is played."""

        def value(self, name: str, question: str, default: str | None, problem: Callable[[str], str | None]) -> str:
            """The value of a placeholder."""

        def begin(self, number: int, total: int, step: Step) -> None:
            """A step is about to begin; show it."""

        def choose(self, act: Act, text: str, failed: str, *, can_roll_back: bool) -> tuple[str, str]:
            """What to do with an act, and what was said with it.

            ``run``, ``edit`` (the new text), ``skip`` (the reason), ``done`` (by hand), ``rollback``, ``stop``.
            """

        def sign(self, act: Act) -> str:
            """Who signs; empty for nobody."""

        def tell(self, line: str) -> None:
            """Something to know."""

        def guard(self, line: str, desk: Desk | None) -> None:
            """Let a command through, or raise."""


DONE, SKIPPED, FAILED, STOPPED = "done", "skipped", "failed", "stopped"
_WAYS_OUT = frozenset({"stop", "rollback", "skip", "done"})


class StoppedError(Exception):
    """The person ends it here; it can be resumed."""


class Played:
    """How a play ended.

    Attributes:
        outcome: ``done``, ``rolled-back``, ``failed`` or ``stopped``.
        steps: how many were gone through.
        total: how many there are.
        document: where it is recorded, or an empty string.
    """

    __slots__ = ("document", "outcome", "steps", "total")

    def __init__(self, outcome: str, steps: int, total: int, document: str) -> None:
        self.outcome = outcome
        self.steps = steps
        self.total = total
        self.document = document


def state_folder(repo: str | None) -> str:
    """Where plays of this repository lie."""
    from runbook.flow.desk import find_place

    return os.path.join(places.state_root(), find_place(repo).key)


def interrupted(guide: Guide, repo: str | None) -> Play | None:
    """The newest play of this runbook that is not over."""
    path = os.path.realpath(guide.path)
    return next((play for play in unfinished(state_folder(repo)) if play.path == path), None)


def may_play_unattended(guide: Guide, values: dict[str, str], repo: str | None) -> None:
    """Refuse what needs somebody.

    Raises:
        BadInputError: a box, a signature or a value needs a person.
        CheckFailedError: nobody has approved this version.
    """
    from runbook.flow.guide import approval

    by_hand = next((act for act in guide.acts() if act.by_hand), None)
    if by_hand is not None:
        raise BadInputError("needs somebody: " + by_hand.text, file=guide.path, line=by_hand.line)
    missing = [each.name for each in guide.placeholders.values() if each.default is None and each.name not in values]
    if missing:
        raise BadInputError(f"{missing[0]} has no value", file=guide.path, hint=f"--set {missing[0]}=VALUE")
    if not approval(guide, repo):
        raise CheckFailedError(
            "nobody has approved this version of it on this machine",
            file=guide.path,
            hint=f"read it, then: runbook guide approve {guide.path}",
        )


class Player:
    """One play.

    Args:
        guide: the runbook.
        responder: who is asked.
        desk: the document, or None.
        play: its state; a new one, or one to go on with.
        values: of placeholders, as far as they are given.
        repo: as ``--repo``.
    """

    def __init__(
        self,
        guide: Guide,
        *,
        responder: Responder,
        desk: Desk | None,
        play: Play,
        values: dict[str, str],
        repo: str | None,
    ) -> None:
        self.guide = guide
        self.responder = responder
        self.desk = desk
        self.play = play
        self.values = {**play.values, **values}
        self._runner = Runner(
            fill=self.fill, tell=responder.tell, guard=responder.guard, desk=desk, repo=repo, folder=guide.folder
        )

    def run(self) -> Played:
        """Play it to its end, or to where somebody stops it.

        Raises:
            BadInputError: a value cannot be what it is.
        """
        self._ask_values()
        if not self.play.title:
            self.play.note(
                "begin",
                path=os.path.realpath(self.guide.path),
                title=self.guide.title,
                digest=self.guide.digest,
                values=self.values,
                document="" if self.desk is None else self.desk.id,
            )
            self._log("change", f"Runbook “{self.guide.title}” begun ({count_of(len(self.guide.steps), 'step')})")
        outcome, number = DONE, 0
        for number, step in enumerate(self.guide.steps, start=1):
            if self._is_over(number, step):
                continue
            self.responder.begin(number, len(self.guide.steps), step)
            outcome = self._step(number, step)
            if outcome != DONE:
                break
        return self._end(outcome, number)

    def _is_over(self, number: int, step: Step) -> bool:
        return all(
            self.play.ended.get((number, place), {}).get("outcome") in {DONE, SKIPPED}
            for place in range(len(step.acts))
        )

    def _step(self, number: int, step: Step) -> str:
        for place, act in enumerate(step.acts):
            if self.play.ended.get((number, place), {}).get("outcome") in {DONE, SKIPPED}:
                continue
            try:
                outcome = self._act(number, place, act, step)
            except StoppedError:
                return STOPPED
            if outcome not in {DONE, SKIPPED}:
                return outcome
        return DONE

    def _act(self, number: int, place: int, act: Act, step: Step) -> str:
        """One act, tried, edited, skipped or rolled back until the person is content with it."""
        text = self.fill(act.text)
        if act.by_hand:
            return self._by_hand(number, place, act, text)
        failed = ""
        if self.play.running == (number, place):
            failed = "it was running when this was interrupted; look whether it was done"
        while True:
            choice, said = self.responder.choose(act, text, failed, can_roll_back=bool(step.rollback))
            if choice in _WAYS_OUT:
                return self._leave(choice, said, number, place, text)
            text = said if choice == "edit" else text
            if not failed and (why := self._runner.not_needed(act)):
                self.responder.tell(why)
                return self._settle(number, place, SKIPPED, text, note=why)
            self.play.note("start", step=number, act=place)
            try:
                entry, failed = self._runner.attempt(act, text)
            except RefusedError as error:
                entry, failed = "", str(error)
            if not failed:
                return self._settle(number, place, DONE, text, entry=entry, edited=text != self.fill(act.text))
            self.play.note("end", step=number, act=place, outcome=FAILED, note=failed, entry=entry, text=text)

    def _leave(self, choice: str, said: str, number: int, place: int, text: str) -> str:
        """Go on without running it (again)."""
        if choice == "stop":
            raise StoppedError
        if choice == "rollback":
            return self._roll_back(number, self.guide.steps[number - 1])
        return self._settle(number, place, DONE if choice == "done" else SKIPPED, text, note=said)

    def _by_hand(self, number: int, place: int, act: Act, text: str) -> str:
        if act.kind == "sign-off":
            who = self.responder.sign(act)
            if not who:
                raise StoppedError
            self._log("review", f"{who} signs off: {text}")
            return self._settle(number, place, DONE, text, note=f"signed by {who}")
        choice, said = self.responder.choose(act, text, "", can_roll_back=False)
        if choice == "stop":
            raise StoppedError
        outcome = SKIPPED if choice == "skip" else DONE
        self._log("note", f"By hand: {text}" if outcome == DONE else f"Not done: {text}: {said}")
        return self._settle(number, place, outcome, text, note=said)

    def _settle(
        self, number: int, place: int, outcome: str, text: str, *, note: str = "", entry: str = "", edited: bool = False
    ) -> str:
        self.play.note("end", step=number, act=place, outcome=outcome, note=note, entry=entry, text=text, edited=edited)
        if outcome == SKIPPED and note and self.guide.steps[number - 1].acts[place].kind in {"run", "verify"}:
            self._log("decision", f"Skipped `{_first(text)}`: {note}")
        return outcome

    def _roll_back(self, number: int, step: Step) -> str:
        for act in step.rollback:
            text = self.fill(act.text)
            self.responder.tell(f"rolling back: {_first(text)}")
            _entry, failed = self._runner.attempt(act, text)
            if failed:
                self.responder.tell(f"the rollback failed: {failed}")
                self._log("failure", f"Rollback of “{step.title}” failed: {failed}")
                return FAILED
        self._log("rollback", f"Rolled back step {number}, “{step.title}”")
        return "rolled-back"

    def _end(self, outcome: str, number: int) -> Played:
        total = len(self.guide.steps)
        gone = sum(self._is_over(each, step) for each, step in enumerate(self.guide.steps, start=1))
        if outcome != STOPPED:
            self.play.note("over", outcome=outcome)
            self._log("change", f"Runbook “{self.guide.title}” {'is done' if outcome == DONE else f'ended: {outcome}'}")
        else:
            self._log("note", f"Runbook “{self.guide.title}” stopped at step {number} of {total}")
        self._write_report()
        return Played(outcome, gone, total, "" if self.desk is None else self.desk.id)

    def _write_report(self) -> None:
        """A deployment's steps and verification, from what was played."""
        if self.desk is None or self.desk.kind != "deployment":
            return
        steps, verified = [], []
        for (number, place), event in sorted(self.play.ended.items()):
            act = self.guide.steps[number - 1].acts[place]
            ok = {DONE: True, FAILED: False}.get(str(event["outcome"]))
            said = str(event.get("note") or event["outcome"])
            if act.kind == "verify":
                verified.append(f"- `{_first(str(event['text']))}`: {'as expected' if ok else said}")
                continue
            command = str(event.get("entry") or "")
            steps.append(
                {"id": command or new_ulid(), "text": event["text"], "result": said, "ok": ok, "command": command}
            )
        self.desk.append("answer", {"step": "play", "field": "steps", "value": steps}, source="play")
        if verified:
            text = f"Played from the runbook “{self.guide.title}”:\n\n" + "\n".join(verified)
            self.desk.append("answer", {"step": "play", "field": "verification", "value": text}, source="play")

    # --- values -------------------------------------------------------------------------------------------------

    def _ask_values(self) -> None:
        needed = dict.fromkeys(name for act in self.guide.acts() for name in names_in(act))
        needed.update(dict.fromkeys(PLACEHOLDER.findall(self.guide.folder)))
        for name in needed:
            placeholder = self.guide.placeholders.get(name)
            if placeholder is None:
                raise BadInputError(f"{{{{{name}}}}} is not declared", file=self.guide.path, hint="runbook guide check")

            def problem(value: str, pattern: str = placeholder.pattern) -> str | None:
                return None if not pattern or fits(pattern, value) else f"it must look like {pattern}"

            if name not in self.values:
                self.values[name] = self.responder.value(
                    name, placeholder.ask or f"{name}?", placeholder.default, problem
                )
            if wrong := problem(self.values[name]):
                raise BadInputError(f"{name} cannot be {self.values[name]!r}: {wrong}", field=f"--set {name}")

    def fill(self, text: str) -> str:
        """The text with values in place of placeholders, quoted for a shell where they need it."""
        import shlex

        return PLACEHOLDER.sub(lambda match: shlex.quote(self.values.get(match[1], match[0])), text)

    def _log(self, kind: str, text: str) -> None:
        if self.desk is not None:
            self.desk.append(kind, {"text": text}, source="play")


def _first(text: str) -> str:
    line = text.strip().split("\n", 1)[0]
    return line if "\n" not in text.strip() else f"{line} …"


def start_play(repo: str | None) -> Play:
    """A new play, of whichever runbook."""
    return new_play(state_folder(repo))
