"""Making a repository ready: settings, folders, attributes, the CI job, templates for requests, owners.

A file that is not there is written; one that an earlier ``init`` wrote and nobody edited is renewed; everything else
stays as it is. Nothing is committed: whoever asked for it looks at it first.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from runbook import __version__
from runbook.errors import BadInputError, NotFoundError, StorageError
from runbook.flow.settings import load_settings
from runbook.model.stamp import is_untouched, stamped
from runbook.record.places import SETTINGS_FILE
from runbook.record.store import write_file

if TYPE_CHECKING:
    from collections.abc import Iterator

FORGES = ("github", "gitlab", "none")
_OWNERS = ("CODEOWNERS", "docs/CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS")


class Part(NamedTuple):
    """A file that init takes care of.

    Attributes:
        path: relative to the repository.
        state: ``new``, ``renewed``, ``same``, ``yours`` (edited, or not from us: left alone).
        note: what to do about it, or nothing.
    """

    path: str
    state: str
    note: str = ""


class Prepared(NamedTuple):
    """What init did, or would do.

    Attributes:
        root: of the repository.
        made: whether the repository itself is new.
        ci: ``github``, ``gitlab`` or ``none``.
        parts: every file.
        next: what is left to the person, a command or a sentence each.
    """

    root: Path
    made: bool
    ci: str
    parts: list[Part]
    next: list[str]

    def to_json(self) -> dict[str, Any]:
        """The shape that ``init --format json`` prints (docs/schema/init.json)."""
        return {
            "repository": str(self.root),
            "made": self.made,
            "ci": self.ci,
            "files": [{"path": part.path, "state": part.state, "note": part.note} for part in self.parts],
            "next": self.next,
        }


def prepare(folder: str | None = None, *, ci: str | None = None, dry_run: bool = False) -> Prepared:
    """Make a repository ready.

    Args:
        folder: in the repository, or where there shall be one; the current folder if None.
        ci: one of :data:`FORGES`; told by the remote if None.
        dry_run: change nothing, only say what would be done.

    Raises:
        NotFoundError: the folder is not there.
        GitError, StorageError: the repository could not be made, or a file not written.
        BadInputError: the settings that are there have an error, or a file is in the way.
    """
    from runbook.publish.repository import create_repository, find_repository

    where = Path(os.path.abspath(os.path.expanduser(folder or ".")))
    if not where.is_dir() and folder is None:
        raise NotFoundError("the current folder is gone", hint="cd to your repository")
    root = find_repository(where)
    made = root is None
    if root is None:
        root = where
        if not dry_run:
            create_repository(root)
    settings = load_settings(str(root))
    kind, target = _forge(root) if not made or not dry_run else ("", "main")
    chosen = ci or {"github": "github", "gitea": "github", "gitlab": "gitlab"}.get(kind, "none")
    install = settings.ci.install.replace("{version}", __version__)
    parts = [
        _place(root, path, text.replace("@INSTALL@", install).replace("@TARGET@", target), dry_run=dry_run)
        for path, text in _files(root, chosen)
    ]
    if made:
        parts = [part._replace(state="new") for part in parts]
    return Prepared(root, made, chosen, [*parts, *_beside(root, chosen)], _next(root, parts, chosen, ci=ci, kind=kind))


def _forge(root: Path) -> tuple[str, str]:
    """What the remote runs, and its default branch; the usual guesses where there is no remote."""
    from runbook.publish.forge import forge_of
    from runbook.publish.remote import remote_address, remote_name
    from runbook.publish.repository import head_branch
    from runbook.publish.upstream import tracked_default

    try:
        remote = remote_name(root, load_settings(str(root)).publish.remote)
    except NotFoundError:
        return "", head_branch(root) or "main"
    forge = forge_of(remote_address(root, remote), load_settings(str(root)).publish.forge)
    return (forge.kind if forge else ""), tracked_default(root, remote) or head_branch(root) or "main"


def _files(root: Path, ci: str) -> Iterator[tuple[str, str]]:
    """Path and text of every file, as far as it fits what is there."""
    from runbook.publish.repository import FIRST_FILES

    yield from FIRST_FILES.items()
    yield "signatures/README.md", _packaged("signatures.md")
    yield "templates/README.md", _packaged("templates.md")
    if ci == "github":
        yield ".github/workflows/runbook.yml", _packaged("github-workflow.yml")
        yield ".github/PULL_REQUEST_TEMPLATE/incident.md", _packaged("request.md")
    if ci == "gitlab":
        yield ".gitlab/runbook.yml", _packaged("gitlab-ci.yml")
        yield ".gitlab/merge_request_templates/incident.md", _packaged("request.md")
        if not (root / ".gitlab-ci.yml").exists() or _is_ours(root / ".gitlab-ci.yml"):
            yield ".gitlab-ci.yml", _packaged("gitlab-include.yml")
    owners = next((name for name in _OWNERS if (root / name).exists()), None)
    if ci != "none" and (owners is None or _is_ours(root / owners)):
        yield owners or f".{ci}/CODEOWNERS", _packaged("CODEOWNERS")


def _beside(root: Path, ci: str) -> Iterator[Part]:
    """Files of the team's that something should be added to."""
    pipeline = root / ".gitlab-ci.yml"
    if ci == "gitlab" and pipeline.exists() and not _is_ours(pipeline) and ".gitlab/runbook.yml" not in _text(pipeline):
        yield Part(".gitlab-ci.yml", "yours", "add to it: include: [{local: .gitlab/runbook.yml}]")
    owners = next((name for name in _OWNERS if (root / name).exists() and not _is_ours(root / name)), None)
    if ci != "none" and owners is not None:
        yield Part(owners, "yours", "" if "incidents" in _text(root / owners) else "add to it: /incidents/ @your-team")


