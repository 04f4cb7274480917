"""The door for what never ends: pipes and programs that are still running. Memory is bounded whatever comes.

Lines are put out as soon as they are complete, except where a private key or a block may go on. A line that is longer
than :data:`LONGEST` is put out in pieces; each piece is looked at together with what was put out before and what comes
after it, so that no secret escapes by lying across a cut.
"""

from __future__ import annotations

from codecs import getincrementaldecoder

from runbook.redact import escapes
from runbook.redact.lines import Lines, merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.redact.door import Door

LONGEST = 64 * 1024
"""Characters of an unfinished line that are held before pieces of it are put out."""

OVERLAP = 16 * 1024
"""Bytes at the end of such a piece that wait for what follows."""

CONTEXT = 4 * 1024
"""Bytes before a piece that are looked at again with it."""

_decoder = getincrementaldecoder("utf-8")
_ENDS = b" \t\"'`,;&<>()[]{}\\"
"""What ends a secret that is longer than everything we hold."""


class LineStream:
    """Cleans what it is fed, in pieces of any size, as if it had come in one.

    Args:
        door: makes the marks and counts them.
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self._decode = _decoder("surrogateescape").decode
        self._lines = Lines(door.mark)
        self._partial = ""
        self._before = b""
        self._long = False
        self._swallowing = False

    def feed(self, data: bytes) -> str:
        """Take more bytes and return the text that is ready."""
        return self._take(self._decode(data))

    def close(self) -> str:
        """The rest, once nothing more comes."""
        out = self._take(self._decode(b"", True))
        rest, self._partial = self._partial, ""
        if self._long:
            return out + self._end_long(rest)
        text = escapes.to_text(rest)
        self._door.notice(text)
        return out + self._lines.feed(text.encode(), last=True).decode()

    def _take(self, text: str) -> str:
        out: list[str] = []
        buffer = self._partial + text
        if self._long and "\n" in buffer:
            line, _, buffer = buffer.partition("\n")
            out.append(self._end_long(line) + "\n")
        cut = buffer.rfind("\n") + 1
        if cut:
            whole = escapes.to_text(buffer[:cut])
            self._door.notice(whole)
            out.append(self._lines.feed(whole.encode()).decode())
        self._partial = buffer[cut:]
        if len(self._partial) > LONGEST:
            self._partial = escapes.collapse(self._partial)
        while len(self._partial) > LONGEST:
            out.append(self._piece())
        return "".join(out)

    def _piece(self) -> str:
        """Put out the beginning of a line that is too long to wait for its end."""
        out = ""
        if not self._long:
            out = self._lines.feed(b"", last=True).decode()
            self._lines = Lines(self._door.mark)
            self._long = True
        window = self._partial[: 2 * LONGEST]
        tail = escapes.open_tail(window)
        tail = len(window) if len(window) - tail > OVERLAP else tail  # a sequence that never ends is text
        text = escapes.to_text(window[:tail])
        rest = window[tail:] + self._partial[2 * LONGEST :]
        self._door.notice(text)
        part = text.encode()
        if self._swallowing:
            part = self._swallow(part)
        full, floor = self._before + part, len(self._before)
        done, cut = self._cleaned(full, floor, max(floor, len(full) - OVERLAP))
        self._before = full[max(0, cut - CONTEXT) : cut]
        self._partial = full[cut:].decode("utf-8", "ignore") + rest
        return out + done.decode("utf-8", "ignore")

    def _end_long(self, rest: str) -> str:
        """The end of a line whose beginning was put out already."""
        part = escapes.to_text(rest).encode()
        if self._swallowing:
            part = self._swallow(part)
        full, floor = self._before + part, len(self._before)
        done, _ = self._cleaned(full, floor, len(full))
        self._before, self._long, self._swallowing = b"", False, False
        return done.decode("utf-8", "ignore")

    def _cleaned(self, full: bytes, floor: int, cut: int) -> tuple[bytes, int]:
        """``full`` from ``floor`` to about ``cut``, never cut within a secret or a character.

        Returns:
            What may be put out, and where it really ends.
        """
        while 0 < cut < len(full) and full[cut] & 0xC0 == 0x80:
            cut -= 1
        spans = merged(Lines(self._door.mark).spans(full))
        for span in spans:
            if span.start < cut < span.end:
                if span.end >= len(full) and span.start <= floor + OVERLAP // 4 and cut < len(full):
                    self._swallowing = True  # longer than all we hold: its mark stands for all of it
                    cut = span.end
                else:
                    cut = max(span.start, floor)
        out: list[bytes] = []
        at = floor
        for span in spans:
            if span.end <= floor or span.start >= cut:
                continue
            out += (full[at : max(span.start, at)], self._door.mark(span.kind, full[span.start : span.end]))
            at = max(at, span.end)
        out.append(full[at : max(cut, at)])
        return b"".join(out), max(cut, at)

    def _swallow(self, part: bytes) -> bytes:
        """Drop the rest of a secret whose mark was put out already."""
        end = next((index for index, byte in enumerate(part) if byte in _ENDS), -1)
        if end < 0:
            return b""
        self._swallowing = False
        return part[end:]
