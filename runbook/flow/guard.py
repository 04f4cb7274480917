"""The guard: looks at a command before it runs, asks, and puts the decision on the timeline.

Hot path: a line without a word that could destroy or run something else costs a look at its words.
"""

from __future__ import annotations

import os
import stat

from runbook.errors import InterruptedByUserError, RefusedError, RunbookError
from runbook.flow.guard_rules import Rules, read_rules, settings_text
from runbook.operate.guard import OFF, WARN, Verdict, accepts, production_mark
from runbook.record import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from runbook.flow.desk import Desk
    from runbook.model.danger import Danger

    Tell = Callable[[str], None]

MAX_SCRIPT = 256 * 1024
"""Bytes of a script that is looked at."""

_SHEBANG = (b"sh", b"bash", b"dash", b"zsh", b"ksh", b"ash")


class Standing:
    """What is on record that matters before something is destroyed. Texts, empty where there is nothing.

    Attributes:
        document: id of the open document.
        backup: the newest backup.
        plan: the rollback plan.
        review: the newest review.
    """

    def __init__(self, document: str = "", backup: str = "", plan: str = "", review: str = "") -> None:
        self.document = document
        self.backup = backup
        self.plan = plan
        self.review = review


class Gate:
    """How a person, or nobody, answers the guard.

    Args:
        tell: called with a line for the person.
        show: called with what is to be said before the question.
        ask: called with the word that confirms; returns what was typed, None for no answer. None: nobody is there.
        reviewer: who has read the command, if somebody has.
        ticket: where that is written down.
        aliases, functions: what the shell that would run it has defined.
    """

    def __init__(
        self,
        *,
        tell: Tell,
        show: Callable[[Verdict, Standing, list[str]], None],
        ask: Callable[[str], str | None] | None = None,
        reviewer: str = "",
        ticket: str = "",
        aliases: Mapping[str, str] | None = None,
        functions: Mapping[str, str] | None = None,
    ) -> None:
        self.defined = {"aliases": aliases or {}, "functions": functions or {}}
        self.tell = tell
        self.show = show
        self.ask = ask
        self.reviewer = " ".join(reviewer.split())
        self.ticket = " ".join(ticket.split())

    def pass_through(self, line: str, desk: Desk | None, *, repo: str | None = None) -> None:
        """Return if ``line`` may run.

        Raises:
            RefusedError: it may not; that is on record, if anything is open.
            InterruptedByUserError: Ctrl-C at the question; that is on record, too.
        """
        try:
            repository = _repository(desk, repo)
            whole = "\n".join((line, *self.defined["aliases"].values(), *self.defined["functions"].values()))
            if not _is_worth_asking(whole) and not _names_own(line, settings_text(repository)):
                return
            rules = read_rules(repository, self.tell)
            verdict = Verdict(line, ()) if rules.mode == OFF else judge(line, _here(), rules, **self.defined)
        except Exception as error:  # noqa: BLE001  a bug of ours must not decide what may run in an incident
            self._unable(line, error)
            return
        if verdict.dangers:
            self._decide(verdict, desk, rules)

    def _unable(self, line: str, error: Exception) -> None:
        """We cannot say whether it destroys: say so, and ask whoever is there."""
        self.tell(f"runbook: the guard could not look at this command ({type(error).__name__}: {error})")
        if self.reviewer or not _is_worth_asking(line):
            return
        if self.ask is None:
            raise RefusedError(
                "not run: it could not be looked at, and nobody is here to ask",
                hint='somebody who has read it lets it run with --reviewed-by NAME; guard.mode = "off" in runbook.toml'
                " turns the guard off",
            )
        if not accepts(self.ask("yes") or "", "yes"):
            raise RefusedError("not run")

    def _decide(self, verdict: Verdict, desk: Desk | None, rules: Rules) -> None:
        standing = _standing(desk, self.tell) if rules.stops or not self.reviewer else Standing()
        self._keep_the_rules(verdict, desk, rules, standing)
        if self.reviewer:
            self._reviewed(verdict, desk)
            return
        from runbook.flow.inspect import look

        self.show(verdict, standing, look(verdict.dangers, _here()))
        if rules.mode == WARN:
            self._record(desk, verdict, "warned", "run without a question, as the settings say")
            return
        if self.ask is None:
            self._record(desk, verdict, "stopped", "no terminal to confirm it on")
            raise RefusedError(
                f"not run: nobody is here to confirm `{_short(verdict)}`",
                hint="somebody else who read it lets it run:  runbook run --reviewed-by NAME --ticket TICKET -- CMD…",
            )
        try:
            typed = self.ask(verdict.word)
        except KeyboardInterrupt:
            self._record(desk, verdict, "stopped", "stopped at the question")
            raise InterruptedByUserError("not run") from None
        if not accepts(typed or "", verdict.word):
            said = f"not run: that is not {verdict.word}" if (typed or "").strip() else "not run"
            self._record(desk, verdict, "stopped", "not confirmed")
            raise RefusedError(said)
        self._record(desk, verdict, "confirmed", f"confirmed by typing {verdict.word}")

    def _keep_the_rules(self, verdict: Verdict, desk: Desk | None, rules: Rules, standing: Standing) -> None:
        """Refuse what breaks one of the ten rules that the team's settings let stop (``[rules] backup = "stop"``)."""
        review = "runbook run --reviewed-by NAME --ticket TICKET -- CMD…"
        broken = (
            ("backup", 4, not standing.backup, "a backup first, and none is on record", "runbook backup PATH…"),
            ("production", 1, any(verdict.production) and not self.reviewer, "somebody who has read it", review),
            ("review", 9, not self.reviewer, "somebody who has read it", review),
        )
        for name, number, is_broken, asked, hint in broken:
            if name in rules.stops and is_broken:
                self._record(desk, verdict, "stopped", f"rule {number} asks for {asked}")
                raise RefusedError(f"not run: rule {number} asks for {asked}", hint=hint)

    def _reviewed(self, verdict: Verdict, desk: Desk | None) -> None:
        own = {places.actor(git_user="" if desk is None else desk.git_user).casefold(), places.os_user().casefold()}
        if self.reviewer.casefold() in own:
            self._record(desk, verdict, "stopped", "reviewed by nobody else")
            raise RefusedError(
                f"not run: {self.reviewer} is who runs it; a reviewer is somebody else",
                hint="runbook run --reviewed-by NAME --ticket TICKET -- CMD…",
            )
        ticket = f" ({self.ticket})" if self.ticket else ""
        self._record(desk, verdict, "reviewed", f"reviewed by {self.reviewer}{ticket}")

    def _record(self, desk: Desk | None, verdict: Verdict, decision: str, how: str) -> None:
        """Put the decision on the timeline; that it cannot be written decides nothing."""
        if desk is None:
            return
        first = verdict.dangers[0]
        marks = [mark for mark in verdict.production if mark]
        where = f" on {first.host}" if first.host else ""
        data: dict[str, Any] = {
            "text": f"guard: `{_short(verdict)}`{where} {how if decision != 'stopped' else f'stopped, {how}'}",
            "guard": {
                "decision": decision,
                "command": verdict.line,
                "destroys": verdict.destroys,
                "host": first.host,
                "script": first.script,
                "production": marks[0] if marks else "",
                "reviewer": self.reviewer,
                "ticket": self.ticket,
            },
        }
        try:
            desk.append("review" if decision == "reviewed" else "decision", data, source="guard")
        except RunbookError as error:
            self.tell(f"runbook: the decision is not on record: {error}")


