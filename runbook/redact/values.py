"""Reading a value out of a line: where it begins and ends, whatever quotes, escapes or neighbours it has.

All functions work on one line of UTF-8 bytes and take time linear in what they read.
"""

from __future__ import annotations

from runbook.model.lazy import lazy

_OPEN = lazy(rb"(?:[bBuUrRfFN@$]{1,2}(?=[\"']))?(\\*[\"'`]|&quot;|&#3[49];|%22|%27)")
_RUN = lazy(rb"[^\s\"'`<>]+")
_RUN_ENV = lazy(rb"[^\s<>]+")
_ENTITY = lazy(rb"&(?:quot|#3[49]|lt|gt|amp);|%2[27]|\\+[\"'nrt](?![A-Za-z0-9])|\\n|\\r")
_NEXT_KEY = lazy(rb"[,;&][ \t]*[\"'\\]{0,2}[A-Za-z_][\w. -]{0,60}[\"'\\]{0,2}[=:]")
_COMMENT = lazy(rb"[ \t]+[#;].*$")
_QUOTE = lazy(rb"\\*[\"'`]")
_OPENS_AFTER = frozenset(b" \t([{=:,;<>|&!$/+*-~.\"'`\\")
_AFTER_CLOSE = frozenset(b" \t,;:)]}|&<>.?!*")
_LOOK_BACK = 512
_LOOK_AHEAD = 4096
_WORD = lazy(rb"(?:\\.|'[^']*'?|\"(?:\\.|[^\"\\])*\"?|[^\s\"'\\;|&<>()])+")


class Value:
    """A value found in a line. ``start`` and ``end`` leave the quotes out; ``after`` is where reading goes on."""

    __slots__ = ("after", "end", "quoted", "start")

    def __init__(self, start: int, end: int, after: int, *, quoted: bool) -> None:
        self.start = start
        self.end = end
        self.after = after
        self.quoted = quoted


def skip_blanks(line: bytes, at: int) -> int:
    """The position after spaces and tabs."""
    while at < len(line) and line[at] in b" \t":
        at += 1
    return at


def read_quoted(line: bytes, at: int) -> Value | None:
    """The quoted string that opens at ``at``, with however many backslashes; to the end of the line if it is open."""
    opening = _OPEN.match(line, at)
    if opening is None:
        return None
    mark = opening[1]
    start = opening.end()
    triple = mark * 3
    if line.startswith(mark, start) and len(mark) == 1:
        if not line.startswith(mark, start + 1):
            return Value(start, start, start + 1, quoted=True)
        start += 2
        mark = triple
    end = _closing(line, start, mark)
    return Value(start, end, min(end + len(mark), len(line)), quoted=True)


def _closing(line: bytes, at: int, mark: bytes) -> int:
    """Where ``mark`` closes, not counting quotes that are escaped more deeply than it is."""
    quote = mark[-1:]
    depth = len(mark) - 1 if mark[:1] == b"\\" else 0
    if mark[:1] in b"&%" or (len(mark) == 3 and depth == 0):
        found = line.find(mark, at)
        return len(line) if found < 0 else found
    start = at
    while True:
        found = line.find(quote, at)
        if found < 0:
            return len(line)
        slashes = found
        while slashes > start and line[slashes - 1 : slashes] == b"\\":
            slashes -= 1
        count = found - slashes
        doubled = depth == 0 and quote == b"'" and line[found + 1 : found + 2] == b"'"
        if doubled:
            at = found + 2
        elif count <= depth or (depth == 0 and (count % 2 == 0 or quote == b"'")):
            return found - min(count, depth)
        else:
            at = found + 1


def enclosing(line: bytes, at: int) -> list[bytes]:
    """The quotes, with their backslashes, that are open where ``at`` is; the innermost is the last.

    An apostrophe inside a word opens nothing. Only the last 512 bytes before ``at`` are looked at.
    """
    begin = max(at - _LOOK_BACK, 0)
    marks: list[bytes] = []
    for match in _QUOTE.finditer(line, begin, at):
        mark = match[0]
        if mark in marks:
            del marks[marks.index(mark) :]
        elif (
            match.start() == 0
            or line[match.start() - 1] in _OPENS_AFTER
            or line[match.start() - 1 : match.start()].isupper()
        ):
            marks.append(mark)
    return marks


