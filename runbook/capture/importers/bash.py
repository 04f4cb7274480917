"""bash history with times (``HISTTIMEFORMAT`` set): ``#1672918999`` on a line of its own, the command after it.

As bash itself reads it (bash(1), HISTORY): if the file begins with a time, everything up to the next time is one
command; otherwise a time belongs to the one line after it. bash keeps neither exit status nor duration.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.capture.import_times import from_epoch
from runbook.capture.imported import Imported, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.capture.imported import Source

NAME = "bash"
_TIME = re.compile(rb"#(\d{9,11})\s*\Z")
_TIME_LINE = re.compile(rb"(?m)^#\d{9,11}\r?$")
_MOST_LINES = 2000
NO_TIMES = "commands without a time (bash keeps times only where HISTTIMEFORMAT is set)"


def sniff(head: bytes, name: str) -> int:
    """By its lines that are times; by its name where there are none, to say what is missing."""
    if _TIME_LINE.search(head[:8192]):
        return 90
    return 40 if name.endswith("bash_history") else 0


def parse(source: Source) -> Iterator[Imported]:
    """Its commands, as far as they have a time."""
    command = _Command()
    several = False
    for number, raw in source.lines():
        time = _TIME.match(raw)
        if time is not None:
            several = several or number == 1
            yield from command.end(source)
            command.begin(time[1], number)
        elif command.time is None:
            source.skip(NO_TIMES, bool(raw.strip()))
        else:
            command.lines.append(raw)
            if not several or len(command.lines) >= _MOST_LINES:
                yield from command.end(source)
    yield from command.end(source)


class _Command:
    def __init__(self) -> None:
        self.time: bytes | None = None
        self.number = 0
        self.lines: list[bytes] = []

    def begin(self, time: bytes, number: int) -> None:
        self.time, self.number = time, number

    def end(self, source: Source) -> Iterator[Imported]:
        text = decode(b"\n".join(self.lines)).strip()
        if self.time is not None and text:
            at = from_epoch(self.time.decode())
            if at is None:
                source.problem(self.number, f"{self.time.decode()} is no plausible time")
            else:
                yield Imported(at, "command", text, line=self.number + 1)
        self.time, self.lines = None, []
