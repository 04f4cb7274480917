"""One act of a runbook run: whether it is needed, how often it is tried, how long it takes, what it has to print."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta

from runbook.model.times import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.flow.desk import Desk
    from runbook.model.guide import Act

OUTPUT = 256 * 1024
"""Bytes at the end of a command's output in which what is expected is looked for."""

_GRACE = 5.0
"""Seconds from the first signal to a command that took too long to the last."""


class Runner:
    """Runs the commands of acts, each guarded and recorded as every other.

    Args:
        fill: puts values in the place of placeholders.
        tell: called with a line for the person.
        guard: lets a command through, or raises.
        desk: the document that they are recorded in, or None.
        repo: as ``--repo``.
        folder: where the whole runbook runs; the present one if empty.
    """

    def __init__(
        self,
        *,
        fill: Callable[[str], str],
        tell: Callable[[str], None],
        guard: Callable[[str, Desk | None], None],
        desk: Desk | None,
        repo: str | None,
        folder: str,
    ) -> None:
        self._fill = fill
        self._tell = tell
        self._guard = guard
        self._desk = desk
        self._repo = repo
        self._folder = folder

    def not_needed(self, act: Act) -> str:
        """Why the act's conditions say that it is not needed; nothing where it is."""
        from runbook.operate.checks.command import output_of

        for command, wanted, said in ((act.only_if, True, "fails"), (act.unless, False, "succeeds")):
            if command:
                status, _ = output_of(self._fill(command), min(act.limit, 60.0))
                if (status == 0) is not wanted:
                    return f"not needed: `{self._fill(command)}` {said}"
        return ""

    def attempt(self, act: Act, text: str) -> tuple[str, str]:
        """Run a command as often as its act may be tried.

        Returns:
            The id of its entry, and what is wrong with how it went; nothing where all is as expected.
        """
        entry, failed = "", ""
        for number in range(act.tries):
            if number:
                self._tell(f"{failed}; again in {act.pause:g} s ({number + 1} of {act.tries})")
                time.sleep(act.pause)
            entry, failed = self._once(act, text)
            if not failed:
                break
        return entry, failed

    def _once(self, act: Act, text: str) -> tuple[str, str]:
        from runbook.flow.run import run_command

        heard = _Heard(act.limit)
        before = os.getcwd()
        folder = self._fill(act.folder or self._folder)
        try:
            if folder:
                os.chdir(os.path.expanduser(folder))
        except OSError as error:
            return "", f"{folder}: {(error.strerror or str(error)).lower()}"
        try:
            ran = run_command(
                [f"/bin/{act.shell}" if act.shell == "sh" else act.shell, "-ec", text],
                line=text,
                tell=self._tell if self._desk is not None else _unsaid,
                identifier=None if self._desk is None else self._desk.id,
                repo=self._repo if self._desk is None else self._desk.place.repository,
                guard=self._guard,
                hear=heard,
            )
        finally:
            os.chdir(before)
        entry = "" if ran.entry is None else ran.entry.id
        if heard.overdue:
            return entry, f"did not end within {format_duration(timedelta(seconds=act.limit))}"
        if ran.outcome.exit_status != act.status:
            return entry, f"exit {ran.outcome.exit_status}, not {act.status}"
        return entry, missing_in(heard.text(), [self._fill(each) for each in act.expected])


class _Heard:
    """Listens to a command: keeps the end of what it prints, and ends it when its time is over."""

    def __init__(self, limit: float) -> None:
        self.overdue = False
        self._kept = bytearray()
        self._deadline = time.monotonic() + limit

    def output(self, data: bytes) -> None:
        """Bytes it printed."""
        self._kept += data
        if len(self._kept) > 2 * OUTPUT:
            del self._kept[:-OUTPUT]

    def wait(self, end: Callable[[int], None]) -> float:
        """Called now and then with how to end the command; returns after how many seconds to call again."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            end(signal.SIGTERM if not self.overdue else signal.SIGKILL)
            self.overdue = True
            self._deadline = time.monotonic() + _GRACE
            return _GRACE
        return left

    def text(self) -> str:
        """The end of its output."""
        return bytes(self._kept).decode("utf-8", "backslashreplace").replace("\r\n", "\n")


def missing_in(output: str, expected: list[str]) -> str:
    """The first expected line that the output does not hold in its turn, as a sentence; nothing where it holds all."""
    lines = output.splitlines()
    at = 0
    for each in expected:
        while at < len(lines) and not _matches(each, lines[at]):
            at += 1
        if at == len(lines):
            return f"{each!r} is not in what it printed" + (f", after {expected[0]!r}" if each != expected[0] else "")
        at += 1
    return ""


def _matches(expected: str, line: str) -> bool:
    if len(expected) > 2 and expected.startswith("/") and expected.endswith("/"):
        return fits(expected[1:-1], line, whole=False)
    return expected in line


def fits(pattern: str, text: str, *, whole: bool = True) -> bool:
    """Whether a pattern in the linear-time subset matches; as a whole, or anywhere."""
    import re2

    options = re2.Options()
    options.log_errors = False
    compiled = re2.compile(pattern, options)
    return (compiled.fullmatch(text) if whole else compiled.search(text)) is not None


def _unsaid(_line: str) -> None:
    return
