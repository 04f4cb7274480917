"""The command's output on its way to where it would have gone, and what stands behind our own descriptors."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

CHUNK = 256 * 1024
"""Bytes read at once, and the size asked for our pipes."""


class Sink:
    """Where bytes go.

    Attributes:
        descriptor: what is written to.
        pending: what could not be written without waiting.
        alive: False once nobody reads any more.
    """

    __slots__ = ("_owned", "alive", "descriptor", "pending")

    def __init__(self, descriptor: int, *, owned: bool = False) -> None:
        self.descriptor = descriptor
        self.pending = memoryview(b"")
        self.alive = True
        self._owned = owned

    @classmethod
    def standing_in_for(cls, number: int) -> Sink:
        """A sink for our own descriptor ``number``.

        A pipe is opened anew so that a slow reader of one stream does not hold up the other: setting it to non-blocking
        on ``number`` itself would do so for every program that shares it. Where there is no such way (another system,
        another kind of file), writing may wait.
        """
        if stat.S_ISFIFO(os.fstat(number).st_mode):
            with contextlib.suppress(OSError):
                path = f"/proc/self/fd/{number}"
                return cls(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC), owned=True)
        return cls(number)

    def write(self, data: bytes) -> None:
        """Write what can be written now; the rest is ``pending``. Call it only when nothing is."""
        if self.alive:
            self.pending = memoryview(data)
            self.flush()

    def flush(self) -> None:
        """Go on with what is pending."""
        try:
            while self.pending:
                self.pending = self.pending[os.write(self.descriptor, self.pending) :]
        except BlockingIOError:
            return
        except OSError:  # EPIPE, EIO: the reader or the terminal is gone; ENOSPC: there is nowhere to go on
            self.alive = False
            self.pending = memoryview(b"")

    def close(self) -> None:
        """Close the descriptor if it was opened here."""
        if self._owned:
            self._owned = False
            os.close(self.descriptor)


class Flow:
    """One stream of output.

    Attributes:
        name: ``stdout``, ``stderr``, ``output`` (both, where they are one file), ``terminal``.
        source: the descriptor that the command's output arrives on.
        sink: where it goes.
        is_pipe: whether ``source`` is a pipe, which can be closed to tell the command that nobody reads.
    """

    __slots__ = ("is_pipe", "name", "sink", "source")

    def __init__(self, name: str, source: int, sink: Sink, *, is_pipe: bool) -> None:
        self.name = name
        self.source = source
        self.sink = sink
        self.is_pipe = is_pipe


def make_pipes(numbers: list[int]) -> tuple[list[Flow], dict[int, int]]:
    """Pipes for those of descriptors 1 and 2 that are no terminal.

    Returns:
        The flows, and for each number the write end that the command gets in its place (one for both where they are
        the same file, so that what the command wrote first comes first).
    """
    named = {"output": numbers} if len(numbers) == 2 and _same_file(*numbers) else {}
    if not named:
        named = {("stdout", "stderr")[number - 1]: [number] for number in numbers}
    flows = []
    replaced: dict[int, int] = {}
    for name, group in named.items():
        source, write_end = os.pipe()
        with contextlib.suppress(OSError, AttributeError):  # a bigger pipe is faster, where the system grants it
            fcntl.fcntl(source, fcntl.F_SETPIPE_SZ, CHUNK)
        os.set_blocking(source, False)
        flows.append(Flow(name, source, Sink.standing_in_for(group[0]), is_pipe=True))
        replaced.update(dict.fromkeys(group, write_end))
    return flows, replaced


def _same_file(one: int, other: int) -> bool:
    first, second = os.fstat(one), os.fstat(other)
    return (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino) and not stat.S_ISCHR(first.st_mode)


def reserve_standard_descriptors() -> tuple[int, ...]:
    """Put ``/dev/null`` behind each of descriptors 0, 1, 2 that is closed, so that no file of ours takes its place.

    Call it before anything is opened.

    Returns:
        The numbers that were closed.
    """
    closed = []
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            closed.append(number)
            os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)  # takes the lowest free number, which is this one
    return tuple(closed)


def in_pipeline(closed: Collection[int]) -> bool:
    """Whether somebody else may need the keyboard: our input or output is connected to another program."""
    for number in (0, 1):
        if number not in closed:
            mode = os.fstat(number).st_mode
            if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
                return True
    return False
