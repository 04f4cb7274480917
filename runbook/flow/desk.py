"""The desk: one open document, and the way an event gets onto its journal.

Hot path: ``log``, ``run`` and ``status`` come through here, so heavy stages are imported inside the functions that
need them.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from runbook.errors import NotFoundError
from runbook.flow.place import Place as Place  # noqa: PLC0414  whoever comes to the desk asks here
from runbook.flow.place import find_place as find_place  # noqa: PLC0414  see above
from runbook.model.wire import Entry, new_ulid
from runbook.record import cabinet, journal, places
from runbook.record.clocks import corrected
from runbook.record.key import redaction_key
from runbook.record.union import once
from runbook.redact.door import Door

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from typing import Any

    from runbook.model.record import AnyDocument
    from runbook.record.journal import TornLine

HOW_TO_START = 'runbook start "what is wrong" --severity high'


class Desk:
    """One document that is being worked on.

    Attributes:
        id, kind, title, ulid: of the document; ``kind`` is ``incident`` or ``deployment``.
        folder: where its running journal and evidence lie (made when first needed if it is already filed).
        filed: its folder in the repository, or None while it only runs.
        place: the repository it belongs to.
        started: when it began, or None.
        door: the redaction door with this user's key.
        git_user: git's ``user.name`` as it was when the document was made current.
        journal_stem: the journal's file name where it is not this writer's own (a replay).
    """

    def __init__(self, identifier: str, folder: str, filed: str | None, place: Place) -> None:
        self.id = identifier
        self.kind = "incident" if identifier.startswith("INC") else "deployment"
        self.folder = folder
        self.filed = filed
        self.place = place
        self.door = Door(redaction_key)
        self.git_user = ""
        self.journal_stem = ""
        self._start: Entry | None = None
        self._card: dict[str, str] | None = None
        self._known: tuple[list[tuple[str, list[Any]]], list[Entry], list[TornLine]] | None = None

    @property
    def card(self) -> dict[str, str]:
        """What is known without reading a journal: ``repository``, ``title``, ``zone``."""
        if self._card is None:
            self._card = cabinet.read_card(self.folder)
        return self._card

    @property
    def start(self) -> Entry | None:
        """The event that opened it."""
        if self._start is None:
            self._start = next((entry for entry in self.entries() if entry.kind == "start"), None)
        return self._start

    @property
    def title(self) -> str:
        """Its title as it was declared."""
        return self.card.get("title") or ("" if self.start is None else str(self.start.data.get("title", "")))

    @property
    def started(self) -> datetime | None:
        """When it began: the newest ``started`` mark, else the time it was declared for."""
        marks = [e for e in self.entries() if e.kind == "mark" and e.data.get("milestone") == "started"]
        event = marks[-1] if marks else self.start
        return None if event is None else datetime.fromisoformat(event.at)

    @property
    def zone(self) -> tzinfo:
        """The zone in which this document shows and reads clock times."""
        name = self.card.get("zone") or ("" if self.start is None else str(self.start.data.get("zone", "")))
        return load_zone(name or places.zone_name())

    def entries(self) -> list[Entry]:
        """Every entry on record, running and filed, by ULID."""
        return self.read()[0]

    def raw_entries(self) -> list[Entry]:
        """As :meth:`entries`, with the times as each machine's clock told them."""
        return self._read()[0]

    def read(self) -> tuple[list[Entry], list[TornLine]]:
        """Every entry, and the lines of the journals that are none. Accepted clock offsets are taken out of times."""
        entries, torn = self._read()
        return corrected(once(entries)), torn

    def _read(self) -> tuple[list[Entry], list[TornLine]]:
        """As they stand in the journals, read again only if those have changed."""
        folders = [folder for folder in (self.filed, self.folder) if folder is not None]
        stamp = [(folder, journal.stamp(folder)) for folder in folders]
        if self._known is None or self._known[0] != stamp:
            entries: dict[str, Entry] = {}
            torn: list[TornLine] = []
            for folder in folders:
                found, damaged = journal.read(folder)
                entries.update((entry.id, entry) for entry in found)
                torn += damaged
            self._known = stamp, [entries[key] for key in sorted(entries)], torn
        return list(self._known[1]), list(self._known[2])

    def append(self, kind: str, data: Mapping[str, Any], *, at: datetime | None = None, source: str = "cli") -> Entry:
        """Put an event on the journal; when this returns, it is on disk.

        Args:
            kind: see :mod:`runbook.model.wire`.
            data: any JSON value; every text in it passes the door.
            at: when it happened; now if absent.
            source: where we have it from: ``cli``, ``run``, ``interview``, ...

        Raises:
            StorageError: it could not be written.
        """
        now = datetime.now(UTC).astimezone(self.zone if at is None else None)
        entry = Entry(
            id=new_ulid(),
            at=_iso(at or now),
            recorded_at=_iso(now),
            kind=kind,
            actor=self.door.clean(places.actor(git_user=self.git_user)),
            source=source,
            data=self.door.clean_value(dict(data)),
        )
        self.write(entry)
        return entry

    def write(self, *entries: Entry) -> None:
        """Append entries that are already clean, all or none, following the folder if it was filed in the meantime."""
        for _ in range(3):
            try:
                journal.append(self.folder, *entries, stem=self.journal_stem)
            except journal.FolderMovedError:
                self.reopen()
            else:
                return
        raise NotFoundError(f"the folder of {self.id} keeps disappearing", file=self.folder)

    def reopen(self) -> None:
        """Make its running folder again, because it was filed or never ran on this machine.

        Raises:
            StorageError: the disk refused.
        """
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            cabinet.write_card(self.folder, {**self.card, "repository": self.place.repository})
        except OSError as error:
            raise journal.storage_error(error, self.folder) from error

    def retitle(self, title: str) -> None:
        """Show another title from now on; the record takes it from the journal."""
        self._card = {**self.card, "title": title}
        if os.path.isdir(self.folder):
            cabinet.write_card(self.folder, {**self._card})

    def record(self) -> AnyDocument:
        """The record as it stands: what was curated, with all later journal events folded in."""
        from runbook.flow.fold import current_record

        return current_record(self)

    def now(self) -> datetime:
        """The current time in this document's zone."""
        return datetime.now(self.zone)

    def when(self, text: str) -> datetime:
        """A human time, read on this document's clock and counted from its start.

        Raises:
            BadInputError: it is no time.
        """
        from runbook.model.times import parse_time

        return parse_time(text, now=self.now(), zone=self.zone, started=self.started)


