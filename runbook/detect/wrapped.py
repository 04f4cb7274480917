r"""Logs wrapped in JSON or logfmt: what a line says, and what the escapes in it would hide from a prefilter.

A prefilter looks at the line as it stands in the file, where a message has quotes around it and escapes in it. Without
escapes nothing is hidden: the text is the same, and :mod:`runbook.detect.approximate` lets ``^`` and ``$`` hold at a
quote. Lines with escapes get a second look with these undone (:func:`hidden`), a block at a time. JSON is read only
where a line is a candidate (:func:`unwrapped`), for the exact look.

Of an envelope (Docker's json-file, ``journalctl -o json``) only the message counts. A program's own JSON counts by its
message, the error and the traces, and as the line it is: what it says in other fields is found as in any text. The
forms are those of https://docs.docker.com/engine/logging/drivers/json-file/, systemd.journal-fields(7), and of zap,
zerolog, logrus, slog, pino, bunyan, winston, structlog, python-json-logger, Serilog, GELF, Google Cloud's agents and
the Elastic Common Schema. A line of logfmt (``level=error msg="service \"web\" …"``, https://brandur.org/logfmt) is the
line it is, and its message, its error and the line without escapes are looked at too.
"""

from __future__ import annotations

import re
from functools import cache

from runbook.detect.lenient import read_text, without_escapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.prefilter import Engine

_PREFIX = 160  # characters before an object: a container's name, or time, stream and tag as the CRI writes them
_STAMP = 64  # characters at the start of a line of logfmt that hold its time
_DEPTH = 3  # a program's JSON in the runtime's JSON in a collector's
_TIMES = ("time", "ts", "timestamp", "@timestamp", "t", "date", "datetime", "@t", "asctime")
_MESSAGES = ("msg", "message", "log", "MESSAGE", "text", "short_message", "event", "textPayload", "@m", "@mt")
_INNER = ("fields", "jsonPayload")
"""Where Rust's tracing and Google Cloud's agents keep what a program said."""

_ERRORS = ("error", "err", "error.message", "exception", "exc_info", "reason")
_TRACES = (
    "stack",
    "stacktrace",
    "stack_trace",
    "error.stack_trace",
    "errorVerbose",
    "traceback",
    "trace",
    "@x",
    "full_message",
)

_DOCKERS_END = rb'\n","stream":"std'  # of nearly every message in a json-file; hides nothing
_NO_END = b'""' + _DOCKERS_END[2:]
_BYTES = re.compile(rb'"MESSAGE" ?: ?\[ ?\d')  # journald: what is no text comes as numbers
_HELD = b"\xff"  # stands for a backslash while escapes are undone; no UTF-8 has it
_COLOUR = re.compile(rb"\\u001[bB]\[[0-9;:?]*[A-Za-z]")
_SHORT = ((rb"\"", b'"'), (rb"\n", b"\r"), (rb"\t", b"\t"), (rb"\r", b"\r"), (rb"\/", b"/"))
_ESCAPE = re.compile(r"\\([\"\\ntr/])")
_SAID = re.compile(r'\b(?:msg|message|error|err)="((?:[^"\\]|\\.)*)"')
_PLAIN = {"n": "\r", "t": "\t", "r": "\r"}
_OF_GO = ((rb"\u003c", b"<"), (rb"\u003e", b">"), (rb"\u0026", b"&"), (rb"\u0027", b"'"))


def with_hidden(
    block: bytes, found: list[tuple[int, int, tuple[int, ...]]], engine: Engine
) -> list[tuple[int, int, tuple[int, ...]]]:
    """``found``, an engine's candidates in a block of whole lines, and those that the escapes in it hid."""
    lines = {start: (end, slots) for start, end, slots in found}
    for text, starts in hidden(block):
        number = counted = 0
        for start, _end, slots in engine.candidates(text):
            number += text.count(b"\n", counted, start)
            counted = start
            place = starts[number]
            end, known = lines.get(place) or (block.index(b"\n", place), ())
            lines[place] = (end, tuple(sorted({*known, *slots})))
    return [(start, end, slots) for start, (end, slots) in sorted(lines.items())]


