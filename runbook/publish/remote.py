"""Talking to the team's remote: which one, what it has, and what it said when it refused.

Everything here may take as long as the network does, and ends within half a minute where the connection is dead.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from runbook.errors import GitError, NotFoundError
from runbook.publish.git import Git, Output, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_HEADS = "refs/heads/"
_QUIET_FETCH = (
    *("--quiet", "--no-tags", "--no-write-fetch-head"),
    *("--no-auto-maintenance", "--no-recurse-submodules"),
)
_UNREACHABLE = (
    *("Could not resolve host", "Could not read from remote", "unable to access", "Connection refused", "timed out"),
    *("Network is unreachable", "No route to host", "does not appear to be a git repository", "unable to connect"),
    *("Connection reset", "Connection closed", "remote end hung up", "No such file or directory", "unable to look up"),
)
_NO_RIGHTS = re.compile(
    r"(?i)access denied|permission (?:to \S+ )?denied|denied to|error: 40[13]\b|authentication failed|"
    r"could not read username|not allowed|not permitted|read.only|service not enabled|protected"
)
_NOISE = re.compile(
    r"(?m)^(?:Please make sure you have the correct access rights|and the repository exists\.|"
    r"error: failed to push some refs to .*|fatal: Could not read from remote repository\.)\n?"
)
KEPT = "everything is on record on this machine; run the same command again later"


class Heads(NamedTuple):
    """What a remote has: the name of its default branch (empty: nothing there yet) and branch -> commit."""

    default: str
    branches: Mapping[str, str]


def remote_names(root: Path) -> list[str]:
    """The remotes of the repository, in git's order."""
    return [name for name in Git(root).read("remote").text.split("\n") if name]


def remote_name(root: Path, wanted: str = "") -> str:
    """The remote to share through: the one named, else that of the current branch, else ``origin``, else the only one.

    Raises:
        NotFoundError: there is none, or several of which none is meant.
    """
    git = Git(root)
    names = remote_names(root)
    if wanted:
        if wanted not in names:
            raise NotFoundError(
                f"there is no remote {wanted!r}", file=os.fspath(root), hint="`git remote -v` lists them"
            )
        return wanted
    branch = git.read("symbolic-ref", "--quiet", "--short", "HEAD").text
    own = git.read("config", "--get", f"branch.{branch}.remote").text if branch else ""
    for name in (own, "origin", names[0] if len(names) == 1 else ""):
        if name and name in names and not name.startswith("-"):
            return name
    if not names:
        raise NotFoundError(
            "this repository has no remote to share through",
            file=os.fspath(root),
            hint="git remote add origin URL, with a repository that your team can reach",
        )
    raise NotFoundError(f"which remote? there are {', '.join(names)}", hint="name one with --remote")


def remote_address(root: Path, remote: str) -> str:
    """Where a remote is, as people name it; without a user name or token that the address may carry.

    Where the user's configuration sends a network address to a copy on this disk (``insteadOf``), it is the network
    address that says which forge it is. A host that only ssh's own configuration knows, as people with two accounts
    have it (``git@github-work:team/reports``), is told by the name that it stands for.
    """
    git = Git(root)
    used = git.read("remote", "get-url", "--", remote).text
    written = git.read("config", "--get", f"remote.{remote}.url").text
    address = used if _is_network(used) or not _is_network(written) else written
    shown = re.sub(r"^(\w+://)[^/@]*@", r"\1", address) if "://" in address else address
    found = _SSH_HOST.match(shown) if _is_network(shown) else None
    if found is None:
        return shown
    host = found["url"] or found["scp"]
    return shown[: found.end() - len(host)] + host_behind(git, host) + shown[found.end() :]


def host_behind(git: Git, host: str) -> str:
    """The host's real name where ``host`` is an alias of ssh's configuration; asks nobody on the network."""
    given = os.environ.get("GIT_SSH_COMMAND") or git.read("config", "--get", "core.sshCommand").text or "ssh"
    try:
        command = shlex.split(given)
        if os.path.basename(command[0]) != "ssh" or host.startswith("-"):
            return host
        # The user's own ssh, as git calls it.
        done = subprocess.run(
            [*command, "-G", host], check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=5
        )
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        return host
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    real = next((line.removeprefix("hostname ").strip() for line in lines if line.startswith("hostname ")), host)
    # A name that people use is better than the address behind it: only what is no name of a site is an alias.
    alias = "." not in host or host.startswith((f"{real}-", f"{real}_")) or host.endswith((f"-{real}", f".{real}"))
    return real.lower() if alias and "." in real and not re.fullmatch(r"[\d.:]+", real) else host


