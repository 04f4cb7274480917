"""Redaction marks that another version of a report numbers otherwise.

A report numbers its marks in the order in which they stand in it, so one that was made from another version of the
record may call ``[redacted:password#2]`` what this one calls ``#1``. Lines that are the same but for these numbers say
which is which.
"""

from __future__ import annotations

import re
from itertools import count
from typing import NamedTuple

from runbook.render.literal import INVISIBLE

_NUMBERED = re.compile(rf"(\[redacted:(?P<kind>[a-z0-9-]{{1,40}})#{INVISIBLE}?)(?P<number>\d{{1,6}})(?=\\?\])")


class _Mark(NamedTuple):
    kind: str
    number: str


def with_numbers_of(base: str, text: str) -> str:
    """``text`` with its redaction marks numbered as ``base`` numbers them.

    What is not in ``base`` gets a number that is not there either. Where the lines contradict each other somebody has
    typed marks, and ``text`` stays as it is.
    """
    if "[redacted:" not in text:
        return text
    known: dict[str, list[_Mark] | None] = {}
    for line, marks in _marked(base):
        known[line] = marks if known.get(line, marks) == marks else None
    became: dict[_Mark, _Mark] = {}
    found = _marked(text)
    for line, marks in found:
        for now, was in zip(marks, known.get(line) or (), strict=False):
            if became.setdefault(now, was) != was:
                return text
    if all(now == was for now, was in became.items()) or len(set(became.values())) < len(became):
        return text
    unused = count(max(int(mark.number) for _, marks in (*_marked(base), *found) for mark in marks) + 1)
    for _, marks in found:
        for now in marks:
            if now not in became:
                became[now] = _Mark(now.kind, str(next(unused)))
    return _NUMBERED.sub(lambda mark: mark[1] + became[_Mark(mark["kind"], mark["number"])].number, text)


def _marked(text: str) -> list[tuple[str, list[_Mark]]]:
    """The lines with marks: what they are without the numbers, and the marks."""
    return [
        (_NUMBERED.sub(r"\1", line), [_Mark(mark["kind"], mark["number"]) for mark in _NUMBERED.finditer(line)])
        for line in text.split("\n")
        if "[redacted:" in line
    ]
