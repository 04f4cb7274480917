"""Running a command for the record: short, because it is called dozens of times in an incident.

The command comes first. Whatever breaks on our side is said on stderr and never stops it, unless
``--require-record`` asks for that.
"""

from __future__ import annotations

import errno
import os
import shlex
from datetime import datetime

from runbook.capture.recorder import Recorder
from runbook.errors import RefusedError, RunbookError
from runbook.flow import unrecorded
from runbook.flow.desk import open_document
from runbook.flow.findings import finding_data
from runbook.flow.live import hints_wanted, not_said_yet
from runbook.flow.past import seen_before
from runbook.flow.strikes import called
from runbook.flow.tape import Tape
from runbook.flow.unrecorded import replay_unrecorded
from runbook.model.times import iso
from runbook.model.wire import Entry, new_ulid
from runbook.record import evidence, places
from runbook.record.journal import storage_error
from runbook.redact.door import Door

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    from runbook.capture.recorder import Hearer, Outcome
    from runbook.flow.desk import Desk
    from runbook.flow.strikes import Strike
    from runbook.model.match import Match

    Tell = Callable[[str], None]
    Guard = Callable[[str, Desk | None], None]

__all__ = ["Ran", "Session", "replay_unrecorded", "run_command"]

_TOLD = ("command", "argv", "cwd", "host", "shell")


class Ran:
    """What became of a command.

    Attributes:
        outcome: exit status, signal, duration.
        entry: what is on record, or None.
        document: id of the document, or an empty string.
        known: what is known about its failure and was not said before, the most telling first.
        strike: that it is time to ask somebody, or None.
        seen: past incidents in which the first of ``known`` was seen, and what fixed them, in a line; or nothing.
    """

    __slots__ = ("document", "entry", "known", "outcome", "seen", "strike")

    def __init__(self, outcome: Outcome, entry: Entry | None, document: str, known: list[Match]) -> None:
        self.strike: Strike | None = None
        self.seen = ""
        self.outcome = outcome
        self.entry = entry
        self.document = document
        self.known = known


def run_command(
    argv: list[str],
    *,
    tell: Tell,
    line: str | None = None,
    identifier: str | None = None,
    repo: str | None = None,
    require_record: bool = False,
    hints: bool = False,
    closed: Collection[int] = (),
    guard: Guard | None = None,
    hear: Hearer | None = None,
) -> Ran:
    """Run ``argv`` with our own descriptors and put it on record.

    Args:
        argv: the command and its arguments.
        tell: called with what the person at the terminal must know; before or after the command, never during.
        line: the command as the person knows it, if that is not ``argv`` quoted for a shell.
        identifier: the document; the open one if absent.
        repo: as ``--repo``.
        require_record: refuse to run what cannot be recorded.
        hints: somebody is there to read what is known about a failure; what was said once is not said again.
        closed: the standard descriptors that were closed when we were started.
        guard: called with the line and the document before it runs; raises where it may not run.
        hear: listens to what it prints, beside the record, and may end it.

    Raises:
        RefusedError: ``require_record`` was asked for and cannot be had, or the guard said no. The command did not run.
        InterruptedByUserError: Ctrl-C at the guard's question. The command did not run.
        OSError: the system could not start any process. The command did not run.
    """
    desk = _open(identifier, repo, require_record=require_record, tell=tell, hints=hints)
    said = shlex.join(argv) if line is None else line
    if guard is not None:
        guard(said, desk)
    session = Session(said, desk, argv=argv)
    if desk is not None:
        for notice in unrecorded.catch_up(desk):
            tell(notice)
    if require_record:
        session.prove()
    recorder = Recorder(argv, session.tape.listen, session.tape.tick, closed=closed)
    if hear is not None:
        recorder.let_hear(hear)
    outcome = recorder.run()
    if outcome.not_started:
        message = f"runbook: {_why_not_started(argv[0], outcome.not_started)}"
        tell(message)
        session.tape.listen("stderr", message.encode("utf-8", "backslashreplace") + b"\n")
    return session.close(outcome, hints=hints, tell=tell)


def _open(identifier: str | None, repo: str | None, *, require_record: bool, tell: Tell, hints: bool) -> Desk | None:
    try:
        desk = open_document(identifier, repo, hints=hints)
    except (RunbookError, OSError) as error:
        problem = error if isinstance(error, RunbookError) else storage_error(error, places.state_root())
        if require_record:
            raise RefusedError(f"not run, because it cannot be recorded: {problem}", hint=problem.hint) from None
        tell(f"runbook: not recording: {problem}" + (f"\n  {problem.hint}" if problem.hint else ""))
        return None
    return desk


def _why_not_started(program: str, number: int) -> str:
    if number == errno.EACCES and os.path.isdir(program):
        return f"{program}: Is a directory"
    if number == errno.ENOENT and "/" not in program:
        return f"{program}: command not found"
    if number == errno.ENOENT and os.path.exists(program):
        return f"{program}: cannot execute: required file not found"
    return f"{program}: {os.strerror(number)}"


