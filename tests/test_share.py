"""Several people, several machines, one incident: what `push` and `join` do, through real remotes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import warm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from publishing import Repo
from test_schemas import check

from runbook.record.journal import read
from runbook.record.union import entry_lines, join, shareable


class Person:
    """Somebody at a machine of their own: a clone, a state folder, a name."""

    def __init__(self, name: str, home: Path, hub: str) -> None:
        self.name = name
        self.clone = home / name / "reports"
        self.state = home / name / "state"
        subprocess.run(["git", "clone", "--quiet", hub, self.clone], check=True, capture_output=True)
        self.repo = Repo(self.clone)

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "XDG_STATE_HOME": str(self.state), "RUNBOOK_ACTOR": self.name}

    @property
    def program(self) -> tuple[str, ...]:
        """What Python runs on this person's machine."""
        return "-m", "runbook"

    def start(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *self.program, *args],
            cwd=self.clone,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *args: str, status: int = 0) -> str:
        if self.program == ("-m", "runbook"):
            done = warm.call(args, env=self.env, cwd=self.clone)
        else:
            process = self.start(*args)
            out, error = process.communicate(timeout=120)
            done = subprocess.CompletedProcess(args, process.returncode, out, error)
        assert done.returncode == status, f"{self.name}: {done}"
        return done.stdout + done.stderr

    @property
    def folder(self) -> Path:
        (found,) = [path for path in self.state.glob("runbook/*/INC-*") if path.is_dir()]
        return found

    def texts(self) -> list[str]:
        """What this person's timeline says, notes and commands, in order."""
        entries, _ = read(str(self.folder))
        return [str(e.data.get("text") or e.data.get("command") or e.kind) for e in entries if e.kind != "seen"]

    def ids(self) -> set[str]:
        return {entry.id for entry in read(str(self.folder))[0] if entry.kind != "seen"}


class Team:
    """A bare repository and people who can reach it."""

    def __init__(self, home: Path, *names: str) -> None:
        self.home = home
        self.hub = home / "hub.git"
        subprocess.run(["git", "init", "--quiet", "--bare", self.hub], check=True)
        first = Person("first", home, f"file://{self.hub}")
        first.repo.write("runbook.toml", "")
        first.repo.git("add", ".")
        first.repo.git("commit", "--quiet", "-m", "Begin")
        first.repo.git("push", "--quiet", "origin", "HEAD")
        self.people = {name: Person(name, home, f"file://{self.hub}") for name in names}

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    def open(self, starter: str = "robin") -> str:
        """Start, share and join; the id."""
        identifier = self[starter]("start", "It broke", "--severity", "high").split()[0]
        self[starter]("push")
        for name, person in self.people.items():
            if name != starter:
                person("join", identifier)
        return identifier

    def race(self, *args: str) -> None:
        """Everybody runs the same at the same time, and all of it goes well."""
        running = [person.start(*args) for person in self.people.values()]
        for process in running:
            out, error = process.communicate(timeout=120)
            assert process.returncode == 0, out + error

    def tip(self) -> str:
        """The commit that is shared."""
        return Repo(self.hub).git("for-each-ref", "--format=%(objectname)", "refs/runbook").strip()

    def refs(self) -> list[str]:
        done = subprocess.run(
            ["git", "for-each-ref", "--format=%(refname)"], cwd=self.hub, check=True, capture_output=True, text=True
        )
        return done.stdout.split()


@pytest.fixture
def team(home: Path) -> Team:
    return Team(home, "robin", "kim")


