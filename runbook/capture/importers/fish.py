r"""fish history: looks like YAML and is none, and damaged entries occur, so it is read line by line.

``- cmd: TEXT`` begins an entry, ``  when: EPOCH`` gives its time, ``  paths:`` and its list say nothing we need. In
TEXT, ``\n`` is a newline and ``\\`` a backslash. fish keeps neither exit status nor duration.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.capture.import_times import from_epoch
from runbook.capture.imported import Imported, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.capture.imported import Source

NAME = "fish"
_ESCAPE = re.compile(r"\\([\\n])")
_SHAPE = re.compile(rb"(?m)^- cmd: .*\n  when: \d")
NO_TIMES = "commands without a time"


def sniff(head: bytes, name: str) -> int:
    """By the shape of an entry."""
    if _SHAPE.search(head):
        return 90
    return 40 if name.endswith("fish_history") else 0


def parse(source: Source) -> Iterator[Imported]:
    """Its commands."""
    command: str | None = None
    began = 0
    for number, raw in source.lines():
        line = raw.rstrip(b"\r")
        if line.startswith(b"- cmd: "):
            source.skip(NO_TIMES, command is not None)
            command, began = _unescape(decode(line[7:])).strip(), number
        elif line.startswith(b"  when: ") and command is not None:
            at = from_epoch(decode(line[8:]).strip())
            if at is None:
                source.problem(number, "`when` is no plausible time")
            elif command:
                yield Imported(at, "command", command, line=began)
            command = None
        elif line.strip() and not line.startswith((b"  paths:", b"    - ", b"  when:")):
            source.problem(number, "this is no part of a fish history")
    source.skip(NO_TIMES, command is not None)


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: "\n" if match[1] == "n" else "\\", text)
