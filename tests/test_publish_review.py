"""Publishing for review: a branch, a push and a request, with nothing of the user's moved; against real remotes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import GITCONFIG, ROOT
from publishing import Repo, make_dirty
from test_schemas import check as check_shape

if TYPE_CHECKING:
    from conftest import Runbook

ADDRESS = "https://github.com/acme/reports.git"
ID = "INC-2026-02-11-001"
BRANCH = f"incident/{ID}"
FOLDER = f"incidents/2026/{ID}"
ANSWERS = {
    "document": "incident",
    "title": "Dashboards are down",
    "severity": "high",
    "status": "resolved",
    "milestones": {
        "started": "2026-02-11T09:02:00Z",
        "detected": "2026-02-11T09:05:00Z",
        "resolved": "2026-02-11T10:25:00Z",
    },
    "summary": "The dashboards could not be reached for **80 minutes**.",
}


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository with a first commit on main, and a clone in which an incident was answered for and filed."""
    top = tmp_path_factory.mktemp("seed")
    home = top / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(GITCONFIG + instead_of(top), encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "XDG_", "RUNBOOK_"))}
    environment = {**clean, "HOME": str(home), "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"), "PYTHONPATH": str(ROOT)}

    def call(*command: str, cwd: Path = top) -> None:
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    call("git", "init", "--quiet", "--bare", "reports.git")
    call("git", "clone", "--quiet", ADDRESS, "clone")
    clone = top / "clone"
    (clone / "runbook.toml").touch()
    (clone / "app.txt").write_text("one\n", encoding="utf-8")
    call("git", "add", ".", cwd=clone)
    call("git", "commit", "--quiet", "-m", "Begin", cwd=clone)
    call("git", "push", "--quiet", "origin", "main", cwd=clone)
    (top / "answers.json").write_text(json.dumps(ANSWERS), encoding="utf-8")
    call(sys.executable, "-m", "runbook", "new", "incident", "--from", "../answers.json", "--no-input", cwd=clone)
    return top


def instead_of(folder: Path) -> str:
    """Git's configuration that sends a forge's address to repositories in a folder."""
    return f'[url "{folder}/"]\n\tinsteadOf = https://github.com/acme/\n'


@pytest.fixture
def origin(seed: Path, tmp_path: Path, home: Path) -> Path:
    """A bare repository of one's own that git reaches under the address of a forge."""
    with (home / ".gitconfig").open("a", encoding="utf-8") as config:
        config.write(instead_of(tmp_path))
    return Path(shutil.copytree(seed / "reports.git", tmp_path / "reports.git"))


def clone(origin: Path, name: str, *options: str) -> Repo:
    root = origin.parent / name
    Repo(origin.parent).git("clone", "--quiet", *options, ADDRESS, str(root))
    return Repo(root)


@pytest.fixture
def filed(seed: Path, origin: Path) -> Repo:
    """A clone with an incident filed on its main branch, not pushed."""
    return Repo(Path(shutil.copytree(seed / "clone", origin.parent / "a")))


def write_up(runbook: Runbook, repo: Repo, **changes: object) -> None:
    """An incident, answered for and filed on the current branch."""
    answers = repo.root.parent / "answers.json"
    answers.write_text(json.dumps({**ANSWERS, **changes}), encoding="utf-8")
    runbook("new", "incident", "--from", answers, "--no-input", cwd=repo.root, check=0)


def publish(runbook: Runbook, repo: Repo, *options: str, check: int = 0) -> dict[str, Any]:
    done = runbook("publish", *(options or (ID,)), "--format", "json", cwd=repo.root, check=check)
    sent: dict[str, Any] = check_shape("publish", done.stdout)
    return sent


def there(origin: Path) -> Repo:
    return Repo(origin)


def everything(repo: Repo) -> tuple[object, ...]:
    """What a person has in progress: status, index, branch, HEAD, stash, and every file's content."""
    files = {
        str(path.relative_to(repo.root)): path.read_bytes()
        for path in repo.root.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }
    return (
        repo.git("status", "--porcelain=v2", "--untracked-files=all"),
        repo.index(),
        repo.git("symbolic-ref", "HEAD", check=False),
        repo.git("rev-parse", "HEAD"),
        files,
    )


