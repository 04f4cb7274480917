"""Recording from the command line: what a responder types, and what comes back."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Runbook

ID = re.compile(r"INC-\d{4}-\d{2}-\d{2}-001")


def texts(runbook: Runbook) -> list[str]:
    """The timeline's texts as they would stand in the report."""
    return [row["text"] for row in json.loads(runbook("show", "--format", "json", check=0).stdout)["timeline"]]


def test_start_prints_the_id_and_the_zone(runbook: Runbook, repository: Path) -> None:
    done = runbook("start", "Plexus", "dashboards", "fail", "--severity", "high", cwd=repository, check=0)
    assert ID.match(done.stdout)
    assert "(UTC)" in done.stdout
    assert "Plexus dashboards fail" in runbook("status", check=0).stdout


def test_recording_works_from_any_folder(runbook: Runbook, incident: str, home: Path) -> None:
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    runbook("log", "from elsewhere", cwd=elsewhere, check=0)
    assert texts(runbook)[-1] == "from elsewhere"


def test_nothing_is_written_into_the_repository_while_it_runs(
    runbook: Runbook, incident: str, repository: Path
) -> None:
    runbook("log", "x", check=0)
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=repository, capture_output=True, text=True, check=True
    )
    assert status.stdout == "?? runbook.toml\n"


def test_log_takes_words_a_pipe_a_time_and_a_kind(runbook: Runbook, incident: str) -> None:
    runbook("log", "two", "words", check=0)
    runbook("log", "-", input="from a pipe\nsecond line\n", check=0)
    runbook("log", "--at", "10 min ago", "--kind", "change", "rolled back", check=0)
    rows = json.loads(runbook("show", "--format", "json", check=0).stdout)["timeline"]
    assert [(row["kind"], row["text"]) for row in rows] == [
        ("change", "rolled back"),
        ("start", "Incident declared: it broke"),
        ("note", "two words"),
        ("note", "from a pipe\nsecond line"),
    ]


def test_undo_takes_the_last_entry_back_and_then_the_one_before(runbook: Runbook, incident: str) -> None:
    for word in ("one", "two", "three"):
        runbook("log", word, check=0)
    assert "three" in runbook("undo", check=0).stdout
    assert "two" in runbook("undo", check=0).stdout
    assert texts(runbook)[1:] == ["one"]


def test_undo_with_nothing_to_take_back_says_so(runbook: Runbook, incident: str) -> None:
    assert "nothing to take back" in runbook("undo", check=2).stderr


def test_marks_are_measured_from_the_start_and_kept_in_order(runbook: Runbook, repository: Path) -> None:
    runbook("start", "x", "--at", "2 hours ago", cwd=repository, check=0)
    assert "(1 h after it started)" in runbook("mark", "detected", "--at", "T+60", check=0).stdout
    done = runbook("mark", "mitigated", "--at", "T+30", check=2)
    assert "would lie before detected" in done.stderr
    assert "runbook mark detected --at TIME" in done.stderr
    assert "1 h 30 min" in runbook("mark", "mitigated", "the", "old", "image", "--at", "T+1:30", check=0).stdout
    assert json.loads(runbook("status", "--format", "json").stdout)["status"] == "mitigated"


def test_set_changes_fields_and_names_what_it_cannot_change(runbook: Runbook, incident: str) -> None:
    runbook("set", "severity", "critical", check=0)
    runbook("set", "impact.systems", "api, web", check=0)
    runbook("set", "title", "a better title", check=0)
    record = json.loads(runbook("show", "--format", "json").stdout)
    assert (record["severity"], record["title"]) == ("critical", "a better title")
    assert record["impact"]["systems"] == ["api", "web"]
    assert "did you mean severity?" in runbook("set", "severty", "high", check=2).stderr
    assert "critical" in runbook("set", "severity", "huge", check=2).stderr
    assert "runbook mark detected" in runbook("set", "milestones.detected", "now", check=2).stderr
    assert "a better title" in runbook("status").stdout


def test_amend_corrects_an_entry_by_id_time_or_last(runbook: Runbook, incident: str) -> None:
    entry = json.loads(runbook("log", "teh proxy", "--format", "json", check=0).stdout)
    runbook("amend", entry["id"][-6:], "--text", "the proxy", check=0)
    runbook("amend", "last", "--at", "5 min ago", "--kind", "change", check=0)
    rows = json.loads(runbook("show", "--format", "json").stdout)["timeline"]
    assert (rows[0]["text"], rows[0]["kind"]) == ("the proxy", "change")
    assert "nothing to change" in runbook("amend", "last", check=2).stderr
    assert "runbook show --entries" in runbook("amend", "ZZZZZZ", "--text", "x", check=2).stderr


