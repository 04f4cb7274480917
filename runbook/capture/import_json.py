"""JSON as tools write it: one value a line, values one after the other, one big list, one document. Never all at once.

A torn line costs that line, not what follows it.
"""

from __future__ import annotations

import json
import re
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any

from runbook.capture.imported import decode
from runbook.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from runbook.capture.imported import Source

LARGEST = 64 * 1024 * 1024
"""Bytes of one value that are held in memory."""

_BLOCK = 256 * 1024
_BEFORE = (b"\xef", b"\xbb", b"\xbf", b" ", b"\t", b"\r", b"\n", b"\x1e")
"""A byte order mark, blanks, and what begins a record of RFC 7464 (``journalctl -o json-seq``)."""
_OPEN_ENDS = (b"{", b"[", b",", b":")


def json_values(source: Source) -> Iterator[tuple[int, Any]]:
    """The values in ``source`` with the line on which each begins; of a list its elements.

    Raises:
        BadInputError: one value is larger than we hold.
    """
    with source.open() as stream:
        yield from json_values_of(source, stream, source.name)


def json_values_of(source: Source, stream: BinaryIO, name: str) -> Iterator[tuple[int, Any]]:
    """As :func:`json_values`, for a file inside the source."""
    first, number = _begin(stream)
    if first == b"[":
        yield from _elements(source, stream, number, name)
    elif first:
        yield from _documents(source, stream, number, name)


def _begin(stream: BinaryIO) -> tuple[bytes, int]:
    """Past what may stand before the first value; its first byte, which is used up if it opens a list, and its line."""
    look: Any = stream  # files, pipes, gzip and zip members: each can be peeked into, which BinaryIO does not say
    number = 1
    while byte := look.peek(1)[:1]:
        if byte not in _BEFORE:
            if byte == b"[":
                stream.read(1)
            return byte, number
        number += stream.read(1) == b"\n"
    return b"", number


def _documents(source: Source, stream: BinaryIO, first: int, name: str) -> Iterator[tuple[int, Any]]:
    """Values one after the other, each on one line or on several."""
    pending: list[bytes] = []
    size = tried = began = 0
    for number, line in source.lines_of(stream, name, longest=LARGEST + 1, first=first):
        text = line.lstrip(b" \t\r\x1e") if not pending else line
        if pending and len(pending) == 1 and line[:1] in {b"{", b"\x1e"} and not _goes_on(pending[0]):
            source.problem(began, "this is no complete JSON value", name)
            pending, size, text = [], 0, line.lstrip(b"\x1e")
        if not pending:
            began, tried = number, 0
        if text or pending:
            pending.append(text)
            size += len(text) + 1
            if size > LARGEST:
                raise _too_large(name, began)
            closes = text.rstrip()[-1:] in {b"}", b"]"} or len(pending) == 1
            if closes and (len(pending) == 1 or not line[:1].isspace() or size >= 2 * tried):
                tried = size
                found, value = _load(b"\n".join(pending))
                if found:
                    yield began, value
                    pending, size = [], 0
    if pending:
        found, value = _load(b"\n".join(pending))
        if found:
            yield began, value
        else:
            source.problem(began, "this is no complete JSON value", name)


def _goes_on(line: bytes) -> bool:
    return line.rstrip().endswith(_OPEN_ENDS)


def _load(text: bytes) -> tuple[bool, Any]:
    try:
        return True, json.loads(decode(text))
    except (ValueError, RecursionError):
        return False, None


def _elements(source: Source, stream: BinaryIO, number: int, name: str) -> Iterator[tuple[int, Any]]:
    """The elements of one list whose bracket was read, however it is broken into lines."""
    decoder, to_text = json.JSONDecoder(), getincrementaldecoder("utf-8")("surrogateescape").decode
    text, at, wanted, ended = "", 0, 0, False
    while True:
        at, number = _over(text, at, number)
        if at < len(text) and text[at] == "]":
            return
        if at < len(text) and (len(text) - at >= wanted or ended):
            try:
                value, end = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                wanted = 2 * (len(text) - at)
                if ended or wanted > 2 * LARGEST:
                    if wanted > 2 * LARGEST:
                        raise _too_large(name, number) from None
                    source.problem(number, "the list is damaged here; what follows was left out", name)
                    return
            else:
                if end < len(text):  # a number at the very end may go on
                    yield number, value
                    number += text.count("\n", at, end)
                    at, wanted = end, 0
                    continue
        elif ended:
            source.problem(number, "the list has no end; what was complete was taken", name)
            return
        more = stream.read(_BLOCK)
        ended = not more
        text = text[at:] + to_text(more, ended) + ("\n" if ended else "")
        at = 0


def _over(text: str, at: int, number: int) -> tuple[int, int]:
    """Past blanks and commas."""
    while at < len(text) and text[at] in " \t\r\n,":
        number += text[at] == "\n"
        at += 1
    return at, number


def _too_large(name: str, line: int) -> BadInputError:
    return BadInputError(
        f"one JSON value is larger than {LARGEST // 1024 // 1024} MiB",
        file=name,
        line=line,
        hint="write one value a line, such as `jq -c '.items[]' FILE | runbook import FORMAT -`",
    )


def table(value: Any) -> dict[str, Any]:
    """``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> list[Any]:
    """``value`` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def words(value: Any) -> str:
    """``value`` if it is text or a number, else an empty text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    try:
        return str(value)
    except ValueError:  # an integer of more digits than Python prints
        return ""


def names_in(head: bytes, *names: str) -> int:
    """How many of ``names`` are keys somewhere in the head of what looks like JSON; 0 if it does not."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n\x1e")
    if not start.startswith((b"{", b"[")):
        return 0
    return sum(re.search(rb'"' + name.encode() + rb'"\s*:', start) is not None for name in names)
