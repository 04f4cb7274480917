"""The text engine: what counts as a match, at any size, cut anywhere, and in bounded time."""

from __future__ import annotations

import functools
import random
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import re2
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from signature_files import changed, with_rule, write

from runbook.detect.catalog import BUILTIN, Catalog, load_catalog
from runbook.detect.engine import OVERLAP, WINDOW, Scanner, scan_text
from runbook.detect.excerpts import EXCERPT
from runbook.detect.fill import fill
from runbook.detect.literals import MIN_LITERAL, required_literals
from runbook.detect.load import compile_pattern
from runbook.detect.prefilter import FOLDING, LiteralEngine
from runbook.detect.table import REGEX

if TYPE_CHECKING:
    from runbook.model.match import Match


@functools.cache
def builtin() -> Catalog:
    return load_catalog([BUILTIN], None)


def catalog(folder: Path, **files: str) -> Catalog:
    for name, text in files.items():
        write(folder, f"test/{name.replace('_', '-')}", text)
    return load_catalog([str(folder)], None)


def regex(pattern: str, **changes: str) -> str:
    quoted = pattern.replace("'", "''")
    return with_rule(f"  any:\n    - regex: '{quoted}'\n", match="x", **changes)


def shape(matches: list[Match]) -> list[tuple[Any, ...]]:
    return [(m.signature, m.line, m.column, m.count, m.excerpt, m.span, m.captures) for m in matches]


# -- what a match says ------------------------------------------------------------------------------------------


def test_a_match_names_place_count_captures_and_the_fix_with_them(tmp_path: Path) -> None:
    known = catalog(tmp_path, port=changed("x", "x"))
    text = (
        "starting\nerror: port 4000 is already taken\nretry\nport 5000 is already taken, port 6000 is already taken\n"
    )
    (match,) = scan_text(known, text, source="app.log")
    assert (match.source, match.line, match.column, match.count) == ("app.log", 2, 8, 2)
    assert match.excerpt[slice(*match.span)] == "port 4000 is already taken"
    assert match.captures == {"port": "4000"}
    assert match.summary == "Port 4000 is held by something else."
    assert 'ports: ["4001:4000"]' in match.fix
    assert match.verify == ("ss -ltn 'sport = :4000'",)


def test_a_capture_that_is_missing_takes_its_default(tmp_path: Path) -> None:
    known = catalog(
        tmp_path, port=changed("port (?P<port>\\d+) is already taken", "(?:port (?P<port>\\d+)|it) is taken")
    )
    (match,) = scan_text(known, "it is taken")
    assert match.summary == "Port PORT is held by something else."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{port} and {port}", "4000 and 4000"),
        ("${port} ${X}", "${port} ${X}"),
        ("docker ps --format '{{.Names}} {{port}}'", "docker ps --format '{{.Names}} {{port}}'"),
        ("curl -w '%{http_code}' :{port}", "curl -w '%{http_code}' :4000"),
        ("awk '{print $1}' {unknown} { port }", "awk '{print $1}' {unknown} { port }"),
        ("{evil}", "{port}"),
        ("{host}", "HOST"),
    ],
)
def test_only_known_placeholders_are_filled(text: str, expected: str) -> None:
    """Braces of the shell, of Docker and of awk stay; what is put in is not looked at again."""
    assert fill(text, {"port": "4000", "evil": "{port}", "host": ""}, {"host": "HOST", "port": "PORT"}) == expected


def test_all_needs_every_condition_somewhere_in_the_source(tmp_path: Path) -> None:
    rule = "  all:\n    - regex: 'pool (?P<pool>\\w+) exhausted'\n    - literal: too many clients\n"
    known = catalog(tmp_path, pool=with_rule(rule, match="x"))
    assert not scan_text(known, "pool web exhausted\n")
    assert not scan_text(known, "too many clients\n")
    (match,) = scan_text(known, "too many clients\nok\npool web exhausted\npool job exhausted\n")
    assert (match.line, match.count, match.captures) == (3, 2, {"pool": "web"})


