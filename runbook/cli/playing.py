"""Playing a runbook at the terminal: what is shown, what is asked, and what it is answered without one."""

from __future__ import annotations

import sys

from runbook.cli.output import emit_json, is_terminal, note, paint, safe
from runbook.errors import EXIT_FINDINGS, EXIT_INTERRUPTED, BadInputError, InterruptedByUserError
from runbook.flow import guide as flow
from runbook.flow import play as playing
from runbook.flow.prompting import GoBack

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from runbook.capture.prompter import Prompter
    from runbook.flow.desk import Desk
    from runbook.model.guide import Act, Guide, Step


def play(options: argparse.Namespace) -> int:
    """Play a runbook, or show what would be played."""
    guide = flow.find_guide(options.guide, options.repo)
    values = _values(options.set, guide)
    problems = [each for each in flow.check(guide, options.repo) if each.severity == "error"]
    if problems:
        raise BadInputError(
            problems[0].message,
            file=guide.path,
            line=problems[0].line or None,
            hint=problems[0].hint or "runbook guide check",
        )
    if options.dry_run:
        return _dry_run(guide, values, options.repo)
    person = not options.no_input and is_terminal(sys.stdin, sys.stdout)
    if not person:
        playing.may_play_unattended(guide, values, options.repo)
    responder = _Person(options) if person else _Nobody(options)
    desk = None if options.no_record else _desk(guide, options)
    state = playing.interrupted(guide, options.repo)
    if state is not None and not options.restart:
        if state.digest != guide.digest:
            raise BadInputError(
                "it has changed since it was interrupted", file=guide.path, hint="add --restart to begin anew"
            )
        note(f"going on where it was interrupted, after {len(state.ended)} of its parts")
    else:
        state = playing.start_play(options.repo)
    try:
        played = playing.Player(
            guide, responder=responder, desk=desk, play=state, values=values, repo=options.repo
        ).run()
    except (InterruptedByUserError, KeyboardInterrupt):
        note(f"\nstopped; `runbook guide play {options.guide}` goes on here")
        return EXIT_INTERRUPTED
    if person:
        flow.approve(guide, repo=options.repo)
    if options.format == "json":
        emit_json(
            {"outcome": played.outcome, "steps": played.steps, "total": played.total, "document": played.document}
        )
    else:
        where = f", recorded in {played.document}" if played.document else ""
        print(paint(safe(f"{played.outcome}: {played.steps} of {played.total} steps{where}"), "bold"))
        if played.outcome == "stopped":
            note(f"  `runbook guide play {options.guide}` goes on here")
    return 0 if played.outcome == "done" else EXIT_FINDINGS


def _values(given: list[str], guide: Guide) -> dict[str, str]:
    values = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or name not in guide.placeholders:
            known = ", ".join(guide.placeholders) or "it has none"
            raise BadInputError(f"{each!r} sets no placeholder of it", field="--set", hint=f"NAME=VALUE; {known}")
        values[name] = value
    return values


def _desk(guide: Guide, options: argparse.Namespace) -> Desk:
    """The open document, else a deployment of its own."""
    from runbook.flow.backup import open_desk

    desk = open_desk(options.id, options.repo)
    if desk is not None:
        return desk
    from runbook.flow.declare import declare
    from runbook.flow.desk import find_place

    desk = declare("deployment", guide.title, place=find_place(options.repo))
    note(f"{desk.id}  declared for it")
    return desk


def _dry_run(guide: Guide, values: dict[str, str], repo: str | None) -> int:
    from runbook.flow.play import Player, start_play

    known = {each.name: each.default for each in guide.placeholders.values() if each.default is not None}
    player = Player(
        guide, responder=_Nobody(None), desk=None, play=start_play(repo), values={**known, **values}, repo=repo
    )
    for number, step in enumerate(guide.steps, start=1):
        print(paint(safe(f"{number}. {step.title}"), "bold"))
        for act in (*step.acts, *step.rollback):
            if act.by_hand:
                print(safe(f"  [ ] {player.fill(act.text)}"))
                continue
            marks = "".join(
                f"  ({said} `{player.fill(command)}`)"
                for said, command in (("if", act.only_if), ("unless", act.unless))
                if command
            )
            print(safe(f"  {act.kind}{marks}"))
            print(safe("\n".join(f"    {line}" for line in player.fill(act.text).splitlines())))
    return 0


