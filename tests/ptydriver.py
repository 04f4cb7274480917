"""A terminal for tests: a real pseudo-terminal, with an emulator that says what a person would see on it.

The emulator answers cursor position requests as a real terminal does.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from typing import TYPE_CHECKING, Any

import pexpect
import pyte

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self

ENTER = "\r"
ESCAPE = "\x1b"
ALT_ENTER = "\x1b\r"
TAB = "\t"
SHIFT_TAB = "\x1b[Z"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
PAGE_DOWN, HOME, END = "\x1b[6~", "\x1b[H", "\x1b[F"
BACKSPACE = "\x7f"
PATIENCE = 30.0  # seconds; machines that run many tests at once are slow

COLOUR_CODES = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m")


def ctrl(letter: str) -> str:
    """What a terminal sends for Ctrl and ``letter``."""
    return chr(ord(letter.upper()) - 64)


def paste(text: str) -> str:
    """What a terminal sends when ``text`` is pasted: bracketed, line breaks as carriage returns."""
    return f"\x1b[200~{text.replace(chr(10), chr(13))}\x1b[201~"


class _Screen(pyte.Screen):
    """Sends the terminal's own reports back to the program."""

    def __init__(self, columns: int, rows: int, reply: Callable[[str], None]) -> None:
        super().__init__(columns, rows)
        self._reply = reply

    def write_process_input(self, data: str) -> None:
        self._reply(data)


class Terminal:
    """Runs a program on a pseudo-terminal of ``rows`` by ``columns``.

    Attributes:
        raw: every byte the program wrote.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        rows: int = 24,
        columns: int = 80,
        env: Mapping[str, str | None] | None = None,
        cwd: str | None = None,
    ) -> None:
        environment = {k: v for k, v in {**os.environ, **(env or {})}.items() if v is not None}
        self.child: pexpect.spawn[bytes] = pexpect.spawn(
            argv[0], list(argv[1:]), dimensions=(rows, columns), env=environment, cwd=cwd, timeout=PATIENCE
        )
        self.child.delaybeforesend = None
        vars(self.child)["ptyproc"].delayafterclose = 0.0  # nothing here asks the kernel the moment after
        self.raw = bytearray()
        self._screen = _Screen(columns, rows, self._send)
        self._stream = pyte.ByteStream(self._screen)
        self._over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)

    @property
    def lines(self) -> list[str]:
        """What is on the screen, line by line, without trailing blanks."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self.lines).rstrip()

    def type(self, *keys: str) -> None:
        """Sends ``keys`` as if typed."""
        for key in keys:
            self._send(key)

    def read(self, seconds: float) -> bool:
        """Takes in what the program writes within ``seconds``; whether there was any."""
        try:
            data = self.child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return False
        except (pexpect.EOF, OSError):
            self._over = True
            return False
        self.raw += data
        self._stream.feed(data)
        return True

    def until(self, seen: Callable[[str], Any], what: str = "") -> str:
        """Waits until ``seen(text on the screen)``; returns the text."""
        end = time.monotonic() + PATIENCE
        while not seen(self.text):
            if self._over or time.monotonic() > end:
                raise AssertionError(f"never saw {what or seen}; on the screen:\n{self.text}\n---\n{bytes(self.raw)!r}")
            self.read(0.05)
        return self.text

    def sees(self, *texts: str) -> str:
        """Waits until all of ``texts`` are on the screen."""
        return self.until(lambda screen: all(text in screen for text in texts), repr(texts))

    def rests(self, seconds: float = 0.3) -> str:
        """Waits until the program has written nothing for ``seconds``."""
        end = time.monotonic() + PATIENCE
        while self.read(seconds) and time.monotonic() < end:
            pass
        return self.text

    def resize(self, rows: int, columns: int) -> None:
        """Gives the terminal another size, as dragging its corner does."""
        self._screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the program."""
        os.kill(self.child.pid or 0, number)

    def hang_up(self) -> None:
        """Closes the terminal, as closing its window does, and waits for the program's end."""
        process = vars(self.child)["ptyproc"]  # not in pexpect's type stubs
        process.fileobj.close()
        process.closed = True
        end = time.monotonic() + PATIENCE
        while process.isalive():
            if time.monotonic() > end:
                raise AssertionError("the program went on without a terminal")
            time.sleep(0.02)

    def ends(self) -> int:
        """Waits for the program's end; its exit status, or 128 + N for signal N."""
        end = time.monotonic() + PATIENCE
        while not self._over:
            if time.monotonic() > end:
                raise AssertionError(f"the program does not end; on the screen:\n{self.text}")
            self.read(0.05)
        self.child.wait()
        if self.child.signalstatus is not None:
            return 128 + int(self.child.signalstatus)
        return int(self.child.exitstatus or 0)

    def _send(self, data: str) -> None:
        with contextlib.suppress(OSError):
            self.child.send(data.encode())


def python(code: str, *args: str, **options: Any) -> Terminal:
    """Runs a piece of Python on a terminal."""
    return Terminal([sys.executable, "-c", code, *args], **options)