def test_use_moves_the_pointer_between_documents(runbook: Runbook, incident: str, repository: Path) -> None:
    other = json.loads(runbook("start", "second", "--deployment", "--format", "json", cwd=repository).stdout)["id"]
    assert other.startswith("DEP-")
    runbook("use", incident, cwd=repository, check=0)
    runbook("log", "to the first", check=0)
    assert texts(runbook)[-1] == "to the first"
    runbook("log", "to the second", "--id", other, cwd=repository, check=0)
    runbook("log", "by environment", env={"RUNBOOK_INCIDENT": other}, cwd=repository, check=0)
    runbook("use", other, cwd=repository, check=0)
    assert texts(runbook)[-2:] == ["to the second", "by environment"]


def test_list_shows_what_runs_newest_first(runbook: Runbook, incident: str, repository: Path) -> None:
    runbook("start", "second", cwd=repository, check=0)
    lines = runbook("list", cwd=repository, check=0).stdout.splitlines()
    assert lines[0].startswith("* INC-")
    assert lines[0].split()[1].endswith("-002")
    assert lines[1].startswith(f"  {incident}")


def test_status_counts_what_failed_again_and_says_whom_to_ask(
    runbook: Runbook, incident: str, repository: Path
) -> None:
    for _ in range(3):
        runbook("log", "--kind", "failure", "build failed", check=0)
    status = json.loads(runbook("status", "--format", "json", check=0).stdout)
    assert status["strikes"] == [{"what": "logged failures", "count": 3}]
    assert "ask someone now" in runbook("status").stdout
    settings = '[people]\non_call = "Kim, +49 1"\nescalate_to = "Lee"\n'
    (repository / "runbook.toml").write_text(settings)
    assert "ask Kim, +49 1 now" in runbook("status").stdout
    for _ in range(2):
        runbook("log", "--kind", "failure", "build failed", check=0)
    assert "ask Lee now" in runbook("status").stdout


def test_status_fits_the_terminal(runbook: Runbook, repository: Path) -> None:
    runbook("start", "a very long title " * 10, cwd=repository, check=0)
    runbook("log", "a very long entry " * 20, check=0)
    for columns in (40, 80, 120):
        out = runbook("status", env={"COLUMNS": str(columns)}, check=0).stdout
        assert max(map(len, out.splitlines())) <= columns


def test_runbook_alone_says_how_to_begin_or_where_we_are(runbook: Runbook, repository: Path) -> None:
    assert "Nothing is open" in runbook(check=0).stdout
    runbook("start", "it broke", cwd=repository, check=0)
    assert "it broke" in runbook(check=0).stdout


def test_the_actor_is_named_by_environment_sudo_git_or_login(runbook: Runbook, incident: str) -> None:
    runbook("log", "a", env={"RUNBOOK_ACTOR": "kim", "SUDO_USER": "root-behind"}, check=0)
    runbook("log", "b", env={"SUDO_USER": "lee"}, check=0)
    runbook("log", "c", check=0)
    rows = json.loads(runbook("show", "--format", "json").stdout)["timeline"]
    assert [row["actor"] for row in rows][1:] == ["kim", "lee", "Robin Tester"]


def test_without_a_repository_recording_goes_on_and_says_how_to_file_it(
    runbook: Runbook, repository: Path, home: Path
) -> None:
    done = runbook("start", "no repository here", check=0)
    assert "--repo PATH" in done.stderr
    runbook("log", "still recorded", check=0)
    runbook("resolve", "--no-input", check=0)
    assert "no repository" in runbook("render", check=2).stderr
    runbook("render", "--repo", repository, check=0)
    assert list(repository.glob("incidents/*/INC-*/report.md"))