class _Nobody:
    """Answers where nobody is there: everything is run, nothing is skipped, a failure rolls back or ends it."""

    def __init__(self, options: argparse.Namespace | None) -> None:
        from runbook.cli.guarding import gate

        reviewer, ticket = ("", "") if options is None else (options.reviewed_by, options.ticket)
        self._quiet = options is None or options.format == "json"
        self._gate = gate(reviewer=reviewer, ticket=ticket, may_ask=False)

    def value(self, name: str, question: str, default: str | None, problem: Callable[[str], str | None]) -> str:
        """The default."""
        del question, problem
        if default is None:
            raise BadInputError(f"{name} has no value", hint=f"--set {name}=VALUE")
        return default

    def begin(self, number: int, total: int, step: Step) -> None:
        """Say which step it is."""
        if not self._quiet:
            note(f"── {number} of {total}: {step.title}")

    def choose(self, act: Act, text: str, failed: str, *, can_roll_back: bool) -> tuple[str, str]:
        """Run it; when that failed, roll back if that can be, else stop."""
        del act, text
        if not failed:
            return "run", ""
        self.tell(failed)
        return ("rollback", "") if can_roll_back else ("stop", "")

    def sign(self, act: Act) -> str:
        """Nobody."""
        del act
        return ""

    def tell(self, line: str) -> None:
        """On stderr."""
        if not self._quiet:
            note(line)

    def guard(self, line: str, desk: Desk | None) -> None:
        """As ``run`` without a terminal."""
        self._gate.pass_through(line, desk)


class _Person:
    """Asks whoever is at the terminal."""

    def __init__(self, options: argparse.Namespace, prompter: Prompter | None = None) -> None:
        from runbook.cli.guarding import gate
        from runbook.flow.prompting import make_prompter

        self._prompter = prompter or make_prompter()
        self._gate = gate(reviewer=options.reviewed_by, ticket=options.ticket, may_ask=True)

    def value(self, name: str, question: str, default: str | None, problem: Callable[[str], str | None]) -> str:
        """Ask for it."""
        while True:
            try:
                return self._prompter.text(f"value.{name}", question, default=default or "", validate=problem)
            except GoBack:
                continue  # there is nothing before it

    def begin(self, number: int, total: int, step: Step) -> None:
        """Show the step and why it is there."""
        print()
        print(paint(safe(f"── {number} of {total}: {step.title} ──"), "bold"))
        if step.why:
            print(safe(step.why))

    def choose(self, act: Act, text: str, failed: str, *, can_roll_back: bool) -> tuple[str, str]:
        """Show the act, and what went wrong with it; ask what to do."""
        from runbook.flow.prompting import Choice

        if act.by_hand:
            choices = [
                Choice("done", "It is done"),
                Choice("skip", "Skip it, with a reason"),
                Choice("stop", "Stop here"),
            ]
            message = text
        else:
            print(paint(safe("\n".join(f"    {line}" for line in text.splitlines())), "cyan"))
            for each in act.expected:
                print(paint(safe(f"    → {each}"), "dim"))
            if failed:
                print(paint(safe(f"  {failed}"), "red"))
            choices = [Choice("run", "Try it again" if failed else "Run it"), Choice("edit", "Edit it, then run it")]
            choices += [Choice("rollback", "Roll this step back")] if failed and can_roll_back else []
            choices += [Choice("skip", "Skip it, with a reason"), Choice("stop", "Stop here")]
            message = {"verify": "Verify?"}.get(act.kind, "Run this?") if not failed else "What now?"
        while True:
            try:
                return self._chosen(self._prompter.select("play", message, choices), text)
            except GoBack:
                continue  # from the reason or the editor back to the choice

    def _chosen(self, chosen: str, text: str) -> tuple[str, str]:
        if chosen == "edit":
            return chosen, self._prompter.text("edit", "The command", default=text, multiline="\n" in text)
        if chosen == "skip":
            return chosen, self._prompter.text("reason", "Why?", validate=_reason)
        return chosen, ""

    def sign(self, act: Act) -> str:
        """Ask who signs."""
        try:
            return self._prompter.text("sign", f"Sign-off: {act.text}. Who signs? (empty: nobody, stop here)").strip()
        except GoBack:
            return ""

    def tell(self, line: str) -> None:
        """On stderr."""
        note(line)

    def guard(self, line: str, desk: Desk | None) -> None:
        """As ``run`` at a terminal."""
        self._gate.pass_through(line, desk)


def _reason(said: str) -> str | None:
    return None if said.strip() else "say why; the next person wants to know"
