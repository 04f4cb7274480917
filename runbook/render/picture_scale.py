"""From time to place: a scale of minutes, hours or days, long empty stretches cut out, visibly."""

from __future__ import annotations

import math
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BREAK = 0.3
"""A gap that takes more than this share of the time that is left is cut out,"""
CROWDED = 8
"""if it is so many times the usual gap: where entries stand evenly, each takes a large share of a few."""
MOST_BREAKS = 4
_FEW = 6
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_MONTH, _YEAR = 30 * _DAY, 365 * _DAY
_STEPS = (
    *(5, 10, 15, 30),
    *(_MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * n for n in (1, 2, 3, 6, 12)),
    *(_DAY * n for n in (1, 2, 7, 14)),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_TICKS = 60


class Gap(NamedTuple):
    """A stretch without anything that is drawn shorter than it was: where it stands, and how long it lasted."""

    left: float
    right: float
    lasted: timedelta

    @property
    def short(self) -> str:
        """How long it was, in at most seven characters: its largest unit only."""
        seconds = self.lasted.total_seconds()
        for unit, size, least in (("y", _YEAR, 1000 * _DAY), ("d", _DAY, 2 * _DAY), ("h", _HOUR, _HOUR)):
            if seconds >= least:
                return f"{round(seconds / size)} {unit}"
        return f"{round(seconds / _MINUTE)} min" if seconds >= _MINUTE else f"{round(seconds)} s"


class Tick(NamedTuple):
    """A line across the picture. ``day`` is the second line of its label, where the day is another than before."""

    x: float
    label: str
    day: str


class Scale:
    """Places for moments.

    Args:
        moments: everything that happened, in order, each once.
        left: place of the first.
        right: place of the last.
        gap_width: how much room a break takes.
    """

    def __init__(self, moments: list[datetime], left: float, right: float, gap_width: float) -> None:
        self.left, self.right = left, right
        self._seconds = [_seconds(moment) for moment in moments] or [0.0]
        breaks = _dominating(self._seconds, min(MOST_BREAKS, int((right - left) / 2 / gap_width)))
        span = self._seconds[-1] - self._seconds[0] - sum(self._seconds[i + 1] - self._seconds[i] for i in breaks)
        self.per_second = (right - left - len(breaks) * gap_width) / span if span > 0 else 0.0
        self._places = [left]
        self.gaps: list[Gap] = []
        self.pieces: list[tuple[float, float]] = []
        piece = self._seconds[0]
        for index, (before, after) in enumerate(pairwise(self._seconds)):
            here = self._places[-1]
            if index in breaks:
                self._places.append(here + gap_width)
                self.gaps.append(Gap(here, here + gap_width, timedelta(seconds=after - before)))
                self.pieces.append((piece, before))
                piece = after
            else:
                self._places.append(here + (after - before) * self.per_second)
        self.pieces.append((piece, self._seconds[-1]))

    def place(self, moment: datetime) -> float:
        """Where ``moment`` stands; what is outside stands at the nearer end."""
        return self._place(_seconds(moment))

    def _place(self, seconds: float) -> float:
        if seconds <= self._seconds[0]:
            return self._places[0]
        if seconds >= self._seconds[-1]:
            return self._places[-1]
        index = bisect_right(self._seconds, seconds) - 1
        share = (seconds - self._seconds[index]) / (self._seconds[index + 1] - self._seconds[index])
        return self._places[index] + share * (self._places[index + 1] - self._places[index])

    def ticks(self, local: Callable[[datetime], datetime], apart: float) -> list[Tick]:
        """Lines at full minutes, hours, days, months or years of the document's own clock, ``apart`` or more.

        A piece between two breaks that none of them meets has one where it begins.
        """
        need = apart / self.per_second if self.per_second else 0.0
        step = next((step for step in _STEPS if step >= need), None)
        ticks: list[Tick] = []
        shown = ""
        for start, end in self.pieces:
            moments = _at_steps(start, end, step, local) if step else _at_months(start, end, need, local)
            for seconds in list(islice(moments, _MOST_TICKS)) or [start]:
                here = local(_moment(seconds))
                label, day = _label(here, step, need)
                ticks.append(Tick(self._place(seconds), label, day if day != shown else ""))
                shown = day
        return ticks


def _seconds(moment: datetime) -> float:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()


def _moment(seconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def _dominating(seconds: list[float], most: int) -> set[int]:
    """Indexes of at most ``most`` gaps to cut out: each takes a large share of what is left without the longer ones."""
    found: set[int] = set()
    if len(seconds) < _FEW:
        return found
    gaps = sorted(((after - before, -i) for i, (before, after) in enumerate(pairwise(seconds))), reverse=True)
    usual = gaps[len(gaps) // 2][0]
    left = seconds[-1] - seconds[0]
    for gap, index in gaps[:most]:
        if gap <= BREAK * left or gap >= left or gap < CROWDED * usual:
            break
        found.add(-index)
        left -= gap
    return found


def _at_steps(start: float, end: float, step: int, local: Callable[[datetime], datetime]) -> Iterator[float]:
    """Full steps of the clock on the wall, as it stood at ``start``; from a day on, midnights."""
    offset = local(_moment(start)).utcoffset() or timedelta()
    ahead = offset.total_seconds()
    wall = math.ceil((start + ahead) / step) * step
    while wall - ahead <= end:
        seconds = wall - ahead
        if step >= _DAY:  # clocks may have changed since
            moved = local(_moment(seconds)).utcoffset() or timedelta()
            seconds = wall - moved.total_seconds()
        if start <= seconds <= end:
            yield seconds
        wall += step


def _at_months(start: float, end: float, need: float, local: Callable[[datetime], datetime]) -> Iterator[float]:
    """First days of months, or of years where months would stand too close."""
    months = next((n for n in (1, 2, 3, 6) if n * _MONTH >= need), 12 * max(1, math.ceil(need / _YEAR)))
    here = local(_moment(start))
    index = math.ceil((here.year * 12 + here.month - 1) / months) * months
    while True:
        year, month = divmod(index, 12)
        if not 1 <= year <= 9999:
            return
        seconds = _seconds(datetime(year, month + 1, 1, tzinfo=UTC)) - (here.utcoffset() or timedelta()).total_seconds()
        if seconds > end:
            return
        if seconds >= start:
            yield seconds
        index += months


def _label(here: datetime, step: int | None, need: float) -> tuple[str, str]:
    day = f"{here.day} {_MONTHS[here.month - 1]}"
    if step is None:
        return (str(here.year), "") if need > 6 * _MONTH else (_MONTHS[here.month - 1], str(here.year))
    if step >= _DAY:
        return day, str(here.year)
    clock = f"{here.hour:02d}:{here.minute:02d}"
    return (clock if step >= _MINUTE else f"{clock}:{here.second:02d}"), day
