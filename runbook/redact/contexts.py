"""Finding secrets by the place where they stand; the places themselves are in :mod:`runbook.redact.places`."""

from __future__ import annotations

import re

from runbook.model.lazy import lazy
from runbook.redact import judge, names
from runbook.redact.rule import Hit, Span, compiled
from runbook.redact.values import Value, closes, enclosing, read_quoted, read_run, read_value, read_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def anything(text: str) -> bool:
    """Any value is a secret here, unless it stands for one."""
    return not judge.is_placeholder(text)


def strong(text: str) -> bool:
    """A value is a secret here only if it looks like one."""
    return not judge.is_placeholder(text) and judge.looks_random(text)


def basic(text: str) -> bool:
    """A value is a secret here if it is the base64 of ``user:password``."""
    if judge.is_placeholder(text):
        return False
    import base64  # noqa: PLC0415  only where something like it was met

    try:
        return b":" in base64.b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return False


class Context:
    """One place.

    Attributes:
        kind: what the mark will say, unless the pattern has a group ``name`` that says it better.
        literals: lower-case words, separated by ``|``; one of them must occur.
        pattern: in re2's syntax. Its group ``s`` is the secret, or its end is where the value begins.
        read: how the value is read: ``""`` as the group or as one value, else a name in ``_READERS``.
        hint: a pattern for the search over large texts where the literals are common words.
        check: whether a value is a secret.
        hits, misses: examples in the language of :mod:`runbook.redact.samples`.
        source: who documents the place.
    """

    __slots__ = ("check", "hint", "hits", "kind", "literals", "misses", "pattern", "read", "source")

    def __init__(
        self,
        kind: str,
        literals: str,
        pattern: str,
        *,
        hits: tuple[str, ...],
        source: str,
        misses: tuple[str, ...] = (),
        check: Callable[[str], bool] = anything,
        read: str = "",
        hint: str = "",
    ) -> None:
        self.kind = kind
        self.literals = tuple(literals.split("|"))
        self.pattern = pattern
        self.hits = hits
        self.misses = misses
        self.source = source
        self.check = check
        self.read = read
        self.hint = hint or "(?i:" + "|".join(map(re.escape, self.literals)) + ")"

    def __repr__(self) -> str:
        return f"Context({self.kind!r}, {self.pattern!r})"


def find(line: bytes, low: bytes, rules: Iterable[Context]) -> list[Span]:
    """What ``rules`` find in a line; ``low`` is the line in lower case."""
    text = low.decode("utf-8", "replace")
    found: list[Span] = []
    for rule in rules:
        if any(literal in text for literal in rule.literals):
            found += _apply(line, rule)
    return found


def _apply(line: bytes, rule: Context) -> Iterator[Span]:
    search = compiled(rule.pattern).search
    reader = _READERS[rule.read]
    at = 0
    while at <= len(line):
        match = search(line, at)
        if match is None:
            return
        end = match.end()
        for span in reader(line, match, rule):
            end = max(end, span.end)
            yield span
        at = max(end, at + 1)


def _group(match: Hit) -> Value | None:
    if not match.has("s"):
        return None
    return Value(match.start("s"), match.end("s"), match.end(), quoted=False)


def _text(line: bytes, value: Value) -> str:
    return line[value.start : value.end].decode("utf-8", "replace")


def _plain(line: bytes, match: Hit, rule: Context) -> Iterator[Span]:
    value = _group(match) or read_value(line, match.end())
    if value is not None and rule.check(_text(line, value)):
        yield Span(value.start, value.end, rule.kind)


def _said(line: bytes, match: Hit, rule: Context) -> Iterator[Span]:
    """As :func:`_plain`, without the sign that ends a part of the sentence."""
    for span in _plain(line, match, rule):
        run = read_run(line, span.start)
        yield span if run is None or run.end >= span.end else Span(span.start, run.end, span.kind)


def _word(line: bytes, match: Hit, rule: Context) -> Iterator[Span]:
    value = read_word(line, match.end())
    if value is not None and rule.check(_text(line, value)):
        yield Span(value.start, value.end, rule.kind)


def _inside(line: bytes, match: Hit, rule: Context) -> Iterator[Span]:
    """The quote is the last thing the pattern took, with its backslashes."""
    start = match.end() - 1
    while start > match.start() and line[start - 1 : start] == b"\\":
        start -= 1
    if line[start - 1 : start] not in (b" ", b"\t", b"(") and closes(line, start, enclosing(line, start)):
        return  # the quote that stands before `password` ends behind it
    value = read_quoted(line, start)
    if value is not None and rule.check(_text(line, value)):
        yield Span(value.start, value.end, rule.kind)