def test_a_report_goes_to_review_and_nothing_of_the_user_moves(runbook: Runbook, origin: Path, filed: Repo) -> None:
    """From a dirty tree, with staged and half staged work: a branch with one commit, a push, a link to click."""
    repo = filed
    make_dirty(repo)
    before = everything(repo)
    sent = publish(runbook, repo)
    assert everything(repo) == before
    assert (sent["branch"], sent["target"], sent["remote"], sent["pushed"]) == (BRANCH, "main", "origin", True)
    assert there(origin).git("rev-parse", BRANCH).strip() == sent["commit"]
    changed = there(origin).git("diff", "--name-only", f"main...{BRANCH}").split()
    assert changed
    assert all(name.startswith(f"{FOLDER}/") for name in changed)
    record = there(origin).show(f"{BRANCH}:{FOLDER}/record.yaml")
    assert "\nstatus: in-review\n" in record
    assert "in-review" in there(origin).show(f"{BRANCH}:{FOLDER}/report.md")
    link = sent["request"]["url"]
    assert link.startswith(f"https://github.com/acme/reports/compare/main...{BRANCH}?quick_pull=1&title={ID}%3A+")
    assert "80+minutes" in link
    assert len(link) < 4000


def test_the_description_has_facts_questions_and_a_checklist(runbook: Runbook, origin: Path, filed: Repo) -> None:
    repo = filed
    body = publish(runbook, repo)["request"]["body"]
    assert "The dashboards could not be reached for **80 minutes**." in body
    assert "| time to resolve | 1 h 23 min | 2026-02-11 10:25 |" in body
    assert "- Root Cause: why it happened" in body
    assert body.count("- [ ] ") >= 5
    assert f"`{FOLDER}/report.md`" in body


def test_a_team_words_the_description_itself(runbook: Runbook, origin: Path, filed: Repo) -> None:
    repo = filed
    repo.write(
        "templates/pull-request.md.j2",
        '{% extends "runbook/pull-request.md.j2" %}\n'
        '{% block checklist %}\nAsk {{ "the platform team" }} first.\n{% endblock %}\n',
    )
    body = publish(runbook, repo)["request"]["body"]
    assert body.endswith("Ask the platform team first.\n")
    assert "### Open questions" in body


def test_run_again_it_brings_the_same_branch_up_to_date(runbook: Runbook, origin: Path, filed: Repo) -> None:
    repo = filed
    first = publish(runbook, repo)
    again = publish(runbook, repo)
    assert (again["commit"], again["pushed"]) == (first["commit"], False)
    runbook("log", "the cause was a full disk", "--id", ID, cwd=repo.root, check=0)
    third = publish(runbook, repo)
    assert third["pushed"]
    assert there(origin).git("rev-parse", f"{BRANCH}^").strip() == first["commit"]
    assert "full disk" in there(origin).show(f"{BRANCH}:{FOLDER}/report.md")


def test_files_beside_the_reports_do_not_matter(runbook: Runbook, origin: Path, filed: Repo) -> None:
    """What `init` puts into incidents/ is on every branch of a real archive."""
    (filed.root / "incidents/README.md").write_text("What lies here.\n", encoding="utf-8")
    (filed.root / "incidents/.gitattributes").write_text("*.svg linguist-generated\n", encoding="utf-8")
    filed.git("add", "incidents")
    filed.git("commit", "--quiet", "-m", "Say what lies here")
    filed.git("push", "--quiet", "origin", "main")
    runbook("log", "one more thing", "--id", ID, cwd=filed.root, check=0)
    assert publish(runbook, filed)["pushed"]
    assert "one more thing" in there(origin).show(f"{BRANCH}:{FOLDER}/report.md")


