"""``scan``: since a time, places of one failure, baselines, progress, wide characters; pages of ``explain``."""

from __future__ import annotations

import io
import itertools
import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptydriver import Terminal

from runbook.cli import progress
from runbook.cli.underline import underline
from runbook.flow.baseline import fingerprint
from runbook.flow.since import Since
from runbook.model.cells import cells, cut

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

TAKEN = "Error: listen EADDRINUSE: address already in use :::{}\n"
DOWN = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n"


def findings(output: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(output)["findings"]
    return found


# -- since ------------------------------------------------------------------------------------------------------


def time_of(line: bytes) -> datetime | None:
    return Since(datetime.now(UTC), lambda _block: None).time_of(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"2026-02-11T09:02:03Z up", "2026-02-11T09:02:03+00:00"),
        (b"2026-02-11T09:02:03.123456+01:00 up", "2026-02-11T09:02:03.123456+01:00"),
        (b"2026-02-11 09:02:03,123 INFO up", "2026-02-11T09:02:03.123000+00:00"),
        (b"2026/02/11 09:02:03 [error] 31#31: *4 open()", "2026-02-11T09:02:03+00:00"),
        (b'10.0.0.7 - - [11/Feb/2026:09:02:03 +0100] "GET / HTTP/1.1" 200', "2026-02-11T09:02:03+01:00"),
        (b'time="2026-02-11T09:02:03-05:00" level=fatal', "2026-02-11T09:02:03-05:00"),
        (b'{"log":"up\\n","stream":"stdout","time":"2026-02-11T09:02:03.5Z"}', "2026-02-11T09:02:03.500000+00:00"),
        (b'{"log":"was up 2020-01-01T00:00:00Z","time":"2026-02-11T09:02:03Z"}', "2026-02-11T09:02:03+00:00"),
        (b'{"log":"{\\"time\\":1577836800}","time":"2026-02-11T09:02:03Z"}', "2026-02-11T09:02:03+00:00"),
        (b'{"__REALTIME_TIMESTAMP":"1770800523000000","MESSAGE":"up"}', "2026-02-11T09:02:03+00:00"),
        (b'{"level":30,"time":1770800523123,"msg":"up"}', "2026-02-11T09:02:03.123000+00:00"),
        (b'{"t":{"$date":"2026-02-11T09:02:03.000+00:00"},"s":"I"}', "2026-02-11T09:02:03+00:00"),
        (b'{"time":"2026-02-11 09:02:03,123","msg":"up"}', "2026-02-11T09:02:03.123000+00:00"),
        (b"[1770800523.5] up", "2026-02-11T09:02:03.500000+00:00"),
        (b"level=info ts=1770800523 up", "2026-02-11T09:02:03+00:00"),
        (b"plexus-1  | 2026-02-11T09:02:03Z up", "2026-02-11T09:02:03+00:00"),
        (b"no time here, only 12:30 and 2026-02-11", None),
        (b"2026-02-31T09:02:03Z there is no such day", None),
        (b"order 1770800523 shipped", None),
        (b"    at shop (id=1770800523)", None),
        (b"17708005231 rows", None),
    ],
)
def test_the_time_of_a_line(line: bytes, expected: str | None) -> None:
    moment = time_of(line)
    assert (None if moment is None else moment.isoformat()) == expected


@pytest.mark.parametrize("form", ["%b %e %H:%M:%S web1 app[1]: up", "I%m%d %H:%M:%S.000000 1 main.go:1] up"])
def test_a_time_without_a_year_is_the_latest_that_can_be_meant(form: str) -> None:
    for ago in (timedelta(minutes=5), timedelta(days=300)):
        moment = (datetime.now(UTC) - ago).replace(microsecond=0)
        assert time_of(moment.strftime(form).encode()) == moment


@given(st.binary(max_size=300))
def test_no_line_breaks_the_reader_of_times(line: bytes) -> None:
    moment = time_of(line)
    assert moment is None or moment.tzinfo is not None


@given(st.lists(st.sampled_from([b"2026-02-11T08:00:00Z old", b"2026-02-11T10:00:00Z new", b"  at x", b"\r", b""])))
def test_lines_keep_their_numbers_however_they_are_cut_into_blocks(lines: list[bytes]) -> None:
    text = b"\n".join(lines)
    whole: list[bytes] = []
    one = Since(datetime(2026, 2, 11, 9, tzinfo=UTC), whole.append)
    one.take(text)
    one.close()
    pieces: list[bytes] = []
    many = Since(datetime(2026, 2, 11, 9, tzinfo=UTC), pieces.append)
    for at in range(0, len(text), 7):
        many.take(text[at : at + 7])
    many.close()
    out = b"".join(whole)
    assert out == b"".join(pieces)
    assert b"old" not in out
    assert out.count(b"new") == text.count(b"new")
    assert out.rstrip(b"\n").count(b"\n") <= text.count(b"\n")


