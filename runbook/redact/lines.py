"""Text through the door, line by line: which lines are worth a look, what is taken out of them, what follows from them.

One search with a single pattern finds the lines in which anything could be found; the others pass untouched. What a
line says about the lines after it (a key that begins, a name whose value comes next) is kept here, so that it makes no
difference in which pieces a text arrives.
"""

from __future__ import annotations

import re

from runbook.model.lazy import lazy
from runbook.model.marks import MARK_BYTES
from runbook.redact import assignments, commands, contexts, judge, kubernetes, lookalikes, names, pem, places, tokens
from runbook.redact.rule import Span, compiled
from runbook.redact.values import read_rest, read_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Marker = Callable[[str, bytes], bytes]
    """Makes the mark for a kind and a secret."""

HELD = 16 * 1024
"""Bytes of lines at the end of a piece that are held back because they may be the middle of a private key."""

SHORT = 4096
"""A text of up to so many bytes is looked at line by line at once: compiling the one pattern would cost more."""

_PLACES = "|".join(sorted({rule.hint for rule in places.RULES}))
_NEAR = rf"(?i:(?:name|key|id|field|parameter|variable)[\"'\\]*[ \t]*[:=>][ \t]*[\"'\\]*[A-Za-z0-9_.\-]*(?:{names.NAME_HINT}))"
_LINE_END_FLAG = rf"(?i:--?[A-Za-z0-9_.\-]*(?:{names.NAME_HINT})[A-Za-z0-9_.\-]*[\"',]*[ \t\\]*\n)"
_MARKED = r"\[redacted:"
TRIGGER = "|".join(
    (
        tokens.TRIGGER, assignments.TRIGGER, _PLACES, commands.TRIGGER, commands.FLAG_TRIGGER, pem.TRIGGER,
        kubernetes.TRIGGER, lookalikes.TRIGGER, _NEAR, _LINE_END_FLAG, _MARKED,
    )
)  # fmt: skip
"""One pattern that matches in every line in which something could be found."""

_NAMED = lazy(
    rb"[\s\-{<]*\\*[\"']?(?:name|key|id|field|parameterkey|optionname|variable)\\*[\"']?[ \t]*[:=>][ \t]*\\*[\"']?"
    rb"(?P<name>[A-Za-z0-9_.\-]+)\\*[\"']?(?:</name>)?[ \t]*,?[ \t]*$",
    re.IGNORECASE,
)
_VALUE = lazy(
    rb"[ \t]*(?:\\*[\"']?(?:value|val|default|content|parametervalue|optionvalue)\\*[\"']?[ \t]*[:=]|<value>)[ \t]*",
    re.IGNORECASE,
)
_FLAG_END = lazy(rb"(?:^|[\s\"'\[,])(?P<flag>--?[A-Za-z0-9_.\-]+)(?P<close>[\"']?)[ \t]*[,\\]?[ \t]*$")
_AWS_ID = lazy(rb"A[KS]IA[A-Z0-9]{16}")
_AWS_SECRET = lazy(rb"(?:^|[^A-Za-z0-9/+=])([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)")
_HEX = lazy(rb"[0-9a-f]+$")


class _Block:
    """A block of lines that is a secret as a whole."""

    __slots__ = ("held", "indent", "kind", "text")

    def __init__(self, kind: str, indent: int) -> None:
        self.kind = kind
        self.indent = indent
        self.text = bytearray()
        self.held = b""


