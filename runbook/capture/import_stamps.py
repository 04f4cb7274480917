"""The times at the beginnings of log lines, whoever wrote them.

Each form is a pattern that is tried at the beginning of a line and cannot backtrack: every step of it eats something
that no later step could eat instead.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from runbook.capture.import_json import table, words
from runbook.capture.import_times import MONTHS, from_epoch, from_iso, without_year
from runbook.capture.imported import decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from runbook.capture.import_times import Clock

_CLOCK = rb"[0-2]\d:[0-5]\d:[0-6]\d(?:[.,]\d{1,9})?"
_ZONE = rb"(?: ?(?:Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})\b)?"
_ISO = rb"\d{4}-\d{2}-\d{2}[Tt ]" + _CLOCK + _ZONE
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_PREFIX = rb"(?:[A-Za-z0-9_.-]{1,64} +\| ?)?(?:<\d{1,3}>(?P<version>\d )?)?"  # docker compose, syslog's priority


_HOST = re.compile(r"([A-Za-z0-9.-]{1,255}) (?=[\w./@-]{1,64}\[\d{1,9}\]: )")  # rsyslog: HOST PROGRAM[PID]: …
_WORD = re.compile(r"(\S{1,255}) ")  # RFC 5424: HOST PROGRAM PID ID …


class Stamped(NamedTuple):
    """A line with a time: when, and what it says. ``text`` is without the time where that stands at its beginning."""

    at: datetime
    text: str
    host: str = ""


class Form(NamedTuple):
    """A way to write the time."""

    name: str
    pattern: re.Pattern[bytes]
    read: Callable[[re.Match[bytes], bytes, Clock], Stamped | None]


def _iso(match: re.Match[bytes], line: bytes, clock: Clock) -> Stamped | None:
    at = from_iso(match["at"].decode(), clock)
    if at is None:
        return None
    rest = _rest(match, line)
    host = _HOST.match(rest) if match["version"] is None else _WORD.match(rest)
    return Stamped(at, rest) if host is None else Stamped(at, rest[host.end() :], host[1])


def _slashes(match: re.Match[bytes], line: bytes, clock: Clock) -> Stamped | None:
    at = from_iso(match["at"].decode().replace("/", "-"), clock)
    return None if at is None else Stamped(at, _rest(match, line))


def _epoch(match: re.Match[bytes], line: bytes, _clock: Clock) -> Stamped | None:
    digits = match["at"]
    whole, _dot, fraction = digits.partition(b".")
    unit = {10: 1, 13: 1000, 16: 1_000_000, 19: 1_000_000_000}.get(len(whole))
    if unit is None or (fraction and unit != 1):
        return None
    at = (
        from_epoch(int(whole + fraction.ljust(9, b"0")[:9]), 1_000_000_000)
        if fraction
        else from_epoch(int(whole), unit)
    )
    return None if at is None else Stamped(at, _rest(match, line))


def _syslog(match: re.Match[bytes], line: bytes, clock: Clock) -> Stamped | None:
    month = MONTHS[match["month"].decode().lower()]
    at = without_year(month, int(match["day"]), match["clock"].decode().replace(",", "."), clock)
    if at is None:
        return None
    rest = _rest(match, line)
    host, _blank, said = rest.partition(" ")
    # A host is one word without a colon; programs that write this form without syslog have none.
    return Stamped(at, said.strip(), host) if said and not host.endswith(":") and "[" not in host else Stamped(at, rest)


def _klog(match: re.Match[bytes], line: bytes, clock: Clock) -> Stamped | None:
    at = without_year(int(match["month"]), int(match["day"]), match["clock"].decode(), clock)
    return None if at is None else Stamped(at, f"{decode(match['level'])} {_rest(match, line)}")


def _english(match: re.Match[bytes], line: bytes, clock: Clock) -> Stamped | None:
    """Day, month by name and year: what Apache, nginx's access log and Redis write."""
    text = f"{match['year'].decode()}-{MONTHS[match['month'].decode().lower()]:02d}-{int(match['day']):02d}T"
    zone = match.groupdict().get("zone") or b""
    at = from_iso(text + match["clock"].decode() + zone.decode().strip(), clock)
    if at is None:
        return None
    before = decode(line[: match.start("year")])
    return Stamped(at, _rest(match, line) if not match.groupdict().get("lead") else decode(line).strip() or before)


def _logfmt(match: re.Match[bytes], line: bytes, clock: Clock) -> Stamped | None:
    at = from_iso(match["at"].decode(), clock)
    return None if at is None else Stamped(at, decode(match["before"]) + _rest(match, line))


def _rest(match: re.Match[bytes], line: bytes) -> str:
    return decode(line[match.end() :]).strip()


