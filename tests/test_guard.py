"""The guard: what counts as destructive, what it asks, who may let it pass, and what is on record afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from guard_lines import DESTRUCTIVE, FILES, HARMLESS
from hypothesis import given, settings
from hypothesis import strategies as st
from journals import journal
from jsonschema import Draft202012Validator
from ptydriver import ENTER, Terminal, ctrl

from runbook.detect.command_words import DESTROYERS, may_be_dangerous
from runbook.detect.commands import simple_commands
from runbook.detect.dangers import find_dangers
from runbook.detect.destructive import PROGRAMS, destruction
from runbook.detect.interruptions import PROGRAMS as INTERRUPTING
from runbook.detect.routine import PROGRAMS as ROUTINE
from runbook.flow.desk import open_document
from runbook.flow.findings import timeline_findings
from runbook.flow.guard import Gate, read_script

if TYPE_CHECKING:
    from conftest import Runbook

SCHEMA = Path(__file__).parent.parent / "docs" / "schema" / "guard.json"
RUN = [sys.executable, "-m", "runbook", "run"]


@pytest.fixture
def work(home: Path) -> Path:
    """A folder with the scripts that the table speaks of, and a file to destroy."""
    folder = home / "plexus"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    (folder / "data").mkdir()
    (folder / "data" / "app.txt").write_text("precious", encoding="utf-8")
    return folder


def decisions(home: Path) -> list[dict[str, Any]]:
    return [entry for entry in journal(home) if entry["source"] == "guard"]


def dangers(line: str, work: Path) -> list[Any]:
    return find_dangers(line, str(work), read_script)


# --- the table ---------------------------------------------------------------------------------------------------


def test_every_line_of_the_table_is_judged_right(work: Path) -> None:
    """More than 300 lines, none wrong; the cheap look comes first, as it does in `run`."""
    assert len(DESTRUCTIVE) + len(HARMLESS) > 300
    missed = [line for line in DESTRUCTIVE if not (may_be_dangerous(line) and dangers(line, work))]
    accused = [line for line in HARMLESS if may_be_dangerous(line) and dangers(line, work)]
    assert (missed, accused) == ([], [])


@pytest.mark.parametrize(
    ("line", "words", "for_the_catalog"),
    [
        ("borg delete /backup::monday", "the archives that it names", True),
        ("borg prune --keep-daily 7 /backup", "backups that the policy no longer keeps", False),
        ("restic forget 4f3a --prune", "the snapshots, and the data that only they hold", True),
        ("restic forget --keep-last 3 --prune", "backups that the policy no longer keeps", False),
        ("pg_resetwal -f /var/lib/postgresql/15/main", "transactions that are only in the write-ahead log", True),
        ("docker network prune -f", "the network; what is stopped and belongs to it", False),
        ("docker secret rm key", "the secret, which nobody can read back", True),
        ("truncate -s 0 /var/log/nginx/access.log", "/var/log/nginx/access.log: the log may be all", False),
        (": > /var/log/syslog", "/var/log/syslog: the log may be all", False),
        ("journalctl --vacuum-time=1d", "older entries of the journal", False),
        ("terraform apply -auto-approve", "whatever the plan, which nobody has read", False),
        ("kubectl taint nodes n1 k=v:NoExecute", "every pod of the node", True),
        ("aws --profile prod s3 rb s3://b", "every object below that prefix", True),
        ("zfs rollback tank/x@1", "what was written since the snapshot", True),
        ("supervisorctl stop all", "all, until somebody starts it again", False),
    ],
)
def test_it_says_what_goes_and_only_lasting_loss_is_a_finding_of_the_catalog(
    work: Path, line: str, words: str, for_the_catalog: bool
) -> None:
    (found,) = dangers(line, work)
    assert found.destroys.startswith(words)
    assert found.safer
    assert any(destruction(command) for command in simple_commands(line)) is for_the_catalog


@pytest.mark.parametrize("wrap", ["sudo {}", "bash -c '{}'", "true && {}", "if true; then {}; fi", "( {} )"])
def test_every_program_that_is_judged_is_known_to_the_cheap_look(wrap: str) -> None:
    assert PROGRAMS <= DESTROYERS
    assert all(may_be_dangerous(wrap.format(program)) for program in PROGRAMS | INTERRUPTING | ROUTINE)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="rm -f/ab'\"\\`$(){}|&;<>#\n\t~*", max_size=80))
def test_no_line_makes_the_guard_fail(line: str) -> None:
    for danger in find_dangers(line, "/srv/x", lambda _path: None):
        assert danger.destroys
        assert danger.name


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab:=$(){}\t\n\\@-%#|;'\" ", max_size=200), st.sampled_from(["make a", "just a", "npm run a"]))
def test_no_recipe_makes_the_guard_fail(text: str, line: str) -> None:
    assert all(danger.destroys for danger in find_dangers(line, "/srv/x", lambda _path: text))


def test_recipes_that_need_each_other_end(work: Path) -> None:
    """Targets in a circle, a make that calls itself, scripts that run each other; many rules take no time."""
    (work / "Makefile").write_text("a: b\nb: a\n\tmake a\n\trm -rf data\n" + "x: y\n" * 20_000, encoding="utf-8")
    (work / "package.json").write_text('{"scripts": {"a": "npm run b", "b": "npm run a"}}', encoding="utf-8")
    begin = time.process_time()
    assert [found.name for found in dangers("make a", work)][:1] == ["data"]
    assert dangers("npm run a", work) == []
    assert time.process_time() - begin < 5


def test_scripts_are_read_with_bounds(work: Path) -> None:
    (work / "a.sh").write_text("#!/bin/sh\n./a.sh\n./b.sh\n", encoding="utf-8")
    (work / "b.sh").write_text("#!/bin/sh\n./a.sh\nrm -rf data\n", encoding="utf-8")
    (found,) = dangers("sh a.sh", work)
    assert (found.script, found.name) == ("./b.sh:3", "data")
    os.mkfifo(work / "pipe.sh")
    assert dangers("sh pipe.sh", work) == []
    (work / "binary.sh").write_bytes(b"#!/bin/sh\nrm -rf data\0")
    assert dangers("./binary.sh", work) == []


# --- run ---------------------------------------------------------------------------------------------------------


def test_without_a_terminal_it_is_refused_and_says_which_flag_a_reviewer_uses(
    runbook: Runbook, incident: str, home: Path, work: Path
) -> None:
    done = runbook("run", "--", "rm", "-rf", "data", cwd=work, check=125)
    assert (work / "data").is_dir()
    for words in ("data, with everything below", "backup on record: none", "plan on record: none", "--reviewed-by"):
        assert words in done.stderr
    (entry,) = decisions(home)
    assert (entry["kind"], entry["data"]["guard"]["decision"]) == ("decision", "stopped")
    assert "`rm -rf data` stopped" in entry["data"]["text"]
    assert not [entry for entry in journal(home) if entry["kind"] == "command"]
    assert "stopped" in runbook("status", check=0).stdout
    found = {finding["signature"] for finding in timeline_findings(open_document(incident))}
    assert "practice/destructive-command" not in found


def test_somebody_else_lets_it_run_by_name_and_ticket(runbook: Runbook, incident: str, home: Path, work: Path) -> None:
    runbook("run", "--reviewed-by", "Kim", "--ticket", "OPS-12", "--", "rm", "-rf", "data", cwd=work, check=0)
    assert not (work / "data").exists()
    review, command = (entry for entry in journal(home) if entry["kind"] in {"review", "command"})
    assert review["data"]["text"] == "guard: `rm -rf data` reviewed by Kim (OPS-12)"
    assert command["data"]["exit_status"] == 0
    found = {finding["signature"] for finding in timeline_findings(open_document(incident))}
    assert "practice/destructive-without-backup" in found
    assert "practice/destructive-without-review" not in found


def test_a_review_without_a_ticket_runs_it_and_the_timeline_says_so(
    runbook: Runbook, incident: str, work: Path
) -> None:
    runbook("run", "--reviewed-by", "Kim", "--", "rm", "-rf", "data", cwd=work, check=0)
    found = {finding["signature"] for finding in timeline_findings(open_document(incident))}
    assert "practice/destructive-without-review" in found


@pytest.mark.usefixtures("incident")
def test_nobody_reviews_themselves(runbook: Runbook, home: Path, work: Path) -> None:
    done = runbook("run", "--reviewed-by", "robin tester", "--", "rm", "-rf", "data", cwd=work, check=125)
    assert "a reviewer is somebody else" in done.stderr
    assert (work / "data").is_dir()
    assert decisions(home)[0]["data"]["guard"]["decision"] == "stopped"


def test_it_guards_with_nothing_open_and_keeps_harmless_commands_as_they_were(runbook: Runbook, work: Path) -> None:
    assert "nothing is open" in runbook("run", "--", "rm", "-rf", "data", cwd=work, check=125).stderr
    assert (work / "data").is_dir()
    done = runbook("run", "-c", "echo 'rm -rf data'; exit 3", cwd=work, check=3)
    assert done.stdout == "rm -rf data\n"
    assert "takes away" not in done.stderr


@pytest.mark.usefixtures("incident")
def test_what_is_on_record_and_on_disk_is_said(runbook: Runbook, work: Path) -> None:
    runbook("log", "--kind", "backup", "snapshot of the volume", check=0)
    runbook("log", "--kind", "decision", "Rollback plan: start plexus:1.4.2 again", check=0)
    done = runbook("run", "--", "rm", "-rf", "data", cwd=work, check=125)
    assert "snapshot of the volume" in done.stderr
    assert "start plexus:1.4.2 again" in done.stderr
    assert "data: 1 file, 8 bytes" in done.stderr


@pytest.mark.usefixtures("incident")
def test_a_script_names_its_file_and_line(runbook: Runbook, work: Path) -> None:
    done = runbook("run", "--", "./deploy.sh", cwd=work, check=125)
    assert "in ./deploy.sh:4" in done.stderr


@pytest.mark.usefixtures("incident")
def test_a_secret_in_the_command_is_neither_shown_nor_kept(runbook: Runbook, home: Path, work: Path) -> None:
    line = "PGPASSWORD=hunter2hunter2 psql -c 'DROP TABLE users' postgres://app:s3cretpass99@db/app"
    done = runbook("run", "-c", line, cwd=work, check=125)
    told = runbook("guard", "--format", "json", "-c", line, cwd=work, check=1)
    text = done.stderr + told.stdout + json.dumps(journal(home))
    assert "hunter2" not in text
    assert "s3cretpass99" not in text


# --- at a terminal -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("incident")
def test_typing_the_name_lets_it_run(home: Path, work: Path) -> None:
    with Terminal([*RUN, "--", "rm", "-rf", "data"], cwd=str(work)) as terminal:
        terminal.sees("Type data to go on, or Enter to stop:")
        terminal.type("data", ENTER)
        assert terminal.ends() == 0
    assert not (work / "data").exists()
    assert [(entry["kind"], entry["source"]) for entry in journal(home)][-2:] == [
        ("decision", "guard"),
        ("command", "run"),
    ]
    assert "confirmed by typing data" in decisions(home)[0]["data"]["text"]


@pytest.mark.parametrize(("keys", "status"), [(ENTER, 125), ("yes" + ENTER, 125), (ctrl("d"), 125), (ctrl("c"), 130)])
@pytest.mark.usefixtures("incident")
def test_anything_else_stops_it(home: Path, work: Path, keys: str, status: int) -> None:
    with Terminal([*RUN, "--", "rm", "-rf", "data"], cwd=str(work)) as terminal:
        terminal.sees("Enter to stop:")
        terminal.type(keys)
        assert terminal.ends() == status
        assert "not run" in terminal.text
    assert (work / "data").is_dir()
    assert [entry["data"]["guard"]["decision"] for entry in decisions(home)] == ["stopped"]


def test_on_production_the_host_is_typed(repository: Path, home: Path, work: Path, runbook: Runbook) -> None:
    (repository / "runbook.toml").write_text('[production]\nhosts = ["prod-*"]\n', encoding="utf-8")
    runbook("start", "it broke", cwd=repository, check=0)
    command = ["ssh", "root@prod-1", "cd /srv/plexus && docker compose down"]
    with Terminal([*RUN, "--", *command], cwd=str(work)) as terminal:
        terminal.sees("PRODUCTION", "[production: host prod-1]", "Type prod-1 to go on")
        terminal.type("plexus", ENTER)
        assert terminal.ends() == 125
    (entry,) = decisions(home)
    assert (entry["data"]["guard"]["host"], entry["data"]["guard"]["production"]) == ("prod-1", "host prod-1")


def test_no_input_asks_nothing_at_a_terminal_either(work: Path) -> None:
    with Terminal([*RUN, "--no-input", "--", "rm", "-rf", "data"], cwd=str(work)) as terminal:
        assert terminal.ends() == 125
        assert "Type data" not in terminal.text
    assert (work / "data").is_dir()


# --- settings ----------------------------------------------------------------------------------------------------


def test_settings_warn_turn_it_off_add_and_excuse(repository: Path, runbook: Runbook, home: Path, work: Path) -> None:
    toml = repository / "runbook.toml"
    runbook("start", "it broke", cwd=repository, check=0)
    toml.write_text('[guard]\nmode = "warn"\n', encoding="utf-8")
    assert "takes away" in runbook("run", "--", "rm", "-rf", "data/app.txt", cwd=work, check=0).stderr
    assert decisions(home)[0]["data"]["guard"]["decision"] == "warned"
    toml.write_text('[guard]\nmode = "off"\n', encoding="utf-8")
    assert "takes away" not in runbook("run", "--", "rm", "-rf", "data", cwd=work, check=0).stderr
    toml.write_text(
        '[[guard.destructive]]\nprogram = "shopctl"\nsubcommand = ["tenant purge"]\nwithout = ["--plan"]\n'
        'destroys = "every order of the tenant"\n\n[[guard.harmless]]\nprogram = "rm"\n'
        'args = "^-rf /srv/scratch(?:/|$)"\n',
        encoding="utf-8",
    )
    for line, status in (
        ("ssh web1 'shopctl tenant purge acme'", 1),
        ("shopctl tenant purge acme --plan", 0),
        ("rm -rf /srv/scratch/a", 0),
        ("rm -rf /srv/other", 1),
    ):
        runbook("guard", "-c", line, cwd=repository, check=status)
    refused = runbook("run", "--", "shopctl", "tenant", "purge", "acme", cwd=work, check=125)
    assert "every order of the tenant" in refused.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[guard]\nmode = "aks"\n', "runbook.toml:2: guard.mode"),
        ('[[guard.destructive]]\nprogram = "x"\n', "guard.destructive.0.destroys"),
        ("[guard\n", "not valid TOML"),
        ('[[guard.harmless]]\nprogram = "rm"\nargs = "("\n', "missing"),
    ],
)
def test_settings_that_are_wrong_are_named_and_do_not_switch_it_off(
    repository: Path, runbook: Runbook, work: Path, text: str, told: str
) -> None:
    runbook("start", "it broke", cwd=repository, check=0)
    (repository / "runbook.toml").write_text(text, encoding="utf-8")
    done = runbook("run", "--", "rm", "-rf", "data", cwd=work, check=125)
    assert told in done.stderr
    assert "takes away" in done.stderr
    assert (work / "data").is_dir()


@pytest.mark.parametrize(
    ("production", "line", "mark"),
    [
        ('contexts = ["prod"]', "kubectl --context prod delete pod web", "context prod"),
        ('contexts = ["prod"]', "docker --context=prod volume rm data", "context prod"),
        ('compose_projects = ["plexus"]', "docker compose -p plexus down", "project plexus"),
        ('branches = ["main"]', "git push --force origin HEAD:main", "branch main"),
        ('paths = ["/srv/plexus"]', "cd /srv/plexus && rm -rf config", "path /srv/plexus"),
        ('paths = ["/srv/plexus"]', "ssh web1 rm -rf /srv/plexus/config", "path /srv/plexus/config"),
        ('hosts = ["prod-*"]', "DOCKER_HOST=ssh://root@prod-2 docker compose down", "host prod-2"),
        ('hosts = ["prod-*"]', "psql -h prod-db -c 'DROP TABLE users'", "host prod-db"),
        ('hosts = ["prod-*"]', "ssh stage-1 docker compose down", ""),
    ],
)
def test_what_settings_mark_is_production(
    repository: Path, runbook: Runbook, production: str, line: str, mark: str
) -> None:
    (repository / "runbook.toml").write_text(f"[production]\n{production}\n", encoding="utf-8")
    told = json.loads(runbook("guard", "--format", "json", "-c", line, cwd=repository, check=1).stdout)
    assert [part["production"] for part in told["parts"]] == [mark]


# --- the verb ----------------------------------------------------------------------------------------------------


def test_the_verb_says_it_one_object_a_line_without_running(runbook: Runbook, work: Path) -> None:
    schema = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    text = "ls\n\nrm -rf data\n./deploy.sh\ncurl -fsSL https://example.com/x | sh\n"
    done = runbook("guard", "--format", "json", "-", input=text, cwd=work, check=1)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    for each in told:
        schema.validate(each)
    assert [(each["command"], each["destructive"]) for each in told] == [
        ("ls", False),
        ("rm -rf data", True),
        ("./deploy.sh", True),
        ("curl -fsSL https://example.com/x | sh", True),
    ]
    assert told[0]["destroys"] == told[0]["safer"] == ""
    assert told[1]["signatures"] == told[2]["signatures"] == ["practice/destructive-command"]
    assert told[3]["signatures"] == ["shell/curl-pipe-shell"]
    assert (work / "data").is_dir()


def test_a_pipe_of_several_lines_is_judged_as_one_script_and_each_line_is_named(runbook: Runbook, work: Path) -> None:
    script = (
        "#!/bin/sh\r\nDC='docker compose -p plexus'\n\n$DC pull\n$DC down -v\nclean() {\n  rm -rf data\n}\nclean\n"
        "cat <<EOF\nrm -rf /\nEOF\nssh web1 <<EOF\ndocker compose down\nEOF\n./deploy.sh\n"
    )
    done = runbook("guard", "--format", "json", "-", input=script, cwd=work, check=1)
    told = {each["line"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert list(told) == [1, 2, *range(4, 17)]
    assert [line for line, each in told.items() if each["destructive"]] == [5, 7, 9, 14, 16]
    assert told[5]["command"] == "$DC down -v"
    assert "the data in its volumes" in told[5]["destroys"]
    assert [line for line, each in told.items() if "practice/destructive-command" in each["signatures"]] == [
        5,
        7,
        9,
        14,
        16,
    ]
    assert told[14]["parts"][0]["host"] == "web1"
    assert told[16]["parts"][0]["script"] == "./deploy.sh:4"
    text = runbook("guard", "-", input=script, cwd=work, check=1).stdout
    assert "ok           4: $DC pull\ndestructive  5: $DC down -v\n" in text
    harmless = "D='docker compose'\n$D ps\n"
    for text, quiet, ask in ((script, 1, 125), (harmless, 0, 0)):
        runbook("guard", "--quiet", "-", input=text, cwd=work, check=quiet)
        runbook("guard", "--ask", "--no-input", "-", input=text, cwd=work, check=ask)


def test_no_line_of_a_long_script_goes_unseen(runbook: Runbook, work: Path) -> None:
    """Neither behind many commands nor behind more text than is looked at in one piece."""
    script = "ls\n" * 400 + "rm -rf data\n" + ("echo " + "x" * 190 + "\n") * 400 + "rm -rf data\n"
    done = runbook("guard", "-", input=script, cwd=work, check=1)
    assert [line for line in done.stdout.splitlines() if line.startswith("destructive")] == [
        "destructive  401: rm -rf data",
        "destructive  802: rm -rf data",
    ]


def test_the_verb_in_text_and_its_exit_status(runbook: Runbook, work: Path) -> None:
    done = runbook("guard", "--", "docker", "compose", "down", cwd=work, check=1)
    assert "destructive  docker compose down" in done.stdout
    assert "safer: " in done.stdout
    fine = runbook("guard", "--", "docker", "compose", "ps", cwd=work, check=0)
    assert fine.stdout == "ok           docker compose ps\n"
    assert "there is no command" in runbook("guard", cwd=work, check=2).stderr


def test_the_verb_quietly_and_with_what_the_shell_calls_things(runbook: Runbook, work: Path) -> None:
    for options, status in (
        (["-c", "rm -rf data"], 1),
        (["-c", "ls"], 0),
        (["--alias", "k=kubectl", "-c", "k delete pod web"], 1),
        (["--alias", "k=kubectl", "-c", "k get pod web"], 0),
        (["--function", 'nuke=rm -rf "$1"', "-c", "nuke data"], 1),
        (["--function", 'nuke=rm -rf "$1"', "-c", "echo nuke data"], 0),
    ):
        done = runbook("guard", "--quiet", *options, cwd=work, check=status)
        assert done.stdout + done.stderr == ""
    assert "is not NAME=TEXT" in runbook("guard", "--alias", "k", "-c", "ls", cwd=work, check=2).stderr


@pytest.mark.usefixtures("incident")
def test_the_verb_asks_for_others(runbook: Runbook, home: Path, work: Path) -> None:
    """What a shell or a hook of another tool calls before it runs a line: nothing is run, the decision is on record."""
    runbook("guard", "--ask", "-c", "ls", cwd=work, check=0)
    refused = runbook("guard", "--ask", "-c", "rm -rf data", cwd=work, check=125)
    assert "--reviewed-by" in refused.stderr
    runbook("guard", "--ask", "--reviewed-by", "Kim", "--ticket", "OPS-1", "-c", "rm -rf data", cwd=work, check=0)
    assert [entry["data"]["guard"]["decision"] for entry in decisions(home)] == ["stopped", "reviewed"]
    with Terminal([*RUN[:-1], "guard", "--ask", "--", "rm", "-rf", "data"], cwd=str(work)) as terminal:
        terminal.sees("Type data to go on")
        terminal.type("data", ENTER)
        assert terminal.ends() == 0
    assert decisions(home)[-1]["data"]["guard"]["decision"] == "confirmed"
    assert (work / "data").is_dir()


# --- when it fails itself ----------------------------------------------------------------------------------------


def test_a_guard_that_fails_says_so_and_asks(work: Path) -> None:
    """The parser is broken from outside, as a bad installation would."""
    code = (
        "import sys, runbook.detect.dangers as dangers\n"
        "def broken(*args, **more): raise RuntimeError('out of order')\n"
        "dangers.find_dangers = broken\n"
        "from runbook.cli.main import main\n"
        "sys.exit(main(['run', *sys.argv[1:], '--', 'rm', '-rf', 'data']))\n"
    )
    refused = subprocess.run(
        [sys.executable, "-c", code], cwd=work, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert refused.returncode == 125
    assert "out of order" in refused.stderr
    assert "--reviewed-by" in refused.stderr
    assert (work / "data").is_dir()
    with Terminal([sys.executable, "-c", code], cwd=str(work)) as terminal:
        terminal.sees("out of order", "Type yes to go on")
        terminal.type("yes", ENTER)
        assert terminal.ends() == 0
    assert not (work / "data").exists()


def test_a_harmless_command_loads_neither_parser_nor_judges() -> None:
    code = (
        "import sys\nfrom runbook.flow.guard import Gate\n"
        "Gate(tell=print, show=print).pass_through('ls -la', None)\n"
        "heavy = {'runbook.detect.dangers', 'tree_sitter', 'tomllib', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(f'{heavy}' if heavy else 0)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_reviewer_is_asked_nothing() -> None:
    told: list[str] = []
    Gate(tell=told.append, show=lambda *_: told.append("shown"), reviewer="Kim").pass_through("rm -rf /srv/x", None)
    assert told == []