class Lines:
    """A text that passes in pieces of whole lines.

    Args:
        mark: makes the mark for a kind and a secret.
    """

    def __init__(self, mark: Marker) -> None:
        self._mark = mark
        self._key = pem.Key(mark)
        self._manifest = kubernetes.Manifest()
        self._block: _Block | None = None
        self._open: assignments.Open | None = None
        self._flag: tuple[str, str] | None = None
        self._named: tuple[str, str, int] | None = None
        self._program = ""
        self._aws = 0
        self._held = b""
        self._few = True  # no line was looked for with a pattern yet: asking every rule costs less than compiling one

    def feed(self, piece: bytes, *, last: bool = False) -> bytes:
        """Take whole lines (only the last piece may end without a newline) and return what is ready of them."""
        block = self._held + piece
        self._held = b""
        if not last:
            cut = self._cut(block)
            block, self._held = block[:cut], block[cut:]
        out: list[bytes] = []
        at = 0
        short = last and len(block) <= SHORT
        while at < len(block):
            start = at
            if not (short or self._attentive):
                self._few = False
                match = compiled(TRIGGER).search(block, at)
                if match is None:
                    break
                start = max(block.rfind(b"\n", at, match.start() + 1) + 1, at) if match.start() >= at else at
                if block[match.start() : match.start() + 1] == b"\n":
                    start = match.start() + 1
            end = block.find(b"\n", start)
            end = len(block) if end < 0 else end
            self._between(block, at, start, end, out)
            newline = block[end : end + 1]
            self._line(block[start:end], newline, out)
            at = end + 1
        out.append(block[at:])
        if last:
            out.append(self._finish())
        return b"".join(out)

    @property
    def _attentive(self) -> bool:
        """Whether the next line matters whatever it holds."""
        return bool(
            self._key.open or self._key.watching or self._block or self._open or self._flag or self._named
            or self._program or self._aws or self._manifest.active
        )  # fmt: skip

    def _cut(self, block: bytes) -> int:
        """Where lines begin that may turn out to be a key once its end is seen."""
        if self._key.open or self._block is not None:
            return len(block)
        end = len(block)
        start = pem.body_before(block, max(0, end - HELD), end)
        return start if end - start < HELD else end

    def _between(self, block: bytes, at: int, start: int, end: int, out: list[bytes]) -> None:
        """Pass on the lines from ``at`` to ``start``, unless they are the body of a key that ends in the next line."""
        if at < start and not self._key.open and b"-END" in block[start:end] and b"PRIVATE" in block[start:end]:
            body = pem.body_before(block, at, start)
            if body < start:
                out.append(block[at:body])
                out.append(self._mark(pem.KIND, block[body:start].replace(b"\n", b"")) + b"\n")
                return
        out.append(block[at:start])

    def _line(self, line: bytes, newline: bytes, out: list[bytes]) -> None:
        if self._block is not None:
            if self._in_block(line):
                return
            out.append(self._close_block())
        if self._key.open:
            ready, rest = self._key.take(line)
            out.append(ready)
            if rest is None:
                return
            line = rest
        elif self._key.watching:
            instead = self._key.again(line)
            if instead is not None:
                out.append(instead + newline)
                return
        before = self._key.begins(line)
        if before is not None:
            out.append(self._scanned(before))
            return
        out.append(self._scanned(line) + newline)

    def _in_block(self, line: bytes) -> bool:
        block = self._block
        assert block is not None  # noqa: S101  the caller looked
        if line.strip() and assignments.indent_of(line) <= block.indent:
            return False
        if not block.held and line.strip():
            block.held = line[: assignments.indent_of(line)]
        if len(block.text) < pem.KEPT:
            block.text += line.strip() + b"\n"
        return True

    def _close_block(self) -> bytes:
        block, self._block = self._block, None
        if block is None or not block.text.strip():
            return b""
        text = bytes(block.text).strip()
        if judge.is_placeholder(text.decode("utf-8", "replace")) or MARK_BYTES.fullmatch(text):
            return block.held + text + b"\n"
        return block.held + self._mark(block.kind, text) + b"\n"

    def _finish(self) -> bytes:
        out = self._close_block() if self._block is not None else b""
        if self._key.open:
            out += self._key.close()
        return out

    def spans(self, line: bytes) -> list[Span]:
        """Where the secrets of one line are, by itself; marks that stand in it already are left alone."""
        masked = MARK_BYTES.sub(lambda match: b"\x01" * len(match[0]), line) if b"[redacted:" in line else line
        return self._find(masked)

    def _scanned(self, line: bytes) -> bytes:
        """``line`` with every secret in it replaced; notes what it says about the lines to come."""
        masked = MARK_BYTES.sub(lambda match: b"\x01" * len(match[0]), line) if b"[redacted:" in line else line
        folded = lookalikes.undo(masked)
        if folded is None:
            return self._replace(line, self._find(masked))
        plain, origin = folded
        spans = [Span(origin[span.start], origin[span.end], span.kind) for span in self._find(plain)]
        return self._replace(line, spans)

    def _find(self, line: bytes) -> list[Span]:
        low = line.lower()
        keys = self._key.in_line(line)
        spans = [Span(start, end, pem.KIND) for start, end, _body in keys]
        few = self._few and len(line) <= SHORT
        if few or compiled(tokens.TRIGGER).search(line):
            spans += tokens.find(line, low)
        spans += self._awaited(line)
        named = assignments.find(line)
        spans += named.spans
        if few or compiled(_PLACES).search(line):
            spans += contexts.find(line, low, places.RULES)
        spans += commands.find(line, low, self._program)
        spans += kubernetes.in_line(line)
        entries, block = self._manifest.line(line)
        spans += entries
        self._remember(line, named.open, block=block)
        return spans

    def _awaited(self, line: bytes) -> list[Span]:
        """What the lines before this one have announced."""
        spans: list[Span] = []
        if self._open is not None and line.strip():
            span = assignments.find_pending(line, self._open)
            self._open = None
            spans += [span] if span else []
        if self._flag is not None and line.strip():
            kind, name = self._flag
            self._flag = None
            item = re.match(rb"[ \t]*(?:-[ \t]+)?", line)
            value = read_value(line, item.end() if item else 0)
            if value is not None and not line[value.start : value.start + 1].startswith(b"-"):
                text = line[value.start : value.end].decode("utf-8", "replace")
                if judge.is_secret(text, kind, name, quoted=value.quoted):
                    spans.append(Span(value.start, value.end, kind))
        if self._named is not None:
            spans += self._value_of_named(line)
        if self._aws:
            self._aws -= 1
            spans += [
                Span(match.start(1), match.end(1), "aws-secret-key")
                for match in _AWS_SECRET.finditer(line)
                if not _HEX.match(match[1]) and not judge.is_filler(match[1].decode())
            ]
        return spans

    def _value_of_named(self, line: bytes) -> list[Span]:
        assert self._named is not None  # noqa: S101  the caller looked
        kind, name, left = self._named
        value_at = _VALUE.match(line)
        self._named = None if value_at or left <= 1 else (kind, name, left - 1)
        if value_at is None:
            return []
        value = read_value(line, value_at.end())
        if value is None:
            return []
        rest = None if value.quoted or b"<" in line else read_rest(line, value_at.end())
        value = rest or value
        text = line[value.start : value.end].decode("utf-8", "replace")
        quoted = value.quoted or kind in names.STRONG
        return [Span(value.start, value.end, kind)] if judge.is_secret(text, kind, name, quoted=quoted) else []

    def _remember(self, line: bytes, open_: assignments.Open | None, *, block: bool) -> None:
        indent = assignments.indent_of(line)
        if open_ is not None and open_.block:
            self._block = _Block(open_.kind, indent)
        elif block:
            self._block = _Block(kubernetes.KIND, indent)
        elif open_ is not None:
            self._open = open_
        named = _NAMED.match(line)
        if named is not None:
            name = named["name"].decode()
            kind = names.kind_of(name)
            if kind:
                self._named = (kind, name, 2)
        flag = _FLAG_END.search(line)
        if flag is not None:
            name = flag["flag"].decode()
            kind = names.kind_of(name)
            if kind and name.startswith("-"):
                self._flag = (kind, name.lstrip("-"))
        self._program = commands.goes_on(line, self._program)
        if _AWS_ID.search(line):
            self._aws = 2

    def _replace(self, line: bytes, spans: list[Span]) -> bytes:
        if not spans:
            return line
        out: list[bytes] = []
        at = 0
        for span in merged(spans):
            out += (line[at : span.start], self._mark(span.kind, line[span.start : span.end]))
            at = span.end
        out.append(line[at:])
        return b"".join(out)


def merged(spans: list[Span]) -> list[Span]:
    """Spans that do not overlap, in order. Where several met, the kind is that of the longest, of equals the first."""
    order = {id(span): position for position, span in enumerate(spans)}
    result: list[Span] = []
    best = 0
    for span in sorted((s for s in spans if s.end > s.start), key=lambda s: (s.start, -s.end, order[id(s)])):
        if result and span.start < result[-1].end:
            previous = result[-1]
            longer = span.end - span.start > best
            best = max(best, span.end - span.start)
            result[-1] = Span(previous.start, max(previous.end, span.end), span.kind if longer else previous.kind)
        else:
            result.append(span)
            best = span.end - span.start
    return result
