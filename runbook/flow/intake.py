"""What people's own shells ran goes on record: from the hook's spool, through the door, onto the journal.

Any verb that opens a document comes through here first (:func:`runbook.flow.desk.open_document`). An entry's id is made
from its file, so a process that is killed between writing the journal and removing the file doubles nothing.

Hot path: standard library only.
"""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime

from runbook.errors import NotFoundError, RunbookError
from runbook.model.wire import Entry
from runbook.record import hookspool, places, sessions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from runbook.flow.desk import Desk
    from runbook.flow.strikes import Strike
    from runbook.model.match import Match
    from runbook.record.hookspool import Spooled
    from runbook.record.sessions import RecordedShell

SOURCE = "hook"
_AT_ONCE = 500  # entries of one write to the journal
_PATIENCE = 0.5  # seconds; who waits longer for another process that is taking in goes on without
_STRIKES_LOOKED_FOR = 5  # of the newest failures
_LOOKED_UP = 100  # different commands, failures and the newest first: a verb in a hurry does not wait for more
_BEFORE_A_PROGRAM = frozenset({"sudo", "env", "command", "exec", "time", "nohup", "noglob", "builtin", "doas"})


class Heard:
    """What is to be said about commands that were taken in. Nobody was there when they failed, so it is said now.

    Attributes:
        command, at: the newest that failed in a known way, redacted, and when; empty where none did.
        exit_status, duration: of that command.
        known: what is known about it, the most telling first, and then about the others.
        seen: past incidents in which the first of ``known`` was seen, and what fixed them; or nothing.
        strikes: that it is time to ask somebody.
    """

    __slots__ = ("at", "command", "duration", "exit_status", "known", "seen", "strikes")

    def __init__(self) -> None:
        self.command = self.at = self.seen = ""
        self.exit_status = 0
        self.duration = 0.0
        self.known: list[Match] = []
        self.strikes: list[Strike] = []

    def take(self, desk: Desk, entry: Entry, known: list[Match]) -> None:
        """Say this, too; the newest command is taken last."""
        from runbook.flow.past import seen_before

        self.command = str(entry.data["command"])
        self.at = f"{datetime.fromisoformat(entry.at).astimezone(desk.zone):%H:%M}"
        self.exit_status, self.duration = entry.data["exit_status"], entry.data["duration"]
        names = {match.signature for match in known}
        self.known = [*known, *(match for match in self.known if match.signature not in names)]
        self.seen = seen_before(desk.place.repository, [match.signature for match in known], desk.id)


heard = Heard()
"""What this process has yet to say; see :func:`say`."""


def say() -> Heard:
    """What is to be said about the commands that this process took in; the next time only what came since."""
    global heard
    now, heard = heard, Heard()
    return now


def take_in(desk: Desk, *, hints: bool = True) -> int:
    """Put on record what hooks have seen. Never raises: what cannot be recorded now stays where it is.

    Args:
        desk: the document that is open now. Commands belong to the one that was open when they ran.
        hints: whether to say what is known of failures, if somebody reads what this process says.

    Returns:
        How many commands were put on record.
    """
    count = 0
    for session in sessions.abandoned():
        try:
            count += _take_in(_desk_of(desk, *_of_session(session)), session.folder, hints=hints)
            keep_recording(_desk_of(desk, *_of_session(session)), session)
        except (OSError, RunbookError):
            session.close()  # it stays for the next one
    if not hookspool.waiting():
        return count
    try:
        lock = _locked()
    except OSError:
        return count
    if lock >= 0:
        try:
            count += _take_in(desk, hints=hints)
        except OSError:
            return count
        finally:
            os.close(lock)
    return count


def _of_session(session: RecordedShell) -> tuple[str, str]:
    return str(session.card.get("id", "")), str(session.card.get("folder", ""))


def keep_recording(desk: Desk, session: RecordedShell) -> None:
    """Make the recording of a shell that is over evidence, and forget the session.

    Raises:
        StorageError, OSError: it could not be stored; it stays where it is.
    """
    from runbook.record import evidence

    text = session.read_cast()
    if text.count("\n") > 1:
        path = evidence.evidence_path(session.identifier, "recorded shell", "cast")
        evidence.store(desk.folder, path, text)
        told = {
            "evidence": session.identifier,
            "name": "recording of a shell",
            "path": path,
            "bytes": len(text.encode()),
            "sha256": evidence.digest(text),
            "omitted": 0,
            "media": "application/x-asciicast",
        }
        desk.append("evidence", told, source="shell")
    session.remove()