def _is_worth_asking(line: str) -> bool:
    try:
        from runbook.detect.command_words import may_be_dangerous

        return may_be_dangerous(line)
    except Exception:  # noqa: BLE001  see pass_through
        return True


def _names_own(line: str, settings: bytes) -> bool:
    """Whether a word of ``line`` stands in settings about the guard: it may be a program that the team added."""
    if b"guard" not in settings:
        return False
    from runbook.detect.command_words import words_in

    return not words_in(line).isdisjoint(words_in(settings.decode("utf-8", "replace")))


def judge(
    line: str,
    cwd: str,
    rules: Rules,
    *,
    aliases: Mapping[str, str] | None = None,
    functions: Mapping[str, str] | None = None,
) -> Verdict:
    """What the guard says of a line that would run in ``cwd``, in a shell with these aliases and functions."""
    from runbook.detect.dangers import find_dangers

    dangers = find_dangers(line, cwd, read_script, own=rules.own, aliases=aliases, functions=functions)
    here = places.host_name() if rules.production.get("hosts") else ""
    marks = [production_mark(danger, rules.production, cwd=cwd, here=here) for danger in dangers]
    return Verdict(line, dangers, marks)


def read_script(path: str) -> str | None:
    """The text of a shell script or SQL file; None where it is none, or cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        raw = os.read(descriptor, MAX_SCRIPT)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    first = raw.split(b"\n", 1)[0]
    if b"\0" in raw or (first.startswith(b"#!") and not any(name in first for name in _SHEBANG)):
        return None
    return raw.decode("utf-8", "backslashreplace")


def _repository(desk: Desk | None, repo: str | None) -> str | None:
    if desk is not None:
        return desk.place.repository
    from runbook.flow.desk import find_place

    try:
        return find_place(repo).repository
    except RunbookError:
        return None


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "/"


def _short(verdict: Verdict) -> str:
    text = verdict.dangers[0].command
    return text if len(text) <= 120 else f"{text[:119]}…"


def _standing(desk: Desk | None, tell: Tell) -> Standing:
    if desk is None:
        return Standing()
    from runbook.flow.timeline import live_entries

    try:
        entries = live_entries(desk)
    except (RunbookError, OSError) as error:
        tell(f"runbook: what is on record cannot be read: {error}")
        return Standing(desk.id)
    standing = Standing(desk.id)
    for entry in entries:
        text = " ".join(str(entry.data.get("text") or entry.data.get("command") or "").split())
        if entry.kind == "backup" or (entry.kind == "command" and entry.data.get("exit_status") == 0 and _keeps(text)):
            standing.backup = f"{_clock(desk, entry.at)} {text}"
        elif entry.kind == "review":
            standing.review = f"{_clock(desk, entry.at)} {text}"
        elif entry.kind in {"set", "answer"} and entry.data.get("field") == "rollback_plan" and entry.data.get("value"):
            standing.plan = " ".join(str(entry.data["value"]).split())
        elif entry.kind in {"decision", "note"} and "rollback plan" in text.lower():
            standing.plan = text
    return standing


def _keeps(line: str) -> bool:
    from runbook.detect.classify import keeps_copy
    from runbook.detect.commands import simple_commands

    return any(keeps_copy(simple) for simple in simple_commands(line))


def _clock(desk: Desk, at: str) -> str:
    from datetime import datetime

    return f"{datetime.fromisoformat(at).astimezone(desk.zone):%H:%M}"


def repository_here(repo: str | None) -> str | None:
    """The repository whose settings count for a command that is only looked at.

    Raises:
        NotFoundError: ``repo`` is none.
    """
    from runbook.flow.desk import find_place

    return find_place(repo).repository


def look_at(line: str, repository: str | None, tell: Tell, **defined: Mapping[str, str]) -> tuple[Verdict, list[str]]:
    """What the guard says of ``line`` here, and the signatures that it shows. Its mode does not matter."""
    verdict = judge(line, _here(), read_rules(repository, tell), **defined)
    return verdict, known_signatures(line, repository, verdict.dangers)


def parts_of(script: str) -> list[tuple[int, str]]:
    """A script in parts that are judged as one each, cut between lines; with the number of its first line each.

    That is one part unless it is longer than what is looked at in one piece.
    """
    from runbook.detect.commands import MAX_LINE

    parts: list[tuple[int, str]] = []
    for number, line in enumerate(script.split("\n"), start=1):
        if not parts or len(parts[-1][1]) + len(line) >= MAX_LINE:
            parts.append((number, line))
        else:
            parts[-1] = (parts[-1][0], f"{parts[-1][1]}\n{line}")
    return parts


def look_at_script(
    script: str, repository: str | None, tell: Tell, **defined: Mapping[str, str]
) -> Iterator[tuple[int, Verdict, list[str]]]:
    """What :func:`look_at` says of each line of a script, with its number; what earlier lines define is known.

    A line of a here-document or of a text in quotes is judged by what becomes of it. Blank lines are left out.
    """
    rules = read_rules(repository, tell)
    for first, part in parts_of(script):
        verdict = judge(part, _here(), rules, **defined)
        seen = _signatures_by_line(part, repository)
        judged = list(zip(verdict.dangers, verdict.production, strict=True))
        for at, line in enumerate(part.split("\n"), start=1):
            if line.strip():
                here = [each for each in judged if each[0].line == at]
                dangers = tuple(danger for danger, _mark in here)
                yield (
                    first + at - 1,
                    Verdict(line, dangers, [mark for _danger, mark in here]),
                    _signatures(seen.get(at, set()), repository, dangers),
                )


def destroys(line: str, repository: str | None, **defined: Mapping[str, str]) -> bool:
    """Whether the guard would ask about ``line`` here; says nothing, not even what is wrong with its settings."""
    rules = read_rules(repository, lambda _text: None)
    return rules.mode != OFF and bool(judge(line, _here(), rules, **defined).dangers)


def known_signatures(line: str, repository: str | None, dangers: tuple[Danger, ...]) -> list[str]:
    """Ids of the signatures that a command line shows; destruction hidden in a script counts as the command itself."""
    found = _signatures_by_line(line, repository).values()
    return _signatures({each for ids in found for each in ids}, repository, dangers)


def _signatures_by_line(text: str, repository: str | None) -> dict[int, set[str]]:
    from runbook.detect.engine import scan_text
    from runbook.flow.findings import catalog_for

    found: dict[int, set[str]] = {}
    for match in scan_text(catalog_for(repository), text, kind="command"):
        for number in match.lines or (match.line,):
            found.setdefault(number, set()).add(match.signature)
    return found


def _signatures(found: set[str], repository: str | None, dangers: tuple[Danger, ...]) -> list[str]:
    from runbook.flow.findings import catalog_for

    named = "practice/destructive-command"
    hidden = any(not danger.unseen for danger in dangers) and named in catalog_for(repository)
    return sorted(found | {named} if hidden else found)