def test_the_users_default_repository_is_used_from_anywhere(runbook: Runbook, repository: Path, home: Path) -> None:
    config = home / ".config/runbook/config.toml"
    config.parent.mkdir()
    config.write_text(f'repository = "{repository}"\n')
    runbook("start", "x", check=0)
    runbook("render", check=0)
    assert list(repository.glob("incidents/*/INC-*/report.md"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["log", "x"], "nothing is open"),
        (["status", "--id", "INC-2020-01-01-001"], "there is no INC-2020-01-01-001"),
        (["status", "--id", "banana"], "is not an id"),
        (["use", "DEP-1"], "is not an id"),
        (["start", "x", "--at", "soonish"], "is not a time"),
        (["start", "x", "--repo", "/nonexistent"], "is no folder"),
        (["lgo", "x"], "did you mean `runbook log`?"),
        (["log"], "usage: runbook log"),
    ],
)
def test_wrong_use_gets_a_message_and_exit_2(runbook: Runbook, arguments: list[str], said: str) -> None:
    done = runbook(*arguments, check=2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_time_in_no_format_names_the_ones_it_knows(runbook: Runbook, incident: str) -> None:
    done = runbook("log", "--at", "half past", "x", check=2)
    assert "14:32" in done.stderr
    assert len(texts(runbook)) == 1


def test_a_setting_with_a_wrong_key_is_named_by_file_line_and_field(runbook: Runbook, repository: Path) -> None:
    (repository / "runbook.toml").write_text('zone = "UTC"\n\n[peple]\non_call = "Kim"\n')
    done = runbook("start", "x", cwd=repository, check=2)
    assert f"{repository}/runbook.toml:3: peple: unknown key" in done.stderr
    assert "did you mean people?" in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('zone = "Mars/Olympus"\n', "runbook.toml:1: zone: 'Mars/Olympus' is not a time zone"),
        ("zone = \n", "runbook.toml:1: not valid TOML"),
        ("[timeline]\nsilent_minutes = 0\n", "runbook.toml:2: timeline.silent_minutes"),
        ('[severities]\nhuge = "P0"\n', "'huge' is not a severity"),
    ],
)
def test_settings_that_cannot_be(runbook: Runbook, repository: Path, text: str, said: str) -> None:
    (repository / "runbook.toml").write_text(text)
    assert said in runbook("start", "x", cwd=repository, check=2).stderr


def test_a_broken_record_is_named_and_stops_nothing_else(runbook: Runbook, incident: str, repository: Path) -> None:
    runbook("resolve", "--no-input", check=0)
    filed = json.loads(runbook("render", "--format", "json", check=0).stdout)
    record = repository / filed["path"] / "record.yaml"
    record.write_text(record.read_text().replace("severity: medium", "severity: enormous"))
    done = runbook("show", incident, cwd=repository, check=2)
    assert re.search(r"record\.yaml:\d+: severity: ", done.stderr)
    assert "cannot be read" in runbook("list", cwd=repository, check=0).stdout


def test_a_state_folder_without_permission_is_said_plainly(runbook: Runbook, repository: Path, home: Path) -> None:
    blocked = home / "blocked"
    blocked.write_text("a file where the folder should be")
    done = runbook("start", "x", cwd=repository, env={"XDG_STATE_HOME": str(blocked)}, check=2)
    assert "not recorded" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("said", "meant"), [("SEV1", "critical"), ("p2", "high"), ("Sev-3", "medium"), ("minor", "low"), ("HIGH", "high")]
)
def test_a_severity_may_be_called_as_the_team_calls_it(
    runbook: Runbook, repository: Path, said: str, meant: str
) -> None:
    """Nobody looks up our four names while production is down."""
    (repository / "runbook.toml").write_text('[severities]\nlow = "Minor"\n', encoding="utf-8")
    runbook("start", "it is broken", "--severity", said, cwd=repository, check=0)
    assert json.loads(runbook("show", "--format", "json", check=0).stdout)["severity"] == meant
    runbook("set", "severity", "critical", check=0)
    runbook("set", "severity", said, check=0)
    assert json.loads(runbook("show", "--format", "json", check=0).stdout)["severity"] == meant
    refused = runbook("start", "it is broken", "--severity", "enormous", cwd=repository, check=2)
    assert "critical, high, medium, low (Minor)" in refused.stderr


def test_help_lists_every_verb_and_every_verb_has_help(help_page: Callable[..., str]) -> None:
    """In lines that fit a terminal of 80 columns; only a command that is there to be copied may be longer."""
    from runbook.cli.main import VERBS

    page = help_page("--help")
    over = [line for line in page.splitlines() if len(line) > 79]
    for verb in VERBS:
        assert f"  {verb} " in page
        own = help_page(verb, "--help")
        assert f"usage: runbook {verb}" in own
        over += [
            line for line in own.splitlines() if len(line) > 79 and not re.match(r" {2}\S|.*\{\w+(?:,\w+)+\}", line)
        ]
    assert over == []


def test_a_reader_that_goes_away_is_no_error(incident: str, repository: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m runbook show --format json | head -1",
        shell=True,
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "{\n"
    assert done.stderr == ""