def hidden(block: bytes) -> list[tuple[bytes, list[int]]]:
    """What a prefilter has to look at besides a block of whole lines, so that no escape hides a known failure.

    Returns:
        Texts, and where in ``block`` the line begins that each line of the text stands for.
    """
    numbers = b'"MESSAGE"' in block and _BYTES.search(block) is not None
    if b"\\" not in block and not numbers:
        return []
    told = {match.start() for match in _BYTES.finditer(block)} if numbers else set()
    exact = {block.rfind(b"\n", 0, at) + 1 for at in told}
    lines, starts = _with(b"\\", block.replace(_DOCKERS_END, _NO_END))
    texts = []
    for _level in range(_DEPTH):
        if not lines:
            break
        text, stay = _undone(b"\n".join(lines))
        exact |= {starts[number] for number in stay}
        texts.append((text, starts))
        # a message that is JSON itself has its own escapes
        inner = zip(text.split(b"\n"), starts, strict=True) if b"\\" in text else ()
        kept = [(line, start) for line, start in inner if b"\\" in line and line.find(b'{"', 1) > 0]
        lines, starts = [line for line, _start in kept], [start for _line, start in kept]
    if exact:
        first = sorted(exact)
        said = [unwrapped(read_text(block[at : block.index(b"\n", at)])) for at in first]
        parts = ["\r".join(parts) if parts else "" for _when, parts in said]
        texts.append(("\n".join(parts).encode("utf-8", "backslashreplace"), first))
    return texts


def _with(mark: bytes, block: bytes) -> tuple[list[bytes], list[int]]:
    """The lines with ``mark`` that look like JSON or logfmt, and where they begin."""
    lines, starts = [], []
    at = block.find(mark)
    while at >= 0:
        start = block.rfind(b"\n", 0, at) + 1
        end = block.find(b"\n", at)
        end = len(block) if end < 0 else end
        line = block[start:end]
        if line.startswith(b"{") or b' {"' in line[: _PREFIX + 3] or is_logfmt(line):
            lines.append(line)
            starts.append(start)
        at = block.find(mark, end)
    return lines, starts


def is_logfmt(line: bytes) -> bool:
    """Whether a line has a message in quotes, or a value in quotes with quotes in it."""
    return b'="' in line and (b'\\"' in line or b'msg="' in line or b'error="' in line or b'err="' in line)


def _undone(text: bytes) -> tuple[bytes, list[int]]:
    """``text`` with the usual escapes undone, and the numbers of the lines that hold others."""
    if _HELD in text:
        return text, list(range(text.count(b"\n") + 1))
    text = text.replace(rb"\\", _HELD)
    for escape, plain in _SHORT:
        text = text.replace(escape, plain)
    if rb"\u00" in text:
        text = _COLOUR.sub(b"", text)
        for escape, plain in _OF_GO:
            text = text.replace(escape, plain)
    stay = [number for number, line in enumerate(text.split(b"\n")) if b"\\" in line] if b"\\" in text else []
    return text.replace(_HELD, b"\\"), stay


def unwrapped(line: str, depth: int = 1) -> tuple[str, list[str] | None]:
    """What a line says, if it is wrapped.

    Returns:
        The record's time as it is written or in ISO 8601, "" if it has none; and each text to look at, without the
        escape sequences of a terminal. None where the line is not wrapped.
    """
    prefix, fields = _opened(line)
    if fields is None:
        parts = _of_logfmt(line) if depth == 1 else None
        return ("", None) if parts is None else (line[:_STAMP], parts)
    when = prefix if prefix[:4].isdigit() else _when(fields) or prefix
    message = _envelope(fields)
    if message is not None:
        inner_when, inner = unwrapped(message.rstrip("\n"), depth + 1) if depth < _DEPTH else ("", None)
        return when or inner_when, _lines(message) if inner is None else inner
    parts = [part for text in _texts(fields) for part in _lines(text)]
    return (when, [*parts, line]) if parts else ("", None)