def load_zone(name: str) -> tzinfo:
    """The zone of that name; cheap for UTC and for the machine's own zone, which need no zone database."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def open_document(identifier: str | None = None, repo: str | None = None, *, hints: bool = True) -> Desk:
    """The document that ``--id``, else ``RUNBOOK_INCIDENT``, else the per-user pointer names, from any folder.

    What shell hooks left in the meantime is on record when this returns.

    Args:
        identifier: as ``--id``.
        repo: as ``--repo``.
        hints: whether what is known of a failure among that may be said; see :func:`runbook.flow.intake.say`.

    Raises:
        NotFoundError: nothing is open, or the id is nowhere.
        BadInputError: the id is none.
    """
    desk = find_document(identifier, repo)
    if places.shells_left_something():
        from runbook.flow.intake import take_in

        take_in(desk, hints=hints)
    return desk


def open_named(identifier: str | None = None, repo: str | None = None) -> Desk:
    """As :func:`open_document`, for verbs that take filed documents as well: where nothing is open, those are named.

    Raises:
        NotFoundError: nothing is open, or the id is nowhere.
        BadInputError: the id is none.
    """
    try:
        return open_document(identifier, repo)
    except NotFoundError as error:
        repository = find_place(repo).repository
        there = (
            [] if error.hint != HOW_TO_START or repository is None else [name for name, _ in cabinet.filed(repository)]
        )
        if not there:
            raise
        named = there[-1] if len(there) == 1 else f"{there[-1]}, {there[-2]} …"
        raise NotFoundError(
            "nothing is open", hint=f"name what is filed here: {named}; `runbook list` shows all"
        ) from None


def find_document(identifier: str | None = None, repo: str | None = None) -> Desk:
    """As :func:`open_document`, but leaves alone what shell hooks left.

    Raises:
        NotFoundError: nothing is open, or the id is nowhere.
        BadInputError: the id is none.
    """
    wanted = identifier or os.environ.get("RUNBOOK_INCIDENT")
    pointer = cabinet.read_pointer()
    if not wanted:
        wanted = str(pointer.get("id", ""))
        folder = str(pointer.get("folder", ""))
        if not wanted:
            raise NotFoundError("nothing is open", hint=HOW_TO_START)
        if os.path.isdir(folder):
            desk = desk_in(folder, wanted)
            desk.git_user = str(pointer.get("git_user", ""))
            return desk
    wanted = cabinet.check_id(wanted)
    place = find_place(repo)
    folder_found, filed = cabinet.find(wanted, key=place.key, repository=place.repository)
    wanted = os.path.basename(folder_found or filed or wanted)  # another one than was asked for, if it was renumbered
    if folder_found is not None:
        repository = cabinet.read_card(folder_found).get("repository")
        if repository is not None and repository != place.repository:
            place = Place(repository, "option")
            filed = _shelf(repository, wanted)
    folder = folder_found or os.path.join(places.state_root(), place.key, wanted)
    desk = Desk(wanted, folder, filed, place)
    desk.git_user = str(pointer.get("git_user", ""))
    return desk


def desk_in(folder: str, identifier: str) -> Desk:
    """The desk of the running document ``identifier`` in ``folder``, which is there."""
    repository = cabinet.read_card(folder).get("repository")
    place = Place(repository, "option" if repository else "none")
    return Desk(identifier, folder, _shelf(repository, identifier), place)


def _shelf(repository: str | None, identifier: str) -> str | None:
    if repository is None:
        return None
    shelf = cabinet.archive_folder(repository, identifier)
    return shelf if os.path.isfile(os.path.join(shelf, "record.yaml")) else None