FORMS = (
    Form("rfc3339", re.compile(_PREFIX + rb"[\[(\"']?(?P<at>" + _ISO + rb")[\])\"']?[:,;]?\s*"), _iso),
    Form("nginx", re.compile(_PREFIX + rb"\[?(?P<at>\d{4}/\d{2}/\d{2} " + _CLOCK + rb")\]?\s*"), _slashes),
    Form(
        "syslog",
        re.compile(
            _PREFIX + rb"(?P<month>" + _MONTH + rb") {1,2}(?P<day>\d{1,2}) (?P<clock>" + _CLOCK + rb")(?! \d{4}\b)\s*"
        ),
        _syslog,
    ),
    Form(
        "access",  # ADDRESS IDENT USER [11/Feb/2026:09:02:11 +0000]
        re.compile(
            rb"(?P<lead>\S{1,256} \S{1,256} [^\[\n]{1,256})\[(?P<day>\d{2})/(?P<month>"
            + _MONTH
            + rb")/(?P<year>\d{4}):(?P<clock>[0-2]\d:[0-5]\d:[0-6]\d)(?P<zone> [+-]\d{4})\]"
        ),
        _english,
    ),
    Form(
        "ctime",  # [Wed Feb 11 09:02:11.123456 2026]
        re.compile(
            _PREFIX
            + rb"\[?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?P<month>"
            + _MONTH
            + rb") {1,2}(?P<day>\d{1,2}) (?P<clock>"
            + _CLOCK
            + rb") (?P<year>\d{4})\]?\s*"
        ),
        _english,
    ),
    Form(
        "redis",  # 1:M 11 Feb 2026 09:02:11.123 *
        re.compile(
            _PREFIX
            + rb"\[?(?:\d{1,7}:[A-Z] |(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(?P<day>\d{1,2})[ -](?P<month>"
            + _MONTH
            + rb")[ -](?P<year>\d{4})[ :](?P<clock>"
            + _CLOCK
            + rb")(?P<zone>"
            + _ZONE
            + rb")\]?\s*"
        ),
        _english,
    ),
    Form(
        "klog",
        re.compile(
            _PREFIX
            + rb"(?P<level>[IWEF])(?P<month>[01]\d)(?P<day>[0-3]\d) (?P<clock>[0-2]\d:[0-5]\d:[0-6]\d\.\d{6})\s+"
        ),
        _klog,
    ),
    Form(
        "epoch",
        re.compile(_PREFIX + rb"\[?(?P<at>\d{10}(?:\.\d{1,9})?|\d{13}|\d{16}|\d{19})\]?(?=[\s,;:|])[:,;|]?\s*"),
        _epoch,
    ),
    Form(
        "logfmt",
        re.compile(
            rb"(?P<before>(?:[^\n= ]{1,64}=\S{0,64} ){0,3})(?:ts|time|timestamp|t)=\"?(?P<at>" + _ISO + rb")\"?\s*"
        ),
        _logfmt,
    ),
)
"""Every form, the usual ones first."""

_TIME_KEYS = ("time", "ts", "timestamp", "@timestamp", "datetime", "date", "t", "asctime", "eventTime")
_TEXT_KEYS = ("msg", "message", "log", "event", "text", "error")
_LEVEL_KEYS = ("level", "severity", "lvl", "levelname", "log.level")
_UNITS = ((1e11, 1), (1e14, 1000), (1e17, 1_000_000), (float("inf"), 1_000_000_000))


def read_stamp(line: bytes, clock: Clock, hint: list[int]) -> Stamped | None:
    """The time of one line and what it says; None if it has none.

    Args:
        line: as it stands in the file, without its newline.
        clock: gives the zone and the year where the line has none.
        hint: ``[number of the form that fitted last]``, kept up to date: a log has one form, or few.
    """
    if line[:1] == b"{":
        return _structured(line, clock)
    start = FORMS[hint[0]]
    match = start.pattern.match(line)
    if match is not None and (stamped := start.read(match, line, clock)) is not None:
        return stamped
    for number, form in enumerate(FORMS):
        match = form.pattern.match(line)
        if match is not None and (stamped := form.read(match, line, clock)) is not None:
            hint[0] = number
            return stamped
    return None


def _structured(line: bytes, clock: Clock) -> Stamped | None:
    """A log line that is a JSON object."""
    try:
        entry = table(json.loads(decode(line)))
    except (ValueError, RecursionError):
        return None
    at = next((moment for key in _TIME_KEYS if (moment := _moment(entry.get(key), clock)) is not None), None)
    if at is None:
        return None
    text = next((said for key in _TEXT_KEYS if (said := words(entry.get(key)).strip())), "")
    if not text:
        return Stamped(at, decode(line).strip())
    level = next((said for key in _LEVEL_KEYS if (said := words(entry.get(key)))), "")
    return Stamped(at, f"{level} {text}" if level and not level.isdigit() else text)


def _moment(value: Any, clock: Clock) -> datetime | None:
    if isinstance(value, str):
        return from_iso(value, clock) or (from_epoch(value) if value[:1].isdigit() and len(value) < 24 else None)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    unit = next(unit for limit, unit in _UNITS if not value > limit)
    return from_epoch(value, unit)
