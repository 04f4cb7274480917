"""A recorded shell: somebody's own, on a pseudo-terminal, every command on record with its own output when it ends.

The shell leaves a file for each command before it prints the mark that the command ended. So a command that ended is on
record whoever is killed: if not from here with its output, then by whichever verb finds the session abandoned.
"""

from __future__ import annotations

import os
import time

from runbook.capture.cast import Cast, ends_on_fresh_line
from runbook.capture.prompt_marks import BACK, BEGIN, END, FULL, MarkReader
from runbook.capture.recorded_shell import choose, plan
from runbook.capture.recorder import Outcome, Recorder
from runbook.errors import BadInputError, RunbookError
from runbook.flow import unrecorded
from runbook.flow.desk import open_document
from runbook.flow.guard_rules import read_rules
from runbook.flow.hook import guard
from runbook.flow.intake import keep_recording, keeps_itself_off
from runbook.flow.run import Session
from runbook.model.times import iso
from runbook.operate.guard import OFF
from runbook.record import hookspool, sessions
from runbook.record.journal import storage_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.capture.prompt_marks import Part
    from runbook.flow.desk import Desk
    from runbook.flow.run import Ran
    from runbook.record.hookspool import Spooled
    from runbook.record.sessions import RecordedShell

    Tell = Callable[[str], None]
    Say = Callable[[Ran], list[str]]

SOURCE = "shell"
_MARK = "RUNBOOK_SHELL"


class Finished:
    """A recorded shell that is over.

    Attributes:
        exit_status: the shell's own.
        document: id of the document.
        commands: how many are on record.
    """

    __slots__ = ("commands", "document", "exit_status")

    def __init__(self, exit_status: int, document: str, commands: int) -> None:
        self.exit_status = exit_status
        self.document = document
        self.commands = commands


def record_shell(
    wanted: str = "",
    *,
    tell: Tell,
    greet: Callable[[Desk, str], None],
    say: Say | None,
    identifier: str | None = None,
    repo: str | None = None,
) -> Finished:
    """Run a shell with our own terminal until it ends, and put what it does on record.

    Args:
        wanted: ``bash``, ``zsh``, ``fish`` or a path to one; the user's own shell if empty.
        tell: called with what the person at the terminal must know, before or after the shell.
        greet: called once before the shell, with the document and the shell's name.
        say: what to show under a failed command, in lines; None shows nothing.
        identifier: as ``--id``.
        repo: as ``--repo``.

    Raises:
        BadInputError: there is no terminal, no such shell, or this is a recorded shell already.
        NotFoundError: nothing is open.
        StorageError: the session's folder cannot be made.
    """
    if not all(os.isatty(number) for number in (0, 1, 2)):
        raise BadInputError("a shell needs a terminal", hint="record one command: runbook run -- CMD")
    if os.path.isdir(os.environ.get(_MARK, "")):  # the folder of a session that is over is gone
        raise BadInputError("this shell is recorded already", hint="`exit` leaves it")
    desk = open_document(identifier, repo, hints=say is not None)
    program = choose(wanted)
    for notice in unrecorded.catch_up(desk):
        tell(notice)
    nonce = os.urandom(8).hex()
    try:
        session = sessions.begin({"id": desk.id, "folder": desk.folder})
        asks = "" if read_rules(desk.place.repository, tell).mode == OFF else guard(os.path.basename(program))
        start = plan(program, session.folder, nonce, guard=asks)
        sessions.add_files(session, start.files)
    except OSError as error:
        raise storage_error(error, hookspool.hook_folder()) from error
    os.environ.update(start.environ)
    os.environ[_MARK] = session.folder
    if identifier:
        os.environ["RUNBOOK_INCIDENT"] = desk.id
    greet(desk, start.shell)
    live = _Live(desk, session, nonce, say)
    outcome = Recorder(start.argv, _unheard, _nothing_due, show=live.show).run()
    live.close(tell)
    return Finished(outcome.exit_status, desk.id, live.count)


def _unheard(_stream: str, _data: bytes) -> None:
    """``show`` hears everything."""


def _nothing_due() -> float | None:
    return None


