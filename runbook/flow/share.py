"""Sharing a running incident: what we recorded goes to a side ref of the team's remote, what others recorded comes in.

Each exchange fetches, takes in, puts together and pushes; if somebody else pushed in between, it begins again. Journals
only grow and each has one writer, so whatever the order, everybody ends up with the same entries.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from runbook.errors import BadInputError, GitError, NotFoundError
from runbook.flow import unrecorded
from runbook.flow.arrival import is_kept_evidence, take_in
from runbook.flow.desk import Desk, find_place
from runbook.flow.past import renew
from runbook.publish import shared
from runbook.publish.git import Git
from runbook.publish.remote import remote_name
from runbook.publish.shared import Blob, Side, Tip
from runbook.record import arrivals, cabinet, evidence, places
from runbook.record.journal import storage_error
from runbook.record.turns import turn
from runbook.record.union import entry_lines, join, parsed, shareable

if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.flow.arrival import Arrival
    from runbook.flow.desk import Place
    from runbook.model.wire import Entry

    Tell = Callable[[str], None]

PATIENCE = 60.0
"""Seconds for which we try again because others push at the same time."""

QUIET_KINDS = frozenset({"seen"})
"""Kinds that are bookkeeping between writers: no news to a person."""


class News:
    """What an exchange did.

    Attributes:
        id: of the document.
        remote: through which remote.
        came: entries of others that were not known here.
        sent: how many entries the remote did not have.
        notes: what a person should know besides.
        first: nobody had shared this document before.
    """

    def __init__(self, identifier: str, remote: str) -> None:
        self.id = identifier
        self.remote = remote
        self.came: list[Entry] = []
        self.sent = 0
        self.notes: list[str] = []
        self.first = False

    @property
    def by_actor(self) -> list[tuple[str, int]]:
        """(who, how many entries that say something), most first."""
        counts = Counter(entry.actor for entry in self.came if not is_quiet(entry))
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))

    def to_json(self) -> dict[str, object]:
        """The shape that ``push`` and ``join`` print (docs/schema/share.json)."""
        return {
            "id": self.id,
            "remote": self.remote,
            "sent": self.sent,
            "received": [{"actor": actor, "entries": count} for actor, count in self.by_actor],
            "notes": self.notes,
        }


def is_quiet(entry: Entry) -> bool:
    """Whether an entry is bookkeeping: between writers, or an interview's half-typed answers."""
    return entry.kind in QUIET_KINDS or str(entry.data.get("field", "")).startswith("draft.")


def side_of(desk: Desk) -> Side:
    """Under which name a document is shared.

    Raises:
        NotFoundError: its journal has no beginning.
    """
    ulid = ulid_of(desk)
    if not ulid:
        raise NotFoundError(f"{desk.id} has no start on record, so it cannot be shared", file=desk.folder)
    return Side(desk.id, ulid)


def ulid_of(desk: Desk) -> str:
    """The identity of a document, from its journal, its card (while it is being joined) or its record."""
    if desk.start is not None:
        return str(desk.start.data.get("ulid", ""))
    if desk.card.get("ulid"):
        return desk.card["ulid"]
    if desk.filed:
        from runbook.record.store import load_record

        return load_record(desk.filed).ulid
    return ""


def exchange(desk: Desk, *, remote: str | None = None) -> News:
    """Bring the remote and this machine to the same state.

    Raises:
        NotFoundError: there is no repository or no remote.
        GitError: the remote cannot be reached or refuses; nothing is lost.
    """
    root = _repository(desk.place, desk.id)
    side = side_of(desk)
    name = remote_name(root, remote or "")
    news = News(desk.id, name)
    news.notes += unrecorded.catch_up(desk)
    with _turn(desk):
        end = time.monotonic() + PATIENCE
        pause = 0.02
        while not _once(desk, root, side, news):
            if time.monotonic() > end:
                raise GitError(
                    f"others kept pushing for {PATIENCE:.0f} seconds, so it did not get through",
                    hint="everything is on record on this machine; run the same command again",
                )
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  spreads rivals apart, no secret
            pause = min(pause * 1.7, 1.0)
    return news


def _once(desk: Desk, root: Path, side: Side, news: News) -> bool:
    tip = shared.fetch_side(root, news.remote, side)
    news.first = not tip.commit
    arrival = take_in(desk, root, side, tip)
    _note_arrival(desk, arrival, news)
    files, sent, afresh = _outgoing(desk, root, tip)
    news.sent = sent
    if not afresh and {path: blob.oid for path, blob in files.items()} == {
        path: blob.oid for path, blob in tip.files.items()
    }:
        return True
    return shared.push_side(root, news.remote, side, files, over=tip, who=_who(desk, root), afresh=afresh)


