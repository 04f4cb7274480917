"""The prefilter for large input: hyperscan looks for every condition in one pass, however many there are.

A condition whose literals are long enough is looked for by these alone, which is what hyperscan does fastest; another
by its pattern, made wider (:mod:`runbook.detect.approximate`). Candidates only, as every engine names them: RE2 has the
last word. The compiled automaton is kept in the user's cache, since making it takes a second.
"""

from __future__ import annotations

import marshal
import os
from contextlib import suppress

from runbook import __version__
from runbook.detect.kept import read_kept, write_kept
from runbook.detect.prefilter import FOLDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from runbook.detect.table import Condensed

TELLING = 10
"""From this length on a literal alone is rare enough; below, the whole pattern costs less than its false candidates."""

_MAGIC = b"runbook-automaton-1\n"
_MAKERS = ("detect/approximate.py", "detect/hyper.py", "detect/literals.py")
_KEPT = 8  # automata, in the cache
_FEW = 64  # matches on one line; what matches more often is not kept
_KNOWN = 1000  # lines' matches of which the slots are kept
_FOLDED = -1  # stands for every slot, on a line that holds a letter of FOLDING


def installed() -> bool:
    """Whether hyperscan is there, without loading it."""
    from importlib.util import find_spec  # noqa: PLC0415  only for large input

    return find_spec("hyperscan") is not None


def available() -> bool:
    """Whether hyperscan is installed and runs on this machine."""
    try:
        import hyperscan  # noqa: F401, PLC0415  11 ms, and not there on every platform
    except (ImportError, OSError):
        return False
    return True


class HyperEngine:
    """An :class:`runbook.detect.prefilter.Engine` over a compiled automaton.

    Args:
        database: hyperscan's.
        slots: of each expression: the conditions to confirm where it matches.
        always: slots that no expression stands for; candidates on every line.
        every: all slots.
    """

    __slots__ = ("_always", "_database", "_every", "_hits", "_known", "_note", "_slots")

    def __init__(self, database: Any, slots: Sequence[tuple[int, ...]], always: Sequence[int], every: int) -> None:
        self._database = database
        self._slots = slots
        self._always = list(always)
        self._every = tuple(range(every))
        self._known: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._hits: list[tuple[int, int]] = []
        add = self._hits.append

        def note(expression: int, _start: int, end: int, _flags: int, _context: object) -> None:
            add((end, expression))

        self._note = note

    def candidates(self, block: bytes) -> list[tuple[int, int, tuple[int, ...]]]:
        """See :class:`runbook.detect.prefilter.Engine`."""
        hits = self._hits
        if block:
            self._database.scan(block, match_event_handler=self._note)
        found = self._lines(block, hits) if hits else []
        hits.clear()
        return self._with_always(block, found) if self._always else found

    def _lines(self, block: bytes, hits: list[tuple[int, int]]) -> list[tuple[int, int, tuple[int, ...]]]:
        hits.sort()
        found: list[tuple[int, int, tuple[int, ...]]] = []
        start = end = -1
        here: list[int] = []
        known = self._known.get
        for to, expression in hits:
            if to <= end:
                here.append(expression)
                continue
            if here:
                found.append((start, end, known(tuple(here)) or self._slots_of(here)))
            here = [expression]
            start = block.rfind(b"\n", 0, to - 1) + 1
            end = block.find(b"\n", to - 1)
            if end < 0:
                end = len(block)
        found.append((start, end, known(tuple(here)) or self._slots_of(here)))
        return found

    def _slots_of(self, expressions: list[int]) -> tuple[int, ...]:
        """The slots for what matched on a line, as often and in the order in which it did."""
        together = {slot for expression in expressions for slot in self._slots[expression]}
        slots = self._every if _FOLDED in together else tuple(sorted(together))
        if len(expressions) <= _FEW:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[tuple(expressions)] = slots
        return slots

    def _with_always(
        self, block: bytes, found: list[tuple[int, int, tuple[int, ...]]]
    ) -> list[tuple[int, int, tuple[int, ...]]]:
        known = {start: slots for start, _end, slots in found}
        lines, start = [], 0
        while start < len(block):
            end = block.find(b"\n", start)
            end = len(block) if end < 0 else end
            if end > start:
                lines.append((start, end, tuple(sorted({*known.get(start, ()), *self._always}))))
            start = end + 1
        return lines


