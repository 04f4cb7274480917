"""Where marks and labels stand, so that no text meets another.

A lane has rows. A mark and its label take a stretch of a row; the next label that would touch it goes to the next row,
to the other side of its mark, or is cut. What finds no place has no label: those marks stand small at the bottom of
their lane, and as columns that are counted where they are too many even for that. So a picture of three entries says
everything, and one of three thousand is as large and as quick as one of thirty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runbook.render.picture_text import cut, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from runbook.render.picture_scale import Scale
    from runbook.render.picture_story import Mark

TEXT = 12.0
"""Size of a label, in pixels."""
RADIUS = 5.0
_BAR = 16.0
"""A bar is longer than this; a shorter one beside a mark would only blur its shape."""
_NEXT_TO = 10.0
_BETWEEN = 12.0
_SHORTEST = 84.0
_FIRST, _LONGEST = 250.0, 560.0
_ROWS_TELLING, _ROWS = 6, 3
_COLUMN = 12.0
_SMALL_APART = 11.0
_SMALL_ROWS = 3
_MOST_LABELS = 200


class Label(NamedTuple):
    """A mark with its text.

    Attributes:
        mark: what it stands for.
        x: place of its beginning.
        end: place of its end.
        row: from the top of the lane.
        text: what is written.
        at: where the text is anchored.
        anchor: ``start`` or ``end``.
    """

    mark: Mark
    x: float
    end: float
    row: int
    text: str
    at: float
    anchor: str


class Small(NamedTuple):
    """A mark without a label; ``row`` counts from the top of the small ones."""

    mark: Mark
    x: float
    row: int


class Column(NamedTuple):
    """Marks that are only counted: those of one stretch of the lane, about ``x``."""

    x: float
    marks: list[Mark]


class LaneLayout(NamedTuple):
    """A lane, ready to be drawn. It has small marks or columns, never both."""

    labels: list[Label]
    rows: int
    small: list[Small]
    small_rows: int
    columns: list[Column]


class Flag(NamedTuple):
    """A milestone: its line's place, its row from the top, and on which side its text stands."""

    name: str
    moment: datetime
    x: float
    row: int
    anchor: str


class _Rows:
    """Which stretches of which rows are taken."""

    def __init__(self) -> None:
        self._taken: list[list[tuple[float, float]]] = []

    def free(self, row: int, left: float, right: float) -> bool:
        return row >= len(self._taken) or all(end <= left or right <= start for start, end in self._taken[row])

    def until(self, row: int, right: float, edge: float) -> float:
        """The first place right of ``right`` that is taken."""
        if row >= len(self._taken):
            return edge
        return min([start for start, _ in self._taken[row] if start >= right], default=edge)

    def after(self, row: int, left: float, edge: float) -> float:
        """The last place left of ``left`` that is taken."""
        return max([end for _, end in self._taken[row] if end <= left], default=edge)

    def give_back(self, row: int, left: float, right: float) -> None:
        self._taken[row].remove((left, right))

    def take(self, row: int, left: float, right: float) -> None:
        while len(self._taken) <= row:
            self._taken.append([])
        self._taken[row].append((left, right))

    def __len__(self) -> int:
        return len(self._taken)


def lay_out(marks: list[Mark], scale: Scale) -> LaneLayout:
    """Give each mark of a lane its place; those that matter choose first, then what failed."""
    rows = _Rows()
    labels: list[Label] = []
    rest: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (not mark.telling, mark.shape != "failed")):
        most = _ROWS_TELLING if mark.telling else _ROWS
        label = _find(mark, scale, rows, most) if len(labels) < _MOST_LABELS else None
        if label is None:
            rest.append(mark)
        else:
            labels.append(label)
    labels = [_grown(label, scale, rows) for label in sorted(labels, key=lambda label: (label.row, label.x))]
    rest.sort(key=lambda mark: mark.at)
    small = _small(rest, scale)
    small_rows = max((item.row for item in small), default=-1) + 1
    if small_rows > _SMALL_ROWS:
        return LaneLayout(labels, len(rows), [], 0, _columns(rest, scale))
    return LaneLayout(labels, len(rows), small, small_rows, [])


