"""The terminal we were started in: its modes, its size, and whether it is ours to change right now.

Hot path: standard library, nothing that costs start-up time.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_IFLAG, _OFLAG, _CFLAG, _LFLAG, _CC = 0, 1, 2, 3, 6


class Terminal:
    """One terminal, and the modes it had when we found it.

    Attributes:
        descriptor: opened for reading and writing where the system allows it.
        modes: what ``tcgetattr`` said at the start.
        is_raw: whether we put it into raw mode and have not restored it yet.
    """

    __slots__ = ("_owned", "descriptor", "is_raw", "modes")

    def __init__(self, descriptor: int, *, owned: bool = False) -> None:
        self.descriptor = descriptor
        self.modes: list[Any] = termios.tcgetattr(descriptor)
        self.is_raw = False
        self._owned = owned

    @classmethod
    def of(cls, descriptors: list[int]) -> Terminal:
        """The terminal behind ``descriptors``, of which every one is a terminal.

        Standard input can be read as it is. Where only output goes to a terminal, keys have to come from it too (a
        pager asks the terminal, not its standard input), so it is opened by name.
        """
        if 0 in descriptors:
            return cls(0)
        flags = os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC
        with contextlib.suppress(OSError):
            return cls(os.open(os.ttyname(descriptors[0]), flags), owned=True)
        with contextlib.suppress(OSError):  # a container may not know the name of the terminal it was given
            return cls(os.open("/dev/tty", flags), owned=True)
        return cls(descriptors[0])

    @property
    def in_foreground(self) -> bool:
        """Whether keys typed now are meant for us. True where no job control applies."""
        try:
            return os.tcgetpgrp(self.descriptor) == os.getpgrp()
        except OSError:
            return True  # not our controlling terminal

    @property
    def controls_us(self) -> bool:
        """Whether it is our controlling terminal, whose Ctrl-C and Ctrl-Z reach our whole job."""
        try:
            return os.tcgetpgrp(self.descriptor) > 0
        except OSError:
            return False

    def make_raw(self) -> None:
        """Let every key through unchanged. What was typed ahead stays."""
        raw: list[Any] = [*self.modes[:_CC], list(self.modes[_CC])]
        raw[_IFLAG] &= ~(
            termios.IGNBRK
            | termios.BRKINT
            | termios.PARMRK
            | termios.ISTRIP
            | termios.INLCR
            | termios.IGNCR
            | termios.ICRNL
            | termios.IXON
        )
        raw[_OFLAG] &= ~termios.OPOST
        raw[_CFLAG] = (raw[_CFLAG] & ~(termios.CSIZE | termios.PARENB)) | termios.CS8
        raw[_LFLAG] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
        raw[_CC][termios.VMIN], raw[_CC][termios.VTIME] = 1, 0
        with contextlib.suppress(termios.error):
            termios.tcsetattr(self.descriptor, termios.TCSADRAIN, raw)
            self.is_raw = True

    def restore(self) -> None:
        """Give the terminal back as it was. Does nothing if we did not change it, or if another job has it by now."""
        if not self.is_raw:
            return
        self.is_raw = False
        if self.in_foreground:
            with contextlib.suppress(termios.error):  # it is gone: nobody is left to see its modes
                termios.tcsetattr(self.descriptor, termios.TCSADRAIN, self.modes)

    def copy_to(self, other: int) -> None:
        """Give a pseudo-terminal our modes."""
        with contextlib.suppress(termios.error):
            termios.tcsetattr(other, termios.TCSANOW, self.modes)

    def copy_size_to(self, other: int) -> None:
        """Give a pseudo-terminal our size; the kernel tells the program in its foreground."""
        with contextlib.suppress(OSError):
            size = fcntl.ioctl(self.descriptor, termios.TIOCGWINSZ, b"\0" * 8)
            fcntl.ioctl(other, termios.TIOCSWINSZ, size)

    def close(self) -> None:
        """Close the descriptor if it was opened here."""
        if self._owned:
            self._owned = False
            os.close(self.descriptor)


@contextlib.contextmanager
def without_flow_control(descriptor: int = 0) -> Iterator[None]:
    """Keep Ctrl-S a key: between two questions the terminal would take it for "stop the output" and seem dead."""
    try:
        before: list[Any] = termios.tcgetattr(descriptor)
    except (termios.error, OSError):
        yield
        return
    changed = [before[_IFLAG] & ~termios.IXON, *before[_IFLAG + 1 :]]
    with contextlib.suppress(termios.error):
        termios.tcsetattr(descriptor, termios.TCSANOW, changed)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # the window was closed
            termios.tcsetattr(descriptor, termios.TCSANOW, before)
