"""The same event in two sources: what shows it, and how far the clocks are apart by which it was timed.

An entry gives marks: what would stand in another source, too, if that saw the same event. A mark that two clocks have
equally often pairs their entries in order. Pairs that agree make a proposal; nothing is moved before a person says so.

- A command that was imported (a shell's history, a recording) and recorded: same text, same exit status.
- A container or a unit that a recorded command started, stopped or removed, and what Docker's events and the journal
  say of it. The command's end counts: these programs return when it is done.
- A line that two people logged, or that a log holds that was imported.
- An alert, a deployment, a commit by its name. Who tells of it may be late, so a delay proves nothing.

Two people who type the same command on two machines are two events, so commands pair only with what was imported.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from statistics import median

from runbook.record import clocks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runbook.model.wire import Entry

AGREE = timedelta(seconds=10)
"""Pairs whose differences lie that close together are taken for one offset."""

LATE = timedelta(minutes=2)
"""By so much a notification may come after what it is about."""

NEAR = timedelta(minutes=15)
"""A single pair that is further apart is no evidence, unless it is as far apart as time zones are."""

FURTHEST = timedelta(hours=26)
"""What lies further apart is not the same event."""

_ZONE = 1800.0  # seconds between neighbouring zones' clocks
_ZONE_SLACK = 60.0
_MOST_TEXT = 600  # characters of an entry that are looked at
_MOST_TIMES = 20  # of one mark: what is there more often is no mark
_LEAST_TEXT = 16
_IMPORTED = "import:"
_TRUSTED = ("", "import:github", "import:slack", "import:pagerduty", "import:git")

_ALERT = re.compile(r"\b(?:[A-Z][a-z0-9]+){2,12}\b")
_FIRING = re.compile(r"(?i)\b(firing|triggered|resolved)\b")
_SHA = re.compile(r"\b(?=[0-9a-f]{0,39}[0-9])(?=[0-9a-f]{0,39}[a-f])[0-9a-f]{7,40}\b")
_ABOUT_SHA = re.compile(r"(?i)\b(deploy|roll(?:ed|ing)? ?(?:out|back)|commit|merge|workflow (?:started|ended)|tag)")
_DEPLOYED = re.compile(r"(?i)\b(asked for|success|failure|error|inactive|start(?:ed|ing)|finish(?:ed)?)\b")
_CONTAINER = re.compile(r"^container (\S+) (?:\([^)]*\) )?(started|stopped|restarted|removed|paused|went on)$")
_UNIT = re.compile(r"\b(Started|Stopped|Reloaded) (?:(\S+)\.service\b|.{0,200}? \((\S+)\.service\))")
_TOOLS = re.compile(r"\b(?:docker|podman|docker-compose|systemctl)\b")
_DONE = {
    "start": "started",
    "stop": "stopped",
    "restart": "restarted",
    "rm": "removed",
    "pause": "paused",
    "unpause": "went on",
    "reload": "reloaded",
}


class Mark:
    """What another source would show, too. Treat as frozen.

    Attributes:
        key: equal for the same event.
        at: when it happened, as its clock told it.
        entry: that shows it.
        what: it, in a few words.
        exact: whether both sources tell of it when it happens; else one of them may be late.
        alone: whether one such pair is evidence by itself.
    """

    __slots__ = ("alone", "at", "entry", "exact", "key", "what")

    def __init__(self, key: str, at: datetime, entry: Entry, what: str, *, exact: bool, alone: bool) -> None:
        self.key = key
        self.at = at
        self.entry = entry
        self.what = what
        self.exact = exact
        self.alone = alone


class Same:
    """How far one clock is ahead of another, and the events that both have seen. Treat as frozen.

    Attributes:
        clock: which is off, if ``reference`` is right.
        reference: the other one; empty where that is this machine's.
        offset: by how much it is ahead; negative: behind.
        pairs: (mark of the reference, mark of the clock) that agree on it, by time.
    """

    __slots__ = ("clock", "offset", "pairs", "reference")

    def __init__(self, clock: str, reference: str, offset: timedelta, pairs: list[tuple[Mark, Mark]]) -> None:
        self.clock = clock
        self.reference = reference
        self.offset = offset
        self.pairs = pairs


def same_events(raw: Sequence[Entry], ours: str) -> dict[str, Same]:
    """For each clock that is off against a better one, what shows it.

    Args:
        raw: every entry, as its clock timed it.
        ours: name of this machine's journal, which is taken to be right.
    """
    accepted = clocks.offsets(raw)
    undone = {str(entry.data.get("target")) for entry in raw if entry.kind == "undo"}
    by_clock: dict[str, list[Entry]] = {}
    for entry in raw:
        name = clocks.clock_of(entry)
        if name and entry.id not in undone:
            by_clock.setdefault(name, []).append(entry)
    if len(by_clock) < 2:
        return {}
    order = sorted(by_clock, key=lambda name: (name != ours, name.startswith(_IMPORTED), _trust(name), name))
    marks = {name: _by_key(by_clock[name]) for name in order}
    found: dict[str, Same] = {}
    for at, name in enumerate(order):
        if accepted.get(name):
            continue
        proposals = [
            same
            for reference in order[:at]
            if reference not in found
            and (same := _compared(marks[reference], marks[name], reference, name, accepted.get(reference))) is not None
        ]
        if proposals:
            best = max(proposals, key=lambda same: (same.reference == ours, len(same.pairs)))
            found[name] = Same(name, best.reference if best.reference != ours else "", best.offset, best.pairs)
    return found


def _trust(name: str) -> int:
    return _TRUSTED.index(name) if name in _TRUSTED else len(_TRUSTED)


def _by_key(entries: Sequence[Entry]) -> dict[str, list[Mark]]:
    found: dict[str, list[Mark]] = {}
    for entry in entries:
        for mark in marks_of(entry):
            found.setdefault(mark.key, []).append(mark)
    return {key: sorted(marks, key=lambda mark: mark.at) for key, marks in found.items() if len(marks) <= _MOST_TIMES}


def _compared(
    right: dict[str, list[Mark]], other: dict[str, list[Mark]], reference: str, clock: str, shift: timedelta | None
) -> Same | None:
    """What follows for ``clock`` if the times of ``reference``, less its accepted offset ``shift``, are right."""
    live = not (reference.startswith(_IMPORTED) or clock.startswith(_IMPORTED))
    differences: dict[tuple[str, str], tuple[timedelta, Mark, Mark]] = {}
    for key, marks in right.items():
        theirs = other.get(key, [])
        if len(theirs) != len(marks) or (live and key.startswith("command ")):
            continue
        for one, two in zip(marks, theirs, strict=True):
            difference = two.at - one.at + (shift or timedelta())
            if abs(difference) <= FURTHEST:
                differences.setdefault((one.entry.id, two.entry.id), (difference, one, two))
    chosen = _agreeing(sorted(differences.values(), key=lambda each: each[0]))
    if not chosen:
        return None
    offset = timedelta(seconds=round(median(each[0].total_seconds() for each in chosen), 3))
    patience = timedelta() if any(one.exact and two.exact for _, one, two in chosen) else LATE
    if abs(offset) <= clocks.NOTICEABLE + patience:
        return None
    pairs = sorted(((one, two) for _, one, two in chosen), key=lambda pair: pair[0].at)
    return Same(clock, reference, offset, pairs)


def _agreeing(found: list[tuple[timedelta, Mark, Mark]]) -> list[tuple[timedelta, Mark, Mark]]:
    """The largest group that agrees, if it is most of them; a single one only if it is evidence by itself."""
    best: list[tuple[timedelta, Mark, Mark]] = []
    begin = 0
    for end in range(len(found)):
        while found[end][0] - found[begin][0] > AGREE:
            begin += 1
        if end - begin + 1 > len(best):
            best = found[begin : end + 1]
    if len(best) * 2 <= len(found):
        return []
    if len(best) == 1:
        difference, one, two = best[0]
        seconds = abs(difference).total_seconds()
        off_zone = seconds % _ZONE
        zones_apart = seconds > _ZONE - _ZONE_SLACK and min(off_zone, _ZONE - off_zone) <= _ZONE_SLACK
        if not (one.alone and two.alone and (abs(difference) <= NEAR or zones_apart)):
            return []
    return best


def marks_of(entry: Entry) -> Iterator[Mark]:
    """What of ``entry`` another source would show, too."""
    at = datetime.fromisoformat(entry.at)
    if entry.kind == "command":
        yield from _marks_of_command(entry, at)
        return
    text = " ".join(str(entry.data.get("text", ""))[:_MOST_TEXT].split())
    if not text or entry.kind in {"escalation", "communication"}:
        return
    container = _CONTAINER.match(text)
    if container is not None:
        for name in {container[1], str(entry.data.get("service", ""))} - {""}:
            what = f"{name} {container[2]}"
            yield Mark(f"container {what}", at, entry, what, exact=True, alone=True)
        return
    unit = _UNIT.search(text)
    if unit is not None:
        what = f"{unit[2] or unit[3]} {unit[1].lower()}"
        yield Mark(f"unit {what}", at, entry, what, exact=True, alone=True)
        return
    yield from _marks_of_text(entry, at, text)


def _marks_of_text(entry: Entry, at: datetime, text: str) -> Iterator[Mark]:
    state = _FIRING.search(text)
    if state is not None:
        over = "resolved" if state[1].lower() == "resolved" else "firing"
        for name in sorted(set(_ALERT.findall(text))):
            yield Mark(f"alert {name} {over}", at, entry, f"{name} {over}", exact=False, alone=True)
    about = _ABOUT_SHA.search(text)
    how = _DEPLOYED.search(text)
    for sha in sorted(set(_SHA.findall(text))):
        if about is None:
            break
        what = f"{about[1].lower()} {sha[:7]}{f' {how[1].lower()}' if how else ''}"
        yield Mark(f"sha {what}", at, entry, what, exact=False, alone=True)
    if len(text) >= _LEAST_TEXT:
        telling = any(char.isdigit() for char in text)  # "looking into it now" is said by everybody
        yield Mark(f"text {text.lower()}", at, entry, f"“{text[:40]}”", exact=True, alone=telling)


def _marks_of_command(entry: Entry, at: datetime) -> Iterator[Mark]:
    line = str(entry.data.get("command", "")).strip()
    status = entry.data.get("exit_status")
    if len(line) > _MOST_TEXT or entry.data.get("recovered"):
        return
    if " " in line:
        yield Mark(f"command {line}", at, entry, f"`{line[:40]}`", exact=True, alone=False)
    if status == 0 and _TOOLS.search(line):
        duration = entry.data.get("duration")
        end = at + timedelta(seconds=duration if isinstance(duration, int | float) and 0 <= duration < 86400 else 0)
        for kind, what in _effects(line):
            yield Mark(f"{kind} {what}", end, entry, what, exact=True, alone=True)


def _effects(line: str) -> Iterator[tuple[str, str]]:
    """(``container`` or ``unit``, ``NAME started``) of everything that a successful command line has done."""
    from runbook.detect.classify import verb, words_of
    from runbook.detect.commands import simple_commands

    for command in simple_commands(line):
        if command.host:
            continue
        tool, what = verb(command)
        words = words_of(command)
        done = _DONE.get(what)
        names = words[words.index(what) + 1 :] if what in words else []
        if done is None or tool not in {"docker", "compose", "systemctl"}:
            continue
        for name in names:
            if tool == "systemctl":
                # a restart is told as "Stopped" and "Started"
                shown = "started" if done == "restarted" else done
                yield "unit", f"{name.removesuffix('.service')} {shown}"
            else:
                yield "container", f"{name} {done}"
