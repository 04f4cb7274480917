"""The cabinet's drawers: ids, folders, and the pointer to the current document. Hot path: standard library only.

A running document lies in ``<state root>/<repository key>/<id>/``, a filed one in
``<repository>/incidents/<year>/<id>/``.
"""

from __future__ import annotations

import json
import os
import re

from runbook.errors import BadInputError, NotFoundError
from runbook.record.places import UNFILED, state_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

ID = re.compile(r"^(INC|DEP)-(\d{4})-(\d{2})-(\d{2})-(\d{3,6})$")
PREFIX = {"incident": "INC", "deployment": "DEP"}
ARCHIVE = "incidents"
_POINTER = "current"
_CARD = ".card.json"


def check_id(text: str) -> str:
    """``text`` as an id, upper-cased.

    Raises:
        BadInputError: it is none.
    """
    wanted = text.strip().upper()
    if not ID.match(wanted):
        raise BadInputError(
            f"{text!r} is not an id", hint="ids look like INC-2026-02-11-001; `runbook list` shows what there is"
        )
    return wanted


def archive_folder(repository: str, identifier: str) -> str:
    """Where the document lies once it is filed. The year is the id's."""
    return os.path.join(repository, ARCHIVE, identifier[4:8], identifier)


def take_id(
    document: str, date: str, key: str, repository: str | None, *, also_taken: Iterable[str] = ()
) -> tuple[str, str]:
    """Take the next free id of that UTC date by an atomic ``mkdir``; any number of processes may do so at once.

    Args:
        document: ``incident`` or ``deployment``.
        date: ``YYYY-MM-DD``, UTC.
        key: the repository's folder name under the state root.
        repository: the repository, whose filed documents keep their ids; None where there is none.
        also_taken: ids that are not free besides, such as those of the team's remote.

    Returns:
        The id and the new, empty folder of mode 0700.
    """
    parent = os.path.join(state_root(), key)
    os.makedirs(parent, mode=0o700, exist_ok=True)
    stem = f"{PREFIX[document]}-{date}-"
    taken = [0, *(int(name[len(stem) :]) for name in also_taken if name.startswith(stem) and ID.match(name))]
    folders = [parent] if repository is None else [parent, os.path.join(repository, ARCHIVE, date[:4])]
    for folder in folders:
        if os.path.isdir(folder):
            taken += [int(name[len(stem) :]) for name in os.listdir(folder) if name.startswith(stem) and ID.match(name)]
    number = max(taken) + 1
    while True:
        identifier = f"{stem}{number:03d}"
        folder = os.path.join(parent, identifier)
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            number += 1
            continue
        if repository is not None and os.path.exists(archive_folder(repository, identifier)):
            os.rmdir(folder)  # filed between the listing and the mkdir
            number += 1
            continue
        return identifier, folder


