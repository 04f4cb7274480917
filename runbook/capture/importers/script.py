"""``script`` of util-linux: a typescript, with the times from its timing file (classic or ``-m advanced``).

A classic timing line is ``SECONDS BYTES``; an advanced one names what it is about: ``O`` output, ``I`` input, ``S`` a
signal, ``H`` a fact such as ``H 0.000000 START_TIME 2026-11-23 18:45:00+00:00``. What ``--log-in`` keeps is what was
typed, passwords included: it is never imported, and with ``--log-io`` it is taken out. Source: script(1).
"""

from __future__ import annotations

import os
import re
from itertools import islice
from typing import TYPE_CHECKING

from runbook.capture.import_recording import Recording
from runbook.capture.import_times import from_iso
from runbook.capture.imported import HEAD, decode
from runbook.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from typing import BinaryIO

    from runbook.capture.imported import Imported, Source

NAME = "script"
_STARTED = b"Script started on "
_HEADER = re.compile(r"Script started on ([0-9T: +-]{19,25})")
_COMMAND = re.compile(r'\[(?:[^\]]{0,400}\s)?COMMAND="([^"\n]{1,400})"')
_DONE = re.compile(rb"\nScript done on ([^\n]*)\n?\Z")
_EXIT = re.compile(r'COMMAND_EXIT_CODE="(\d{1,3})"')
_AT = re.compile(r"([0-9T: +-]{19,25})")
_ADVANCED = re.compile(rb"H 0\.0+ [A-Z_]+ ")
_CLASSIC = re.compile(rb"\d+\.\d+ \d+\n")
_TRAILER = 512
_BLOCK = 64 * 1024
_MOST_NEIGHBOURS = 400
INPUT = "input events (what was typed may hold passwords)"


def sniff(head: bytes, _name: str) -> int:
    """By the first line, of the typescript or of the timing file."""
    if head.startswith(_STARTED) or _ADVANCED.match(head):
        return 90
    return 50 if _CLASSIC.match(head) and _CLASSIC.match(head[head.find(b"\n") + 1 :]) else 0


def parse(source: Source) -> Iterator[Imported]:
    """The session as evidence, with times where there is a timing file.

    Raises:
        BadInputError: the typescript is missing, holds what was typed, or does not say when it began.
    """
    head = source.head()
    if _CLASSIC.match(head) and not head.startswith(_STARTED):
        raise BadInputError(
            "this is a timing file", file=source.name, hint="runbook import script TYPESCRIPT --timing TIMING"
        )
    timing = _Timing(source)
    typescript = timing.open_output() if _ADVANCED.match(head) else source.open()
    with typescript as stream:
        first = stream.readline(8192)
        if not first.startswith(_STARTED):
            raise BadInputError(
                "this is no typescript: its first line is not 'Script started on …'", file=source.name, line=1
            )
        said = decode(first)
        at = _HEADER.match(said)
        began = source.began or timing.began or (from_iso(at[1].strip(), source) if at else None)
        if began is None:
            raise BadInputError("the typescript does not say when it began", file=source.name, hint="add --at TIME")
        command = _COMMAND.search(said)
        recording = Recording(source, began.astimezone(source.clock))
        name = "terminal session" + (f": {command[1]}" if command else "")
        if timing.path is None:
            yield from _without_times(source, stream, recording, name)
        else:
            yield from timing.replay(stream, recording)
            if timing.exit_status is None:
                timing.exit_status = _trailer(stream.read(_TRAILER * 2), source)[1]
            yield from recording.end(name, exit_status=timing.exit_status)


def _without_times(source: Source, stream: BinaryIO, recording: Recording, name: str) -> Iterator[Imported]:
    """All of it at once, without the line that script adds at the end."""
    held, ended, looked = b"", False, False
    status: int | None = None
    while not ended:
        data = stream.read(_BLOCK)
        ended = not data
        if not looked:
            _refuse_input(_DONE.sub(b"", held + data), source.name)
            looked = True
        held += data
        if ended:
            shown, status, over = _trailer(held, source)
            _show(recording, shown)
            if over is not None:
                recording.advance((over - recording.began).total_seconds())
        elif len(held) > _TRAILER:
            _show(recording, held[:-_TRAILER])
            held = held[-_TRAILER:]
    yield from recording.end(name, exit_status=status)


def _show(recording: Recording, data: bytes) -> None:
    """Take output whose time nobody knows; the commands marked in it would all stand at the beginning."""
    for _command in recording.show(data):
        pass


def _trailer(held: bytes, source: Source) -> tuple[bytes, int | None, datetime | None]:
    """The end of a typescript without its last line; the exit status and the time that line tells."""
    edge = max(len(held) - _TRAILER, 0)
    done = _DONE.search(held[edge:])
    if done is None:
        return held, None, None
    said = decode(done[1])
    status, at = _EXIT.search(said), _AT.match(said)
    return (
        held[: edge + done.start() + 1],
        int(status[1]) if status else None,
        from_iso(at[1].strip(), source) if at else None,
    )