def _note_arrival(desk: Desk, arrival: Arrival, news: News) -> None:
    news.came += arrival.entries
    news.notes += [note for note in arrival.notes if note not in news.notes]
    if arrival.replaced:
        count = len(arrival.replaced)
        news.notes.append(f"a secret was taken out of {count} entr{'ies' if count > 1 else 'y'} by somebody else")
    heard: dict[str, str] = {}
    for entry in arrival.entries:
        heard[entry.writer] = max(entry.id, heard.get(entry.writer, ""))
    if not all(map(is_quiet, arrival.entries)):  # else two people would tell each other for ever that they have heard
        desk.append("seen", {"seen": heard}, source="push")


def _outgoing(desk: Desk, root: Path, tip: Tip) -> tuple[dict[str, Blob], int, bool]:
    """What the remote shall hold; how many entries that adds; whether a secret was taken out of what it holds."""
    files = dict(tip.files)
    sent, scrubbed = 0, False
    datas = []
    journals = arrivals.journals(desk.filed, desk.folder)
    for name, content in journals.items():
        path = f"journal/{name}"
        blob = tip.files.get(path)
        there = b"" if blob is None else shared.read_blob(root, blob)
        ours, theirs = entry_lines(content), entry_lines(there)
        whole = join(there, shareable(content))
        merged = entry_lines(whole)
        datas += [raw["data"] for line in merged.values() if (raw := parsed(line))]
        new = [line for identity, line in ours.items() if identity not in theirs]
        sent += sum(b'"kind":"seen"' not in line for line in new)
        scrubbed = scrubbed or any(merged[identity] != line for identity, line in theirs.items())
        if whole != there:
            files[path] = shared.store_blob(root, whole)
    named = arrivals.named_evidence(datas)
    if all(path.removeprefix("journal/") in journals for path in tip.files if path.startswith("journal/")):
        for path in [path for path in files if evidence.is_evidence_path(path) and path not in named]:
            del files[path]  # its entry was scrubbed, and now names another file
            scrubbed = True
    kept = _kept_evidence(desk, named)
    for (path, _), blob in zip(kept, shared.store_files(root, [full for _, full in kept]), strict=True):
        scrubbed = scrubbed or (path in tip.files and tip.files[path].oid != blob.oid)
        files[path] = blob
    return files, sent, scrubbed


def _kept_evidence(desk: Desk, named: dict[str, str]) -> list[tuple[str, Path]]:
    """(path, where it lies) of evidence that is what its entry says."""
    found = []
    for path, digest in sorted(named.items()):
        folders = (folder for folder in (desk.folder, desk.filed) if folder)
        folder = next((each for each in folders if is_kept_evidence(each, path, digest)), None)
        if folder is not None:
            found.append((path, Path(folder, path)))
    return found


def join_document(identifier: str, *, repo: str | None = None, remote: str | None = None) -> tuple[Desk, News]:
    """Take part in an incident that somebody shares.

    Args:
        identifier: its id; ``ID/ULID`` where two incidents have the same one.
        repo: as ``--repo``.
        remote: its name.

    Raises:
        NotFoundError: nothing of that id is shared.
        BadInputError: several are, or another incident has that id on this machine.
        GitError: the remote cannot be reached.
    """
    place = find_place(repo)
    wanted, _, ulid = identifier.strip().upper().partition("/")
    wanted = cabinet.check_id(wanted)
    root = _repository(place, wanted)
    name = remote_name(root, remote or "")
    side = _pick(root, name, wanted, ulid)
    desk = _seat(place, side)
    known = desk.start is not None
    news = exchange(desk, remote=name)
    desk = Desk(desk.id, desk.folder, desk.filed, place)
    if desk.start is None:
        raise BadInputError(
            f"what is shared as {side.id} has no start on record, so it cannot be joined",
            hint="ask whoever shares it to run `runbook push` again",
        )
    data = desk.start.data
    card = {"title": str(data.get("title", "")), "zone": str(data.get("zone", "UTC"))}
    cabinet.write_card(desk.folder, {**desk.card, **card})
    desk = Desk(desk.id, desk.folder, desk.filed, place)
    _sit_down(desk)
    renew(place.repository, seconds=0.3)
    if not known:
        desk.append("communication", {"text": f"Joined from {places.host_name()}"}, source="push")
        news.sent += exchange(desk, remote=name).sent
    return desk, news


