"""A log full of findings: lines that no condition tells apart are looked at once, and the findings stay the same."""

from __future__ import annotations

import functools
import os
import random
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from signature_files import with_rule, write

from runbook.detect import remembered, verdicts
from runbook.detect.alike import reduction
from runbook.detect.catalog import BUILTIN, Catalog, load_catalog
from runbook.detect.conditions import Condition, Watch, compile_regex, watch_for
from runbook.detect.engine import Scanner
from runbook.detect.load import compile_pattern
from runbook.detect.table import REGEX

if TYPE_CHECKING:
    from pathlib import Path

    from runbook.detect.table import Row

SHARE = 1.0 if "CAMPAIGN_EXAMPLES" in os.environ else 0.08
"""Of the catalog's patterns that are looked at."""


def condition_of(pattern: str) -> Condition:
    row: Row = ("x/y", "low", ("output",), ((REGEX, pattern, ()),), (), (), b"")
    return Condition(row[3][0], Watch(row), -1)


def by_what_is_seen(pattern: str, lines: list[str]) -> dict[bytes, set[bool]]:
    """What the pattern says of lines, by what they are reduced to for it."""
    reduced = reduction([condition_of(pattern)])
    assume(reduced is not None)
    assert reduced is not None
    compiled = compile_regex(pattern, captures=False)
    said: dict[bytes, set[bool]] = {}
    for line in lines:
        raw = line.encode()
        said.setdefault(reduced(raw), set()).add(compiled.search(raw) is not None)
    return said


ATOMS = st.sampled_from(
    [
        *(
            "a",
            "k",
            "S",
            "1",
            "5",
            "0",
            r"\.",
            ".",
            r"\d",
            r"\D",
            r"\w",
            r"\W",
            r"\s",
            r"\S",
            "[1-3]",
            "[^5]",
            "[a5]",
            "é",
        ),
        *(
            "[^a-c]",
            "[0-9a-f]",
            "[5.]",
            r"\b",
            r"\B",
            "^",
            "$",
            "11",
            "502",
            r"1\.0",
            "tcp",
            "(?:tc|u)p",
            "[é1]",
            "%",
            "-",
        ),
        *("(?i:K)", "(?i:ſ)", "(?-i:s)", r"[\d.]", r"[^\d]", "(?:50|40)", "(?:a|1)", "(?:[46]|p6|)", " "),
    ]
)
COUNTS = st.sampled_from(["", "", "", "", "?", "*", "+", "{2}", "{1,2}", "{0,3}", "{2,}", "??", "+?"])
GROUPS = st.sampled_from(["%s", "%s", "(?:%s)", "(?P<x>%s)", "(?:%s)?", "(?:%s){2}", "(?:%s)+", "(?i)%s", "(?i:%s)"])


@st.composite
def patterns(draw: st.DrawFn) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        inside = "".join(draw(ATOMS) + draw(COUNTS) for _ in range(draw(st.integers(1, 4))))
        parts.append(draw(GROUPS) % inside)
    return draw(st.sampled_from(["", "|"])).join(parts)


TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            ["tcp4", "udp6", "p6", "1.0", "502", "5020", "11", "111", "a1", "k", "K", "\u212a", "ſ", "é1", "."]
        ),
        st.text("0156.aksKS-% é_b\t\v", max_size=4),
    ),
    max_size=5,
).map("".join)


@settings(
    max_examples=int(os.environ.get("CAMPAIGN_EXAMPLES", "150")), deadline=None, suppress_health_check=list(HealthCheck)
)
@example(pattern="(?:[^5]{2,}){2}|a", text="\tc\v5", seed=3)
@given(pattern=patterns(), text=TEXTS, seed=st.integers(0, 1000))
def test_lines_that_are_reduced_to_the_same_are_matched_by_the_same_patterns(
    pattern: str, text: str, seed: int
) -> None:
    try:
        compile_pattern(pattern)
    except ValueError:
        assume(False)
    draw = random.Random(seed)
    lines = {text}
    for _ in range(40):
        lines.add("".join(draw.choice("0156.9xakKS- é_\v\t") if draw.random() < 0.3 else char for char in text))
        lines.add(re.sub(r"\d", lambda _: draw.choice("0123456789"), text))
    for verdicts_seen in by_what_is_seen(pattern, sorted(lines)).values():
        assert len(verdicts_seen) == 1, (pattern, text)


