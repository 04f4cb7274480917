"""The time that a line of a log begins with, in the forms that programs write, read only where a line is a finding.

What a line does not say is not made up: a time without a zone stays without one. Only the year of a syslog line is
supplied: the one that puts it nearest before now.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: at for at, name in enumerate(_NAMES, start=1)}
_CLOCK = r"(?P<clock>\d{2}:\d{2}:\d{2})(?:[.,](?P<fraction>\d{1,9}))?"
_ZONE = r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})\b)?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        # RFC 3339 and what is close to it: Docker, Kubernetes, Go, Python, PostgreSQL, Spring; nginx with slashes
        rf"(?P<year>\d{{4}})[-/](?P<month>\d{{2}})[-/](?P<day>\d{{2}})[T _]{_CLOCK}{_ZONE}",
        # Common Log Format: nginx and Apache access logs, HAProxy
        rf"(?P<day>\d{{2}})/(?P<name>[A-Z][a-z]{{2}})/(?P<year>\d{{4}}):{_CLOCK}(?: (?P<zone>[+-]\d{{4}}))?",
        # syslog, journalctl
        rf"(?P<name>[A-Z][a-z]{{2}}) {{1,2}}(?P<day>\d{{1,2}}) {_CLOCK}(?: (?P<year>\d{{4}})\b)?",
        # Redis, RFC 2822
        rf"(?P<day>\d{{1,2}}) (?P<name>[A-Z][a-z]{{2}}) (?P<year>\d{{4}}) {_CLOCK}{_ZONE}",
        # klog: Kubernetes' own components
        rf"\b[IWEF](?P<month>\d{{2}})(?P<day>\d{{2}}) {_CLOCK}",
        # seconds, milliseconds, micro- or nanoseconds since 1970, in JSON, logfmt or brackets
        r"(?:^|[\s\[\"':=(])(?P<epoch>1[0-9]{9})(?:(?P<more>\d{3}|\d{6}|\d{9})|\.(?P<part>\d{1,9}))?(?=$|[\s\]\"',)}:])",
    )
)


def moment_in(text: str, now: datetime | None = None) -> datetime | None:
    """The first time in ``text``, aware if it says its zone; None if there is none.

    Args:
        text: the beginning of a line.
        now: the current time, for lines without a year.
    """
    found = [match for form in _FORMS if (match := form.search(text)) is not None]
    for match in sorted(found, key=re.Match.start):
        try:
            moment = _moment(match.groupdict(), now)
        except (ValueError, OverflowError):
            continue
        if moment is not None:
            return moment
    return None


def _moment(parts: dict[str, str | None], now: datetime | None) -> datetime | None:
    if parts.get("epoch"):
        fraction = parts["more"] or parts["part"] or ""
        seconds = int(parts["epoch"] or 0)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=int(f"{fraction:0<6}"[:6]))
    month = int(parts.get("month") or _MONTHS.get((parts.get("name") or "").lower(), 0))
    hour, minute, second = (int(part) for part in (parts["clock"] or "").split(":"))
    micro = int(f"{parts.get('fraction') or '':0<6}"[:6])
    clock = time(hour, minute, min(second, 59), micro)  # a leap second is taken for the one before
    day = int(parts["day"] or 0)
    year = parts.get("year")
    if year is not None:
        moment = datetime.combine(date(int(year), month, day), clock)  # made aware below, if the line says how
    else:
        moment = _in_this_year(month, day, clock, now or datetime.now(UTC))
    zone = parts.get("zone")
    if not zone:
        return moment
    if zone in {"Z", "UTC", "GMT"}:
        return moment.replace(tzinfo=UTC)
    sign = -1 if zone[0] == "-" else 1
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return (moment - sign * offset).replace(tzinfo=UTC).astimezone(timezone(sign * offset))


def _in_this_year(month: int, day: int, clock: time, now: datetime) -> datetime:
    """The latest such day that is not more than a day ahead."""
    for year in range(now.year + 1, now.year - 9, -1):
        try:
            moment = datetime.combine(date(year, month, day), clock)  # syslog does not say its zone
        except ValueError:
            if (month, day) != (2, 29):
                raise
            continue
        if moment <= now.replace(tzinfo=None) + timedelta(days=1):
            return moment
    raise ValueError("no such day")


def earliest_and_latest(heads: Sequence[str]) -> tuple[str, str]:
    """The first and the last time in lines of one file, in ISO 8601; "" where no line carries one."""
    first = next((moment for head in heads if (moment := moment_in(head)) is not None), None)
    if first is None:
        return "", ""
    last = next((moment for head in reversed(heads) if (moment := moment_in(head)) is not None), first)
    if (first.tzinfo is None) == (last.tzinfo is None) and last < first:
        first, last = last, first  # newest first, as `journalctl --reverse` prints it
    return _written(first), _written(last)


def _written(moment: datetime) -> str:
    text = moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text
