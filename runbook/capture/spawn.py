"""Starting a recorded command: on a pseudo-terminal with job control, or on plain pipes.

On a pseudo-terminal a small monitor process leads the session and is the command's parent. Without it the command's
process group would be orphaned, and the kernel discards Ctrl-Z for orphaned groups. The monitor also lets a command
start in the background of its terminal and come to the foreground when it first asks for keys, so that
``runbook run -- make | less`` leaves the keyboard to ``less``. (The same arrangement is known from sudo.)

Both ways report on one pipe, a line each: ``P<pid>`` the command runs, ``E<errno>`` it could not be executed,
``S<signal>`` it was stopped, ``X<wait status>`` it ended, ``F`` it was brought to the foreground.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import signal
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NoReturn

IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)
"""Python ignores these at start; a command must have their default back."""

_IGNORED_BY_MONITOR = (
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTSTP,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGHUP,
    signal.SIGPIPE,
)


class Job:
    """A command that was started.

    Attributes:
        child: our child: the command itself on pipes, its monitor on a pseudo-terminal.
        reports: descriptor of the pipe with the reports.
        control: descriptor that takes ``F`` (go on in the foreground) and ``B`` (go on in the background); closing it
            ends the monitor. -1 on pipes.
    """

    __slots__ = ("child", "control", "reports")

    def __init__(self, child: int, reports: int, control: int = -1) -> None:
        self.child = child
        self.reports = reports
        self.control = control


class Wiring:
    """What becomes of the command's descriptors 0, 1 and 2.

    Attributes:
        replaced: descriptor number to the descriptor that takes its place.
        closed: numbers that were closed when we were started, and are for the command too.
        ours: descriptors that belong to us alone.
        caught: signals for which we have handlers.
    """

    __slots__ = ("caught", "closed", "ours", "replaced")

    def __init__(
        self, replaced: dict[int, int], *, closed: Iterable[int], ours: Iterable[int], caught: Iterable[signal.Signals]
    ) -> None:
        self.replaced = replaced
        self.closed = tuple(closed)
        self.ours = tuple(ours)
        self.caught = tuple(caught)


def start_on_pipes(argv: list[str], wiring: Wiring) -> Job:
    """Start ``argv`` in our own session and process group, as a shell's pipeline member would be."""
    reports, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        _become(argv, wiring, write_end)
    os.close(write_end)
    return Job(child, reports)


def start_on_terminal(argv: list[str], wiring: Wiring, slave: int, *, foreground: bool) -> Job:
    """Start ``argv`` with the pseudo-terminal ``slave`` as its controlling terminal.

    Args:
        argv: the command.
        wiring: its descriptors.
        slave: the pseudo-terminal's slave side.
        foreground: False lets it start in the background of its terminal: it is stopped, and reported, when it asks
            for keys or changes the terminal's modes.
    """
    reports, write_end = os.pipe()
    orders, control = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.set_wakeup_fd(-1)
            for descriptor in (reports, control, *wiring.ours):
                os.close(descriptor)
            _monitor(argv, wiring, slave, write_end, orders, foreground=foreground)
        finally:
            os._exit(125)  # never back into the caller's code
    os.close(write_end)
    os.close(orders)
    return Job(child, reports, control)


def _report(descriptor: int, kind: str, number: int | str = "") -> None:
    with contextlib.suppress(OSError):
        os.write(descriptor, f"{kind}{number}\n".encode())


def _monitor(argv: list[str], wiring: Wiring, slave: int, reports: int, orders: int, *, foreground: bool) -> NoReturn:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    ignored_before = [number for number in _IGNORED_BY_MONITOR if signal.getsignal(number) is signal.SIG_IGN]
    for number in wiring.caught:
        signal.signal(number, signal.SIG_DFL)
    for number in _IGNORED_BY_MONITOR:
        signal.signal(number, signal.SIG_IGN)
    wake, wake_write = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    command = os.fork()
    if command == 0:
        os.setpgid(0, 0)
        if foreground:
            os.tcsetpgrp(slave, os.getpgrp())
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number in _IGNORED_BY_MONITOR:
            if number not in ignored_before:
                signal.signal(number, signal.SIG_DFL)
        _become(argv, wiring, reports)
    with contextlib.suppress(OSError):
        os.setpgid(command, command)  # both sides do it: neither may be late
    for descriptor in {*wiring.replaced.values()} - {slave}:
        os.close(descriptor)
    _report(reports, "P", command)
    _watch(command, slave, reports, orders, wake)


def _watch(command: int, slave: int, reports: int, orders: int, wake: int) -> NoReturn:
    """Report what becomes of ``command``, carry out orders, and end when the recorder closes its side."""
    poller = select.poll()
    poller.register(orders, select.POLLIN)
    poller.register(wake, select.POLLIN)
    alive = True
    while True:
        ready = {descriptor for descriptor, _ in poller.poll()}
        if wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wake, 512)
        if orders in ready:
            received = os.read(orders, 64)
            if not received:
                os._exit(0)
            if alive:
                _obey(received[-1:], command, slave, reports)
        while alive:
            pid, status = os.waitpid(command, os.WNOHANG | os.WUNTRACED)
            if pid == 0:
                break
            if os.WIFSTOPPED(status):
                _report(reports, "S", os.WSTOPSIG(status))
                continue
            alive = False
            os.close(slave)  # once every other holder closed it too, the recorder reads to the very last byte
            _report(reports, "X", status)


def _obey(order: bytes, command: int, slave: int, reports: int) -> None:
    with contextlib.suppress(OSError):
        os.tcsetpgrp(slave, command if order == b"F" else os.getpgrp())
    with contextlib.suppress(OSError):
        os.killpg(command, signal.SIGCONT)
    if order == b"F":
        _report(reports, "F")


def _become(argv: list[str], wiring: Wiring, reports: int) -> NoReturn:
    """Turn this forked process into the command. Never returns."""
    try:
        signal.set_wakeup_fd(-1)
        for caught in (*wiring.caught, *IGNORED_BY_PYTHON):
            signal.signal(caught, signal.SIG_DFL)
        for number, descriptor in wiring.replaced.items():
            os.dup2(descriptor, number)
        for number in wiring.closed:
            os.close(number)
        _report(reports, "E", _execute(argv))
    except OSError as error:
        _report(reports, "E", error.errno or errno.EIO)
    finally:
        os._exit(127)


def _execute(argv: list[str]) -> int:
    """Execute ``argv``, found as a shell finds it. Returns only if that failed, with the error number."""
    program = argv[0]
    if "/" in program:
        candidates = [program]
    else:
        folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
        candidates = [os.path.join(folder, program) for folder in folders] if program else []
    failure = errno.ENOENT
    for path in candidates:
        try:
            os.execv(path, argv)
        except OSError as error:
            number = error.errno or errno.ENOENT
        if number == errno.ENOEXEC:  # a script without a first line that names its interpreter: a shell would run it
            try:
                os.execv("/bin/sh", ["sh", path, *argv[1:]])
            except OSError as error:
                return error.errno or errno.ENOEXEC
        if number not in (errno.ENOENT, errno.ENOTDIR):
            failure = number
            if number != errno.EACCES:
                break
    return failure
