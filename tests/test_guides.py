"""Runbooks: read, checked, played by a person or unattended, interrupted, rolled back, written out of an incident."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_schemas import check

from runbook.capture.prompter_scripted import ScriptedPrompter
from runbook.cli.playing import _Person
from runbook.errors import BadInputError
from runbook.flow.acts import missing_in
from runbook.flow.declare import declare
from runbook.flow.desk import find_place
from runbook.flow.guide import check as check_of
from runbook.flow.guide import read
from runbook.flow.play import Player, start_play
from runbook.render.guide_reader import read_guide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conftest import Runbook

    from runbook.model.guide import Act

ROOT = Path(__file__).parent.parent
OPTIONS = argparse.Namespace(reviewed_by="Kim", ticket="OPS-1", format="text")


@pytest.fixture
def write(repository: Path) -> Callable[..., Path]:
    """Puts a runbook into the repository."""

    def make(text: str, name: str = "it") -> Path:
        path = repository / "runbooks" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return make


@pytest.fixture(autouse=True)
def _program_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")


def fence(info: str, text: str) -> str:
    return f"```{info}\n{text}\n```\n\n"


class Careful(_Person):
    """Rolls back what fails."""

    def choose(self, act: Act, text: str, failed: str, *, can_roll_back: bool) -> tuple[str, str]:
        if failed:
            return ("rollback" if can_roll_back else "stop"), ""
        return ("done" if act.by_hand else "run"), ""


def play(
    path: Path,
    answers: Sequence[tuple[str, object]] = (),
    values: Mapping[str, str] | None = None,
    *,
    person: type[_Person] = _Person,
) -> tuple[Any, Any]:
    """Played by somebody who says yes unless ``answers`` says otherwise; gives how it ended and its document."""
    desk = declare("deployment", "played", place=find_place())
    guide = read(str(path))
    responder = person(OPTIONS, ScriptedPrompter(answers, strict=False))
    player = Player(
        guide,
        responder=responder,
        desk=desk,
        play=start_play(None),
        values=dict(values or {}),
        repo=desk.place.repository,
    )
    return player.run(), desk.record()


# --- reading and checking -------------------------------------------------------------------------------------------


def test_what_is_marked_is_read_and_the_rest_is_a_document() -> None:
    guide = read_guide(
        "---\ntitle: It\nneeds: [git]\nplaceholders:\n  TAG: {ask: Which?, default: pr, pattern: '[a-z]+'}\n---\n"
        "# It\n\nWhat for.\n\n## Step 1: Build\n\nBecause.\n\n"
        + fence('sh run timeout=90s exit=3 retries=2 wait=1s if="test -f a" unless="test -f b" in=sub', "make {{TAG}}")
        + fence("text expect", "one\n/t.o/")
        + fence("sh rollback", "make clean")
        + fence("sh", "only to look at")
        + "- [ ] Tell them\n- [ ] **Sign-off:** a reviewer\n- a plain item\n\n## Notes\n\nNothing to do here.\n",
        "it.md",
    )
    assert (guide.title, guide.summary, guide.needs, guide.problems) == ("It", "What for.", ("git",), ())
    (step,) = guide.steps
    assert (step.title, step.why) == ("Build", "Because.")
    run, tell, sign = step.acts
    assert (run.limit, run.status, run.tries, run.pause, run.only_if, run.unless, run.folder) == (
        *(90.0, 3, 3, 1.0),
        *("test -f a", "test -f b", "sub"),
    )
    assert run.expected == ("one", "/t.o/")
    assert (tell.kind, tell.text, sign.kind, sign.text) == ("manual", "Tell them", "sign-off", "a reviewer")
    assert [act.text for act in step.rollback] == ["make clean"]


PROBLEMS: dict[str, tuple[str, str, Literal["error", "warning"]]] = {
    "an undeclared placeholder": (fence("sh verify", "echo {{TAG}}"), "placeholder", "error"),
    "a program that is not here": (fence("sh verify", "no-such-program-7 x"), "program", "error"),
    "shell that does not parse": (fence("sh verify", "if true; then"), "shell", "error"),
    "no verification": (fence("sh run", "true"), "no-verification", "warning"),
    "destruction without a way back": (
        fence("sh run", "docker compose down -v") + fence("sh verify", "true"),
        "no-rollback",
        "warning",
    ),
    "a known failure": (
        fence("sh run", "export CI=true DEBIAN_FRONTEND:0.") + fence("sh verify", "true"),
        "known-failure",
        "warning",
    ),
    "a link to nowhere": ("[it](nowhere.md)\n\n" + fence("sh verify", "true"), "link", "warning"),
    "a heading that is not there": ("[it](#nowhere)\n\n" + fence("sh verify", "true"), "link", "warning"),
    "an unknown mark": (fence("sh run timeot=3", "true"), "mark", "error"),
    "a mark without sense": (fence("sh run timeout=soon", "true"), "mark", "error"),
    "another shell": (fence("fish run", "true"), "fence", "error"),
    "an expectation of nothing": (fence("text expect", "x"), "expect", "error"),
    "nothing to play": ("Only words.\n", "no-steps", "error"),
}


@pytest.mark.parametrize("case", PROBLEMS.values(), ids=PROBLEMS.keys())
def test_check_finds_it_with_its_line(
    write: Callable[..., Path],
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[str, str, Literal["error", "warning"]],
) -> None:
    body, code, severity = case
    monkeypatch.chdir(repository)
    path = write(f"# It\n\n## Do it\n\n{body}")
    found = {(each.code, each.severity): each for each in check_of(read(str(path)))}
    assert (code, severity) in found, [(each.code, each.message) for each in found.values()]
    if code not in {"no-steps", "no-verification"}:
        assert found[code, severity].line >= 5


def test_check_from_the_command_line(runbook: Runbook, write: Callable[..., Path], repository: Path) -> None:
    write("---\nneeds: [no-such-program-7]\nbogus: 1\n---\n# It\n\n## Do\n\n" + fence("sh verify", "true"))
    write("# Good\n\n## Do\n\n" + fence("sh verify", "true"), "good")
    answer = check("guide-check", runbook("guide", "check", "--format", "json", cwd=repository, check=1).stdout)
    assert {each["code"] for each in answer["problems"]} == {"program", "front-matter"}
    assert "nothing is wrong" in runbook("guide", "check", "good", cwd=repository, check=0).stdout
    listed = json.loads(runbook("guide", "list", "--format", "json", cwd=repository, check=0).stdout)
    assert [each["title"] for each in listed] == ["Good", "It"]
    shown = check("guide", runbook("guide", "show", "good", "--format", "json", cwd=repository, check=0).stdout)
    assert shown["steps"][0]["acts"][0]["text"] == "true"


@given(st.text(max_size=300))
def test_no_document_breaks_the_reader(text: str) -> None:
    try:
        guide = read_guide(text, "x.md")
    except BadInputError as error:  # front matter that is no YAML
        assert error.file == "x.md"
    else:
        assert all(problem.message for problem in guide.problems)


def test_expected_lines_are_looked_for_in_their_order() -> None:
    assert missing_in("a 1\nb 2\nc 3\n", ["a", "/b \\d/", "c"]) == ""
    assert "'b'" in missing_in("b\na\n", ["a", "b"])
    assert missing_in("", []) == ""


# --- playing --------------------------------------------------------------------------------------------------------


def test_a_play_becomes_the_steps_of_a_deployment(
    write: Callable[..., Path], repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    path = write(
        "---\nplaceholders: {WHO: {ask: Who?, default: nobody}}\n---\n# It\n\n## One\n\n"
        + fence("sh run", "echo hello {{WHO}}")
        + fence("text expect", "hello")
        + fence("sh verify", "test 1 = 1")
        + "- [ ] Tell them\n"
    )
    played, record = play(path, [("value.WHO", "Kim O'Hara")])
    assert (played.outcome, played.steps, played.total) == ("done", 1, 1)
    assert [(step.text, step.ok) for step in record.steps] == [
        ("echo hello 'Kim O'\"'\"'Hara'", True),
        ("Tell them", True),
    ]
    assert record.steps[0].command in {command.id for command in record.commands}
    assert "`test 1 = 1`: as expected" in record.verification
    assert any("is done" in row.text for row in record.timeline)


def test_a_failure_is_tried_again_edited_skipped_or_rolled_back(
    write: Callable[..., Path], repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    path = write("# It\n\n## One\n\n" + fence("sh run", "test -f there") + fence("sh rollback", "touch taken-back"))
    played, record = play(path, [("play", "run"), ("play", "edit"), ("edit", "touch there")])
    assert played.outcome == "done"
    assert [(command.command, command.exit_status) for command in record.commands] == [
        ("test -f there", 1),
        ("touch there", 0),
    ]
    (repository / "there").unlink()
    played, record = play(path, [("play", "run"), ("play", "skip"), ("reason", "not here")])
    assert played.outcome == "done"
    assert any("Skipped `test -f there`: not here" in row.text for row in record.timeline)
    played, record = play(path, [("play", "run"), ("play", "rollback")])
    assert played.outcome == "rolled-back"
    assert (repository / "taken-back").exists()
    assert any(row.kind == "rollback" for row in record.timeline)
    assert record.steps[0].ok is False


def test_limits_conditions_tries_and_folders(
    write: Callable[..., Path], repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    (repository / "sub").mkdir()
    path = write(
        "# It\n\n## One\n\n"
        + fence("sh run timeout=0.5s", "sleep 61.5")
        + fence('sh run if="test -f nowhere"', "exit 9")
        + fence('sh run unless="true"', "exit 9")
        + fence("sh run retries=3 wait=0.1s", "echo x >>tries; test $(wc -l <tries) -ge 3")
        + fence("sh run in=sub exit=4", "touch here; exit 4")
        + fence("sh verify", "test -f sub/here")
    )
    began = time.monotonic()
    played, record = play(path, [("play", "run"), ("play", "skip"), ("reason", "too slow")])
    assert played.outcome == "done"
    assert time.monotonic() - began < 50
    assert (repository / "tries").read_text().count("x") == 3
    notes = [step.result for step in record.steps]
    assert notes[1].startswith("not needed")
    assert notes[2].startswith("not needed")
    running = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True).stdout
    assert "sleep 61.5" not in running.splitlines()


def test_a_signature_needs_a_name(
    write: Callable[..., Path], repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    path = write("# It\n\n## One\n\n- [ ] **Sign-off:** somebody else\n\n## Two\n\n" + fence("sh verify", "true"))
    assert play(path, [("sign", "")])[0].outcome == "stopped"
    played, record = play(path, [("sign", "Noor")])
    assert played.outcome == "done"
    assert any(row.kind == "review" and "Noor signs off: somebody else" in row.text for row in record.timeline)


def test_unattended_needs_approval_of_this_very_version(
    runbook: Runbook, write: Callable[..., Path], repository: Path
) -> None:
    path = write("# It\n\n## One\n\n" + fence("sh run", "touch done") + fence("sh verify", "test -f done"))
    done = runbook("guide", "play", "it", "--no-input", cwd=repository, check=1)
    assert "nobody has approved this version" in done.stderr
    assert not (repository / "done").exists()
    runbook("guide", "approve", "it", cwd=repository, check=0)
    answer = runbook("guide", "play", "it", "--no-input", "--format", "json", cwd=repository, check=0).stdout
    assert check("played", answer[answer.index("{") :])["outcome"] == "done"
    assert (repository / "done").exists()
    path.write_text(path.read_text() + "\nOne more word.\n")
    runbook("guide", "play", "it", "--no-input", cwd=repository, check=1)


def test_what_needs_somebody_is_not_played_unattended(
    runbook: Runbook, write: Callable[..., Path], repository: Path
) -> None:
    write("# It\n\n## One\n\n- [ ] By hand\n")
    runbook("guide", "approve", "it", cwd=repository, check=0)
    assert "it.md:5: needs somebody: By hand" in runbook("guide", "play", "it", cwd=repository, check=2).stderr
    write("---\nplaceholders: {TAG: }\n---\n# It\n\n## One\n\n" + fence("sh verify", "test {{TAG}} = a"), "asks")
    assert "--set TAG=VALUE" in runbook("guide", "play", "asks", cwd=repository, check=2).stderr


def test_a_destructive_step_is_guarded_as_every_command(
    runbook: Runbook, write: Callable[..., Path], repository: Path
) -> None:
    (repository / "data").mkdir()
    (repository / "data/kept").write_text("x")
    write("# It\n\n## One\n\n" + fence("sh run", "git clean -xfd") + fence("sh verify", "true"))
    runbook("guide", "approve", "it", cwd=repository, check=0)
    done = runbook("guide", "play", "it", "--no-input", cwd=repository)
    assert done.returncode == 1
    assert "not run" in done.stderr
    assert (repository / "data/kept").exists()


def test_dry_run_shows_everything_and_runs_nothing(
    runbook: Runbook, write: Callable[..., Path], repository: Path
) -> None:
    write(
        "---\nplaceholders: {TAG: pr}\n---\n# It\n\n## One\n\n"
        + fence('sh run if="test -d ."', "touch {{TAG}}")
        + fence("sh verify", "true")
    )
    done = runbook("guide", "play", "it", "--dry-run", "--set", "TAG=a b", cwd=repository, check=0)
    assert "touch 'a b'" in done.stdout
    assert "(if `test -d .`)" in done.stdout
    assert not (repository / "a b").exists()
    assert "sets no placeholder" in runbook("guide", "play", "it", "--set", "X=1", cwd=repository, check=2).stderr


def test_a_kill_is_resumed_where_it_was(runbook: Runbook, write: Callable[..., Path], repository: Path) -> None:
    """What was done is not done again; the command that was running is said to have been."""
    path = write(
        "# It\n\n## One\n\n"
        + fence("sh run", "echo x >>one")
        + fence("sh verify", "test -f one")
        + "## Two\n\n"
        + fence("sh run", "test -f go || { touch waiting; sleep 60; }")
        + fence("sh verify", "true")
    )
    runbook("guide", "approve", "it", cwd=repository, check=0)
    command = [sys.executable, "-m", "runbook", "guide", "play", "it", "--no-input"]
    with subprocess.Popen(command, cwd=repository, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as player:
        for _ in range(600):
            if (repository / "waiting").exists():
                break
            time.sleep(0.1)
        player.send_signal(signal.SIGKILL)
    (repository / "go").touch()
    done = runbook("guide", "play", "it", "--no-input", cwd=repository)
    assert "going on where it was interrupted" in done.stderr
    assert "it was running when this was interrupted" in done.stderr
    assert (repository / "one").read_text() == "x\n"
    path.write_text(path.read_text() + "\nChanged.\n")
    runbook("guide", "approve", "it", cwd=repository, check=0)
    assert "changed since it was interrupted" in runbook("guide", "play", "it", cwd=repository, check=2).stderr
    runbook("guide", "play", "it", "--restart", cwd=repository, check=0)
    assert (repository / "one").read_text() == "x\nx\n"


# --- out of an incident ---------------------------------------------------------------------------------------------


def test_a_runbook_is_written_out_of_what_worked(runbook: Runbook, repository: Path) -> None:
    started = json.loads(runbook("start", "Port taken", "--format", "json", cwd=repository, check=0).stdout)
    runbook("run", "--", "false", cwd=repository, check=1)
    runbook("run", "-c", "echo password=hunter2hunter2", cwd=repository, check=0)
    assert "nothing in" in runbook("guide", "new", "--from", started["id"], cwd=repository, check=2).stderr
    runbook("amend", "last", "--role", "worked", check=0)
    runbook("guide", "new", "--from", started["id"], cwd=repository, check=0)
    path = repository / "runbooks/port-taken.md"
    guide = read(str(path))
    assert "hunter2" not in path.read_text()
    assert guide.placeholders["SECRET_1"].ask
    assert [act.kind for act in guide.acts()] == ["run"]
    assert not [each for each in check_of(guide) if each.severity == "error"]
    assert "is there already" in runbook("guide", "new", "--from", started["id"], cwd=repository, check=2).stderr


def test_the_demo_incident_gives_a_runbook_that_reads(runbook: Runbook) -> None:
    done = runbook("guide", "new", "--from", "INC-2026-02-11-001", "-o", "-", cwd=ROOT, check=0)
    guide = read_guide(done.stdout, "x.md")
    assert guide.problems == ()
    assert any(act.kind == "verify" for act in guide.acts())
    assert any(act.kind == "manual" for act in guide.acts())


# --- the two of this repository -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["deploy-beside-production", "recover-production"])
def test_our_own_runbooks_have_no_errors(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert [each for each in check_of(read(str(ROOT / f"runbooks/{name}.md"))) if each.severity == "error"] == []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def service(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A service that answers on a port from its folder, with a database that somebody writes to all the time.

    Gives the values that make our runbooks play on it: starting and stopping are real programs on real ports.
    """
    root = home / "plexus"
    for folder in ("config", "live/v1", "old/v1"):
        (root / folder).mkdir(parents=True)
    (root / "live/v1/models").write_text("28\n")
    (root / "old/v1/models").write_text("28\n")
    (root / "config/plexus.yaml").write_text("models: 28\n")
    production, spare = free_port(), free_port()
    (root / "docker-compose.yml").write_text(
        f'services:\n  plexus:\n    image: plexus:1\n    container_name: plexus\n    ports: ["{production}:80"]\n'
        '    volumes: ["./config:/app/config"]\n'
    )
    subprocess.run(["git", "init", "-q", root], check=True)
    monkeypatch.chdir(root)
    python = sys.executable
    serve = f"{python} -m http.server --bind 127.0.0.1"
    stop = threading.Event()
    database = root / "config/app.db"
    with closing(sqlite3.connect(database)) as made:
        made.execute("PRAGMA journal_mode=wal")
        made.execute("CREATE TABLE t (n)")
        made.commit()

    def use() -> None:
        with closing(sqlite3.connect(database, timeout=30)) as user:
            while not stop.is_set():
                with user:
                    user.execute("INSERT INTO t VALUES (1)")
                time.sleep(0.01)

    user = threading.Thread(target=use)
    user.start()
    values = {
        "PRODUCTION_URL": f"http://127.0.0.1:{production}/v1/models",
        "TRIAL_URL": f"http://127.0.0.1:{spare}/v1/models",
        "SPARE_URL": f"http://127.0.0.1:{spare}/v1/models",
        "BUILD": "mkdir -p new/v1 && echo 29 >new/v1/models",
        "START_TRIAL": f"{serve} --directory new {spare} >/dev/null 2>&1 & echo $! >trial.pid",
        "STOP_TRIAL": "kill $(cat trial.pid); sleep 0.5",
        "DEPLOY": "cp new/v1/models live/v1/models",
        "LOOK": "ls",
        "START_SPARE": f"{serve} --directory old {spare} >/dev/null 2>&1 & echo $! >trial.pid",
        "STOP_SPARE": "kill $(cat trial.pid); sleep 0.5",
        "SWITCH": f"{serve} --directory old {production} >/dev/null 2>&1 & echo $! >production.pid",
        "SWITCH_BACK": "kill $(cat production.pid)",
        "SERVE": f"exec {serve} --directory live {production} >/dev/null 2>&1",
    }
    try:
        yield values
    finally:
        stop.set()
        user.join()
        for file in root.glob("*.pid"):
            with suppress(ProcessLookupError, ValueError):
                os.kill(int(file.read_text()), signal.SIGKILL)


