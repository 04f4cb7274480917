"""Signature files that are wrong: each is refused with its file, line and field, none disappears."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signature_files import GOOD, changed, with_rule, write

from runbook.detect.catalog import BUILTIN, load_catalog
from runbook.detect.load import load_file, load_folders, warnings_of
from runbook.errors import BadInputError

if TYPE_CHECKING:
    from pathlib import Path


def problem(tmp_path: Path, text: str, identity: str = "net/port") -> BadInputError:
    write(tmp_path, identity, text)
    loaded, problems = load_file(str(tmp_path), f"{identity}.yaml")
    assert loaded is None
    assert problems
    return problems[0]


def test_a_good_file_is_loaded_and_its_id_is_its_path(tmp_path: Path) -> None:
    write(tmp_path, "net/port")
    loaded, problems = load_file(str(tmp_path), "net/port.yaml")
    assert loaded is not None
    assert not problems
    assert loaded.signature.id == "net/port"
    assert not warnings_of(loaded)


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ("severity: high", "sevrity: high", (2, "sevrity"), "did you mean 'severity'"),
        ("severity: high", "severity: urgent", (2, "severity"), "'urgent' is not allowed; one of"),
        ("severity: high\n", "", (1, "severity"), "is missing"),
        ("severity: high", "severity: high\nseverity: low", (3, "severity"), "stands twice, first in line 2"),
        ("title: A port is taken", "title: 4000", (1, "title"), 'write "4000"'),
        ("title: A port is taken", "title:", (1, "title"), "give it a value"),
        ("applies_to: [output]", "applies_to: output", (4, "applies_to"), "must be a list"),
        ("applies_to: [output]", "applies_to: [output, timeline]", (4, "applies_to"), "names a timeline rule"),
        ("applies_to: [output]", "applies_to: [output, output]", (4, "applies_to.1"), "stands twice"),
        ("  any:\n", "  some:\n", (6, "match.some"), "unknown key"),
        ("(?P<port>\\d+)", "(?P<port>\\d+", (7, "match.any.0.regex"), "missing )"),
        ("(?P<port>\\d+)", "(?=4000)\\d+", (7, "match.any.0.regex"), "has no look-around"),
        ("(?P<port>\\d+)", "(\\d)\\1", (7, "match.any.0.regex"), "invalid escape sequence"),
        ("(?P<port>\\d+)", "((a{100}){100}){100}", (7, "match.any.0.regex"), "repetition"),
        ("port (?P<port>\\d+) is already taken", "(port)?", (7, "match.any.0.regex"), "without taking a character"),
        ("port (?P<port>\\d+) is already taken", "\\b", (7, "match.any.0.regex"), "without taking a character"),
        ("is already taken'", "is\\nalready taken'", (7, "match.any.0.regex"), "names a line break"),
        ("is already taken'", "is " + "x" * 1000 + "'", (7, "match.any.0.regex"), "at most 1000"),
        ("regex: 'port", "regex: 'a'\n      literal: 'port", (7, "match.any.0"), "exactly one of"),
        ("regex: 'port (?P<port>\\d+) is already taken'", "literal: 'ab'", (7, "match.any.0.literal"), "at least 3"),
        (
            "regex: 'port (?P<port>\\d+) is already taken'",
            "command: destructve",
            (7, "match.any.0.command"),
            "did you mean",
        ),
        (
            "regex: 'port (?P<port>\\d+) is already taken'",
            "timeline: nothing",
            (7, "match.any.0.timeline"),
            "no timeline rule",
        ),
        ("why: |", "id: net/other\nwhy: |", (10, "id"), "differs from the file's path"),
        ("why: |", "id: net/port\nwhy: |", (10, "id"), "take this key out"),
        ("  - https://example.org/ports", "  []", (20, "references"), "must not be empty"),
        ("prevention:", "prevention: &p", (18, "prevention"), "anchors"),
        ("related: []", "related: *p", (22, "related"), "aliases"),
        ("related: []", "related: !!set {a, b}", (22, "related"), "tag"),
        ("related: []", "related:\n\t- net/x", (23, ""), "a tab stands in the indentation"),
        ("related: []", "related: []\n---\ntitle: x", (23, ""), "second document"),
        ("related: []", "related: [[[[[[[[[[a]]]]]]]]]]", (22, "related.0.0.0.0.0.0"), "deeper than"),
        ("      source: a made-up program", "      sorce: x", (26, "examples.match.0.sorce"), "did you mean 'source'"),
        (
            '    - text: "error',
            '    - kind: command\n      text: "error',
            (25, "examples.match.0.kind"),
            "not under applies_to",
        ),
        ('summary: "Port', "summary: Port: {port} [", (3, ""), "mapping values are not allowed"),
    ],
)
def test_an_error_names_line_and_field(tmp_path: Path, old: str, new: str, place: tuple[int, str], says: str) -> None:
    """Each kind of mistake, where it stands and what is wrong with it."""
    found = problem(tmp_path, changed(old, new))
    assert says in found.message + found.hint, str(found)
    assert found.file == str(tmp_path / "net/port.yaml")
    assert (found.line, found.field or "") == place, str(found)


def test_a_file_over_64_kib_is_refused_unread(tmp_path: Path) -> None:
    found = problem(tmp_path, GOOD + "# " + "x" * 70_000 + "\n")
    assert "65536" in found.message


def test_a_tab_inside_quoted_output_is_text(tmp_path: Path) -> None:
    """Stack traces are indented with tabs; an example may hold one."""
    trace = "        error: port 4000 is already taken\n        \tat main.go:12"
    block = f"    - source: a made-up program\n      text: |\n{trace}"
    old = '    - text: "error: port 4000 is already taken"\n      source: a made-up program'
    write(tmp_path, "net/port", changed(old, block))
    loaded, problems = load_file(str(tmp_path), "net/port.yaml")
    assert not problems
    assert loaded is not None
    assert "\n\tat main.go:12" in loaded.signature.examples.match[0].text


def test_bytes_that_are_not_utf_8_are_named_by_line(tmp_path: Path) -> None:
    path = write(tmp_path, "net/port")
    path.write_bytes(path.read_bytes().replace(b"Two programs", b"Two pr\xf6grams"))
    found = load_file(str(tmp_path), "net/port.yaml")[1][0]
    assert (found.line, found.message) == (11, "byte 0xf6 is not UTF-8")


@pytest.mark.parametrize("name", ["port.yaml", "net/Port.yaml", "net/port.yml", "net/a--b.yaml", "Net/port.yaml"])
def test_a_path_that_is_no_id_is_an_error_not_a_skipped_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(GOOD, encoding="utf-8")
    loaded, problems = load_folders([str(tmp_path)])
    assert not loaded
    assert "area/name.yaml" in problems[0].message


def test_every_problem_of_every_file_is_reported_at_once(tmp_path: Path) -> None:
    write(tmp_path, "net/one", changed("severity: high", "severity: urgent").replace("title: A", "title: 1"))
    write(tmp_path, "net/two", changed("(?P<port>", "(?P<port"))
    write(tmp_path, "net/three", changed("severity: high", "severity: urgent", changed("fix:", "fixx:")))
    problems = load_folders([str(tmp_path)])[1]
    assert {os.path.basename(found.file or "") for found in problems} == {"one.yaml", "two.yaml", "three.yaml"}
    assert len([found for found in problems if (found.file or "").endswith("three.yaml")]) == 3


def test_a_catalog_with_one_broken_file_is_refused_with_the_way_to_see_all(tmp_path: Path) -> None:
    write(tmp_path, "net/one")
    write(tmp_path, "net/two", changed("severity: high", "severity: urgent"))
    write(tmp_path, "net/three", changed("severity: high", "severity: urgent"))
    with pytest.raises(BadInputError) as caught:
        load_catalog([str(tmp_path)], None)
    assert "1 more" in caught.value.hint
    assert "runbook signatures test" in caught.value.hint


def test_the_later_folder_wins(tmp_path: Path) -> None:
    write(tmp_path / "a", "net/port")
    write(tmp_path / "a", "net/other")
    write(tmp_path / "b", "net/port", changed("A port is taken", "Our own words"))
    catalog = load_catalog([str(tmp_path / "a"), str(tmp_path / "b")], None)
    assert catalog.ids() == ["net/other", "net/port"]
    known = catalog.get("net/port")
    assert known is not None
    assert known.title == "Our own words"
    assert catalog.get("net/none") is None


def test_the_table_is_made_anew_when_a_file_changes_and_only_then(tmp_path: Path) -> None:
    """Edited, added and removed files all count; an unchanged folder is read from the table alone."""
    folder, cache = tmp_path / "signatures", tmp_path / "cache"
    path = write(folder, "net/port")
    first = load_catalog([str(folder)], str(cache))
    (table,) = cache.iterdir()
    stamp = table.stat().st_mtime_ns
    again = load_catalog([str(folder)], str(cache))
    assert (again.digest, table.stat().st_mtime_ns) == (first.digest, stamp)
    path.write_text(changed("A port is taken", "A port is held"), encoding="utf-8")
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 10**9))
    edited = load_catalog([str(folder)], str(cache))
    assert edited.digest != first.digest
    write(folder, "net/other")
    assert len(load_catalog([str(folder)], str(cache))) == 2
    path.unlink()
    assert load_catalog([str(folder)], str(cache)).ids() == ["net/other"]


def test_the_table_is_private_and_a_damaged_one_is_replaced(tmp_path: Path) -> None:
    folder, cache = tmp_path / "signatures", tmp_path / "cache"
    write(folder, "net/port")
    load_catalog([str(folder)], str(cache))
    (table,) = cache.iterdir()
    assert cache.stat().st_mode & 0o077 == 0
    assert table.stat().st_mode & 0o077 == 0
    whole = table.read_bytes()
    for damaged in (b"", whole[:-1], whole[:40], b"x" + whole[1:], whole[:100] + b"\xff" + whole[101:]):
        table.write_bytes(damaged)
        assert load_catalog([str(folder)], str(cache)).ids() == ["net/port"]
        assert table.read_bytes() == whole


def test_a_table_that_others_may_write_is_not_trusted(tmp_path: Path) -> None:
    """Unmarshalling is only for what this user wrote."""
    folder, cache = tmp_path / "signatures", tmp_path / "cache"
    write(folder, "net/port")
    load_catalog([str(folder)], str(cache))
    (table,) = cache.iterdir()
    table.chmod(0o666)
    before = table.stat().st_ino
    load_catalog([str(folder)], str(cache))
    assert table.stat().st_ino != before
    assert table.stat().st_mode & 0o022 == 0


def test_tables_of_repositories_long_gone_do_not_pile_up(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for number in range(36):
        write(tmp_path / str(number), "net/port")
        load_catalog([str(tmp_path / str(number))], str(cache))
        table = max(cache.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        os.utime(table, ns=(number, number))
    kept = {path.stat().st_mtime_ns for path in cache.iterdir()}
    assert kept == set(range(4, 36))


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    write(tmp_path, "net/port")
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    assert load_catalog([str(tmp_path)], str(blocked / "cache")).ids() == ["net/port"]


def test_the_digest_depends_on_content_alone(tmp_path: Path) -> None:
    write(tmp_path / "here", "net/port")
    write(tmp_path / "there" / "deep", "net/port")
    here, there = tmp_path / "here", tmp_path / "there" / "deep"
    assert load_catalog([str(here)], None).digest == load_catalog([str(there)], None).digest


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no signatures can be read there"):
        load_catalog([str(tmp_path / "nowhere")], None)


def test_warnings_name_slow_patterns_and_unfilled_placeholders(tmp_path: Path) -> None:
    write(tmp_path, "net/port", changed("port (?P<port>\\d+) is already taken", "[a-z]+ (?P<prot>\\d+) x"))
    write(tmp_path, "net/fix", changed("Free port {port}", "Free port {prot}, awk '{print $1}', ${HOME}, {{.Names}}"))
    loaded, problems = load_folders([str(tmp_path)])
    assert not problems
    found = {name: [str(warning) for warning in warnings_of(one)] for name, one in loaded.items()}
    assert "every line is tried" in found["net/port"][0]
    assert len(found["net/fix"]) == 1
    assert "{prot} is filled by no capture" in found["net/fix"][0]


def test_codes_that_a_detector_does_not_have_are_refused_with_what_it_has(tmp_path: Path) -> None:
    rule = "  any:\n    - compose: obsolete-versoin\n"
    path = write(tmp_path, "compose/version", with_rule(rule, match="version: '3'", applies_to="compose"))
    with pytest.raises(BadInputError) as caught:
        load_catalog([str(tmp_path)], None)
    assert (caught.value.file, caught.value.line) == (str(path), 7)
    assert "did you mean 'obsolete-version'?" in caught.value.message


def test_a_detector_wants_a_kind_that_it_can_look_at(tmp_path: Path) -> None:
    rule = "  any:\n    - compose: obsolete-version\n"
    write(tmp_path, "compose/version", with_rule(rule, match="version: '3'", applies_to="dockerfile"))
    with pytest.raises(BadInputError, match="looks at compose, which is not under applies_to"):
        load_catalog([str(tmp_path)], None)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(alphabet="a:-[]{}&*!|>'\"\n \t#%@`?,~0", max_size=120).map(str.encode),
        st.integers(1, 3000).map(lambda depth: b"[" * depth),
        st.integers(1, 300).map(lambda depth: b"".join(b" " * i + b"a:\n" for i in range(depth))),
    )
)
def test_no_bytes_make_the_loader_fail_in_any_other_way(tmp_path: Path, raw: bytes) -> None:
    """Whatever stands in a file, the answer is a list of problems with its name."""
    path = tmp_path / "net" / "port.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(raw)
    loaded, problems = load_file(str(tmp_path), "net/port.yaml")
    assert loaded is None
    assert problems
    assert all(found.file == str(path) for found in problems)


def test_a_mapping_nested_thousands_deep_is_refused_at_once(tmp_path: Path) -> None:
    begin = time.perf_counter()
    found = problem(tmp_path, "a: " + "[" * 20_000)
    assert "deeper" in found.message
    assert time.perf_counter() - begin < 2


def test_the_built_in_signatures_load(tmp_path: Path) -> None:
    assert len(load_catalog([BUILTIN], str(tmp_path / "cache"))) >= 40
