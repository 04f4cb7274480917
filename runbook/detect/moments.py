"""The time that a line of a log carries, in the forms that programs write.

What a line does not say is not made up: a time without a zone stays without one. Only the year of a syslog line is
supplied: the latest that does not lie ahead.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = 160
"""Characters at a line's beginning in which its time is looked for; in a JSON object it may stand anywhere."""

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: at for at, name in enumerate(_NAMES, start=1)}
_CLOCK = r"(?P<clock>\d{2}:\d{2}:\d{2})(?:[.,](?P<fraction>\d{1,9}))?"
_ZONE = r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})\b)?"
_FORMS = {
    # RFC 3339 and what is close to it: Docker, Kubernetes, Go, Python, PostgreSQL, Spring; nginx with slashes
    "rfc": rf"(?P<year>\d{{4}})[-/](?P<month>\d{{2}})[-/](?P<day>\d{{2}})[T _]{_CLOCK}{_ZONE}",
    # Common Log Format: nginx and Apache access logs, HAProxy
    "clf": rf"(?P<day>\d{{2}})/(?P<name>[A-Z][a-z]{{2}})/(?P<year>\d{{4}}):{_CLOCK}(?: (?P<zone>[+-]\d{{4}}))?",
    # syslog, journalctl
    "syslog": rf"\b(?P<name>[A-Z][a-z]{{2}}) {{1,2}}(?P<day>\d{{1,2}}) {_CLOCK}(?: (?P<year>\d{{4}})\b)?",
    # Redis, RFC 2822
    "redis": rf"\b(?P<day>\d{{1,2}}) (?P<name>[A-Z][a-z]{{2}}) (?P<year>\d{{4}}) {_CLOCK}{_ZONE}",
    # klog: Kubernetes' own components
    "klog": rf"\b[IWEF](?P<month>\d{{2}})(?P<day>\d{{2}}) {_CLOCK}",
    # seconds, milliseconds, micro- or nanoseconds since 1970: at the beginning, or named as a time
    "epoch": r"(?:^[\s\[#]*|\b(?:ts|time|timestamp|t)[\"']?[:=] ?[\"']?)"
    r"(?P<epoch>1[0-9]{9})(?:(?P<more>\d{9}|\d{6}|\d{3})|\.(?P<part>\d{1,9}))?(?![\w.])",
}
_MAYBE = r"\d:\d\d:\d|1\d{9}"  # holds in every line that has a time; cheap to prepare, unlike the forms
_BEFORE = 20  # characters that a form may have before what _MAYBE finds
_OF_RECORD = (
    r"\"(?:time|ts|timestamp|@timestamp|t|date|datetime|__REALTIME_TIMESTAMP)\" ?: ?(?P<value>[^,}]{1,60}(?:,\d+)?)"
)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@cache
def _every() -> re.Pattern[str]:
    """All forms in one, to find the first of them in one pass."""
    unnamed = {name: re.sub(r"\(\?P<\w+>", "(?:", form) for name, form in _FORMS.items()}
    return re.compile("|".join(f"(?P<{name}>{form})" for name, form in unnamed.items()))


def moment_in(text: str) -> datetime | None:
    """The time that a line carries, aware if it says its zone; None if there is none.

    Args:
        text: a line, or its beginning. Of a JSON object the record's own time comes first, wherever it stands.
    """
    maybe = _compiled(_MAYBE).search(text)
    if maybe is None:
        return None
    if text.startswith("{"):
        for field in _compiled(_OF_RECORD).finditer(text):
            moment = _first(f"time={field['value']}", 0)
            if moment is not None:
                return moment
    return _first(text[:HEAD], max(maybe.start() - _BEFORE, 0))


def _first(text: str, start: int) -> datetime | None:
    for found in _every().finditer(text, start):
        form = found.lastgroup or ""
        try:
            moment = _rfc(found[0]) if form == "rfc" else None
            if moment is None:
                match = _compiled(_FORMS[form]).match(text, found.start())
                moment = None if match is None else _moment(match.groupdict())
        except (ValueError, OverflowError):
            continue  # 31 February, month 13: not a time
        if moment is not None:
            return moment
    return None


def _rfc(text: str) -> datetime | None:
    """What most logs write, read by what is fastest; None where that cannot."""
    try:
        return datetime.fromisoformat(text.replace("/", "-").replace(",", ".").replace(" UTC", "Z"))
    except ValueError:
        return None


def _moment(parts: dict[str, str | None]) -> datetime | None:
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
        moment = _in_this_year(month, day, clock)
    zone = parts.get("zone")
    if not zone:
        return moment
    if zone in {"Z", "UTC", "GMT"}:
        return moment.replace(tzinfo=UTC)
    sign = -1 if zone[0] == "-" else 1
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return (moment - sign * offset).replace(tzinfo=UTC).astimezone(timezone(sign * offset))


def _in_this_year(month: int, day: int, clock: time) -> datetime:
    """The latest such day that is not more than a day ahead; a day for the zone that syslog does not say."""
    now = datetime.now(UTC).replace(tzinfo=None)
    for year in range(now.year + 1, now.year - 9, -1):
        try:
            moment = datetime.combine(date(year, month, day), clock)  # made aware by whoever knows how
        except ValueError:
            if (month, day) != (2, 29):
                raise
            continue
        if moment <= now + timedelta(days=1):
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
