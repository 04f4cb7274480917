"""A line on stderr that says how far long work has come. It appears after a second, and only for a person."""

from __future__ import annotations

import os
import sys
import time

from runbook.cli.output import is_terminal, safe
from runbook.model.cells import cells, cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 1.0
"""Seconds before anything is shown: most scans are over by then."""

INTERVAL = 0.1
BAR = 20
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


class Progress:
    """How much of a total, and what is being looked at.

    Args:
        measure: says how much there is in all, or None where that cannot be told; asked when the line is first shown.
        say: an amount for people; bytes, if nothing else is counted.
    """

    def __init__(self, measure: Callable[[], int | None], say: Callable[[int], str] | None = None) -> None:
        self._say = say or amount
        self.shown = False
        self._measure = measure
        self._total: int | None = None
        self._done = 0
        self._next = time.monotonic() + PATIENCE
        self._measured = False

    def __call__(self, source: str, count: int) -> None:
        """``count`` more, of ``source``."""
        self._done += count
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + INTERVAL
        if not self._measured:
            self._measured = True
            self._total = self._measure()
        self._draw(source)

    def clear(self) -> None:
        """Take the line away, before something else is printed and at the end."""
        if self.shown:
            self.shown = False
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _draw(self, source: str) -> None:
        text = self._say(self._done)
        if self._total:
            part = min(self._done / self._total, 1.0)
            filled = int(part * BAR)
            text = f"[{'#' * filled}{'-' * (BAR - filled)}] {part:>4.0%}  {text} of {self._say(self._total)}"
        columns = _columns()
        room = columns - 3 - cells(text)
        if room >= 8:
            name = safe(source)
            text += "  " + (name if cells(name) <= room else "…" + name[-(room - 1) :])
        self.shown = True
        sys.stderr.write("\r" + cut(text, columns - 1) + "\x1b[K")
        sys.stderr.flush()


def amount(count: int) -> str:
    """``712 MiB``, ``3.4 GiB``: bytes for people."""
    value, unit = float(count), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 or value >= 100 else f"{value:.1f} {_UNITS[unit]}"


def progress_for(measure: Callable[[], int | None], say: Callable[[int], str] | None = None) -> Progress | None:
    """A progress line where a person watches stderr and the terminal can rewrite a line, else None."""
    if not is_terminal(sys.stderr) or os.environ.get("TERM", "dumb") == "dumb":
        return None
    return Progress(measure, say)


def _columns() -> int:
    try:
        return max(os.get_terminal_size(sys.stderr.fileno()).columns, 20)
    except (OSError, ValueError):
        return 80
