"""``runbook import`` from the outside: what is shown, what is added, what is left out, what is asked."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pexpect
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from importing import SAMPLES, expected, sample_of
from test_importers import CONTENT, FOLDERS, damaged, zipped
from test_schemas import check

from runbook.cli.main import main
from runbook.errors import BadInputError
from runbook.flow.desk import open_document
from runbook.flow.import_record import record
from runbook.flow.importing import Wanted, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conftest import Runbook

START = "2026-02-11 09:00"
TOKEN = "ghp_" + "R4nd0mT0kenCharactersThatLookReal012"
LOG = """\
2026-02-11T07:30:00Z too early
2026-02-11T08:30:00Z a quarter before it began
2026-02-11T09:02:11Z connect() failed (111: Connection refused)
2026-02-11T09:03:00Z Bind for 0.0.0.0:4000 failed: port is already allocated
2026-02-11T10:30:00Z all is well again
2026-02-11T12:30:00Z much later
"""


@pytest.fixture
def runbook(runbook: Runbook, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runbook:
    """As the fixture of that name, in this process where nothing speaks against it: a tenth of the time."""

    def call(
        *args: str | os.PathLike[str],
        input: str | None = None,  # noqa: A002  as there
        env: Mapping[str, str | None] | None = None,
        check: int | bool | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        if env is not None or cwd is not None:
            return runbook(*args, input=input, env=env, check=check, cwd=cwd)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((input or "").encode())))
        capfd.readouterr()
        try:
            status = main([os.fspath(arg) for arg in args])
        except SystemExit as end:
            status = int(end.code or 0)
        said = capfd.readouterr()
        assert check is None or status == check, f"exit {status}\n{said.out}\n{said.err}"
        return subprocess.CompletedProcess(list(args), status, said.out, said.err)

    return call


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One compiled catalog for all of these tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _warm(home: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


@pytest.fixture
def state(home: Path, runbook: Runbook) -> Path:
    """An incident of 11 February, from 9 to 10."""
    runbook("start", "The shop is down", "--at", START, check=0)
    runbook("mark", "resolved", "--at", "2026-02-11 10:00", check=0)
    (found,) = (home / ".local/state/runbook").glob("*/INC-*")
    return found


def entries(state: Path, source: str = "import:") -> list[dict[str, Any]]:
    lines = [line for file in state.glob("journal/*.jsonl") for line in file.read_text().splitlines()]
    return [entry for entry in map(json.loads, lines) if entry["source"].startswith(source)]


def texts(state: Path) -> list[str]:
    return [entry["data"]["text"] for entry in entries(state) if "text" in entry["data"]]


def test_only_the_incidents_time_is_taken_and_the_rest_is_counted(
    state: Path, runbook: Runbook, tmp_path: Path
) -> None:
    """An hour before the start and an hour after the end belong to it."""
    log = tmp_path / "shop.log"
    log.write_text(LOG)
    done = runbook("import", log, "--yes", check=0)
    assert "added 4 entries" in done.stdout
    assert "2 outside 2026-02-11 08:00 – 2026-02-11 11:00 (--all takes them)" in done.stderr
    found = [entry for entry in entries(state) if entry["kind"] == "observation"]
    assert [entry["at"] for entry in found] == [
        "2026-02-11T08:30:00+00:00",
        "2026-02-11T09:02:11+00:00",
        "2026-02-11T09:03:00+00:00",
        "2026-02-11T10:30:00+00:00",
    ]
    assert {entry["source"] for entry in found} == {"import:log"}
    assert {entry["actor"] for entry in found} == {"shop.log"}
    assert found[0]["data"]["imported_from"].endswith("shop.log:2")
    assert datetime.fromisoformat(found[0]["recorded_at"]) > datetime.now(UTC) - timedelta(minutes=5)


def test_again_adds_nothing_and_more_adds_what_is_new(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    first, second = LOG.splitlines(keepends=True)[:3], LOG.splitlines(keepends=True)[1:]
    (tmp_path / "a.log").write_text("".join(first))
    (tmp_path / "b.log").write_text("".join(second))
    assert "added 2 entries" in runbook("import", tmp_path / "a.log", "--yes", check=0).stdout
    again = runbook("import", tmp_path / "a.log", "--yes", check=0)
    assert "nothing to add" in again.stderr
    assert "2 on record already" in again.stderr
    assert "added 2 entries" in runbook("import", tmp_path / "b.log", "--yes", check=0).stdout
    assert len(set(texts(state))) == len(texts(state)) == 4


def test_two_imports_at_once_add_everything_once(state: Path, tmp_path: Path) -> None:
    log = tmp_path / "shop.log"
    log.write_text("".join(f"2026-02-11T09:{n // 60:02d}:{n % 60:02d}Z event {n}\n" for n in range(200)))
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda _: subprocess.run(
                    [sys.executable, "-m", "runbook", "import", log, "--yes"], check=True, capture_output=True
                ),
                range(4),
            )
        )
    found = texts(state)
    assert len(found) == len(set(found)) == 200


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["a", "b", "c"])), max_size=12), st.integers(0, 12))
def test_whatever_overlaps_is_added_once(state: Path, tmp_path: Path, events: list[tuple[int, str]], cut: int) -> None:
    """A log, its older part and the whole again: every event is on record exactly as often as it stands there."""
    desk = open_document(None)
    log = tmp_path / "x.log"
    lines = [f"2026-02-11T09:10:{second:02d}Z {text}\n" for second, text in events]
    base = sum(entry.source == "import:log" for entry in desk.entries())
    known = {str(entry.data.get("source_key")) for entry in desk.entries()}
    for part in (lines[:cut], lines, lines):
        log.write_text("".join(part))
        record(desk, prepare(desk, Wanted(str(log), format="log")))
    keys = [str(entry.data["source_key"]) for entry in desk.entries() if "source_key" in entry.data]
    assert len(keys) == len(set(keys))
    for line in set(lines):
        at, text = line.strip().split(" ")
        count = sum(
            entry.data.get("text") == text and entry.at == at.replace("Z", "+00:00") for entry in desk.entries()
        )
        assert count >= lines.count(line)
    assert base <= sum(entry.source == "import:log" for entry in desk.entries()) <= base + len(lines)
    assert known <= set(keys) | {"None"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_importing_twice_adds_nothing_in_any_format(state: Path, folder: Path) -> None:
    desk = open_document(None)
    companion = expected(folder).get("options", {}).get("companion")
    wanted = Wanted(str(sample_of(folder)), everything=True, companion=str(folder / companion) if companion else None)
    added = record(desk, prepare(desk, wanted)).entries
    assert added
    again = prepare(desk, wanted)
    assert again.entries == []
    assert again.already == again.found
    assert {entry.data["import"] for entry in added} == {added[0].data["import"]}


@pytest.mark.parametrize("name", sorted(name for name in CONTENT if CONTENT[name]))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), which=st.integers(0, 20))
def test_importing_what_is_damaged_twice_adds_nothing(
    state: Path, tmp_path: Path, name: str, seed: int, which: int
) -> None:
    """Nor does it end in anything but an explanation."""
    desk = open_document(None)
    path = tmp_path / "input"
    path.write_bytes(damaged(CONTENT[name][which % len(CONTENT[name])], seed))
    wanted = Wanted(str(path), format=name, everything=True)
    try:
        record(desk, prepare(desk, wanted))
    except BadInputError:
        return
    assert prepare(desk, wanted).entries == []
    desk.record()  # what was added can be folded


def test_secrets_stay_out(state: Path, runbook: Runbook, tmp_path: Path, home: Path) -> None:
    """Out of the preview, the journal, and the state folder as a whole."""
    (tmp_path / "h").write_text(f"#1770800521\ncurl -H 'Authorization: Bearer {TOKEN}' https://api.example.com\n")
    shown = runbook("import", "bash", tmp_path / "h", "--dry-run", check=0)
    done = runbook("import", "bash", tmp_path / "h", "--yes", "--format", "json", check=0)
    assert TOKEN not in shown.stdout + shown.stderr + done.stdout + done.stderr
    assert "[redacted:" in done.stdout
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file() and path != tmp_path / "h")
    assert TOKEN.encode() not in kept
    assert "nothing to add" in runbook("import", "bash", tmp_path / "h", "--yes", check=0).stderr


def test_without_a_terminal_nothing_is_added_unasked(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text(LOG)
    refused = runbook("import", tmp_path / "x.log", check=2)
    assert "add --yes to add them, or --dry-run" in refused.stderr
    assert "09:02:11" in refused.stderr
    looked = runbook("import", tmp_path / "x.log", "--dry-run", check=0)
    assert "4 entries to add" in looked.stderr
    assert entries(state) == []


@pytest.mark.parametrize(("answer", "added"), [("y", 4), ("n", 0), ("", 0)])
def test_on_a_terminal_it_asks(state: Path, tmp_path: Path, answer: str, added: int) -> None:
    (tmp_path / "x.log").write_text(LOG)
    child = pexpect.spawn(
        sys.executable, ["-m", "runbook", "import", str(tmp_path / "x.log")], encoding="utf-8", dimensions=(24, 80)
    )
    child.expect(r"add 4 entries to INC-[-0-9]+\? \[y/N\] ")
    assert "connect() failed" in str(child.before)
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert len([entry for entry in entries(state) if entry["kind"] == "observation"]) == added


def test_an_interrupt_at_the_question_adds_nothing(state: Path, tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text(LOG)
    child = pexpect.spawn(sys.executable, ["-m", "runbook", "import", str(tmp_path / "x.log")], encoding="utf-8")
    child.expect(r"\[y/N\] ")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert entries(state) == []


def test_what_can_be_asked_for(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text(LOG)

    def planned(*options: str) -> list[str]:
        done = runbook("import", log, "--dry-run", "--format", "json", *options, check=0)
        return [row["text"] for row in check("import", done.stdout)["entries"]]

    assert planned("--grep", "(?i)FAILED") == [line.split("Z ")[1] for line in LOG.splitlines()[2:4]]
    assert len(planned("--all")) == 6
    assert planned("--since", "2026-02-11 10:15") == ["all is well again"]
    assert planned("--since", "2026-02-11 12:00", "--until", "2026-02-11 13:00") == ["much later"]
    assert planned("--until", "2026-02-11 08:45") == ["a quarter before it began"]
    assert "is no pattern" in runbook("import", log, "--grep", "(", check=2).stderr
    assert "nothing can lie between" in runbook("import", log, "--since", "2026-02-12 09:00", check=2).stderr
    assert "is no time zone" in runbook("import", log, "--zone", "Mars/Olympus", check=2).stderr
    assert "use one of them" in runbook("import", log, "--all", "--since", "09:00", check=2).stderr


def test_a_flood_is_refused_with_its_size(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("".join(f"2026-02-11T09:{n // 60:02d}:{n % 60:02d}Z event {n}\n" for n in range(700)))
    refused = runbook("import", log, "--yes", check=2)
    assert "that would be 700 entries, more than 500; nothing was added" in refused.stderr
    assert "--grep" in refused.stderr
    assert entries(state) == []
    assert "added 700 entries" in runbook("import", log, "--yes", "--max", "1000", check=0).stdout


def test_the_zone_of_times_that_name_none(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    """The incident's, unless told; and it is said, because a wrong one is an hour of confusion."""
    log = tmp_path / "x.log"
    log.write_text("Feb 11 10:02:11 web-1 shop[1]: connection refused\n")
    shown = runbook("import", log, "--dry-run", check=0)
    assert "times without a zone were read as UTC (--zone says otherwise)" in shown.stderr
    done = runbook("import", log, "--zone", "Europe/Berlin", "--yes", "--format", "json", check=0)
    assert check("import", done.stdout)["entries"][0]["at"] == "2026-02-11T09:02:11+00:00"
    same = runbook("import", log, "--zone", "+01:00", "--yes", check=0)
    assert "1 on record already" in same.stderr