_SSH_HOST = re.compile(r"(?:ssh://(?P<url>[^/:@\s]+)|(?!\w+://)(?:[^/@:\s]+@)?(?P<scp>[^/:@\s]{2,})(?=:))")


def _is_network(address: str) -> bool:
    scheme, found, _ = address.partition("://")
    return scheme != "file" if found else bool(re.match(r"[^/:]+:(?!/*$)", address))


def heads_of(root: Path, remote: str, *patterns: str) -> Heads:
    """The remote's default branch, and those of its branches whose names match one of ``patterns``.

    Args:
        root: the clone.
        remote: its name.
        patterns: branch names, or with ``*``; the default branch is always among the answer.

    Raises:
        GitError: the remote cannot be reached.
    """
    wanted = [f"{_HEADS}{pattern}" for pattern in patterns]
    output = reach(Git(root), "ls-remote", "--quiet", "--symref", "--", remote, "HEAD", *wanted)
    if not output.ok:
        raise trouble(output, remote, "see what is there")
    default, tip, branches = "", "", {}
    for line in output.text.split("\n"):
        what, _, name = line.partition("\t")
        if what.startswith("ref: ") and name == "HEAD":
            default = what.removeprefix("ref: ").removeprefix(_HEADS)
        elif name == "HEAD":
            tip = what
        elif name.startswith(_HEADS):
            branches[name.removeprefix(_HEADS)] = what
    if default and tip:
        branches[default] = tip
    return Heads(default if default in branches else "", branches)


def fetch_commits(root: Path, remote: str, branches: Mapping[str, str]) -> None:
    """Bring these branches' commits into the clone; its own branches, index and work tree stay as they are.

    Args:
        root: the clone.
        remote: its name.
        branches: branch -> commit, as :func:`heads_of` tells them.

    Raises:
        GitError: the remote cannot be reached, or a branch is gone.
    """
    git = Git(root)
    missing = [name for name, commit in branches.items() if not has_commit(git, commit)]
    if not missing:
        return
    specs = [f"{_HEADS}{name}" for name in missing]
    output = reach(git, "-c", "fetch.writeCommitGraph=false", "fetch", *_QUIET_FETCH, "--", remote, *specs)
    if not output.ok:
        raise trouble(output, remote, "fetch what others have pushed")


def has_commit(git: Git, commit: str) -> bool:
    """Whether the clone holds that commit; asks no remote."""
    return bool(commit) and git.read("cat-file", "-e", f"{commit}^{{commit}}").ok


def reach(git: Git, *args: str, hooks: bool = False) -> Output:
    """A command that talks to a remote; a dead connection ends within half a minute.

    Args:
        git: in the repository.
        args: as for :meth:`Git.write`.
        hooks: whether the team's ``pre-push`` has a say.
    """
    patience = ("-c", "http.lowSpeedLimit=100", "-c", "http.lowSpeedTime=30")
    return git.write(*patience, *args, hooks=hooks)


def said_of(output: Output) -> str:
    """What git and the remote said of a push, with the reason from the machine-readable part."""
    reasons = [line.rpartition("\t")[2] for line in os.fsdecode(output.stdout).split("\n") if line.startswith("!")]
    return "\n".join([output.stderr.rstrip("\n"), *reasons])


def trouble(output: Output, remote: str, doing: str, *, kept: str = KEPT) -> GitError:
    """The error for a remote that was not reached or did not want to.

    Args:
        output: what git answered.
        remote: its name.
        doing: completes "git could not …".
        kept: what the person still has, and what to do next.
    """
    said = output.stderr
    shown = quoted(_NOISE.sub("", said)) or quoted(said) or f"    (git said nothing, status {output.status})"
    if "hook declined" in said or "remote rejected" in said:
        return GitError(f"{remote} refused to {doing}\n{shown}", hint=kept)
    if _NO_RIGHTS.search(said):
        return GitError(
            f"{remote} does not let you {doing}\n{shown}",
            hint=f"{kept}\n`git push --dry-run {remote}` shows whether you may push there at all",
        )
    if any(sign in said for sign in _UNREACHABLE):
        return GitError(f"{remote} cannot be reached\n{shown}", hint=kept)
    return GitError(f"git could not {doing}\n{shown}", hint=kept)


def url_in(said: str, near: Iterable[str] = ("pull", "merge_request", "compare", "/-/", "pr/")) -> str:
    """The address a forge printed in answer to a push (``remote: Create a pull request …``), or nothing."""
    for line in said.splitlines():
        found = re.search(r"https?://[^\s<>\"']{4,500}", line) if line.startswith("remote:") else None
        if found and any(word in found.group() for word in near):
            return found.group()
    return ""
