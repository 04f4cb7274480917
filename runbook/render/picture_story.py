"""What a picture of a document tells, whatever it is drawn with: who did or saw what when, in four lanes.

Both pictures, the one a browser draws and the one in a terminal, start from here.
"""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from runbook.model.record import Deployment, Incident
from runbook.model.text import count_of
from runbook.model.times import format_duration, format_since
from runbook.model.wire import MILESTONES
from runbook.render.picture_text import plain
from runbook.render.rows import is_telling
from runbook.render.sections import MEASURED
from runbook.render.sheet import outcome, took

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from runbook.model.record import AnyDocument, Command, TimelineEntry
    from runbook.render.sheet import Sheet

LANES = {"detection": "Detection", "people": "People", "commands": "Commands", "changes": "Changes"}
"""Lanes from top to bottom, and what each is called."""

_PLACES = {
    "start": ("detection", "seen"),
    "observation": ("detection", "seen"),
    "evidence": ("detection", "seen"),
    "failure": ("detection", "trouble"),
    "alert": ("detection", "trouble"),
    "verification": ("detection", "verified"),
    "decision": ("people", "decision"),
    "escalation": ("people", "escalation"),
    "change": ("changes", "change"),
    "backup": ("changes", "backup"),
    "rollback": ("changes", "rollback"),
}
"""Kind of an entry: its lane and its shape. Every other kind is something that people said."""

SHAPES = {
    "seen": "seen",
    "trouble": "trouble",
    "verified": "verified",
    "said": "said",
    "decision": "decision",
    "escalation": "escalation",
    "failed": "failed",
    "succeeded": "succeeded",
    "unknown": "outcome not known",
    "change": "change",
    "backup": "backup",
    "rollback": "rollback",
}
"""Every shape that a mark can have, and what a key calls it."""

_UNTIL = {
    "detected": "until detected",
    "acknowledged": "until acknowledged",
    "mitigated": "until mitigated",
    "resolved": "until resolved",
}
_UNDER_WAY = {"investigating", "mitigated", "planned", "running"}
_LONGEST = timedelta(days=36_500)
_KEPT = re.compile(r"(?:Id|Severity|Status|Lead): [^\n]{0,200} → ")
"""How a row begins that tells of the record itself: the status that `publish` and `close` set, a corrected severity."""
AFTERWARDS = timedelta(hours=12)
"""What comes so long after the end, and twice as long as all of it took, is no part of the picture: drawn to scale, a
word said at the review weeks later leaves of the incident a line at the edge."""


class Mark(NamedTuple):
    """One thing that happened.

    Attributes:
        shape: one of :data:`SHAPES`.
        at: when it began.
        end: when it was over; the same moment where nobody measured.
        label: what it was, on one line, of any length.
        outcome: what became of a command, else an empty string.
        telling: whether it stays in sight where there is no room for all.
        code: whether the label is something that was typed.
    """

    shape: str
    at: datetime
    end: datetime
    label: str
    outcome: str
    telling: bool
    code: bool


class Phase(NamedTuple):
    """A stretch between two milestones, or from the last one on.

    Attributes:
        name: the milestone it leads to; ``open`` where it leads to none.
        start: its beginning.
        end: its end.
        label: what it is and how long it took.
        short: only how long it took.
    """

    name: str
    start: datetime
    end: datetime
    label: str
    short: str


class Story(NamedTuple):
    """A document as pictures need it.

    Attributes:
        lanes: marks in order of time, by lane.
        milestones: those that are known, in order of time.
        phases: the stretches between them, if they are in order.
        moments: every moment that must be on the picture, in order, each once.
        later: how many entries are left out, since they came long after the end.
    """

    lanes: dict[str, list[Mark]]
    milestones: list[tuple[str, datetime]]
    phases: list[Phase]
    moments: list[datetime]
    later: int


def milestone_name(document: AnyDocument, name: str) -> str:
    """What a picture calls a milestone: a deployment is over where an incident is resolved."""
    return "over" if name == "resolved" and isinstance(document, Deployment) else name


def tell(sheet: Sheet) -> Story:
    """Sort a document into lanes."""
    document = sheet.document
    lanes: dict[str, list[Mark]] = {lane: [] for lane in LANES}
    rows = {entry.id for entry in document.timeline}
    shown = [entry for entry in document.timeline if entry.kind != "milestone" and not _filing(document, entry)]
    for entry in shown:
        lane, mark = _entry(sheet, entry)
        lanes[lane].append(mark)
    lanes["commands"] += [_command(command, telling=command.failed) for command in document.commands
                          if command.id not in rows]  # fmt: skip
    later = 0
    last = _last_moment(document, [mark.at for marks in lanes.values() for mark in marks])
    if last is not None:
        for marks in lanes.values():
            kept = [mark for mark in marks if mark.at <= last]
            later += len(marks) - len(kept)
            marks[:] = kept
    for marks in lanes.values():
        marks.sort(key=lambda mark: mark.at)
    known = [(name, moment) for name in MILESTONES if (moment := getattr(document.milestones, name)) is not None]
    moments = {moment for _, moment in known}
    for marks in lanes.values():
        moments |= {mark.at for mark in marks} | {mark.end for mark in marks}
    ordered = sorted(moments)
    phases = [] if document.milestones.out_of_order() else _phases(sheet, known, ordered)
    return Story(lanes, sorted(known, key=lambda item: item[1]), phases, ordered, later)


