"""Pull and merge requests through the forges' own programs, ``gh`` and ``glab``, where they are installed.

Both are used for one thing only, as an authenticated way to their forge's documented interface (``gh api``,
``glab api``): their other commands ask questions, look at the work tree, and print for people. Sources:

- https://cli.github.com/manual/gh_api, https://docs.github.com/en/rest/pulls/pulls
- https://docs.gitlab.com/cli/api/, https://docs.gitlab.com/api/merge_requests/,
  https://docs.gitlab.com/api/projects/ for the number of a project
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from runbook.publish.git import foreign_variables, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.publish.forge import Forge

PATIENCE = 60.0
"""Seconds for one question to the forge."""

PROGRAMS = {"github": "gh", "gitlab": "glab"}


class Wanted(NamedTuple):
    """The request as it shall be.

    ``renew`` makes a new description out of the one that is there; None leaves it as it is. ``fork`` is the path of the
    fork that has the branch, if it is in one.
    """

    branch: str
    target: str
    title: str
    body: str
    draft: bool
    renew: Callable[[str], str | None]
    fork: str = ""


class Request(NamedTuple):
    """The request as it is.

    Attributes:
        url: its page.
        state: ``created``, ``updated`` or ``unchanged``.
        program: through which program.
        kept_body: its description has none of our marks any more, and was left as it is.
    """

    url: str
    state: str
    program: str
    kept_body: bool = False


class ProgramFailedError(Exception):
    """``gh`` or ``glab`` did not do it; the message is what it said, for a note. A link does instead."""


def program_for(forge: Forge, fork: Forge | None = None) -> str | None:
    """The name of the forge's program if it is installed, else None; None, too, where only a link can do it."""
    name = PROGRAMS.get(forge.kind, "") if fork is None or (fork.kind, fork.host) == (forge.kind, forge.host) else ""
    return name if name and shutil.which(name) else None


def open_request(forge: Forge, wanted: Wanted) -> Request:
    """Open a request for a branch that was pushed, or bring the one that is open up to date.

    Raises:
        ProgramFailedError: the program is not there, not logged in, or was refused.
    """
    return _github(forge, wanted) if forge.kind == "github" else _gitlab(forge, wanted)


def _github(forge: Forge, wanted: Wanted) -> Request:
    owner = (wanted.fork or forge.path).split("/")[0]
    pulls = f"repos/{forge.path}/pulls"
    query = f"?head={quote(owner)}:{quote(wanted.branch, safe='')}&state=open&per_page=1"
    found = list_of(call_forge("gh", forge, "GET", pulls + query))
    if not found:
        head = f"{owner}:{wanted.branch}" if wanted.fork else wanted.branch
        fields = {"title": wanted.title, "head": head, "base": wanted.target, "body": wanted.body}
        made = call_forge("gh", forge, "POST", pulls, {**fields, "draft": wanted.draft})
        return Request(text_of(made, "html_url"), "created", "gh")
    there = found[0]
    number = text_of(there, "number")
    changes, kept = _changes(there, wanted, body="body")
    if changes:
        there = call_forge("gh", forge, "PATCH", f"{pulls}/{number}", changes)
    return Request(text_of(there, "html_url"), "updated" if changes else "unchanged", "gh", kept)


def _gitlab(forge: Forge, wanted: Wanted) -> Request:
    """A request is made where its branch is, and from then on belongs to the project that it goes to."""
    target = f"projects/{quote(forge.path, safe='')}"
    source = f"projects/{quote(wanted.fork, safe='')}" if wanted.fork else target
    query = f"?source_branch={quote(wanted.branch, safe='')}&state=opened&per_page=100"
    found = list_of(call_forge("glab", forge, "GET", f"{target}/merge_requests{query}"))
    # Others may have a branch of this name in forks of their own.
    number = text_of(call_forge("glab", forge, "GET", source), "id") if wanted.fork else ""
    found = [each for each in found if str(each.get("source_project_id")) == (number or str(each.get("project_id")))]
    if not found:
        fields: dict[str, Any] = {
            "source_branch": wanted.branch,
            "target_branch": wanted.target,
            "title": f"Draft: {wanted.title}" if wanted.draft else wanted.title,
            "description": wanted.body,
            "remove_source_branch": True,
        }
        if wanted.fork:
            fields["target_project_id"] = int(text_of(call_forge("glab", forge, "GET", target), "id"))
        made = call_forge("glab", forge, "POST", f"{source}/merge_requests", fields)
        return Request(text_of(made, "web_url"), "created", "glab")
    there = found[0]
    changes, kept = _changes(there, wanted, body="description")
    if changes:
        there = call_forge("glab", forge, "PUT", f"{target}/merge_requests/{text_of(there, 'iid')}", changes)
    return Request(text_of(there, "web_url"), "updated" if changes else "unchanged", "glab", kept)


def _changes(there: dict[str, Any], wanted: Wanted, *, body: str) -> tuple[dict[str, Any], bool]:
    """What differs: the title, unless it is a draft's or a person's own, and our part of the description."""
    changes: dict[str, Any] = {}
    title = str(there.get("title") or "")
    identifier = wanted.title.split(":")[0]
    if title.startswith(identifier) and title != wanted.title:
        changes["title"] = wanted.title
    before = str(there.get(body) or "")
    after = wanted.renew(before) if before.strip() else wanted.body
    if after is not None and after.strip() != before.replace("\r\n", "\n").strip():
        changes[body] = after
    return changes, after is None


def call_forge(program: str, forge: Forge, method: str, path: str, fields: dict[str, Any] | None = None) -> Any:
    """One call of ``gh api`` or ``glab api``; what it answered, read as JSON.

    Raises:
        ProgramFailedError: it could not be started, took too long, was refused, or answered something else.
    """
    command = [program, "api", "--hostname", forge.host, "--method", method, path]
    if fields is not None:
        command += ["--header", "Content-Type: application/json", "--input", "-"]
    unset = set(foreign_variables(os.environ))
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    # Neither asks, neither looks for a newer version of itself.
    environment |= {"GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_PROMPT": "1"}
    environment |= {"GLAB_CHECK_UPDATE": "false", "NO_COLOR": "1", "GH_PAGER": "", "PAGER": "cat"}
    try:
        done = subprocess.run(
            command,
            input=b"" if fields is None else json.dumps(fields).encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env=environment,
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        raise ProgramFailedError(f"{program} got no answer from {forge.host} in {PATIENCE:.0f} seconds") from None
    except OSError as error:
        raise ProgramFailedError(f"{program} could not be started: {error.strerror}") from None
    if done.returncode != 0:
        said = quoted((done.stderr or done.stdout).decode("utf-8", "replace")).strip().splitlines()
        raise ProgramFailedError(f"{program} did not do it: {said[0].strip() if said else f'status {done.returncode}'}")
    try:
        return json.loads(done.stdout or b"null")
    except ValueError:
        raise ProgramFailedError(f"{program} answered something that is no JSON") from None


def list_of(answer: Any) -> list[dict[str, Any]]:
    """The objects of an answer that is a list; empty for any other."""
    return [item for item in answer if isinstance(item, dict)] if isinstance(answer, list) else []


def text_of(answer: Any, name: str) -> str:
    """A field of an answer.

    Raises:
        ProgramFailedError: the answer does not have it.
    """
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str | int):
        raise ProgramFailedError(f"the forge's answer has no {name}")
    return str(value)
