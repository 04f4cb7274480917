"""A recorded shell as an asciicast, version 2, that public players replay.

A live terminal cannot be redacted as it comes: what is typed arrives letter by letter between cursor moves, and a
secret may lie across any cut. So nothing is written before a command ended, and then

- the prompt and the keys are not taken from the screen at all; the command's redacted line stands for them, so that no
  half-typed, deleted or hidden word is in the file,
- what the command printed is looked at as a whole. Where the door finds nothing, it is kept as it came, colours and
  timing included, without the sequences that a player should not obey. Where it finds something, its redacted text is
  kept instead, line by line at the time of each line.

Source of the format: https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import json
import re
from codecs import getincrementaldecoder

from runbook.redact.escapes import to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD = 256 * 1024
"""Bytes kept from the beginning of what a command printed."""
TAIL = 256 * 1024
"""Bytes kept from its end."""
WHOLE = 24 * 1024 * 1024
"""Characters of a recording after which only commands are written, no output."""
_LEAD = 64 * 1024  # bytes before the tail that are looked at with it: a secret that the cut tore begins in there

_UNWANTED = re.compile(
    rb"\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # titles, clipboards, device strings
    rb"|\x1b\[[0-?]*[ -/]*[^@A-HJ-MPSTXZa`dfhlmrsu0-?\x1b -/]"  # but not moving, erasing, colouring
    rb"|\x1b\[[<=>][0-?]*[ -/]*[@-~]"
    rb"|\x1b\[\?(?!(?:25|7)[hl])[0-?]*[ -/]*[@-~]"  # modes, but for the cursor and line wrap
    rb"|\x1b\[[0-?]*[ -/]*\Z|\x1b[^\[\]PX^_78MDE(]|\x1b\Z"
    rb"|[\x00-\x06\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]"
)


class Cast:
    """Writes one recording, a command at a time.

    Args:
        write: takes lines of the file; called only with what may be kept.
        clean: the door.
        columns, rows: of the terminal.
        began: seconds since 1970.
        title: of the recording, clean.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        clean: Callable[[str], str],
        *,
        columns: int,
        rows: int,
        began: float,
        title: str,
    ) -> None:
        self._write = write
        self._clean = clean
        self._began = began
        self._size = (columns, rows)
        self._written = 0
        self._latest = 0.0
        self._head: list[tuple[float, bytes]] = []
        self._tail: list[tuple[float, bytes]] = []
        self._sizes = [0, 0]
        self._dropped = 0
        header = {
            "version": 2,
            "width": columns,
            "height": rows,
            "timestamp": int(began),
            "idle_time_limit": 2.0,
            "title": title,
            "env": {"TERM": "xterm-256color"},
        }
        self._line(json.dumps(header, ensure_ascii=False))

    def hear(self, now: float, data: bytes) -> None:
        """What the command printed, at ``now`` (seconds since 1970)."""
        room = HEAD - self._sizes[0]
        if room > 0 and not self._tail:
            self._head.append((now, data[:room]))
            self._sizes[0] += len(data[:room])
            data = data[room:]
        if data:
            self._tail.append((now, data))
            self._sizes[1] += len(data)
        if self._sizes[1] > 2 * (TAIL + _LEAD):
            self._shorten()

    def _shorten(self) -> None:
        """Forget what is neither head nor tail."""
        excess = self._sizes[1] - TAIL - _LEAD
        at = 0
        while excess > 0:
            now, data = self._tail[at]
            if len(data) > excess:
                self._tail[at] = (now, data[excess:])
                self._dropped += excess
                self._sizes[1] -= excess
                break
            excess -= len(data)
            self._dropped += len(data)
            self._sizes[1] -= len(data)
            at += 1
        del self._tail[:at]

    def forget(self) -> None:
        """The command stays off the record."""
        self._head, self._tail, self._sizes, self._dropped = [], [], [0, 0], 0

    def command(self, line: str, folder: str, *, start: float, end: float, size: tuple[int, int]) -> None:
        """The command that printed all this.

        Args:
            line: its text, clean; its folder likewise.
            folder: where it ran.
            start: seconds since 1970.
            end: likewise.
            size: columns and rows of the terminal by now.
        """
        if size != self._size:
            self._size = size
            self._event(start, "r", f"{size[0]}x{size[1]}")
        self._event(start, "o", f"\x1b[0;1m{folder} $\x1b[0m {line}".replace("\n", "\r\n> ") + "\r\n")
        if self._written < WHOLE:
            self._output()
        elif self._head:
            self._event(end, "o", "… output left out: the recording is long enough …\r\n")
        if not ends_on_fresh_line(b"".join(data for _, data in (self._tail or self._head)[-4:])):
            self._event(end, "o", "\x1b[0m\r\n")
        self.forget()

    def _output(self) -> None:
        if self._dropped:
            self._shorten()
            head, tail = self._head, self._tail
            self._piece(head, 0)
            self._event(tail[0][0], "o", f"\x1b[0m\r\n… {self._dropped + _LEAD} bytes left out …\r\n")
            self._piece(tail, _LEAD)
        else:
            self._piece(self._head + self._tail, 0)

    def _piece(self, events: list[tuple[float, bytes]], lead: int) -> None:
        """Write a stretch of output, of which the first ``lead`` bytes are only looked at."""
        raw = b"".join(data for _, data in events)
        plain = to_text(raw)
        cleaned = self._clean(plain)
        if cleaned == plain:
            decode = getincrementaldecoder("utf-8")("replace").decode
            for now, data in _wanted(events, raw, lead):
                self._event(now, "o", decode(data))
            return
        times = [now for now, data in events for _ in range(data.count(b"\n"))] or [events[-1][0]]
        lines = cleaned.split("\n")
        first = to_text(raw[:lead]).count("\n") + 1 if lead else 0
        for number, text in enumerate(lines[first:], start=first):
            ending = "\r\n" if number < len(lines) - 1 else ""
            self._event(times[min(number, len(times) - 1)], "o", text + ending)

    def _event(self, now: float, kind: str, text: str) -> None:
        self._latest = max(now - self._began, self._latest)  # the shell's clock and ours need not agree
        if text:
            self._line(json.dumps([round(self._latest, 3), kind, text], ensure_ascii=False))

    def _line(self, line: str) -> None:
        self._written += len(line)
        self._write(line + "\n")


def ends_on_fresh_line(data: bytes) -> bool:
    """Whether the cursor stands at the beginning of a line after ``data``, as far as its end tells."""
    shown = to_text(data[-400:])
    return shown.endswith("\n") or not shown.strip()


def _wanted(events: list[tuple[float, bytes]], raw: bytes, lead: int) -> Iterator[tuple[float, bytes]]:
    """``events`` without their first ``lead`` bytes and what a player should not obey, wherever it is cut."""
    unwanted = _UNWANTED.finditer(raw)
    gap = next(unwanted, None)
    begin = 0
    for now, data in events:
        end = begin + len(data)
        at = max(begin, lead)
        kept = bytearray()
        while at < end:
            while gap is not None and gap.end() <= at:
                gap = next(unwanted, None)
            if gap is None or gap.start() >= end:
                kept += raw[at:end]
                break
            kept += raw[at : max(gap.start(), at)]
            at = min(gap.end(), end)
        begin = end
        if kept:
            yield now, bytes(kept)
