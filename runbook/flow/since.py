"""``--since``: lines whose own time is older do not count.

A line without a time goes with the line above it: a stack trace belongs to the message it follows. Lines before the
first time in a source count. Times without a zone are taken on this machine's clock; without a year, as the latest such
day that is not in the future.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 64 * 1024
"""Bytes of a line from which on it is judged by its beginning and passes in pieces."""


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
        hand_on: takes each block.

    Attributes:
        dropped: bytes of the lines left out, so that what was read can still be counted.
    """

    def __init__(self, moment: datetime, hand_on: Callable[[bytes], None]) -> None:
        from runbook.detect.moments import HEAD, moment_in

        self.dropped = 0
        self._moment_in = moment_in
        self._head = HEAD
        self._moment = moment
        self._zone = moment.tzinfo or UTC
        self._hand_on = hand_on
        self._old = False
        self._rest = bytearray()
        self._long = False  # in a line that is longer than LONGEST and was judged

    def take(self, data: bytes) -> None:
        """The next bytes of the source."""
        if self._long:
            end = data.find(b"\n") + 1
            self._long = not end
            self._hand_on(self._kept(data[:end] if end else data))
            data = data[end:] if end else b""
        end = data.rfind(b"\n") + 1
        if end:
            self._lines(bytes(self._rest) + data[:end])
            self._rest[:] = data[end:]
        else:
            self._rest += data
        if len(self._rest) > LONGEST:
            line = bytes(self._rest)
            self._rest.clear()
            self._long = True
            self._judge(line)
            self._hand_on(self._kept(line))

    def close(self) -> None:
        """The end of the source: a last line without a line ending."""
        if self._rest:
            self._lines(bytes(self._rest))
            self._rest.clear()

    def _lines(self, block: bytes) -> None:
        kept = []
        for line in io.BytesIO(block):
            self._judge(line)
            kept.append(self._kept(line))
        self._hand_on(b"".join(kept))

    def _judge(self, line: bytes) -> None:
        moment = self.time_of(line)
        if moment is not None:
            self._old = moment < self._moment

    def time_of(self, line: bytes) -> datetime | None:
        """The time a log line carries, aware; None if it carries none that can be read."""
        moment = self._moment_in((line if line.startswith(b"{") else line[: self._head]).decode("latin-1"))
        return moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=self._zone)

    def _kept(self, piece: bytes) -> bytes:
        """What is left of a line, or of a piece of one."""
        if not self._old:
            return piece
        ending = piece[-1:] if piece.endswith(b"\n") else b""
        self.dropped += len(piece) - len(ending)
        return ending
