"""Private keys that span lines: plain, indented, quoted, prefixed by a log's timestamps, cut off at either end.

A key becomes one mark in place of everything between its first and its last line. What identifies it is its body
alone, so that the same key is known as the same in every one of these forms. Formats: RFC 7468, RFC 4716, OpenSSH's
PROTOCOL.key, RFC 9580, and PuTTY's.
"""

from __future__ import annotations

import re

from runbook.model.lazy import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

KIND = "private-key"
KEPT = 64 * 1024
"""Bytes of a key's body that identify it; no real key is longer."""

WATCH = 200
"""Lines for which a key that was not closed may go on, between other lines of a log."""

_GAP = rb"(?: |%20|\+)"
_NAME = _GAP + rb"(?:[A-Z0-9]+" + _GAP + rb"){0,4}PRIVATE" + _GAP + rb"KEY(?:" + _GAP + rb"BLOCK)? ?"
_BEGIN = lazy(rb"-{4,5} ?BEGIN" + _NAME + rb"-{4,5}")
_END = lazy(rb"-{4,5} ?END" + _NAME + rb"-{0,5}")
_PUTTY = lazy(rb"Private-Lines: ?([0-9]{1,4})\s*$")
TRIGGER = r"PRIVATE(?: |%20|\+)KEY|Private-Lines:"
"""Where a key may begin or end."""

_HEADER = lazy(rb"(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|Subject|Private-MAC):")
_RUN = lazy(rb"[A-Za-z0-9+/]{24,}={0,2}")
_LONG = lazy(rb"[A-Za-z0-9+/]{40,}={0,2}")
_HEX = lazy(rb"[0-9a-f]+$|[0-9A-F]+$")
_TAIL = lazy(rb"(?:^|[^A-Za-z0-9+/=])(=?[A-Za-z0-9+/]+={0,2})(?:\\n|\\r|[\"'`,+)\\\s])*$")
_AFTER_BEGIN = lazy(rb"(?:\\+[nr]|[\"'`,+\\\s]|%0[AaDd])*$")
_QUOTE = lazy(rb"[\"'`]")
_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")
_ESCAPED_BREAK = lazy(rb"\\+[nr]|%0[AaDd]")


def looks_like_body(line: bytes) -> bool:
    """Whether a line, seen without a beginning, could be out of the middle of a key."""
    run = _LONG.search(line)
    return run is not None and not _HEX.match(run[0]) and len(line) < 300 and _TAIL.search(line) is not None


def body_before(block: bytes, floor: int, end: int) -> int:
    """Where the body of a key begins whose last line starts at ``end``, looking back no further than ``floor``."""
    at = end
    for step in range(WATCH * 2):
        if at <= floor:
            break
        start = max(block.rfind(b"\n", floor, at - 1) + 1, floor)
        line = block[start : at - 1]
        if not (looks_like_body(line) or (step == 0 and _TAIL.search(line) and b" " not in line.strip())):
            break
        at = start
    if floor < at < end:
        start = max(block.rfind(b"\n", floor, at - 1) + 1, floor)
        if re.fullmatch(rb"\s*[A-Za-z0-9+/]{8,}={0,2}", block[start : at - 1]):
            at = start  # the line in whose middle the text begins
    return at


