"""Text against the catalog: one pass, bounded memory, and time that grows with the input and nothing else.

A block of whole lines goes through a prefilter (:mod:`runbook.detect.prefilter`); each candidate line is then confirmed
by RE2, compiled when first needed. A line over 64 KiB is looked at in overlapping pieces, in which ``^`` and ``$``
hold at the line's true ends only.
"""

from __future__ import annotations

from runbook.detect.conditions import watch_for
from runbook.detect.excerpts import CUT, cut_excerpt
from runbook.detect.fill import fill
from runbook.detect.lenient import read_text, without_escapes
from runbook.detect.prefilter import LiteralEngine
from runbook.model.match import FINDING_SEVERITIES, Match

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runbook.detect.catalog import Catalog
    from runbook.detect.conditions import Condition, Hit, Watch
    from runbook.detect.prefilter import Engine
    from runbook.detect.remembered import Remembered
    from runbook.detect.table import Condensed
    from runbook.detect.verdicts import Verdicts

WINDOW = 64 * 1024
OVERLAP = 8 * 1024
_MANY = 32
"""Candidates in one block from which on a scan remembers what it found out about lines."""

_CUT = CUT.encode()


class Scanner:
    """Scans one source as it comes, in memory that does not grow with it.

    Args:
        catalog: what to look for.
        kind: as what to look at the text (``output``, ``command``, ``dockerfile``, ``compose``, ``shell``, ``config``).
        source: name of the source for the findings.
        clean: takes secrets out of a line; excerpts and captures are cut from what it returns, so that no half of a
            secret is left over. Without it they are the text as it was, for a caller who stores nothing.
        engine: makes the prefilter from (slot, condition) pairs.
        keep: places of one signature to keep besides counting them; 0: only the first.
    """

    def __init__(
        self,
        catalog: Catalog,
        kind: str = "output",
        source: str = "-",
        *,
        clean: Callable[[str], str] | None = None,
        engine: Callable[[list[tuple[int, Condensed]]], Engine] = LiteralEngine,
        keep: int = 0,
    ) -> None:
        self.kind = kind
        self.source = source
        self.bytes = 0
        self.lines = 0
        self._catalog = catalog
        self._clean = clean
        self._keep = keep
        self._conditions, self._forms, needs = watch_for(catalog, kind)
        self._verdicts: Verdicts | None = None
        self._remembered: Remembered | None = None
        self._unit = bytearray()  # whole lines that commands are still to be looked for in
        self._unit_from = 1
        self._engine = engine(needs)
        self._tail = bytearray()
        self._pieces = 0  # of the long line under way
        self._joined = ""  # command lines that end in a backslash
        self._joined_from = 0
        self._news: list[Watch] = []

    def feed(self, data: bytes) -> list[Match]:
        """Take more of the source.

        Returns:
            What was found for the first time. Counts are those so far; :meth:`close` has the final ones.
        """
        self.bytes += len(data)
        tail = self._tail
        cut = data.rfind(b"\n") + 1
        if cut:
            block = b"".join((tail, memoryview(data)[:cut])) if tail else data[:cut]
            tail[:] = data[cut:]
            self._take_lines(block)
        else:
            tail += data
        while len(tail) > WINDOW:
            self._take_piece(bytes(tail[:WINDOW]), last=False)
            del tail[: WINDOW - OVERLAP]
        news, self._news = self._news, []
        return [self._match(watch) for watch in news]

    def close(self) -> list[Match]:
        """The end of the source: everything found, by place, the worst first where two stand on one line."""
        if self._pieces:
            self._take_long(bytes(self._tail))
        elif self._tail:
            self._take_lines(bytes(self._tail) + b"\n")
        self._tail.clear()
        if self._joined:
            self._confirm_joined()
        self._take_unit()
        return self.found()

    def found(self) -> list[Match]:
        """Everything found so far."""
        matches = [self._match(watch) for watch in self._conditions.watches() if watch.told]
        return sorted(
            matches,
            key=lambda match: (match.line, FINDING_SEVERITIES.index(match.severity), match.column, match.signature),
        )

    def _take_lines(self, block: bytes) -> None:
        at = 0
        if self._pieces:
            at = block.index(b"\n") + 1
            self._take_long(block[: at - 1])
        while at < len(block):
            end = block.rfind(b"\n", at, at + WINDOW + 1) + 1
            if end > at:
                self._take_block(block[at:end])
            else:
                end = block.index(b"\n", at) + 1
                self._take_long(block[at : end - 1])
            at = end

    def _take_long(self, line: bytes) -> None:
        """A line over the window, or what is left of one."""
        while len(line) > WINDOW:
            self._take_piece(line[:WINDOW], last=False)
            line = line[WINDOW - OVERLAP :]
        self._take_piece(line, last=True)

    def _take_piece(self, piece: bytes, *, last: bool) -> None:
        first = self._pieces == 0
        piece = without_escapes(piece)
        offset = 0 if first else self._pieces * (WINDOW - OVERLAP) - len(CUT)
        piece = b"%b%b%b" % (
            b"" if first else _CUT,
            piece.rstrip(b"\r") if last else piece,
            b"" if last else _CUT,
        )
        for start, end, slots in self._engine.candidates(piece):
            self._confirm(read_text(piece[start:end]), slots, self.lines + 1, offset)
        self._pieces += 1
        if last:
            self._pieces = 0
            self.lines += 1

    def _take_block(self, block: bytes) -> None:
        total = block.count(b"\n")
        block = without_escapes(block)
        if self._forms:
            if len(self._unit) + len(block) > WINDOW:
                self._take_unit()
            self._unit_from = self._unit_from if self._unit else self.lines + 1
            self._unit += block
        if self.kind == "command":
            self._take_commands(block)
        else:
            self._take_candidates(block)
        self.lines += total

    def _take_candidates(self, block: bytes) -> None:
        found = self._candidates(block)
        if self._remembered is None and len(found) > _MANY:
            from runbook.detect.remembered import Remembered  # noqa: PLC0415  not for the few lines of a command
            from runbook.detect.verdicts import Verdicts  # noqa: PLC0415  as above

            self._remembered = Remembered(self._conditions)
            self._verdicts = Verdicts(self._conditions)
        recall = _nothing if self._remembered is None else self._remembered.of
        returns = b"\r" in block
        number, counted = self.lines + 1, 0
        for start, end, slots in found:
            number += block.count(b"\n", counted, start)
            counted = start
            line = block[start:end].rstrip(b"\r") if returns else block[start:end]
            watches = recall(slots, line)
            if watches is None:
                self._take_line(line, slots, number)
            else:
                for watch in watches:
                    watch.counted(number, line)

    def _candidates(self, block: bytes) -> list[tuple[int, int, tuple[int, ...]]]:
        """What the prefilter says of these lines, also of messages in JSON and logfmt that hold escapes."""
        found = self._engine.candidates(block)
        if self.kind != "output" or not (b"{" in block or b'="' in block):
            return found
        if b"\\" not in block and b'"MESSAGE"' not in block:
            return found
        from runbook.detect.wrapped import with_hidden  # noqa: PLC0415  only for JSON

        return with_hidden(block, found, self._engine)

    def _take_line(self, line: bytes, slots: tuple[int, ...], number: int) -> None:
        """A line on which conditions may hold, without the end of the line."""
        wrapped = self.kind == "output" and (line.endswith(b"}") or b'="' in line)
        if wrapped and (line.endswith(b"}") or _troubled(line)) and self._confirm_wrapped(line, slots, number):
            return
        if b"\r" in line:
            self._confirm_line(read_text(line), slots, number)
            return
        watches = self._confirm(read_text(line), slots, number)
        if self._remembered is not None and watches is not None and not wrapped and not self._forms:
            self._remembered.keep(slots, line, tuple(watches))

    def _confirm_wrapped(self, line: bytes, slots: tuple[int, ...], number: int) -> bool:
        """A line that is wrapped in JSON or logfmt, looked at by what it says; False if it is not."""
        from runbook.detect.wrapped import unwrapped  # noqa: PLC0415  only for such lines

        when, parts = unwrapped(read_text(line))
        for part in parts or ():
            self._confirm(part, slots, number, when=when)
        return parts is not None

    def _take_commands(self, block: bytes) -> None:
        """Command lines: prompts are taken off, lines that end in a backslash are joined with the next."""
        from runbook.detect.prompts import prompt_length  # noqa: PLC0415  its patterns take a millisecond

        for number, raw in enumerate(block[:-1].split(b"\n"), start=self.lines + 1):
            text = read_text(raw).rstrip("\r")
            if not self._joined:
                text, self._joined_from = text[prompt_length(text) :], number
            if text.endswith("\\") and not text.endswith("\\\\") and len(self._joined) < WINDOW:
                self._joined += text[:-1] + " "
                continue
            text, self._joined = self._joined + text, ""
            if text.strip():
                self._confirm_line(text, self._possible(text), self._joined_from)

    def _possible(self, text: str) -> list[int]:
        """The conditions that can hold on a command line; there is no prefilter for so few and short ones."""
        return self._conditions.possible(text.encode("ascii").lower()) if text.isascii() else self._conditions.slots()

    def _take_unit(self) -> None:
        """Look for commands in the lines so far: a here-document or a function is more than a line."""
        if not self._unit:
            return
        text = self._unit.decode("utf-8", "backslashreplace").replace("\r", " ")
        self._unit.clear()
        from runbook.detect.command_finder import find_commands  # noqa: PLC0415  only for commands

        for condition, start, end, captures in find_commands(self._forms, text, kind=self.kind):
            watch = condition.watch
            number = self._unit_from + text.count("\n", 0, start)
            begin = text.rfind("\n", 0, start) + 1
            stop = text.find("\n", start)
            line = text[begin : stop if stop >= 0 else len(text)]
            if number not in watch.lines and not watch.quiet(line):
                self._count(condition, (start - begin, min(end - begin, len(line)), captures), line, number, 0)

    def _confirm_joined(self) -> None:
        text, self._joined = self._joined, ""
        self._confirm_line(text, self._possible(text), self._joined_from)

    def _confirm_line(self, text: str, slots: Sequence[int], number: int) -> None:
        text = text.rstrip("\r")
        if "\r" not in text:
            self._confirm(text, slots, number)
            return
        for part in text.split("\r"):  # a progress display writes over itself: each state is a line of its own
            if part:
                self._confirm(part, slots, number)

    def _confirm(
        self, text: str, slots: Sequence[int], number: int, offset: int = 0, *, when: str = ""
    ) -> list[Watch] | None:
        """Look for conditions in ``text``.

        Args:
            text: a line, or what stands for one.
            slots: of the conditions.
            number: of the line.
            offset: of the text in the line.
            when: the line's time, where it does not stand in the text.

        Returns:
            The watches that the line counts for; None where it also showed what had not been seen before.
        """
        asked = None
        if self._verdicts is not None:
            asked = self._verdicts.of(slots, text.encode("utf-8", "backslashreplace"))
        if asked is None:
            asked = [(slot, False) for slot in slots]
        return self._confirm_asked(text, asked, number, offset, when=when)

    def _confirm_asked(
        self, text: str, asked: list[tuple[int, bool]], number: int, offset: int = 0, *, when: str = ""
    ) -> list[Watch] | None:
        """As :meth:`_confirm`, of slots with whether it is certain that they hold."""
        quiet: dict[int, bool] = {}
        watches: list[Watch] = []
        new = False
        low = text.encode("ascii").lower() if text.isascii() else None
        for slot, certain in asked:
            condition = self._conditions[slot]
            watch = condition.watch
            missing = condition.group in watch.missing
            if not missing and (condition.group != watch.leading or watch.line_of_count == number):
                continue
            hit = condition.find(text) if missing else None
            if not certain:
                if hit is None and (missing or not condition.holds(text, low)):
                    continue
                if watch.none:
                    known = quiet.get(id(watch))
                    if known is None:
                        known = quiet[id(watch)] = watch.quiet(text, low)
                    if known:
                        continue
            self._count(condition, hit, text, number, offset, when=when)
            watches.append(watch)
            new = new or missing or watch.count < self._keep
        return None if new else watches

    def _count(
        self, condition: Condition, hit: Hit | None, text: str, number: int, offset: int, *, when: str = ""
    ) -> None:
        watch = condition.watch
        if condition.group == watch.leading and watch.line_of_count != number:
            watch.counted(number, f"{when} {text}" if when else text)
            if self._forms:
                watch.lines.add(number)
            here = (hit or condition.find(text)) if watch.count <= self._keep else None
            if here is not None:
                kept, marked, _captures = cut_excerpt(condition, here, text, self._clean)
                watch.places.append((number, offset + here[0] + 1, kept, marked))
        if hit is not None and condition.group in watch.missing:
            watch.missing.discard(condition.group)
            excerpt, span, captures = cut_excerpt(condition, hit, text, self._clean)
            if condition.group == watch.leading:
                watch.place = (number, offset + hit[0] + 1, excerpt, span)
                watch.captures = {**watch.captures, **captures}
            else:
                watch.captures = {**captures, **watch.captures}
        if not watch.missing and not watch.told:
            watch.told = True
            self._news.append(watch)
            self._conditions.forget_places(watch)

    def _match(self, watch: Watch) -> Match:
        known = self._catalog.get(watch.row[0])
        if known is None or watch.place is None:
            raise AssertionError(f"{watch.row[0]} was found but is not in the catalog")
        line, column, excerpt, span = watch.place
        first, last = watch.seen()
        return Match(
            signature=known.id,
            title=fill(known.title, watch.captures, known.captures),
            severity=known.severity,
            summary=fill(known.summary, watch.captures, known.captures),
            kind=self.kind,
            source=self.source,
            line=line,
            column=column,
            count=watch.count,
            first_seen=first,
            last_seen=last,
            excerpt=excerpt,
            span=span,
            occurrences=tuple(watch.places),
            captures=watch.captures,
            fix=fill(known.fix, watch.captures, known.captures),
            verify=tuple(fill(text, watch.captures, known.captures) for text in known.verify),
            prevention=tuple(fill(text, watch.captures, known.captures) for text in known.prevention),
            related=known.related,
        )


def _nothing(_slots: tuple[int, ...], _line: bytes) -> None:
    """What is remembered where nothing is."""


def _troubled(line: bytes) -> bool:
    """Whether a line is logfmt that holds escapes or says of itself that it is no mere information."""
    if b'="' not in line:
        return False
    return b'\\"' in line or (b"level=" in line and b"level=info" not in line and b"level=debug" not in line)


def scan_text(
    catalog: Catalog,
    text: str,
    *,
    kind: str = "output",
    source: str = "-",
    limit: int | None = None,
    clean: Callable[[str], str] | None = None,
) -> list[Match]:
    """Everything the catalog knows in ``text``, one :class:`Match` per signature, by place.

    Args:
        catalog: what to look for.
        text: lone surrogates and control characters are allowed.
        kind: as in :class:`Scanner`.
        source: as in :class:`Scanner`.
        limit: return at most so many.
        clean: as in :class:`Scanner`.
    """
    scanner = Scanner(catalog, kind, source, clean=clean)
    scanner.feed(text.encode("utf-8", "backslashreplace"))
    return scanner.close()[:limit]
