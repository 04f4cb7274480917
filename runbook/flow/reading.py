"""From a descriptor to text: what is there now, decompressed and in UTF-8, in pieces of bounded size.

Nothing is waited for: a pipe that says one line an hour gives that line when it comes.
"""

from __future__ import annotations

import os

from runbook.errors import BadInputError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

PIECE = 256 * 1024
"""At most so many bytes at a time, also of what decompression makes of a few."""

_MEMORY = 256 * 1024 * 1024  # what a compressed file may ask for its dictionary
_GZIP, _XZ, _ZSTD = b"\x1f\x8b", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"
_UTF8 = b"\xef\xbb\xbf"
_MARKS = ((b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_BEGINNINGS = (_GZIP, _XZ, _ZSTD, _UTF8, *(mark for mark, _ in _MARKS))


class DamagedError(Exception):
    """What was compressed cannot be read further. What came before has been given out."""


def open_file(path: str) -> int:
    """A descriptor to read ``path`` from.

    Raises:
        NotFoundError: it is not there.
        BadInputError: it cannot be read.
    """
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotFoundError("there is no such file", file=path) from None
    except OSError as error:
        raise BadInputError(f"cannot be read: {error.strerror}", file=path) from None


def pieces(descriptor: int) -> Iterator[bytes]:
    """What can be read from ``descriptor``, in UTF-8 as far as it is text, until its end.

    gzip, xz and zstd are told by how they begin; text in UTF-16, as PowerShell writes it, by its mark.

    Raises:
        OSError: reading failed.
        DamagedError: compressed data is broken or breaks off.
    """
    yield from _as_utf8(decompressed(descriptor))


def decompressed(descriptor: int) -> Iterator[bytes]:
    """The bytes of ``descriptor``, decompressed if they are compressed. Raises as :func:`pieces` does."""
    raw = _raw(descriptor)
    for head in raw:
        if head.startswith(_GZIP):
            return _each(_gzip(), head, raw)
        if head.startswith(_XZ):
            return _each(_xz(), head, raw)
        if head.startswith(_ZSTD):
            return _zstd(head, raw)
        return _again(head, raw)
    return iter(())


def is_compressed(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is compressed in one of the ways known here."""
    return head.startswith((_GZIP, _XZ, _ZSTD))


def has_mark(head: bytes) -> bool:
    """Whether text begins with the mark of UTF-16 or UTF-32, and may hold NULs."""
    return head.startswith(tuple(mark for mark, _ in _MARKS))


def _raw(descriptor: int) -> Iterator[bytes]:
    """What the descriptor gives; the first piece is long enough to tell what it is."""
    head = os.read(descriptor, PIECE)
    while head and any(len(head) < len(each) and each.startswith(head) for each in _BEGINNINGS):
        more = os.read(descriptor, PIECE)
        if not more:
            break
        head += more
    while head:
        yield head
        head = os.read(descriptor, PIECE)


def _again(head: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _as_utf8(source: Iterator[bytes]) -> Iterator[bytes]:
    for head in source:
        encoding = next((name for mark, name in _MARKS if head.startswith(mark)), None)
        if encoding is None:
            yield head.removeprefix(_UTF8)
            yield from source
            return
        import codecs

        decoder = codecs.getincrementaldecoder(encoding)("backslashreplace")
        for data in _again(head, source):
            yield decoder.decode(data).encode("utf-8", "backslashreplace")
        yield decoder.decode(b"", final=True).encode("utf-8", "backslashreplace")


def _gzip() -> Callable[[bytes], Iterator[bytes]]:
    import zlib

    one = zlib.decompressobj(wbits=31)

    def take(data: bytes) -> Iterator[bytes]:
        nonlocal one
        if not data and not one.eof:
            raise DamagedError("the compressed data breaks off")
        while data:
            if one.eof:
                if not data.startswith(_GZIP[: len(data)]):
                    return  # padding after the last member
                one = zlib.decompressobj(wbits=31)
            try:
                text = one.decompress(data, PIECE)
            except zlib.error:
                raise DamagedError("the compressed data is damaged") from None
            data = one.unused_data if one.eof else one.unconsumed_tail
            if text:
                yield text

    return take


def _xz() -> Callable[[bytes], Iterator[bytes]]:
    import lzma

    one = lzma.LZMADecompressor(memlimit=_MEMORY)

    def take(data: bytes) -> Iterator[bytes]:
        nonlocal one
        if not data and not one.eof:
            raise DamagedError("the compressed data breaks off")
        while data or not (one.eof or one.needs_input):
            if one.eof:
                data = data.lstrip(b"\0")
                if not data or not data.startswith(_XZ[: len(data)]):
                    return
                one = lzma.LZMADecompressor(memlimit=_MEMORY)
            try:
                text = one.decompress(data, PIECE)
            except lzma.LZMAError:
                raise DamagedError("the compressed data is damaged") from None
            data = one.unused_data if one.eof else b""
            if text:
                yield text

    return take


def _each(take: Callable[[bytes], Iterator[bytes]], head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    for data in _again(head, rest):
        yield from take(data)
    yield from take(b"")


class _Joined:
    """Pieces as a file that can be read, for zstandard."""

    def __init__(self, head: bytes, rest: Iterator[bytes]) -> None:
        self._held = head
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; b"" at the end."""
        if not self._held:
            self._held = next(self._rest, b"")
        size = len(self._held) if size < 0 else size
        data, self._held = self._held[:size], self._held[size:]
        return data


def _zstd(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    import zstandard

    joined: Any = _Joined(head, rest)  # all that it asks for is read()
    source = zstandard.ZstdDecompressor(max_window_size=_MEMORY // 2).stream_reader(joined, read_across_frames=True)
    while True:
        try:
            text = source.read1(PIECE)
        except zstandard.ZstdError:
            raise DamagedError("the compressed data is damaged") from None
        if not text:
            return
        yield text
