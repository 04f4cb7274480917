"""Where a recorded shell's commands begin and end in what its terminal prints.

The shell code that we inject prints marks in the form of OSC 133 (https://gitlab.freedesktop.org/Per_Bothner/specifications/-/blob/master/proposals/semantic-prompts.md),
``133;C`` before and ``133;D;STATUS`` after a command, with an ``aid`` that only this session knows: the marks of other
shells inside, or of a program that would like to end its own record, are not ours. Switching to the alternate screen is
seen too: what a full-screen program draws is no output that anybody could read later.

Hot path: standard library only.
"""

from __future__ import annotations

import re

BEGIN, END, TEXT, FULL, BACK = "begin", "end", "text", "full", "back"

_PARTIAL = re.compile(rb"\x1b(?:\](?:1(?:3(?:3(?:;[CD;0-9a-z=.A-Z-]{0,200})?)?)?)?|\[(?:\?[0-9]{0,4})?)?\Z")
_LONGEST = 220


class Part:
    """A piece of what the terminal printed.

    Attributes:
        kind: ``text``, ``begin``, ``end``, ``full`` (a full-screen program began), ``back`` (and ended).
        data: the text; of ``end``, the name of the command's file or nothing.
        status: of ``end``, the exit status.
        shown: where the piece ends in the bytes that were fed last.
    """

    __slots__ = ("data", "kind", "shown", "status")

    def __init__(self, kind: str, data: bytes, shown: int, status: int = 0) -> None:
        self.kind = kind
        self.data = data
        self.shown = shown
        self.status = status


class MarkReader:
    """Finds the marks in a stream that comes in pieces of any size.

    Args:
        nonce: the session's own ``aid``.
    """

    def __init__(self, nonce: str) -> None:
        self._pattern = re.compile(
            rb"\x1b(?:\]133;(?:(?P<begin>C)|D;(?P<status>[0-9]{1,3}));aid=%s(?:;(?P<name>[0-9A-Za-z.-]{0,100}))?\x07"
            rb"|\[\?(?:1049|1047|47)(?P<screen>[hl]))" % nonce.encode()
        )
        self._held = b""

    def feed(self, data: bytes) -> list[Part]:
        """The pieces of ``data``. The beginning of a mark at its end is kept for the next call."""
        before = len(self._held)
        buffer = self._held + data if before else data
        self._held = b""
        parts: list[Part] = []
        at = 0
        if b"\x1b" in buffer:
            for match in self._pattern.finditer(buffer):
                self._text(parts, buffer[at : match.start()], match.start() - before)
                at = match.end()
                parts.append(_part(match, at - before))
            tail = buffer.rfind(b"\x1b", max(at, len(buffer) - _LONGEST))
            if tail >= 0 and _PARTIAL.match(buffer, tail):
                self._held = buffer[tail:]
                buffer = buffer[:tail]
        self._text(parts, buffer[at:], len(buffer) - before)
        return parts

    def _text(self, parts: list[Part], data: bytes, shown: int) -> None:
        if data:
            parts.append(Part(TEXT, data, max(shown, 0)))


def _part(match: re.Match[bytes], shown: int) -> Part:
    if match["screen"]:
        return Part(FULL if match["screen"] == b"h" else BACK, b"", shown)
    if match["begin"]:
        return Part(BEGIN, b"", shown)
    return Part(END, match["name"] or b"", shown, int(match["status"]))