def test_where_there_is_nothing_to_review_no_branch_is_left(runbook: Runbook, origin: Path, filed: Repo) -> None:
    publish(runbook, filed)
    there(origin).git("update-ref", "refs/heads/main", BRANCH)
    there(origin).git("update-ref", "-d", f"refs/heads/{BRANCH}")
    filed.git("pull", "--quiet", "--no-rebase", "origin", "main")
    filed.git("branch", "-D", BRANCH)
    assert "nothing to review" in runbook("publish", ID, cwd=filed.root, check=0).stdout
    assert filed.git("branch", "--list", BRANCH) == ""


def push_an_edit(origin: Path, name: str, old: str, new: str, message: str) -> str:
    """A reviewer edits a file of the document on its branch, and pushes; their commit."""
    reviewer = clone(origin, "reviewer")
    reviewer.git("switch", "--quiet", BRANCH)
    file = reviewer.root / FOLDER / name
    file.write_text(file.read_text("utf-8").replace(old, new), encoding="utf-8")
    reviewer.git("commit", "--quiet", "-am", message)
    reviewer.git("push", "--quiet")
    return reviewer.git("rev-parse", "HEAD").strip()


def test_what_a_reviewer_pushed_comes_first(runbook: Runbook, origin: Path, filed: Repo) -> None:
    """A record that a reviewer corrected on the branch is what ours is folded onto; their commit stays below ours."""
    repo = filed
    publish(runbook, repo)
    theirs = push_an_edit(origin, "record.yaml", "severity: high", "severity: critical", "It was worse")
    runbook("log", "found one more thing", "--id", ID, cwd=repo.root, check=0)
    publish(runbook, repo)
    assert there(origin).git("rev-parse", f"{BRANCH}^").strip() == theirs
    record_now = there(origin).show(f"{BRANCH}:{FOLDER}/record.yaml")
    assert "severity: critical" in record_now
    assert "found one more thing" in record_now


def test_an_edit_of_the_report_on_the_branch_is_not_lost(runbook: Runbook, origin: Path, filed: Repo) -> None:
    """A reviewer edits report.md in the browser; until the record has that, publishing would undo it, so it stops."""
    repo = filed
    publish(runbook, repo)
    push_an_edit(origin, "report.md", "80 minutes", "83 minutes", "It was longer")
    tip = there(origin).git("rev-parse", BRANCH)
    done = runbook("publish", ID, cwd=repo.root, check=2)
    assert "was edited on incident/" in done.stderr
    assert "It was longer" in done.stderr
    assert "runbook sync" in done.stderr
    assert there(origin).git("rev-parse", BRANCH) == tip

    for command in (("switch", "--quiet", BRANCH), ("pull", "--quiet")):  # what the message says to do
        repo.git(*command)
    runbook("sync", ID, cwd=repo.root, check=0)
    repo.git("commit", "--quiet", "-am", "Take the edit in")
    repo.git("switch", "--quiet", "-")
    publish(runbook, repo)
    for name in ("record.yaml", "report.md"):
        assert "83 minutes" in there(origin).show(f"{BRANCH}:{FOLDER}/{name}")
    assert "It was longer" in there(origin).log(f"main..{BRANCH}")


def test_an_edit_of_the_report_in_the_work_tree_is_not_lost_either(runbook: Runbook, origin: Path, filed: Repo) -> None:
    repo = filed
    report = repo.root / FOLDER / "report.md"
    report.write_text(report.read_text("utf-8").replace("80 minutes", "83 minutes"), encoding="utf-8")
    done = runbook("publish", ID, cwd=repo.root, check=2)
    assert str(report) in done.stderr
    assert "runbook sync" in done.stderr
    assert there(origin).git("branch", "--list", BRANCH) == ""
    assert "83 minutes" in report.read_text("utf-8")
    runbook("sync", ID, cwd=repo.root, check=0)
    publish(runbook, repo)
    assert "83 minutes" in there(origin).show(f"{BRANCH}:{FOLDER}/report.md")