def closes(line: bytes, at: int, marks: list[bytes]) -> bytes:
    """The innermost of the open ``marks`` if it stands at ``at`` and ends the string there; else an empty text."""
    mark = marks[-1] if marks else b""
    if not mark or not line.startswith(mark, at):
        return b""
    after = at + len(mark)
    ends = after >= len(line) or line[after] in _AFTER_CLOSE or line[after : after + 1] in marks
    return mark if ends else b""


def end_of_string(line: bytes, at: int, mark: bytes) -> int:
    """Where the string that ``mark`` opened before ``at`` is closed; the end of the line if nowhere near."""
    near = line[at : at + _LOOK_AHEAD]
    end = _closing(near, 0, mark)
    return len(line) if end >= len(near) else at + end


def join_words(line: bytes, at: int) -> int:
    """The end of the shell word that goes on at ``at``, behind a quoted part of it."""
    found = _WORD.match(line, at)
    return at if found is None else found.end()


def read_run(line: bytes, at: int, *, query: bool = False, env: bool = False) -> Value | None:
    """The unquoted value at ``at``: up to a blank or a quote, or to where another name begins.

    Args:
        line: the line.
        at: where it begins.
        query: it is a parameter of a URL, so ``&`` and ``#`` end it.
        env: it is all that follows ``NAME=`` at the start of a line, so a quote inside belongs to it.
    """
    found = (_RUN_ENV if env else _RUN).match(line, at)
    if found is None:
        return None
    end = found.end()
    if query:
        end = _first(line, b"&#", at, end)
        for sign in (b"%26", b"\\u0026", b"&amp;"):
            cut = line.find(sign, at, end)
            end = cut if cut > at else end
    if not env:
        entity = _ENTITY.search(line, at, end)
        if entity is not None and entity.start() > at:
            end = entity.start()
    following = _NEXT_KEY.search(line, at, min(end + 80, len(line)))
    if following is not None and at < following.start() < end:
        end = following.start()
    after = end
    for _ in range(6):
        if end <= at + 1 or line[end - 1] not in b",;)}]" or not _closes(line, at, end):
            break
        end -= 1
    return Value(at, end, after, quoted=False)


def _closes(line: bytes, start: int, end: int) -> bool:
    """Whether the last character before ``end`` belongs to what surrounds the value, not to the value."""
    sign = line[end - 1 : end]
    opener = {b")": b"(", b"}": b"{", b"]": b"["}.get(sign)
    return opener is None or line.count(opener, start, end) < line.count(sign, start, end)


def _first(line: bytes, signs: bytes, at: int, end: int) -> int:
    found = [position for sign in signs if (position := line.find(sign, at, end)) >= 0]
    return min(found, default=end)


def read_value(line: bytes, at: int, *, query: bool = False, env: bool = False) -> Value | None:
    """The value at ``at``, quoted or not, after any blanks; None at the end of the line."""
    at = skip_blanks(line, at)
    return read_quoted(line, at) or read_run(line, at, query=query, env=env)


def read_rest(line: bytes, at: int) -> Value | None:
    """All that is left of the line without a trailing comment, for names that stand alone at its start."""
    at = skip_blanks(line, at)
    end = len(line.rstrip())
    comment = _COMMENT.search(line, at, end)
    if comment is not None:
        end = comment.start()
    return Value(at, end, end, quoted=False) if end > at else None


def read_word(line: bytes, at: int) -> Value | None:
    """One word as a shell reads it: quoted parts belong to it. The outermost quotes are left out."""
    at = skip_blanks(line, at)
    quoted = read_quoted(line, at)
    if quoted is not None and (quoted.after >= len(line) or line[quoted.after] in b" \t,;|&)]}\"'\\\n"):
        return quoted
    found = _WORD.match(line, at)
    return None if found is None else Value(at, found.end(), found.end(), quoted=False)


def words(line: bytes, at: int, limit: int = 400) -> list[Value]:
    """Up to ``limit`` words from ``at`` to the end of the command; quotes, commas and brackets of lists are skipped."""
    found: list[Value] = []
    while len(found) < limit:
        while at < len(line) and line[at] in b" \t,[]":
            at += 1
        if at >= len(line) or line[at] in b";|&<>)":
            break
        value = read_word(line, at)
        if value is None:
            at += 1
            continue
        found.append(value)
        at = max(value.after, at + 1)
    return found
