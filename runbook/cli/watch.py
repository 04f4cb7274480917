"""``runbook status --watch``: the open document kept on the screen.

On a terminal that can do it, the alternate screen is drawn over in place, so that nothing flickers and what was there
before comes back at the end. Elsewhere (a dumb terminal, a pipe) the overview is printed now and then.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
import time
import tty

from runbook.cli.output import is_terminal, safe
from runbook.cli.status import overview_lines
from runbook.errors import NotFoundError
from runbook.flow.desk import HOW_TO_START, open_document
from runbook.flow.status import Overview

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_BELOW = 6  # lines that strikes, findings and the like may take
_LEAST = 0.2  # seconds; more often would only keep a slow line busy


class _LeaveError(Exception):
    """The terminal went away, or somebody asked us to end."""


def watch(identifier: str | None, repo: str | None, *, every: float | None = None) -> int:
    """Show the overview until somebody leaves with ``q`` or Ctrl-C.

    Args:
        identifier: as ``--id``; without it whatever is current, also when that changes.
        repo: as ``--repo``.
        every: seconds between two looks.
    """
    open_document(identifier, repo, hints=False)  # what cannot be shown at all is an error, not an empty screen
    screen = is_terminal(sys.stdin, sys.stdout) and os.environ.get("TERM", "dumb") not in {"", "dumb", "unknown"}
    try:
        if screen:
            with _raw_terminal() as wake:
                _on_screen(identifier, repo, max(every or 1.0, _LEAST), wake)
        else:
            _on_paper(identifier, repo, max(every or 30.0, _LEAST))
    except (KeyboardInterrupt, _LeaveError):
        return 0
    return 0


def _look(identifier: str | None, repo: str | None, *, columns: int, rows: int) -> list[str]:
    try:
        overview = Overview(open_document(identifier, repo, hints=False), recent=max(rows - 2 - _BELOW, 3))
    except NotFoundError:
        return ["Nothing is open any more.", f"  {HOW_TO_START}"]
    lines = overview_lines(overview, columns)
    over = len(lines) - (rows - 1)
    return lines if over <= 0 else [lines[0], *lines[1 + over :]]


def _on_paper(identifier: str | None, repo: str | None, every: float) -> None:
    before: list[str] = []
    while True:
        lines = _look(identifier, repo, columns=80, rows=24)
        if lines[1:] != before:
            print(time.strftime("-- %H:%M:%S"))
            print("\n".join(lines), flush=True)
            before = lines[1:]
        time.sleep(every)


def _on_screen(identifier: str | None, repo: str | None, every: float, wake: int) -> None:
    drawn = ""
    descriptor = sys.stdin.fileno()
    while True:
        size = os.get_terminal_size(sys.stdout.fileno())
        columns, rows = max(size.columns or 80, 20), max(size.lines or 24, 4)
        lines = _look(identifier, repo, columns=columns - 1, rows=rows - 1)
        frame = _frame([*lines, ""], rows, "q leaves")
        if frame != drawn:
            sys.stdout.write(frame)
            sys.stdout.flush()
            drawn = frame
        ready, _, _ = select.select([descriptor, wake], [], [], every)
        if descriptor in ready:
            keys = os.read(descriptor, 64)
            if not keys or keys[:1] in {b"q", b"Q", b"\x03", b"\x04"}:
                return
        if wake in ready:
            os.read(wake, 64)
            drawn = ""  # another size, or back from Ctrl-Z: all of it again


def _frame(lines: list[str], rows: int, last: str) -> str:
    """One picture, drawn over the one before: each line is written and its rest cleared, then what is below."""
    body = "".join(f"\x1b[{number};1H{line}\x1b[0m\x1b[K" for number, line in enumerate(lines[: rows - 1], start=1))
    return f"{body}\x1b[J\x1b[{rows};1H\x1b[2m{safe(last)}\x1b[0m\x1b[K"


@contextlib.contextmanager
def _raw_terminal() -> Iterator[int]:
    """The alternate screen without echo, and everything as it was at the end, however that comes.

    Yields:
        A descriptor that becomes readable when the window changes its size or the program comes back from Ctrl-Z.
    """
    descriptor = sys.stdin.fileno()
    saved = termios.tcgetattr(descriptor)
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def enter() -> None:
        tty.setcbreak(descriptor)
        sys.stdout.write(_ENTER)
        sys.stdout.flush()

    def leave() -> None:
        with contextlib.suppress(OSError, ValueError, termios.error):
            sys.stdout.write(_LEAVE)
            sys.stdout.flush()
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, saved)

    def end(_number: int, _frame: FrameType | None) -> None:
        raise _LeaveError

    def redraw(_number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(OSError):
            os.write(writer, b"r")

    def pause(_number: int, _frame: FrameType | None) -> None:
        leave()
        os.kill(os.getpid(), signal.SIGSTOP)
        enter()
        redraw(0, None)

    handlers = {signal.SIGWINCH: redraw, signal.SIGTSTP: pause, signal.SIGTERM: end, signal.SIGHUP: end}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        enter()
        yield reader
    finally:
        leave()
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)