@functools.cache
def builtin() -> Catalog:
    return load_catalog([BUILTIN], None)


def test_no_pattern_of_the_catalog_tells_lines_apart_that_are_reduced_to_the_same() -> None:
    """Each of a signature's patterns on its own examples, with other digits in them and other letters."""
    from runbook.detect.load import load_or_refuse

    draw = random.Random(1)
    examples = {known.signature.id: known.signature.examples for known in load_or_refuse([BUILTIN]).values()}
    conditions, _forms, needs = watch_for(builtin(), "output")
    looked = 0
    for slot, (how, what, _literals) in needs:
        if how != REGEX or draw.random() > SHARE:
            continue
        reduced = reduction([conditions[slot]])
        if reduced is None:
            continue
        compiled = compile_regex(what, captures=False)
        said: dict[bytes, bool] = {}
        for given_text in examples[conditions[slot].watch.row[0]].match:
            for line in given_text.text.split("\n"):
                for _ in range(4):
                    other = re.sub(r"\d", lambda _: draw.choice("0123456789"), line)
                    if draw.random() < 0.5:
                        other = re.sub(
                            r"[^\d]", lambda m: m[0] if draw.random() < 0.97 else draw.choice("xQ~.5"), other
                        )
                    raw = other.replace("\r", "").encode()
                    holds = compiled.search(raw) is not None
                    assert said.setdefault(reduced(raw), holds) == holds, (what, other)
                    looked += 1
    assert looked > 1_000


@pytest.mark.parametrize(
    ("pattern", "one", "other", "alike"),
    [
        ("port is already", "08:00:01 port is already", "23:59:58 port is already", True),
        ("port is already", "08:00:01 port is already", "8:00:01 port is already", False),
        (r"port \d{4} is", "at 1 port 4000 is", "at 2 port 5173 is", True),
        ("errno 111", "08:00:01 errno 111", "09:30:22 errno 111", True),
        ("errno 111", "08:00:01 errno 111", "08:00:01 errno 113", False),
        (r"dial (?:tcp|udp)[46]? refused", "2.46.64 dial tcp refused", "9.99.99 dial tcp refused", True),
        (r"dial (?:tcp|udp)[46]? refused", "dial tcp4 refused", "dial tcp5 refused", False),
        (r"\b502\b", "at 15020 502", "at 25029 502", True),
        (r"\b502\b", "at 502", "at 503", False),
        (r"0\.0\.0\.0:\d+", "at 10.00 on 0.0.0.0:80", "at 23.59 on 0.0.0.0:99", True),
        (r"0\.0\.0\.0:\d+", "on 0.0.0.0:80", "on 1.0.0.0:80", False),
        ("(?i)killed", "Killed x", "kIlLed y", True),
        ("killed", "Killed", "killed", False),
        ("refused", "user=zq refused", "user=QZ refused", True),
        ("refused", 'a="1" refused', "a='1' refused", False),
    ],
)
def test_what_a_pattern_sees_of_a_line(pattern: str, one: str, other: str, alike: bool) -> None:
    reduced = reduction([condition_of(pattern)])
    assert reduced is not None
    assert (reduced(one.encode()) == reduced(other.encode())) is alike


@pytest.mark.parametrize("pattern", [r"\pL+ failed", "[[:alpha:]]{3} failed", r"\Qa.b\E failed"])
def test_a_pattern_that_cannot_be_read_has_its_lines_looked_at_one_by_one(tmp_path: Path, pattern: str) -> None:
    assert reduction([condition_of(pattern)]) is None
    known = catalog(tmp_path, pattern)
    (found,) = scanned(known, [f"{number} abc failed, a.b failed" for number in range(500)])
    assert found[3] == 500


def catalog(folder: Path, *patterns: str) -> Catalog:
    for number, pattern in enumerate(patterns):
        quoted = pattern.replace("'", "''")
        write(folder, f"test/a{number}", with_rule(f"  any:\n    - regex: '{quoted}'\n", match="x"))
    return load_catalog([str(folder)], None)


