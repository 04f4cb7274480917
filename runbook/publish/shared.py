"""The side ref: how a running incident travels between clones through a remote that the team has anyway.

``refs/runbook/<id>/<ulid>`` of the remote points to a commit whose tree holds ``journal/`` and ``evidence/`` and
nothing else. It is built from git's plumbing (hash-object, mktree, commit-tree), so no branch, index or work tree is
touched and no hook of the project runs. The ref of the same name in the clone says what the remote had when we last
looked.

Two incidents that took the same id on two machines have different ULIDs, hence different refs: they cannot mix.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from runbook.errors import GitError
from runbook.publish.git import Git, refusal
from runbook.publish.remote import reach, said_of, trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

NAMESPACE = "refs/runbook"
FOLDERS = ("evidence", "journal")
MAX_FILES = 20_000
"""More than that in one incident is not what we wrote."""

_REF = re.compile(
    r"([0-9a-f]{40,64})\trefs/runbook/((?:INC|DEP)-\d{4}-\d{2}-\d{2}-\d{3,6})/([0-7][0-9A-HJKMNP-TV-Z]{25})"
)
_AGAIN = re.compile(
    r"fetch first|non-fast-forward|stale info|failed to (?:update|lock)|cannot lock|unable to (?:lock|create)|"
    r"incorrect old value|already exists|remote ref updated|needs force"
)


class Side(NamedTuple):
    """One running incident as it is shared: its id and ULID, which make up the ref."""

    id: str
    ulid: str

    @property
    def ref(self) -> str:
        """Full name of the ref, here and on the remote."""
        return f"{NAMESPACE}/{self.id}/{self.ulid}"


class Blob(NamedTuple):
    """A file in the shared tree: git's name for its content, and its size in bytes."""

    oid: str
    size: int


class Tip(NamedTuple):
    """What the remote has: the commit (empty: nothing yet) and its files by path."""

    commit: str
    files: Mapping[str, Blob]


def shared_sides(root: Path, remote: str, identifier: str = "") -> list[Side]:
    """What is shared on ``remote``: everything, or what goes by ``identifier`` (more than one where ids collided).

    Raises:
        GitError: the remote cannot be reached.
    """
    pattern = f"{NAMESPACE}/{identifier}/*" if identifier else f"{NAMESPACE}/*"
    output = reach(Git(root), "ls-remote", "--quiet", "--refs", "--", remote, pattern)
    if not output.ok:
        raise trouble(output, remote, "look for shared incidents")
    found = (_REF.fullmatch(line) for line in output.text.split("\n"))
    return [Side(match[2], match[3]) for match in found if match]


def was_shared(root: Path, side: Side) -> bool:
    """Whether this clone has pushed or fetched ``side``; asks no remote."""
    return Git(root).read("rev-parse", "--verify", "--quiet", side.ref).ok


def fetch_side(root: Path, remote: str, side: Side) -> Tip:
    """Bring what the remote has of ``side`` into the clone's object store.

    Raises:
        GitError: the remote cannot be reached.
    """
    git = Git(root)
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules")
    checked = ("-c", "fetch.fsckObjects=true", "-c", "fetch.writeCommitGraph=false")
    refspec = f"+{side.ref}:{side.ref}"
    output = reach(git, *checked, "fetch", *quiet, "--refmap=", "--", remote, refspec)
    if not output.ok:
        if "couldn't find remote ref" in output.stderr:
            git.write("update-ref", "-d", side.ref, hooks=False)
            return Tip("", {})
        raise trouble(output, remote, "fetch what others have recorded")
    commit = git.read("rev-parse", "--verify", "--quiet", f"{side.ref}^{{commit}}")
    return _tip(git, commit.text) if commit.ok else Tip("", {})


def _tip(git: Git, commit: str) -> Tip:
    listed = git.read("ls-tree", "-r", "-z", "--long", "--full-tree", commit)
    if not listed.ok:
        raise refusal(listed, "read what was fetched", git.folder)
    rows = listed.fields
    if len(rows) > MAX_FILES:
        raise GitError(f"what is shared holds {len(rows)} files, which is nothing that runbook wrote; left alone")
    files: dict[str, Blob] = {}
    for row in rows:
        about, _, name = row.partition("\t")
        mode, kind, oid, size = about.split()
        if mode == "100644" and kind == "blob" and name.count("/") == 1 and name.split("/")[0] in FOLDERS:
            files[name] = Blob(oid, int(size))
    return Tip(commit, files)