def test_news_travel_both_ways_and_nothing_else_is_touched(team: Team) -> None:
    robin, kim = team["robin"], team["kim"]
    robin.repo.write("mine.txt", "not committed\n")
    robin.repo.git("add", "--intent-to-add", "mine.txt")
    before = [(p.repo.status(), p.repo.index(), p.repo.git("rev-parse", "HEAD")) for p in (robin, kim)]
    identifier = robin("start", "It broke", "--severity", "high").split()[0]
    robin("log", "the disk is full")
    robin("run", "--", "sh", "-c", "echo no space left on device; exit 1", status=1)
    assert f"runbook join {identifier}" in robin("push")
    answer = kim("join", identifier)
    assert "3 entries from robin" in answer
    assert "the disk is full" in answer
    kim("log", "freed 3 GB")
    assert "1 entry sent" in kim("push")
    answer = robin("push")
    assert "2 entries from kim" in answer
    assert "freed 3 GB" in answer
    assert "has everything" in robin("push")
    kim("push")
    assert robin.texts() == kim.texts()
    assert robin.ids() == kim.ids()
    evidence = {path.name: path.read_bytes() for path in (robin.folder / "evidence").iterdir()}
    assert evidence
    assert evidence == {path.name: path.read_bytes() for path in (kim.folder / "evidence").iterdir()}
    assert before == [(p.repo.status(), p.repo.index(), p.repo.git("rev-parse", "HEAD")) for p in (robin, kim)]
    (shared,) = [ref for ref in team.refs() if not ref.startswith("refs/heads/")]
    assert shared.startswith(f"refs/runbook/{identifier}/")
    assert kim.repo.git("branch", "--list", "--all").split() == robin.repo.git("branch", "--list", "--all").split()


def test_what_scripts_read(team: Team) -> None:
    robin, kim = team["robin"], team["kim"]
    identifier = robin("start", "It broke").split()[0]
    assert check("share", robin("push", "--format", "json"))["sent"] == 1
    joined = check("share", kim("join", identifier, "--format", "json"))
    assert joined["received"] == [{"actor": "robin", "entries": 1}]
    assert Path(joined["path"]).is_dir()
    assert json.loads(kim("join", "--format", "json"))["shared"][0]["id"] == identifier


