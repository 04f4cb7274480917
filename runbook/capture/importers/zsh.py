"""zsh history with times (``EXTENDED_HISTORY``): ``: start:elapsed;command``, a newline in it behind a backslash.

zsh writes some bytes *metafied*: 0x83, then the byte with its sixth bit turned. That is undone before anything is read
as UTF-8. Of an elapsed time of 0 nothing is known: ``SHARE_HISTORY`` writes the line before the command runs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.capture.import_times import from_epoch
from runbook.capture.imported import Imported, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.capture.imported import Source

NAME = "zsh"
_ENTRY = re.compile(rb": {0,3}(\d{9,11}):(\d{1,9});")
_LINE = re.compile(rb"(?m)^: {0,3}\d{9,11}:\d{1,9};")
_META = re.compile(rb"\x83(.)", re.DOTALL)
_MOST_LINES = 2000
NO_TIMES = "commands without a time (zsh keeps times only with `setopt EXTENDED_HISTORY`)"


def sniff(head: bytes, name: str) -> int:
    """By its lines; by its name where there are no times, to say what is missing."""
    if _LINE.search(head[:8192]):
        return 90
    return 40 if name.endswith(("zsh_history", ".zhistory", ".histfile")) else 0


def parse(source: Source) -> Iterator[Imported]:
    """Its commands, as far as they have a time."""
    pending: list[bytes] = []
    began = 0
    for number, raw in source.lines():
        if not pending:
            began = number
        if raw.endswith(b"\\") and len(pending) < _MOST_LINES:
            pending.append(raw[:-1])
            continue
        pending.append(raw)
        yield from _event(b"\n".join(pending), began, source)
        pending = []
    if pending:
        yield from _event(b"\n".join(pending), began, source)


def _event(raw: bytes, number: int, source: Source) -> Iterator[Imported]:
    entry = _ENTRY.match(raw)
    if entry is None:
        source.skip(NO_TIMES, bool(raw.strip()))
        return
    command = raw[entry.end() :]
    if command.endswith(b"\\ "):
        command = command[:-1]  # zsh adds the blank so that the backslash is not taken for a line's end
    text = decode(unmetafy(command)).strip()
    at = from_epoch(entry[1].decode())
    if at is None:
        source.problem(number, f"{entry[1].decode()} is no plausible time")
    elif text:
        yield Imported(at, "command", text, line=number, duration=float(entry[2]) or None)


def unmetafy(raw: bytes) -> bytes:
    """The bytes as they were typed."""
    return _META.sub(lambda match: bytes((match[1][0] ^ 32,)), raw)
