"""Timeline lines as people paste them from chats, notes and other reports.

Understood in front of the text: ``14:05``, ``14:05:09``, ``2:05 pm``, ``2026-02-11 14:05``, ISO 8601,
``yesterday 23:10``, ``10 min ago``, ``T+15``; in brackets or not, with a bullet before or a dash, colon or bar after.
A line without a time belongs to the entry before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from runbook.errors import BadInputError
from runbook.model.times import parse_time

if TYPE_CHECKING:
    from datetime import tzinfo

_LEAD = re.compile(r"^\s*(?:[-*+•>|]\s*)?(?:\[[ xX]\]\s+)?[\[(*`]{0,2}")
_TIME = re.compile(
    r"""(?:
        (?P<clock12>\d{1,2}:\d\d(?::\d\d)?\s?[aApP]\.?[mM]\.?)
      | (?P<dated>\d{4}-\d\d-\d\d[ tT]+\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?\s?(?:[zZ]|UTC|[+-]\d\d:?\d\d)?)
      | (?P<clock>(?:(?:today|yesterday)\s+)?\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)
      | (?P<ago>(?:\d{1,4}\s*[a-z]{1,7}\s*){1,3}\sago)
      | (?P<offset>[tT]\s?\+\s?\d{1,4}(?::[0-5]\d|(?:\.\d+)?\s?(?:h|hours?|m|min|minutes?))?)
    )(?!\w|:\d)""",
    re.VERBOSE,
)
_TAIL = re.compile(r"^[\])*`]{0,2}\s*(?:[-–—:|>,]+\s*)?")
_FRACTION = re.compile(r"[.,]\d+")
_MOST_DAYS = 60


@dataclass(frozen=True)
class Line:
    """One entry as it was pasted."""

    at: datetime
    text: str


def parse_lines(
    text: str, *, now: datetime, zone: tzinfo, started: datetime | None = None, ended: datetime | None = None
) -> list[Line]:
    """The entries in ``text``.

    Args:
        text: one or many lines. A text without any time is one entry that happens ``now``.
        now: the current time.
        zone: where the clock stood that wrote the times.
        started: start of the incident, for ``T+15`` and for the day of a clock time.
        ended: its end, if it has one: clock times are then the latest before it, not before now.

    Raises:
        BadInputError: a time that cannot be, or a first line without one among others that have one; with its line.
    """
    found: list[Line] = []
    orphans: list[str] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        if not raw.strip():
            continue
        at, words = _split(raw, number, now=now, zone=zone, started=started, ended=ended)
        if at is None:
            if not found:
                orphans.append(raw.strip())
            else:
                found[-1] = Line(found[-1].at, f"{found[-1].text}\n{raw.strip()}".strip())
        elif orphans:
            break
        else:
            found.append(Line(at, words))
    if orphans and any(_split(raw, 0, now=now, zone=zone, started=now, ended=ended)[0] for raw in text.splitlines()):
        raise BadInputError(f"line 1 has no time: {orphans[0][:40]!r}", hint="begin it like 14:05 restarted the proxy")
    if orphans:
        return [Line(now, "\n".join(orphans))]
    for entry in found:
        if not entry.text:
            raise BadInputError(f"there is nothing after {entry.at:%H:%M}", hint="say what happened at that time")
    return found


def read_time(
    text: str, *, now: datetime, zone: tzinfo, started: datetime | None = None, ended: datetime | None = None
) -> datetime:
    """The moment a person meant; a clock time is of the incident's own days. Arguments as for :func:`parse_lines`.

    Raises:
        BadInputError: it is no time.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return parse_time(text, now=now, zone=zone, started=started)
    return _moment(match, now=now, zone=zone, started=started, ended=ended)


def _split(
    raw: str, number: int, *, now: datetime, zone: tzinfo, started: datetime | None, ended: datetime | None
) -> tuple[datetime | None, str]:
    """The time in front of a line and what follows it, or None and the line."""
    lead = _LEAD.match(raw)
    begin = lead.end() if lead else 0
    match = _TIME.match(raw, begin)
    if match is None:
        return None, raw.strip()
    written = match[0].strip()
    rest = raw[match.end() :]
    words = rest[m.end() :].strip() if (m := _TAIL.match(rest)) else rest.strip()
    if raw.lstrip().startswith("|"):
        words = words.removesuffix("|").strip()
    try:
        return _moment(match, now=now, zone=zone, started=started, ended=ended), words
    except BadInputError as error:
        raise BadInputError(f"line {number}: {written!r}: {error.message}", hint=error.hint) from None


def _moment(
    match: re.Match[str], *, now: datetime, zone: tzinfo, started: datetime | None, ended: datetime | None
) -> datetime:
    written = _FRACTION.sub("", match[0].strip())
    if match["clock12"]:
        written = _to_24_hours(written)
    if started is not None and (match["clock12"] or (match["clock"] and written[0].isdigit())):
        return _nearest(written, started.astimezone(zone), (ended or now).astimezone(zone), now.astimezone(zone), zone)
    return parse_time(written, now=now, zone=zone, started=started)


def _nearest(written: str, started: datetime, ended: datetime, now: datetime, zone: tzinfo) -> datetime:
    """A clock time is of the incident's own days: inside it if it can be (the latest such time), else next to it."""
    parse_time(written, now=now, zone=zone)  # says what is wrong with it in the person's own words
    best: tuple[timedelta, datetime] | None = None
    day = max(started.date() - timedelta(days=1), ended.date() - timedelta(days=_MOST_DAYS))
    while day <= ended.date() + timedelta(days=1):
        moment = parse_time(f"{day.isoformat()} {written}", now=now, zone=zone)
        away = max(started - moment, moment - ended, timedelta())
        if moment <= now + timedelta(minutes=5) and (best is None or away <= best[0]):
            best = (away, moment)
        day += timedelta(days=1)
    return best[1] if best else parse_time(written, now=now, zone=zone)


def _to_24_hours(written: str) -> str:
    clock, half = written[:-2].strip().rstrip("aApP.").strip(), written.lower().replace(".", "").strip()[-2:]
    hours, _, rest = clock.partition(":")
    if not 1 <= int(hours) <= 12:
        raise BadInputError("a twelve-hour clock ends at 12", hint="write 14:05 or 2:05 pm")
    return f"{int(hours) % 12 + (12 if half == 'pm' else 0):02d}:{rest}"