def _find(mark: Mark, scale: Scale, rows: _Rows, most: int) -> Label | None:
    x, end = scale.place(mark.at), scale.place(mark.end)
    if end - x <= _BAR:
        end = x
    text = cut(mark.label, TEXT, _FIRST, mono=mark.code)
    if not text:
        return None
    width = width_of(text, TEXT, mono=mark.code)
    for row in range(most):
        for anchor in ("start", "end"):
            label = Label(mark, x, end, row, text, _anchor(x, end, anchor), anchor)
            left, right = _stretch(label, width)
            inside = scale.left - RADIUS - 1 <= left and right <= scale.right + RADIUS + _BETWEEN
            if inside and rows.free(row, left, right):
                rows.take(row, left, right)
                return label
    return _find_short(mark, (x, end), scale, rows, most)


def _anchor(x: float, end: float, anchor: str) -> float:
    return end + _NEXT_TO + 1 if anchor == "start" else x - _NEXT_TO - 1


def _stretch(label: Label, width: float) -> tuple[float, float]:
    """What a label of that width takes of its row, its mark and the distance to its neighbours included."""
    left, right = label.x - RADIUS - 1, label.end + RADIUS + 1
    return (left, label.at + width + _BETWEEN) if label.anchor == "start" else (label.at - width - _BETWEEN, right)


def _find_short(mark: Mark, span: tuple[float, float], scale: Scale, rows: _Rows, most: int) -> Label | None:
    """A place for the beginning of a label."""
    left, right = span[0] - RADIUS - 1, span[1] + RADIUS + 1
    at = _anchor(*span, "start")
    for row in range(most):
        room = rows.until(row, right, scale.right + RADIUS + _BETWEEN) - _BETWEEN - at
        if room < _SHORTEST or not rows.free(row, left, right):
            continue
        text = cut(mark.label, TEXT, room, mono=mark.code)
        if text:
            label = Label(mark, *span, row, text, at, "start")
            rows.take(row, *_stretch(label, width_of(text, TEXT, mono=mark.code)))
            return label
    return None


def _grown(label: Label, scale: Scale, rows: _Rows) -> Label:
    """The label with more of its text, where its row has room now that all have their places."""
    code = label.mark.code
    if label.text == label.mark.label:
        return label
    taken = _stretch(label, width_of(label.text, TEXT, mono=code))
    rows.give_back(label.row, *taken)
    if label.anchor == "start":
        room = rows.until(label.row, taken[1], scale.right + RADIUS + _BETWEEN) - _BETWEEN - label.at
    else:
        room = label.at - rows.after(label.row, taken[0], scale.left - RADIUS - 1) - _BETWEEN
    text = cut(label.mark.label, TEXT, min(room, _LONGEST), mono=code)
    if len(text) > len(label.text):
        label = label._replace(text=text)
    rows.take(label.row, *_stretch(label, width_of(label.text, TEXT, mono=code)))
    return label


def _small(marks: list[Mark], scale: Scale) -> list[Small]:
    """Marks without labels in as few rows as they need; one row more than is allowed says that they are too many."""
    ends: list[float] = []
    placed: list[Small] = []
    for mark in marks:
        x = scale.place(mark.at)
        row = next((row for row, end in enumerate(ends) if end <= x - _SMALL_APART), len(ends))
        if row > _SMALL_ROWS:
            return placed
        ends[row : row + 1] = [x]
        placed.append(Small(mark, x, row))
    return placed


def _columns(marks: Iterable[Mark], scale: Scale) -> list[Column]:
    gathered: dict[int, list[Mark]] = {}
    for mark in marks:
        gathered.setdefault(int((scale.place(mark.at) - scale.left) // _COLUMN), []).append(mark)
    return [Column(scale.left + (slot + 0.5) * _COLUMN, inside) for slot, inside in sorted(gathered.items())]


def flags(milestones: list[tuple[str, datetime]], widths: list[float], scale: Scale) -> list[Flag]:
    """Rows for the names of milestones: each below those whose text its line would cross.

    Args:
        milestones: in order of time.
        widths: of their texts, with the distance from the line.
        scale: places.
    """
    placed: list[Flag] = []
    taken: list[tuple[float, float, int]] = []
    for (name, moment), width in zip(milestones, widths, strict=True):
        x = scale.place(moment)
        anchor = "start" if x + width <= scale.right + RADIUS else "end"
        left, right = (x, x + width) if anchor == "start" else (x - width, x)
        row = 1 + max(
            (row for start, end, row in taken if start < right + _BETWEEN and left < end + _BETWEEN), default=-1
        )
        taken.append((left, right, row))
        placed.append(Flag(name, moment, x, row, anchor))
    return placed
