"""The timeline as characters, for a terminal: the lanes of ``timeline.svg`` in a dozen lines, without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runbook.model.times import format_duration
from runbook.render.picture_scale import Scale
from runbook.render.picture_story import LANES, SHAPES, milestone_name, shapes_of, tell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runbook.render.picture_story import Mark, Story
    from runbook.render.sheet import Sheet

_GUTTER = 12
_GAP = 9
_TICKS_APART = 9
_MOST = 9


class Glyphs(NamedTuple):
    """What is drawn with."""

    shapes: dict[str, str]
    bar: str
    open: str
    joint: str
    start: str
    torn: str


_NAMES = tuple(SHAPES)
FULL = Glyphs(dict(zip(_NAMES, "○▼✓●◆▲✗●?■□◄", strict=True)), "─", "╌", "┼", "│", "╱")
PLAIN = Glyphs(dict(zip(_NAMES, "o!v.DEx+?=b<", strict=True)), "-", ".", "+", "|", "/")
"""For terminals that show ASCII only. Every shape has a sign of its own in both, within its lane."""


def lanes_in_text(sheet: Sheet, width: int, *, plain: bool = False) -> list[str]:
    """The picture as lines of at most ``width`` columns; none where there is no stretch of time to draw.

    Args:
        sheet: the document.
        width: columns of the terminal, 40 or more.
        plain: draw with ASCII only.
    """
    story = tell(sheet)
    if len(story.moments) < 2:
        return []
    board = _Board(sheet, story, width, PLAIN if plain else FULL)
    return [line.rstrip() for line in [*board.milestones(), *board.lanes(), *board.axis(), *board.key()]]


class _Board:
    """Lines that share one scale. Places are columns, counted from the left of the terminal."""

    def __init__(self, sheet: Sheet, story: Story, width: int, glyphs: Glyphs) -> None:
        self._sheet, self._story, self._glyphs = sheet, story, glyphs
        self._width = width
        self._several = False
        self._scale = Scale(story.moments, _GUTTER, width - 2, _GAP)

    def _column(self, place: float) -> int:
        return min(max(round(place), _GUTTER), self._width - 2)

    def _line(self, name: str) -> list[str]:
        line = list(f"  {name:<{_GUTTER - 2}}" + " " * (self._width - _GUTTER))
        for gap in self._scale.gaps:
            for column in (self._column(gap.left) + 1, self._column(gap.right) - 1):
                line[column] = self._glyphs.torn
        return line

    def _write(self, line: list[str], column: int, text: str) -> bool:
        """Put ``text`` where only blanks are, with a blank on either side; False where it does not fit."""
        end = column + len(text)
        if column < _GUTTER or end > self._width or "".join(line[column - 1 : end + 1]).strip():
            return False
        line[column:end] = text
        return True

    def milestones(self) -> list[str]:
        """Their names, each at its place, on as many lines as they need, and the bar of phases below."""
        names: list[list[str]] = []
        for name, moment in self._story.milestones:
            column = self._column(self._scale.place(moment))
            name = milestone_name(self._sheet.document, name)  # noqa: PLW2901  as it is shown
            text = f"{self._glyphs.start}{name}"
            at = min(column, self._width - len(text))
            if at < column:
                text, at = f"{name}{self._glyphs.start}", column - len(name)
            for line in names:
                if self._write(line, at, text):
                    break
            else:
                line = list(" " * self._width)
                self._write(line, at, text)
                names.append(line)
        return ["".join(line) for line in reversed(names)] + self._phases()

    def _phases(self) -> list[str]:
        if not self._story.phases and not self._scale.gaps:
            return []
        line = self._line("phases" if self._story.phases else "")
        for phase in self._story.phases:
            left, right = self._column(self._scale.place(phase.start)), self._column(self._scale.place(phase.end))
            for column in range(left, right + 1):
                if line[column] == " ":
                    line[column] = self._glyphs.open if phase.name == "open" else self._glyphs.bar
            line[left] = line[right] = self._glyphs.joint
        for gap in self._scale.gaps:
            left, right = self._column(gap.left) + 1, self._column(gap.right) - 1
            lasted = format_duration(gap.lasted)
            room = right - left - 1
            line[left + 1 : right] = (lasted if len(lasted) <= room else gap.short)[:room].center(room)
        for phase in self._story.phases:
            left, right = self._column(self._scale.place(phase.start)), self._column(self._scale.place(phase.end))
            for text in (f" {phase.label} ", f" {phase.short} "):
                at = self._between(line, left, right, len(text))
                if at is not None:
                    line[at : at + len(text)] = text
                    break
        return ["".join(line)]

    def _between(self, line: list[str], left: int, right: int, length: int) -> int | None:
        """Where ``length`` characters of a bar can give way to a text: as near to its middle as they can."""
        bar = {self._glyphs.bar, self._glyphs.open}
        places = range(left + 1, right - length + 1)
        middle = (left + right - length) / 2
        fitting = (at for at in places if all(sign in bar for sign in line[at : at + length]))
        return min(fitting, key=lambda at: abs(at - middle), default=None)

    def lanes(self) -> list[str]:
        """A line for each lane, and one more for commands that failed."""
        lines = []
        for key, name in LANES.items():
            marks = self._story.lanes[key]
            failed = [mark for mark in marks if mark.shape == "failed"]
            lines.append(self._lane(name, [mark for mark in marks if mark.shape != "failed"]))
            if failed:
                lines.append(self._lane("  failed", failed))
        return lines

    def _lane(self, name: str, marks: list[Mark]) -> str:
        line = self._line(name)
        gathered: dict[int, list[Mark]] = {}
        for mark in marks:
            gathered.setdefault(self._column(self._scale.place(mark.at)), []).append(mark)
            for column in range(*(self._column(self._scale.place(end)) + 1 for end in (mark.at, mark.end))):
                line[column] = self._glyphs.bar
        for column, inside in gathered.items():
            single = self._glyphs.shapes[inside[0].shape]
            self._several |= len(inside) > 1
            line[column] = single if len(inside) == 1 else str(len(inside)) if len(inside) <= _MOST else "*"
        return "".join(line)

    def axis(self) -> list[str]:
        """The clock, and below it the days."""
        clock, days = list(" " * self._width), list(" " * self._width)
        for tick in self._scale.ticks(self._sheet.local, _TICKS_APART):
            for line, text in ((clock, tick.label), (days, tick.day)):
                column = self._column(tick.x)
                at = min(max(column - len(text) // 2, _GUTTER), self._width - len(text))
                if text and not self._write(line, at, text):
                    break
        return [line for line in ("".join(clock), "".join(days)) if line.strip()]

    def key(self) -> list[str]:
        """What the signs mean: those that occur."""
        lines = [""]
        for text in self._meanings(mark for marks in self._story.lanes.values() for mark in marks):
            if len(lines[-1]) + len(text) + 2 > self._width:
                lines.append("")
            lines[-1] += f"  {text}"
        return [line for line in lines if line]

    def _meanings(self, marks: Iterable[Mark]) -> list[str]:
        several = ["2…9 so many" if self._glyphs is FULL else "2..9 so many"] if self._several else []
        return [f"{self._glyphs.shapes[shape]} {SHAPES[shape]}" for shape in shapes_of(marks)] + several
