"""Words for changes: what became of a text, a value, a tick, a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runbook.model.changes import Ours, Quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from runbook.model.changes import Piece

    Sentence = tuple[Piece, ...]
    Tell = Callable[[Sentence, Any, Any], Sentence]

_AROUND = 3
_CLIP = 90
_REWRITTEN = 0.6
_FEW_WORDS = 12
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Clock:
    """How moments are told: the clock in the document's zone, with the day where several days are in question.

    Args:
        zone: an IANA name; UTC where it is not known here.
        moments: all that may be told.
    """

    def __init__(self, zone: str, moments: Iterable[datetime]) -> None:
        try:
            self._zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self._zone = ZoneInfo("UTC")
        days = {self._local(moment).date() for moment in moments}
        self._with_day = len(days) > 1
        self._with_year = len({day.year for day in days}) > 1

    def _local(self, moment: datetime) -> datetime:
        try:
            return moment.astimezone(self._zone)
        except OverflowError:  # at the ends of the calendar
            return moment

    def text(self, moment: datetime, beside: datetime | None = None) -> str:
        """``14:10`` or ``11 Feb 14:10``; with seconds where ``beside`` is in the same minute."""
        local = self._local(moment)
        seconds = beside is not None and beside != moment and abs(beside - moment).total_seconds() < 60
        clock = f"{local.hour:02d}:{local.minute:02d}" + (f":{local.second:02d}" if seconds else "")
        if not self._with_day:
            return clock
        year = f" {local.year}" if self._with_year else ""
        return f"{local.day} {_MONTHS[local.month - 1]}{year} {clock}"


def clipped(text: str) -> str:
    """``text`` on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _CLIP else line[: _CLIP - 1].rstrip() + "…"


def quoted(value: object) -> Quoted:
    """A value as it is told: text, number, date or word."""
    return Quoted(clipped(str(value)))


def reworded(who: Sentence, before: str, after: str) -> Sentence:
    """What is otherwise in a text: only the words that are, with a few around them."""
    if not before.strip():
        return (*who, Ours(" written: "), quoted(after))
    if not after.strip():
        return (*who, Ours(" taken out, was "), quoted(before))
    old, new = before.split(), after.split()
    if old == new:
        return (*who, Ours(": only its spacing is otherwise"))
    start, shortest = 0, min(len(old), len(new))
    while start < shortest and old[start] == new[start]:
        start += 1
    end = 0
    while end < shortest - start and old[-1 - end] == new[-1 - end]:
        end += 1
    if start + end < (1 - _REWRITTEN) * shortest and max(len(old), len(new)) > _FEW_WORDS:
        return (*who, Ours(f" rewritten: {len(new)} words, was {len(old)}"))
    return (*who, Ours(" reworded: "), Quoted(_around(old, start, end)), Ours(" → "), Quoted(_around(new, start, end)))


def _around(words: list[str], start: int, end: int) -> str:
    """The words from ``start`` on and before the last ``end``, with a few around them."""
    first, last = max(start - _AROUND, 0), min(len(words) - end + _AROUND, len(words))
    text = clipped(" ".join(words[first:last]))
    return ("… " if first else "") + text + (" …" if last < len(words) and not text.endswith("…") else "")


def valued(name: str) -> Tell:
    """For a field with a value: ``priority medium → high``."""

    def tell(who: Sentence, before: Any, after: Any) -> Sentence:
        if before in (None, ""):
            return (*who, Ours(f": {name} is "), quoted(after), Ours(" now"))
        if after in (None, ""):
            return (*who, Ours(f": {name} taken out, was "), quoted(before))
        return (*who, Ours(f": {name} "), quoted(before), Ours(" → "), quoted(after))

    return tell


def owned(name: str, article: str) -> Tell:
    """For what somebody should have, such as an owner: ``action 3 has an owner now: Kim``."""

    def tell(who: Sentence, before: Any, after: Any) -> Sentence:
        if before in (None, ""):
            return (*who, Ours(f" has {article} {name} now: "), quoted(after))
        if after in (None, ""):
            return (*who, Ours(f" has no {name} any more, was "), quoted(before))
        return (*who, Ours(f": {name} "), quoted(before), Ours(" → "), quoted(after))

    return tell


def ticked(yes: str, no: str) -> Tell:
    """For a box: ``action 2 is done now``."""
    return lambda who, _, after: (*who, Ours(f" {yes if after else no}"))


def counted(one: str, many: str) -> Tell:
    """For a list inside an item: ``why 2 of cause 1: 3 pieces of evidence, was 1``."""

    def tell(who: Sentence, before: list[Any], after: list[Any]) -> Sentence:
        if len(before) == len(after):
            return (*who, Ours(f": other {many}"))
        return (*who, Ours(f": {len(after)} {one if len(after) == 1 else many}, was {len(before)}"))

    return tell


def moved(clock: Clock) -> Tell:
    """For a time: ``moved from 14:10 to 14:25``."""

    def tell(who: Sentence, before: datetime | None, after: datetime | None) -> Sentence:
        if before is None and after is not None:
            return (*who, Ours(f" set to {clock.text(after)}"))
        if after is None and before is not None:
            return (*who, Ours(f" taken out, was {clock.text(before)}"))
        if before is None or after is None or before == after:
            return (*who, Ours(": the same moment, written in another zone"))
        return (*who, Ours(f" moved from {clock.text(before, after)} to {clock.text(after, before)}"))

    return tell