def _named(line: bytes, match: Hit, rule: Context) -> Iterator[Span]:
    """The pattern holds a name; what it announces decides."""
    name = match["name"].decode()
    kind = names.kind_of(name)
    value = _group(match) or read_quoted(line, _blanks(line, match.end())) or _element(line, match.end())
    if not kind or value is None:
        return
    text = _text(line, value)
    if text.lstrip()[:1] in set('":,;>=<{}[]()'):
        return  # a sign goes on here, not a value
    lead = len(text) - len(text.lstrip())
    if judge.is_secret(text.strip(), kind, name, quoted=True):
        yield Span(value.start + lead, value.start + len(text.rstrip().encode()), kind)


def _row(line: bytes, match: Hit, rule: Context) -> Iterator[Span]:
    """A row of two columns: as :func:`_named`, and the value looks like a secret by itself, for nothing else tells it."""
    for span in _named(line, match, rule):
        if rule.check(line[span.start : span.end].decode("utf-8", "replace")):
            yield span


def _element(line: bytes, at: int) -> Value | None:
    return read_run(line, _blanks(line, at))


def _blanks(line: bytes, at: int) -> int:
    while at < len(line) and line[at] in b" \t":
        at += 1
    return at


_ATTRIBUTES = frozenset({b"path", b"domain", b"expires", b"max-age", b"samesite", b"version", b"comment", b"priority"})


def _cookies(line: bytes, match: Hit, rule: Context) -> Iterator[Span]:
    """Every value of a list of cookies; their names and attributes stay."""
    at, end = match.start("s"), match.end("s")
    while at < end:
        stop = line.find(b";", at, end)
        stop = end if stop < 0 else stop
        name, sign, value = line[at:stop].partition(b"=")
        value = value.strip()
        start = line.find(b"=", at, stop) + 1
        if sign and name.strip().lower() not in _ATTRIBUTES and rule.check(value.decode("utf-8", "replace")):
            start += len(line[start:stop]) - len(line[start:stop].lstrip())
            yield Span(start, start + len(value), rule.kind)
        at = stop + 1


def _url(line: bytes, match: Hit, rule: Context) -> Iterator[Span]:
    """The password of a URL, which may itself hold ``@``, ``/``, ``#`` and ``?``."""
    start, end = match.start("s"), match.end("s")
    if re.match(rb"[0-9]{1,5}(?:[/?#,]|$)", line[start : start + 8]):
        return  # a port: http://localhost:8080/@scope
    at = line.find(b"@", start, end)
    while at >= 0:
        if _HOST.match(line, at + 1):
            end = at
            break
        at = line.find(b"@", at + 1, end)
    if end > start and rule.check(line[start:end].decode("utf-8", "replace")):
        yield Span(start, end, rule.kind)


_HOST = lazy(
    rb"(?:localhost|\[[0-9a-fA-F:]+\]|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9_-]+:[0-9]{2,5})(?![A-Za-z0-9.@_-])"
)


def _columns(line: bytes, match: Hit, rule: Context) -> Iterator[Span]:
    """The values of an INSERT whose columns are named."""
    kinds = [
        names.kind_of(column.strip(b' \t"`[]').decode("utf-8", "replace")) for column in match["columns"].split(b",")
    ]
    at, position = match.end(), 0
    while at < len(line) and position < 4096:
        at = _blanks(line, at)
        value = read_quoted(line, at)
        if value is not None:
            kind = kinds[position % len(kinds)]
            if kind and rule.check(_text(line, value)):
                yield Span(value.start, value.end, kind)
            at = value.after
        stop = re.compile(rb"[,;()]").search(line, at)
        if stop is None or stop[0] == b";":
            return
        at = stop.end()
        if stop[0] == b",":
            position += 1
        elif stop[0] == b"(":
            position = 0


_READERS: dict[str, Callable[[bytes, Hit, Context], Iterator[Span]]] = {
    "": _plain,
    "columns": _columns,
    "cookies": _cookies,
    "inside": _inside,
    "named": _named,
    "row": _row,
    "said": _said,
    "url": _url,
    "word": _word,
}
