"""Lines in, lines out: what the plain prompter reads and writes with, and the words that work in every question."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from io import TextIOWrapper, UnsupportedOperation
from typing import TYPE_CHECKING

from runbook.capture.prompter import GoBack, InterruptedWhileAskingError, printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn, TextIO

BACK_WORDS = frozenset(["<", "back"])
HELP_WORDS = frozenset(["?", "help"])
EDIT_WORD = ".edit"
CLEAR_WORD = ".clear"
END_WORD = "."
WORDS = BACK_WORDS | HELP_WORDS | {EDIT_WORD, CLEAR_WORD, END_WORD}
GENERAL_HELP = (
    "< or back: the question before. ?: this help. Ctrl-C: stop; what is answered stays saved.",
    "In a text: .edit opens your editor, .clear empties the answer. To answer with such a word, put \\ before it.",
)


class ClosedError(Exception):
    """A signal ended the question; says which, in words."""


class Lines:
    """A pair of streams that hold a conversation.

    Args:
        source: where lines come from; stdin by default.
        target: where questions go; stdout by default.
    """

    def __init__(self, source: TextIO | None = None, target: TextIO | None = None) -> None:
        self._source = source if source is not None else sys.stdin
        self._target = target if target is not None else sys.stdout
        # A pasted byte that is no UTF-8, or a terminal that knows only ASCII, is no reason to stop.
        for stream in (self._source, self._target):
            if isinstance(stream, TextIOWrapper) and stream.errors != "replace":
                with contextlib.suppress(UnsupportedOperation):  # somebody has read from it; ``read`` copes
                    stream.reconfigure(errors="replace")

    def say(self, text: str, end: str = "\n") -> None:
        """Writes ``text``, which has to be printable already, at once."""
        self._target.write(text + end)
        self._target.flush()

    def heading(self, message: str, step: str) -> None:
        """The question's own line, after an empty one."""
        self.say("\n" + " ".join(part for part in (printable(step), printable(message)) if part))

    def help(self, text: str) -> None:
        """The question's own help and the words that always work."""
        for line in (printable(text), *GENERAL_HELP):
            if line:
                self.say(f"  {line}")

    def answer(self, key: str, prompt: str) -> str:
        """One line, without blank space around it.

        Raises:
            GoBack: the line was a word for it.
            InterruptedWhileAskingError: see ``read``.
        """
        line = self.read(key, prompt).strip()
        if line.casefold() in BACK_WORDS:
            raise GoBack
        return line

    def read(self, key: str, prompt: str, partial: str = "") -> str:
        """One line as it was typed, without its line break.

        Args:
            key: the question's name.
            prompt: printed before, on the same line.
            partial: what was typed before this line, for whoever saves it.

        Raises:
            InterruptedWhileAskingError: Ctrl-C, the end of input, a closed terminal, SIGTERM.
        """
        try:
            with _signals_raise():
                self.say(prompt, end="")
                line = self._source.readline()
        except KeyboardInterrupt:
            self._end_line()
            raise InterruptedWhileAskingError(key, partial) from None
        except ClosedError as closed:
            self._end_line()
            raise InterruptedWhileAskingError(key, partial, reason=str(closed)) from None
        except UnicodeDecodeError:
            self.say("  That was not UTF-8 text; once more, please.")
            return self.read(key, prompt, partial)
        except OSError:
            raise InterruptedWhileAskingError(key, partial, reason="The terminal was closed") from None
        if not line:
            self._end_line()
            raise InterruptedWhileAskingError(key, partial, reason="The input ended")
        return line.rstrip("\r\n")

    def _end_line(self) -> None:
        with contextlib.suppress(OSError):
            self.say("")


def literal(line: str) -> str:
    """``line`` without the backslash that keeps it from being one of ``WORDS``."""
    return line[1:] if line.startswith("\\") and line[1:].strip().casefold() in WORDS else line


def numbers(line: str, last: int) -> list[int]:
    """The numbers in ``1 3-5, 7``, each from 1 to ``last``, in that order and once; [] if anything else is in it."""
    found: dict[int, None] = {}
    for part in line.replace(",", " ").split():
        low, dash, high = part.partition("-")
        if not (low.isdecimal() and (high.isdecimal() if dash else True)):
            return []
        first, final = int(low), int(high or low)
        if not 1 <= first <= final <= last:
            return []
        found.update(dict.fromkeys(range(first, final + 1)))
    return list(found)


@contextlib.contextmanager
def _signals_raise() -> Iterator[None]:
    """SIGHUP and SIGTERM raise ``ClosedError`` here, and mean what they meant before afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def closed(number: int, _frame: object) -> NoReturn:
        for each in (signal.SIGHUP, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)  # said once: a second one must not break the saving of what was typed
        raise ClosedError("The terminal was closed" if number == signal.SIGHUP else "Asked to stop")

    before = {number: signal.signal(number, closed) for number in (signal.SIGHUP, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
