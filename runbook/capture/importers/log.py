"""Plain logs with times at the beginnings of lines: RFC 3339, syslog, nginx, Apache, klog, epochs, logfmt, JSON lines.

A line without a time belongs to the one before it (a stack trace). A date without a year is the newest such date that
is not in the future; a time without a zone is on the incident's clock, or the one that ``--zone`` names.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runbook.capture.import_stamps import Stamped, StampReader
from runbook.capture.imported import Imported, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.capture.imported import Source

NAME = "log"
MOST_LINES = 200
MOST_BYTES = 64 * 1024
NO_TIME = "lines before the first one with a time"
TOO_MANY = f"lines of entries that are longer than {MOST_LINES} lines"
_LOOKED_AT = 40


def sniff(head: bytes, _name: str) -> int:
    """How many of the first lines begin with a time. Every format of its own is surer of itself."""
    lines = [line for line in head.split(b"\n")[:_LOOKED_AT] if line.strip()]
    if not lines or b"\0" in head:
        return 0
    reader = StampReader(_Probe())
    stamped = sum(reader.read(line.rstrip(b"\r")) is not None for line in lines)
    return 15 + 20 * stamped // len(lines) if stamped else 0


class _Probe:
    """A clock for looking only."""

    zone = UTC

    def __init__(self) -> None:
        self.now = datetime.now(UTC)


def parse(source: Source) -> Iterator[Imported]:
    """Its lines that have a time, each with the lines that belong to it."""
    reader = StampReader(source, source.window)
    begun: Stamped | None = None
    wanted = False
    number, size = 0, 0
    more: list[bytes] = []
    for at, raw in source.lines():
        line = raw.rstrip(b"\r")
        stamped = reader.read(line)
        if stamped is not None:
            if begun is not None and wanted:
                yield _entry(begun, more, number)
                size, more = 0, []
            begun, number, wanted = stamped, at, source.wants(stamped.at)
        elif begun is None:
            source.skip(NO_TIME, bool(line.strip()))
        elif not wanted:
            continue
        elif len(more) < MOST_LINES and size < MOST_BYTES:
            more.append(line)
            size += len(line)
        else:
            source.skip(TOO_MANY)
    if begun is not None and wanted:
        yield _entry(begun, more, number)


def _entry(stamped: Stamped, more: list[bytes], number: int) -> Imported:
    host, text = stamped.said()
    if more:
        joined = b"\n".join(more)
        text = f"{text}\n{decode(joined)}".rstrip()
    return Imported(stamped.at, "observation", text or "(an empty line)", actor=host, line=number)
