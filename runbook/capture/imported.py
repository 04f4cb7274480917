"""What an importer is given and what it gives back. This is the whole of the contract, for ours and for third parties.

An importer is a module (or any object) with ``NAME``, ``sniff(head, name) -> int`` and
``parse(source) -> Iterator[Imported]``. It knows a format and nothing else: which of its events fall into the
incident's time, which are on record already, and what must be redacted is decided after it, in one place. An importer
reads its source once, from front to back, and holds no more of it than one event.
"""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Protocol, cast

from runbook.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime, tzinfo
    from typing import Any, BinaryIO

HEAD = 64 * 1024
"""Bytes of the beginning that :meth:`Source.head` shows."""

LONGEST_LINE = 1024 * 1024
"""Bytes of one line that are read; what is beyond is reported and left out."""

PROBLEMS_KEPT = 20
"""Problems that are named one by one; the others are counted."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TOLD_EVERY = 100_000
_CHUNK = 256 * 1024


class Imported:
    """One thing that happened, as its source tells it. Texts are as they came; the door is behind us.

    Attributes:
        at: when it happened, aware.
        kind: ``command``, ``evidence`` or one of :data:`runbook.model.wire.NOTE_KINDS`.
        text: the command line, the sentence, or what the evidence is called.
        actor: who did or said it; empty: whoever imports.
        host, cwd, duration, exit_status: of a command, as far as the source knows them (seconds; None: unknown).
        key: what makes it the same event when it is met again, such as an id of the source. Without it, time and
            text say so.
        file, line: where it stands, if ``file`` is not the source itself.
        milestone: the milestone whose time this may be, or empty.
        output: what a recording shows; see :meth:`Source.output`.
        extra: more that is worth keeping, as JSON values.
    """

    __slots__ = (
        "actor",
        "at",
        "cwd",
        "duration",
        "exit_status",
        "extra",
        "file",
        "host",
        "key",
        "kind",
        "line",
        "milestone",
        "output",
        "text",
    )

    def __init__(
        self,
        at: datetime,
        kind: str,
        text: str,
        *,
        actor: str = "",
        host: str = "",
        cwd: str = "",
        duration: float | None = None,
        exit_status: int | None = None,
        key: str = "",
        file: str = "",
        line: int = 0,
        milestone: str = "",
        output: Sink | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.at = at
        self.kind = kind
        self.text = text
        self.actor = actor
        self.host = host
        self.cwd = cwd
        self.duration = duration
        self.exit_status = exit_status
        self.key = key
        self.file = file
        self.line = line
        self.milestone = milestone
        self.output = output
        self.extra = dict(extra or {})

    def __repr__(self) -> str:
        return f"Imported({self.at.isoformat()} {self.kind} {self.text!r})"


class Sink(Protocol):
    """Takes what a recording shows, piece by piece, and keeps a bounded, redacted part of it."""

    def feed(self, data: bytes, /) -> None:
        """Take more of it, as the terminal got it."""


class Importer(Protocol):
    """A format. ``NAME`` is what people type: lower-case words joined by hyphens."""

    NAME: str

    def sniff(self, head: bytes, name: str, /) -> int:
        """How sure it is that this is its format, from 0 (it is not) to 100, by its beginning and its name."""

    def parse(self, source: Source, /) -> Iterator[Imported]:
        """The events in the order in which they stand."""


class Problem:
    """A place in a source that could not be used; it was left out and is reported."""

    __slots__ = ("file", "line", "message")

    def __init__(self, file: str, line: int, message: str) -> None:
        self.file = file
        self.line = line
        self.message = message

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class Source:
    """A file, a folder or a pipe that is being imported, with what an importer must know to read it.

    Args:
        name: what messages call it.
        path: where it lies; None for a pipe.
        pipe: what to read where there is no path.
        zone: where clocks without a zone stand.
        clock: the zone in which the incident's times are shown.
        now: the time of the import.
        output: makes a sink; see :meth:`output`.
        git: asks git something about a repository: ``git(folder, arguments)`` gives its output.
        window: the time that will be kept, as far as it is limited. An importer may use it to read less.
        began: when a recording that does not know it began.
        companion: the second file of formats that need two.
        progress: told now and then how many lines of a file were read.

    Attributes:
        problems: the first :data:`PROBLEMS_KEPT`; ``problem_count`` says how many there were.
        skipped: what was left out on purpose, by reason.
        outside: events that the importer itself found to lie outside ``window``.
        zone_used: whether a time without a zone was met.
    """

    def __init__(
        self,
        name: str,
        *,
        path: str | None = None,
        pipe: BinaryIO | None = None,
        zone: tzinfo,
        clock: tzinfo,
        now: datetime,
        output: Callable[[], Sink],
        git: Callable[[str, list[str]], bytes] | None = None,
        window: tuple[datetime | None, datetime | None] = (None, None),
        began: datetime | None = None,
        companion: str | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.name = name
        self.path = path
        self.now = now
        self.clock = clock
        self.git = git
        self.window = window
        self.began = began
        self.companion = companion
        self.problems: list[Problem] = []
        self.problem_count = 0
        self.skipped: Counter[str] = Counter()
        self.zone_used = False
        self.outside = 0
        self._progress = progress
        self._zone = zone
        self._output = output
        self._pipe = pipe
        self._head: bytes | None = None

    @property
    def zone(self) -> tzinfo:
        """Where clocks without a zone stand; asking for it is remembered in ``zone_used``."""
        self.zone_used = True
        return self._zone

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.path is not None and os.path.isdir(self.path)

    def head(self) -> bytes:
        """Its first :data:`HEAD` bytes; empty for a folder. Nothing is used up by looking."""
        if self._head is None:
            if self.is_folder:
                self._head = b""
            elif self.path is not None:
                try:
                    with self._open(self.path) as file:
                        self._head = file.read(HEAD)
                except (OSError, EOFError, zlib.error) as error:
                    raise cannot_read(error, self.name) from None
            else:
                self._head = b"" if self._pipe is None else _read_up_to(self._pipe, HEAD)
        return self._head

    def open(self) -> BinaryIO:
        """All of it, from the beginning. A pipe can be opened once."""
        if self.path is not None:
            return self._open(self.path)
        head, pipe = self.head(), self._pipe
        if pipe is None:
            raise BadInputError("a pipe can be read only once", file=self.name)
        self._pipe = None
        return io.BufferedReader(_Primed(head, pipe), _CHUNK)

    def _open(self, path: str) -> BinaryIO:
        try:
            file = io.BufferedReader(io.FileIO(path), _CHUNK)
            if file.peek(2)[:2] != b"\x1f\x8b":
                return file
            file.close()
            return cast("BinaryIO", gzip.open(path, "rb"))  # a rotated log
        except OSError as error:
            raise cannot_read(error, self.name) from None

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Its lines with their numbers, without the newline; none is longer than :data:`LONGEST_LINE`."""
        with self.open() as stream:
            yield from self.lines_of(stream, self.name)

    def lines_of(
        self, stream: BinaryIO, name: str, *, longest: int = LONGEST_LINE, first: int = 1
    ) -> Iterator[tuple[int, bytes]]:
        """As :meth:`lines`, for a file inside the source, with another limit or where its first lines are read."""
        number = first - 1
        try:
            while line := stream.readline(longest):
                number += 1
                if not number % _TOLD_EVERY and self._progress is not None:
                    self._progress(number)
                if number == 1 and line.startswith(_BYTE_ORDER_MARK):
                    line = line[len(_BYTE_ORDER_MARK) :]
                if line.endswith(b"\n"):
                    yield number, line[:-1]
                    continue
                yield number, line
                if len(line) == longest and self._drop_rest(stream):
                    self.problem(number, f"the line is longer than {longest} bytes; its rest was left out", name)
        except (OSError, EOFError, zlib.error) as error:
            raise cannot_read(error, name) from None

    @staticmethod
    def _drop_rest(stream: BinaryIO) -> bool:
        dropped = False
        while more := stream.readline(LONGEST_LINE):
            dropped = True
            if more.endswith(b"\n"):
                break
        return dropped

    def problem(self, line: int, message: str, file: str = "") -> None:
        """Report a place that cannot be used; the import goes on without it."""
        self.problem_count += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(Problem(file or self.name, line, message))

    def skip(self, reason: str, count: int = 1) -> None:
        """Count what is left out because nobody wants it on a timeline."""
        if count:
            self.skipped[reason] += count

    def wants(self, at: datetime) -> bool:
        """Whether ``at`` lies in the time that is imported; counts it if not. For sources with much else in them."""
        since, until = self.window
        if (since is not None and at < since) or (until is not None and at > until):
            self.outside += 1
            return False
        return True

    def output(self) -> Sink:
        """A place for what a recording shows. Handed over with an :class:`Imported` it becomes evidence."""
        return self._output()


def cannot_read(error: Exception, name: str) -> BadInputError:
    """The message for a file that the system does not give us."""
    if isinstance(error, FileNotFoundError):
        return BadInputError("there is no such file", file=name)
    said = getattr(error, "strerror", None) or str(error) or "it ends too early"
    return BadInputError(f"cannot be read: {said.lower()}", file=name)


def _read_up_to(stream: BinaryIO, size: int) -> bytes:
    parts = []
    while size > 0 and (data := stream.read(size)):
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


class _Primed(io.RawIOBase):
    """A pipe whose beginning was read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        return len(data)


def decode(raw: bytes) -> str:
    """Bytes as text that loses nothing: what is no UTF-8 stands as the door wants it."""
    return raw.decode("utf-8", "surrogateescape")
