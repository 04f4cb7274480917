"""Keys on their way from our terminal to the command's pseudo-terminal, while the command has the foreground."""

from __future__ import annotations

import contextlib
import os
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.capture.terminal import Terminal

_TYPED_AHEAD = 64 * 1024  # bytes kept while the command does not read; what is typed beyond stays in the terminal


class Keyboard:
    """Passes keys on without ever waiting for the command to read them.

    Attributes:
        reader: our terminal, under a descriptor of its own so that it can be polled apart from output to it.
        writer: the pseudo-terminal's master side, likewise.
        taken: whether keys are being passed on now.
        was_taken: whether the command ever had our terminal in raw mode.
    """

    __slots__ = ("_keys", "_poller", "_terminal", "reader", "taken", "was_taken", "writer")

    def __init__(self, terminal: Terminal, master: int, poller: select.poll) -> None:
        self.reader = os.dup(terminal.descriptor)
        os.set_inheritable(self.reader, False)
        self.writer = os.dup(master)
        self.was_taken = False
        self._terminal = terminal
        self._poller = poller
        self._keys = bytearray()
        self.taken = False

    def take(self) -> None:
        """Put our terminal into raw mode and pass its keys on."""
        self._terminal.make_raw()
        self.was_taken = self.was_taken or self._terminal.is_raw
        self.taken = True
        self._poll()

    def release(self) -> None:
        """Give our terminal back as it was and leave its keys alone."""
        self.taken = False
        self._poll()
        self._terminal.restore()

    def read(self) -> None:
        """Take the keys that were typed."""
        try:
            data = os.read(self.reader, 4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._keys += data
        else:  # the terminal is gone; SIGHUP tells the command
            self.taken = False
        self.send()

    def send(self) -> None:
        """Hand on as many keys as the command's terminal takes now."""
        try:
            while self._keys:
                del self._keys[: os.write(self.writer, self._keys)]
        except BlockingIOError:
            pass
        except OSError:  # nobody has that terminal open any more
            self._keys.clear()
        self._poll()

    def type_end_of_input(self) -> None:
        """What Ctrl-D would do."""
        self._keys += b"\x04"
        self.send()

    def close(self) -> None:
        """Give the terminal back and close both descriptors."""
        self._keys.clear()
        self.release()
        self._terminal.close()
        for descriptor in (self.reader, self.writer):
            os.close(descriptor)

    def _poll(self) -> None:
        for descriptor, mask in (
            (self.reader, select.POLLIN if self.taken and len(self._keys) < _TYPED_AHEAD else 0),
            (self.writer, select.POLLOUT if self._keys else 0),
        ):
            if mask:
                self._poller.register(descriptor, mask)
            else:
                with contextlib.suppress(KeyError):
                    self._poller.unregister(descriptor)