def test_commands_are_commands_with_what_is_known_of_them(state: Path, runbook: Runbook) -> None:
    runbook("import", SAMPLES / "atuin/input.db", "--yes", check=0)
    record_ = json.loads(runbook("show", "--format", "json", check=0).stdout)
    commands = {row["command"]: row for row in record_["commands"]}
    assert commands["docker compose up -d"]["exit_status"] == 0
    assert commands["docker compose up -d"]["cwd"] == "/srv/shop"
    assert commands["docker compose up -d"]["duration"] == 2.5
    assert commands["curl -f http://localhost:8080/healthz"]["exit_status"] == 1
    assert "exit_status" not in commands["tail -f /var/log/nginx/error.log"] or (
        commands["tail -f /var/log/nginx/error.log"]["exit_status"] is None
    )


def test_what_was_recorded_when_it_ran_is_not_recorded_again(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    """The shell's history holds the same commands, and our own beside them."""
    runbook("mark", "resolved", check=0)
    runbook("run", "--", "true", check=0)
    now = int(datetime.now(UTC).timestamp())
    (tmp_path / "h").write_text(f"#{now}\ntrue\n#{now}\nrunbook run -- true\n#{now - 900}\ntrue\n")
    done = runbook("import", "bash", tmp_path / "h", "--yes", check=0)
    assert "added 1 entry" in done.stdout
    assert "1 on record already" in done.stderr
    assert "1 runbook's own commands" in done.stderr


def test_two_histories_of_one_shell_are_one(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    """Atuin and bash both remember it; Atuin knows more and came first."""
    runbook("import", SAMPLES / "atuin/input.db", "--yes", check=0)
    (tmp_path / "h").write_text("#1770800522\ndocker compose up -d\n#1770800900\ndocker compose up -d\n")
    done = runbook("import", "bash", tmp_path / "h", "--yes", check=0)
    assert "added 1 entry" in done.stdout
    assert "1 on record already" in done.stderr


def test_known_failures_are_recognised_in_what_comes_in(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text(LOG)
    done = runbook("import", tmp_path / "x.log", "--yes", check=0)
    assert "known: net/port-already-in-use" in done.stderr
    (bind,) = [entry for entry in entries(state) if "Bind for" in str(entry["data"].get("text"))]
    record_ = json.loads(runbook("show", "--format", "json", check=0).stdout)
    (finding,) = [row for row in record_["findings"] if row["signature"] == "net/port-already-in-use"]
    assert finding["entries"] == [bind["id"]]


def test_a_recording_becomes_evidence_without_what_was_typed(state: Path, runbook: Runbook) -> None:
    done = runbook("import", SAMPLES / "asciicast/input.cast", "--yes", "--all", check=0)
    assert "added 1 entry" in done.stdout
    assert "5 input events (what was typed may hold passwords)" in done.stderr
    (file,) = state.glob("evidence/*.txt")
    assert file.stat().st_mode & 0o777 == 0o600
    assert "restarting" in file.read_text()
    everything = b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
    assert b"hunter2" not in everything
    record_ = json.loads(runbook("show", "--format", "json", check=0).stdout)
    (evidence,) = record_["evidence"]
    assert evidence["path"] == f"evidence/{file.name}"
    assert "nothing to add" in runbook("import", SAMPLES / "asciicast/input.cast", "--yes", "--all", check=0).stderr


@pytest.mark.parametrize("sample", ["script/input.log", "script-both/input.log", "script-classic/input.log"])
def test_a_typescript_becomes_evidence_without_what_was_typed(state: Path, runbook: Runbook, sample: str) -> None:
    timing = ["--timing", str(SAMPLES / "script-classic/classic.timing")] if "classic" in sample else []
    runbook("import", SAMPLES / sample, *timing, "--yes", "--all", check=0)
    (file,) = state.glob("evidence/*.txt")
    assert "restarting" in file.read_text()
    assert b"hunter2" not in b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())


def test_keystrokes_are_refused(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    """Named as such by a timing file, or by their look alone."""
    header = b'Script started on 2026-02-11 09:02:11+00:00 [COMMAND="bash" TERM="xterm"]\n'
    footer = b'\nScript done on 2026-02-11 09:03:11+00:00 [COMMAND_EXIT_CODE="0"]\n'
    (tmp_path / "in.log").write_bytes(header + b"ls\rsudo -i\rhunter2\rexit\r" + footer)
    assert "never imported" in runbook("import", tmp_path / "in.log", "--yes", check=2).stderr
    both = (SAMPLES / "script-both/input.log").read_bytes()
    (tmp_path / "both.log").write_bytes(both)
    refused = runbook("import", tmp_path / "both.log", "--yes", "--all", check=2)
    assert "--timing FILE" in refused.stderr
    assert entries(state) == []


def test_milestones_that_the_source_knows_are_offered_not_set(home: Path, runbook: Runbook) -> None:
    runbook("start", "The shop is down", "--at", START, check=0)
    done = runbook("import", SAMPLES / "pagerduty/input.json", "--yes", check=0)
    assert "not set yet: runbook mark detected --at 2026-02-11T09:03:00+0000" in done.stderr
    assert "not set yet: runbook mark acknowledged --at 2026-02-11T09:05:22+0000" in done.stderr
    assert "not set yet: runbook mark resolved --at 2026-02-11T10:14:00+0000" in done.stderr
    for milestone, at in (("detected", "2026-02-11T09:03:00+0000"), ("acknowledged", "2026-02-11T09:05:22+0000")):
        runbook("mark", milestone, "--at", at, check=0)


def test_a_webhook_delivered_a_hundred_times_is_one_event(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    line = (SAMPLES / "pagerduty/input.json").read_text().splitlines()[3]
    (tmp_path / "hooks.json").write_text(f"{line}\n" * 100)
    done = runbook("import", tmp_path / "hooks.json", "--yes", check=0)
    assert "added 1 entry" in done.stdout
    assert "99 on record already" in done.stderr


def test_an_import_is_taken_back_as_a_whole(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text(LOG)
    runbook("import", tmp_path / "x.log", "--yes", check=0)
    assert "took back 4 entries" in runbook("import", "--undo", check=0).stdout
    record_ = json.loads(runbook("show", "--format", "json", check=0).stdout)
    assert not [row for row in record_["timeline"] if row["source"].startswith("import:")]
    assert record_["findings"] == []
    assert "nothing that stands" in runbook("import", "--undo", check=2).stderr
    assert "added 4 entries" in runbook("import", tmp_path / "x.log", "--yes", check=0).stdout


def test_what_a_person_took_back_stays_out(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text(LOG)
    runbook("import", tmp_path / "x.log", "--yes", check=0)
    early = next(entry for entry in entries(state) if "quarter" in str(entry["data"].get("text")))
    runbook("undo", early["id"][-8:], check=0)
    assert "4 on record already" in runbook("import", tmp_path / "x.log", "--yes", check=0).stderr


def test_what_is_wrong_is_said_with_its_place(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "events.json").write_text(
        '{"Type":"container","Action":"start","Actor":{"ID":"a"},"time":1770800521}\n{"Type":"container"}\n{"Type\n'
    )
    done = runbook("import", tmp_path / "events.json", "--yes", check=0)
    assert "2 could not be read:" in done.stderr
    assert f"{tmp_path / 'events.json'}:2: this is no event of docker's: it has no Action" in done.stderr
    assert f"{tmp_path / 'events.json'}:3: this is no complete JSON value" in done.stderr
    assert "added 1 entry" in done.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        (b"", "it is empty"),
        (b"hello\nworld\n", "its format was not recognised"),
        (b"\x1f\x8b\x08\x00damaged", "cannot be read"),
        (b"SQLite format 3\0" + b"x" * 200, "the database cannot be read"),
        (b"PK\x03\x04users.json" + b"x" * 200, "the zip file is damaged"),
        (b'{"version":1,"width":80,"height":24,"stdout":[]}', "asciicast version 1 is not known here"),
        (b'{"version":2,"width":80,"height":24}\n[0.1,"o","x"]\n', "does not say when it began"),
        (b"0.010267 4\n0.2 5\n", "this is a timing file"),
    ],
)
def test_files_that_cannot_be_used(
    state: Path, runbook: Runbook, tmp_path: Path, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    done = runbook("import", tmp_path / "file", "--yes", check=2)
    assert said in done.stderr
    assert str(tmp_path / "file") in done.stderr
    assert "Traceback" not in done.stderr
    assert entries(state) == []


def test_a_format_without_a_file(state: Path, runbook: Runbook) -> None:
    assert "name the file as well: runbook import slack FILE" in runbook("import", "slack", check=2).stderr


def test_a_format_that_does_not_exist(state: Path, runbook: Runbook) -> None:
    done = runbook("import", "bsah", "x", check=2)
    assert "did you mean bash?" in done.stderr
    assert "alertmanager, asciicast" in done.stderr


def test_a_rotated_log_is_read_as_it_is(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    import gzip

    with gzip.open(tmp_path / "x.log.2.gz", "wt") as file:
        file.write(LOG)
    assert "added 4 entries" in runbook("import", tmp_path / "x.log.2.gz", "--yes", check=0).stdout


def test_a_pipe_that_has_a_name(state: Path, tmp_path: Path) -> None:
    """As a shell makes one of `<(command)`: looking at it must not use it up."""
    (tmp_path / "x.log").write_text(LOG)
    done = subprocess.run(
        ["bash", "-c", '"$0" -m runbook import <(cat "$1") --yes', sys.executable, tmp_path / "x.log"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "added 4 entries" in done.stdout


def test_a_closed_standard_input(state: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", '"$0" -m runbook import - --yes <&-', sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "standard input is closed" in done.stderr


def test_a_pipe(state: Path, runbook: Runbook) -> None:
    assert "added 4 entries" in runbook("import", "-", "--yes", input=LOG, check=0).stdout
    assert {entry["data"]["imported_from"].split(":")[0] for entry in entries(state) if "text" in entry["data"]} == {
        "standard input"
    }


def test_a_slack_export_as_zip_and_as_folder_is_the_same(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "export.zip").write_bytes(zipped())
    done = runbook("import", tmp_path / "export.zip", "--yes", "--grep", "^#ops", check=0)
    assert "added 5 entries" in done.stdout
    said = {entry["data"]["text"]: entry["actor"] for entry in entries(state) if entry["kind"] == "communication"}
    assert said["#ops: (reply to 09:02) @Kim on it, @here please hold deploys: `a < b`"] == "Robin Weber"
    again = runbook("import", SAMPLES / "slack/input", "--yes", "--grep", "^#ops", check=0)
    assert "5 on record already" in again.stderr
    one = runbook("import", SAMPLES / "slack/input/ops", "--yes", check=0)
    assert "5 on record already" in one.stderr
    day = runbook("import", SAMPLES / "slack/input/ops/2026-02-11.json", "--yes", check=0)
    assert "5 on record already" in day.stderr


def test_json_keeps_to_its_schema(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text(LOG)
    planned = check("import", runbook("import", tmp_path / "x.log", "--dry-run", "--format", "json", check=0).stdout)
    assert (planned["added"], planned["dry_run"], len(planned["entries"])) == (0, True, 4)
    done = check("import", runbook("import", tmp_path / "x.log", "--yes", "--format", "json", check=0).stdout)
    assert (done["added"], done["dry_run"], done["format"]) == (4, False, "log")
    assert "net/port-already-in-use" in done["findings"]
    nothing = check("import", runbook("import", tmp_path / "x.log", "--yes", "--format", "json", check=0).stdout)
    assert (nothing["added"], nothing["left_out"]["already"]) == (0, 4)


def test_an_incident_that_is_filed_takes_more(
    home: Path, repository: Path, runbook: Runbook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What arrives after the report was written joins it, evidence included."""
    monkeypatch.chdir(repository)
    runbook("start", "The shop is down", "--at", START, check=0)
    (tmp_path / "answers.yaml").write_text("summary: It was down.\nmilestones: {resolved: 2026-02-11 10:00}\n")
    runbook("new", "incident", "--from", tmp_path / "answers.yaml", "--no-input", check=0)
    (report,) = repository.glob("incidents/2026/*/report.md")
    (tmp_path / "x.log").write_text(LOG)
    runbook("import", tmp_path / "x.log", "--id", report.parent.name, "--yes", check=0)
    runbook("import", SAMPLES / "asciicast-v3/input.cast", "--id", report.parent.name, "--yes", check=0)
    shown = json.loads(runbook("show", report.parent.name, "--format", "json", check=0).stdout)
    assert "all is well again" in {row["text"] for row in shown["timeline"]}
    assert len(shown["evidence"]) == 1
    again = runbook("import", tmp_path / "x.log", "--id", report.parent.name, "--yes", check=0)
    assert "4 on record already" in again.stderr


def test_a_full_disk_adds_nothing_and_says_so(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    """The journal's file limit stands in for the disk."""
    (tmp_path / "x.log").write_text(LOG)
    before = entries(state, "")
    script = (
        "import resource,signal,sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900));"
        "from runbook.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "import", tmp_path / "x.log", "--yes"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 2, done.stderr
    assert "not recorded" in done.stderr
    assert entries(state, "") == before


# --- importers of other distributions

PLUGIN = """
from datetime import UTC, datetime

from runbook.capture.imported import Imported

NAME = "paper"


def sniff(head, name):
    return 99 if head.startswith(b"PAPER") else 0


def parse(source):
    for number, line in source.lines():
        if line == b"crash":
            raise RuntimeError("out of paper")
        if not line.startswith(b"PAPER"):
            yield Imported(datetime(2026, 2, 11, 9, 2, number, tzinfo=UTC), "note", line.decode(), line=number)
"""


def install(folder: Path, name: str, target: str, code: str) -> dict[str, str | None]:
    """A distribution as pip leaves it: a module and its metadata."""
    (folder / f"{name}_importer.py").write_text(code)
    info = folder / f"{name}_importer-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-importer\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[runbook.importers]\n{name} = {target}\n")
    return {"PYTHONPATH": f"{folder}{os.pathsep}{os.environ['PYTHONPATH']}"}


def test_another_distribution_brings_a_format(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    env = install(tmp_path, "paper", "paper_importer", PLUGIN)
    (tmp_path / "page").write_text("PAPER\nfirst\nsecond\n")
    assert "paper" in runbook("import", "--help", env=env, check=0).stdout
    assert "added 2 entries" in runbook("import", tmp_path / "page", "--yes", env=env, check=0).stdout
    assert "2 on record already" in runbook("import", "paper", tmp_path / "page", "--yes", env=env, check=0).stderr
    assert [entry["data"]["text"] for entry in entries(state)] == ["first", "second"]
    (tmp_path / "page").write_text("PAPER\ncrash\n")
    failed = runbook("import", tmp_path / "page", "--yes", env=env, check=2)
    assert "the importer paper failed: RuntimeError('out of paper')" in failed.stderr


def test_a_broken_one_is_named_and_stops_nobody(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    env = install(tmp_path, "broken", "broken_importer", "raise ImportError('no such thing')\n")
    (tmp_path / "x.log").write_text(LOG)
    done = runbook("import", tmp_path / "x.log", "--yes", env=env, check=0)
    assert "added 4 entries" in done.stdout
    assert "broken-importer (broken_importer) cannot be loaded" in done.stderr
    named = runbook("import", "broken", tmp_path / "x.log", "--yes", env=env, check=2)
    assert "the import format 'broken' cannot be used" in named.stderr


def test_a_name_that_is_taken_is_refused(state: Path, runbook: Runbook, tmp_path: Path) -> None:
    env = install(tmp_path, "bash2", "bash2_importer", PLUGIN.replace('"paper"', '"bash"'))
    (tmp_path / "h").write_text("#1770800521\nls\n")
    done = runbook("import", tmp_path / "h", "--dry-run", env=env, check=0)
    assert "takes the name 'bash', which is taken" in done.stderr
    assert "1 entry to add" in done.stderr
