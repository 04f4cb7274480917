"""The times that programs write: epochs, RFC 3339 and its relatives, dates without a year or a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import tzinfo

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""What lies outside is no time of anything that happened: year 1 stands for "not yet", year 9999 for "never"."""

MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"\s*(\d{4}-\d{2}-\d{2})[Tt ]+(\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,12}))?"
    r"\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?\s*\Z"
)


class Clock(Protocol):
    """What times that leave something out are read by; a :class:`runbook.capture.imported.Source` is one."""

    @property
    def zone(self) -> tzinfo:
        """Where clocks without a zone stand."""

    @property
    def now(self) -> datetime:
        """The current time."""


def plausible(moment: datetime) -> datetime | None:
    """``moment`` if something can have happened then."""
    try:
        return moment if EARLIEST <= moment < LATEST else None
    except (OverflowError, ValueError):
        return None


def from_epoch(value: object, unit: int = 1) -> datetime | None:
    """A number (or a string of one) of 1/``unit`` seconds since 1970, in UTC; None if it is no plausible time.

    Whole numbers keep their microseconds: a float has too few digits for nanoseconds.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        if isinstance(value, str):
            value = int(value) if value.isascii() and value.isdigit() and len(value) < 24 else float(value)
        micro = value * 1_000_000 // unit if isinstance(value, int) else value * 1_000_000 / unit
        return plausible(_EPOCH + timedelta(microseconds=micro))
    except (ValueError, OverflowError):
        return None


def from_iso(text: object, clock: Clock | None = None) -> datetime | None:
    """RFC 3339 and what comes close (a blank for the T, a comma, nine digits, no zone); None if it is none.

    Args:
        text: the time.
        clock: gives the zone where the text has none; without it such a text is no time.
    """
    if not isinstance(text, str):
        return None
    match = _ISO.match(text)
    if match is None:
        return None
    date, hours, fraction, zone = match.groups()
    zone = "" if zone is None else "+00:00" if zone.upper() in {"Z", "UTC", "GMT"} else zone
    try:
        moment = datetime.fromisoformat(f"{date}T{hours}{'.' + fraction[:6].ljust(6, '0') if fraction else ''}{zone}")
        if moment.tzinfo is None:
            if clock is None:
                return None
            moment = local(moment, clock.zone)
        return plausible(moment)
    except (ValueError, OverflowError):
        return None


def local(naive: datetime, zone: tzinfo) -> datetime:
    """``naive`` on a clock in ``zone``. Of an hour that came twice the first is meant; logs cannot be asked back."""
    return naive.replace(tzinfo=zone)


def without_year(month: int, day: int, hours: str, clock: Clock) -> datetime | None:
    """A date that leaves the year out: the newest such day that is not in the future.

    Args:
        month: 1 to 12.
        day: of the month.
        hours: ``HH:MM:SS``, with a fraction or not.
        clock: gives the zone and the current time.
    """
    zone = clock.zone
    try:
        ahead = (clock.now + timedelta(hours=1)).astimezone(zone)
        for year in range(ahead.year, ahead.year - 9, -1):  # 29 February is up to eight years back
            try:
                moment = local(datetime.fromisoformat(f"{year:04d}-{month:02d}-{day:02d}T{hours}"), zone)
            except ValueError:
                continue
            if moment <= ahead:
                return plausible(moment)
    except (ValueError, OverflowError):
        pass
    return None