def _locked() -> int:
    """The folder's lock, so that nothing is written twice; -1 while another process has it."""
    import fcntl

    descriptor = os.open(hookspool.hook_folder(), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > end:
                os.close(descriptor)
                return -1
            time.sleep(0.01)
        else:
            return descriptor


def _take_in(desk: Desk, session: str = "", *, hints: bool) -> int:
    """From the hook's spool, or from the folder of a recorded shell, whose document is ``desk``."""
    by_document: dict[tuple[str, str], list[Spooled]] = {}
    for spooled in hookspool.read(hookspool.waiting(session), session):
        if not spooled.command.strip() or keeps_itself_off(spooled.command):
            hookspool.remove(spooled.path)
        else:
            meant = (desk.id, desk.folder) if session else _meant(spooled)
            by_document.setdefault(meant, []).append(spooled)
    count = 0
    for (identifier, folder), commands in by_document.items():
        commands.sort(key=lambda each: each.start)
        try:
            owner = _desk_of(desk, identifier, folder)
            for at in range(0, len(commands), _AT_ONCE):
                source = SOURCE if not session else "shell"
                _record(owner, commands[at : at + _AT_ONCE], source, hints=hints)
                count += len(commands[at : at + _AT_ONCE])
        except NotFoundError:
            _put_aside(commands)
        except RunbookError:
            continue  # a full disk: they stay, and the verb itself says what is wrong
    return count


def keeps_itself_off(command: bytes) -> bool:
    """Whether a command is ours, which is on record by itself, or begins with a blank."""
    if command[:1].isspace():
        return True
    for word in command[:4096].decode("utf-8", "replace").split():
        if word in _BEFORE_A_PROGRAM or ("=" in word and word.partition("=")[0].isidentifier()):
            continue
        return os.path.basename(word.strip("\\'\"")) == "runbook"
    return False


def _meant(spooled: Spooled) -> tuple[str, str]:
    """(id, folder) of the document that was open when the command ran; the folder may be empty."""
    if spooled.incident:
        return spooled.incident, ""
    try:
        pointer = json.loads(spooled.pointer)
        return str(pointer["id"]), str(pointer["folder"])
    except (ValueError, TypeError, KeyError):
        return "", ""


def _desk_of(desk: Desk, identifier: str, folder: str) -> Desk:
    """The desk of a document, which mostly is the one that is open.

    Raises:
        NotFoundError: there is no such document.
    """
    from runbook.flow.desk import desk_in, find_document

    if not identifier or (identifier == desk.id and folder in ("", desk.folder)):
        return desk
    if folder and os.path.isdir(folder):
        found = desk_in(folder, identifier)
    else:
        try:
            found = find_document(identifier)
        except NotFoundError:
            raise
        except RunbookError as error:  # it names no document at all
            raise NotFoundError(str(error)) from None
    found.git_user = found.git_user or desk.git_user
    return found


def _record(desk: Desk, commands: Sequence[Spooled], source: str, *, hints: bool) -> None:
    """Onto the journal in one go, and only then away with the files.

    Raises:
        StorageError: it could not be written.
    """
    from runbook.flow.strikes import called, may_have_failed

    entries = [_entry(desk, each, source) for each in commands]
    failed = [entry for entry in entries if may_have_failed(entry)]
    known = _look_up(desk, entries)
    if not (hints and os.isatty(2) and (known or failed)):
        said = None
    else:
        said = _worth_saying(desk, [(entry, known[entry.id]) for entry in failed if entry.id in known])
    desk.write(*entries)
    for each in commands:
        hookspool.remove(each.path)
    for entry, matches in said or ():
        heard.take(desk, entry, matches)
    for entry in failed[-_STRIKES_LOOKED_FOR:]:
        strike = called(desk, entry)
        if strike is not None and said is not None:
            heard.strikes.append(strike)


def _look_up(desk: Desk, entries: list[Entry]) -> dict[str, list[Match]]:
    """What the catalog knows of each, by id; it goes into the entries, too."""
    from runbook.flow.lookup import Lookup, as_data

    lookup = Lookup(desk.place.repository, desk.door.clean, most=_LOOKED_UP)
    known = {}
    for entry in sorted(
        entries, key=lambda each: (not each.data["exit_status"], -datetime.fromisoformat(each.at).timestamp())
    ):
        matches = lookup.known(entry.data["command"], entry.data["exit_status"])
        if matches:
            known[entry.id] = matches
            entry.data = {**entry.data, "findings": desk.door.clean_value(as_data(matches))}
    return known


def _worth_saying(desk: Desk, known: list[tuple[Entry, list[Match]]]) -> list[tuple[Entry, list[Match]]]:
    """What of it was not said before; that it is said now goes into the entries."""
    from runbook.flow.live import hints_wanted, not_said_yet

    if not known or not hints_wanted(desk.place.repository):
        return []
    said = []
    told: dict[str, Any] = {}
    for entry, matches in known:
        news = not_said_yet(desk, matches, told)
        if news:
            entry.data = {**entry.data, "hinted": [match.signature for match in news]}
            said.append((entry, news))
    return said


def _entry(desk: Desk, spooled: Spooled, source: str) -> Entry:
    began = datetime.fromtimestamp(spooled.start / 1e6, UTC).astimezone()
    clean = desk.door.clean
    return Entry(
        id=spooled.identifier,
        at=began.isoformat(timespec="milliseconds"),
        recorded_at=datetime.now(UTC).astimezone().isoformat(timespec="milliseconds"),
        kind="command",
        actor=clean(places.actor(git_user=desk.git_user)),
        source=source,
        data={
            "command": clean(spooled.command),
            "cwd": clean(spooled.cwd),
            "host": places.host_name(),
            "shell": spooled.shell,
            "duration": round(spooled.duration, 3),
            "exit_status": spooled.exit_status,
        },
    )


def _put_aside(commands: Sequence[Spooled]) -> None:
    """Commands of a document that is nowhere any more: out of the way, and not thrown away."""
    folder = os.path.join(hookspool.hook_folder(), "nowhere")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for each in commands:
        os.replace(each.path, os.path.join(folder, os.path.basename(each.path)))