class Key:
    """A private key that is being read, line by line.

    Args:
        mark: makes the mark for a kind and a secret.

    Attributes:
        open: whether a key has begun and its lines are being held.
        watching: whether an unfinished key may go on after other lines.
    """

    __slots__ = ("_body", "_count", "_first", "_held", "_left", "_mark", "_short", "_watch", "_words", "open")

    def __init__(self, mark: Callable[[str, bytes], bytes]) -> None:
        self._mark = mark
        self.open = False
        self._watch = 0
        self._reset()

    def _reset(self) -> None:
        self._held = b""
        self._first = b""
        self._body = bytearray()
        self._count = 0
        self._left = 0
        self._short = False
        self._words = 0

    @property
    def watching(self) -> bool:
        """Whether an unfinished key may go on after other lines."""
        return self._watch > 0

    def in_line(self, line: bytes) -> list[tuple[int, int, bytes]]:
        """Keys that begin and end (or break off) within ``line``: start, end and identity of each."""
        found: list[tuple[int, int, bytes]] = []
        at = 0
        while (begin := _BEGIN.search(line, at)) is not None:
            end = _END.search(line, begin.end())
            if end is not None:
                stop, body = end.end(), line[begin.end() : end.start()]
            else:
                quote = _QUOTE.search(line, begin.end())
                stop = len(line) if quote is None else quote.start()
                body = line[begin.end() : stop]
                if _AFTER_BEGIN.match(body):
                    break  # its lines follow
            at = stop
            if _RUN.search(_ESCAPED_BREAK.sub(b"", body)):
                found.append((begin.start(), stop, _identity(body)))
        return found

    def begins(self, line: bytes) -> bytes | None:
        """Start reading if a key begins at the end of ``line``; returns what stands before it, to be scanned."""
        putty = _PUTTY.search(line)
        if putty is not None:
            self._reset()
            self.open, self._left, self._held, self._first = True, int(putty[1]), line, line + b"\n"
            return b""
        last = None
        for last in _BEGIN.finditer(line):
            pass
        if last is None or not _AFTER_BEGIN.match(line, last.end()):
            return None
        self._reset()
        self.open = True
        self._held = line[last.start() :]
        before = line[: last.start()]
        self._words = len(before.split())
        return before

    def take(self, line: bytes) -> tuple[bytes, bytes | None]:
        """Read the next line of an open key.

        Returns:
            What can be put out now, and the rest of the line if it is not part of the key (None if it is).
        """
        end = None if self._left else _END.search(line)
        if end is not None:
            self._add(line[: end.start()])
            out = self.close() if self._count or self._body else self._held + b"\n" + line[: end.end()]
            self._drop()
            self._watch = 0
            return out, line[end.end() :]
        if self._is_body(line):
            self._add(line)
            self._count += 1
            if self._left:
                self._left -= 1
                if not self._left:
                    out = self.close()
                    self._watch = 0
                    return out + b"\n", None
            return b"", None
        out = self.close()
        return out + b"\n", line

    def again(self, line: bytes) -> bytes | None:
        """A later line of a key that broke off: what to put out instead of it, or None if it is something else."""
        self._watch -= 1
        if _END.search(line):
            self._watch = 0
            return None
        run = _LONG.search(line)
        if run is None or _HEX.match(run[0]) or not looks_like_body(line):
            return None
        return line[: run.start()] + self._mark(KIND, run[0]) + line[run.end() :]

    def close(self) -> bytes:
        """Stop reading: the mark for what was read, or the line as it was if no key followed it."""
        if self._count or self._body:
            out = self._first + self._mark(KIND, _identity(bytes(self._body)))
            watch = WATCH
        else:
            out, watch = self._held, WATCH
        self._drop()
        self._watch = watch
        return out

    def _drop(self) -> None:
        self._reset()
        self.open = False

    def _add(self, line: bytes) -> None:
        if len(self._body) < KEPT:
            run = _RUN.search(line)
            tail = _TAIL.search(line)
            piece = run[0] if run else tail[1] if tail else b""
            self._body += piece

    def _is_body(self, line: bytes) -> bool:
        if self._left:
            return True
        stripped = line.strip(b" \t\"'`,+\\")
        if not stripped or stripped in (b"n", b"\\n") or _HEADER.search(line):
            return self._count < 6 and not self._body
        run = _RUN.search(line)
        if run is not None and not self._short:
            self._short = bool(self._body) and len(run[0]) < 40
            return not _HEX.match(run[0])
        tail = _TAIL.search(line)
        if tail is None or not self._body:
            return False
        if tail[1][:1] == b"=" and len(tail[1]) == 5:
            return True  # the checksum of an armoured PGP key
        if self._short:
            return False
        before = line[: tail.start(1)]
        self._short = True
        return not before.strip(b" \t\"'`") or len(before.split()) == self._words


def _identity(body: bytes) -> bytes:
    return _BASE64.sub(b"", _ESCAPED_BREAK.sub(b"", body))[:KEPT]