def shared_ids(repo: str | None = None, remote: str | None = None) -> tuple[str, list[Side]]:
    """The remote's name and what is shared there, newest first.

    Raises:
        NotFoundError, GitError: as for :func:`exchange`.
    """
    root = _repository(find_place(repo), "")
    name = remote_name(root, remote or "")
    return name, sorted(shared.shared_sides(root, name), key=lambda side: side.ulid, reverse=True)


def unshare(desk: Desk, *, remote: str | None = None) -> News:
    """Take the side ref off the remote, once everything on it is on record here.

    Raises:
        GitError: it cannot be reached or refuses.
    """
    root = _repository(desk.place, desk.id)
    side = side_of(desk)
    news = News(desk.id, remote_name(root, remote or ""))
    with _turn(desk):
        for _ in range(10):
            tip = shared.fetch_side(root, news.remote, side)
            _note_arrival(desk, take_in(desk, root, side, tip), news)
            if not tip.commit or shared.remove_side(root, news.remote, side, seen=tip.commit):
                return news
    raise GitError("others keep pushing to it", hint="run the same command again when they are done")


def _pick(root: Path, remote: str, identifier: str, ulid: str) -> Side:
    sides = shared.shared_sides(root, remote, identifier)
    if ulid:
        sides = [side for side in sides if side.ulid.endswith(ulid)]
    if not sides:
        others = sorted({side.id for side in shared.shared_sides(root, remote)}, reverse=True)[:5]
        raise NotFoundError(
            f"{identifier} is not shared on {remote}",
            hint=(f"shared there: {', '.join(others)}" if others else "nothing is shared there yet")
            + "\nwho works on it shares it with `runbook push`",
        )
    if len(sides) > 1:
        told = "\n".join(f"runbook join {side.id}/{side.ulid[-6:]}   {_about(root, remote, side)}" for side in sides)
        raise BadInputError(f"{len(sides)} different incidents go by {identifier}; which one?", hint=told)
    return sides[0]


def _about(root: Path, remote: str, side: Side) -> str:
    """Title and author of a shared document, in a few words."""
    tip = shared.fetch_side(root, remote, side)
    for path, blob in tip.files.items():
        if path.startswith("journal/"):
            for line in entry_lines(shared.read_blob(root, blob)).values():
                raw = parsed(line)
                if raw and raw.get("kind") == "start" and raw["data"].get("ulid") == side.ulid:
                    return f"{raw['data'].get('title', '')} ({raw.get('actor', '')})"
    return side.ulid


def _seat(place: Place, side: Side) -> Desk:
    """The folder on this machine for ``side``: the one there is, or a new one.

    Raises:
        BadInputError: another document has this id here.
    """
    folder = os.path.join(places.state_root(), place.key, side.id)
    shelf = cabinet.archive_folder(place.repository, side.id) if place.repository else ""
    filed = shelf if os.path.isfile(os.path.join(shelf, "record.yaml")) else None
    try:
        os.makedirs(os.path.dirname(folder), mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o700)
            if filed is None:
                cabinet.write_card(folder, {"repository": place.repository, "title": side.id, "ulid": side.ulid})
    except OSError as error:
        raise storage_error(error, folder) from error
    desk = Desk(side.id, folder, filed, place)
    if ulid_of(desk) != side.ulid:
        raise BadInputError(
            f"on this machine {side.id} is another incident: {desk.title or 'being declared just now'}",
            file=filed or folder,
            hint="the two are not mixed; file or share yours first, under its own number, or join from another clone"
            " or with another XDG_STATE_HOME",
        )
    if not desk.card:
        cabinet.write_card(folder, {"repository": place.repository, "ulid": side.ulid})
    return desk


def _sit_down(desk: Desk) -> None:
    from runbook.flow.declare import use

    use(desk)
    desk.git_user = str(cabinet.read_pointer().get("git_user", ""))


def _repository(place: Place, identifier: str) -> Path:
    if place.repository is None:
        who = f"{identifier} has no" if identifier else "this folder is in no"
        raise NotFoundError(
            f"{who} repository, so there is no remote to share through",
            hint="go to a clone of your team's repository of reports, or name it with --repo",
        )
    return Path(place.repository)


def _who(desk: Desk, root: Path) -> tuple[str, str]:
    """Name and address on the commit; git's rules for names are met whatever the actor is called."""
    actor = "".join(c for c in places.actor(git_user=desk.git_user) if c.isalnum() or c in " -_'")
    email = Git(root).read("config", "--get", "user.email").text
    return " ".join(actor.split()) or "runbook", email or f"runbook@{places.host_name()}"


def _turn(desk: Desk) -> contextlib.AbstractContextManager[None]:
    """One exchange of a document at a time on this machine."""
    return turn(os.path.join(os.path.dirname(desk.folder), f".sharing-{desk.id}"))
