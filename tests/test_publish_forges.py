"""Remotes as teams have them, forges' own programs, and links: against servers on the loopback interface."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from gitservers import GitHub, git_over_http, git_over_ssh
from publishing import Repo
from test_publish_review import BRANCH, FOLDER, ID, filed, origin, publish, seed, there

from runbook.publish.forge import LONGEST_LINK, Forge, forge_of, request_link
from runbook.publish.remote import remote_address
from runbook.render.request import renewed_body

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from conftest import Runbook

__all__ = ["filed", "origin", "seed"]  # fixtures


# --- which forge, and its link


@pytest.mark.parametrize(
    ("address", "kind", "web"),
    [
        ("https://github.com/acme/reports.git", "github", "https://github.com/acme/reports"),
        ("git@github.com:acme/reports.git", "github", "https://github.com/acme/reports"),
        ("ssh://git@ssh.github.com:443/acme/reports.git", "github", "https://github.com/acme/reports"),
        ("ssh://git@altssh.gitlab.com:443/g/s/reports.git", "gitlab", "https://gitlab.com/g/s/reports"),
        ("https://gitlab.com/group/sub/reports", "gitlab", "https://gitlab.com/group/sub/reports"),
        ("ssh://git@gitlab.acme.org:2222/ops/reports.git", "gitlab", "https://gitlab.acme.org/ops/reports"),
        ("https://gitlab.acme.org:8443/ops/reports.git", "gitlab", "https://gitlab.acme.org:8443/ops/reports"),
        ("git@bitbucket.org:acme/reports.git", "bitbucket", "https://bitbucket.org/acme/reports"),
        (
            "https://bitbucket.acme.org/scm/ops/reports.git",
            "bitbucket-server",
            "https://bitbucket.acme.org/projects/ops/repos/reports",
        ),
        (
            "ssh://git@bitbucket.acme.org:7999/~kim/reports.git",
            "bitbucket-server",
            "https://bitbucket.acme.org/users/kim/repos/reports",
        ),
        ("https://codeberg.org/acme/reports.git", "gitea", "https://codeberg.org/acme/reports"),
        ("git@forgejo.acme.org:ops/reports", "gitea", "https://forgejo.acme.org/ops/reports"),
        ("https://acme@dev.azure.com/acme/ops/_git/reports", "azure", "https://dev.azure.com/acme/ops/_git/reports"),
        ("git@ssh.dev.azure.com:v3/acme/ops/reports", "azure", "https://dev.azure.com/acme/ops/_git/reports"),
        ("https://git.acme.org/reports.git", "", "https://git.acme.org/reports"),
    ],
)
def test_the_address_of_a_remote_tells_its_forge(address: str, kind: str, web: str) -> None:
    forge = forge_of(address)
    assert forge is not None
    assert (forge.kind, forge.web) == (kind, web)


@pytest.mark.parametrize("address", ["/srv/git/reports.git", "../reports", "file:///srv/git/r.git", "C:\\reports"])
def test_a_path_is_no_forge(address: str) -> None:
    assert forge_of(address) is None


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("git@github-work:acme/reports.git", "git@github.com:acme/reports.git"),
        ("ssh://git@github.com-work:443/acme/reports.git", "ssh://github.com:443/acme/reports.git"),
        ("git@git.acme.org:ops/reports.git", "git@git.acme.org:ops/reports.git"),  # an address behind it is no name
        ("git@elsewhere.org:ops/reports.git", "git@elsewhere.org:ops/reports.git"),
        ("https://github-work/acme/reports.git", "https://github-work/acme/reports.git"),
    ],
)
def test_an_alias_of_sshs_configuration_is_told_by_the_name_behind_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, shown: str
) -> None:
    if shutil.which("ssh") is None:
        pytest.skip("needs ssh")
    config = tmp_path / "ssh config"
    config.write_text(
        "Host github-work github.com-work\n  HostName github.com\nHost git.acme.org\n  HostName 10.1.2.3\n", "utf-8"
    )
    monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh -F '{config}'")
    repo = Repo(home / "clone")
    repo.root.mkdir()
    repo.git("init", "-q")
    repo.git("remote", "add", "origin", address)
    assert remote_address(repo.root, "origin") == shown


def test_the_settings_say_what_a_host_does_not() -> None:
    forge = forge_of("git@git.acme.org:ops/reports.git", "gitlab")
    assert forge is not None
    assert forge.kind == "gitlab"


@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea", "bitbucket", "bitbucket-server", "azure"])
def test_a_link_says_where_from_where_to_and_what(kind: str) -> None:
    """Whatever is in a title or a text, the link stays one link and says just that."""
    title, body = 'INC-1: 100% & more #5 "quoted" <b>', "A line\n\n- [ ] über & unter\n"
    forge = Forge(kind, "git.example.org", "ops/reports", "https://git.example.org/ops/reports")
    link = request_link(forge, branch="incident/INC-1", target="main", title=title, body=body)
    parts = urlsplit(link)
    asked = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    said = f"{parts.path} {' '.join(asked.values())}"
    assert "incident/INC-1" in said
    assert "main" in said
    assert not set(link) & set(' "<>\n')
    if kind != "azure":
        assert title in asked.values()
    if kind in {"github", "gitlab", "gitea"}:
        assert body in asked.values()
    if kind in {"github", "gitea"}:
        assert asked["quick_pull"] == "1"


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("github", "https://git.example.org/ops/reports/compare/main...kim:incident/INC-1?"),
        ("gitea", "https://git.example.org/ops/reports/compare/main...kim:incident/INC-1?"),
        ("gitlab", "https://git.example.org/kim/reports/-/merge_requests/new?"),
        (
            "bitbucket",
            "https://git.example.org/kim/reports/pull-requests/new?source=incident/INC-1&dest=ops/reports%3A%3Amain&",
        ),
    ],
)
def test_a_link_from_a_fork_leads_to_where_the_request_belongs(kind: str, place: str) -> None:
    forge, fork = (
        Forge(kind, "git.example.org", f"{owner}/reports", f"https://git.example.org/{owner}/reports")
        for owner in ("ops", "kim")
    )
    link = request_link(forge, fork=fork, branch="incident/INC-1", target="main", title="t", body="b")
    assert link.startswith(place)


def test_a_long_text_is_cut_so_that_the_link_still_opens() -> None:
    forge = Forge("github", "github.com", "acme/reports", "https://github.com/acme/reports")
    link = request_link(forge, branch="b", target="main", title="t", body="a line of the text\n" * 2000)
    assert len(link) <= LONGEST_LINK
    assert "the+report+has+it+all" in link


def test_only_our_part_of_a_description_is_renewed() -> None:
    """Reviewers tick boxes and write below; that stays. Where they took our marks out, all of it stays."""
    before = "Kim: please look\n<!-- runbook:request -->\nold\r\n<!-- /runbook:request -->\n- [x] ticked\n"
    now = "<!-- runbook:request -->\nnew\n<!-- /runbook:request -->\n- [ ] ticked\n"
    assert renewed_body(before, now) == (
        "Kim: please look\n<!-- runbook:request -->\nnew\n<!-- /runbook:request -->\n- [x] ticked\n"
    )
    assert renewed_body("all my own words", now) is None


# --- gh and glab


@pytest.fixture
def github(home: Path, origin: Path, filed: Repo, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """The real ``gh``, led to a forge of ours by its own development host and a proxy."""
    if shutil.which("gh") is None:
        pytest.skip("needs gh")
    with (home / ".gitconfig").open("a", encoding="utf-8") as config:
        config.write(f'[url "{origin.parent}/"]\n\tinsteadOf = https://github.localhost/acme/\n')
    filed.git("remote", "set-url", "origin", "https://github.localhost/acme/reports.git")
    forge = GitHub()
    with forge.served() as address:
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, address)
        for name in ("GH_TOKEN", "GH_ENTERPRISE_TOKEN"):
            monkeypatch.setenv(name, "secret-token")
        yield forge


def test_gh_opens_the_request_and_brings_it_up_to_date(runbook: Runbook, filed: Repo, github: GitHub) -> None:
    """The real program against GitHub's interface: once created, then updated in place, with what reviewers ticked."""
    first = publish(runbook, filed)["request"]
    assert (first["state"], first["program"]) == ("created", "gh")
    assert first["url"] == "http://github.localhost/acme/reports/pull/1"
    (pull,) = github.pulls
    assert (pull["head"]["ref"], pull["base"]["ref"], pull["draft"]) == (BRANCH, "main", False)
    assert pull["title"] == f"{ID}: Dashboards are down"
    assert pull["body"] == first["body"]

    assert publish(runbook, filed)["request"]["state"] == "unchanged"
    pull["body"] = "Kim has looked.\n\n" + pull["body"].replace("- [ ] The summary", "- [x] The summary")
    runbook("set", "severity", "critical", "--id", ID, cwd=filed.root, check=0)
    again = publish(runbook, filed)["request"]
    assert (again["state"], again["url"]) == ("updated", first["url"])
    assert len(github.pulls) == 1
    assert pull["body"].startswith("Kim has looked.")
    assert "- [x] The summary" in pull["body"]
    assert "**Severity** critical" in pull["body"]


