"""Checklists: the files that come with the program, the team's own on top, and who ticked what when."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from runbook.errors import BadInputError, NotFoundError
from runbook.model.checklist import NAME, ChecklistFile, read_checklist
from runbook.model.times import iso
from runbook.model.wire import new_ulid
from runbook.record import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from runbook.flow.desk import Desk
    from runbook.model.record import Check

BUILTIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "checklists")
FOLDER = "checklists"
"""Of the team's own, at the top of its repository."""

OF_A_DEPLOYMENT = {"pre-change": "pre_checks", "deployment": "practice_checks", "after-deployment": "post_checks"}
"""The checklists that a deployment's report has sections for; others stand under their own names."""

_MAX_BYTES = 256 * 1024


def checklists(repository: str | None) -> dict[str, ChecklistFile]:
    """Every checklist by name, a team's own file before the built-in one of its name.

    Raises:
        BadInputError: a file is no checklist; names it.
    """
    found = {each.name: each for each in _folder(BUILTIN, "built-in")}
    if repository is not None:
        found.update((each.name, each) for each in _folder(os.path.join(repository, FOLDER), None))
    return dict(sorted(found.items()))


def own_items(repository: str, name: str) -> list[str] | None:
    """The boxes of the team's own checklist of that name; None where there is no such file."""
    path = os.path.join(repository, FOLDER, f"{name}.md")
    return list(_read(path, name, path).items) if os.path.isfile(path) else None


def find_checklist(repository: str | None, name: str) -> ChecklistFile:
    """The checklist of that name.

    Raises:
        NotFoundError: there is none.
    """
    known = checklists(repository)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise NotFoundError(f"there is no checklist {name!r}", hint=hint)
    return known[name]


def boxes(desk: Desk, wanted: ChecklistFile) -> list[Check]:
    """The checklist as it stands in a document: what was ticked keeps its tick, new boxes join."""
    from runbook.model.record import Check

    held = {check.text: check for check in _held(desk, wanted.name)}
    ordered = [held.pop(text) if text in held else Check(id=new_ulid(), text=text) for text in wanted.items]
    return [*ordered, *held.values()]


def tick(
    desk: Desk,
    wanted: ChecklistFile,
    *,
    done: Iterable[int] = (),
    undone: Iterable[int] = (),
    note: str = "",
) -> list[Check]:
    """Tick boxes with name and time, or take ticks back.

    Args:
        desk: the document.
        wanted: the checklist.
        done: numbers of boxes, from 1.
        undone: numbers of boxes whose tick is taken back; with a note, why they were not done.
        note: said of each of them.

    Raises:
        BadInputError: there is no box of that number.
    """
    found = boxes(desk, wanted)
    values = [check.model_dump(mode="json") for check in found]
    actor, now = desk.door.clean(places.actor(git_user=desk.git_user)), iso(desk.now())
    texts = []
    for number, ticked in [*((each, True) for each in done), *((each, False) for each in undone)]:
        if not 1 <= number <= len(values):
            raise BadInputError(f"there is no box {number}; {wanted.name} has {len(values)}")
        values[number - 1].update(done=ticked, by=actor if ticked else "", at=now if ticked else None, note=note)
        texts.append(f"{'☑' if ticked else '☐'} {values[number - 1]['text']}")
    if texts:
        _save(desk, wanted, values)
        why = f": {note}" if note else ""
        desk.append("verification", {"text": f"Checklist {wanted.title}: {', '.join(texts)}{why}"}, source="checklist")
    return boxes(desk, wanted)


def _held(desk: Desk, name: str) -> Sequence[Check]:
    document = desk.record()
    field = OF_A_DEPLOYMENT.get(name)
    if field is not None and desk.kind == "deployment":
        held: list[Check] = getattr(document, field)
        return held
    return next((each.checks for each in document.checklists if each.id == name), [])


def _save(desk: Desk, wanted: ChecklistFile, values: list[dict[str, Any]]) -> None:
    field = OF_A_DEPLOYMENT.get(wanted.name)
    if field is not None and desk.kind == "deployment":
        desk.append("answer", {"step": "checklist", "field": field, "value": values}, source="checklist")
        return
    kept = [each.model_dump(mode="json") for each in desk.record().checklists if each.id != wanted.name]
    kept.append({"id": wanted.name, "title": wanted.title, "checks": values})
    desk.append("answer", {"step": "checklist", "field": "checklists", "value": kept}, source="checklist")


def _folder(path: str, source: str | None) -> list[ChecklistFile]:
    try:
        names = sorted(os.listdir(path))
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = []
    for file in names:
        name, ending = os.path.splitext(file)
        if ending == ".md" and name != "README":
            full = os.path.join(path, file)
            found.append(_read(full, name, source or full))
    return found


def _read(path: str, name: str, source: str) -> ChecklistFile:
    if not NAME.match(name):
        raise BadInputError("a checklist's file is called like `rollback.md`: small letters, digits, -", file=path)
    try:
        with Path(path).open("rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8")
        return read_checklist(text, name=name, source=source)
    except UnicodeDecodeError as error:
        raise BadInputError(f"not UTF-8 at byte {error.start}", file=path) from None
    except ValueError as error:
        raise BadInputError(str(error), file=path) from None
    except OSError as error:
        raise BadInputError(f"cannot be read: {(error.strerror or str(error)).lower()}", file=path) from None
