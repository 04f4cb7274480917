"""Values given to names: environment, ini, properties, JSON, YAML, TOML, query strings, objects printed by programs.

One search finds every name that could announce a secret and the sign after it; what the name means is decided by
:mod:`runbook.redact.names`, where the value ends by :mod:`runbook.redact.values`, and whether it is a secret by
:mod:`runbook.redact.judge`.
"""

from __future__ import annotations

import re

from runbook.model.lazy import lazy
from runbook.redact import judge, names
from runbook.redact.rule import Hit, Span, compiled
from runbook.redact.values import (
    Value,
    closes,
    enclosing,
    end_of_string,
    join_words,
    read_quoted,
    read_rest,
    read_run,
    read_value,
    skip_blanks,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = rf"[A-Za-z0-9_.\-]*(?:{names.NAME_HINT}|signature|hmac|assertion|ticket|\bsig|\bcode)[A-Za-z0-9_.\-]*"
_CLOSE = r"(?:\\*[\"'`]|&quot;|&#3[49];|%22|\]|\))*"
_SIGN = r"=>|:=|->|[?+!~:]?={1,3}|::?|%3[DdAa]|\\u003[Dd]|,"
ASSIGNMENT = rf"(?i)(?P<name>{_NAME})(?P<close>(?:[ ]#?[0-9]{{1,2}})?{_CLOSE})[ \t]*(?P<sign>{_SIGN})"
"""A name, whatever closes it (quotes, a bracket), and the sign that gives it a value."""

TRIGGER = rf"(?i)(?:{names.NAME_HINT}|signature|\bsig|\bcode)[A-Za-z0-9_.\-]*[ #0-9]{{0,4}}{_CLOSE}[ \t]*(?:[:=?+!~]|->|%3[DdAa]|\\u003[Dd]|,)"
"""The cheap form of :data:`ASSIGNMENT`, for the search over large texts."""

_BEFORE_LIST = lazy(rb"^[\s>|+#/*-]*(?:(?:export|set|setx|env|arg|declare|local|readonly|const|let|var|final|static"
                          rb"|private|public|protected|string)[ \t]+(?:-[a-z]+[ \t]+)?)*[\"']?$", re.IGNORECASE)  # fmt: skip
_PROSE_BEFORE = lazy(rb"[A-Za-z][a-z]*,?[ ]$")
_LABEL = lazy(rb"(?:[A-Za-z]+[ ]){1,3}$")
_TYPE = lazy(rb"[A-Za-z_][\w.\[\], |<>?]{0,40}?[ \t]*=(?![=>])[ \t]*")
_TAG = lazy(rb"(?:![\w!:/.,-]*|&[\w-]+)[ \t]+")
_BLOCK = lazy(rb"(?:!![a-z]+[ \t]+|![ \t]+)?[|>][-+0-9]{0,3}[ \t]*(?:#.*)?$")
_ONE_VALUE = lazy(
    rb"(?:(?:^|[ \t])(?:-e|--env|--build-arg|--set|export|ENV|set|setx)[ \t]+|--(?:env|build-arg|set)=|Environment=|^[ \t]*-[ \t]+|[\[,][ \t]*)$"
)
_COMMAND_BEFORE = lazy(rb"-l?c[\"']?,?[ \t]*$")
_MORE = lazy(rb"[ \t]+(?:-|[A-Za-z_][\w.-]*=)")
_SOLID = lazy(rb"\S+")
_LITERALS = frozenset({"password", "passwd", "secret", "pass", "pwd"})
_LOWER_WORDS = lazy(r"[a-z]+(?: [a-z]+){2,}$")
_ITEM = lazy(rb"[\"'][^\"']*[\"']")


class Open:
    """A name at the end of a line whose value comes on the lines that follow.

    Attributes:
        kind, name: what it announces, and as what.
        indent: columns before it.
        block: the value is a block of YAML, every deeper line belongs to it.
    """

    __slots__ = ("block", "indent", "kind", "name")

    def __init__(self, kind: str, name: str, indent: int, *, block: bool) -> None:
        self.kind = kind
        self.name = name
        self.indent = indent
        self.block = block


class Found:
    """What a line holds: spans, and perhaps a name that is still without its value."""

    __slots__ = ("open", "spans")

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.open: Open | None = None


def indent_of(line: bytes) -> int:
    """Columns before the first character that is no blank."""
    return len(line) - len(line.lstrip(b" \t"))


def find(line: bytes) -> Found:
    """Every secret that ``line`` gives to a name."""
    found = Found()
    search = compiled(ASSIGNMENT).search
    at = 0
    while True:
        match = search(line, at)
        if match is None:
            return found
        at = match.end()
        if match["sign"].startswith(b":") and line[max(match.start("name") - 2, 0) : match.start("name")] == b"${":
            continue  # the default of a variable: ${DB_PASSWORD:-…}
        name = match["name"].decode("utf-8", "replace").lstrip("-.")
        query = _in_query(line, match.start("name"), match["sign"])
        kind, certain = _kind(line, match, name, query=query)
        if kind:
            at = max(at, _Reading(line, match, name, kind, query=query, certain=certain).run(found))


def _in_query(line: bytes, start: int, sign: bytes) -> bool:
    return (
        sign[:1] in b"%\\"
        or line[start - 1 : start] in (b"?", b"&")
        or line[max(start - 5, 0) : start].endswith((b"&amp;", b"%26", b"%3F", b"%3f", b"u0026"))
    )


def _kind(line: bytes, match: Hit, name: str, *, query: bool) -> tuple[str, bool]:
    """The kind, and whether the name alone says so (otherwise the value must look like a secret)."""
    if query:
        if match["sign"][:1] in b"%" and name.lower()[:2] in {"2f", "3f", "26"}:
            name = name[2:]
        special = names.QUERY_NAMES.get(name.lower().rpartition(".")[2])
        if special:
            return special, False
    kind = names.kind_of(name)
    if not kind and name.lower() in {"key", "keys", "phrase", "id"}:
        label = _LABEL.search(line[max(match.start("name") - 60, 0) : match.start("name")])
        kind = names.kind_of(f"{label[0].decode()}{name}") if label else ""
    if kind:
        return kind, True
    return names.hints_at(name), False


class _Reading:
    """The value of one assignment."""

    __slots__ = ("certain", "kind", "line", "match", "name", "query", "sign", "start")

    def __init__(self, line: bytes, match: Hit, name: str, kind: str, *, query: bool, certain: bool) -> None:
        self.line = line
        self.match = match
        self.name = name
        self.kind = kind
        self.query = query
        self.certain = certain
        self.sign = match["sign"]
        self.start = match.start("name")

    def run(self, found: Found) -> int:
        """Add what there is to ``found``; returns where to go on."""
        at = skip_blanks(self.line, self.match.end())
        if self.sign == b"," and not (self.match["close"] and self.line[at : at + 1] in (b'"', b"'")):
            return self.match.end()
        if self.sign == b"," and self.line.startswith((b"''", b'""'), at):
            return self.match.end()
        at = self._past_type(at)
        if at >= len(self.line) or _BLOCK.match(self.line, at):
            self._leave_open(found, at)
            return len(self.line)
        if self.line[at : at + 1] == b"[" and (items := list(self._items(at))):
            found.spans += items
            return items[-1].end
        value = self._read(at)
        if value is None or value.end <= value.start:
            return value.after if value else self.match.end()
        if not self._judge(value):
            # What follows a name that has no secret may hold one itself: `secret: password=…`.
            return value.start + 1 if not value.quoted else value.start
        found.spans.append(Span(value.start, value.end, self.kind))
        return value.after

    def _past_type(self, at: int) -> int:
        """Skip what stands between the sign and the value: a YAML tag, or a type as in ``password: str = …``."""
        tag = _TAG.match(self.line, at)
        if tag is not None:
            return tag.end()
        if self.sign == b":":
            typed = _TYPE.match(self.line, at)
            if typed is not None:
                return typed.end()
        return at

    def _leave_open(self, found: Found, at: int) -> None:
        if self.sign in (b":", b"=", b"=>") and self.certain:
            block = at < len(self.line) and self.sign == b":"
            if block or at >= len(self.line):
                found.open = Open(self.kind, self.name, indent_of(self.line), block=block)

    def _items(self, at: int) -> Iterator[Span]:
        """The quoted strings of a list."""
        end = self.line.find(b"]", at)
        for item in _ITEM.finditer(self.line, at, len(self.line) if end < 0 else end):
            text = item[0][1:-1].decode("utf-8", "replace")
            if judge.is_secret(text, self.kind, quoted=True) and judge.looks_random(text):
                yield Span(item.start() + 1, item.end() - 1, self.kind)

    def _read(self, at: int) -> Value | None:
        before = self.line[max(self.start - 80, 0) : self.start]
        alone = self.start < 80 and _BEFORE_LIST.match(before) is not None
        tight = self.sign == b"=" and not self.line[self.match.end() : self.match.end() + 1].isspace()
        env = alone and tight and not self.match["close"] and before[-1:] not in (b'"', b"'") and not self.query
        marks = [] if self.query or self.match["close"] else enclosing(self.line, self.start)
        closing = closes(self.line, self.match.end(), marks)
        if closing:
            return Value(at, at, self.match.end() + len(closing), quoted=True)  # the quote before the name ends here
        value = read_value(self.line, at, query=self.query, env=env)
        if value is None or self.query:
            return value
        if tight and not self.match["close"]:
            value = self._joined(value, marks) if value.quoted else self._enclosed(value, marks)
        return value if value.quoted or not alone else self._whole_line(value, at, tight=tight)

    def _joined(self, value: Value, marks: list[bytes]) -> Value:
        """A shell joins what stands without a blank behind a quoted value to it: ``'abc'"def"``, ``"abc"def``."""
        following = self.line[value.after : value.after + 1]
        if not following.isalnum() and (following not in (b'"', b"'") or following in marks):
            return value
        end = join_words(self.line, value.after)
        if marks:
            end = min(end, end_of_string(self.line, value.after, marks[-1]))
        return Value(value.start, end, end, quoted=True) if end > value.after else value

    def _enclosed(self, value: Value, marks: list[bytes]) -> Value:
        """A value in a string that began before its name: other quotes belong to it, and blanks where it is alone."""
        if not marks:
            return value
        close = end_of_string(self.line, value.start, marks[-1])
        opened = self.start - len(marks[-1])
        before = self.line[max(opened - 40, 0) : max(opened, 0)]
        if self.line.startswith(marks[-1], opened) and _ONE_VALUE.search(before) and not _COMMAND_BEFORE.search(before):
            more = _MORE.search(self.line, value.start, close)
            end = more.start() if more is not None else close
            return Value(value.start, end, end, quoted=True) if end > value.end else value
        if self.line[value.after : value.after + 1] in (b'"', b"'", b"`", b"\\") and close > value.after:
            solid = _SOLID.match(self.line, value.start)
            end = min(close, solid.end() if solid is not None else close)
            if (
                self.line[value.after : value.after + 1] != b"\\"
                or self.line[value.after + 1 : value.after + 2] in b"\"'`"
            ):
                return Value(value.start, max(end, value.end), max(end, value.after), quoted=False)
        return value

    def _whole_line(self, value: Value, at: int, *, tight: bool) -> Value:
        """A value with blanks in it, where the name stands alone at the start of the line (ini, YAML)."""
        rest = read_rest(self.line, at)
        if tight or rest is None or rest.end <= value.after or self.kind == names.TOKEN:
            return value
        text = self.line[rest.start : rest.end].decode("utf-8", "replace")
        if self.sign == b":":
            plain = _LOWER_WORDS.match(text) and not any(map(judge.is_prose, text.split()))
            return rest if plain else value
        return value if any(c in text for c in "([{?|&;\"'") else rest

    def _judge(self, value: Value) -> bool:
        if value.end - value.start > 4096:
            return True
        text = self.line[value.start : value.end].decode("utf-8", "replace")
        if text in _LITERALS and self.kind == names.PASSWORD and self.sign in (b"=", b":") and self.name.isupper():
            return True  # POSTGRES_PASSWORD=password: a variable of the environment, and no expression
        if not judge.is_secret(text, self.kind, self.name, quoted=value.quoted):
            return False
        if not self.certain:
            return judge.looks_random(text) and (len(text) >= 16 or not self.query)
        if value.quoted:
            return self.sign != b"," or judge.looks_random(text)
        if self.sign[:1] in (b"-", b"!") or (self.sign[:2] == b"==" and not text[:1].isdigit()):
            return judge.looks_random(text)
        return self.sign != b":" or self._not_prose(value, text)

    def _not_prose(self, value: Value, text: str) -> bool:
        """Whether an unquoted value after a colon is one, and not the next word of a sentence."""
        if text.startswith("//"):
            return False
        if judge.looks_random(text):
            return True
        more = self.line[value.after :].strip()
        last = not more or more[:1] in b"#,;)}]\"'\\|<"
        sentence = self.start > 0 and _PROSE_BEFORE.search(self.line, max(self.start - 24, 0), self.start) is not None
        if self.kind in names.STRONG:
            return last
        return last and not (sentence and text.isalpha())


def find_pending(line: bytes, open_: Open) -> Span | None:
    """The value on the line after a name that had none, or None if that line is something else."""
    at = skip_blanks(line, 0)
    if at <= open_.indent and line[at : at + 1] not in (b'"', b"'"):
        return None
    value = read_quoted(line, at) or read_run(line, at)
    if value is None or line[value.after : value.after + 1] == b":" or line[value.end - 1 : value.end] == b":":
        return None
    if line[value.after :].strip(b" \t,;"):
        return None
    text = line[value.start : value.end].decode("utf-8", "replace")
    return Span(value.start, value.end, open_.kind) if judge.is_secret(text, open_.kind, quoted=value.quoted) else None