def _of_logfmt(line: str) -> list[str] | None:
    """The message and the error of a line, the line without its escapes, and the line; None if it is no logfmt."""
    if '="' not in line:
        return None
    texts = _SAID.findall(line)
    if '\\"' in line:
        texts.append(line)
    if not texts:
        return None
    plain = [_ESCAPE.sub(lambda escape: _PLAIN.get(escape[1], escape[1]), text) for text in texts]
    return [*(part for text in plain for part in _lines(text)), line]


@cache
def _reader() -> Callable[[str], object]:
    """What reads JSON, made once."""
    import json  # noqa: PLC0415  only where a line looks like it

    return json.JSONDecoder(strict=False).decode


def _opened(line: str) -> tuple[str, dict[str, object] | None]:
    """What stands before the object a line ends with, and the object; None if there is none."""
    start = 0 if line.startswith("{") else line.find(' {"', 0, _PREFIX + 3) + 1
    if (not start and not line.startswith("{")) or line[:1].isspace() or not line.rstrip().endswith("}"):
        return "", None
    try:
        fields = _reader()(line[start:])
    except (ValueError, RecursionError):
        return "", None
    return line[:start].rstrip(), fields if isinstance(fields, dict) else None


def _envelope(fields: dict[str, object]) -> str | None:
    """The message of a record that a container runtime or journald made around a program's line."""
    log = fields.get("log")
    if isinstance(log, str) and ("stream" in fields or "time" in fields) and "msg" not in fields:
        return log
    if "MESSAGE" in fields and ("__REALTIME_TIMESTAMP" in fields or "__CURSOR" in fields):
        return _journal_text(fields["MESSAGE"])
    return None


def _journal_text(value: object) -> str:
    """A field of the journal: text, bytes as numbers where it is no text, null where it is too long, or several."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return ""
    if value and all(type(each) is int and 0 <= each < 256 for each in value):
        return read_text(bytes(value))
    return "\n".join(each for each in value if isinstance(each, str))


def _lines(text: str) -> list[str]:
    """A message's lines: each is looked at for itself, as it would be in a log that is not wrapped."""
    if "\x1b" in text:
        text = read_text(without_escapes(text.encode("utf-8", "backslashreplace")))
    return [line for line in text.replace("\r", "\n").split("\n") if line]


def _when(fields: dict[str, object]) -> str:
    """The time a record carries, as it is written or in ISO 8601; "" if none."""
    micro = fields.get("__REALTIME_TIMESTAMP")
    if isinstance(micro, str) and micro.isdecimal() and len(micro) <= 20:
        return _moment(int(micro))
    for name in _TIMES:
        value = fields.get(name)
        if isinstance(value, str) and value[:4].isdigit() and len(value) <= 40 and not value.isdecimal():
            return value
        if isinstance(value, int | float) and value >= 1e9 and (text := _moment(value)):
            return text
    return ""


def _moment(number: float) -> str:
    """Seconds, milli-, micro- or nanoseconds since 1970 in ISO 8601; "" where that is no time of our days."""
    if not 1e9 <= number < 1e19:
        return ""
    while number >= 1e10:
        number /= 1000
    if number < 1e9:
        return ""
    from datetime import UTC, datetime  # noqa: PLC0415  only where something was found

    return datetime.fromtimestamp(number, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _texts(fields: dict[str, object]) -> list[str]:
    """What a program says in its own JSON: its message, the error behind it, and traces."""
    texts = [next((text for name in _MESSAGES if (text := _text(fields.get(name)))), "")]
    inner = next((value for name in _INNER if isinstance(value := fields.get(name), dict)), None)
    if inner is not None:
        texts += [_text(inner.get(name)) for name in (*_MESSAGES, *_ERRORS, *_TRACES)]
    for name in (*_ERRORS, *_TRACES):
        value = fields.get(name)
        if isinstance(value, dict):
            texts += [_text(value.get(key)) for key in ("message", "stack", "stack_trace")]
        else:
            texts.append(_text(value))
    return list(dict.fromkeys(filter(None, texts)))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
