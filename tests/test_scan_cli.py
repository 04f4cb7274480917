"""``scan``, ``explain`` and ``signatures`` as a person or a pipeline calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pexpect
import pytest
from conftest import ROOT, Runbook
from jsonschema import Draft202012Validator
from signature_files import changed, with_rule, write

if TYPE_CHECKING:
    from pathlib import Path

PORT = "Error: Bind for 0.0.0.0:4000 failed: port is already allocated\n"
HEAVY = {
    "pydantic",
    "yaml",
    "jinja2",
    "markdown_it",
    "git",
    "questionary",
    "typing_extensions",
    "annotationlib",
    "dataclasses",
}


@pytest.fixture
def team(home: Path) -> Path:
    """A repository with two signatures of its own: one low, one info."""
    repository = home / "team"
    repository.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=repository, check=True)
    (repository / "runbook.toml").write_text("", encoding="utf-8")
    folder = repository / "signatures"
    low = changed(
        "severity: high", "severity: low", with_rule("  any:\n    - literal: a low thing\n", match="a low thing")
    )
    write(folder, "team/low", low)
    info = with_rule("  any:\n    - literal: an info thing\n", match="an info thing")
    write(folder, "team/info", changed("severity: high", "severity: info", info))
    return repository


def found(output: str) -> list[dict[str, Any]]:
    findings: list[dict[str, Any]] = json.loads(output)["findings"]
    return findings


# -- sources ----------------------------------------------------------------------------------------------------


def test_a_pipe_with_a_known_failure_is_explained_and_exits_with_1(runbook: Runbook) -> None:
    done = runbook("scan", "-", input=f"starting\n{PORT}", check=1)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("-:2:")
    assert "net/port-already-in-use" in lines[0]
    assert lines[1].strip() == PORT.strip()
    assert set(lines[2].strip()) == {"~"}
    assert lines[1][lines[2].index("~") : len(lines[2])] in PORT
    assert "runbook explain net/port-already-in-use" in done.stdout
    assert "1 known failure in 1 file, 2 lines" in done.stdout
    assert "\x1b" not in done.stdout
    assert all(len(line) <= 80 for line in lines if not line.startswith("    Check"))


def test_healthy_text_exits_with_0(runbook: Runbook) -> None:
    done = runbook("scan", input="all containers are up\n", check=0)
    assert done.stdout.startswith("nothing known in 1 file, 1 line")


def test_json_has_the_documented_shape(runbook: Runbook) -> None:
    report = json.loads(runbook("scan", "-", "--format", "json", input=PORT, check=1).stdout)
    (finding,) = report["findings"]
    assert finding["signature"] == "net/port-already-in-use"
    assert finding["captures"]["port"] == "4000"
    assert (finding["source"], finding["line"], finding["count"], finding["kind"]) == ("-", 1, 1, "output")
    assert finding["excerpt"] == PORT.strip()
    for name in ("title", "severity", "column", "fix", "verify", "prevention"):
        assert finding[name]
    assert report["scanned"] == {"files": 1, "bytes": len(PORT), "lines": 1, "skipped": []}
    assert report["catalog"]["signatures"] >= 40
    assert len(report["catalog"]["digest"]) == 16
    empty = json.loads(runbook("scan", "-", "--format", "json", input="fine\n", check=0).stdout)
    assert empty["findings"] == []


def test_a_folder_is_walked_and_what_is_left_out_is_said(runbook: Runbook, home: Path) -> None:
    """Logs are read by name order; .git, binary files, links and source code are not."""
    folder = home / "logs"
    (folder / ".git").mkdir(parents=True)
    (folder / "b").mkdir()
    (folder / "b" / "app.log").write_text(PORT, encoding="utf-8")
    (folder / "a.log").write_text(f"ok\n{PORT}{PORT}", encoding="utf-8")
    (folder / ".git" / "x.log").write_text(PORT, encoding="utf-8")
    (folder / "image.bin").write_bytes(b"\0\1\2" + PORT.encode())
    (folder / "README.rst").write_text(f"If you see {PORT}", encoding="utf-8")
    (folder / "link.log").symlink_to(folder / "a.log")
    os.mkfifo(folder / "pipe")
    report = json.loads(runbook("scan", "logs", "--format", "json", cwd=home, check=1).stdout)
    assert [(f["source"], f["line"], f["count"]) for f in report["findings"]] == [
        ("logs/a.log", 2, 2),
        ("logs/b/app.log", 1, 1),
    ]
    assert {entry["path"]: entry["reason"].split(";")[0] for entry in report["scanned"]["skipped"]} == {
        "logs/README.rst": "source code or documentation",
        "logs/image.bin": "not text",
    }


def test_a_named_file_is_read_whatever_it_is(runbook: Runbook, home: Path) -> None:
    (home / "notes.md").write_text(PORT, encoding="utf-8")
    runbook("scan", home / "notes.md", check=1)
    runbook("scan", "/dev/stdin", input=PORT, check=1)


def test_text_in_utf_16_is_read(runbook: Runbook, home: Path) -> None:
    (home / "ps.log").write_bytes(("ok\r\n" + PORT).encode("utf-16"))
    assert found(runbook("scan", home / "ps.log", "--format", "json", check=1).stdout)[0]["line"] == 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Dockerfile", "dockerfile"),
        ("web.Dockerfile", "dockerfile"),
        ("Dockerfile.prod", "dockerfile"),
        ("Dockerfile.dockerignore", "output"),
        ("dockerfile.md", "markdown"),
        ("compose.yaml", "compose"),
        ("docker-compose.pr.yml", "compose"),
        ("deploy.sh", "shell"),
        (".env", "config"),
        ("app.toml", "config"),
        ("app.log", "output"),
        ("-", "output"),
        ("noending", "output"),
    ],
)
def test_the_kind_is_told_by_the_name(name: str, kind: str) -> None:
    from runbook.flow.kinds import guess_kind

    assert guess_kind(f"some/where/{name}" if name != "-" else name) == kind


def test_the_kind_can_be_given(runbook: Runbook) -> None:
    done = runbook("scan", "-", "--kind", "command", "--format", "json", input="$ sudo docker compose down\n", check=1)
    assert [f["signature"] for f in found(done.stdout)] == ["practice/destructive-command"]
    runbook("scan", "-", "--kind", "command", input="echo 'docker compose down'\n", check=0)


def test_a_path_that_is_not_there_is_named_before_anything_is_read(runbook: Runbook, home: Path) -> None:
    (home / "a.log").write_text(PORT, encoding="utf-8")
    done = runbook("scan", home / "a.log", "gone.log", check=2)
    assert done.stdout == ""
    assert done.stderr.startswith("runbook: gone.log: there is no such file or folder")


def test_without_a_path_on_a_terminal_it_says_how_it_is_used(home: Path) -> None:
    child = pexpect.spawn(sys.executable, ["-m", "runbook", "scan"], encoding="utf-8", timeout=30)
    child.expect("say what to scan")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2


def test_a_terminal_as_input_is_told_how_to_end(home: Path) -> None:
    child = pexpect.spawn(sys.executable, ["-m", "runbook", "scan", "-"], encoding="utf-8", timeout=30)
    child.expect("end with Ctrl-D")
    child.sendline(PORT.strip())
    child.expect("net/port-already-in-use")
    child.sendeof()
    child.expect("1 known failure")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1


def test_findings_come_while_the_pipe_is_still_open(home: Path) -> None:
    """``tail -f log | runbook scan -`` speaks at once; Ctrl-C ends it with what it came to."""
    process = subprocess.Popen(
        [sys.executable, "-m", "runbook", "scan", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(PORT.encode())
    process.stdin.flush()
    assert b"net/port-already-in-use" in process.stdout.readline()
    process.stdin.write(PORT.encode())
    process.stdin.flush()
    time.sleep(0.3)
    process.send_signal(2)
    rest, errors = process.communicate(timeout=30)
    assert b"interrupted; until then:\n1 known failure" in rest
    assert b"1 known failure in 1 file, 2 lines: net/port-already-in-use" in rest.replace(b"\n ", b"")
    assert errors == b""
    assert process.returncode == 130


# -- the door ---------------------------------------------------------------------------------------------------


def test_secrets_and_escapes_are_not_shown(runbook: Runbook) -> None:
    """The line is matched as it is and shown without its secret, in every format."""
    token = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"
    text = f"\x1b[31mBind for 0.0.0.0:4000 failed: port is already allocated\x1b]0;title\x07 token={token}\n"
    for how in ("text", "json", "sarif", "github"):
        done = runbook("scan", "-", "--format", how, input=text, check=1)
        assert token not in done.stdout
        assert "\x1b" not in done.stdout
        assert "net/port-already-in-use" in done.stdout
    assert "[redacted:" in runbook("scan", "-", "--format", "json", input=text).stdout


def test_a_file_name_cannot_speak_to_the_terminal(runbook: Runbook, home: Path) -> None:
    (home / "a\x1b[31m\xff.log").write_text(PORT, encoding="utf-8")
    done = runbook("scan", home, check=1)
    assert "\x1b" not in done.stdout


# -- choosing ---------------------------------------------------------------------------------------------------


def test_only_and_except_choose_by_area_id_and_severity(runbook: Runbook) -> None:
    both = f"{PORT}bash: export: `B:0.': not a valid identifier\n"

    def ids(*options: str) -> set[str]:
        return {f["signature"] for f in found(runbook("scan", "-", "--format", "json", *options, input=both).stdout)}

    everything = ids()
    assert everything >= {"net/port-already-in-use", "shell/export-invalid-identifier"}
    assert ids("--only", "net") == {"net/port-already-in-use"}
    assert ids("--only", "net/port-already-in-use,shell") == everything
    assert ids("--except", "net") == everything - {"net/port-already-in-use"}
    assert ids("--only", "critical") == set()


def test_a_choice_that_names_nothing_is_refused_with_what_is_near(runbook: Runbook) -> None:
    done = runbook("scan", "-", "--only", "net/port-in-use", input=PORT, check=2)
    assert "--only" in done.stderr
    assert "net/port-already-in-use" in done.stderr


@pytest.mark.parametrize(
    ("text", "options", "status"),
    [
        ("a low thing", (), 1),
        ("an info thing", (), 0),
        ("an info thing", ("--fail-on", "info"), 1),
        ("a low thing", ("--fail-on", "medium"), 0),
        ("a low thing", ("--fail-on", "never"), 0),
    ],
)
def test_fail_on_sets_from_where_it_exits_with_1(
    runbook: Runbook, team: Path, text: str, options: tuple[str, ...], status: int
) -> None:
    """The default is low: advice alone does not break a build."""
    done = runbook("scan", "-", *options, input=text, cwd=team, check=status)
    assert "team/" in done.stdout


def test_a_teams_own_signatures_count_and_a_broken_one_stops_with_its_place(runbook: Runbook, team: Path) -> None:
    runbook("scan", "-", input="a low thing", cwd=team, check=1)
    path = team / "signatures" / "team" / "low.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("severity: low", "severity: mild"), encoding="utf-8")
    done = runbook("scan", "-", input="a low thing", cwd=team, check=2)
    assert f"{path}:2: severity: 'mild' is not allowed" in done.stderr
    assert "runbook signatures test" in done.stderr
    assert "Traceback" not in done.stderr


# -- formats for machines ---------------------------------------------------------------------------------------


def test_sarif_is_what_code_scanning_takes(runbook: Runbook, home: Path) -> None:
    """Version, rules that results point at, levels, relative addresses and a region on the line."""
    (home / "my log.txt").write_text(f"ok\n{PORT}", encoding="utf-8")
    log = json.loads(runbook("scan", "my log.txt", "--format", "sarif", cwd=home, check=1).stdout)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == "net/port-already-in-use"
    assert result["level"] == rule["defaultConfiguration"]["level"] == "error"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "my%20log.txt"
    region = place["region"]
    assert region["startLine"] == 2
    shown = region["snippet"]["text"][region["startColumn"] - 1 : region["endColumn"] - 1]
    assert shown in PORT
    assert shown


SARIF: dict[str, Any] = {
    "$defs": {
        "text": {
            "type": "object",
            "required": ["text"],
            "properties": {"text": {"type": "string"}, "markdown": {"type": "string"}},
            "additionalProperties": False,
        },
        "level": {"enum": ["none", "note", "warning", "error"]},
        "uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+$"},
        "count": {"type": "integer", "minimum": 1},
        "location": {
            "type": "object",
            "required": ["physicalLocation"],
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "required": ["artifactLocation"],
                    "properties": {
                        "artifactLocation": {
                            "type": "object",
                            "properties": {"uri": {"$ref": "#/$defs/uri"}},
                            "additionalProperties": False,
                        },
                        "region": {
                            "type": "object",
                            "properties": {
                                "startLine": {"$ref": "#/$defs/count"},
                                "startColumn": {"$ref": "#/$defs/count"},
                                "endColumn": {"$ref": "#/$defs/count"},
                                "snippet": {"$ref": "#/$defs/text"},
                            },
                            "additionalProperties": False,
                        },
                    },
                    "additionalProperties": False,
                }
            },
            "additionalProperties": False,
        },
    },
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "semanticVersion": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "properties": {
                                                "id": {"type": "string"},
                                                "name": {"type": "string"},
                                                "shortDescription": {"$ref": "#/$defs/text"},
                                                "fullDescription": {"$ref": "#/$defs/text"},
                                                "help": {"$ref": "#/$defs/text"},
                                                "helpUri": {"$ref": "#/$defs/uri"},
                                                "defaultConfiguration": {
                                                    "type": "object",
                                                    "properties": {
                                                        "level": {"$ref": "#/$defs/level"},
                                                        "rank": {"type": "number", "minimum": -1, "maximum": 100},
                                                    },
                                                    "additionalProperties": False,
                                                },
                                                "properties": {"type": "object"},
                                            },
                                            "additionalProperties": False,
                                        },
                                    },
                                },
                                "additionalProperties": False,
                            }
                        },
                        "additionalProperties": False,
                    },
                    "invocations": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["executionSuccessful"],
                            "properties": {
                                "executionSuccessful": {"type": "boolean"},
                                "toolExecutionNotifications": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["message"],
                                        "properties": {
                                            "message": {"$ref": "#/$defs/text"},
                                            "level": {"$ref": "#/$defs/level"},
                                            "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
                                        },
                                        "additionalProperties": False,
                                    },
                                },
                            },
                            "additionalProperties": False,
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": -1},
                                "level": {"$ref": "#/$defs/level"},
                                "message": {"$ref": "#/$defs/text"},
                                "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
                                "partialFingerprints": {
                                    "type": "object",
                                    "additionalProperties": {"type": "string"},
                                },
                                "occurrenceCount": {"$ref": "#/$defs/count"},
                                "properties": {"type": "object"},
                            },
                            "additionalProperties": False,
                        },
                    },
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
"""What SARIF 2.1.0 says about the objects that are used here; whatever else it allows is refused."""


def test_sarif_keeps_to_the_format_for_every_kind_of_finding(runbook: Runbook, home: Path) -> None:
    """Text, whole files, what linters add, a pipe, names with blanks and umlauts, files that are skipped."""
    folder = home / "über alles"
    folder.mkdir()
    compose = "services:\n  db:\n    image: postgres\n    privileged: true\n    ports: ['5432:5432']\n"
    (folder / "compose.yaml").write_text(compose, encoding="utf-8")
    (folder / "app log.txt").write_text(PORT * 2, encoding="utf-8")
    (folder / "x.bin").write_bytes(b"\0\0")
    log = json.loads(runbook("scan", ".", "-", "--format", "sarif", input=PORT, cwd=folder, check=1).stdout)
    Draft202012Validator(SARIF).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert {
        place["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"] for place in r["locations"]
    } == {
        "app%20log.txt",
        "compose.yaml",
        "stdin",
    }
    assert run["invocations"][0]["toolExecutionNotifications"]
    assert all(len(r["partialFingerprints"]["runbook/v1"]) == 32 for r in run["results"])


def test_github_annotations_stay_on_one_line_and_escape(runbook: Runbook, home: Path) -> None:
    (home / "a,b:c%.log").write_text(PORT, encoding="utf-8")
    (line,) = runbook("scan", "a,b:c%.log", "--format", "github", cwd=home, check=1).stdout.splitlines()
    assert line.startswith("::error file=a%2Cb%3Ac%25.log,line=1,col=")
    assert "title=net/port-already-in-use%3A " in line


# -- explain and signatures -------------------------------------------------------------------------------------


def test_explain_tells_everything_within_80_columns(runbook: Runbook) -> None:
    page = runbook("explain", "net/port-already-in-use", check=0).stdout
    for part in (
        "net/port-already-in-use  high",
        "\nWhy\n",
        "\nFix\n",
        "Check that it is gone",
        "Prevent it",
        "Read more\n  https://",
    ):
        assert part in page
    prose = page.split("Check that it is gone")[0].split("  wrong:")[0]
    assert max(map(len, prose.splitlines())) <= 80


def test_explain_knows_the_last_part_of_an_id_and_helps_with_a_typo(runbook: Runbook) -> None:
    assert runbook("explain", "port-already-in-use", check=0).stdout.startswith("net/port-already-in-use")
    done = runbook("explain", "net/prot-already-in-use", check=2)
    assert "there is no signature 'net/prot-already-in-use'" in done.stderr
    assert "did you mean net/port-already-in-use" in done.stderr


def test_explain_as_json_keeps_the_placeholders(runbook: Runbook) -> None:
    known = json.loads(runbook("explain", "practice/destructive-command", "--format", "json", check=0).stdout)
    assert "{command}" in known["summary"]
    assert set(known["fix"]) == {"text", "wrong", "right"}
    text = runbook("explain", "practice/destructive-command", check=0).stdout
    assert "{command}" not in text


def test_signatures_are_listed(runbook: Runbook, team: Path) -> None:
    entries = json.loads(runbook("signatures", "list", "--format", "json", cwd=team, check=0).stdout)
    assert set(entries[0]) == {"id", "title", "severity", "applies_to"}
    ids = [entry["id"] for entry in entries]
    assert ids == sorted(ids)
    assert {"net/port-already-in-use", "team/low"} <= set(ids)
    assert "team/low" in runbook("signatures", "list", cwd=team, check=0).stdout
    assert runbook("signatures", "show", "team/low", cwd=team, check=0).stdout.startswith("team/low  low")


def test_signatures_test_says_what_is_wrong_where(runbook: Runbook, team: Path) -> None:
    """A file that does not validate, an example that is not found, an overlap that nobody declared."""
    assert (
        "2 signatures, 4 examples: all right" in runbook("signatures", "test", "signatures", cwd=team, check=0).stdout
    )
    folder = team / "signatures"
    write(folder, "team/broken", changed("severity: high", "severity: mild"))
    write(folder, "team/deaf", with_rule("  any:\n    - literal: never said\n", match="something else"))
    write(folder, "team/twin", with_rule("  any:\n    - literal: low thing\n", match="a low thing"))
    done = runbook("signatures", "test", "signatures", cwd=team, check=1)
    assert "signatures/team/broken.yaml:2: severity: 'mild' is not allowed" in done.stdout
    assert "signatures/team/deaf.yaml:25: examples.match.0.text: is not found, as output" in done.stdout
    assert "signatures/team/twin.yaml:25: examples.match.0.text: is also found by team/low" in done.stdout
    problems = json.loads(runbook("signatures", "test", "signatures", "--format", "json", cwd=team, check=1).stdout)[
        "problems"
    ]
    assert {os.path.basename(problem["file"]) for problem in problems} >= {"broken.yaml", "deaf.yaml", "twin.yaml"}
    runbook("signatures", "test", "nowhere", cwd=team, check=2)


# -- the hot path -----------------------------------------------------------------------------------------------


def test_a_scan_of_a_little_text_imports_nothing_heavy(runbook: Runbook) -> None:
    """With the table warm neither YAML nor pydantic is loaded; without a candidate line not even RE2."""
    runbook("scan", "-", input=PORT, check=1)
    program = (
        "import sys\nfrom runbook.cli.main import main\nstatus = main(['scan', '-'])\n"
        "print(*sys.modules, file=sys.stderr)\nraise SystemExit(status)"
    )
    for text, status in (("all is well\n", 0), (PORT, 1)):
        done = subprocess.run(
            [sys.executable, "-c", program], input=text, capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert done.returncode == status, done.stderr
        loaded = {name.split(".")[0] for name in done.stderr.split()}
        assert not loaded & HEAVY
        assert ("re2" in loaded) == bool(status)
