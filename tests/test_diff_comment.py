"""The account of what changed as one comment on a request, rewritten in its place.

``gh`` and ``glab`` are stood in for by a program that keeps comments in a file and answers the documented calls.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import examples
import pytest
from test_schemas import check as check_shape

from runbook.publish.comment import LONGEST, ci_request
from runbook.record.store import dump_record
from runbook.render.changes import MARKER

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

FORGE = '''#!{python}
"""Answers as the forges document it: https://docs.github.com/en/rest/issues/comments, https://docs.gitlab.com/api/notes/"""
import json, pathlib, sys
from urllib.parse import parse_qs, urlsplit

state = pathlib.Path({state!r})
arguments = sys.argv[1:]
assert arguments[:2] == ["api", "--hostname"] and arguments[3] == "--method", arguments
method, path = arguments[4], urlsplit(arguments[5])
fields = json.load(sys.stdin) if "--input" in arguments else None
kept = json.loads(state.read_text())
kept["calls"].append([method, arguments[5]])
github = sys.argv[0].endswith("gh")
thread = "repos/acme/reports/issues/7/comments" if github else "projects/team%2Freports/merge_requests/7/notes"
one = "repos/acme/reports/issues/comments/" if github else thread + "/"
query = parse_qs(path.query)

def shown(comment):
    return {{**comment, "html_url": "https://github.com/acme/reports/pull/7#issuecomment-%d" % comment["id"]}}

if method == "GET" and path.path == thread:
    page, size = int(query["page"][0]), int(query["per_page"][0])
    answer = [shown(comment) for comment in kept["comments"][(page - 1) * size : page * size]]
elif method == "POST" and path.path == thread:
    kept["comments"].append({{"id": 100 + len(kept["comments"]), "body": fields["body"]}})
    answer = shown(kept["comments"][-1])
elif method == ("PATCH" if github else "PUT") and path.path.startswith(one):
    (there,) = [comment for comment in kept["comments"] if str(comment["id"]) == path.path[len(one):]]
    there["body"] = fields["body"]
    answer = shown(there)
elif method == "GET" and path.path in ("repos/acme/reports/pulls", "projects/team%2Freports/merge_requests"):
    branch = query["head"][0].split(":")[1] if github else query["source_branch"][0]
    answer = [{{"number": 7, "iid": 7}}] if branch == "review" else []
else:
    sys.exit("HTTP 404: Not Found (%s %s)" % (method, path.path))