def test_four_people_push_at_the_same_time_and_everything_arrives(home: Path) -> None:
    names = ("robin", "kim", "noor", "ida")
    team = Team(home, *names)
    team.open()
    for name in names:
        team[name]("log", f"a note of {name}")
    team.race("push")
    for name in names:
        team[name]("push")
    everything = team["robin"].ids()
    assert {f"a note of {name}" for name in names} <= set(team["robin"].texts())
    assert all(team[name].ids() == everything for name in names)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(("robin", "kim", "noor")), st.sampled_from(("log", "push", "join"))),
        min_size=2,
        max_size=6,
    )
)
def test_any_order_of_pushes_and_joins_ends_in_the_same_entries(
    steps: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three clones; whoever exchanges when, after a last round everybody has what anybody recorded."""
    from runbook.flow.desk import find_place, open_document
    from runbook.flow.share import exchange, join_document

    team = Team(tmp_path_factory.mktemp("team"), "robin", "kim", "noor")
    identifier = team["robin"]("start", "It broke").split()[0]
    team["robin"]("push")
    written = set()

    def act(name: str, what: str, number: int) -> None:
        person = team[name]
        monkeypatch.setenv("XDG_STATE_HOME", str(person.state))
        monkeypatch.setenv("RUNBOOK_ACTOR", name)
        monkeypatch.chdir(person.clone)
        if what == "join" or not list(person.state.glob("runbook/*/INC-*")):
            join_document(identifier)
        desk = open_document(identifier, str(person.clone))
        assert desk.place.repository == find_place().repository
        if what == "log":
            written.add(desk.append("note", {"text": f"{name} {number}"}).id)
        elif what == "push":
            exchange(desk)

    for number, (name, what) in enumerate(steps):
        act(name, what, number)
    for _ in range(2):
        for name in team.people:
            act(name, "push", -1)
    everything = team["robin"].ids()
    assert written <= everything
    assert all(person.ids() == everything for person in team.people.values())
    act("robin", "push", -1)
    tip = team.tip()
    act("kim", "push", -1)
    act("noor", "push", -1)
    assert team.tip() == tip  # it comes to rest: with no news, nothing is pushed


def line(identity: int, text: str) -> bytes:
    ulid = f"01HX{identity:022d}"
    entry = {"v": 1, "id": ulid, "at": "2026-02-11T08:00:00+00:00", "recorded_at": "2026-02-11T08:00:00+00:00"}
    return json.dumps({**entry, "kind": "note", "actor": "a", "source": "cli", "data": {"text": text}}).encode()


@given(
    ours=st.lists(st.tuples(st.integers(0, 6), st.sampled_from(("x", "[redacted:password:00000000]", "y")))),
    theirs=st.lists(st.tuples(st.integers(0, 6), st.sampled_from(("x", "[redacted:password:00000000]", "y")))),
)
@settings(max_examples=150, deadline=None)
def test_joining_journals_is_a_union_in_any_order(ours: list[tuple[int, str]], theirs: list[tuple[int, str]]) -> None:
    one = b"".join(line(*each) + b"\n" for each in ours)
    other = b'{"torn": ' + b"\n" + b"".join(line(*each) + b"\n" for each in theirs)
    together, reverse = join(one, other), join(other, one)
    assert entry_lines(together) == entry_lines(reverse) or dict(entry_lines(together)) == dict(entry_lines(reverse))
    assert set(entry_lines(together)) == set(entry_lines(one)) | set(entry_lines(other))
    assert join(together, one) == together
    assert join(together, other) == together
    assert b"torn" not in shareable(other)
    assert b"torn" in reverse


def test_a_torn_line_stays_where_it_was_torn(team: Team) -> None:
    robin, kim = team["robin"], team["kim"]
    team.open()
    (journal,) = [path for path in (robin.folder / "journal").iterdir() if b'"kind":"start"' in path.read_bytes()]
    with journal.open("ab") as file:
        file.write(b'{"v":1,"id":"01')
    robin("log", "after the crash")
    robin("push")
    kim("push")
    assert "after the crash" in kim.texts()
    assert b'{"v":1,"id":"01\n' in journal.read_bytes()
    assert all(b'"01\n' not in path.read_bytes() for path in (kim.folder / "journal").iterdir())


def test_two_incidents_of_one_id_are_told_apart(team: Team) -> None:
    robin, kim = team["robin"], team["kim"]
    identifier = robin("start", "The disk is full").split()[0]
    assert kim("start", "The network is down").split()[0] == identifier
    robin("push")
    kim("push")
    assert robin.texts() == ["start"]
    answer = kim("join", identifier, status=2)
    assert "2 different incidents" in answer
    assert "The disk is full (robin)" in answer
    ulid = next(row.split()[2].split("/")[1] for row in answer.splitlines() if "disk is full" in row)
    answer = kim("join", f"{identifier}/{ulid}", status=2)
    assert "on this machine" in answer
    assert "The network is down" in answer
    assert kim.texts() == ["start"]


def test_a_scrubbed_secret_does_not_come_back(team: Team) -> None:
    robin, kim = team["robin"], team["kim"]
    identifier = team.open()
    robin("log", "the door code is tulip-7741-gate")
    robin("run", "--", "echo", "opened with tulip-7741-gate")
    robin("push")
    kim("push")
    assert "tulip-7741" in "".join(kim.texts())
    secret = robin.clone.parent / "secret"
    secret.write_text("tulip-7741-gate\n", encoding="utf-8")
    robin("scrub", identifier, "--secret", str(secret))
    kim("log", "a note in between")
    kim("push")
    robin("push")
    assert "taken out" in kim("push")
    for person in (robin, kim):
        kept = b"".join(path.read_bytes() for path in person.folder.rglob("*") if path.is_file())
        assert b"tulip-7741" not in kept
        assert b"a note in between" in kept
    tip = next(ref for ref in team.refs() if ref.startswith("refs/runbook/"))
    history = subprocess.run(
        ["git", "log", "-p", "--text", tip], cwd=team.hub, check=True, capture_output=True, text=True
    ).stdout
    assert "tulip-7741" not in history


def hostile_tree(team: Team, identifier: str, files: dict[str, bytes]) -> None:
    """Put ``files`` on the side ref as somebody with rights and bad manners would."""
    (ref,) = [name for name in team.refs() if name.startswith(f"refs/runbook/{identifier}/")]
    repo = Repo(team.hub)

    def git(*args: str, stdin: bytes = b"") -> str:
        done = subprocess.run(["git", *args], cwd=team.hub, input=stdin, check=True, capture_output=True)
        return done.stdout.decode().strip()

    folders: dict[str, list[str]] = {"journal": [], "evidence": []}
    for row in repo.git("ls-tree", "-r", ref).splitlines():
        about, name = row.split("\t")
        folder, leaf = name.split("/")
        if name not in files:
            folders[folder].append(f"{about}\t{leaf}")
    for name, content in files.items():
        folder, leaf = name.split("/", 1)
        folders[folder].append(f"100644 blob {git('hash-object', '-w', '--stdin', stdin=content)}\t{leaf}")
    rows = "".join(
        f"040000 tree {git('mktree', stdin=chr(10).join(inside).encode())}\t{name}\n"
        for name, inside in folders.items()
        if inside
    )
    commit = git("commit-tree", git("mktree", stdin=rows.encode()), "-m", "x", "-p", ref)
    git("update-ref", ref, commit)


def foreign(kind: str, number: int, **data: Any) -> dict[str, Any]:
    at = "2026-02-11T08:00:00+00:00"
    return {
        "v": 1,
        "id": f"01HX{number:022d}",
        "at": at,
        "recorded_at": at,
        "kind": kind,
        "actor": "mallory",
        "source": "cli",
        "data": data,
    }


def test_what_arrives_is_looked_at(team: Team) -> None:
    """Escapes, secrets, foreign starts, other people's ids, broken lines, wrong digests, odd names: none gets in."""
    robin, kim = team["robin"], team["kim"]
    identifier = team.open()
    kim("log", "kim says so")
    kim("push")
    robin("push")
    (kims,) = [e for e in read(str(kim.folder))[0] if e.data.get("text") == "kim says so"]
    path = f"evidence/{'0' * 26}-x.txt"
    good = b"all is well\n"
    lines = [
        foreign("note", 1, text="red \x1b[31malert\x1b[0m \x1b]52;c;aGk=\x07"),
        foreign("note", 2, text="password=hunter2hunter2 ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
        foreign("start", 3, id=identifier, ulid="0" * 26, title="taken over", document="incident"),
        {**foreign("note", 4, text="kim never said so"), "id": kims.id},
        foreign("evidence", 5, evidence="x", name="x", path=path, sha256=hashlib.sha256(b"other").hexdigest()),
        foreign("evidence", 6, evidence="y", name="y", path="evidence/../../../../escape.txt", sha256=""),
        {**foreign("note", 7, text="no time"), "at": "yesterday"},
        {**foreign("note", 8, text="fine"), "future": {"field": 1}},
    ]
    content = b"".join(json.dumps(each).encode() + b"\n" for each in lines) + b'{"v":1,\n' + b"\xff\xfe\n" + b"[" * 9999
    hostile_tree(
        team,
        identifier,
        {"journal/aaa-mallory-00000000.jsonl": content, path: good, "journal/.hidden": b"x", "evidence/run.sh": b"x"},
    )
    answer = robin("push")
    assert "another digest" in answer
    assert "4 lines of aaa-mallory-00000000.jsonl left aside" in answer or "left aside" in answer
    texts = robin.texts()
    assert "fine" in texts
    assert "kim says so" in texts
    assert not {"kim never said so", "no time"} & set(texts)
    assert "taken over" not in robin("status")
    kept = b"".join(each.read_bytes() for each in robin.folder.rglob("*") if each.is_file())
    assert b"hunter2" not in kept
    assert b"ghp_16C7e42F" not in kept
    assert b"u001b" not in kept
    assert b'"future":' in kept
    names = {str(each.relative_to(robin.state)) for each in robin.state.rglob("*") if each.is_file()}
    assert not [name for name in names if name.endswith(("escape.txt", ".hidden", "run.sh", "x.txt"))]
    robin("log", "life goes on")
    robin("push")
    kim("push")
    assert "life goes on" in kim.texts()


def test_trouble_is_told_in_plain_words_and_nothing_is_lost(team: Team, home: Path) -> None:
    robin = team["robin"]
    robin("start", "It broke")
    robin.repo.git("remote", "set-url", "origin", f"file://{home}/nowhere.git")
    answer = robin("push", status=2)
    assert "origin cannot be reached" in answer
    assert "on record on this machine" in answer
    hook = team.hub / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no side refs here >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    robin.repo.git("remote", "set-url", "origin", f"file://{team.hub}")
    answer = robin("push", status=2)
    assert "refused" in answer
    assert "no side refs here" in answer
    hook.unlink()
    robin.repo.git("remote", "remove", "origin")
    assert "git remote add origin" in robin("push", status=2)
    assert "no remote 'team'" in robin("push", "--remote", "team", status=2)
    assert robin.texts() == ["start"]
    lonely = Person("lonely", home, f"file://{team.hub}")
    assert "is not shared on origin" in lonely("join", "INC-2026-02-11-001", status=2)
    assert "nothing is shared" in lonely("join")


def test_hooks_and_push_settings_of_the_project_stay_out_of_it(team: Team) -> None:
    robin = team["robin"]
    robin.repo.hook("pre-push", "echo ran >>hooks-ran; exit 1\n")
    robin.repo.hook("reference-transaction", "echo ran >>hooks-ran; exit 1\n")
    robin.repo.git("config", "push.gpgSign", "true")
    robin.repo.git("config", "remote.origin.mirror", "true")
    robin.repo.git("config", "commit.gpgSign", "true")
    robin("start", "It broke")
    robin("push")
    assert not (robin.clone / "hooks-ran").exists()
    assert [ref for ref in team.refs() if ref.startswith("refs/runbook/")]


def test_what_was_filed_can_still_be_shared_and_the_side_ref_goes_away_at_the_end(team: Team) -> None:
    robin, kim = team["robin"], team["kim"]
    identifier = team.open()
    kim("log", "before the report")
    kim("push")
    robin("push")
    robin("resolve", "--no-input")
    robin("render", identifier)
    kim("log", "after the report")
    kim("push")
    assert "after the report" in robin("push", identifier)
    robin("render", identifier)
    report = next(robin.clone.glob("incidents/*/INC-*/report.md")).read_text("utf-8")
    assert "before the report" in report
    assert "after the report" in report
    assert "no longer shared" in robin("push", identifier, "--remove")
    assert not [ref for ref in team.refs() if ref.startswith("refs/runbook/")]


def test_what_two_people_imported_stands_once(team: Team, home: Path) -> None:
    robin, kim = team["robin"], team["kim"]
    team.open()
    log = home / "app.log"
    now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    log.write_text(f"{now} the database went away\n", encoding="utf-8")
    for person in (robin, kim):
        person("import", str(log), "--yes")
    kim("push")
    robin("push")
    kim("push")
    for person in (robin, kim):
        assert person("show", "--entries").count("the database went away") == 1
    robin("import", "--undo")
    assert robin("show", "--entries").count("the database went away") == 1  # kim's import stands


def test_what_is_said_fits_a_terminal_and_names_the_folder(team: Team) -> None:
    robin, kim = team["robin"], team["kim"]
    identifier = robin("start", "It broke").split()[0]
    robin("push")
    assert max(map(len, kim("join", identifier).splitlines())) <= 80
    kim("log", "looking")
    kim("push")
    robin("push")
    clocks = robin("offset")
    assert "no difference seen" in clocks
    assert "-00:00:00" not in clocks
    assert "…" not in clocks
    kim.clone = team.home
    assert "this folder is in no repository" in kim("join", status=2)
