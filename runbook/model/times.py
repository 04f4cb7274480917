"""Times as people type and read them, in nothing but the standard library.

Stored: ISO 8601 with offset. Typed: ``14:32``, ``14:32:10``, ``10 min ago``, ``yesterday 23:10``, ``T+15``, ``T+1:30``,
``2026-02-11 09:02``, ``now``. Shown: one zone, named.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from runbook.errors import BadInputError
from runbook.model.lazy import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_AGO = lazy(r"^((?:\d+(?:\.\d+)?\s*[a-z]+\s*)+)(?:ago)$")
_PART = lazy(r"(\d+(?:\.\d+)?)\s*([a-z]+)\s*")
_OFFSET = lazy(r"^t\s*\+\s*(.+)$")
_HOURS = lazy(r"^(\d{1,4}):([0-5]\d)(?::([0-5]\d))?$")
_CLOCK = lazy(r"^(?:(today|yesterday)\s+)?([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$")
_DATED = lazy(r"^(\d{4}-\d{2}-\d{2})[ t]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s*(z|utc|[+-]\d{2}:?\d{2})?$")
HOW_TO_TYPE_A_TIME = "try 14:32, 10 min ago, yesterday 23:10, T+15 or 2026-02-11 09:02"


def iso(moment: datetime) -> str:
    """``moment`` as it is stored: ISO 8601 with offset, seconds, and milliseconds where there are any."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def from_iso(text: str) -> datetime:
    """Read what :func:`iso` wrote.

    Raises:
        BadInputError: not ISO 8601, or without an offset.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInputError(f"{text!r} is not an ISO 8601 time") from None
    if moment.tzinfo is None:
        raise BadInputError(f"{text!r} has no offset from UTC")
    return moment


def parse_duration(text: str) -> timedelta:
    """``15`` (minutes), ``1:30`` (hours and minutes), ``2h 5min``, ``90s``, ``1.5 h``.

    Raises:
        BadInputError: none of these.
    """
    cleaned = text.strip().lower()
    try:
        if re.fullmatch(r"\d+(\.\d+)?", cleaned):
            return timedelta(minutes=float(cleaned))
        if match := _HOURS.match(cleaned):
            hours, minutes, seconds = (int(group or 0) for group in match.groups())
            return timedelta(hours=hours, minutes=minutes, seconds=seconds)
        total, end = timedelta(), 0
        for match in _PART.finditer(cleaned):
            unit = match[2][0]
            if match.start() != end or unit not in _UNITS or not _is_unit(match[2]):
                break
            total += timedelta(seconds=float(match[1]) * _UNITS[unit])
            end = match.end()
        if end and end == len(cleaned):
            return total
    except OverflowError:
        pass
    raise BadInputError(f"{text!r} is not a duration", hint="try 15 (minutes), 1:30, 2h 5min or 90s")


def _is_unit(word: str) -> bool:
    return word in {
        *("s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes"),
        *("h", "hr", "hrs", "hour", "hours", "d", "day", "days"),
    }


def parse_time(text: str, *, now: datetime, zone: tzinfo | None = None, started: datetime | None = None) -> datetime:
    """The moment a person meant.

    Args:
        text: what they typed.
        now: the current time, aware.
        zone: where their clock stands; the zone of ``now`` if absent.
        started: start of the incident, for ``T+15``.

    Returns:
        An aware datetime in ``zone``. A clock time is the latest such time that is not more than five minutes ahead:
        ``23:50`` typed at 00:10 is yesterday's.

    Raises:
        BadInputError: in no known form, does not exist (skipped by daylight saving), or happened twice.
    """
    if now.tzinfo is None:
        raise ValueError("now must carry a zone")
    zone = zone or now.tzinfo
    cleaned = " ".join(text.split()).lower()
    here = now.astimezone(zone)
    try:
        if cleaned in {"now", "just now"}:
            return here
        if match := _OFFSET.match(cleaned):
            if started is None:
                raise BadInputError(f"{text!r} counts from the start, and no start is known", hint=HOW_TO_TYPE_A_TIME)
            return (started + parse_duration(match[1])).astimezone(zone)
        if match := _AGO.match(cleaned):
            return (now - parse_duration(match[1])).astimezone(zone)
        if match := _CLOCK.match(cleaned):
            return _clock(match, here, zone, text)
        if match := _DATED.match(cleaned):
            return _dated(match, zone, text)
        moment = datetime.fromisoformat(text.strip())
        return _local(moment.replace(tzinfo=None), zone, text) if moment.tzinfo is None else moment
    except (ValueError, OverflowError):
        raise BadInputError(f"{text!r} is not a time", hint=HOW_TO_TYPE_A_TIME) from None


def _clock(match: re.Match[str], here: datetime, zone: tzinfo, text: str) -> datetime:
    day = here.date()
    naive = datetime(day.year, day.month, day.day, int(match[2]), int(match[3]), int(match[4] or 0))  # noqa: DTZ001  made aware by _local
    if match[1] == "yesterday" or (match[1] is None and naive - here.replace(tzinfo=None) > timedelta(minutes=5)):
        naive -= timedelta(days=1)
    return _local(naive, zone, text)


def _dated(match: re.Match[str], zone: tzinfo, text: str) -> datetime:
    clock = match[2] if len(match[2].split(":")[0]) == 2 else "0" + match[2]
    naive = datetime.fromisoformat(f"{match[1]}T{clock}")
    if match[3] is None:
        return _local(naive, zone, text)
    if match[3] in {"z", "utc"}:
        return naive.replace(tzinfo=UTC)
    sign = -1 if match[3][0] == "-" else 1
    digits = match[3][1:].replace(":", "")
    return naive.replace(tzinfo=timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))))


def _local(naive: datetime, zone: tzinfo, text: str) -> datetime:
    """``naive`` on a clock in ``zone``; asks back where that clock showed it never or twice."""
    first, second = naive.replace(tzinfo=zone, fold=0), naive.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
        raise BadInputError(
            f"{text!r} did not exist: clocks went forward over it", hint="add the offset, such as +02:00"
        )
    raise BadInputError(
        f"{text!r} happened twice: clocks went back over it",
        hint=f"add the offset: {iso(first)} or {iso(second)}",
    )


def format_duration(delta: timedelta) -> str:
    """``5 h 23 min``, ``12 min``, ``0 min``, ``45 s`` (under a minute), ``2 d 3 h`` (from two days on)."""
    seconds = round(delta.total_seconds())
    if seconds < 0:
        return "-" + format_duration(-delta)
    if 0 < seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days >= 2:
        return f"{days} d {hours} h" if hours else f"{days} d"
    hours, minutes = minutes // 60, minutes % 60
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"


def format_since(delta: timedelta) -> str:
    """``after 5 min`` or, where clocks or marks disagree, ``5 min before the start``."""
    return f"after {format_duration(delta)}" if delta >= timedelta() else f"{format_duration(-delta)} before the start"


def format_offset(delta: timedelta) -> str:
    """``T+0:15`` or, before the start, ``T-0:05``: hours and minutes."""
    minutes = int(abs(delta).total_seconds() // 60)
    sign = "-" if delta < timedelta() and minutes else "+"
    return f"T{sign}{minutes // 60}:{minutes % 60:02d}"
