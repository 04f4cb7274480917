"""asciicast, version 2 and 3: what asciinema records, JSON Lines.

The first line describes the session; each other line is ``[time, code, data]``. In version 2 the time counts from the
beginning, in version 3 from the event before; version 3 has comments (``#``) and the exit status (``x``). Input
(``i``) is never read: it holds what was typed blindly. Source: https://docs.asciinema.org/manual/asciicast/v3/.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from runbook.capture.import_json import table, words
from runbook.capture.import_recording import Recording
from runbook.capture.import_times import from_epoch
from runbook.capture.imported import Imported, decode
from runbook.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.capture.imported import Source

NAME = "asciicast"
_HEADER = re.compile(rb'\s*\{(?=[^\n]*"version"\s*:\s*\d)(?=[^\n]*"(?:width|term|height)"\s*:)')
INPUT = "input events (what was typed may hold passwords)"


def sniff(head: bytes, name: str) -> int:
    """By its first line."""
    if _HEADER.match(head[:8192]):
        return 90
    return 40 if name.endswith(".cast") else 0


def parse(source: Source) -> Iterator[Imported]:
    """Its markers as notes, its marked commands, and the whole as evidence.

    Raises:
        BadInputError: no asciicast, of another version, or without a time.
    """
    lines = source.lines()
    header = _load(next((raw for _number, raw in lines), b""))
    if not isinstance(header, dict) or header.get("version") not in (2, 3):
        version = table(header).get("version")
        raise BadInputError(
            "this is no asciicast"
            if version is None
            else f"asciicast version {words(version) or '?'} is not known here",
            file=source.name,
            line=1,
            hint="versions 2 and 3 are read; `asciinema convert` turns others into them",
        )
    began = source.began or from_epoch(header.get("timestamp"))
    if began is None:
        raise BadInputError("the recording does not say when it began", file=source.name, hint="add --at TIME")
    recording = Recording(source, began.astimezone(source.clock))
    status: int | None = None
    for number, raw in lines:
        if not raw.strip() or raw.startswith(b"#"):
            continue
        event = _load(raw)
        if not _is_event(event) or not _advance(recording, event[0], absolute=header["version"] == 2):
            source.problem(number, "this is no event of an asciicast")
            continue
        if event[1] == "x":
            status = int(event[2]) if event[2].strip().isascii() and event[2].strip().isdigit() else None
        yield from _take(recording, source, event[1], event[2], number)
    yield from recording.end(_name(header), exit_status=status)


def _load(raw: bytes) -> Any:
    try:
        return json.loads(decode(raw))
    except (ValueError, RecursionError):
        return None


def _is_event(event: Any) -> bool:
    return (
        isinstance(event, list)
        and len(event) == 3
        and isinstance(event[0], (int, float))
        and isinstance(event[1], str)
        and isinstance(event[2], str)
    )


def _advance(recording: Recording, time: float, *, absolute: bool) -> bool:
    if not absolute:
        return recording.advance(time)
    if not -1e9 < time < 1e9:
        return False
    return recording.advance(max(time - recording.seconds, 0))  # a clock set back does not turn time around


def _take(recording: Recording, source: Source, code: str, data: str, number: int) -> Iterator[Imported]:
    if code == "o":
        yield from recording.show(data.encode("utf-8", "backslashreplace"))
    elif code == "i":
        source.skip(INPUT)
    elif code == "m":
        moment = recording.moment()
        if moment is not None:
            yield Imported(moment, "note", f"Marker: {data.strip() or 'without a name'}", line=number)


def _name(header: dict[str, Any]) -> str:
    title = words(header.get("title")) or words(header.get("command")) or words(table(header.get("env")).get("SHELL"))
    return f"terminal recording{': ' + title if title else ''}"