def write_card(folder: str, card: Mapping[str, str | None]) -> None:
    """Write a running document's card: ``repository``, ``title``, ``zone``. What the hot path needs without a fold."""
    path = os.path.join(folder, _CARD)
    trial = f"{path}.{os.getpid()}"
    with open(trial, "w", encoding="utf-8") as file:
        json.dump(dict(card), file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(trial, path)


def read_card(folder: str) -> dict[str, str]:
    """A running document's card; empty where there is none yet."""
    try:
        with open(os.path.join(folder, _CARD), encoding="utf-8") as file:
            card = json.load(file)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return {name: value for name, value in card.items() if isinstance(value, str)} if isinstance(card, dict) else {}


def running(key: str | None = None) -> Iterator[tuple[str, str]]:
    """(id, folder) of every running document on this machine, of one repository or of all, oldest first."""
    root = state_root()
    try:
        keys = [key] if key is not None else sorted(os.listdir(root))
    except FileNotFoundError:
        return
    for name in keys:
        parent = os.path.join(root, name)
        if not os.path.isdir(parent):
            continue
        for identifier in sorted(os.listdir(parent)):
            folder = os.path.join(parent, identifier)
            if ID.match(identifier) and os.path.isdir(folder):
                yield identifier, folder


def filed(repository: str) -> Iterator[tuple[str, str]]:
    """(id, folder) of every filed document in ``repository``, oldest first."""
    archive = os.path.join(repository, ARCHIVE)
    if not os.path.isdir(archive):
        return
    for year in sorted(name for name in os.listdir(archive) if re.fullmatch(r"\d{4}", name)):
        folder = os.path.join(archive, year)
        for identifier in sorted(os.listdir(folder)):
            if ID.match(identifier) and os.path.isfile(os.path.join(folder, identifier, "record.yaml")):
                yield identifier, os.path.join(folder, identifier)


def find(identifier: str, *, key: str | None, repository: str | None) -> tuple[str | None, str | None]:
    """(running folder, filed folder) of ``identifier``, each None where it is not.

    The repository's own running documents come first; an id of another repository is found if it is the only one.

    Raises:
        NotFoundError: it is nowhere, or in several repositories.
    """
    identifier = check_id(identifier)
    own = os.path.join(state_root(), key or UNFILED, identifier)
    folder: str | None = own if os.path.isdir(own) else None
    shelf = archive_folder(repository, identifier) if repository else None
    if shelf is not None and not os.path.isfile(os.path.join(shelf, "record.yaml")):
        shelf = None
    if folder is None and shelf is None:
        later = renumbered(identifier, key=key, repository=repository)
        if later:
            return find(later, key=key, repository=repository)
        others = [path for name, path in running() if name == identifier]
        if len(others) > 1:
            raise NotFoundError(f"{identifier} is running in {len(others)} repositories", hint="name one with --repo")
        folder = others[0] if others else None
    if folder is None and shelf is None:
        raise astray(repository, identifier)
    return folder, shelf


def astray(repository: str | None, identifier: str) -> NotFoundError:
    """Why a document is not where it is looked for, and what to do: moved, without its record, or not there at all."""
    archive = os.path.join(repository or "", ARCHIVE)
    for year in sorted(os.listdir(archive)) if repository and os.path.isdir(archive) else ():
        if not os.path.isdir(os.path.join(archive, year, identifier)):
            continue
        place, right = f"{ARCHIVE}/{year}/{identifier}", f"{ARCHIVE}/{identifier[4:8]}/{identifier}"
        if not os.path.isfile(os.path.join(archive, year, identifier, "record.yaml")):
            file = f"{place}/record.yaml"
            hint = f"`git log -- {file}` shows where it went"
            return NotFoundError("there is no record beside the report", file=file, hint=hint)
        if place != right:
            return NotFoundError("lies where nothing looks for it", file=place, hint=f"git mv {place} {right}")
    return NotFoundError(f"there is no {identifier}", hint="`runbook list` shows what there is")


def renumbered(identifier: str, *, key: str | None, repository: str | None) -> str:
    """The id of the document that was ``identifier`` before it was renumbered; empty where there is none.

    A new id is always of the same kind and day, so only those few are looked at.
    """
    stem = identifier[:15]
    own = os.path.join(state_root(), key or UNFILED)
    for name in os.listdir(own) if os.path.isdir(own) else ():
        if name.startswith(stem) and identifier in read_card(os.path.join(own, name)).get("former", "").split():
            return name
    shelves = os.path.dirname(archive_folder(repository, identifier)) if repository else ""
    for name in sorted(os.listdir(shelves)) if os.path.isdir(shelves) else ():
        if name.startswith(stem) and identifier in _aliases(os.path.join(shelves, name, "record.yaml")):
            return name
    return ""


def _aliases(record: str) -> list[str]:
    """The earlier ids in a record, from its text alone: reading YAML would cost the hot path a tenth of a second."""
    try:
        with open(record, encoding="utf-8", errors="replace") as file:
            lines = file.read(65536).splitlines()
    except OSError:
        return []
    if "aliases:" not in lines:
        return []
    found: list[str] = []
    for line in lines[lines.index("aliases:") + 1 :]:
        if not line.startswith("- "):
            break
        found.append(line[2:].strip().strip("'\""))
    return found


def read_pointer() -> dict[str, Any]:
    """What the per-user pointer says: ``id``, ``folder``, ``git_user``, ``zone``; empty where there is none."""
    try:
        with open(os.path.join(state_root(), _POINTER), encoding="utf-8") as file:
            pointer = json.load(file)
    except (FileNotFoundError, ValueError):
        return {}
    return pointer if isinstance(pointer, dict) else {}


def write_pointer(pointer: dict[str, Any] | None) -> None:
    """Make another document current, or none."""
    path = os.path.join(state_root(), _POINTER)
    if pointer is None:
        try:
            os.unlink(path)
        except FileNotFoundError:
            return
        return
    os.makedirs(state_root(), mode=0o700, exist_ok=True)
    trial = f"{path}.{os.getpid()}"
    descriptor = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(pointer, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(trial, path)