def test_any_and_all_together_need_both(tmp_path: Path) -> None:
    rule = "  any:\n    - literal: refused\n    - literal: denied\n  all:\n    - literal: database\n"
    known = catalog(tmp_path, both=with_rule(rule, match="x"))
    assert not scan_text(known, "connection refused\n")
    (match,) = scan_text(known, "the database\nconnection denied\n")
    assert (match.line, match.excerpt) == (2, "connection denied")


def test_none_takes_only_the_line_out_on_which_it_stands(tmp_path: Path) -> None:
    rule = "  any:\n    - regex: '\\d+ errors'\n  none:\n    - regex: '\\b0 errors'\n"
    known = catalog(tmp_path, errors=with_rule(rule, match="x"))
    assert not scan_text(known, "0 errors\n")
    (match,) = scan_text(known, "0 errors\n3 errors\n")
    assert (match.line, match.count) == (2, 1)


def test_a_literal_is_case_sensitive_and_a_pattern_is_as_it_says(tmp_path: Path) -> None:
    known = catalog(
        tmp_path, literal=with_rule("  any:\n    - literal: Killed\n", match="x"), pattern=regex("(?i)out of memory")
    )
    assert [m.signature for m in scan_text(known, "killed\nOUT OF Memory\n")] == ["test/pattern"]
    assert [m.signature for m in scan_text(known, "Killed\n")] == ["test/literal"]


def test_a_line_counts_once_however_often_it_matches(tmp_path: Path) -> None:
    (match,) = scan_text(catalog(tmp_path, a=regex("fail(ed|ure)")), "failed failed failure\nfailed\n")
    assert match.count == 2


def test_only_signatures_of_the_kind_are_tried(tmp_path: Path) -> None:
    known = catalog(tmp_path, a=regex("ADD http", applies_to="dockerfile"))
    assert not scan_text(known, "ADD http://x")
    assert len(scan_text(known, "ADD http://x", kind="dockerfile")) == 1


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_dollar_means_the_end_of_the_line_whatever_ends_it(tmp_path: Path, ending: str) -> None:
    known = catalog(tmp_path, end=regex("^the end$"))
    assert len(scan_text(known, f"x\nthe end{ending}")) == 1


def test_a_progress_display_is_read_state_by_state(tmp_path: Path) -> None:
    """What carriage returns write over each other are lines of their own to a pattern."""
    known = catalog(tmp_path, pull=regex("^pull failed$"))
    (match,) = scan_text(known, "pull 10%\rpull 20%\rpull failed\r\n")
    assert (match.line, match.excerpt) == (1, "pull failed")


def test_colours_inside_a_message_do_not_hide_it(tmp_path: Path) -> None:
    known = catalog(tmp_path, npm=regex("^npm ERR! code (?P<code>E\\w+)$"))
    text = "\x1b[0mnpm\x1b[0m \x1b[31;1mERR!\x1b[0m \x1b]8;;http://x\x07code\x1b]8;;\x1b\\ ERESOLVE\x1b[K\n"
    (match,) = scan_text(known, text)
    assert (match.excerpt, match.captures) == ("npm ERR! code ERESOLVE", {"code": "ERESOLVE"})


def test_bytes_that_are_no_text_do_not_stop_the_scan(tmp_path: Path) -> None:
    scanner = Scanner(catalog(tmp_path, a=regex("disk .* full")))
    scanner.feed(b"\xff\xfe disk \xe9 is full\x00\n")
    (match,) = scanner.close()
    assert match.excerpt == "ÿþ disk é is full\x00"


def test_an_excerpt_is_cut_around_the_match(tmp_path: Path) -> None:
    known = catalog(tmp_path, a=regex("needle"))
    (match,) = scan_text(known, "h" * 5000 + "needle" + "t" * 5000)
    assert len(match.excerpt) == EXCERPT
    assert match.excerpt[slice(*match.span)] == "needle"
    assert match.column == 5001


