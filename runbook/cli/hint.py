"""The live hint: what is known about the failure that was just recorded, in at most six lines under it."""

from __future__ import annotations

import re

from runbook.cli.output import safe
from runbook.model.cells import cut, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from runbook.flow.intake import Heard
    from runbook.flow.strikes import Strike
    from runbook.model.match import Match

    class Ended(Protocol):
        """How a command ended."""

        @property
        def exit_status(self) -> int: ...  # noqa: D102  as in the recorder's Outcome
        @property
        def duration(self) -> float: ...  # noqa: D102  seconds


MOST = 6
"""Lines of a hint."""
_LABEL = 6  # columns of "Fix   "
_FENCED = re.compile(r"(?:^|\n)(\w+):\n+(?P<fence>`{3,})\w*\n(?P<text>.*?)\n(?P=fence)", re.DOTALL)
_BOLD_LABEL = re.compile(r"^(Fix|Seen|Right|Check|More)\b")


def format_hint(
    known: Sequence[Match], outcome: Ended, *, columns: int, colour: bool = False, seen: str = ""
) -> list[str]:
    """The lines to print under a failed command.

    Args:
        known: what is known about it, the most telling first; not empty.
        outcome: how it ended.
        columns: of the terminal, at least 40.
        colour: whether to underline what the text says with colour.
        seen: past incidents of the same kind and what ended them, or nothing.
    """
    first = known[0]
    columns = min(columns, 100)
    lines = [_rule(f"known: {safe(first.signature)}", f"exit {outcome.exit_status} · {_seconds(outcome)}", columns)]
    fix, right = _fix(first.fix)
    below = [f"Seen  {cut(_line(seen), columns - _LABEL)}"] if seen else []
    if right and len(right) <= columns - _LABEL:
        below.append(f"Right {right}")
    if first.verify:
        below.append(f"Check {cut(safe(first.verify[0].partition(chr(10))[0]), columns - _LABEL)}")
    others = [match.signature for match in known[1:]]
    more = f"More  runbook explain {first.signature}"
    below = below[: MOST - 4]
    also = f"   also: {', '.join(others)}" if others else ""
    below.append(safe(more) + cut(safe(also), max(columns - len(more), 0)))  # the command stays whole, to be copied
    room = MOST - 1 - len(below)
    what = _wrap(_line(first.summary) or _line(first.title), columns, max(room - (2 if fix else 0), 1))
    lines += what
    if fix:
        folded = _wrap(fix, columns - _LABEL, room - len(what))
        lines += [f"{'Fix   ' if at == 0 else ' ' * _LABEL}{text}" for at, text in enumerate(folded)]
    lines += below
    if colour:
        lines = [f"\x1b[1;33m{lines[0]}\x1b[0m", *(_BOLD_LABEL.sub("\x1b[1m\\1\x1b[0m", text) for text in lines[1:])]
    return lines


def format_strike(strike: Strike, *, columns: int, colour: bool = False) -> list[str]:
    """The lines that say that it is time to ask somebody: what failed when, and whom to ask."""
    columns = min(columns, 100)
    head = f"── {cut(safe(strike.headline), columns - 6)} "
    lines = [head + "─" * (columns - len(head)), *_wrap(f"{safe(strike.advice)}. It is on record.", columns, 2)]
    return [f"\x1b[1;31m{lines[0]}\x1b[0m", *lines[1:]] if colour else lines


def format_heard(heard: Heard, *, columns: int, colour: bool = False) -> list[str]:
    """What to say of commands that a shell's hook has left: which one failed and when, and what is known about it."""
    lines: list[str] = []
    if heard.known:
        line = cut(safe(f"{heard.at}  $ {heard.command.splitlines()[0]}"), min(columns, 100))
        lines += [line, *format_hint(heard.known, heard, columns=columns, colour=colour, seen=heard.seen)]
    for strike in heard.strikes[-1:]:
        lines += [*([""] if lines else []), *format_strike(strike, columns=columns, colour=colour)]
    return lines


def _rule(left: str, right: str, columns: int) -> str:
    left = cut(left, columns - len(right) - 10)
    return f"── {left} {'─' * (columns - len(left) - len(right) - 8)} {right} ──"


def _seconds(outcome: Ended) -> str:
    if outcome.duration < 60:
        return f"{outcome.duration:.1f} s"
    return f"{int(outcome.duration // 60)} min {int(outcome.duration % 60)} s"


def _fix(markdown: str) -> tuple[str, str]:
    """The fix in a sentence, and the right form if it is one line."""
    right = ""
    for match in _FENCED.finditer(markdown):
        text = match["text"].strip()
        if match[1] == "Right" and "\n" not in text:
            right = safe(text)
    plain = _FENCED.sub("", markdown).strip()
    return _line(plain.split("\n\n")[0]), right


def _line(text: str) -> str:
    return safe(" ".join(text.split()))


def _wrap(text: str, columns: int, most: int) -> list[str]:
    """``text`` in at most ``most`` lines, cut with an ellipsis."""
    lines = wrap(text, columns, whole_words=True)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1]} …"]
    return [cut(line, columns) for line in lines]