def _packaged(name: str) -> str:
    from runbook.render.environment import packaged_folder

    return (packaged_folder() / "init" / name).read_text(encoding="utf-8")


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise StorageError(f"cannot be read: {(error.strerror or '').lower()}", file=str(path)) from None


def _is_ours(path: Path) -> bool:
    return path.is_file() and is_untouched(_text(path))


def _place(root: Path, path: str, text: str, *, dry_run: bool) -> Part:
    from runbook.publish.containment import inside

    inside(root, Path(path))
    target = root / path
    wanted = stamped(path, text)
    if os.path.lexists(target):
        if not target.is_file():
            raise BadInputError("something is in the way of a file", file=str(target), hint="move it, or remove it")
        before = _text(target).replace("\r\n", "\n")
        if before == wanted:
            return Part(path, "same")
        if before.strip() and not is_untouched(before):
            return Part(path, "yours")
        state = "renewed" if before.strip() else "new"  # an empty runbook.toml only marks a repository of reports
    else:
        state = "new"
    if not dry_run:
        write_file(target, wanted.encode())
    return Part(path, state)


def _next(root: Path, parts: list[Part], chosen: str, *, ci: str | None, kind: str) -> list[str]:
    steps = []
    written = [part.path for part in parts if part.state in {"new", "renewed"}]
    if written:
        tops = " ".join(sorted({path.split("/")[0] for path in written}))
        steps += [f"git add {tops}", "git commit -m 'Prepare for incident reports'"]
    if ci is None and chosen == "none" and not kind:
        steps.append("runbook init --ci github        or gitlab, once the repository has a remote there")
    if not (root / ".pre-commit-config.yaml").exists() or "runbook lint" not in _text(root / ".pre-commit-config.yaml"):
        steps.append("runbook init --pre-commit       prints hooks for .pre-commit-config.yaml")
    steps.append("runbook completion bash         (zsh, fish) prints what the Tab key needs")
    if SETTINGS_FILE in {part.path for part in parts if part.state == "new"}:
        steps.append(f"$EDITOR {SETTINGS_FILE}            every key is there, with its default")
    return steps


PRE_COMMIT = """\
# Add this to .pre-commit-config.yaml. It uses the runbook that is installed; docs/publish.md names the other way.
repos:
  - repo: local
    hooks:
      - id: runbook-lint
        name: incident reports are complete
        entry: runbook lint
        language: system
        files: ^(incidents|templates|signatures|checklists|runbooks|\\.github|\\.gitlab)/|^[^/]+$
        require_serial: true
      - id: runbook-sync-check
        name: report and record agree
        entry: runbook sync --check --all
        language: system
        files: ^incidents/
        pass_filenames: false
"""