def compile_engine(needs: Sequence[tuple[int, Condensed]]) -> tuple[Any, tuple[Any, ...]]:
    """Compile the automaton for these conditions: 0.1 s for 500, 1 s for thousands.

    Returns:
        hyperscan's database, and the other arguments of :class:`HyperEngine`.
    """
    import hyperscan  # noqa: PLC0415  see available()

    expressions: dict[tuple[bytes, int], list[int]] = {(letter, 0): [_FOLDED] for letter in FOLDING}
    always = []
    for slot, condensed in needs:
        wanted = _expressions(condensed)
        if not wanted:
            always.append(slot)
        for expression in wanted:
            expressions.setdefault(expression, []).append(slot)
    kept = list(expressions)
    database = _database(hyperscan, kept)
    if database is None:
        kept = _accepted(hyperscan, kept)
        database = _database(hyperscan, kept)
        for expression, slots in expressions.items():
            if expression not in kept:
                always += slots
    return database, (tuple(tuple(expressions[each]) for each in kept), tuple(sorted(set(always))), len(needs))


def _expressions(condensed: Condensed) -> list[tuple[bytes, int]]:
    """Expressions of which one matches on every line on which the condition holds; none: nothing can be said."""
    import hyperscan  # noqa: PLC0415  see available()

    from runbook.detect.approximate import approximate_literal, wider  # noqa: PLC0415  with what it imports

    literals = condensed[2]
    by_literal = [(approximate_literal(one.decode("ascii")).encode(), hyperscan.HS_FLAG_CASELESS) for one in literals]
    if literals and min(map(len, literals)) >= TELLING:
        return by_literal
    source = wider(condensed)
    return by_literal if source is None else [(source.encode(), hyperscan.HS_FLAG_MULTILINE)]


def _database(hyperscan: Any, expressions: list[tuple[bytes, int]]) -> Any:
    """The automaton for all of them, or None if one is not accepted."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[source for source, _flags in expressions],
            ids=list(range(len(expressions))),
            flags=[flags for _source, flags in expressions],
        )
    except hyperscan.HyperscanError:
        return None
    return database


def _accepted(hyperscan: Any, expressions: list[tuple[bytes, int]]) -> list[tuple[bytes, int]]:
    """Those that hyperscan accepts, found by halves."""
    if _database(hyperscan, expressions) is not None:
        return expressions
    if len(expressions) == 1:
        return []
    middle = len(expressions) // 2
    return [*_accepted(hyperscan, expressions[:middle]), *_accepted(hyperscan, expressions[middle:])]


def cache_path(needs: Sequence[tuple[int, Condensed]], cache: str) -> str:
    """Where the automaton for these conditions lies: a file per conditions, program and machine."""
    import hashlib  # noqa: PLC0415  only for large input

    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    makers = tuple(os.stat(os.path.join(root, name)).st_mtime_ns for name in _MAKERS)
    machine = os.uname()
    about = (__version__, makers, machine.sysname, machine.machine, _processor(), list(needs))
    return os.path.join(
        cache, f"automaton-{hashlib.sha256(repr(about).encode('utf-8', 'surrogatepass')).hexdigest()[:24]}.bin"
    )


def _version(hyperscan: Any) -> str:
    return f"{hyperscan.__version__} {hyperscan.__file__}"


def _processor() -> bytes:
    """What the processor can do, as Linux says it; an automaton made for one need not run on another."""
    try:
        with open("/proc/cpuinfo", "rb", buffering=0) as file:
            head = file.read(8192)
    except OSError:
        return b""
    return next((line for line in head.split(b"\n") if line.startswith((b"flags", b"Features"))), b"")


def load_engine(path: str) -> HyperEngine | None:
    """The automaton in ``path``, or None if there is none that is ours, whole and of this machine."""
    raw = read_kept(path, _MAGIC)
    if raw is None:
        return None
    try:
        import hyperscan  # noqa: PLC0415  11 ms and some memory, once there is something to load
    except (ImportError, OSError):
        return None
    try:
        made_by, serialized, others = marshal.loads(raw)  # noqa: S302  see runbook.detect.kept
        if made_by != _version(hyperscan):
            return None
        database = hyperscan.loadb(serialized, hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
        database.scan(b"\n", match_event_handler=lambda *_: None)
    except (ValueError, EOFError, TypeError, hyperscan.HyperscanError):
        return None
    return HyperEngine(database, *others)


def build_engine(needs: Sequence[tuple[int, Condensed]], path: str) -> None:
    """Compile the automaton for these conditions and keep it in ``path``. That it cannot be kept is no error."""
    import hyperscan  # noqa: PLC0415  see available()

    database, others = compile_engine(needs)
    payload = marshal.dumps((_version(hyperscan), hyperscan.dumpb(database), others))
    with suppress(OSError):
        os.mkdir(os.path.dirname(path), 0o700)  # not its parents: whoever removed them meant it
    write_kept(path, _MAGIC, payload, newest=_KEPT)


def in_memory(needs: Iterable[tuple[int, Condensed]]) -> HyperEngine:
    """The engine for these conditions, compiled here and now, kept nowhere."""
    import hyperscan  # noqa: PLC0415  see available()

    database, others = compile_engine(list(needs))
    database.scratch = hyperscan.Scratch(database)
    return HyperEngine(database, *others)