def test_without_a_login_a_link_does_instead(
    runbook: Runbook, filed: Repo, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is pushed; that gh was refused is a note, not a failure."""
    monkeypatch.setenv("GH_TOKEN", "wrong")
    monkeypatch.setenv("GH_ENTERPRISE_TOKEN", "wrong")
    sent = publish(runbook, filed)
    assert sent["pushed"]
    assert sent["request"]["state"] == "link"
    assert sent["request"]["url"].startswith("https://github.localhost/acme/reports/compare/main...")
    assert any("gh did not do it" in note for note in sent["notes"])
    assert github.pulls == []


def test_a_draft_and_a_link_when_asked_for(runbook: Runbook, filed: Repo, github: GitHub) -> None:
    assert publish(runbook, filed, ID, "--link")["request"]["state"] == "link"
    assert github.asked == []
    publish(runbook, filed, ID, "--draft")
    assert github.pulls[0]["draft"] is True


@pytest.fixture
def forked(home: Path, filed: Repo, origin: Path) -> Path:
    """The clone pushes to a fork of one's own, whose main is behind; requests go to the original, ``upstream``."""
    fork = Path(shutil.copytree(origin, origin.parent / "fork/reports.git"))
    with (home / ".gitconfig").open("a", encoding="utf-8") as config:
        config.write(f'[url "{fork.parent}/"]\n\tinsteadOf = https://github.localhost/kim/\n')
        config.write(f'[url "{origin.parent}/"]\n\tinsteadOf = https://github.localhost/acme/\n')
    filed.git("remote", "set-url", "origin", "https://github.localhost/kim/reports.git")
    filed.git("remote", "add", "upstream", "https://github.localhost/acme/reports.git")
    return fork


def test_from_a_fork_the_request_goes_to_the_original(
    runbook: Runbook, forked: Path, filed: Repo, origin: Path, github: GitHub
) -> None:
    """The branch is in the fork alone, and starts at the original's main; with gh, then with a link."""
    filed.git("remote", "set-url", "origin", "https://github.localhost/kim/reports.git")
    sent = publish(runbook, filed, ID, "--into", "upstream")
    assert (sent["remote"], sent["into"], sent["pushed"]) == ("origin", "upstream", True)
    assert there(forked).git("branch", "--list", BRANCH)
    assert not there(origin).git("branch", "--list", BRANCH)
    assert github.asked[-1] == ("POST", "/repos/acme/reports/pulls")
    assert github.pulls[0]["head"]["label"] == f"kim:{BRANCH}"
    assert publish(runbook, filed, ID, "--into", "upstream")["request"]["state"] == "unchanged"
    with (filed.root / "runbook.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[publish]\ninto = "upstream"\n')
    runbook("set", "severity", "critical", "--id", ID, cwd=filed.root, check=0)
    linked = publish(runbook, filed, ID, "--link")
    assert linked["into"] == "upstream"


def test_close_takes_the_same_course_as_publish(runbook: Runbook, forked: Path, filed: Repo, origin: Path) -> None:
    """Named where the settings do not say it, the original is asked, and the fork's branch moves on."""
    publish(runbook, filed, ID, "--into", "upstream", "--link")
    said = runbook("close", ID, "--branch", "--into", "upstream", cwd=filed.root, check=2).stderr
    assert "--into" in said
    said = runbook("close", ID, "--into", "nowhere", "--force", "reviewed", cwd=filed.root, check=2).stderr
    assert "there is no remote 'nowhere'" in said
    words = ("--into", "upstream", "--force", "reviewed", "--format", "json")
    closed = json.loads(runbook("close", ID, *words, cwd=filed.root, check=0).stdout)
    assert (closed["branch"], closed["pushed"]) == (BRANCH, True)
    assert "status: closed" in there(forked).git("show", f"{BRANCH}:{FOLDER}/record.yaml")
    assert not there(origin).git("branch", "--list", BRANCH)


def test_from_a_fork_an_id_that_the_original_has_is_renumbered(
    runbook: Runbook, forked: Path, filed: Repo, origin: Path
) -> None:
    other = Repo(origin.parent / "other")
    Repo(origin.parent).git("clone", "--quiet", str(origin), str(other.root))
    record = other.root / FOLDER / "record.yaml"
    record.parent.mkdir(parents=True)
    record.write_text("schema: 1\nulid: 01KHB074000004TQZ8THNHXNAE\n", "utf-8")
    other.git("add", "-A")
    other.git("commit", "--quiet", "-m", "theirs")
    other.git("push", "--quiet", "origin", "HEAD:main")
    assert runbook("renumber", "--all", "--check", cwd=filed.root).returncode == 0  # the fork knows nothing of it
    with (filed.root / "runbook.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[publish]\ninto = "upstream"\n')
    assert runbook("renumber", "--all", "--check", cwd=filed.root).returncode == 1
    sent = publish(runbook, filed, ID, "--link")
    assert sent["renumbered_from"] == ID
    assert sent["request"]["url"].startswith("https://github.localhost/acme/reports/compare/main...kim:incident/")
    assert there(forked).git("branch", "--list", sent["branch"])


def test_a_setting_for_forks_does_not_hinder_who_has_none(runbook: Runbook, filed: Repo, origin: Path) -> None:
    with (filed.root / "runbook.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[publish]\ninto = "upstream"\n')
    sent = publish(runbook, filed, ID, "--link")
    assert (sent["remote"], sent["into"]) == ("origin", "origin")
    assert "--into" in runbook("publish", "--help").stdout
    done = runbook("publish", ID, "--into", "nowhere", cwd=filed.root)
    assert (done.returncode, "there is no remote 'nowhere'" in done.stderr) == (2, True)


GLAB = """\
    #!{python}
    # Stands in for glab, which no package registry here has: `glab api` as https://docs.gitlab.com/cli/api/ documents
    # it, for https://docs.gitlab.com/api/merge_requests/. Anything that is not in there ends it.
    import json, os, sys
    from pathlib import Path
    store = Path(os.environ["GLAB_STORE"])
    state = json.loads(store.read_text()) if store.exists() else {{"requests": [], "calls": []}}
    words = sys.argv[1:]
    state["calls"].append(words)
    assert words[:5] in (
        ["api", "--hostname", "gitlab.acme.org", "--method", method] for method in ("GET", "POST", "PUT")
    ), words
    method, path, rest = words[4], words[5], words[6:]
    base = "projects/ops%2Fgroup%2Freports/merge_requests"
    fork = os.environ.get("GLAB_FORK")
    projects = {{"projects/ops%2Fgroup%2Freports": 41, "projects/kim.lee%2Freports": 97}}
    where = (fork or "projects/ops%2Fgroup%2Freports")
    fields = {{}}
    if method == "GET":
        assert not rest, words
        if path in projects and fork:
            answer = {{"id": projects[path], "path": "reports"}}
        else:
            branch = "incident%2FINC-2026-02-11-001"
            assert path == base + "?source_branch=" + branch + "&state=opened&per_page=100", words
            # Somebody else's, from a third project.
            answer = [{{"iid": 3, "project_id": 41, "source_project_id": 12, "web_url": "x"}}, *state["requests"]]
    else:
        assert rest == ["--header", "Content-Type: application/json", "--input", "-"], words
        fields = json.load(sys.stdin)
    if method == "POST":
        wanted = {{"source_branch", "target_branch", "title", "description", "remove_source_branch"}}
        assert path == where + "/merge_requests", words
        assert set(fields) == (wanted | {{"target_project_id"}} if fork else wanted), words
        assert fields.get("target_project_id", 41) == 41, fields
        answer = {{"iid": 7, "web_url": "https://gitlab.acme.org/ops/group/reports/-/merge_requests/7", **fields,
                  "project_id": 41, "source_project_id": projects[where]}}
        state["requests"].append(answer)
    if method == "PUT":
        assert path == base + "/7" and set(fields) <= {{"title", "description"}}, words
        answer = state["requests"][0]
        answer.update(fields)
    store.write_text(json.dumps(state))
    print(json.dumps(answer))
"""


def test_glab_opens_a_merge_request_and_brings_it_up_to_date(
    runbook: Runbook, home: Path, filed: Repo, origin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a recorded contract: exactly the documented calls, or the stand-in ends with an error."""
    _glab(home, filed, origin, monkeypatch)
    first = publish(runbook, filed)
    assert first["notes"] == [note for note in first["notes"] if "glab" not in note]
    assert (first["request"]["state"], first["request"]["program"]) == ("created", "glab")
    assert first["request"]["url"].endswith("/-/merge_requests/7")
    runbook("set", "severity", "critical", "--id", ID, cwd=filed.root, check=0)
    assert publish(runbook, filed)["request"]["state"] == "updated"
    (request,) = json.loads((home / "glab.json").read_text("utf-8"))["requests"]
    assert (request["source_branch"], request["target_branch"]) == (BRANCH, "main")
    assert "**Severity** critical" in request["description"]


def test_glab_makes_the_request_of_a_fork_in_the_original(
    runbook: Runbook, home: Path, filed: Repo, origin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made under the fork, with the number of the original; brought up to date where it goes to."""
    _glab(home, filed, origin, monkeypatch)
    monkeypatch.setenv("GLAB_FORK", "projects/kim.lee%2Freports")
    fork = Path(shutil.copytree(origin, origin.parent / "fork/reports.git"))
    with (home / ".gitconfig").open("a", encoding="utf-8") as config:
        config.write(f'[url "{fork.parent}/"]\n\tinsteadOf = git@gitlab.acme.org:kim.lee/\n')
    filed.git("remote", "rename", "origin", "upstream")
    filed.git("remote", "add", "origin", "git@gitlab.acme.org:kim.lee/reports.git")
    first = publish(runbook, filed, ID, "--into", "upstream", "--remote", "origin")["request"]
    assert (first["state"], first["program"]) == ("created", "glab")
    assert first["url"] == "https://gitlab.acme.org/ops/group/reports/-/merge_requests/7"
    runbook("set", "severity", "critical", "--id", ID, cwd=filed.root, check=0)
    again = publish(runbook, filed, ID, "--into", "upstream", "--remote", "origin")["request"]
    assert (again["state"], again["url"]) == ("updated", first["url"])
    (request,) = json.loads((home / "glab.json").read_text("utf-8"))["requests"]
    assert (request["source_project_id"], request["target_branch"]) == (97, "main")


def _glab(home: Path, filed: Repo, origin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clone's origin becomes one on a GitLab that only the stand-in for ``glab`` reaches."""
    with (home / ".gitconfig").open("a", encoding="utf-8") as config:
        config.write(f'[url "{origin.parent}/"]\n\tinsteadOf = git@gitlab.acme.org:ops/group/\n')
    filed.git("remote", "set-url", "origin", "git@gitlab.acme.org:ops/group/reports.git")
    program = home / "bin/glab"
    program.parent.mkdir()
    program.write_text(textwrap.dedent(GLAB).format(python=sys.executable), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("GLAB_STORE", str(home / "glab.json"))


def test_a_forge_that_answers_a_push_with_a_link_is_quoted(runbook: Runbook, filed: Repo, origin: Path) -> None:
    """Hosts whose name tells nothing: many print the address of the form themselves."""
    filed.git("remote", "set-url", "origin", str(origin))
    hook = origin / "hooks/post-receive"
    hook.write_text(
        "#!/bin/sh\necho 'To create a merge request for it, visit:'\n"
        "echo '  https://git.acme.org/ops/reports/-/merge_requests/new?x=1'\n",
        encoding="utf-8",
    )
    hook.chmod(0o755)
    assert publish(runbook, filed)["request"]["url"] == "https://git.acme.org/ops/reports/-/merge_requests/new?x=1"


# --- over the network


def test_over_http(runbook: Runbook, filed: Repo, origin: Path) -> None:
    there(origin).git("config", "http.receivepack", "true")
    with git_over_http(origin.parent) as address:
        filed.git("remote", "set-url", "origin", f"{address}/reports.git")
        sent = publish(runbook, filed)
    assert there(origin).git("rev-parse", BRANCH).strip() == sent["commit"]


def test_over_http_without_the_right_to(runbook: Runbook, filed: Repo, origin: Path) -> None:
    """No question at the terminal, no waiting: committed, and said who refused."""
    with git_over_http(origin.parent, token="something") as address:
        filed.git("remote", "set-url", "origin", f"{address}/reports.git")
        done = runbook("publish", ID, cwd=filed.root, check=2)
    assert "origin does not let you" in done.stderr
    assert f"committed on {BRANCH}" in done.stderr


def test_over_ssh(runbook: Runbook, filed: Repo, origin: Path, home: Path) -> None:
    if not (shutil.which("sshd") or os.access("/usr/sbin/sshd", os.X_OK)) or shutil.which("ssh-keygen") is None:
        pytest.skip("needs openssh-server")
    with git_over_ssh(home / "ssh") as (host, command):
        filed.git("remote", "set-url", "origin", f"{host}:{origin}")
        done = runbook("publish", ID, "--format", "json", cwd=filed.root, env={"GIT_SSH_COMMAND": command}, check=0)
    assert there(origin).git("rev-parse", BRANCH).strip() == json.loads(done.stdout)["commit"]


def test_two_clones_that_publish_at_once_both_get_through(
    runbook: Runbook, filed: Repo, origin: Path, tmp_path: Path
) -> None:
    """The same id from two clones at the same moment: two branches, two ids, nothing lost, however they meet."""
    other = Repo(Path(shutil.copytree(filed.root, tmp_path / "b")))
    record = other.root / FOLDER / "record.yaml"
    text = record.read_text("utf-8")
    ulid = text.split("\nulid: ")[1][:26]
    for path in (other.root / FOLDER).rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(ulid.encode(), f"{ulid[:-4]}0000".encode()))
    other.git("commit", "--quiet", "--amend", "--no-edit", "-a")
    with ThreadPoolExecutor(2) as pool:
        sent = list(pool.map(lambda repo: publish(runbook, repo), (filed, other)))
    assert {each["id"] for each in sent} == {ID, "INC-2026-02-11-002"}
    for name in (each["id"] for each in sent):
        assert f"\nid: {name}\n" in there(origin).show(f"incident/{name}:incidents/2026/{name}/record.yaml")
    refs = there(origin).git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    assert sorted(refs) == [BRANCH, "incident/INC-2026-02-11-002", "main"]


def test_two_people_publish_the_same_incident_at_once(
    runbook: Runbook, filed: Repo, origin: Path, tmp_path: Path
) -> None:
    """Both have it and both add to it: one branch, which has what either added."""
    other = Repo(Path(shutil.copytree(filed.root, tmp_path / "b")))
    for repo, words in ((filed, "seen by Robin"), (other, "seen by Kim")):
        runbook("log", words, "--id", ID, cwd=repo.root, check=0)

    def send(repo: Repo) -> subprocess.CompletedProcess[str]:
        return runbook("publish", ID, "--format", "json", cwd=repo.root)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(send, (filed, other)))
    for repo, each in zip((filed, other), done, strict=True):
        if each.returncode:
            assert "cannot be told" in each.stderr or "gone two ways" in each.stderr, each.stderr
            runbook("publish", ID, cwd=repo.root, check=0)
    text = there(origin).show(f"{BRANCH}:{FOLDER}/record.yaml")
    assert "seen by Robin" in text
    assert "seen by Kim" in text
