"""Every prefilter leads to the same findings: literal by literal, word by word, through hyperscan, or none at all."""

from __future__ import annotations

import functools
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signature_files import with_rule, write

from runbook.detect import adaptive, remembered, verdicts
from runbook.detect.adaptive import AdaptiveEngine
from runbook.detect.approximate import approximate
from runbook.detect.catalog import load_catalog
from runbook.detect.engine import OVERLAP, WINDOW, Scanner
from runbook.detect.hyper import available, build_engine, cache_path, in_memory, load_engine
from runbook.detect.prefilter import LiteralEngine
from runbook.detect.table import LITERAL, REGEX
from runbook.detect.words import WordEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.catalog import Catalog
    from runbook.detect.table import Condensed

    Needs = list[tuple[int, Condensed]]

pytestmark = pytest.mark.skipif(not available(), reason="hyperscan has no wheel here")

EXAMPLES = int(os.environ.get("CAMPAIGN_EXAMPLES", "30"))
"""Of each property that costs tenths of a second a case."""

PATTERNS = {
    "port": r"port (?P<port>\d+) is already (?:taken|allocated)",
    "start": r"^\s*error\b.*refused",
    "finish": r"^the end\s*$",
    "short": r"\bOOM\b",
    "fold": r"(?i)^kks? disk",
    "wide": r"naïve [^a-z]{2,3}x",
    "wide-fold": r"(?i)ÉTÉ|straße",
    "dots": r"a.b..c\s+d",
    "count": r"(?:ab){3,30}c{2}",
    "no-literal": r"[a-z]{2} \d",
    "posix": r"[[:digit:]]{3}-[[:alpha:]]",
    "tail": r"failed.*",
    "negated": r"x[^y]z",
    "kelvin": "(?i)[\u212a]9 lives",
    "nul": r"nul\x00here",
}


@functools.cache
def catalog() -> Catalog:
    folder = Path(tempfile.mkdtemp())
    for name, pattern in PATTERNS.items():
        quoted = pattern.replace("'", "''").replace("\u212a", "\u212a")
        write(folder, f"test/{name}", with_rule(f"  any:\n    - regex: '{quoted}'\n", match="x"))
    both = "  all:\n    - literal: already\n    - literal: the end\n  none:\n    - regex: '^no '\n"
    write(folder, "test/both", with_rule(both, match="x"))
    write(folder, "test/exact", with_rule("  any:\n    - literal: Grüße\n    - literal: DISK\n", match="x"))
    return load_catalog([str(folder)], None)


def nothing(needs: Needs) -> LiteralEngine:
    """Every condition on every line: what the others must agree with."""
    return LiteralEngine([(slot, (how, what, ())) for slot, (how, what, _literals) in needs])


@functools.cache
def engines() -> dict[str, Callable[[Needs], Any]]:
    kept: list[Any] = []

    def hyper(needs: Needs) -> Any:
        if not kept:
            kept.append(in_memory(needs))
        return kept[0]

    return {"nothing": nothing, "literals": LiteralEngine, "words": WordEngine, "hyperscan": hyper}


def found(data: bytes, engine: Callable[[Needs], Any], size: int) -> list[Any]:
    scanner = Scanner(catalog(), engine=engine)
    for at in range(0, len(data), size):
        scanner.feed(data[at : at + size])
    matches = scanner.close()
    return [
        scanner.lines,
        *((m.signature, m.line, m.column, m.count, m.excerpt, m.span, m.captures) for m in matches),
    ]


