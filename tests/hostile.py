"""Patterns that hang other engines, and the text that hangs them: each is refused with file and line, or takes no time.

Run whole by ``make campaign-patterns``, which prints a line a pattern; a sample runs with the tests.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from signature_files import with_rule, write

from runbook.detect.catalog import load_catalog
from runbook.detect.engine import Scanner
from runbook.detect.hyper import available, in_memory
from runbook.detect.words import WordEngine
from runbook.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LIMIT = 1.0
"""Seconds of processor time that one pattern may take for one megabyte."""

_NESTED = [
    f"({body}){outer}{end}"
    for body in ("a+", "a*b?", "(?:a|aa)+", "[ab]+", r"\w+\s?", ".*a", "(?:x+x+)+y?", "a|a?", r"\d+\.?")
    for outer in ("+", "*?", "{2,40}")
    for end in ("$", "c")
]
_LONG = [
    "(.*)(.*)(.*)(.*)(.*)[^a]$",
    "a.*b.*c.*d.*e.*f.*g.*h.*z!",
    "(?i)(error|err|e)*z",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    r"^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}[a-z]{2,3}$",
    r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4,200}",
    r"\bfoo(?:\s+\w+)*\s+bar\b",
    r"(?:[^x]*x){20}y",
    r"a{1,100}b{1,100}c",
    "(?:a?){100}a{100}",
    "((a{1,10}){1,10}){1,10}c",
    "[a-z]{500}[0-9]",
    "(?:.{1,900}x)y",
    ".{1000}!",
    "(?:é+è*)+à",
    "(?i)(?:\u212a|\u017f|k|s)+!",
    r"[\s\S]*[\s\S]*[\s\S]*end$",
    r"\pL+\pN+\pP+q",
    "[[:alpha:]]+[[:digit:]]+[[:alpha:]]+!",
    r"(?:\x00|\x01)+\x02",
    "(?:" + "|".join(f"a{'b' * count}c" for count in range(40)) + ")+z",
    "(" * 40 + "a" + ")" * 40 + "+b",
    "(?:" * 30 + "a" + ")+" * 30 + "b",
    r"(?:\b\w)+\B!",
    "^$|^a*?$|(?:^a+)+b",
]
_REFUSED = [
    r"(a)\1",
    r"(?P<x>a)(?P=x)",
    "(?=a)b",
    "(?!a)b",
    "(?<=a)b",
    "(?<!a)b",
    "(?>a+)b",
    "a++b",
    "a*+b",
    "(?(1)a|b)",
    "(",
    "[",
    "a{2000}",
    "((a{100}){100}){100}",
    "*a",
    "a**",
    r"\Z",
    r"\k<x>",
    "a*",
    "(?:)",
    "x" * 2000,
    "(?R)",
    "(?P<x>a)(?P<x>b)",
    r"\8",
]
PATTERNS = list(dict.fromkeys([*_NESTED, *_LONG, *_REFUSED]))
MEGABYTE = 1_000_000


def _filled(text: str) -> bytes:
    data = text.encode()
    return (data * (MEGABYTE // len(data) + 1))[:MEGABYTE]


INPUTS: dict[str, bytes] = {
    "one line of a": _filled("a"),
    "lines of a": _filled("a" * 500 + "!\n"),
    "ab without c": _filled("ab" * 300 + "\n"),
    "numbers": _filled("1.1.1.1." * 90 + "\n"),
    "words": _filled("foo " + "word " * 100 + "\n"),
    "x without y": _filled("x" * 999 + "\n"),
    "empty lines": b"\n" * MEGABYTE,
    "short lines": _filled("a" * 24 + "\n"),
    "returns": _filled("a" * 24 + "\r"),
    "NULs": bytes(MEGABYTE),
    "escapes": _filled("\x1b[31ma\x1b[0"),
    "unfinished escapes": _filled("\x1b]8;;" + "a" * 30),
    "no UTF-8": b"\xe9\xff\xc3a" * (MEGABYTE // 4),
    "folding": _filled("\u212a\u017fks é"),
}


class Outcome:
    """What became of one pattern.

    Attributes:
        refused: the complaint, with file and line; None: it was taken.
        slowest: (seconds, engine, input) of the slowest.
    """

    def __init__(self, refused: BadInputError | None) -> None:
        self.refused = refused
        self.slowest = (0.0, "", "")

    @property
    def good(self) -> bool:
        """Whether it kept to the rule."""
        if self.refused is not None:
            return bool(self.refused.file and self.refused.line)
        return self.slowest[0] < LIMIT


def engines() -> dict[str, Callable[[Any], Any]]:
    """The engines for much text that there are, by name."""
    return {"words": WordEngine, **({"hyperscan": in_memory} if available() else {})}


def attempt(pattern: str, inputs: dict[str, bytes]) -> Outcome:
    """Load a signature with ``pattern`` and look for it in every input with every engine."""
    with tempfile.TemporaryDirectory() as folder:
        quoted = pattern.replace("'", "''")
        write(Path(folder), "test/hostile", with_rule(f"  any:\n    - regex: '{quoted}'\n", match="x"))
        try:
            catalog = load_catalog([folder], None)
        except BadInputError as error:
            return Outcome(error)
    outcome = Outcome(None)
    for engine_name, engine in engines().items():
        for name, data in inputs.items():
            scanner = Scanner(catalog, engine=engine)
            begin = time.process_time()
            for at in range(0, len(data), 65536):
                scanner.feed(data[at : at + 65536])
            scanner.close()
            outcome.slowest = max(outcome.slowest, (time.process_time() - begin, engine_name, name))
    return outcome


def main() -> int:
    """Every pattern on every input; 1 if one did not keep to the rule."""
    bad = refused = 0
    slowest = 0.0
    for pattern in PATTERNS:
        outcome = attempt(pattern, INPUTS)
        bad += not outcome.good
        shown = ascii(pattern)[1:-1]
        shown = shown if len(shown) < 44 else f"{shown[:41]}..."
        if outcome.refused is not None:
            refused += 1
            print(f"{'ok' if outcome.good else 'BAD':<5}{shown:<46}refused: line {outcome.refused.line}", flush=True)
        else:
            seconds, engine, name = outcome.slowest
            slowest = max(slowest, seconds)
            verdict = "ok" if outcome.good else "BAD"
            print(f"{verdict:<5}{shown:<46}{seconds:.2f} s at most ({name}, {engine})", flush=True)
    print(
        f"\n{len(PATTERNS)} patterns x {len(INPUTS)} inputs of 1 MB x {len(engines())} engines: {refused} refused with "
        f"file and line, the others {slowest:.2f} s at most, {bad} bad"
    )
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
