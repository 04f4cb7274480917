"""Entries that are about other entries: which is meant, what can be taken back, what can be corrected."""

from __future__ import annotations

from runbook.errors import BadInputError, NotFoundError
from runbook.model.wire import NOTE_KINDS
from runbook.record.journal import own_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from runbook.flow.desk import Desk
    from runbook.model.wire import Entry

AMENDABLE = (*NOTE_KINDS, "mark", "command", "evidence")
UNDOABLE = (*AMENDABLE, "set", "amend", "left-out", "offset")


def live_entries(desk: Desk) -> list[Entry]:
    """Entries that stand: those nobody took back, by ULID."""
    entries = desk.entries()
    undone = {str(entry.data.get("target")) for entry in entries if entry.kind == "undo"}
    return [entry for entry in entries if entry.kind != "undo" and entry.id not in undone]


def last_undoable(desk: Desk) -> Entry:
    """The newest entry that ``undo`` may take back: of this machine's own, where several people record.

    Raises:
        NotFoundError: there is none.
    """
    entry = _newest([entry for entry in live_entries(desk) if entry.kind in UNDOABLE], desk)
    if entry is None:
        raise NotFoundError(f"nothing to take back in {desk.id}")
    return entry


def _newest(entries: list[Entry], desk: Desk) -> Entry | None:
    """The newest of our own entries; without any of ours the newest at all, if they are of one writer only."""
    ours = own_name(desk.folder)
    mine = [entry for entry in entries if entry.writer == ours]
    if mine or len({entry.writer for entry in entries}) > 1:
        return mine[-1] if mine else None
    return entries[-1] if entries else None


def find_entry(desk: Desk, reference: str, *, kinds: tuple[str, ...] = AMENDABLE) -> Entry:
    """The entry of one of ``kinds`` that a person means: the end of its id, ``last``, or a time only one entry has.

    Raises:
        NotFoundError: there is none.
        BadInputError: it fits several.
    """
    entries = [entry for entry in live_entries(desk) if entry.kind in kinds]
    if reference == "last" and (newest := _newest(entries, desk)) is not None:
        return newest
    wanted = reference.upper()
    found = [entry for entry in entries if entry.id.endswith(wanted) and len(wanted) >= 4]
    if not found and len(reference) == 5 and reference[2] == ":":
        found = [entry for entry in entries if entry.at[11:16] == reference]
    if not found:
        raise NotFoundError(
            f"no entry {reference!r} in {desk.id}", hint="`runbook show --entries` lists them with their ids"
        )
    if len(found) > 1:
        listed = "\n".join(f"{entry.id[-6:]}  {entry.at[11:19]}  {describe(entry)}" for entry in found)
        raise BadInputError(f"{reference!r} fits {len(found)} entries; use the id in front", hint=listed)
    return found[0]


def describe(entry: Entry) -> str:
    """One entry in a few words, for lists."""
    return _WORDS.get(entry.kind, _text)(entry.data, entry.kind)


def _text(data: Mapping[str, Any], kind: str) -> str:
    return str(data.get("text", kind))


def _command(data: Mapping[str, Any], _kind: str) -> str:
    status = data.get("exit_status")
    return f"$ {data.get('command', '')}" + ("" if status in (0, None) else f"  exit {status}")


def _amend(data: Mapping[str, Any], _kind: str) -> str:
    changes = dict(data.get("changes") or {})
    return f"corrects {str(data.get('target'))[-6:]}: " + ", ".join(f"{k} = {v}" for k, v in changes.items())


_WORDS: dict[str, Callable[[Mapping[str, Any], str], str]] = {
    "command": _command,
    "amend": _amend,
    "mark": lambda data, _: str(data.get("milestone", "")) + (f": {data['note']}" if data.get("note") else ""),
    "set": lambda data, _: f"{data.get('field')} = {data.get('value')}",
    "finding": lambda data, _: f"{data.get('signature')}: {data.get('title', '')}",
    "evidence": lambda data, _: f"attached {data.get('name') or data.get('path')}",
    "seen": lambda _data, _: "read what others had recorded",
    "offset": lambda data, _: f"clock of {data.get('clock')}: {data.get('seconds')} s ahead",
    "start": lambda data, _: f"declared: {data.get('title', '')}",
}
