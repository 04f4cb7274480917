"""``journalctl -o json`` (also ``json-pretty``, ``json-seq``): one object an entry.

Times are strings of microseconds. Any field may be an array of bytes (it is no UTF-8), ``null`` (too large to print;
``journalctl --all`` prints it) or a list (the field stood several times). Source: systemd's JOURNAL_EXPORT_FORMATS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook.capture.import_json import json_values, names_in, table
from runbook.capture.import_times import from_epoch
from runbook.capture.imported import Imported, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.capture.imported import Source

NAME = "journalctl"
_TIME = "__REALTIME_TIMESTAMP"
_MICRO = 1_000_000
TOO_LARGE = "messages too large for journalctl to print (journalctl --all prints them)"
EMPTY = "entries without a message"


def sniff(head: bytes, _name: str) -> int:
    """By the name of its time."""
    return 90 if names_in(head, _TIME) else 0


def parse(source: Source) -> Iterator[Imported]:
    """What the journal says."""
    for number, value in json_values(source):
        entry = table(value)
        at = from_epoch(_text(entry.get(_TIME)), _MICRO)
        if at is None:
            source.problem(number, f"it has no plausible {_TIME}")
            continue
        if "MESSAGE" in entry and entry["MESSAGE"] is None:
            source.skip(TOO_LARGE)
            continue
        message = _text(entry.get("MESSAGE")).strip("\n")
        if not message.strip():
            source.skip(EMPTY)
            continue
        program = (_text(entry.get("SYSLOG_IDENTIFIER")) or _text(entry.get("_COMM"))).partition("\n")[0]
        host = _text(entry.get("_HOSTNAME"))
        yield Imported(
            at,
            "observation",
            f"{program}: {message}" if program else message,
            actor=host,
            key=_text(entry.get("__CURSOR")),
            line=number,
            extra={"unit": _text(entry.get("_SYSTEMD_UNIT")), "priority": _text(entry.get("PRIORITY"))},
        )


def _text(value: Any) -> str:
    """A field in any of its shapes."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        if value and all(isinstance(byte, int) and not isinstance(byte, bool) and 0 <= byte < 256 for byte in value):
            return decode(bytes(value))
        return "\n".join(_text(each) for each in value if isinstance(each, (str, list)) and _is_flat(each))
    return ""


def _is_flat(value: Any) -> bool:
    return isinstance(value, str) or all(isinstance(byte, int) for byte in value)