def _refuse_input(body: bytes, name: str) -> None:
    """Refuse what was typed, alone or between what was shown. Without a timing file only its look gives it away."""
    if b"\r" in body and b"\r\n" not in body:
        raise BadInputError(
            "this is what was typed (--log-in), which may hold passwords; it is never imported",
            file=name,
            hint="import what was shown: the file of --log-out",
        )
    parts = body.split(b"\r")
    for typed, echoed, after in zip(parts, parts[1:], [*parts[2:], b""], strict=False):
        line = typed.rpartition(b"\n")[2]
        pasted = len(echoed) >= 3 and len(line) > len(echoed) and line.endswith(echoed) and after[:1] == b"\n"
        pairs = line[-6:] if echoed == b"" and after[:1] == b"\n" else b""
        if pasted or (len(pairs) == 6 and pairs[0::2] == pairs[1::2]):
            raise BadInputError(
                "this seems to hold what was typed as well (--log-io), passwords included",
                file=name,
                hint="its timing file says what to take out: runbook import script TYPESCRIPT --timing FILE",
            )


class _Timing:
    """The timing file of a typescript: the one that was named, itself, or an advanced one beside it that names it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.began: datetime | None = None
        self.exit_status: int | None = None
        self._output = self._input = ""
        self.path = source.companion
        if _ADVANCED.match(source.head()):
            self.path = source.path
            if self.path is None:
                raise BadInputError("a timing file alone cannot come through a pipe", file=source.name)
        elif self.path is None and source.path is not None:
            self.path = _neighbour(source.path)
        if self.path is not None:
            self._read_facts(self.path)

    def _read_facts(self, path: str) -> None:
        try:
            with open(path, "rb") as file:
                for raw in islice(iter(lambda: file.readline(8192), b""), 64):
                    kind, _blank, rest = decode(raw).rstrip("\n").partition(" ")
                    if kind == "H":
                        _seconds, _blank, fact = rest.partition(" ")
                        self._take_fact(*fact.partition(" ")[::2])
        except OSError as error:
            raise BadInputError(f"cannot be read: {(error.strerror or '').lower()}", file=path) from None
        mine = os.path.basename(self._source.path or "")
        if mine and mine == os.path.basename(self._input) and self._input != self._output:
            raise BadInputError(
                "this is what was typed (--log-in), which may hold passwords; it is never imported",
                file=self._source.name,
                hint=f"import what was shown: {self._output}" if self._output else "",
            )

    def _take_fact(self, name: str, value: str) -> None:
        if name == "START_TIME":
            self.began = from_iso(value.strip(), self._source)
        elif name == "OUTPUT_LOG":
            self._output = value
        elif name == "INPUT_LOG":
            self._input = value
        elif name == "EXIT_CODE" and value.strip().isascii() and value.strip().isdigit() and len(value) < 5:
            self.exit_status = int(value)

    def open_output(self) -> BinaryIO:
        """The typescript that the timing file names, beside it or where it was written."""
        folder = os.path.dirname(self.path or "")
        for path in (os.path.join(folder, os.path.basename(self._output)), os.path.join(folder, self._output)):
            if self._output and os.path.isfile(path):
                return open(path, "rb", buffering=_BLOCK)
        raise BadInputError(
            "this is a timing file, and the typescript it belongs to is not here",
            file=self._source.name,
            hint="runbook import script TYPESCRIPT --timing TIMING",
        )

    def replay(self, stream: BinaryIO, recording: Recording) -> Iterator[Imported]:
        """Read the typescript as the timing file says."""
        mixed = bool(self._input) and self._input == self._output
        path = self.path or ""
        try:
            file = open(path, "rb", buffering=_BLOCK)  # noqa: SIM115  closed below
        except OSError as error:
            raise BadInputError(f"cannot be read: {(error.strerror or '').lower()}", file=path) from None
        with file:
            for number, raw in self._source.lines_of(file, path):
                words = decode(raw).split(" ")
                if not words[0].isalpha():
                    words = ["O", *words]
                if words[0] == "H":
                    _facts = decode(raw).split(" ", 3)
                    self._take_fact(_facts[2], _facts[3] if len(_facts) > 3 else "") if len(_facts) > 2 else None
                    continue
                seconds, size = _numbers(words)
                if seconds is None or not recording.advance(seconds):
                    if raw.strip():
                        self._source.problem(number, "this is no line of a timing file", path)
                    continue
                if words[0] == "O":
                    yield from _copy(stream, size, recording)
                elif words[0] == "I":
                    self._source.skip(INPUT)
                    if mixed:
                        _drop(stream, size)


def _numbers(words: list[str]) -> tuple[float | None, int]:
    try:
        seconds = float(words[1])
        return seconds, int(words[2]) if words[0] in {"O", "I"} else 0
    except (ValueError, IndexError):
        return None, 0


def _copy(stream: BinaryIO, size: int, recording: Recording) -> Iterator[Imported]:
    while size > 0 and (data := stream.read(min(size, _BLOCK))):
        size -= len(data)
        yield from recording.show(data)


def _drop(stream: BinaryIO, size: int) -> None:
    while size > 0 and (data := stream.read(min(size, _BLOCK))):
        size -= len(data)


def _neighbour(path: str) -> str | None:
    """An advanced timing file in the same folder that is about ``path``."""
    folder, name = os.path.split(os.path.abspath(path))
    try:
        entries = sorted(islice(os.scandir(folder), _MOST_NEIGHBOURS), key=lambda entry: entry.name)
    except OSError:
        return None
    for entry in entries:
        try:
            if not entry.is_file() or entry.name == name:
                continue
            with open(entry.path, "rb") as file:
                head = file.read(min(HEAD, 4096))
        except OSError:
            continue
        if _ADVANCED.match(head) and any(
            os.path.basename(decode(line).partition("_LOG ")[2]) == name
            for line in head.split(b"\n")
            if line.startswith(b"H ") and b"PUT_LOG " in line
        ):
            return entry.path
    return None
