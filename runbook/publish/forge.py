"""Forges: which one a remote's address belongs to, and the link that opens a filled-in pull or merge request there.

Nothing is asked of anybody: an address and a few words in, a link out. Sources of the formats:

- GitHub: https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/proposing-changes-to-your-work-with-pull-requests/using-query-parameters-to-create-a-pull-request
- GitLab: https://docs.gitlab.com/user/project/merge_requests/creating_merge_requests/
- Gitea and Forgejo take GitHub's parameters (https://github.com/go-gitea/gitea/pull/34537); older ones ignore the text
- Bitbucket Cloud and Data Center, Azure DevOps: the address of their own form for a new pull request
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, quote_plus, urlencode

KINDS = ("github", "gitlab", "bitbucket", "bitbucket-server", "gitea", "azure")
LONGEST_LINK = 4000
"""Characters. Browsers take more, some forges' front ends refuse more than 8 KiB for a request line."""

_KNOWN_HOSTS = {
    "bitbucket.org": "bitbucket",
    "codeberg.org": "gitea",
    "gitea.com": "gitea",
    "dev.azure.com": "azure",
    "ssh.dev.azure.com": "azure",
}
_BY_HTTPS_PORT = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
}
"""Hosts that only take ssh on port 443 -> where the web pages are."""
_SIGNS = (
    *(("github", "github"), ("gitlab", "gitlab"), ("gitea", "gitea"), ("forgejo", "gitea")),
    *(("bitbucket", "bitbucket-server"), (".visualstudio.com", "azure")),
)
_WITH_SCHEME = re.compile(r"(?P<scheme>[a-z+]+)://(?:[^/@]*@)?(?P<host>[^/:]+)(?::(?P<port>\d+))?/+(?P<path>.+)")
_SCP = re.compile(r"(?:[^/@:]+@)?(?P<host>[^/:@]{2,}):(?P<path>[^:].*)")


class Forge(NamedTuple):
    """A repository on a forge.

    Attributes:
        kind: one of :data:`KINDS`; empty where the host says nothing.
        host: its name, without port.
        path: of the repository, such as ``team/incidents``; for GitLab with all its groups.
        web: where browsers find the repository.
    """

    kind: str
    host: str
    path: str
    web: str


def forge_of(address: str, kind: str = "") -> Forge | None:
    """The forge behind a remote's address; None for an address that is none of a network host.

    Args:
        address: as ``git remote get-url`` prints it: ``https://``, ``ssh://``, or ``git@host:path``.
        kind: what the team's settings say, for hosts whose name does not tell.
    """
    found = _WITH_SCHEME.fullmatch(address) or _SCP.fullmatch(address)
    if not found or address.startswith("file:"):
        return None
    parts = found.groupdict()
    host, scheme = parts["host"].lower(), parts.get("scheme") or "ssh"
    host = _BY_HTTPS_PORT.get(host, host)
    path = parts["path"].strip("/").removesuffix(".git").strip("/")
    kind = kind or _KNOWN_HOSTS.get(host) or next((kind for sign, kind in _SIGNS if sign in host), "")
    # A port of ssh says nothing about where the web pages are; one of http does.
    port = f":{parts['port']}" if scheme in {"http", "https"} and parts.get("port") else ""
    site = f"{'http' if scheme == 'http' else 'https'}://{host}{port}"
    if kind == "azure":
        host, path, web = _azure(host, path)
        return Forge(kind, host, path, web)
    if kind == "bitbucket-server":
        path = path.removeprefix("scm/")
        project, _, slug = path.rpartition("/")
        where = f"users/{project[1:]}" if project.startswith("~") else f"projects/{project}"
        return Forge(kind, host, path, f"{site}/{where}/repos/{slug}")
    return Forge(kind, host, path, f"{site}/{quote(path)}")


def _azure(host: str, path: str) -> tuple[str, str, str]:
    """Azure's addresses differ for ssh (``v3/organisation/project/repository``) and https (``…/_git/…``)."""
    parts = [part for part in path.removeprefix("v3/").split("/") if part not in {"_git", "DefaultCollection"}]
    if host.endswith(".visualstudio.com") and len(parts) < 3:
        return host, "/".join(parts), f"https://{host}/{quote(parts[0])}/_git/{quote(parts[-1])}"
    organisation, project, name = (parts + parts[-1:] * 2)[:3]
    return (
        "dev.azure.com",
        "/".join(parts),
        f"https://dev.azure.com/{quote(organisation)}/{quote(project)}/_git/{quote(name)}",
    )


def request_link(forge: Forge, *, branch: str, target: str, title: str, body: str, fork: Forge | None = None) -> str:
    """The link that opens a new request, filled in as far as the forge takes it; empty where the forge is not known.

    ``fork`` is where the branch is, if not in ``forge`` itself.
    A body that would make the link longer than :data:`LONGEST_LINK` is cut at a line.
    """
    if fork is not None:
        forge, branch, target = _from_fork(forge, fork, branch, target)
    whole = _link(forge, branch, target, title, body)
    lines = body.splitlines()
    fitting, too_many = 0, len(lines)
    while len(whole) > LONGEST_LINK and too_many - fitting > 1:
        middle = (fitting + too_many) // 2
        text = "\n".join([*lines[:middle], "", "(cut; the report has it all)"])
        if len(_link(forge, branch, target, title, text)) <= LONGEST_LINK:
            fitting = middle
        else:
            too_many = middle
    if len(whole) <= LONGEST_LINK:
        return whole
    text = "\n".join([*lines[:fitting], "", "(cut; the report has it all)"]) if fitting else ""
    return _link(forge, branch, target, title, text)


def _from_fork(forge: Forge, fork: Forge, branch: str, target: str) -> tuple[Forge, str, str]:
    """Whose form to open, and how branch and target are called there.

    GitHub's and Gitea's is the original's, with the fork's owner before the branch. The others' is the fork's own,
    which offers the original as target; Bitbucket wants it named.
    """
    if forge.kind in {"github", "gitea"}:
        return forge, f"{fork.path.split('/')[0]}:{branch}", target
    return fork, branch, f"{forge.path}::{target}" if forge.kind == "bitbucket" else target


def _link(forge: Forge, branch: str, target: str, title: str, body: str) -> str:
    if forge.kind in {"github", "gitea"}:
        words = {"quick_pull": "1", "title": title, "body": body}
        return f"{forge.web}/compare/{quote(target)}...{quote(branch, safe='/:')}?{_query(words)}"
    if forge.kind == "gitlab":
        words = {
            "merge_request[source_branch]": branch,
            "merge_request[target_branch]": target,
            "merge_request[title]": title,
            "merge_request[description]": body,
        }
        return f"{forge.web}/-/merge_requests/new?{_query(words)}"
    if forge.kind == "bitbucket":
        return f"{forge.web}/pull-requests/new?{_query({'source': branch, 'dest': target, 'title': title})}"
    if forge.kind == "bitbucket-server":
        words = {"sourceBranch": f"refs/heads/{branch}", "targetBranch": f"refs/heads/{target}", "title": title}
        return f"{forge.web}/pull-requests?create&{_query(words)}"
    if forge.kind == "azure":
        return f"{forge.web}/pullrequestcreate?{_query({'sourceRef': branch, 'targetRef': target})}"
    return ""


def _query(words: dict[str, str]) -> str:
    return urlencode({name: value for name, value in words.items() if value}, quote_via=quote_plus, safe="/")
