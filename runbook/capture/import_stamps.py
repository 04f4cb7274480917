"""The times at the beginnings of log lines, whoever wrote them.

Each form is a pattern that is tried at the beginning of a line, its repetitions bounded. Logs are long and most of
their lines lie outside the time that is wanted: what a line says is put together only when somebody asks for it.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from runbook.capture.import_json import table, words
from runbook.capture.import_times import EARLIEST, LATEST, MONTHS, from_epoch, from_iso, plausible, without_year
from runbook.capture.imported import decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.capture.import_times import Clock

    Window = tuple[datetime | None, datetime | None]

_CLOCK = rb"[0-2]\d:[0-5]\d:[0-6]\d(?:[.,]\d{1,9})?"
_ZONE = rb"(?: ?(?:Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})\b)?"
_ISO = rb"\d{4}-\d{2}-\d{2}[Tt ]" + _CLOCK + _ZONE
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
# What may stand before the time: docker compose's or kubectl's name of who logs, syslog's priority.
_PREFIX = (
    rb"(?:(?P<unit>[A-Za-z0-9_.-]{1,64}) {1,64}\| ?|\[pod/(?P<pod>[^\]\s]{1,256})\] )?(?:<\d{1,3}>(?P<version>\d )?)?"
)

_HOST = re.compile(r"([A-Za-z0-9.-]{1,255}) (?=[\w./@-]{1,64}\[\d{1,9}\]: )")  # rsyslog: HOST PROGRAM[PID]: …
_WORD = re.compile(r"(\S{1,255}) ")  # RFC 5424: HOST PROGRAM PID ID …

Said = tuple[str, str]
"""The host that a line names, or an empty text, and what it says."""


class Form(NamedTuple):
    """A way to write the time. The group ``at`` of its pattern is all of the time."""

    name: str
    pattern: re.Pattern[bytes]
    when: Callable[[re.Match[bytes], Clock], datetime | None]
    said: Callable[[re.Match[bytes], bytes], Said]


class Stamped(NamedTuple):
    """A line with a time."""

    at: datetime
    line: bytes
    form: Form | None
    match: re.Match[bytes] | None

    def said(self) -> Said:
        """What it says, without the time where that stands at its beginning."""
        if self.form is None or self.match is None:
            return "", _structured_text(self.line)
        return self.form.said(self.match, self.line)


def _iso(match: re.Match[bytes], clock: Clock) -> datetime | None:
    text = match["at"].decode()
    try:
        moment = datetime.fromisoformat(text)  # knows nearly all of it, ten times as fast
    except ValueError:
        return from_iso(text, clock)
    return from_iso(text, clock) if moment.tzinfo is None else plausible(moment)


def _slashes(match: re.Match[bytes], clock: Clock) -> datetime | None:
    return from_iso(match["at"].decode().replace("/", "-"), clock)


def _epoch(match: re.Match[bytes], _clock: Clock) -> datetime | None:
    whole, _dot, fraction = match["at"].partition(b".")
    unit = {10: 1, 13: 1000, 16: 1_000_000, 19: 1_000_000_000}.get(len(whole))
    if unit is None or (fraction and unit != 1):
        return None
    if fraction:
        return from_epoch(int(whole + fraction.ljust(9, b"0")[:9]), 1_000_000_000)
    return from_epoch(int(whole), unit)


def _yearless(match: re.Match[bytes], clock: Clock) -> datetime | None:
    month = match["month"].decode().lower()
    hours = match["clock"].decode().replace(",", ".")
    return without_year(MONTHS.get(month) or int(month), int(match["day"]), hours, clock)


def _english(match: re.Match[bytes], clock: Clock) -> datetime | None:
    """Day, month by name and year: what Apache, nginx's access log and Redis write."""
    text = f"{match['year'].decode()}-{MONTHS[match['month'].decode().lower()]:02d}-{int(match['day']):02d}T"
    zone = match.groupdict().get("zone") or b""
    return from_iso(text + match["clock"].decode() + zone.decode().strip(), clock)


