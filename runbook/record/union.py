"""Two states of a journal as one. Journals only grow and each has one writer, so joining them loses nothing.

An entry is known by its id. Where one id has two versions, a secret was taken out of one of them (``scrub``): the one
with more marks wins, whoever sends which first, so that a scrubbed secret does not come back with the next exchange.
Torn lines hold no entry; they stay in the file in which they were torn and do not travel. Standard library only.
"""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from runbook.model.wire import Entry

ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
JOURNAL_NAME = re.compile(r"[\w][\w-]{0,180}\.jsonl")
"""A journal's file name: letters (of any script), digits, ``_`` and ``-``; nothing that could leave its folder."""


def entry_id(line: bytes) -> str:
    """The id of the entry on ``line``; empty where it holds none."""
    raw = parsed(line)
    return "" if raw is None else str(raw["id"])


def parsed(line: bytes) -> dict[str, Any] | None:
    """The object on ``line``, or None where that is no journal entry."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict) or not isinstance(raw.get("data"), dict):
        return None
    identity = raw.get("id")
    return raw if isinstance(identity, str) and ULID.fullmatch(identity) else None


def lines_of(content: bytes) -> Iterator[tuple[str, bytes]]:
    """(id, line without its newline) of every line that is not blank; the id is empty for a torn one."""
    for line in content.split(b"\n"):
        if line.strip():
            yield entry_id(line), line


def entry_lines(content: bytes) -> dict[str, bytes]:
    """The line of every entry by id, in the order of the file; the better one where an id stands twice."""
    found: dict[str, bytes] = {}
    for identity, line in lines_of(content):
        if identity:
            found[identity] = better(found[identity], line) if identity in found else line
    return found


def better(one: bytes, other: bytes) -> bytes:
    """Of two versions of an entry the one from which more was taken out; the choice does not depend on their order."""
    return max(one, other, key=lambda line: (line.count(b"[redacted:"), line))


def shareable(content: bytes) -> bytes:
    """What of a journal travels: its entries, without torn lines."""
    return b"".join(line + b"\n" for line in entry_lines(content).values())


def join(ours: bytes, theirs: bytes) -> bytes:
    """``ours`` with every entry that only ``theirs`` has after it, and with the better version of each.

    ``ours`` comes back as it is, byte for byte, if ``theirs`` has nothing to add.
    """
    known, other = entry_lines(ours), entry_lines(theirs)
    better_ones = {
        identity: other[identity]
        for identity, line in known.items()
        if identity in other and better(line, other[identity]) != line
    }
    more = [line for identity, line in other.items() if identity not in known]
    if not better_ones and not more:
        return ours
    kept = [better_ones.get(identity, line) for identity, line in lines_of(ours)]
    return b"".join(line + b"\n" for line in [*kept, *more])


def once(entries: list[Entry]) -> list[Entry]:
    """``entries`` without what several people have imported: an event of a source (``source_key``) stands once.

    Of several the one with the lowest id stays, whoever looks; one that was taken back makes room for another.
    """
    keyed = [entry for entry in entries if "source_key" in entry.data]
    if len({entry.writer for entry in keyed}) < 2:
        return entries
    undone = {str(entry.data.get("target")) for entry in entries if entry.kind == "undo"}
    first: dict[tuple[str, str], Entry] = {}
    for entry in keyed:
        if entry.id not in undone:
            first.setdefault((entry.source, str(entry.data["source_key"])), entry)
    gone = {
        entry.id
        for entry in keyed
        if (kept := first.get((entry.source, str(entry.data["source_key"])))) is not None
        and kept is not entry
        and kept.writer != entry.writer
        and entry.id not in undone
    }
    return [entry for entry in entries if entry.id not in gone]