def read_blob(root: Path, blob: Blob) -> bytes:
    """The content of one shared file.

    Raises:
        GitError: git could not read it.
    """
    output = Git(root).read("cat-file", "blob", blob.oid)
    if not output.ok:
        raise refusal(output, "read what was fetched", root)
    return output.stdout


def store_blob(root: Path, content: bytes) -> Blob:
    """Put ``content`` into the clone's object store.

    Raises:
        GitError, StorageError: it could not be written.
    """
    output = Git(root).write("hash-object", "-w", "--no-filters", "--stdin", stdin=content or b"", hooks=False)
    if not output.ok:
        raise refusal(output, "keep what is to be shared", root)
    return Blob(output.text, len(content))


def store_files(root: Path, paths: Sequence[Path]) -> list[Blob]:
    """As :func:`store_blob` for whole files, in one go.

    Raises:
        GitError, StorageError: one could not be read or written.
    """
    plain = [os.fsencode(path) for path in paths]
    if any(b"\n" in path for path in plain):
        return [store_blob(root, path.read_bytes()) for path in paths]
    if not plain:
        return []
    output = Git(root).write(
        "hash-object", "-w", "--no-filters", "--stdin-paths", stdin=b"\n".join(plain) + b"\n", hooks=False
    )
    names = output.text.split("\n")
    if not output.ok or len(names) != len(paths):
        raise refusal(output, "keep what is to be shared", root)
    return [Blob(name, path.stat().st_size) for name, path in zip(names, paths, strict=True)]


def push_side(
    root: Path, remote: str, side: Side, files: Mapping[str, Blob], *, over: Tip, who: tuple[str, str], afresh: bool
) -> bool:
    """Make ``files`` what the remote has of ``side``, if it still has what we saw.

    Args:
        root: the clone.
        remote: its name.
        side: what is shared.
        files: the whole content, by path (``journal/…``, ``evidence/…``).
        over: what the remote had; another state there makes this answer False.
        who: name and e-mail on the commit.
        afresh: leave the earlier states out of the history, because a secret was taken out of them.

    Returns:
        False where somebody else was faster: fetch, join, and try again.

    Raises:
        GitError: the remote cannot be reached, or refuses.
    """
    git = Git(root, identity=who)
    commit = _commit(git, side, files, [] if afresh or not over.commit else [over.commit])
    options = ("--quiet", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no")
    lease = f"--force-with-lease={side.ref}:{over.commit}"
    own = ("-c", f"remote.{remote}.mirror=false")
    output = reach(git, *own, "push", *options, lease, "--", remote, f"{commit}:{side.ref}")
    if output.ok:
        git.write("update-ref", side.ref, commit, hooks=False)
        return True
    said = said_of(output)
    if "hook declined" not in said and _AGAIN.search(said):
        return False
    raise trouble(output._replace(stderr=said), remote, "share what is recorded here")


def remove_side(root: Path, remote: str, side: Side, *, seen: str) -> bool:
    """Take ``side`` off the remote, unless somebody has added to it since ``seen``.

    Raises:
        GitError: the remote cannot be reached, or refuses.
    """
    git = Git(root)
    lease = f"--force-with-lease={side.ref}:{seen}"
    options = ("--quiet", "--porcelain", "--no-verify", "--recurse-submodules=no")
    output = reach(git, "push", *options, lease, "--", remote, f":{side.ref}")
    if output.ok:
        git.write("update-ref", "-d", side.ref, hooks=False)
        return True
    said = said_of(output)
    if _AGAIN.search(said):
        return False
    raise trouble(output._replace(stderr=said), remote, "remove what was shared")


def _commit(git: Git, side: Side, files: Mapping[str, Blob], parents: Iterable[str]) -> str:
    rows = []
    for folder in FOLDERS:
        inside = sorted(name for name in files if name.startswith(f"{folder}/"))
        if inside:
            entries = "".join(f"100644 blob {files[name].oid}\t{name.split('/')[1]}\0" for name in inside)
            rows.append(f"040000 tree {_tree(git, entries)}\t{folder}\0")
    tree = _tree(git, "".join(rows))
    options = [part for parent in parents for part in ("-p", parent)]
    message = f"{side.id}: journals and evidence\n\nMade by `runbook push`. Not part of any branch.\n"
    output = git.write("commit-tree", "--no-gpg-sign", *options, tree, stdin=message.encode(), hooks=False)
    if not output.ok:
        raise refusal(output, "put together what is to be shared", git.folder)
    return output.text


def _tree(git: Git, rows: str) -> str:
    output = git.write("mktree", "-z", stdin=os.fsencode(rows), hooks=False)
    if not output.ok:
        raise refusal(output, "put together what is to be shared", git.folder)
    return output.text