def _rest(match: re.Match[bytes], line: bytes) -> Said:
    return decode(match["unit"] or match["pod"] or b""), decode(line[match.end() :]).strip()


def _whole(_match: re.Match[bytes], line: bytes) -> Said:
    return "", decode(line).strip()


def _after_host(match: re.Match[bytes], line: bytes) -> Said:
    unit, rest = _rest(match, line)
    host = _HOST.match(rest) if match["version"] is None else _WORD.match(rest)
    return (unit, rest) if host is None or unit else (host[1], rest[host.end() :])


def _syslog(match: re.Match[bytes], line: bytes) -> Said:
    rest = _rest(match, line)[1]
    host, _blank, said = rest.partition(" ")
    # A host is one word without a colon; programs that write this form without syslog have none.
    return (host, said.strip()) if said and not host.endswith(":") and "[" not in host else ("", rest)


def _klog(match: re.Match[bytes], line: bytes) -> Said:
    unit, rest = _rest(match, line)
    return unit, f"{decode(match['level'])} {rest}"


def _logfmt(match: re.Match[bytes], line: bytes) -> Said:
    return "", decode(match["before"]) + decode(line[match.end() :]).strip()


FORMS = (
    Form("rfc3339", re.compile(_PREFIX + rb"[\[(\"']?(?P<at>" + _ISO + rb")[\])\"']?[:,;]?\s*"), _iso, _after_host),
    Form("nginx", re.compile(_PREFIX + rb"\[?(?P<at>\d{4}/\d{2}/\d{2} " + _CLOCK + rb")\]?\s*"), _slashes, _rest),
    Form(
        "syslog",
        re.compile(
            _PREFIX
            + rb"(?P<at>(?P<month>"
            + _MONTH
            + rb") {1,2}(?P<day>\d{1,2}) (?P<clock>"
            + _CLOCK
            + rb"))(?! \d{4}\b)\s*"
        ),
        _yearless,
        _syslog,
    ),
    Form(
        "access",  # ADDRESS IDENT USER [11/Feb/2026:09:02:11 +0000]
        re.compile(
            rb"\S{1,256} \S{1,256} [^\[\n]{1,256}\[(?P<at>(?P<day>\d{2})/(?P<month>"
            + _MONTH
            + rb")/(?P<year>\d{4}):(?P<clock>[0-2]\d:[0-5]\d:[0-6]\d)(?P<zone> [+-]\d{4}))\]"
        ),
        _english,
        _whole,
    ),
    Form(
        "ctime",  # [Wed Feb 11 09:02:11.123456 2026]
        re.compile(
            _PREFIX
            + rb"\[?(?P<at>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?P<month>"
            + _MONTH
            + rb") {1,2}(?P<day>\d{1,2}) (?P<clock>"
            + _CLOCK
            + rb") (?P<year>\d{4}))\]?\s*"
        ),
        _english,
        _rest,
    ),
    Form(
        "redis",  # 1:M 11 Feb 2026 09:02:11.123 *
        re.compile(
            _PREFIX
            + rb"\[?(?:\d{1,7}:[A-Z] |(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(?P<at>(?P<day>\d{1,2})[ -](?P<month>"
            + _MONTH
            + rb")[ -](?P<year>\d{4})[ :](?P<clock>"
            + _CLOCK
            + rb")(?P<zone>"
            + _ZONE
            + rb"))\]?\s*"
        ),
        _english,
        _rest,
    ),
    Form(
        "klog",
        re.compile(
            _PREFIX
            + rb"(?P<level>[IWEF])(?P<at>(?P<month>[01]\d)(?P<day>[0-3]\d) "
            + rb"(?P<clock>[0-2]\d:[0-5]\d:[0-6]\d\.\d{6}))\s+"
        ),
        _yearless,
        _klog,
    ),
    Form(
        "epoch",
        re.compile(_PREFIX + rb"\[?(?P<at>\d{10}(?:\.\d{1,9})?|\d{13}|\d{16}|\d{19})\]?(?=[\s,;:|])[:,;|]?\s*"),
        _epoch,
        _rest,
    ),
    Form(
        "logfmt",
        re.compile(
            rb"(?P<before>(?:[^\n= ]{1,64}=\S{0,64} ){0,3})(?:ts|time|timestamp|t)=\"?(?P<at>" + _ISO + rb")\"?\s*"
        ),
        _iso,
        _logfmt,
    ),
)
"""Every form, the usual ones first."""