def test_secrets_are_taken_out_before_an_excerpt_is_cut(tmp_path: Path) -> None:
    """A secret that reaches over the cut is not left over by half, and captures are cleaned with the line."""
    known = catalog(tmp_path, a=regex("password (?P<word>\\S+) refused"))
    secret = "S3CR3T" * 60

    def clean(text: str) -> str:
        return text.replace(secret, "[redacted:password#1]")

    scanner = Scanner(known, clean=clean)
    scanner.feed(f"{'x' * 400} password {secret} refused".encode())
    (match,) = scanner.close()
    assert "S3CR" not in match.excerpt + str(match.captures) + match.fix
    assert match.captures == {"word": "[redacted:password#1]"}
    assert match.excerpt[slice(*match.span)] == "password [redacted:password#1] refused"


def test_feed_tells_what_is_new_and_close_the_final_counts(tmp_path: Path) -> None:
    scanner = Scanner(catalog(tmp_path, a=regex("failed"), b=regex("killed")))
    assert not scanner.feed(b"fail")
    assert [m.signature for m in scanner.feed(b"ed\n")] == ["test/a"]
    assert [m.signature for m in scanner.feed(b"failed\nkilled\n")] == ["test/b"]
    assert [(m.signature, m.count) for m in scanner.close()] == [("test/a", 2), ("test/b", 1)]


# -- command lines ----------------------------------------------------------------------------------------------


def test_command_lines_lose_their_prompt_and_join_at_backslashes(tmp_path: Path) -> None:
    known = catalog(tmp_path, run=regex("^docker run .*-v config:", applies_to="command"))
    (match,) = scan_text(known, "$ ls\n$ docker run \\\n    -v config:/app \\\n    image\n", kind="command")
    assert match.line == 2


@pytest.mark.parametrize("ending", ["", "\n", " \\\n", "\\"])
def test_a_command_rule_looks_at_commands_not_at_text(ending: str) -> None:
    known = builtin()
    found = scan_text(known, f'echo "docker compose down"{ending}', kind="command")
    assert "practice/destructive-command" not in {m.signature for m in found}
    found = scan_text(known, f"cd /srv && sudo docker compose down{ending}", kind="command")
    assert "practice/destructive-command" in {m.signature for m in found}


# -- size, cuts and time ----------------------------------------------------------------------------------------

_LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "Error: port 4000 is already taken",
                "failed \x1b[31mport 1 is\x1b[0m already taken\r",
                "a\rport 2 is already taken\rb",
                "",
                "port 3 is already taken " + "x" * 200,
                "the end",
                "K\u212a\u017f \xe9\xe9\xe9 PORT",
            ]
        ),
        st.text(max_size=40).map(lambda text: text.replace("\n", "")),
        st.integers(WINDOW - 40, 2 * WINDOW + 40).map(lambda size: "y" * size + " port 9 is already taken"),
        st.integers(0, WINDOW).map(lambda at: "z" * at + " port 8 is already taken " + "z" * (2 * WINDOW)),
    ),
    max_size=6,
)