def scanned(known: Catalog, lines: list[str], keep: int = 0) -> list[tuple[Any, ...]]:
    scanner = Scanner(known, keep=keep)
    for at in range(0, len(lines), 100):
        scanner.feed("".join(f"{line}\n" for line in lines[at : at + 100]).encode())
    return [
        (m.signature, m.line, m.column, m.count, m.first_seen, m.last_seen, m.excerpt, m.captures, m.occurrences)
        for m in scanner.close()
    ]


MESSAGES = (
    *(
        "port 4000 is already allocated",
        "errno 111",
        "errno 113",
        "2 errors",
        "0 errors",
        "GET / 502",
        "GET / 200",
        "é 502",
    ),
    *(
        "no pool",
        "too many clients",
        "Killed",
        "{} }",
        'level=error msg="errno 111"',
        '{"msg":"errno 111"}',
        "errno 111\r",
    ),
)


@functools.cache
def mixed(folder: Path) -> Catalog:
    known = catalog(folder, r"port (?P<port>\d+) is already", r"errno 11[13]", r"\b50[234]\b", "(?i)kill(?:ed|ing)")
    none = "  any:\n    - regex: '\\d+ errors'\n  none:\n    - regex: '\\b0 errors'\n"
    both = "  any:\n    - literal: no pool\n    - literal: clients\n  all:\n    - literal: too many clients\n"
    write(folder, "test/none", with_rule(none, match="x"))
    write(folder, "test/both", with_rule(both, match="x"))
    assert known is not None
    return load_catalog([str(folder)], None)


@settings(max_examples=40, deadline=None)
@given(
    chosen=st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=12),
    seed=st.integers(0, 99),
    keep=st.sampled_from([0, 1, 3, 50]),
    budget=st.sampled_from([0, 400, 1 << 20]),
)
def test_places_counts_and_times_are_those_of_a_scan_that_looks_at_every_line(
    chosen: list[str], seed: int, keep: int, budget: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever comes when, however little may be kept, and however many places are asked for."""
    known = mixed(tmp_path_factory.getbasetemp() / "mixed")
    draw = random.Random(seed)
    lines = []
    for number in range(300):
        clock = f"2026-02-11T{draw.randrange(24):02}:{number % 60:02}:00Z " if draw.random() < 0.9 else ""
        lines.append(f"{clock}web[{draw.randrange(3000)}]: {draw.choice(chosen)}")
    before = remembered.OFTEN, remembered._BUDGET, verdicts.OFTEN
    try:
        remembered.OFTEN, remembered._BUDGET = 1, budget
        quick = scanned(known, lines, keep)
        remembered.OFTEN = verdicts.OFTEN = 1_000_000
        slow = scanned(known, lines, keep)
    finally:
        remembered.OFTEN, remembered._BUDGET, verdicts.OFTEN = before
    assert quick == slow


def test_ten_thousand_lines_of_the_same_failure_are_looked_at_a_hundred_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times, process numbers and ports differ; the failure names a number of its own."""
    known = catalog(tmp_path, r"port (?P<port>\d+) is already", "errno 111")
    looks = 0
    look = Scanner._take_line

    def counted(*args: Any) -> None:
        nonlocal looks
        looks += 1
        look(*args)

    monkeypatch.setattr(Scanner, "_take_line", counted)
    lines = [
        f"2026-02-11T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z web[{n * 7}]: port {n} is already taken: errno 111"
        for n in range(10_000)
    ]
    findings = scanned(known, lines)
    assert [found[1:6] for found in findings] == [
        (1, 30, 10_000, "2026-02-11T00:00:00Z", "2026-02-11T02:46:39Z"),
        (1, 55, 10_000, "2026-02-11T00:00:00Z", "2026-02-11T02:46:39Z"),
    ]
    assert looks < 100


def test_a_log_in_which_no_line_is_like_another_is_not_kept(tmp_path: Path) -> None:
    known = catalog(tmp_path, r"[a-z]+ [a-z]+ failed")
    draw = random.Random(1)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz#", k=8)) for _ in range(3000)]
    scanner = Scanner(known)
    for word in words:
        scanner.feed(f"{word} the job failed\n".encode())
    (match,) = scanner.close()
    assert match.count == 3000
