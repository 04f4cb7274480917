"""The command recorder: runs a command as if nobody were watching, and hands every byte it prints to a listener.

Each of the command's descriptors is taken as it is. A terminal gets a pseudo-terminal, anything else a pipe of its own
(one for both where standard output and standard error are the same file, so that their order stays), and standard
input that is no terminal is inherited. Bytes are passed on first and listened to second.

Hot path: standard library, nothing that costs start-up time.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import time

from runbook.capture.jobcontrol import JobControl
from runbook.capture.spawn import Wiring, start_on_pipes
from runbook.capture.streams import CHUNK, Flow, Sink, in_pipeline, make_pipes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import FrameType
    from typing import Protocol

    from runbook.capture.spawn import Job

    class Hearer(Protocol):
        """Somebody beside the record who listens to a command, and may end it."""

        def output(self, data: bytes) -> None:
            """Bytes it printed. Must not raise."""

        def wait(self, end: Callable[[int], None]) -> float:
            """Called now and then with how to send it a signal; returns after how many seconds to call again."""


_QUIET = 0.5  # seconds without output after which a finished command's leftover children are no longer waited for
_GRACE = 2.0  # seconds after which they are not waited for even if they keep printing
_BUFFERED = 3 * CHUNK  # more than a finished command can have left in our pipes: what comes after is not its own
_INTERRUPTS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)  # what a key can send
_PASSED_ON = (*_INTERRUPTS, signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
_TO_GROUP = (*_INTERRUPTS, signal.SIGHUP, signal.SIGWINCH)  # what a terminal sends, it sends to a process group


class Outcome:
    """How a command ended.

    Attributes:
        exit_status: as a shell reports it: the command's own, 128 + signal, 126 not executable, 127 not found.
        signal: the signal that ended it, or None.
        duration: seconds.
        not_started: the error number if it could not be executed, else 0.
        interrupted: Ctrl-C, typed in our terminal while the command had it, ended the command.
    """

    __slots__ = ("duration", "exit_status", "interrupted", "not_started", "signal")

    def __init__(self, wait_status: int, duration: float, *, not_started: int = 0, had_keyboard: bool = False) -> None:
        self.duration = duration
        self.not_started = not_started
        self.signal: int | None = None
        if not_started:
            self.exit_status = 127 if not_started in (errno.ENOENT, errno.ENOTDIR) else 126
        elif os.WIFSIGNALED(wait_status):
            self.signal = os.WTERMSIG(wait_status)
            self.exit_status = 128 + self.signal
        else:
            self.exit_status = os.WEXITSTATUS(wait_status)
        self.interrupted = had_keyboard and self.signal == signal.SIGINT


class Recorder:
    """Runs one command. Make a new one for every command.

    Args:
        argv: the command and its arguments; the program is found as a shell finds it.
        listen: called with a stream's name (see :class:`Flow`) and bytes, after they were passed on. Must not raise.
        tick: called after every round of output and when it asked for it; returns after how many seconds it wants to
            be called again, or None. Must not raise.
        show: called instead of ``listen``, before bytes are passed on; returns what is passed on. Must not raise.
        closed: the standard descriptors that were closed when we were started.
    """

    def __init__(
        self,
        argv: list[str],
        listen: Callable[[str, bytes], None],
        tick: Callable[[], float | None],
        *,
        show: Callable[[str, bytes], bytes] | None = None,
        closed: Collection[int] = (),
    ) -> None:
        self._argv = argv
        self._show = show
        self._listen = listen
        self._tick = tick
        self._closed = closed
        self._poller = select.poll()
        self._flows: dict[int, Flow] = {}  # by source
        self._sinks: dict[int, Flow] = {}  # by the sink's descriptor
        self._job: Job | None = None
        self._control: JobControl | None = None
        self._command = 0
        self._early: list[int] = []
        self._wait_status: int | None = None
        self._not_started = 0
        self._report = b""

    def let_hear(self, hearer: Hearer) -> None:
        """Let somebody listen beside ``listen``; before :meth:`run`."""
        listen, tick = self._listen, self._tick

        def both(stream: str, data: bytes) -> None:
            listen(stream, data)
            hearer.output(data)

        def sooner() -> float | None:
            asked, other = tick(), hearer.wait(self._send)
            return other if asked is None else min(asked, other)

        self._listen, self._tick = both, sooner

    def _send(self, number: int) -> None:
        """A signal to the command and to everything it started."""
        if not self._command or self._wait_status is not None:
            return
        from runbook.capture.offspring import offspring  # noqa: PLC0415  only where a command took too long

        for pid in (*reversed(offspring(self._command)), self._command):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def run(self) -> Outcome:
        """Run it to its end. Whatever happens, our terminal is given back as it was.

        Raises:
            OSError: no pipe, pseudo-terminal or process could be made; the command did not run.
        """
        terminals = [number for number in (0, 1, 2) if number not in self._closed and os.isatty(number)]
        caught = [number for number in _signals(terminals) if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.getsignal(number) for number in caught}
        wake, wake_write = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(wake_write, False)
        wake_before = signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        began = time.monotonic()
        try:
            for number in caught:
                signal.signal(number, self._on_signal)
            self._start(terminals, caught, [wake, wake_write])
            self._poller.register(wake, select.POLLIN)
            ended = self._loop(wake)
        finally:
            if self._control is not None:
                self._control.close()
            signal.set_wakeup_fd(wake_before)
            for number, handler in before.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)
            self._close()
            os.close(wake)
            os.close(wake_write)
        status = int(signal.SIGKILL) if self._wait_status is None else self._wait_status
        had_keyboard = self._control is not None and self._control.keyboard.was_taken
        return Outcome(status, ended - began, not_started=self._not_started, had_keyboard=had_keyboard)

    def _start(self, terminals: list[int], caught: list[signal.Signals], ours: list[int]) -> None:
        flows, replaced = make_pipes([n for n in (1, 2) if n not in terminals and n not in self._closed])
        write_ends = set(replaced.values())
        for flow in flows:
            self._add(flow)
        if terminals:
            self._control = JobControl(terminals, self._poller, shares_keyboard=in_pipeline(self._closed))
            self._add(Flow("terminal", self._control.master, Sink(self._control.shown_on), is_pipe=False))
            replaced.update(dict.fromkeys(terminals, self._control.slave))
            write_ends.add(self._control.slave)
        wiring = Wiring(replaced, closed=self._closed, ours=[*ours, *(flow.source for flow in flows)], caught=caught)
        try:
            if self._control is None:
                self._job = start_on_pipes(self._argv, wiring)
                self._command = self._job.child
            else:
                self._job = self._control.start(self._argv, wiring)
        finally:
            for descriptor in write_ends:
                os.close(descriptor)
        self._poller.register(self._job.reports, select.POLLIN)

    def _add(self, flow: Flow) -> None:
        self._flows[flow.source] = flow
        self._sinks[flow.sink.descriptor] = flow
        self._poller.register(flow.source, select.POLLIN)

    # --- the loop -----------------------------------------------------------------------------------------------

    def _loop(self, wake: int) -> float:
        """Pass bytes on until the command ended and its output is drained. Returns when it ended (monotonic)."""
        ended = quiet_since = 0.0
        after = 0
        pause = self._tick()
        while True:
            if self._wait_status is not None:
                now = time.monotonic()
                ended = ended or now
                if not quiet_since or any(flow.sink.pending for flow in self._flows.values()):
                    quiet_since = now  # a slow reader: what the command printed before its end is still on its way
                overdue = now - quiet_since >= _QUIET or (after > _BUFFERED and now - ended >= _GRACE)
                if not self._flows or overdue:
                    return ended
                pause = _QUIET if pause is None else min(_QUIET, pause)
            moved = 0
            for descriptor, _event in self._poller.poll(None if pause is None else max(1, int(pause * 1000))):
                moved += self._serve(descriptor, wake)
            if moved:
                quiet_since = 0.0
                after += moved if ended else 0
            pause = self._tick()

    def _serve(self, descriptor: int, wake: int) -> int:
        """Do what one ready descriptor asks for. Returns how many bytes of output moved."""
        flow = self._flows.get(descriptor)
        if flow is not None:
            return self._move(flow)
        if descriptor in self._sinks:
            self._drain(self._sinks[descriptor])
        elif descriptor == wake:
            with contextlib.suppress(BlockingIOError):
                os.read(wake, 512)
            self._reap()
        elif self._control is not None and descriptor == self._control.keyboard.reader:
            self._control.keyboard.read()
        elif self._control is not None and descriptor == self._control.keyboard.writer:
            self._control.keyboard.send()
        elif self._job is not None and descriptor == self._job.reports:
            self._read_reports()
        return 0

    def _move(self, flow: Flow) -> int:
        """Pass on one chunk. Returns its size; 0 at the end of the stream."""
        try:
            data = os.read(flow.source, CHUNK)
        except BlockingIOError:
            return 0
        except OSError:  # EIO: the last holder of the pseudo-terminal closed it
            data = b""
        if not data:
            self._finish(flow)
            return 0
        if self._show is None:
            flow.sink.write(data)
            self._listen(flow.name, data)
        else:
            flow.sink.write(self._show(flow.name, data))
        if flow.sink.pending:
            self._poller.unregister(flow.source)
            self._poller.register(flow.sink.descriptor, select.POLLOUT)
        elif not flow.sink.alive and flow.is_pipe:
            self._finish(flow)  # nobody reads any more: the command gets SIGPIPE, as it would without us
        return len(data)

    def _drain(self, flow: Flow) -> None:
        flow.sink.flush()
        if not flow.sink.pending:
            self._poller.unregister(flow.sink.descriptor)
            if flow.sink.alive or not flow.is_pipe:
                self._poller.register(flow.source, select.POLLIN)
            else:
                self._finish(flow)

    def _finish(self, flow: Flow) -> None:
        del self._flows[flow.source]
        with contextlib.suppress(KeyError):
            self._poller.unregister(flow.source)
        if self._control is not None and flow.source == self._control.master:
            self._control.master = -1
        os.close(flow.source)

    def _close(self) -> None:
        for flow in list(self._flows.values()):
            self._finish(flow)
        for flow in self._sinks.values():
            flow.sink.close()
        if self._job is not None:
            os.close(self._job.reports)
            if self._job.control >= 0:
                os.close(self._job.control)  # ends the monitor
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(self._job.child, 0)

    # --- what the monitor and the kernel report -----------------------------------------------------------------

    def _reap(self) -> None:
        """On pipes the command is our own child; on a terminal its monitor reports."""
        if self._job is None or self._job.control >= 0 or self._wait_status is not None:
            return
        pid, status = os.waitpid(self._job.child, os.WNOHANG)
        if pid:
            self._read_reports()  # an error number, or the end: the only writer is gone
            self._command, self._wait_status = 0, status

    def _read_reports(self) -> None:
        if self._job is None:
            return
        data = os.read(self._job.reports, 512)
        if not data:
            with contextlib.suppress(KeyError):
                self._poller.unregister(self._job.reports)
            if self._job.control >= 0 and self._wait_status is None:
                self._command, self._wait_status = 0, int(signal.SIGKILL)  # the monitor was killed, the session with it
            return
        *lines, self._report = (self._report + data).split(b"\n")
        for line in lines:
            self._note(line[:1], int(line[1:] or 0))

    def _note(self, kind: bytes, number: int) -> None:
        if kind == b"P":
            self._command = number
            for early in self._early:
                self._pass_on(early)
            self._early.clear()
        elif kind == b"E":
            self._not_started = number
        elif kind == b"X":
            self._command, self._wait_status = 0, number
        elif kind == b"S" and self._control is not None:
            self._control.stopped(number)
        elif kind == b"F" and self._control is not None:
            self._control.came_to_foreground()

    # --- signals ------------------------------------------------------------------------------------------------

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Runs between two steps of the loop, also while it waits to write: only system calls here."""
        if number == signal.SIGCHLD:
            return  # it woke the loop
        if number == signal.SIGWINCH:
            if self._control is not None and not self._control.resized():
                self._pass_on(number)
        elif number == signal.SIGCONT:
            if self._control is not None and self._command:
                self._control.resume()
        elif self._command:
            self._pass_on(number)
        elif self._wait_status is None:
            self._early.append(number)

    def _pass_on(self, number: int) -> None:
        if not self._command:
            return
        if self._control is None and number in (signal.SIGINT, signal.SIGQUIT) and _typed_for_us():
            return  # the keyboard sent it to the command as well
        try:
            if self._control is not None and number in _TO_GROUP:
                os.killpg(self._command, number)
            else:
                os.kill(self._command, number)
        except PermissionError:  # sudo: it is not ours to signal, but its terminal is
            if self._control is not None and number in (*_INTERRUPTS, signal.SIGTERM):
                self._control.signal_by_terminal(number if number in _INTERRUPTS else int(signal.SIGINT))
        except ProcessLookupError:
            pass


def _signals(terminals: list[int]) -> tuple[signal.Signals, ...]:
    if terminals:
        return (*_PASSED_ON, signal.SIGCHLD, signal.SIGWINCH, signal.SIGCONT)
    # Without a terminal the command is in our process group: Ctrl-Z stops both of us, and `fg` continues both.
    return (*(number for number in _PASSED_ON if number != signal.SIGTSTP), signal.SIGCHLD)


def _typed_for_us() -> bool:
    """Whether an interrupt probably came from the keyboard, which sends it to our whole process group."""
    try:
        descriptor = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(descriptor)
