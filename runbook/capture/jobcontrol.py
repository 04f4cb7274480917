"""A command's pseudo-terminal and its place in our job: foreground, background, stopped, continued, resized."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time

from runbook.capture.keyboard import Keyboard
from runbook.capture.spawn import start_on_terminal
from runbook.capture.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import select

    from runbook.capture.spawn import Job, Wiring

_TIOCSIG = 0x40045436  # Linux, asm-generic/ioctls.h: signal a pseudo-terminal's foreground, whoever it belongs to
_AT_ONCE = 0.1  # seconds; a stop that is over sooner never was one


class JobControl:
    """Makes a pseudo-terminal that looks like ours, and keeps the two in step.

    A command whose input or output is connected to another program starts in the background of its terminal and gets
    the keyboard when it asks for it, because the other program may be the one that needs it.

    Args:
        terminals: which of descriptors 0, 1, 2 are terminals; at least one.
        poller: where keys are waited for.
        shares_keyboard: whether another program of our job may need the keyboard.

    Attributes:
        keyboard: passes keys on.
        master: our side of the pseudo-terminal; -1 once it is closed.
        slave: the command's side, until :meth:`start` closes it.
        shown_on: the descriptor on which its output is shown.
    """

    def __init__(self, terminals: list[int], poller: select.poll, *, shares_keyboard: bool) -> None:
        self._terminal = Terminal.of(terminals)
        self.master, self.slave = os.openpty()
        self._terminal.copy_to(self.slave)
        self._terminal.copy_size_to(self.master)
        os.set_blocking(self.master, False)
        self.shown_on = next((number for number in (1, 2) if number in terminals), self._terminal.descriptor)
        self.keyboard = Keyboard(self._terminal, self.master, poller)
        self._asked_for_keys = not shares_keyboard
        self._control = -1
        self._by_terminal = 0

    def start(self, argv: list[str], wiring: Wiring) -> Job:
        """Start the command on the slave side.

        Raises:
            OSError: no process could be made.
        """
        wiring.ours = (*wiring.ours, self.master, self.keyboard.writer)
        foreground = self._asked_for_keys and self._terminal.in_foreground
        if foreground:
            self.keyboard.take()
        job = start_on_terminal(argv, wiring, self.slave, foreground=foreground)
        self._control = job.control
        return job

    def stopped(self, number: int) -> None:
        """The command was stopped: let it have the keyboard it asked for, or stop our whole job with it."""
        asks_for_keys = number in (signal.SIGTTIN, signal.SIGTTOU)
        self._asked_for_keys = self._asked_for_keys or asks_for_keys
        if not (asks_for_keys and self._terminal.in_foreground):
            self.keyboard.release()
            before = time.monotonic()
            self._stop_job(number)
            if asks_for_keys and not self._terminal.in_foreground and time.monotonic() - before < _AT_ONCE:
                # The kernel did not stop us because the shell that could continue us is gone: nobody will ever type.
                self._order(b"F")
                self.keyboard.type_end_of_input()
                return
        self.resume()

    def _stop_job(self, number: int) -> None:
        """Stop as the keyboard would have stopped us: with everybody in the job, such as the script that called us."""
        handler = signal.signal(number, signal.SIG_DFL) if number != signal.SIGSTOP else None
        if self._terminal.controls_us:
            os.killpg(0, number)
        else:
            os.kill(os.getpid(), number)
        if handler is not None:
            signal.signal(number, handler)

    def resume(self) -> None:
        """Let the command go on where we are: in the foreground with the keyboard, or in the background."""
        foreground = self._asked_for_keys and self._terminal.in_foreground
        if foreground:
            self.keyboard.take()
        if self.master >= 0:
            self._terminal.copy_size_to(self.master)
        self._order(b"F" if foreground else b"B")

    def resized(self) -> bool:
        """Our terminal has another size. Returns whether the kernel has told the command."""
        if self.master >= 0:
            self._terminal.copy_size_to(self.master)
        return self.keyboard.taken

    def signal_by_terminal(self, number: int) -> None:
        """Send a signal that we may not send ourselves (``sudo``) as a key would: to whoever has the foreground."""
        self._by_terminal = number
        self._order(b"F")

    def came_to_foreground(self) -> None:
        """The monitor has carried out the order to bring the command to the foreground of its terminal."""
        if self._by_terminal and self.master >= 0:
            with contextlib.suppress(OSError):
                fcntl.ioctl(self.master, _TIOCSIG, self._by_terminal)
        self._by_terminal = 0

    def _order(self, order: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self._control, order)

    def close(self) -> None:
        """Give our terminal back as it was."""
        self.keyboard.close()
        self._control = -1
