"""Bytes and terminal output to plain text: valid UTF-8, and no control character but newline and tab.

What a terminal would *show* is kept, what it would *obey* goes: escape sequences vanish, and carriage returns,
backspaces and cursor moves within a line overwrite as they do on a screen, so that a progress bar becomes its last
state. This runs before secrets are looked for; ``\x1b[32mAKIA…`` and a token split by colour codes are found because
of it.

Every sequence ends at its terminator or, if that never comes, at the end of its line: one lost terminator must not
swallow the rest of a log. Everything here takes time linear in its input. Sequences as in ECMA-48 and
https://invisible-island.net/xterm/ctlseqs/ctlseqs.html.
"""

from __future__ import annotations

from runbook.model.lazy import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LINE_COLUMNS = 200
"""Columns up to which a cursor move may pad a line with blanks; a hostile move cannot make a text grow further."""

_PLAIN = bytes(set(range(0x20)) - {0x09, 0x0A} | {0x7F})
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNWANTED = lazy(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}\ud800-\udfff]")
_DROP = lazy(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}]")

# Raw 8-bit controls reach us as lone surrogates (U+DC9B is the byte 0x9B). Text in an old 8-bit encoding has such bytes
# as letters, so these count as controls only when the whole sequence is there.
_SEQUENCE = lazy(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*(?P<final>[@-~])?"  # CSI, possibly cut short
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d\x9e\x9f])"  # OSC, DCS, SOS, PM, APC: a string …
    "[^\n\x07\x18\x1a\x1b\x9c\udc9c]*(?:\x07|\x18|\x1a|\x1b\\\\|\x9c|\udc9c)?"  # … up to BEL, ST, CAN or SUB
    r"|\x1b[ -/]*[0-~]?"  # two-character sequences and character sets
    r"|\udc9b[0-?]*[ -/]*(?P<raw>[@-~])"
    "|[\udc90\udc98\udc9d\udc9e\udc9f][^\n\x07\x1b\x9c\udc90\udc98\udc9b-\udc9f]*(?:\x07|\x1b\\\\|\x9c|\udc9c)"
)
_MOVES = lazy(r"[\r\x08]|(?:\x1b\[|[\x9b\udc9b])[0-?]*[CDGKPX`a]")
_STEP = lazy(r"\r|\x08|" + _SEQUENCE.pattern)
_OPEN_TAIL = lazy(
    "(?:\x1b[ -/]*|(?:\x1b\\[|[\x9b\udc9b])[0-?]*[ -/]*"
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d\x9e\x9f\udc90\udc98\udc9d\udc9e\udc9f])[^\n\x07\x18\x1a\x1b\x9c\udc9c]*\x1b?)\\Z"
)


def to_text(data: str | bytes) -> str:
    """The text in ``data`` as a reader would see it on a screen.

    Bytes that are not UTF-8 become ``\\xNN``, lone surrogates ``\\uNNNN``; the result always encodes to UTF-8.
    """
    if isinstance(data, bytes):
        if data.isascii() and len(data.translate(None, _PLAIN)) == len(data):
            return data.decode("ascii")
        text = data.decode("utf-8", "surrogateescape")
    else:
        text = data
    if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
        return text  # what is taken out never counts as printable, and this needs no pattern
    if _UNWANTED.search(text) is None:
        return text
    return plain(text)


def plain(text: str) -> str:
    """Take out sequences and controls of a text that may hold raw bytes as surrogates (see :func:`to_text`)."""
    text = text.replace("\r\n", "\n")
    if _MOVES.search(text) is not None:
        text = "\n".join(_as_shown(line) if _MOVES.search(line) else line for line in text.split("\n"))
    text = _DROP.sub("", _SEQUENCE.sub("", text))
    if text.isascii():
        return text
    return readable(text)


def readable(text: str) -> str:
    """Lone surrogates as text: raw bytes as ``\\xNN``, others as ``\\uNNNN``."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half a surrogate pair that never was a byte
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


def open_tail(text: str) -> int:
    """Where a sequence begins that ``text`` (part of a line) cuts off, or ``len(text)``."""
    last = max(text.rfind(start) for start in "\x1b\x9b\x90\x98\x9d\x9e\x9f\udc9b\udc90\udc98\udc9d\udc9e\udc9f")
    if last < 0:
        return len(text)
    if text[last] == "\x1b" and last:
        # The escape may be the first half of the terminator of a string that began before it.
        string = max(text.rfind(start, 0, last) for start in ("\x1b]", "\x1bP", "\x1bX", "\x1b^", "\x1b_"))
        if string >= 0 and last == len(text) - 1 and _OPEN_TAIL.match(text, string):
            return string
    return last if _OPEN_TAIL.match(text, last) else len(text)


def collapse(text: str) -> str:
    """What is left of an unfinished line that was overwritten: everything up to its last carriage return, as shown."""
    end = text.rfind("\r")
    return text if end <= 0 else _as_shown(text[:end]) + text[end:]


class _Row:
    """One line of a screen: cells and a cursor."""

    __slots__ = ("at", "cells")

    def __init__(self) -> None:
        self.cells: list[str] = []
        self.at = 0

    def write(self, text: str) -> None:
        if self.at > len(self.cells):
            self.cells.extend(" " * (self.at - len(self.cells)))
        self.cells[self.at : self.at + len(text)] = text
        self.at += len(text)

    def move(self, column: int) -> None:
        self.at = max(0, min(column, max(len(self.cells), LINE_COLUMNS)))

    def erase(self, how: int) -> None:
        if how == 0:
            del self.cells[self.at :]
        elif how == 1:
            end = min(self.at + 1, len(self.cells))
            self.cells[:end] = " " * end
        else:
            self.cells.clear()

    def blank(self, count: int) -> None:
        end = min(self.at + count, len(self.cells))
        if end > self.at:
            self.cells[self.at : end] = " " * (end - self.at)

    def delete(self, count: int) -> None:
        del self.cells[self.at : self.at + count]


_EDIT: dict[str, Callable[[_Row, int], None]] = {
    "C": lambda row, n: row.move(row.at + (n or 1)),
    "a": lambda row, n: row.move(row.at + (n or 1)),
    "D": lambda row, n: row.move(row.at - (n or 1)),
    "G": lambda row, n: row.move((n or 1) - 1),
    "`": lambda row, n: row.move((n or 1) - 1),
    "K": lambda row, n: row.erase(n),
    "X": lambda row, n: row.blank(n or 1),
    "P": lambda row, n: row.delete(n or 1),
}
"""What a sequence that stays within its line does to it, by its final character."""


def _as_shown(line: str) -> str:
    """One line after all its overwriting; sequences are gone, other controls are left for the caller."""
    row = _Row()
    at = 0
    for step in _STEP.finditer(line):
        if step.start() > at:
            row.write(_DROP.sub("", line[at : step.start()]))
        at = step.end()
        what = step[0]
        if what == "\r":
            row.at = 0
        elif what == "\x08":
            row.at = max(0, row.at - 1)
        else:
            edit = _EDIT.get(step["final"] or step["raw"] or "")
            if edit is not None:
                digits = what.strip("\x1b[\x9b\udc9b" + what[-1])
                edit(row, min(int(digits), 10_000) if digits.isdecimal() and digits.isascii() else 0)
    row.write(_DROP.sub("", line[at:]))
    return "".join(row.cells)
