"""Long text on a terminal goes through the person's pager; into a pipe or a file it goes as it is."""

from __future__ import annotations

import os
import sys

from runbook.cli.output import is_terminal

_PLAIN = frozenset({"", "cat"})


def page_out(text: str) -> None:
    """Print ``text``; through ``$PAGER`` (``less`` if that is not set) where it is longer than the screen.

    ``less`` is told to show colours, to leave short text alone and to keep it on the screen, unless ``$LESS`` says
    something else. A pager that cannot be started is done without.
    """
    command = os.environ.get("RUNBOOK_PAGER", os.environ.get("PAGER", "less")).strip()
    if command in _PLAIN or not is_terminal(sys.stdin, sys.stdout) or text.count("\n") + 2 < _rows():
        print(text)
        return
    import shlex
    import subprocess

    sys.stdout.flush()
    environment = {"LESS": "-R -F -X", **os.environ}
    try:
        # The person's own setting, run as they are; no shell reads it.
        with subprocess.Popen(shlex.split(command), stdin=subprocess.PIPE, env=environment) as pager:
            _feed(pager, text)
    except (OSError, ValueError):
        print(text)


def _feed(pager: object, text: str) -> None:
    """Give the pager its text; Ctrl-C is the pager's to handle, and one that was quit early has read enough."""
    import subprocess

    if not isinstance(pager, subprocess.Popen) or pager.stdin is None:
        return
    try:
        pager.stdin.write((text + "\n").encode("utf-8", "backslashreplace"))
        pager.stdin.close()
    except BrokenPipeError:
        pass
    while True:
        try:
            pager.wait()
        except KeyboardInterrupt:
            continue
        return


def _rows() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).lines
    except (OSError, ValueError):
        return 24