@pytest.mark.parametrize("size", [1000, 1_000_000])
def test_a_line_that_does_not_end_is_judged_by_its_beginning_and_not_kept(size: int) -> None:
    data = b"2026-02-11T08:00:00Z " + b"o" * 300_000 + b"\n2026-02-11T10:00:00Z " + b"n" * 300_000
    taken: list[bytes] = []
    since = Since(datetime(2026, 2, 11, 9, tzinfo=UTC), taken.append)
    for at in range(0, len(data), size):
        since.take(data[at : at + size])
    since.close()
    assert b"".join(taken) == data[data.index(b"\n") :]
    assert since.dropped == data.index(b"\n")


def test_older_lines_do_not_count_and_a_stack_trace_goes_with_its_message(runbook: Runbook, home: Path) -> None:
    old, new = "2026-02-11T08:00:00Z", "2026-02-11T09:30:00Z"
    text = f"{old} starting\n{TAKEN.format(4000)}{new} starting\n{TAKEN.format(4001)}{new} {DOWN}"
    (home / "app.log").write_text(text, encoding="utf-8")
    done = runbook("scan", home / "app.log", "--since", "2026-02-11 09:00", "--format", "json", check=1)
    assert [(one["signature"], one["line"], one["count"]) for one in findings(done.stdout)] == [
        ("net/port-already-in-use", 4, 1),
        ("docker/daemon-not-running", 5, 1),
    ]
    assert json.loads(done.stdout)["scanned"]["bytes"] == len(text)
    runbook("scan", home / "app.log", "--since", "1 min ago", check=0)
    refused = runbook("scan", home / "app.log", "--since", "soon", check=2)
    assert "--since: 'soon' is not a time" in refused.stderr


# -- places -----------------------------------------------------------------------------------------------------


def test_places_are_listed_up_to_the_number_asked_for(runbook: Runbook, home: Path) -> None:
    text = "".join(f"{'x' * number}\n{TAKEN.format(4000 + number)}" for number in range(6))
    (home / "app.log").write_text(text, encoding="utf-8")
    lines = runbook("scan", "app.log", "--max-per-signature", "3", cwd=home, check=1).stdout.splitlines()
    at = lines.index("app.log: net/port-already-in-use, 6 times")
    assert [line.split()[0] for line in lines[at + 1 : at + 4]] == ["4", "6", "and"]
    assert lines[at + 3].strip() == "and 3 more"
    (one,) = findings(
        runbook("scan", "app.log", "--max-per-signature", "4", "--format", "json", cwd=home, check=1).stdout
    )
    assert [place["line"] for place in one["occurrences"]] == [2, 4, 6, 8]
    assert one["count"] == 6
    runbook("scan", "app.log", "--max-per-signature", "0", cwd=home, check=2)


def test_a_further_place_is_cut_around_what_was_found(runbook: Runbook, home: Path) -> None:
    (home / "app.log").write_text(TAKEN.format(1) + "x" * 200 + " " + TAKEN.format(4000), encoding="utf-8")
    line = runbook("scan", "app.log", "--max-per-signature", "2", cwd=home, check=1).stdout.split("2 times\n")[1]
    assert "4000" in line.splitlines()[0]


def test_what_was_explained_once_is_short_in_the_next_file(runbook: Runbook, home: Path) -> None:
    for name in ("a.log", "b.log"):
        (home / name).write_text(TAKEN.format(4000), encoding="utf-8")
    out = runbook("scan", "a.log", "b.log", cwd=home, check=1).stdout
    assert out.count("Fix ") == 1
    assert "b.log:1:15  high  net/port-already-in-use" in out
    assert "(as above)" in out


# -- baseline ---------------------------------------------------------------------------------------------------


