"""The first question's line, on the screen before the libraries that ask it are loaded.

questionary and prompt_toolkit take a tenth of a second and more to load, on a slow disk much more. A person reads
meanwhile, and what they type already waits in the terminal, unechoed, until the real prompt takes it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import termios
from typing import TYPE_CHECKING

from runbook.capture.prompter import printable
from runbook.model.cells import beginning

if TYPE_CHECKING:
    from collections.abc import Iterator

ERASE_LINE = "\r\x1b[K"
IFLAG, LFLAG = 0, 3  # places in what termios.tcgetattr returns


@contextlib.contextmanager
def painted(message: str, step: str) -> Iterator[None]:
    """Shows the question on one line while the body runs, and takes it away again."""
    try:
        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
        columns = os.get_terminal_size(sys.stdout.fileno()).columns or 80  # a terminal that does not know says 0
    except (OSError, termios.error):  # a terminal that does not tell; it is only paint
        yield
        return
    quiet = list(before)
    # As the prompt will have it: nothing echoed, nothing held back until Enter, and Enter stays a carriage return.
    quiet[IFLAG] &= ~termios.ICRNL
    quiet[LFLAG] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(terminal, termios.TCSANOW, quiet)
    try:
        sys.stdout.write(beginning(f"{printable(step) or '?'} {printable(message)}", columns - 1, at_most=True))
        sys.stdout.flush()
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)
        sys.stdout.write(ERASE_LINE)
        sys.stdout.flush()