def started(command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL)


def answer(url: str) -> str:
    for _ in range(100):
        done = subprocess.run(["curl", "-fsS", url], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
        time.sleep(0.1)
    return ""


def of(guide: str, values: dict[str, str]) -> dict[str, str]:
    declared = read(str(ROOT / f"runbooks/{guide}.md")).placeholders
    return {name: value for name, value in values.items() if name in declared}


def test_the_procedure_that_should_have_been_followed(service: dict[str, str]) -> None:
    """Section 9 of the source: production answers at every moment, and gets the new version last."""
    path = ROOT / "runbooks/deploy-beside-production.md"
    with started(service["SERVE"]) as production:
        assert answer(service["PRODUCTION_URL"]) == "28"
        played, record = play(path, [("sign", "Noor")], of("deploy-beside-production", service))
        assert played.outcome == "done", [(step.text, step.result) for step in record.steps]
        assert answer(service["PRODUCTION_URL"]) == "29"
        production.kill()
    assert any("Noor signs off" in row.text for row in record.timeline)
    assert sum(command.command.startswith("curl") for command in record.commands) >= 4


def test_a_deployment_that_breaks_production_goes_back(service: dict[str, str]) -> None:
    """The new version does not answer: its step is rolled back, and the old one answers again."""
    path = ROOT / "runbooks/deploy-beside-production.md"
    text = path.read_text("utf-8").replace("retries=15 wait=2s", "retries=1 wait=0.2s")
    Path("guide.md").write_text(text)
    breaks = (
        'if grep -q 28 config/plexus.yaml && test ! -f broke; then touch broke; echo "models: 0" >config/plexus.yaml; '
    )
    breaks += "mv live/v1/models live/v1/gone; else mv live/v1/gone live/v1/models; fi"
    values = {**of("deploy-beside-production", service), "DEPLOY": breaks}
    with started(service["SERVE"]) as production:
        assert answer(service["PRODUCTION_URL"]) == "28"
        played, record = play(Path("guide.md"), [("sign", "Noor")], values, person=Careful)
        assert played.outcome == "rolled-back", [(step.text, step.result) for step in record.steps]
        assert answer(service["PRODUCTION_URL"]) == "28"
        assert Path("config/plexus.yaml").read_text() == "models: 28\n"
        production.kill()


def test_the_recovery_that_was_never_made(service: dict[str, str]) -> None:
    """Section 10 of the source: what worked is started beside what is broken, and takes its place once it answers."""
    played, record = play(
        ROOT / "runbooks/recover-production.md", values=of("recover-production", service), person=Careful
    )
    assert played.outcome == "done", [(step.text, step.result) for step in record.steps]
    assert answer(service["PRODUCTION_URL"]) == "28"
    assert any(row.kind == "backup" for row in record.timeline)
