"""``timeline.svg``: an incident or a deployment as a picture beside its report.

It is shown by a relative link, so it must live alone: no script, no foreign font, no address, light and dark by media
query. The same record gives the same bytes. Texts are placed by arithmetic; see :mod:`runbook.render.picture_layout`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from runbook.model.record import Incident
from runbook.model.settings import Settings
from runbook.model.text import count_of
from runbook.model.times import format_duration
from runbook.render.picture_layout import TEXT, Column, Flag, Label, LaneLayout, flags, lay_out
from runbook.render.picture_scale import Scale
from runbook.render.picture_story import LANES, SHAPES, counts, description, left_out, milestone_name, shapes_of, tell
from runbook.render.picture_text import cut, number, plain, text_element, width_of
from runbook.render.sections import duration
from runbook.render.sheet import NOT_RECORDED, Sheet
from runbook.render.timeline_svg_style import colour_of, draw_shape, style

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument
    from runbook.render.picture_scale import Gap
    from runbook.render.picture_story import Mark, Phase, Story

WIDTH = 960
"""Of the picture, in pixels; a page scales it to its column."""
_EDGE = 24
_LEFT, _RIGHT = 136.0, 928.0
_SMALL = 11.0
_FLAG_ROW, _PHASE, _ROW, _LANE_PAD, _SHORT_LANE, _EMPTY_LANE, _SMALL_ROW = 20.0, 22.0, 22.0, 9.0, 42.0, 26.0, 13.0
_GAP = 62.0
_TICKS_APART = 84.0
_TOOLTIP = 300
_IN_SECONDS, _IN_DAYS = timedelta(minutes=10), timedelta(days=3)
"""Below the first, times of milestones have seconds; from the second on, what lies between them is in days."""


def timeline_svg(doc: AnyDocument, *, settings: Settings | None = None) -> str:
    """The picture of ``doc`` as SVG 1.1, ending in a newline.

    Args:
        doc: an incident or a deployment.
        settings: the team's settings; names of severities come from them.
    """
    sheet = Sheet(doc, settings or Settings())
    story = tell(sheet)
    canvas = _Canvas(sheet, story)
    canvas.header()
    if story.moments:
        canvas.milestones()
        canvas.phases()
        canvas.lanes()
        canvas.axis()
        canvas.key()
    else:
        canvas.nothing()
    return canvas.text()


class _Canvas:
    """The picture from top to bottom. ``_y`` is how far it has come; lines across lanes are drawn behind everything."""

    def __init__(self, sheet: Sheet, story: Story) -> None:
        self._sheet, self._story = sheet, story
        self._scale = Scale(story.moments, _LEFT + 10, _RIGHT - 10, _GAP)
        self._behind: list[str] = []
        self._front: list[str] = []
        self._y = 0.0
        self._top = 0.0
        self._flags: list[Flag] = []

    def text(self) -> str:
        """The whole file."""
        height = round(self._y)
        title = escape(plain(f"{self._sheet.document.id}: {self._sheet.document.title}"))
        told = escape(description(self._sheet, self._story))
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title desc">'
        )
        pattern = (
            '<defs><pattern id="struck" width="6" height="6" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><rect width="6" height="6" class="f-band"/>'
            '<rect width="3" height="6" class="f-failed"/></pattern></defs>'
        )
        card = (
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8" class="f-page s-line"'
            ' stroke-width="1"/>'
        )
        lines = [head, f'<title id="title">{title}</title>', f'<desc id="desc">{told}</desc>', style(), pattern, card]
        return "\n".join([*lines, *self._behind, *self._front, "</svg>"]) + "\n"

    # --------------------------------------------------------------------------------------------------------- pieces

    def header(self) -> None:
        """What it is a picture of."""
        document = self._sheet.document
        room = WIDTH - 2 * _EDGE
        title = cut(plain(document.title), 17, room, bold=True)
        self._front.append(text_element(_EDGE, 38, title, "title f-text", 17, bold=True))
        lasted = duration(self._sheet).replace(NOT_RECORDED, "")
        severity = ""
        if isinstance(document, Incident):
            severity = plain(self._sheet.settings.severities.get(document.severity, document.severity))
        told = (document.id, severity, document.status, lasted, *counts(self._story))
        told += (left_out(self._story),) if self._story.later else ()
        said = cut(" · ".join(part for part in told if part), TEXT, room)
        self._front.append(text_element(_EDGE, 60, said, "f-muted", TEXT))
        self._y = 78

    def nothing(self) -> None:
        """A document without a single moment."""
        self._front.append(text_element(_EDGE, self._y + 12, "Nothing is on record yet.", "f-muted", TEXT))
        self._y += 36

    def milestones(self) -> None:
        """Names of the milestones, each over its line."""
        document = self._sheet.document
        texts = [(milestone_name(document, name).capitalize(), self._clock(name)) for name, _ in self._story.milestones]
        widths = [width_of(name, TEXT, bold=True) + width_of(when, _SMALL) + 14 for name, when in texts]
        self._flags = flags(self._story.milestones, widths, self._scale)
        for flag, (name, when) in zip(self._flags, texts, strict=True):
            y = self._y + flag.row * _FLAG_ROW + 12
            x, anchor = (flag.x + 7, "") if flag.anchor == "start" else (flag.x - 7, ' text-anchor="end"')
            self._front.append(
                f'<text x="{number(x)}" y="{number(y)}" class="halo name"{anchor}>'
                f'<tspan class="strong f-text">{name}</tspan>'
                f'<tspan dx="6" class="small f-muted">{escape(when)}</tspan></text>'
            )
        self._top = self._y
        self._y += _FLAG_ROW * (max((flag.row for flag in self._flags), default=-1) + 1) + 4

    def _clock(self, name: str) -> str:
        """When it was: to the second where minutes tell little apart, in days where hours are too many to count."""
        moment, started = getattr(self._sheet.document.milestones, name), self._sheet.document.started
        clock = self._sheet.clock(moment)
        span = self._story.moments[-1] - self._story.moments[0]
        if span < _IN_SECONDS:
            clock = clock.replace(f"{self._sheet.local(moment):%H:%M}", f"{self._sheet.local(moment):%H:%M:%S}")
        if started is None or name == "started":
            return clock
        if moment >= started and not _IN_SECONDS <= span < _IN_DAYS:
            return f"{clock}, after {_lasted(moment - started)}"
        return f"{clock}, {self._sheet.offset(moment)}"

    def phases(self) -> None:
        """Durations between milestones, as one bar; over it, what a break leaves out."""
        if not self._story.phases and not self._scale.gaps:
            return
        if self._story.phases:
            self._front.append(text_element(_EDGE, self._y + 15, "Phases", "strong f-text", TEXT, bold=True))
        for phase in self._story.phases:
            self._phase(phase)
        for gap in self._scale.gaps:
            middle, room = (gap.left + gap.right) / 2 + 2, gap.right - gap.left - 12
            lasted = format_duration(gap.lasted)
            if width_of(lasted, _SMALL) > room:
                lasted = gap.short
            self._front.append(
                text_element(middle, self._y + 15, cut(lasted, _SMALL, room), "small f-text", _SMALL, anchor="middle")
            )
        self._y += _PHASE + 10

    def _phase(self, phase: Phase) -> None:
        left, right = self._scale.place(phase.start), self._scale.place(phase.end)
        if right - left < 1:
            return
        dashes = ' stroke-dasharray="4 3"' if phase.name == "open" else ""
        edge = "s-muted" if phase.name == "open" else "s-page"
        self._behind.append(
            f'<g>{_tooltip(phase.label)}<rect x="{number(left)}" y="{number(self._y)}" width="{number(right - left)}"'
            f' height="{number(_PHASE)}" rx="3" class="f-{phase.name} {edge}" stroke-width="1"{dashes}/></g>'
        )
        start, end = self._widest(left, right)
        for text in (phase.label, phase.short):
            if width_of(text, _SMALL) <= end - start - 8:
                middle = (start + end) / 2
                self._front.append(
                    text_element(middle, self._y + 15, text, "small f-on-phase", _SMALL, anchor="middle")
                )
                return

    def _widest(self, left: float, right: float) -> tuple[float, float]:
        """The longest piece between ``left`` and ``right`` that no break cuts."""
        edges = [left]
        for gap in self._scale.gaps:
            if left <= gap.left and gap.right <= right:
                edges += [gap.left, gap.right]
        pieces = list(zip(edges[::2], [*edges[1::2], right], strict=True))
        return max(pieces, key=lambda piece: piece[1] - piece[0])

    def lanes(self) -> None:
        """The lanes with everything in them."""
        for key, name in LANES.items():
            marks = self._story.lanes[key]
            layout = lay_out(marks, self._scale)
            inner = layout.rows * _ROW + layout.small_rows * _SMALL_ROW + (_ROW if layout.columns else 0)
            height = max(_SHORT_LANE, inner + 2 * _LANE_PAD) if marks else _EMPTY_LANE
            self._behind.append(
                f'<rect x="{_EDGE - 8}" y="{number(self._y)}" width="{WIDTH - 2 * _EDGE + 16}"'
                f' height="{number(height)}" rx="6" class="f-band"/>'
            )
            self._front.append(text_element(_EDGE, self._y + 18, name, "strong f-text", TEXT, bold=True))
            x, y = (_EDGE, 34) if marks else (_LEFT + 18, 17)
            self._front.append(text_element(x, self._y + y, _tally(marks), "small halo f-muted", _SMALL))
            self._lane(layout, self._y + (height - inner) / 2)
            self._y += height + 6
        self._y -= 6

    def _lane(self, layout: LaneLayout, top: float) -> None:
        for label in layout.labels:
            self._label(label, top + (label.row + 0.5) * _ROW)
        below = top + layout.rows * _ROW
        for item in layout.small:
            drawn = draw_shape(item.mark.shape, item.x, below + (item.row + 0.5) * _SMALL_ROW, 3.8)
            self._front.append(f"<g>{_tooltip(self._told(item.mark))}{drawn}</g>")
        for column in layout.columns:
            self._column(column, below + _ROW)

    def _label(self, label: Label, y: float) -> None:
        mark = label.mark
        colour = "f-failed" if mark.shape == "failed" else "f-text" if mark.telling else "f-muted"
        anchor = "end" if label.anchor == "end" else ""
        classes = f"{'code ' if mark.code else ''}halo {colour}"
        drawn = [_tooltip(self._told(mark))]
        if label.end > label.x:
            fill = "url(#struck)" if mark.shape == "failed" else ""
            own = f' fill="{fill}"' if fill else ""
            name = f"s-{colour_of(mark.shape)}" + ("" if fill else f" f-{colour_of(mark.shape)}")
            drawn.append(
                f'<rect x="{number(label.x)}" y="{number(y - 3.5)}" width="{number(label.end - label.x)}" height="7"'
                f' rx="3.5" class="{name}" stroke-width="1"{own}/>'
            )
        drawn.append(draw_shape(mark.shape, label.x, y))
        drawn.append(text_element(label.at, y + 4, label.text, classes, TEXT, mono=mark.code, anchor=anchor))
        self._front.append(f"<g>{''.join(drawn)}</g>")

    def _column(self, column: Column, bottom: float) -> None:
        """Marks that are only counted: the column's height says how many, its struck part how many failed."""
        failed = sum(mark.shape == "failed" for mark in column.marks)
        height = min(19.0, 3.0 + 1.6 * len(column.marks))
        struck = height * failed / len(column.marks)
        colour = colour_of(next((m.shape for m in column.marks if m.shape != "failed"), "failed"))
        first, last = column.marks[0], column.marks[-1]
        span = f"{self._sheet.when(first.at)} to {self._sheet.when(last.at)}"
        told = f"{span}: {count_of(len(column.marks), 'entry', 'entries')}" + (f", {failed} failed" if failed else "")
        drawn = ""
        for y, tall, fill in (
            (bottom - 2 - height, height - struck, f'class="f-{colour}"'),
            (bottom - 2 - struck, struck, 'class="s-failed" stroke-width="0.8" fill="url(#struck)"'),
        ):
            if tall > 0:
                x = column.x - 4
                drawn += f'<rect x="{number(x)}" y="{number(y)}" width="8" height="{number(tall)}" rx="1.5" {fill}/>'
        self._front.append(f"<g>{_tooltip(told)}{drawn}</g>")

    def _told(self, mark: Mark) -> str:
        when = self._sheet.clock(mark.at)
        since = self._sheet.offset(mark.at)
        parts = (when, since, mark.label[:_TOOLTIP] + ("…" if len(mark.label) > _TOOLTIP else ""), mark.outcome)
        return " · ".join(part for part in parts if part)

    def axis(self) -> None:
        """The clock below the lanes, breaks, and the lines across."""
        y = self._y + 18
        taken: list[tuple[float, float]] = []
        lines = []
        zone = cut(plain(self._sheet.zone_name), _SMALL, _LEFT - _EDGE - 20)
        edge, day = _EDGE + width_of(zone, _SMALL) + 4, ""
        for tick in self._scale.ticks(self._sheet.local, _TICKS_APART):
            day = tick.day or day  # a label without room leaves its day to the next
            lines.append(f"M{number(tick.x)} {number(self._top_of_lanes())}V{number(self._y + 5)}")
            if _claim(taken, tick.x, max(width_of(tick.label, _SMALL), width_of(day, _SMALL)), edge):
                self._front.append(text_element(tick.x, y, tick.label, "small f-muted", _SMALL, anchor="middle"))
                self._front.append(text_element(tick.x, y + 15, day, "small f-muted", _SMALL, anchor="middle"))
                day = ""
        self._front.append(text_element(_EDGE, y, zone, "small f-muted", _SMALL))
        if lines:
            self._behind.append(f'<path d="{"".join(lines)}" class="thin s-line"/>')
        self._behind += [self._torn(gap) for gap in self._scale.gaps]
        for flag in self._flags:
            top = self._top + flag.row * _FLAG_ROW
            self._behind.append(
                f'<path d="M{number(flag.x)} {number(top)}V{number(self._y + 5)}" class="flag s-muted"'
                ' stroke-dasharray="5 3"/>'
            )
        self._y = y + 24

    def _top_of_lanes(self) -> float:
        return self._top + _FLAG_ROW * (max((flag.row for flag in self._flags), default=-1) + 1) + 4

    def _torn(self, gap: Gap) -> str:
        """A strip of paper torn out of the lanes."""
        top, bottom = self._top_of_lanes() - 2, self._y + 3
        left, right = gap.left + 7, gap.right - 7
        count = max(2, round((bottom - top) / 10))
        step = (bottom - top) / count
        edge = [(left + 4 * (i % 2), top + i * step) for i in range(count + 1)]
        other = [(right + 4 * (i % 2), top + i * step) for i in range(count, -1, -1)]
        area = "L".join(f"{number(x)} {number(y)}" for x, y in (*edge, *other))
        strokes = "M".join("L".join(f"{number(x)} {number(y)}" for x, y in side) for side in (edge, other))
        told = _tooltip(f"{format_duration(gap.lasted)} without an entry, drawn shorter")
        return f'<g>{told}<path d="M{area}Z" class="f-page"/><path d="M{strokes}" class="thin s-muted"/></g>'

    def key(self) -> None:
        """What the shapes mean: those that occur."""
        y = self._y + 14
        x = float(_EDGE)
        everything = [mark for marks in self._story.lanes.values() for mark in marks]
        for shape in shapes_of(everything):
            name = SHAPES[shape]
            width = width_of(name, _SMALL) + 26
            if x + width > WIDTH - _EDGE:
                x, y = float(_EDGE), y + 18
            self._front.append(draw_shape(shape, x + 5, y - 4, 4.4))
            self._front.append(text_element(x + 15, y, name, "small f-muted", _SMALL))
            x += width
        self._y = y + 18


def _lasted(since: timedelta) -> str:
    """``24 s``, ``3 min 50 s``, ``12 d 9 h``."""
    seconds = int(since.total_seconds())
    if not 60 <= seconds < _IN_SECONDS.total_seconds():
        return format_duration(since)
    return f"{seconds // 60} min" + (f" {seconds % 60} s" if seconds % 60 else "")


def _tooltip(text: str) -> str:
    """What a browser shows under the pointer where the picture is opened by itself."""
    return f"<title>{escape(plain(text))}</title>"


def _tally(marks: list[Mark]) -> str:
    if not marks:
        return "none on record"
    failed = sum(mark.shape == "failed" for mark in marks)
    return f"{len(marks)}, {failed} failed" if failed else str(len(marks))


def _claim(taken: list[tuple[float, float]], middle: float, width: float, edge: float) -> bool:
    """Take the room of a label on the axis, unless some of it is taken or lies outside."""
    left, right = middle - width / 2 - 4, middle + width / 2 + 4
    if left < edge or right > WIDTH - _EDGE + 14 or any(start < right and left < end for start, end in taken):
        return False
    taken.append((left, right))
    return True