def _filing(document: AnyDocument, entry: TimelineEntry) -> bool:
    """Whether a row only says what became of the record when all was over."""
    end = document.milestones.resolved
    return end is not None and entry.at > end and entry.kind == "change" and _KEPT.match(entry.text) is not None


def _last_moment(document: AnyDocument, moments: list[datetime]) -> datetime | None:
    """Until when a picture tells, or None where nothing ended or the calendar does."""
    end = document.milestones.resolved
    if end is None:
        return None
    known: list[datetime] = [
        moment for name in MILESTONES if (moment := getattr(document.milestones, name)) is not None
    ]
    begin = min([*known, *moments])
    try:
        return max([*known, end + max(2 * (end - begin), AFTERWARDS)])
    except OverflowError:
        return None


def _entry(sheet: Sheet, entry: TimelineEntry) -> tuple[str, Mark]:
    telling = is_telling(sheet, entry)
    if command := sheet.commands.get(entry.id):
        return "commands", _command(command, telling=telling)
    place = (
        "note" if _KEPT.match(entry.text) else entry.kind
    )  # a new severity is decided, nothing in the system changes
    lane, shape = _PLACES.get(place, ("people", "said"))
    label = "declared" if entry.kind == "start" else plain(entry.text)
    return lane, Mark(shape, entry.at, entry.at, label, "", telling, code=False)


def _command(command: Command, *, telling: bool) -> Mark:
    shape = "failed" if command.failed or command.signal else "unknown" if command.exit_status is None else "succeeded"
    end = command.at
    if command.duration:
        try:
            end = command.at + min(timedelta(seconds=min(command.duration, 1e10)), _LONGEST)
        except OverflowError:  # at the end of the calendar
            end = command.at
    became = ", ".join(filter(None, (outcome(command), took(command.duration))))
    return Mark(shape, command.at, end, plain(command.command), became, telling, code=True)


def _phases(sheet: Sheet, known: list[tuple[str, datetime]], moments: list[datetime]) -> list[Phase]:
    phases = []
    for (_, start), (name, end) in pairwise(known):
        if end > start:
            lasted = format_duration(end - start)
            deployed = isinstance(sheet.document, Deployment) and len(known) == 2
            label = f"took {lasted}" if deployed else f"{lasted} {_UNTIL[name]}"
            phases.append(Phase(name, start, end, label, lasted))
    under_way = sheet.document.status in _UNDER_WAY
    if known and known[-1][0] != "resolved" and moments[-1] > known[-1][1] and under_way:
        word = _not_yet(sheet.document)
        phases.append(Phase("open", known[-1][1], moments[-1], word, word))
    return phases


def _not_yet(document: AnyDocument) -> str:
    return "not resolved" if isinstance(document, Incident) else "not over"


def counts(story: Story) -> list[str]:
    """How much there is of what: ``12 commands, 7 failed``, ``6 changes``."""
    commands, changes = story.lanes["commands"], story.lanes["changes"]
    told = []
    if commands:
        failed = sum(mark.shape == "failed" for mark in commands)
        told.append(count_of(len(commands), "command") + (f", {failed} failed" if failed else ""))
    if changes:
        told.append(count_of(len(changes), "change"))
    return told


def left_out(story: Story) -> str:
    """What the picture does not show: ``2 later entries left out``."""
    return f"{count_of(story.later, 'later entry', 'later entries')} left out"


def description(sheet: Sheet, story: Story) -> str:
    """The picture in words, for whoever cannot see it: our words, times and numbers, nothing that somebody typed."""
    if not story.moments:
        return f"Timeline of {sheet.document.id}: nothing is on record yet."
    first, last = story.moments[0], story.moments[-1]
    span = format_duration(last - first)
    stretch = f"{sheet.date_and_clock(first)} to {sheet.date_and_clock(last)} {sheet.zone_name}"
    words = [f"Timeline of {sheet.document.id}, {stretch}, {span}"]
    milestones = sheet.document.milestones
    reached = []
    for name in MEASURED:
        since = milestones.since_start(name)
        if since is not None:
            reached.append(f"{milestone_name(sheet.document, name)} {format_since(since)}")
    if milestones.resolved is None and sheet.document.status in _UNDER_WAY:
        reached.append(_not_yet(sheet.document))
    if reached:
        words.append(", ".join(reached).capitalize())
    told = counts(story)
    seen, said = len(story.lanes["detection"]), len(story.lanes["people"])
    told += [count_of(seen, "observation")] if seen else []
    told += [count_of(said, "note")] if said else []
    if told:
        words.append("; ".join(told))
    if story.later:
        words.append(left_out(story))
    return ". ".join(words) + "."


def picture_in_words(sheet: Sheet) -> str:
    """What a report says instead of its picture, to whoever cannot see it."""
    return description(sheet, tell(sheet))


def shapes_of(marks: Iterable[Mark]) -> list[str]:
    """The shapes that occur, in the order of :data:`SHAPES`."""
    present = {mark.shape for mark in marks}
    return [shape for shape in SHAPES if shape in present]