def test_branches_that_have_gone_two_ways_are_told_apart(runbook: Runbook, origin: Path, filed: Repo) -> None:
    """The user's own commit on the review branch and a reviewer's: neither is thrown away."""
    repo = filed
    publish(runbook, repo)
    reviewer = clone(origin, "reviewer")
    for side, words in ((reviewer, "theirs"), (repo, "mine")):
        side.git("switch", "--quiet", BRANCH)
        side.write(f"{FOLDER}/{words}.txt")
        side.git("add", ".")
        side.git("commit", "--quiet", "-m", f"A commit of {words}")
    reviewer.git("push", "--quiet")
    repo.git("switch", "--quiet", "main")
    refs = repo.git("rev-parse", BRANCH)
    done = runbook("publish", ID, cwd=repo.root, check=2)
    assert "gone two ways" in done.stderr
    assert "A commit of theirs" in done.stderr
    assert repo.git("rev-parse", BRANCH) == refs


def test_unrelated_commits_of_the_current_branch_stay_out(runbook: Runbook, origin: Path) -> None:
    repo = clone(origin, "a")
    repo.git("switch", "--quiet", "-c", "feature")
    repo.write("half-done.txt")
    repo.git("add", ".")
    repo.git("commit", "--quiet", "-m", "Not for review")
    write_up(runbook, repo)
    sent = publish(runbook, repo)
    assert "half-done.txt" not in there(origin).git("ls-tree", "-r", "--name-only", BRANCH)
    assert any("stay out of the request" in note for note in sent["notes"])


def test_after_the_merge_a_pull_has_nothing_to_join(runbook: Runbook, origin: Path, filed: Repo) -> None:
    """Filed on main, published, corrected in review, merged: the author's own pull goes through."""
    repo = filed
    publish(runbook, repo)
    reviewer = clone(origin, "reviewer")
    reviewer.git("merge", "--quiet", "--no-ff", "-m", "Merge", f"origin/{BRANCH}")
    reviewer.git("push", "--quiet", "origin", "main", f":{BRANCH}")
    repo.git("pull", "--quiet", "--no-rebase", "--no-edit")
    assert "status: in-review" in (repo.root / FOLDER / "record.yaml").read_text("utf-8")
    sent = publish(runbook, repo)
    assert not sent["pushed"]
    assert there(origin).git("branch", "--list", BRANCH) == ""
    said = runbook("close", ID, "--force", "a drill", "--format", "json", cwd=repo.root, check=0).stdout
    assert check_shape("close", said)["branch"] == "main"
    assert "status: closed" in repo.show(f"HEAD:{FOLDER}/record.yaml")
    assert repo.status() == []


@pytest.mark.parametrize("state", ["detached", "shallow", "unborn", "merging"])
def test_from_any_state_of_the_clone(runbook: Runbook, origin: Path, state: str) -> None:
    """A detached HEAD, a shallow clone, a branch without a commit, a merge under way."""
    repo = clone(origin, "a", *(["--depth=1", f"--config=url.file://{origin.parent}/.insteadOf=https://github.com/acme/"]
                                if state == "shallow" else []))  # fmt: skip
    runbook("start", "Something is down", "--at", "2026-02-11T09:02Z", cwd=repo.root, check=0)
    runbook("resolve", "--no-input", cwd=repo.root, check=0)
    if state == "detached":
        repo.git("checkout", "--quiet", "--detach")
    elif state == "unborn":
        repo.git("switch", "--quiet", "--orphan", "empty")
    elif state == "merging":
        repo.git("switch", "--quiet", "-c", "other")
        for branch, text in (("other", "x"), ("main", "y")):
            repo.git("switch", "--quiet", branch)
            repo.write("app.txt", text)
            repo.git("commit", "--quiet", "-am", text)
        repo.git("merge", "other", check=False)
    before = everything(repo) if state != "unborn" else repo.status()
    sent = publish(runbook, repo)
    assert before == (everything(repo) if state != "unborn" else repo.status())
    assert there(origin).git("rev-parse", BRANCH).strip() == sent["commit"]
    assert f"{FOLDER}/report.md" in there(origin).git("ls-tree", "-r", "--name-only", BRANCH)


