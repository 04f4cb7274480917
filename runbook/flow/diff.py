"""Versions side by side: which documents changed between two revisions, and how, in terms of the incident."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from runbook.errors import BadInputError, GitError, NotFoundError
from runbook.flow.desk import find_place
from runbook.flow.settings import load_settings
from runbook.flow.versions import Versions
from runbook.record import cabinet
from runbook.record.store import RECORD, REPORT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runbook.flow.versions import Version
    from runbook.model.changes import Compared
    from runbook.publish.comment import Comment
    from runbook.publish.versions import Revision

WORK_TREE = "work tree"


class Difference(NamedTuple):
    """What came of a comparison.

    Attributes:
        repository: its root.
        old: the older version as people name it.
        new: the newer one.
        documents: those that changed, by id; the one that was asked for even if it did not.
    """

    repository: str
    old: str
    new: str
    documents: list[Compared]

    @property
    def between(self) -> str:
        """Both versions in a few words."""
        return f"{self.old} → {self.new}"

    def to_json(self) -> dict[str, Any]:
        """The shape that ``diff --format json`` prints (docs/schema/diff.json)."""
        from runbook.render.changes import sentence_of

        documents = [
            {
                "id": document.id,
                "title": document.title,
                "state": document.state,
                "changes": [
                    {
                        "section": change.section,
                        "what": change.what,
                        "field": change.field,
                        "item": change.item or None,
                        "before": change.before,
                        "after": change.after,
                        "text": sentence_of(change),
                    }
                    for change in document.changes
                ],
                "hints": document.hints,
            }
            for document in self.documents
        ]
        return {"old": self.old, "new": self.new, "documents": documents}


def difference(words: Sequence[str], repo: str | None = None) -> Difference:
    """Compare versions of one document, or of all that changed.

    Args:
        words: the document's id, or without one all that differ; then no revision (HEAD and the work tree), one (it and
            the work tree; or ``OLD..NEW``, or ``OLD...NEW``: from where NEW left OLD), or two.
        repo: the repository of reports, where it is not found by itself.

    Raises:
        NotFoundError: there is no repository, no such revision, or no such document in either.
        BadInputError: a version of a record has an error, named by file, line and field.
    """
    from runbook.record.key import redaction_key
    from runbook.redact.door import Door
    from runbook.review.changes import compare

    repository = find_place(repo).repository
    if repository is None:
        raise NotFoundError("there is no repository of reports here", hint="--repo PATH names one")
    root = Path(repository)
    revisions = list(words)
    identifier = revisions.pop(0) if revisions and cabinet.ID.match(revisions[0].upper()) else None
    old, new = _two(root, revisions)
    versions = Versions(root, load_settings(repository), Door(redaction_key))
    wanted = cabinet.check_id(identifier) if identifier else ""
    documents = []
    for before, after in _pairs(versions, root, old, new, wanted):
        was, now = versions.shown(before, after)
        compared = compare(was and was.document, now and now.document)
        compared.hints.extend(now.hints if now else ())
        if wanted or compared.state != "same" or compared.hints:
            documents.append(compared)
    if wanted and not documents:
        raise NotFoundError(
            f"{wanted} is filed neither in {old.name} nor in {new.name if new else 'the work tree'}",
            hint=f"runbook render {wanted} files it",
        )
    return Difference(repository, old.short, new.short if new else WORK_TREE, documents)


def _pairs(
    versions: Versions, root: Path, old: Revision, new: Revision | None, wanted: str
) -> list[tuple[Version | None, Version | None]]:
    """Both versions of each document, under whichever id: what was renumbered did not go, and nothing came.

    Args:
        versions: where they are read.
        root: the work tree.
        old: the older revision.
        new: the newer one; None is the work tree.
        wanted: the only one that is asked for, by its id before or after; empty for all that changed.
    """
    if wanted and all(alone := (versions.at(wanted, old), versions.at(wanted, new))):
        return [alone]
    names = sorted({*_changed(root, old, new), *([wanted] if wanted else [])})
    both = {name: (versions.at(name, old), versions.at(name, new)) for name in names}
    gone = {before.record.ulid: name for name, (before, after) in both.items() if before and not after}
    pairs = []
    for name, (before, after) in both.items():
        earlier, was = name, before
        if after and not before and after.record.ulid in gone:
            earlier = gone.pop(after.record.ulid)
            was = both[earlier][0]
        if (was or after) and wanted in {"", name, earlier}:
            pairs.append((name, was, after))
    # What was joined under its new id is not told again under the one that it had.
    return [(was, after) for name, was, after in pairs if after or (was and was.record.ulid in gone)]


def _two(root: Path, names: Sequence[str]) -> tuple[Revision, Revision | None]:
    """The two versions that are meant; None is the work tree."""
    from runbook.publish.versions import fork_point, revision

    if len(names) > 2:
        raise BadInputError("two versions are compared, not more", hint="runbook diff ID OLD NEW, or OLD..NEW")
    if len(names) == 2:
        return revision(root, names[0]), revision(root, names[1])
    name = names[0] if names else "HEAD"
    for dots in ("...", ".."):
        before, found, after = name.partition(dots)
        if found:
            old, new = revision(root, before or "HEAD"), revision(root, after or "HEAD")
            return (fork_point(root, old, new) if dots == "..." else old), new
    return revision(root, name), None


def _changed(root: Path, old: Revision, new: Revision | None) -> list[str]:
    """Ids of the documents whose record or report differs, in order."""
    from runbook.publish.versions import changed_paths

    found = {
        path.parent.name
        for path in changed_paths(root, old, new, cabinet.ARCHIVE)
        if path.name in {RECORD, REPORT} and cabinet.ID.match(path.parent.name)
    }
    return sorted(found)


def comment(found: Difference, number: int | None) -> Comment:
    """Say it in the pull or merge request, in the place of what was said there before.

    Args:
        found: the comparison.
        number: of the request; None: the one that a CI job runs for, else the open one of the current branch.

    Raises:
        NotFoundError: there is no such request, or no program that could reach it.
    """
    import os

    from runbook.publish.comment import ci_request, put_comment, request_of_branch
    from runbook.publish.forge import forge_of
    from runbook.publish.remote import remote_address, remote_name
    from runbook.publish.repository import head_branch
    from runbook.publish.request import ProgramFailedError, program_for
    from runbook.render.changes import MARKER

    root = Path(found.repository)
    settings = load_settings(found.repository)
    forge = forge_of(remote_address(root, remote_name(root, settings.publish.remote)), settings.publish.forge)
    if forge is None or program_for(forge) is None:
        raise NotFoundError(
            "no program here can comment on that remote's requests",
            hint="install gh (GitHub) or glab (GitLab); --format markdown prints the comment",
        )
    try:
        number = number or ci_request(os.environ)
        branch = head_branch(root)
        if number is None and branch is not None:
            number = request_of_branch(forge, branch)
        if number is None:
            raise NotFoundError(
                f"there is no open request for {branch or 'a detached HEAD'}",
                hint="runbook publish ID opens one; --comment NUMBER names one",
            )
        return put_comment(forge, number, MARKER, as_markdown(found), only_renew=not found.documents)
    except ProgramFailedError as error:
        raise GitError(str(error), hint="--format markdown prints the comment") from None


def as_text(found: Difference, *, width: int) -> str:
    """The account for a terminal."""
    from runbook.render.changes import changes_as_text

    return changes_as_text(found.documents, found.between, width=width)


def as_markdown(found: Difference) -> str:
    """The account as a comment for a pull request."""
    from runbook.render.changes import changes_as_markdown

    return changes_as_markdown(found.documents, found.between)