@functools.cache
def small() -> Catalog:
    import tempfile

    folder = Path(tempfile.mkdtemp())
    return catalog(
        folder,
        port=changed("x", "x"),
        end=regex("^the end$"),
        fold=regex("(?i)^kks "),
        always=regex("[a-z]{2} \\d|é+"),
        both=with_rule("  all:\n    - literal: already\n    - literal: the end\n", match="x"),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(lines=_LINES, ended=st.booleans(), seed=st.integers(0, 2**32))
def test_where_the_input_is_cut_makes_no_difference(lines: list[str], ended: bool, seed: int) -> None:
    """Fed whole, in halves or in crumbs, the findings, their places and their counts are the same."""
    data = ("\n".join(lines) + ("\n" if ended else "")).encode()
    whole = Scanner(small())
    whole.feed(data)
    expected = shape(whole.close())
    chooser = random.Random(seed)
    pieces, at = Scanner(small()), 0
    while at < len(data):
        size = chooser.choice([1, 7, 100, 5_000, WINDOW, WINDOW + 1, 3 * WINDOW])
        if len(data) > 10_000:
            size = max(size, 900)
        pieces.feed(data[at : at + size])
        at += size
    assert shape(pieces.close()) == expected
    assert (pieces.lines, pieces.bytes) == (whole.lines, whole.bytes)


@pytest.mark.parametrize("at", [0, 10, WINDOW - 30, WINDOW - 10, WINDOW, WINDOW - OVERLAP, 3 * WINDOW - 17, 5 * WINDOW])
def test_a_match_anywhere_in_a_line_of_any_length_is_found(at: int) -> None:
    line = "y" * at + " port 4000 is already taken " + "y" * (6 * WINDOW - at)
    match = next(m for m in scan_text(small(), line) if m.signature == "test/port")
    assert (match.captures, match.count, match.line) == ({"port": "4000"}, 1, 1)
    assert match.column == at + 2


def test_the_cuts_of_a_long_line_are_no_line_ends(tmp_path: Path) -> None:
    known = catalog(tmp_path, begin=regex("^yyy"), end=regex("zzz$"), all_z=regex("^zzz"), all_y=regex("yyy$"))
    found = {m.signature for m in scan_text(known, "y" * WINDOW + "z" * WINDOW)}
    assert found == {"test/begin", "test/end"}


@pytest.mark.parametrize("tail", [20, WINDOW])
def test_nothing_is_shown_of_where_a_long_line_was_cut(tail: int) -> None:
    line = "é" * ((WINDOW - OVERLAP) // 2) + " port 4000 is already taken " + "é" * tail
    match = next(m for m in scan_text(small(), line) if m.signature == "test/port")
    assert set(match.excerpt) <= set(line)
    assert match.excerpt[slice(*match.span)] == "port 4000 is already taken"


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("(a+)+$", "a" * 26),
        ("(a|aa)+$", "a" * 1000 + "b"),
        ("(.*)(.*)(.*)(.*)x$", "y" * 1000),
        ("(?:x+x+)+y", "x" * 1000),
        ("([a-zA-Z]+)*$", "a" * 1000 + "!"),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 1000),
        ("(?i)(error|err|e)*z", "error" * 200),
    ],
)
def test_patterns_that_hang_other_engines_take_no_time(tmp_path: Path, pattern: str, line: str) -> None:
    """Time grows with the input and with nothing else, on a megabyte of the worst text for each pattern."""
    known = load_catalog([str(write(tmp_path, "test/evil", regex(f"bad {pattern}")).parent.parent)], None)
    text = (f"bad {line}\n" * (1_000_000 // (len(line) + 5))).encode()
    begin = time.perf_counter()
    scanner = Scanner(known)
    scanner.feed(text)
    scanner.close()
    assert time.perf_counter() - begin < 20


def test_memory_does_not_grow_with_the_input(tmp_path: Path) -> None:
    """Twenty megabytes, every line a hit, one of them endless: what is kept fits into three."""
    scanner = Scanner(catalog(tmp_path, port=changed("x", "x")))
    hits, endless = b"port 4000 is already taken\n" * 4_000, b"y" * 100_000
    tracemalloc.start()
    for _ in range(20):
        scanner.feed(hits)
    for _ in range(180):
        scanner.feed(endless)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    (match,) = scanner.close()
    assert match.count == 80_000
    assert peak < 3_000_000


# -- the literals -----------------------------------------------------------------------------------------------


@st.composite
def patterns(draw: st.DrawFn, depth: int = 3) -> tuple[str, str]:  # noqa: PLR0911  one return a kind
    """A pattern in RE2's syntax, and a text that it matches."""
    kind = draw(
        st.sampled_from(["text", "text", "class", "escape"] + (["or", "and", "repeat", "group"] if depth else []))
    )
    if kind == "text":
        text = draw(st.text(alphabet="abcKkSs0 é:-", min_size=1, max_size=6))
        return re2.escape(text), text
    if kind == "class":
        chars = draw(st.lists(st.sampled_from("abcKS09"), min_size=1, max_size=3))
        return f"[{''.join(chars)}]", draw(st.sampled_from(chars))
    if kind == "escape":
        return draw(
            st.sampled_from([("\\d", "7"), ("\\w", "q"), (".", "é"), ("[^x]", "y"), ("\\s", " "), ("[[:alpha:]]", "m")])
        )
    if kind == "repeat":
        inner, text = draw(patterns(depth=depth - 1))
        mark, count = draw(
            st.sampled_from([("*", 0), ("*", 2), ("+", 1), ("?", 0), ("?", 1), ("{2}", 2), ("{1,3}", 2), ("+?", 1)])
        )
        return f"(?:{inner}){mark}", text * count
    parts = draw(st.lists(patterns(depth=depth - 1), min_size=1, max_size=3))
    if kind == "or":
        return f"(?:{'|'.join(part for part, _text in parts)})", draw(st.sampled_from([text for _part, text in parts]))
    joined = "".join(part for part, _text in parts), "".join(text for _part, text in parts)
    if kind == "group":
        return draw(st.sampled_from(["(?P<g{}>{})", "(?i:{1})"])).format(
            draw(st.integers(0, 10**9)), joined[0]
        ), joined[1]
    return joined


@settings(max_examples=600, deadline=None)
@given(patterns(), st.booleans(), st.data())
def test_a_line_that_matches_always_holds_a_required_literal(
    pair: tuple[str, str], ignore_case: bool, data: st.DataObject
) -> None:
    """The prefilter may let too many lines through, and never keeps one back."""
    pattern, text = pair
    if ignore_case:
        pattern = f"(?i){pattern}"
        swap = {"k": "kK\u212a", "s": "sS\u017f", "K": "kK\u212a", "S": "sS\u017f"}
        text = "".join(data.draw(st.sampled_from(swap.get(char, char + char.swapcase()))) for char in text)
    try:
        compiled = compile_pattern(pattern)
    except ValueError:
        assume(False)
    found = compiled.search(text)
    assume(found is not None)
    literals = required_literals(pattern)
    if literals is None:
        return
    assert all(len(literal) >= MIN_LITERAL and literal == literal.lower() and literal.isascii() for literal in literals)
    engine = LiteralEngine([(0, (REGEX, pattern, tuple(literal.encode() for literal in literals)))])
    assert engine.candidates(f"one\n{text}\ntwo".encode().replace(b"\r", b"")), (pattern, text, literals)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("port is already allocated", ("port is already allocated",)),
        ("(?i)Out OF memory", ("out of memory",)),
        ("(?:EACCES|EPERM): denied", ("eacces: denied", "eperm: denied")),
        ("bind: (?P<what>.*) in use", (" in use",)),
        ("a(?:bcd|xyz)?e", None),
        ("x{3}y", None),
        ("\\d+ errors? found", (" error found", " errors found")),
        ("(refused|reset|timed out)", ("refused", "reset", "timed out")),
        ("(refused|no)", None),
        ("[Ee]rror", ("error",)),
        ("[[:alpha:]]]foo", None),
        ("a{,3}bcd", None),
        ("\\pL+foo", None),
        ("café closed", (" closed",)),
    ],
)
def test_the_literal_that_is_chosen(pattern: str, expected: tuple[str, ...] | None) -> None:
    """The longest certain text; several for alternatives; none if nothing is certain or the syntax differs."""
    assert required_literals(pattern) == expected


def test_the_prefilter_sends_lines_with_folding_letters_to_every_pattern() -> None:
    engine = LiteralEngine([(0, (REGEX, "disk", (b"disk",))), (1, (REGEX, "other", (b"other",)))])
    text = "ok\nDIS\u212a full\nbu\u017fy\nnothing".encode()
    assert [(text[start:end].decode(), slots) for start, end, slots in engine.candidates(text)] == [
        ("DIS\u212a full", (0, 1)),
        ("bu\u017fy", (0, 1)),
    ]
    assert all(letter.decode().lower() in {"k", "\u017f"} for letter in FOLDING)