WORDS = [
    *("port 4000 is already taken", "port 5 is already allocated", " error: it was refused", "errors", "refused"),
    *("the end", "the end  ", "OOM", "OOMs", "KKS DISK", "\u212ak\u017f disk", "kk disk", "naïve ééx", "naïve ABx"),
    *("Été", "STRASSE", "straße", "a\u20acbéxc \td", "a.b..c  d", "ababababcc", "abcc", "ab 7", "123-q", "failed at"),
    *("xyz", "xéz", "xxz", "k9 lives", "\u212a9 LIVES", "nul\0here", "already", "no the end already", "Grüße", "disk"),
    *("\r", "\r\n", "\n", "\n", "\n", " ", "\t", "\0", "\x1b[31m", "\x1b[0m", "\x1b]8;;x\x07", "\x1b", "é", "\u2028"),
]
PIECES = st.one_of(
    st.sampled_from([word.encode() for word in WORDS]),
    st.sampled_from(
        [b"\xe9", b"\xff\xfe", b"\xe2\x84", b"na\xefve \xe9\xe9x", b"x\xffz", b"\xc3", b"a\x80b\x81\x82c d"]
    ),
    st.binary(max_size=6),
    st.integers(WINDOW - 30, WINDOW + 30).map(lambda size: b"y" * size),
    st.integers(WINDOW - OVERLAP - 30, WINDOW - OVERLAP + 30).map(lambda size: b"x" * size),
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(pieces=st.lists(PIECES, max_size=30), size=st.sampled_from([3000, WINDOW, 1 << 20]))
def test_every_engine_finds_the_same(pieces: list[bytes], size: int) -> None:
    """Line ends, cuts, long lines, NULs, escapes, letters outside ASCII and bytes that are no text."""
    data = b"".join(pieces)
    results = {name: found(data, engine, size) for name, engine in engines().items()}
    assert all(result == results["nothing"] for result in results.values()), results


@settings(max_examples=EXAMPLES // 2, deadline=None, suppress_health_check=list(HealthCheck))
@given(pieces=st.lists(PIECES, max_size=30), again=st.integers(1, 3))
def test_what_is_kept_of_lines_and_of_sets_of_candidates_makes_no_difference(pieces: list[bytes], again: int) -> None:
    """Candidates asked together from the first line on, lines like one before not looked at again; or neither."""
    data = b"".join(pieces) * again
    results = {}
    before = verdicts.OFTEN, remembered.OFTEN
    try:
        for often in (1, 1_000_000):
            verdicts.OFTEN = remembered.OFTEN = often
            results[often] = [found(data, engine, WINDOW) for engine in engines().values()]
    finally:
        verdicts.OFTEN, remembered.OFTEN = before
    assert results[1] == results[1_000_000]


TIME = "2024-05-01T12:00:00.5Z"
WRAPPERS: dict[str, Callable[[str, bool], str]] = {
    "docker": lambda text, plain: dumped({"log": f"{text}\n", "stream": "stdout", "time": TIME}, plain),
    "journal": lambda text, plain: dumped({"__CURSOR": "s=1", "MESSAGE": text}, plain),
    "journal, as bytes": lambda text, plain: dumped({"__CURSOR": "s=1", "MESSAGE": list(text.encode())}, plain),
    "in each other": lambda text, plain: dumped(
        {"log": dumped({"__CURSOR": "s=1", "MESSAGE": text}, plain) + "\n", "stream": "stdout", "time": TIME}, plain
    ),
    "not at all": lambda text, _plain: text,
}


def dumped(fields: dict[str, object], plain: bool) -> str:
    return json.dumps(fields, ensure_ascii=plain, separators=(",", ":"))


MESSAGES = st.lists(
    st.one_of(st.sampled_from(WORDS), st.text('\\"/\t\b\f<&{}é\u2028\U0001f4a5', max_size=3)).filter(
        lambda word: "\n" not in word
    ),
    max_size=5,
).map("".join)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.lists(st.tuples(MESSAGES, st.sampled_from(sorted(WRAPPERS)), st.booleans()), max_size=6),
    st.sampled_from([40, WINDOW]),
)
def test_wrapped_in_json_every_engine_finds_what_it_finds_in_the_message(
    lines: list[tuple[str, str, bool]], size: int
) -> None:
    """Escapes, colours, letters outside ASCII, and records in records; lines with and without in one log."""
    bare = found("".join(f"{text}\n" for text, _form, _plain in lines).encode(), nothing, WINDOW)
    data = "".join(f"{WRAPPERS[form](text, plain)}\n" for text, form, plain in lines).encode()
    for name, engine in engines().items():
        assert found(data, engine, size) == bare, name


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(lines=st.lists(st.sampled_from(WORDS), min_size=1, max_size=30), much=st.integers(0, 400))
def test_a_change_of_engine_half_way_makes_no_difference(lines: list[str], much: int, tmp_path_factory: Any) -> None:
    data = "\n".join(lines * 3).encode()
    cache = str(tmp_path_factory.getbasetemp() / "automata")
    before = adaptive.MUCH
    adaptive.MUCH = much
    try:
        result = found(data, lambda needs: prepared(needs, cache), 50)
    finally:
        adaptive.MUCH = before
    assert result == found(data, nothing, len(data))


def prepared(needs: Needs, cache: str) -> AdaptiveEngine:
    path = cache_path(needs, cache)
    if load_engine(path) is None:
        build_engine(needs, path)
    return AdaptiveEngine(needs, cache)


@pytest.mark.parametrize("name", PATTERNS)
def test_what_can_be_widened_is(name: str) -> None:
    assert (approximate(PATTERNS[name]) is None) == (name == "posix")


# -- the automaton in the cache -----------------------------------------------------------------------------------

NEEDS: Needs = [(0, (REGEX, "refused", (b"refused",))), (1, (LITERAL, "port is already", (b"port is already",)))]
BLOCK = b"all fine\nconnection refused\nport is already taken\n"
EXPECTED = [(9, 27, (0,)), (28, 49, (1,))]


@pytest.fixture
def automaton(tmp_path: Path) -> Path:
    path = Path(cache_path(NEEDS, str(tmp_path / "cache")))
    build_engine(NEEDS, str(path))
    return path


def test_an_automaton_that_was_kept_finds_the_same(automaton: Path) -> None:
    engine = load_engine(str(automaton))
    assert engine is not None
    assert engine.candidates(BLOCK) == EXPECTED
    assert automaton.stat().st_mode & 0o777 == 0o600
    assert automaton.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "text", "open-to-all", "gone"])