def test_a_baseline_leaves_only_what_is_new(runbook: Runbook, home: Path) -> None:
    """Lines may move, times may differ, the scan may start elsewhere; another line, or one more of the same, is new."""
    log, known = home / "logs" / "app.log", home / "known.json"
    log.parent.mkdir()
    log.write_text(f"2026-02-11T09:00:00Z {TAKEN.format(4000)}", encoding="utf-8")
    done = runbook("scan", "logs", "--baseline", "known.json", "--write-baseline", cwd=home, check=0)
    assert done.stdout == "known.json: 1 known finding\n"
    log.write_text(f"starting\n2026-02-12T10:30:00Z {TAKEN.format(4000)}", encoding="utf-8")
    quiet = runbook("scan", ".", "--baseline", known, cwd=log.parent, check=0)
    assert "nothing known in 1 file" in quiet.stdout
    assert f"1 line known from {known} and not shown" in " ".join(quiet.stdout.split())
    log.write_text(log.read_text("utf-8") + TAKEN.format(4009), encoding="utf-8")
    report = runbook("scan", log, "--baseline", known, "--format", "json", check=1).stdout
    (one,) = findings(report)
    assert (one["line"], one["count"], one["captures"]["port"]) == (3, 1, "4009")
    assert ":4009" in one["verify"][0]
    assert json.loads(report)["baseline"] == {"file": str(known), "known": 1, "stale": []}
    log.write_text(TAKEN.format(4000) * 2, encoding="utf-8")
    (one,) = findings(runbook("scan", log, "--baseline", known, "--format", "json", check=1).stdout)
    assert (one["line"], one["count"]) == (1, 2), "without its time the line is another one"


def test_stale_entries_of_a_baseline_are_said_and_taken_out(runbook: Runbook, home: Path) -> None:
    (home / "a.log").write_text(TAKEN.format(4000), encoding="utf-8")
    (home / "b.log").write_text(DOWN, encoding="utf-8")
    runbook("scan", "a.log", "b.log", "--baseline", "known.json", "--write-baseline", cwd=home, check=0)
    (home / "a.log").write_text("fine\n", encoding="utf-8")
    done = runbook("scan", "a.log", "--baseline", "known.json", cwd=home, check=0)
    assert "known.json: 1 entry no longer holds; --write-baseline renews it" in done.stderr
    assert "a.log: net/port-already-in-use: Error: listen" in done.stderr
    other = runbook("scan", "a.log", "--only", "docker", "--baseline", "known.json", cwd=home, check=0)
    assert not other.stderr, "what was not looked for cannot be stale"
    runbook("scan", "a.log", "--baseline", "known.json", "--write-baseline", cwd=home, check=0)
    held = json.loads((home / "known.json").read_text("utf-8"))["findings"]
    assert [(entry["source"], entry["signature"]) for entry in held] == [("b.log", "docker/daemon-not-running")]
    (home / "b.log").unlink()
    gone = runbook("scan", "a.log", "--baseline", "known.json", cwd=home, check=0)
    assert "b.log: docker/daemon-not-running: the file is gone" in gone.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such baseline"),
        ("{", "known.json:1: is not JSON"),
        ("[]", "is no baseline"),
        ('{"version": 9, "findings": []}', "version: has version 9"),
        ('{"version": 1, "findings": [{"count": 0}]}', "findings.0: needs fingerprint"),
    ],
)
def test_a_baseline_that_cannot_be_used_is_refused(
    runbook: Runbook, home: Path, content: str | None, message: str
) -> None:
    if content is not None:
        (home / "known.json").write_text(content, encoding="utf-8")
    done = runbook("scan", "-", "--baseline", "known.json", input="x\n", cwd=home, check=2)
    assert message in done.stderr
    assert "--write-baseline" in done.stderr or content == "{"


def test_a_fingerprint_forgets_what_changes_each_time() -> None:
    def of(text: str, source: str = "a.log") -> str:
        return fingerprint("net/x", source, text)

    assert of("Feb 11 09:02:03 port 4000 taken") == of("Mar  1 10:00:00   port 4000 taken")
    assert of("container ca32646934af died") == of("container 0123456789ab died")
    assert of("key [redacted:token#1] leaked") == of("key [redacted:token#7] leaked")
    assert of("port 4000 taken") != of("port 4001 taken")
    assert of("port 4000 taken") != of("port 4000 taken", "b.log")


# -- the screen -------------------------------------------------------------------------------------------------


def test_wide_characters_take_two_cells_and_marks_stand_below_the_match() -> None:
    text = "日本語 ログ: connection refused"
    at = text.index("connection")
    line, marks = underline(text, (at, len(text)), 80)
    assert line == text
    assert marks == " " * cells(text[:at]) + "~" * len("connection refused")
    assert cells("日本語") == 6
    assert cells("e\u0301") == 1
    assert cut("日本語日本語", 6) == "日本…"


