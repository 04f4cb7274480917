"""One comment of ours on a pull or merge request, found again by its mark and rewritten where it stands.

Through ``gh api`` and ``glab api``, as in :mod:`runbook.publish.request`. Sources:

- https://docs.github.com/en/rest/issues/comments (a pull request's own comments are those of its issue)
- https://docs.gitlab.com/api/notes/
- https://docs.github.com/en/actions/reference/workflows-and-actions/variables (``GITHUB_REF``)
- https://docs.gitlab.com/ci/variables/predefined_variables/ (``CI_MERGE_REQUEST_IID``)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from runbook.publish.request import PROGRAMS, call_forge, list_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runbook.publish.forge import Forge

LONGEST = 60_000
"""Characters of a comment; GitHub takes 65,536."""
_A_PAGE, _MOST_PAGES = 100, 20
_CUT = "\n\n(cut; `runbook diff` says all of it)\n"


class Comment(NamedTuple):
    """What became of the comment.

    Attributes:
        state: ``created``, ``updated``, ``unchanged``; ``not needed`` where there is nothing to say, and no comment.
        url: its page, or empty.
        program: through which program.
    """

    state: str
    url: str
    program: str

    def to_json(self) -> dict[str, str | None]:
        """The ``comment`` in what ``diff --comment --format json`` prints (docs/schema/diff.json)."""
        return {"state": self.state, "url": self.url or None, "program": self.program}


def ci_request(environment: Mapping[str, str]) -> int | None:
    """The request for which a CI job runs, if it runs for one."""
    found = re.fullmatch(r"refs/pull/(\d{1,9})/(?:merge|head)", environment.get("GITHUB_REF", ""))
    number = found[1] if found else environment.get("CI_MERGE_REQUEST_IID", "")
    return int(number) if re.fullmatch(r"\d{1,9}", number) else None


def request_of_branch(forge: Forge, branch: str) -> int | None:
    """The open request that a branch has, or None.

    Raises:
        ProgramFailedError: the program is not logged in, or was refused.
    """
    if forge.kind == "github":
        owner = forge.path.split("/")[0]
        query = f"?head={quote(owner)}:{quote(branch, safe='')}&state=open&per_page=1"
        found = list_of(call_forge("gh", forge, "GET", f"repos/{forge.path}/pulls{query}"))
        return int(text_of(found[0], "number")) if found else None
    query = f"?source_branch={quote(branch, safe='')}&state=opened&per_page=1"
    found = list_of(call_forge("glab", forge, "GET", f"{_project(forge)}/merge_requests{query}"))
    return int(text_of(found[0], "iid")) if found else None


def put_comment(forge: Forge, number: int, mark: str, body: str, *, only_renew: bool = False) -> Comment:
    """Make ``body`` the comment that begins with ``mark``: a new one, or the one that is there.

    Args:
        forge: where; GitHub or GitLab.
        number: of the request.
        mark: what the body begins with, and nobody else's comment does.
        body: Markdown; what is too long for a comment is cut at a line.
        only_renew: there is nothing to say; rewrite a comment that is there, but make none.

    Raises:
        ProgramFailedError: the program is not logged in, or was refused.
    """
    program = PROGRAMS[forge.kind]
    text = body if len(body) <= LONGEST else body[: LONGEST - len(_CUT)].rpartition("\n")[0] + _CUT
    thread = f"repos/{forge.path}/issues/{number}/comments"
    if forge.kind == "gitlab":
        thread = f"{_project(forge)}/merge_requests/{number}/notes"
    there = next((one for one in _comments(program, forge, thread) if _text(one).startswith(mark)), None)
    if there is None:
        if only_renew:
            return Comment("not needed", "", program)
        answer = call_forge(program, forge, "POST", thread, {"body": text})
        return Comment("created", _url(forge, number, answer), program)
    if _text(there).replace("\r\n", "\n").strip() == text.strip():
        return Comment("unchanged", _url(forge, number, there), program)
    identifier = text_of(there, "id")
    if forge.kind == "gitlab":
        answer = call_forge(program, forge, "PUT", f"{thread}/{identifier}", {"body": text})
    else:
        answer = call_forge(program, forge, "PATCH", f"repos/{forge.path}/issues/comments/{identifier}", {"body": text})
    return Comment("updated", _url(forge, number, answer), program)


def _project(forge: Forge) -> str:
    return f"projects/{quote(forge.path, safe='')}"


def _comments(program: str, forge: Forge, thread: str) -> Iterator[dict[str, Any]]:
    for page in range(1, _MOST_PAGES + 1):
        found = list_of(call_forge(program, forge, "GET", f"{thread}?per_page={_A_PAGE}&page={page}"))
        yield from found
        if len(found) < _A_PAGE:
            return


def _text(comment: dict[str, Any]) -> str:
    return str(comment.get("body") or "").lstrip()


def _url(forge: Forge, number: int, comment: Any) -> str:
    """Its page: GitHub says it, GitLab's notes have a fixed one."""
    if forge.kind == "gitlab":
        return f"{forge.web}/-/merge_requests/{number}#note_{text_of(comment, 'id')}"
    return text_of(comment, "html_url")