class Session:
    """One command from its start to its place in the journal.

    Args:
        line: the command as the person knows it; may be given later by :meth:`was`.
        desk: the document, or None.
        argv: its words, where somebody knows them.
        spool: whether what it prints is brought to disk while it runs.

    Attributes:
        identifier, at: of the journal entry.
        header: redacted; what is known of the command beside how it ended.
        tape: listens to what it prints.
        source: where we have it from.
    """

    def __init__(self, line: str, desk: Desk | None, *, argv: list[str] | None = None, spool: bool = True) -> None:
        self.desk = desk
        self.door = Door() if desk is None else desk.door
        self.identifier = new_ulid()
        self.at = iso(datetime.now().astimezone())
        self.source = "run"
        self.header: dict[str, Any] = {}
        if desk is not None:
            self.header = self.door.clean_value(
                {
                    "command": line,
                    **({} if argv is None else {"argv": argv}),
                    "cwd": _folder(),
                    "host": places.host_name(),
                    "at": self.at,
                    "actor": places.actor(git_user=desk.git_user),
                }
            )
        self.tape = Tape(desk, self.door, line, self.identifier, self.header, spool=spool)

    def was(self, line: str, cwd: str, *, identifier: str, at: str, source: str, interpreter: str) -> None:
        """Say what it was, for a command that is known only once it ended."""
        self.identifier, self.at, self.source = identifier, at, source
        self.tape.line = line
        told = {"command": line, "cwd": cwd, "shell": interpreter}
        self.header = {**self.header, **self.door.clean_value(told), "at": at}

    def prove(self) -> None:
        """Put the command's first trace on disk.

        Raises:
            RefusedError: that is not possible.
        """
        try:
            self.tape.begin()
        except OSError as error:
            problem = storage_error(error, "" if self.desk is None else self.desk.folder)
            raise RefusedError(f"not run, because it cannot be recorded: {problem}", hint=problem.hint) from None

    def close(self, outcome: Outcome, *, hints: bool, tell: Tell) -> Ran:
        """Put the command on record."""
        outputs, texts, found = self.tape.close(self.header.get("command", ""), failed=outcome.exit_status != 0)
        known = not_said_yet(self.desk, found) if hints and outcome.exit_status else []
        if known and not hints_wanted(None if self.desk is None else self.desk.place.repository):
            known = []
        entry = None
        if self.desk is not None:
            data: dict[str, Any] = {
                **{name: self.header[name] for name in _TOLD if name in self.header},
                "duration": round(outcome.duration, 3),
                "exit_status": outcome.exit_status,
                "signal": outcome.signal,
                "outputs": outputs,
                "findings": [finding_data(match.to_json()) for match in found],
            }
            if known:
                data["hinted"] = [match.signature for match in known]
            if self.tape.unexamined:
                data["unexamined"] = self.tape.unexamined
            entry = self._record(self.desk, data, texts, tell)
            self.tape.discard_spool()
        for problem in self.tape.problems:
            tell(f"runbook: {problem}")
        ran = Ran(outcome, entry, "" if self.desk is None else self.desk.id, known)
        if self.desk is not None and known:
            signatures = [match.signature for match in known]
            ran.seen = seen_before(self.desk.place.repository, signatures, self.desk.id)
        if self.desk is not None and entry is not None and outcome.exit_status:
            ran.strike = called(self.desk, entry)
        return ran

    def _record(self, desk: Desk, data: dict[str, Any], texts: dict[str, str], tell: Tell) -> Entry | None:
        entry: Entry | None = None
        try:
            for output in data["outputs"]:
                if "path" in output:
                    output["sha256"] = evidence.digest(texts[output["path"]])
            entry = Entry(
                id=self.identifier,
                at=self.at,
                recorded_at=iso(datetime.now().astimezone()),
                kind="command",
                actor=self.header["actor"],
                source=self.source,
                data=self.door.clean_value(data),
            )
            for path, text in texts.items():
                evidence.store(desk.folder, path, text)
            desk.write(entry)
        except (RunbookError, OSError) as error:
            problem = error if isinstance(error, RunbookError) else storage_error(error, desk.folder)
            if entry is None:
                tell(f"runbook: {problem}")
            else:
                self._keep(desk, entry, texts, problem, tell)
        return entry

    @staticmethod
    def _keep(desk: Desk, entry: Entry, texts: dict[str, str], problem: RunbookError, tell: Tell) -> None:
        try:
            path = unrecorded.keep(desk, entry, texts)
        except OSError as error:
            tell(f"runbook: {problem}, and it could not be kept in memory either: {error.strerror or error}")
        else:
            tell(f"runbook: {problem}\n  kept in {path} until it can be recorded")


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""  # it was removed under us
