"""From a descriptor to text: what is there now, decompressed and in UTF-8, in pieces of bounded size.

Nothing is waited for: a pipe that says one line an hour gives that line when it comes.
"""

from __future__ import annotations

import os

from runbook.errors import BadInputError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from typing import Any

PIECE = 256 * 1024
"""At most so many bytes at a time, also of what decompression makes of a few."""

_MEMORY = 256 * 1024 * 1024  # what a compressed file may ask for its dictionary
_GZIP, _XZ, _ZSTD, _BZIP2 = b"\x1f\x8b", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"BZh"
_TO_SKIP = b"\x2a\x4d\x18"  # behind a byte of 0x50 to 0x5f: a frame of zstd that holds no text, as pzstd begins with
_STEP = 16 * 1024  # compressed bytes that are lost with what is damaged, at most
_UTF8 = b"\xef\xbb\xbf"
_MARKS = ((b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_BEGINNINGS = (_GZIP, _XZ, _ZSTD, _BZIP2 + b"91AY&SY", _UTF8, *(mark for mark, _ in _MARKS))


_NO_TEXT = (
    (b"LPKSHHRH", "a journal of systemd; read it with: journalctl --file FILE -o json | runbook scan -"),
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"),
    (b"Rar!\x1a\x07", "a rar archive; unpack it first"),
    (b"\x04\x22\x4d\x18", "compressed with lz4; read it with: lz4 -dc FILE | runbook scan -"),
    (b"\x5d\0\0", "compressed with lzma; read it with: xz -dc FILE | runbook scan -"),
    (b"SQLite format 3\0", "a SQLite database, no text"),
    (b"\x7fELF", "a program, no text"),
    (b"\x89PNG", "a picture, no text"),
    (b"%PDF-", "a PDF, no text"),
)
_TAR = (257, b"ustar")


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

    gzip, xz, zstd and bzip2 are told by how they begin; text in UTF-16, as PowerShell writes it, by its mark.

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
        if _is_bzip2(head):
            return _each(_bzip2(), head, raw)
        if _is_zstd(head):
            return _zstd(head, raw)
        return _again(head, raw)
    return iter(())


def is_compressed(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is compressed in one of the ways known here."""
    return head.startswith((_GZIP, _XZ)) or _is_zstd(head) or _is_bzip2(head)


def _is_zstd(head: bytes) -> bool:
    return head.startswith(_ZSTD) or (head[1:4] == _TO_SKIP and 0x50 <= head[0] <= 0x5F)


def _is_bzip2(head: bytes) -> bool:
    return head.startswith(_BZIP2) and head[3:4].isdigit() and head[4:10] in {b"1AY&SY", b"\x17rE8P\x90"}


def what_it_is(head: bytes) -> str:
    """What a file is that begins so, decompressed, if that is no text; "" for text, and for what is not known."""
    if head[_TAR[0] : _TAR[0] + len(_TAR[1])] == _TAR[1]:
        return "a tar archive, read as one text; unpack it to have files and lines by name"
    return next((reason for begin, reason in _NO_TEXT if head.startswith(begin)), "")


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
            before = one.copy()
            try:
                text = one.decompress(data, PIECE)
            except zlib.error:
                yield from _until_damaged(before, data)
                raise DamagedError("the compressed data is damaged") from None
            data = one.unused_data if one.eof else one.unconsumed_tail
            if text:
                yield text

    return take


def _until_damaged(one: Any, data: bytes) -> Iterator[bytes]:
    """What zlib can make of the beginning of ``data``, of which it gives nothing if a later byte is wrong."""
    import zlib

    text = b""
    for at in range(len(data)):
        try:
            text += one.decompress(data[at : at + 1], PIECE)
        except zlib.error:
            break
        if len(text) >= PIECE:
            yield text
            text = b""
    yield text


def _xz() -> Callable[[bytes], Iterator[bytes]]:
    import lzma

    return _members(lambda: lzma.LZMADecompressor(memlimit=_MEMORY), _XZ, lzma.LZMAError)


def _bzip2() -> Callable[[bytes], Iterator[bytes]]:
    import bz2

    return _members(bz2.BZ2Decompressor, _BZIP2, OSError)


def _members(begin: Callable[[], Any], mark: bytes, wrong: type[Exception]) -> Callable[[bytes], Iterator[bytes]]:
    """One compressed text after the other, each begun with ``mark``; zeros between them are padding."""
    one = begin()

    def take(data: bytes) -> Iterator[bytes]:
        nonlocal one
        if not data and not one.eof:
            raise DamagedError("the compressed data breaks off")
        while data or not (one.eof or one.needs_input):
            if one.eof:
                data = data.lstrip(b"\0")
                if not data or not data.startswith(mark[: len(data)]):
                    return
                one = begin()
            try:
                text = one.decompress(data[:_STEP], PIECE)
            except wrong:
                raise DamagedError("the compressed data is damaged") from None
            data = one.unused_data + data[_STEP:] if one.eof else data[_STEP:]
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
        self.frames = _Frames()
        self.frames.take(head)

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; b"" at the end."""
        if not self._held:
            self._held = next(self._rest, b"")
            self.frames.take(self._held)
        size = len(self._held) if size < 0 else size
        data, self._held = self._held[:size], self._held[size:]
        return data


class _Frames:
    """Follows the frames of zstd through what is read, to know whether the last one has come to its end.

    The library takes a file that breaks off for one that ends. Source of the format: RFC 8878, section 3.1.

    Attributes:
        open: whether a frame was begun and is not at its end.
    """

    def __init__(self) -> None:
        self.open = False
        self._held = b""
        self._steps = self._walk()
        self._wanted = next(self._steps)

    def take(self, data: bytes) -> None:
        """The next bytes."""
        at = 0
        while at < len(data):
            if self._wanted < 0:  # of these only the number counts
                step = min(-self._wanted, len(data) - at)
                self._wanted += step
                at += step
                if not self._wanted:
                    self._wanted = self._steps.send(b"")
                continue
            part = data[at : at + self._wanted - len(self._held)]
            self._held += part
            at += len(part)
            self.open = True
            if len(self._held) == self._wanted:
                held, self._held = self._held, b""
                self._wanted = self._steps.send(held)

    def _walk(self) -> Generator[int, bytes, None]:
        """Asks for so many bytes to look at, or with a minus to pass by."""
        while True:
            self.open = False
            mark = yield 4
            if mark[1:] == _TO_SKIP:  # a frame to skip, of any of 16 kinds
                size = int.from_bytes((yield 4), "little")
                if size:
                    yield -size
                continue
            if mark != _ZSTD:
                while True:  # padding, or what the library calls damaged
                    self.open = False
                    yield -_MEMORY
            flags = (yield 1)[0]
            single = flags >> 5 & 1
            header = (0 if single else 1) + (0, 1, 2, 4)[flags & 3] + (single, 2, 4, 8)[flags >> 6]
            if header:
                yield -header
            last = 0
            while not last:
                block = int.from_bytes((yield 3), "little")
                last, kind, size = block & 1, block >> 1 & 3, block >> 3
                size = 1 if kind == 1 else size
                if size:
                    yield -size
            if flags >> 2 & 1:
                yield -4


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
            if joined.frames.open:
                raise DamagedError("the compressed data breaks off")
            return
        yield text