def test_a_damaged_automaton_is_not_used_and_made_again(automaton: Path, damage: str) -> None:
    raw = automaton.read_bytes()
    if damage == "open-to-all":
        automaton.chmod(0o666)
    elif damage == "gone":
        automaton.unlink()
    else:
        changed = {"cut": raw[:-9], "empty": b"", "text": b"hello\n" * 9, "flipped": raw[:99] + b"\0\1" + raw[101:]}
        automaton.write_bytes(changed[damage])
    assert load_engine(str(automaton)) is None
    ordered: list[str] = []
    engine = AdaptiveEngine(NEEDS, str(automaton.parent), lambda: ordered.append("once"))
    filler = b"nothing here\n" * 5000
    while not ordered:
        assert engine.candidates(filler) == []
    automaton.unlink(missing_ok=True)
    build_engine(NEEDS, str(automaton))
    for _ in range(200):
        assert engine.candidates(filler) == []
    assert engine.candidates(BLOCK) == EXPECTED
    assert type(engine._engine).__name__ == "HyperEngine"
    assert ordered == ["once"]


def test_an_automaton_of_somebody_else_is_not_used(automaton: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 12345)
    assert load_engine(str(automaton)) is None


def test_other_conditions_are_another_automaton(tmp_path: Path) -> None:
    assert cache_path(NEEDS, str(tmp_path)) == cache_path(list(NEEDS), str(tmp_path))
    assert cache_path(NEEDS, str(tmp_path)) != cache_path(NEEDS[:1], str(tmp_path))


def test_only_the_newest_automata_are_kept(tmp_path: Path) -> None:
    for number in range(12):
        build_engine(
            [(0, (LITERAL, f"text {number}", (f"text {number}".encode(),)))], str(tmp_path / f"automaton-{number}")
        )
    assert len(list(tmp_path.iterdir())) == 8