state.write_text(json.dumps(kept))
print(json.dumps(answer))
'''


class Place:
    """A repository with a change on the branch ``review``, and a forge."""

    def __init__(self, repository: Path, tmp_path: Path, program: str) -> None:
        self.root, self.state = repository, tmp_path / "forge.json"
        self.state.write_text('{"comments": [], "calls": []}', encoding="utf-8")
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / program).write_text(FORGE.format(python=sys.executable, state=str(self.state)), encoding="utf-8")
        (folder / program).chmod(0o755)
        self.path = f"{folder}{os.pathsep}{os.environ['PATH']}"
        address = "https://github.com/acme/reports.git" if program == "gh" else "git@gitlab.com:team/reports.git"
        self.git("remote", "add", "origin", address)
        self.incident = examples.incident(3)
        self.commit("File")
        self.git("switch", "--quiet", "-c", "review")
        self.severity("critical")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True)

    def commit(self, message: str) -> None:
        path = self.root / "incidents/2026" / self.incident.id / "record.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump_record(self.incident), encoding="utf-8")
        self.git("add", ".")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)

    def severity(self, value: Any) -> None:
        self.incident.severity = value
        self.commit(f"It was {value}")

    @property
    def kept(self) -> dict[str, Any]:
        kept: dict[str, Any] = json.loads(self.state.read_text(encoding="utf-8"))
        return kept

    def keep(self, *bodies: str) -> None:
        comments = [{"id": number, "body": body} for number, body in enumerate(bodies, 1)]
        self.state.write_text(json.dumps({"comments": comments, "calls": []}), encoding="utf-8")


@pytest.fixture(params=["gh", "glab"])
def place(request: pytest.FixtureRequest, repository: Path, tmp_path: Path) -> Place:
    return Place(repository, tmp_path, request.param)


def comment(runbook: Runbook, place: Place, *options: str, env: dict[str, str] | None = None) -> dict[str, Any]:
    words = ("diff", "main...review", *(options or ("--comment", "7")), "--format", "json")
    done = runbook(*words, cwd=place.root, env={"PATH": place.path, **(env or {})}, check=0)
    told: dict[str, Any] = check_shape("diff", done.stdout)["comment"]
    return told


def test_it_is_said_once_and_rewritten_in_its_place(runbook: Runbook, place: Place) -> None:
    place.keep("Looks good to me", f"I quote: {MARKER}")
    first = comment(runbook, place)
    assert first["state"] == "created"
    assert first["url"].startswith("https://git")
    assert "severity high → critical" in place.kept["comments"][2]["body"]
    assert comment(runbook, place)["state"] == "unchanged"
    place.severity("low")
    again = comment(runbook, place)
    assert (again["state"], again["url"]) == ("updated", first["url"])
    bodies = [one["body"] for one in place.kept["comments"]]
    assert len(bodies) == 3
    assert bodies[:2] == ["Looks good to me", f"I quote: {MARKER}"]
    assert "severity high → low" in bodies[2]


def test_it_is_found_behind_hundreds_of_others(runbook: Runbook, place: Place) -> None:
    place.keep(*["+1"] * 230, f"{MARKER}\nold\n")
    assert comment(runbook, place)["state"] == "updated"
    assert "severity" in place.kept["comments"][230]["body"]


def test_nothing_changed_makes_no_comment_but_corrects_the_one_that_is_there(runbook: Runbook, place: Place) -> None:
    place.severity("high")
    assert comment(runbook, place)["state"] == "not needed"
    place.keep(f"{MARKER}\nold\n")
    assert comment(runbook, place)["state"] == "updated"
    assert "No incident and no deployment changed" in place.kept["comments"][0]["body"]


def test_the_request_is_the_ci_jobs_or_the_branchs_own(runbook: Runbook, place: Place) -> None:
    assert comment(runbook, place, "--comment", env={"GITHUB_REF": "refs/pull/7/merge"})["state"] == "created"
    assert comment(runbook, place, "--comment", env={"CI_MERGE_REQUEST_IID": "7"})["state"] == "unchanged"
    assert comment(runbook, place, "--comment")["state"] == "unchanged"
    told = runbook("diff", "--comment", "main...review", cwd=place.root, env={"PATH": place.path}, check=0).stdout
    assert told.startswith("comment unchanged  https://git")
    place.git("switch", "--quiet", "main")
    done = runbook("diff", "main...review", "--comment", cwd=place.root, env={"PATH": place.path}, check=2)
    assert "no open request for main" in done.stderr
    assert "--comment NUMBER" in done.stderr


def test_a_forge_that_refuses_is_quoted(runbook: Runbook, place: Place) -> None:
    done = runbook("diff", "main...review", "--comment", "8", cwd=place.root, env={"PATH": place.path}, check=2)
    assert "404" in done.stderr
    assert "--format markdown" in done.stderr


def test_where_no_program_reaches_the_forge_it_says_what_to_do(
    runbook: Runbook, repository: Path, tmp_path: Path
) -> None:
    place = Place(repository, tmp_path, "gh")
    place.git("remote", "set-url", "origin", "https://codeberg.org/acme/reports.git")
    done = runbook("diff", "main...review", "--comment", "7", cwd=place.root, env={"PATH": place.path}, check=2)
    assert "install gh (GitHub) or glab (GitLab)" in done.stderr
    assert place.kept["calls"] == []


def test_a_comment_too_long_for_a_forge_is_cut_at_a_line(runbook: Runbook, repository: Path, tmp_path: Path) -> None:
    place = Place(repository, tmp_path, "gh")
    action = examples.incident(0).actions[0]
    for number in range(900):
        text = f"Look at host number {number} and write down what runs there"
        place.incident.actions.append(action.model_copy(update={"id": f"N{number}", "text": text}))
    place.commit("Much to do")
    comment(runbook, place)
    (said,) = place.kept["comments"]
    assert LONGEST - 300 < len(said["body"]) <= LONGEST
    assert said["body"].endswith(
        "what runs there” (owner Noor, due 2026-03-11)\n\n(cut; `runbook diff` says all of it)\n"
    )


def test_a_ci_job_that_runs_for_no_request_names_none() -> None:
    assert ci_request({"GITHUB_REF": "refs/heads/main"}) is None
    assert ci_request({"GITHUB_REF": "refs/pull/12/merge"}) == 12
    assert ci_request({"CI_MERGE_REQUEST_IID": "x"}) is None
