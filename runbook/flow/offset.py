"""Clock offsets: what is known of them, and accepting one."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from runbook.errors import BadInputError, NotFoundError
from runbook.flow.same_events import same_events
from runbook.flow.timeline import find_entry
from runbook.model.times import parse_duration
from runbook.record import clocks
from runbook.record.journal import own_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.flow.desk import Desk
    from runbook.flow.same_events import Same
    from runbook.model.wire import Entry

_VALUE = re.compile(r"([+-]?)(\d{1,4}):([0-5]\d)(?::([0-5]\d(?:\.\d{1,3})?))?")
LONGEST = timedelta(days=366)
"""A clock that is further off is no clock."""


class Clock:
    """One clock of a document. Treat as frozen.

    Attributes:
        name: of its journal, or ``import:FORMAT``.
        people: whose entries were timed by it.
        entries: how many.
        bounds: how far it is ahead of ours, as far as that is known; None where nothing is.
        accepted: the offset that is applied; zero where there is none.
        ours: whether it is this machine's own.
        same: events that were seen in another source, too, and what follows from that; None where there are none, or
            where it cannot be, because the bounds say otherwise.
    """

    __slots__ = ("accepted", "bounds", "entries", "name", "ours", "people", "same")

    def __init__(
        self, name: str, *, accepted: timedelta, bounds: clocks.Bounds | None, ours: bool, same: Same | None = None
    ) -> None:
        self.name = name
        self.accepted = accepted
        self.bounds = bounds
        self.ours = ours
        self.same = same if same is None or bounds is None or bounds.allow(same.offset) else None
        self.people: list[str] = []
        self.entries = 0

    @property
    def proposal(self) -> timedelta:
        """What to take out of its times, as far as anything shows it; zero where nothing does."""
        if self.same is not None:
            return self.same.offset
        return self.bounds.estimate if self.bounds is not None else timedelta()

    @property
    def shown_by(self) -> str:
        """What shows that, in a few words for the record."""
        if self.same is None:
            return "measured"
        events = ", ".join(dict.fromkeys(one.what for one, _ in self.same.pairs[:3]))
        return f"the same events as {self.same.reference or 'here'}: {events}"

    def to_json(self) -> dict[str, object]:
        """One element of what ``offset --format json`` prints (docs/schema/offset.json)."""
        least = self.bounds.least if self.bounds else None
        most = self.bounds.most if self.bounds else None
        return {
            "clock": self.name,
            "people": self.people,
            "entries": self.entries,
            "ours": self.ours,
            "least": None if least is None else least.total_seconds(),
            "most": None if most is None else most.total_seconds(),
            "accepted": self.accepted.total_seconds(),
            "proposed": self.proposal.total_seconds() if not self.accepted else 0.0,
            "same_events": [
                {"what": one.what, "entries": [one.entry.id, two.entry.id], "clock": self.same.reference}
                for one, two in self.same.pairs
            ]
            if self.same is not None
            else [],
        }


def clocks_of(desk: Desk) -> list[Clock]:
    """Every clock by which something on record was timed, ours first."""
    entries = desk.raw_entries()
    ours = own_name(desk.folder)
    measured = clocks.bounds(entries, ours)
    accepted = clocks.offsets(entries)
    same = same_events(entries, ours)
    found: dict[str, Clock] = {}
    for entry in entries:
        name = clocks.clock_of(entry)
        if not name or entry.kind in {"seen", "offset"}:
            continue
        clock = found.get(name)
        if clock is None:
            clock = found[name] = Clock(
                name,
                accepted=accepted.get(name, timedelta()),
                bounds=measured.get(name),
                ours=name == ours,
                same=same.get(name),
            )
        clock.entries += 1
        if entry.actor not in clock.people:
            clock.people.append(entry.actor)
    return sorted(found.values(), key=lambda clock: (not clock.ours, clock.name))


def noticed(desk: Desk) -> list[Clock]:
    """Clocks that differ, certainly or as the same events show, and for which nothing is accepted yet."""
    return [clock for clock in clocks_of(desk) if clock.proposal and not clock.accepted]


def pick(desk: Desk, text: str) -> Clock:
    """The clock that a person means: its name, a part of it (a host), or whose it is.

    Raises:
        NotFoundError: none.
        BadInputError: several.
    """
    known = clocks_of(desk)
    wanted = text.strip().lower()
    for fits in (
        lambda clock: clock.name.lower() == wanted,
        lambda clock: wanted in map(str.lower, clock.people),
        lambda clock: clock.name.lower().startswith(f"{wanted}-"),
        lambda clock: wanted in clock.name.lower(),
    ):
        found = [clock for clock in known if fits(clock)]
        if len(found) == 1:
            return found[0]
        if found:
            break
    names = "\n".join(clock.name for clock in known)
    if found:
        raise BadInputError(f"{text!r} fits {len(found)} clocks; give the whole name", hint=names)
    raise NotFoundError(f"nothing on record was timed by {text!r}", hint=f"clocks on record:\n{names}")


def parse_offset(text: str) -> timedelta:
    """``+00:02:13`` (hours, minutes, seconds), ``-90s``, ``2 min``; ``0`` takes an offset back.

    Raises:
        BadInputError: none of these, or more than a year.
    """
    cleaned = text.strip()
    sign = -1 if cleaned.startswith("-") else 1
    match = _VALUE.fullmatch(cleaned)
    if match and match[4] is not None:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=float(match[4]))
    elif match:
        offset = timedelta(minutes=int(match[2]), seconds=int(match[3]))
    else:
        offset = parse_duration(cleaned[1:] if cleaned[:1] in {"+", "-"} else cleaned)
    if offset > LONGEST:
        raise BadInputError(f"{text!r} is more than a year; a clock is not that far off")
    return sign * offset


def show_offset(offset: timedelta) -> str:
    """``+00:02:13``, as :func:`parse_offset` reads it."""
    seconds = round(abs(offset).total_seconds())
    sign = "-" if seconds and offset < timedelta() else "+"
    return f"{sign}{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def accept(desk: Desk, clock: Clock, offset: timedelta, *, why: str) -> Entry:
    """Apply ``offset`` to everything that was timed by ``clock``; an event, like everything else."""
    return desk.append("offset", {"clock": clock.name, "seconds": offset.total_seconds(), "why": why})


def from_pair(desk: Desk, right: str, wrong: str) -> tuple[Clock, timedelta]:
    """The offset that follows if two entries are the same event: the first has its time right.

    Raises:
        NotFoundError, BadInputError: there is no such entry, or the second one's time was typed.
    """
    raw = {entry.id: entry for entry in desk.raw_entries()}
    one, other = (raw[find_entry(desk, reference).id] for reference in (right, wrong))
    name = clocks.clock_of(other)
    if not name:
        raise BadInputError(
            f"the time of {wrong!r} was typed, not read from a clock",
            hint=f"correct it: runbook amend {wrong} --at TIME",
        )
    if name == clocks.clock_of(one):
        raise BadInputError("both were timed by the same clock", hint="name the two entries of different sources")
    clock = next(clock for clock in clocks_of(desk) if clock.name == name)
    now = {entry.id: entry for entry in desk.entries()}
    return clock, datetime.fromisoformat(other.at) - datetime.fromisoformat(now[one.id].at)