def test_without_a_network_it_is_committed_and_one_command_sends(runbook: Runbook, origin: Path, filed: Repo) -> None:
    repo = filed
    away = origin.with_name("away.git")
    origin.rename(away)
    before = everything(repo)
    done = runbook("publish", ID, cwd=repo.root, check=2)
    assert "origin cannot be reached" in done.stderr
    assert f"committed on {BRANCH}" in done.stderr
    assert f"runbook publish {ID}" in done.stderr
    assert everything(repo) == before
    local = repo.git("rev-parse", BRANCH).strip()
    away.rename(origin)
    assert publish(runbook, repo)["commit"] == local
    assert there(origin).git("rev-parse", BRANCH).strip() == local


def test_without_a_remote_it_says_how_to_get_one(runbook: Runbook, origin: Path, filed: Repo) -> None:
    repo = filed
    repo.git("remote", "remove", "origin")
    done = runbook("publish", ID, cwd=repo.root, check=2)
    assert "git remote add origin" in done.stderr
    assert repo.git("rev-parse", BRANCH).strip()[:10] in done.stderr


def test_an_empty_remote_has_nothing_to_merge_into(runbook: Runbook, origin: Path, filed: Repo) -> None:
    repo = filed
    shutil.rmtree(origin)
    repo.git("init", "--quiet", "--bare", str(origin))
    done = runbook("publish", ID, cwd=repo.root, check=2)
    assert "git push origin HEAD:main" in done.stderr


@pytest.mark.parametrize("hook", ["pre-commit", "pre-push"])
def test_a_refusing_hook_is_quoted_and_the_retry_works(runbook: Runbook, origin: Path, filed: Repo, hook: str) -> None:
    repo = filed
    repo.hook(
        hook, "test -e .git || test -e app.txt || exit 9\necho so it begins\necho the linter is unhappy >&2\nexit 1\n"
    )
    before = everything(repo)
    done = runbook("publish", ID, cwd=repo.root, check=2)
    assert "so it begins" in done.stderr  # most hooks write to their standard output
    assert "the linter is unhappy" in done.stderr
    assert "failed to push some refs" not in done.stderr
    assert there(origin).git("branch", "--list", BRANCH) == ""
    assert everything(repo) == before
    (repo.root / ".git/hooks" / hook).unlink()
    assert publish(runbook, repo)["pushed"]


def test_a_remote_that_refuses_is_quoted(runbook: Runbook, origin: Path, filed: Repo) -> None:
    """A protected branch: the remote's own words, and what became of the commit."""
    repo = filed
    hook = origin / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'GH006: Protected branch update failed'\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    done = runbook("publish", ID, cwd=repo.root, check=2)
    assert "GH006: Protected branch update failed" in done.stderr
    assert f"it is committed on {BRANCH}" in done.stderr


def test_an_id_taken_upstream_is_renumbered_everywhere(runbook: Runbook, origin: Path, filed: Repo) -> None:
    """Two clones, one id: the later one gets the next number, with its folder, its branch and what names it."""
    first, second = filed, clone(origin, "b")
    publish(runbook, first)
    first.git("push", "--quiet", "origin", f"{BRANCH}:main")
    write_up(runbook, second, title="Another one")
    note = second.write("incidents/2026/INC-2026-02-10-001/report.md", f"As in [{ID}](../{ID}/report.md)\n")
    second.git("add", ".")
    second.git("commit", "--quiet", "-m", "Names it")
    sent = publish(runbook, second)
    new = "INC-2026-02-11-002"
    assert (sent["id"], sent["renumbered_from"], sent["branch"]) == (new, ID, f"incident/{new}")
    assert note.read_text("utf-8") == f"As in [{new}](../{new}/report.md)\n"
    assert second.status() == []
    assert not (second.root / FOLDER).exists()
    record = (second.root / f"incidents/2026/{new}/record.yaml").read_text("utf-8")
    assert f"\nid: {new}\n" in record
    assert f"\naliases:\n- {ID}\n" in record
    shown = json.loads(runbook("show", ID, "--format", "json", cwd=second.root, check=0).stdout)
    assert (shown["id"], shown["title"]) == (new, "Another one")
    second.git("pull", "--quiet", "--no-rebase", "--no-edit")
    second.git("merge", "--quiet", "-X", "theirs", f"origin/incident/{new}")
    titles = {
        json.loads(runbook("show", name, "--format", "json", cwd=second.root, check=0).stdout)["title"]
        for name in (ID, new)
    }
    assert titles == {"Dashboards are down", "Another one"}