class _Live:
    """The shell while it runs: what its terminal prints, cut into commands."""

    def __init__(self, desk: Desk, session: RecordedShell, nonce: str, say: Say | None) -> None:
        self.count = 0
        self._desk = desk
        self._session = session
        self._say = say
        self._marks = MarkReader(nonce)
        self._running: Session | None = None
        self._full = False
        self._was_full = False
        self._problems: list[str] = []
        self._last = b""
        self._file = session.open_cast()
        columns, rows = _size()
        self._cast = Cast(
            self._file.write,
            desk.door.clean,
            columns=columns,
            rows=rows,
            began=time.time(),
            title=f"{desk.id} {desk.title}",
        )

    def show(self, _stream: str, data: bytes) -> bytes:
        """Take what the terminal prints; return it with what is to be said where it belongs. Never raises."""
        try:
            said = [(part.shown, text) for part in self._marks.feed(data) if (text := self._take(part))]
        except Exception as error:  # noqa: BLE001  the shell goes on whatever breaks in its recorder
            self._problems.append(f"not everything is on record: {error!r}")
            return data
        if said:
            at, pieces = 0, []
            for shown, text in said:
                pieces += [data[at:shown], text]
                at = shown
            data = b"".join([*pieces, data[at:]])
        return data

    def _take(self, part: Part) -> bytes:
        if part.kind == END:
            return self._end(part)
        if part.kind == BEGIN:
            self._running = Session("", self._desk, spool=False)
            self._full = self._was_full = False
            self._last = b""
        elif part.kind == FULL:
            self._full = self._was_full = True
        elif part.kind == BACK:
            self._full = False
        elif self._running is not None and not self._full:
            self._running.tape.listen("terminal", part.data)
            self._cast.hear(time.time(), part.data)
            self._last = part.data[-400:]
        return b""

    def _end(self, part: Part) -> bytes:
        running, self._running = self._running, None
        name = part.data.decode("ascii", "replace")
        spooled = next(hookspool.read([name], self._session.folder), None) if name else None
        if running is None or spooled is None or not spooled.command.strip() or keeps_itself_off(spooled.command):
            if spooled is not None:
                hookspool.remove(spooled.path)
            self._cast.forget()
            return b""
        if self._was_full:
            running.tape.listen("terminal", b"(full-screen program: its screen is not recorded)\n")
            self._cast.hear(time.time(), b"(full-screen program: its screen is not recorded)\r\n")
        return self._record(running, spooled)

    def _record(self, running: Session, spooled: Spooled) -> bytes:
        from datetime import UTC, datetime

        line, cwd = spooled.command.decode("utf-8", "backslashreplace"), spooled.cwd.decode("utf-8", "backslashreplace")
        at = iso(datetime.fromtimestamp(spooled.start / 1e6, UTC).astimezone())
        running.was(line, cwd, identifier=spooled.identifier, at=at, source=SOURCE, interpreter=spooled.shell)
        outcome = Outcome((spooled.exit_status & 0xFF) << 8, spooled.duration)
        said: list[str] = []
        ran = running.close(outcome, hints=self._say is not None, tell=self._problems.append)
        if ran.entry is not None:
            self.count += 1
            hookspool.remove(spooled.path)
            start = spooled.start / 1e6
            clean = running.header
            self._cast.command(clean["command"], clean["cwd"], start=start, end=start + spooled.duration, size=_size())
            self._file.flush()
        if self._say is not None:
            said = self._say(ran)
        if not said:
            return b""
        newline = "" if ends_on_fresh_line(self._last) else "\r\n"
        return (newline + "\r\n".join(["", *said, "", ""])).encode()

    def close(self, tell: Tell) -> None:
        """The shell is over."""
        self._file.close()
        try:
            keep_recording(self._desk, self._session)
        except (RunbookError, OSError) as error:
            self._session.close()
            tell(f"runbook: the recording stays in {self._session.folder} until it can be stored: {error}")
        for problem in dict.fromkeys(self._problems):
            tell(problem if problem.startswith("runbook: ") else f"runbook: {problem}")


def _size() -> tuple[int, int]:
    try:
        size = os.get_terminal_size(1)
    except OSError:
        return 80, 24
    return size.columns or 80, size.lines or 24