@given(st.text(st.characters(categories=["L", "N", "Z"], exclude_characters="\u2028\u2029")), st.data())
def test_a_cut_line_fits_and_its_marks_too(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    columns = data.draw(st.integers(8, 60))
    line, marks = underline(text, (start, end), columns)
    assert cells(line) <= columns
    assert len(marks) <= columns
    if cells(text) <= columns:
        assert line == text


def test_progress_shows_bytes_of_the_total_and_the_file_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    clock = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    bar = progress.Progress(lambda: 4 * 1024 * 1024)
    for _block in range(2):
        bar("logs/app.log", 1024 * 1024)
    assert "[##########----------]  50%  2.0 MiB of 4.0 MiB  logs/app.log" in out.getvalue()
    bar.clear()
    assert out.getvalue().endswith("\r\x1b[K")
    assert not bar.shown


def test_progress_comes_on_a_terminal_and_is_gone_at_the_end(home: Path) -> None:
    """The source is a pipe with a name, so that the test decides when it ends."""
    pipe = home / "app.log"
    os.mkfifo(pipe)
    with Terminal([sys.executable, "-m", "runbook", "scan", str(pipe)]) as terminal:
        with pipe.open("wb", buffering=0) as writer:

            def shown(screen: str) -> bool:
                writer.write(b"all is well\n" * 100)
                return "KiB" in screen and "app.log" in screen

            terminal.until(shown, "a progress line")
        screen = terminal.sees("nothing known in 1 file")
        assert "KiB" not in screen


def test_a_long_page_goes_through_the_pager_on_a_terminal_only(runbook: Runbook, home: Path) -> None:
    marker = home / "paged"
    script = home / "pager"
    script.write_text(f"#!/bin/sh\ncat > '{marker}'\necho paged\n", encoding="utf-8")
    script.chmod(0o755)
    argv = [sys.executable, "-m", "runbook", "explain", "net/port-already-in-use"]
    with Terminal(argv, rows=10, env={"PAGER": str(script)}) as terminal:
        terminal.sees("paged")
    assert "Prevent it" in marker.read_text("utf-8")
    marker.unlink()
    with Terminal(argv, rows=120, env={"PAGER": str(script)}) as terminal:
        terminal.sees("Prevent it")
    runbook(*argv[3:], env={"PAGER": str(script)}, check=0)
    assert not marker.exists()


def test_a_page_shows_related_titles_and_where_it_was_seen(runbook: Runbook, home: Path) -> None:
    folder = home / "team" / "incidents" / "2026" / "INC-2026-02-11-001"
    folder.mkdir(parents=True)
    (home / "team" / ".git").mkdir()
    (home / "team" / "runbook.toml").write_text("", encoding="utf-8")
    record = (
        "id: INC-2026-02-11-001\ntitle: Two on one port\nfindings:\n- id: a\n  signature: compose/shared-project-name\n"
    )
    (folder / "record.yaml").write_text(record, encoding="utf-8")
    page = runbook("explain", "compose/shared-project-name", cwd=home / "team", env={"COLUMNS": "80"}, check=0).stdout
    assert "Seen here\n  INC-2026-02-11-001  Two on one port" in page
    assert "Related\n  compose/container-name-conflict" in page
    assert max(map(len, page.splitlines())) <= 80


def test_signatures_are_listed_by_area_severity_kind_and_words(runbook: Runbook) -> None:
    def ids(*options: str) -> list[str]:
        entries = json.loads(runbook("signatures", "list", *options, "--format", "json", check=0).stdout)
        return [entry["id"] for entry in entries]

    assert {name.split("/")[0] for name in ids("--area", "net", "--area", "fs")} == {"net", "fs"}
    assert "practice/silent-gap" in ids("--kind", "timeline", "--severity", "low")
    assert ids("port", "EADDRINUSE", "--area", "net") <= ids("port", "--area", "net")
    assert "net/port-already-in-use" in ids("PORT", "trial")
    none = runbook("signatures", "list", "no", "such", "thing", "anywhere", check=0)
    assert "no signature is like that" in none.stderr
    wrong = runbook("signatures", "list", "--area", "nets", check=2)
    assert "there are " in wrong.stderr
    assert ", compose, " in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["--kind", "outptu"], "did you mean output?"),
        (["--fail-on", "hi"], "did you mean high?"),
        (["--basline", "a.json"], "did you mean --baseline?"),
        (["--max-per-signature", "many"], "`runbook scan --help` shows all options"),
    ],
)
def test_a_wrong_option_or_value_is_told_what_may_be_meant(runbook: Runbook, arguments: list[str], meant: str) -> None:
    """In two lines, not below a screen of usage."""
    error = runbook("scan", *arguments, "x", check=2).stderr
    assert meant in error
    assert error.count("\n") <= 3