def test_renumber_alone_settles_a_collision_before_a_merge(runbook: Runbook, origin: Path, filed: Repo) -> None:
    """Also for a document that is only recorded yet; nothing happens where nobody else has the id."""
    first, second = filed, clone(origin, "b")
    write_up(runbook, second, title="Another one")
    assert "nobody else" in runbook("renumber", ID, cwd=second.root, check=0).stdout
    first.git("push", "--quiet", "origin", "main")
    checked = runbook("renumber", "--all", "--check", "--format", "json", cwd=second.root, check=1)
    assert check_shape("renumber", checked.stdout) == {"taken": [ID], "renumbered": []}
    done = check_shape("renumber", runbook("renumber", "--all", "--format", "json", cwd=second.root, check=0).stdout)
    assert [(each["before"], each["id"]) for each in done["renumbered"]] == [(ID, "INC-2026-02-11-002")]
    second.git("pull", "--quiet", "--no-rebase", "--no-edit")
    assert sorted(path.name for path in (second.root / "incidents/2026").iterdir()) == [ID, "INC-2026-02-11-002"]


def test_a_running_incident_is_renumbered_with_its_journal(runbook: Runbook, repository: Path) -> None:
    """What is recorded moves with it, the current document stays current, and both ids find it."""
    started = json.loads(runbook("start", "it broke", "--format", "json", cwd=repository, check=0).stdout)
    runbook("log", "a note", check=0)
    to = f"{started['id'][:-3]}042"
    runbook("renumber", started["id"], "--to", to, cwd=repository, check=0)
    assert json.loads(runbook("status", "--format", "json", check=0).stdout)["id"] == to
    record = json.loads(runbook("show", started["id"], "--format", "json", cwd=repository, check=0).stdout)
    assert (record["id"], record["aliases"]) == (to, [started["id"]])
    assert any("a note" in row["text"] for row in record["timeline"])
    assert any(row["text"] == f"Id: {started['id']} → {to}" for row in record["timeline"])
    runbook("log", "one more", check=0)
    assert json.loads(runbook("list", "--format", "json", cwd=repository, check=0).stdout)[0]["id"] == to


def test_variables_of_a_git_hook_do_not_lead_it_astray(runbook: Runbook, origin: Path, filed: Repo) -> None:
    """From within a git hook or alias, ``GIT_DIR`` and the like point elsewhere."""
    repo = filed
    done = runbook(
        "publish",
        ID,
        "--format",
        "json",
        cwd=repo.root,
        env={"GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere/i"},
        check=0,
    )
    assert json.loads(done.stdout)["pushed"]


def test_close_on_the_review_branch_asks_the_linter_too(runbook: Runbook, origin: Path) -> None:
    """A report that is only on its review branch is looked at as it would be committed there."""
    repo = clone(origin, "a")
    runbook("start", "Something is down", "--at", "2026-02-11T09:02Z", cwd=repo.root, check=0)
    assert "resolve" in runbook("close", "--review", cwd=repo.root, check=2).stderr
    runbook("resolve", "--no-input", cwd=repo.root, check=0)
    publish(runbook, repo)
    before = there(origin).git("rev-parse", BRANCH)
    done = runbook("close", ID, cwd=repo.root, check=1)
    assert f"{FOLDER}/report.md:" in done.stderr
    assert there(origin).git("rev-parse", BRANCH) == before
    closed = check_shape(
        "close", runbook("close", ID, "--force", "a drill", "--format", "json", cwd=repo.root, check=0).stdout
    )
    assert (closed["branch"], closed["pushed"]) == (BRANCH, True)
    assert "status: closed" in there(origin).show(f"{BRANCH}:{FOLDER}/record.yaml")
    assert "a drill" in there(origin).show(f"{BRANCH}:{FOLDER}/report.md")