_TIME_KEYS = ("time", "ts", "timestamp", "@timestamp", "datetime", "date", "t", "asctime", "eventTime")
_TEXT_KEYS = ("msg", "message", "log", "event", "text", "error")
_LEVEL_KEYS = ("level", "severity", "lvl", "levelname", "log.level")
_UNITS = ((1e11, 1), (1e14, 1000), (1e17, 1_000_000), (float("inf"), 1_000_000_000))


class StampReader:
    """Reads the times of one log, whose lines mostly have one form and often the same time as the line before.

    Args:
        clock: gives the zone and the year where a line has none.
        window: the time that is wanted; of days far from it only the side is told.
    """

    def __init__(self, clock: Clock, window: Window = (None, None)) -> None:
        self._clock = clock
        self._form = FORMS[0]
        self._raw = b""
        self._at: datetime | None = None
        since, until = window
        self._first = b"" if since is None else _day(since, -2)
        self._last = b"9999" if until is None else _day(until, 2)

    def read(self, line: bytes) -> Stamped | None:
        """The time of one line, as it stands in the file without its newline; None if it has none."""
        if line[:1] == b"{":
            at = _structured_time(line, self._clock)
            return None if at is None else Stamped(at, line, None, None)
        match = self._form.pattern.match(line)
        if match is not None and (at := self._when(self._form, match)) is not None:
            return Stamped(at, line, self._form, match)
        for form in FORMS:
            match = form.pattern.match(line)
            if match is not None and (at := self._when(form, match)) is not None:
                self._form = form
                return Stamped(at, line, form, match)
        return None

    def _when(self, form: Form, match: re.Match[bytes]) -> datetime | None:
        raw = match["at"]
        if raw == self._raw and form is self._form:
            return self._at
        if form is FORMS[0] and not self._first <= raw[:10] <= self._last:
            return EARLIEST if raw[:10] < self._first else LATEST
        at = form.when(match, self._clock)
        if at is not None:
            self._raw, self._at = raw, at
        return at


def _day(moment: datetime, days: int) -> bytes:
    try:
        return (moment + timedelta(days=days)).date().isoformat().encode()
    except OverflowError:
        return moment.date().isoformat().encode()


def _structured(line: bytes) -> dict[str, Any]:
    """A log line that is a JSON object."""
    try:
        return table(json.loads(decode(line)))
    except (ValueError, RecursionError):
        return {}


def _structured_time(line: bytes, clock: Clock) -> datetime | None:
    entry = _structured(line)
    return next((moment for key in _TIME_KEYS if (moment := _moment(entry.get(key), clock)) is not None), None)


def _structured_text(line: bytes) -> str:
    entry = _structured(line)
    text = next((said for key in _TEXT_KEYS if (said := words(entry.get(key)).strip())), "")
    if not text:
        return decode(line).strip()
    level = next((said for key in _LEVEL_KEYS if (said := words(entry.get(key)))), "")
    return f"{level} {text}" if level and not level.isdigit() else text


def _moment(value: Any, clock: Clock) -> datetime | None:
    if isinstance(value, str):
        return from_iso(value, clock) or (from_epoch(value) if value[:1].isdigit() and len(value) < 24 else None)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    unit = next(unit for limit, unit in _UNITS if not value > limit)
    return from_epoch(value, unit)
