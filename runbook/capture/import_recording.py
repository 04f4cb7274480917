"""What terminal recordings have in common: output over time becomes evidence that says when, and commands where marked.

Shells with integration put marks around what they do (OSC 133: A prompt, B command line, C output, D end with the exit
status; source: https://gitlab.freedesktop.org/Per_Bothner/specifications/-/blob/master/proposals/semantic-prompts.md).
Where a recording has them, its commands are known as if the shell had told us. Typed input is never looked at: it
holds passwords.
"""

from __future__ import annotations

import re
import urllib.parse
from datetime import timedelta
from typing import TYPE_CHECKING

from runbook.capture.imported import Imported, decode
from runbook.model.times import format_duration
from runbook.redact.escapes import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from runbook.capture.imported import Sink, Source

STAMP_EVERY = 5.0
"""Seconds after which the next line of output is preceded by the time."""

_LONGEST_COMMAND = 16 * 1024
_MARK = re.compile(rb"\x1b\]133;([ABCD])([^\x07\x1b\n]{0,4096})(?:\x07|\x1b\\)")
_OPEN = re.compile(rb"\x1b(?:\](?:1(?:3(?:3(?:;[^\x07\x1b\n]{0,4096}\x1b?)?)?)?)?)?\Z")


class Recording:
    """One recording while it is read.

    Args:
        source: gives the sink.
        began: when the recording began.
    """

    def __init__(self, source: Source, began: datetime) -> None:
        self.began = began
        self.seconds = 0.0
        self.size = 0
        self.sink: Sink = source.output()
        self._stamped: float | None = None
        self._at_line_start = True
        self._rest = b""
        self._typed: bytearray | None = None
        self._command = ""
        self._started = 0.0

    def moment(self) -> datetime | None:
        """The time it has come to; None if that is no time any more."""
        try:
            return self.began + timedelta(seconds=self.seconds)
        except (OverflowError, ValueError):
            return None

    def advance(self, seconds: float) -> bool:
        """Go on by ``seconds``; False if that is no length of time."""
        if not 0 <= seconds < 1e9:
            return False
        self.seconds += seconds
        return True

    def show(self, data: bytes) -> Iterator[Imported]:
        """Take output of this moment; gives the commands that ended in it."""
        if not data:
            return
        due = self._stamped is None or self.seconds - self._stamped >= STAMP_EVERY
        moment = self.moment()
        if due and self._at_line_start and moment is not None:
            self.sink.feed(f"[{moment:%Y-%m-%d %H:%M:%S%z}]\n".encode())
            self._stamped = self.seconds
        self.size += len(data)
        self.sink.feed(data)
        self._at_line_start = data.endswith(b"\n")
        yield from self._follow(data)

    def _follow(self, data: bytes) -> Iterator[Imported]:
        data = self._rest + data
        at = 0
        for mark in _MARK.finditer(data):
            self._type(data[at : mark.start()])
            at = mark.end()
            yield from self._obey(mark[1], decode(mark[2]))
        cut = _OPEN.search(data, at)
        self._rest = data[cut.start() :] if cut is not None and len(data) - cut.start() < 4200 else b""
        self._type(data[at : len(data) - len(self._rest)])

    def _type(self, data: bytes) -> None:
        if self._typed is not None and len(self._typed) < _LONGEST_COMMAND:
            self._typed += data

    def _obey(self, letter: bytes, said: str) -> Iterator[Imported]:
        if letter == b"B":
            self._typed = bytearray()
        elif letter == b"C":
            typed, self._typed = bytes(self._typed or b""), None
            option = next((part[12:] for part in said.split(";") if part.startswith("cmdline_url=")), None)
            self._command = (urllib.parse.unquote(option) if option else to_text(typed)).strip()
            self._started = self.seconds
        elif letter == b"D" and self._command:
            command, self._command = self._command, ""
            status = said.removeprefix(";").split(";")[0]
            yield Imported(
                self.began + timedelta(seconds=self._started),
                "command",
                command,
                duration=round(self.seconds - self._started, 3),
                exit_status=int(status) if status.isascii() and status.isdigit() and len(status) < 4 else None,
            )
        elif letter == b"A":
            self._typed = None

    def end(self, name: str, *, exit_status: int | None) -> Iterator[Imported]:
        """The recording as evidence; nothing if it showed nothing."""
        if not self.size:
            return
        note = format_duration(timedelta(seconds=self.seconds)) + (
            "" if exit_status is None else f", exit status {exit_status}"
        )
        yield Imported(
            self.began,
            "evidence",
            name,
            duration=round(self.seconds, 3),
            exit_status=exit_status,
            key=f"{self.began.timestamp():.0f} {self.seconds:.3f} {self.size} {name}",
            output=self.sink,
            extra={"note": note},
        )
