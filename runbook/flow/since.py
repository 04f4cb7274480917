"""``--since``: lines whose own time is older do not count.

A line without a time goes with the line above it: a stack trace belongs to the message it follows. Lines before the
first time in a source count. Times without a zone are taken on this machine's clock; without a year, as the latest such
day that is not in the future.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

HEAD = 160
"""Bytes at a line's beginning in which its time is looked for; in a JSON object it may stand anywhere."""

_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_TIME = re.compile(
    rb"(?P<y>\d{4})[-/](?P<mo>\d\d)[-/](?P<d>\d\d)[T ](?P<h>\d\d):(?P<mi>\d\d):(?P<s>\d\d)(?:[.,]\d{1,9})?"
    rb" ?(?P<z>Z|UTC|[+-]\d\d:?\d\d)?"  # RFC 3339, Python's logging, nginx's error log, Go's log
    rb"|(?P<d2>\d\d)/(?P<mon>[A-Z][a-z]{2})/(?P<y2>\d{4}):(?P<h2>\d\d):(?P<mi2>\d\d):(?P<s2>\d\d) (?P<z2>[+-]\d{4})"
    rb"|(?:^|[> ])(?P<mon3>[A-Z][a-z]{2}) {1,2}(?P<d3>\d{1,2}) (?P<h3>\d\d):(?P<mi3>\d\d):(?P<s3>\d\d)"  # syslog
    rb"|^[IWEF](?P<mo4>\d\d)(?P<d4>\d\d) (?P<h4>\d\d):(?P<mi4>\d\d):(?P<s4>\d\d)"  # klog
    rb"|\"(?:ts|time|timestamp|@timestamp)\": ?(?P<epoch>\d{10})(?:\d{3})?(?:\.\d+)?[,}]"
)


def since_when(text: str) -> datetime:
    """The moment a person meant with ``--since``, on this machine's clock or, in an incident, on its clock and start.

    Raises:
        BadInputError: it is no time.
    """
    from runbook.errors import BadInputError
    from runbook.flow.desk import load_zone
    from runbook.model.times import parse_time
    from runbook.record.places import zone_name

    zone = load_zone(zone_name())
    try:
        return parse_time(text, now=datetime.now(zone), zone=zone)
    except BadInputError as error:
        raise BadInputError(error.message, field="--since", hint=error.hint.replace(", T+15", "")) from None


class Since:
    """Takes a source block by block and hands on the same number of lines, the older ones empty.

    Args:
        moment: older than this does not count. Times without a zone are taken in its zone.
        hand_on: takes each block of whole lines.

    Attributes:
        dropped: bytes of the lines left out, so that what was read can still be counted.
    """

    def __init__(self, moment: datetime, hand_on: Callable[[bytes], None]) -> None:
        self.dropped = 0
        self._moment = moment
        self._zone = moment.tzinfo or UTC
        self._hand_on = hand_on
        self._old = False
        self._rest = b""

    def take(self, data: bytes) -> None:
        """The next bytes of the source."""
        block = self._rest + data
        end = block.rfind(b"\n") + 1
        self._rest = block[end:]
        if end:
            self._lines(block[:end])

    def close(self) -> None:
        """The end of the source: a last line without a line ending."""
        if self._rest:
            self._lines(self._rest)
            self._rest = b""

    def _lines(self, block: bytes) -> None:
        kept = []
        for line in block.splitlines(keepends=True) if b"\r" not in block else _lines_of(block):
            moment = time_of(line, self._zone)
            if moment is not None:
                self._old = moment < self._moment
            if self._old:
                self.dropped += len(line) - 1
                kept.append(b"\n")
            else:
                kept.append(line)
        self._hand_on(b"".join(kept))


def _lines_of(block: bytes) -> list[bytes]:
    """Lines that end in a line feed alone; a carriage return is part of one."""
    return [line + b"\n" for line in block.split(b"\n")[:-1]] or [block]


def time_of(line: bytes, zone: tzinfo) -> datetime | None:
    """The time a log line carries, aware; None if it carries none that can be read.

    Args:
        line: as the program wrote it: RFC 3339, syslog, Apache and nginx, klog, or a JSON object with a time.
        zone: where a time without one stands.
    """
    match = _TIME.search(line) if line.startswith(b"{") else _TIME.search(line, 0, HEAD)
    if match is None:
        return None
    try:
        if match["epoch"]:
            return datetime.fromtimestamp(int(match["epoch"]), UTC)
        if match["y"]:
            return _moment(match.group("y", "mo", "d", "h", "mi", "s"), _zone(match["z"], zone))
        if match["y2"]:
            return _moment(match.group("y2", "mon", "d2", "h2", "mi2", "s2"), _zone(match["z2"], zone))
        short = (
            match.group("mon3", "d3", "h3", "mi3", "s3")
            if match["mon3"]
            else match.group("mo4", "d4", "h4", "mi4", "s4")
        )
        now = datetime.now(zone)
        moment = _moment((str(now.year).encode(), *short), zone)
        return moment.replace(year=now.year - 1) if moment - now > timedelta(days=1) else moment
    except (ValueError, OverflowError):
        return None  # 31 February, month 13: not a time


def _moment(parts: tuple[bytes, ...], zone: tzinfo) -> datetime:
    """Year, month (a number or its English name), day, hour, minute and second as a moment."""
    year, month, day, hour, minute, second = parts
    month_number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
    return datetime(int(year), month_number, int(day), int(hour), int(minute), min(int(second), 59), tzinfo=zone)


def _zone(offset: bytes | None, default: tzinfo) -> tzinfo:
    if not offset:
        return default
    if offset in {b"Z", b"UTC"}:
        return UTC
    digits = offset[1:].replace(b":", b"")
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-delta if offset.startswith(b"-") else delta)
