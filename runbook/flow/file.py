"""Filing: the running document moves into the repository, report and picture and all that they rest on, in one commit.

The order matters for who is interrupted: everything is written beside its place first, then moved in, then committed;
the running folder goes away only once the commit is there, and only if nothing was recorded in the meantime.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from runbook.errors import CheckFailedError, NotFoundError, RunbookError
from runbook.flow.fold import fold_desk
from runbook.flow.past import renew
from runbook.flow.picture import drop_stale_picture, pictures
from runbook.flow.rules import before_success
from runbook.flow.settings import load_settings
from runbook.flow.shape import own_templates, placed, take_template
from runbook.model.text import count_of
from runbook.record import cabinet, journal
from runbook.record.store import RECORD, REPORT, dump_record, write_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runbook.flow.desk import Desk
    from runbook.model.record import AnyDocument
    from runbook.publish.current import Committed

FINAL = {"resolved", "in-review", "closed", "success", "failed", "rolled-back"}
"""Statuses in which a document is over: filed or published, it is no longer the current one."""

_KEPT = (journal.JOURNAL, "evidence")


class Filed:
    """A document in the repository. Treat as frozen.

    Attributes:
        id: of the document.
        path: its folder, relative to the repository.
        report: its report, relative to the repository.
        repository: root of the repository.
        commit: the commit's id, or None where nothing had changed since the last one.
        branch: the branch it was committed to.
        document: the record that was filed.
        notes: what a person should know besides: torn lines, entries that came in meanwhile.
    """

    __slots__ = ("branch", "commit", "document", "id", "notes", "path", "report", "repository")

    def __init__(
        self,
        *,
        id: str,  # noqa: A002  the name in the JSON a script reads
        path: str,
        repository: str,
        commit: str | None,
        branch: str,
        document: AnyDocument,
        notes: list[str],
    ) -> None:
        self.id = id
        self.path = path
        self.report = f"{path}/{REPORT}"
        self.repository = repository
        self.commit = commit
        self.branch = branch
        self.document = document
        self.notes = notes

    def to_json(self) -> dict[str, object]:
        """The shape that ``new … --format json`` prints (docs/schema/filed.json)."""
        return {
            "id": self.id,
            "path": self.path,
            "report": self.report,
            "repository": self.repository,
            "commit": self.commit,
            "branch": self.branch,
        }


def adopt(desk: Desk, repo: str) -> None:
    """Make ``repo`` the repository of a document that runs without one, or of another one.

    Raises:
        NotFoundError: it is no git repository.
    """
    from runbook.flow.desk import find_place

    place = find_place(repo)
    if place.repository == desk.place.repository:
        return
    if desk.filed:
        raise NotFoundError(f"{desk.id} is already filed in {desk.place.repository}")
    desk.place = place
    cabinet.write_card(desk.folder, {**cabinet.read_card(desk.folder), "repository": place.repository})


def finished_record(
    desk: Desk, base: AnyDocument | None = None, *, template: str = ""
) -> tuple[AnyDocument, list[str]]:
    """The record as it will be filed: folded, and once more through the door (people edit filed records by hand).

    Args:
        desk: the document.
        base: the curated record to fold onto, where it is not the one in the work tree.
        template: name of the template of its report from now on.

    Raises:
        BadInputError: there is no such template.
    """
    from runbook.model.record import Deployment, Incident

    document, notes = fold_desk(desk, base)
    model = Incident if isinstance(document, Incident) else Deployment
    raw = desk.door.clean_value(document.model_dump(mode="json", by_alias=True))
    finished = model.model_validate(raw)
    take_template(finished, desk.place.repository, template)
    return finished, notes


def rendered_files(document: AnyDocument, repository: str | None) -> dict[str, bytes]:
    """What is made from a record wherever it is filed: ``record.yaml``, ``report.md`` and the picture, by name."""
    return {
        RECORD: dump_record(document).encode(),
        REPORT: render_document(document, repository).encode(),
        **pictures(document, repository),
    }


def render_document(document: AnyDocument, repository: str | None) -> str:
    """``report.md`` for ``document``, from the team's own template if there is one."""
    from runbook.render.report import render_report

    return render_report(document, settings=load_settings(repository), templates=own_templates(repository))


def file_document(
    desk: Desk,
    *,
    branch: bool = False,
    message: str | None = None,
    identity: tuple[str, str] | None = None,
    template: str = "",
) -> Filed:
    """Write the report and commit it with record, journals and evidence.

    Args:
        desk: the document.
        branch: commit to ``incident/<id>`` instead of the current branch; the running folder then stays, because the
            work tree does not hold the document before the branch is merged.
        message: the commit message; one is made if absent.
        identity: name and e-mail for this commit only, where git has none.
        template: name of the template of its report from now on.

    Raises:
        BadInputError: there is no such template.
        NotFoundError: there is no repository to file it in.
        CheckFailedError: somebody edited the filed report, and the record says something else.
        GitError, StorageError: it could not be committed or written; what was recorded is where it was.
    """
    repository = desk.place.repository
    if repository is None:
        raise NotFoundError(
            f"{desk.id} has no repository to file its report in",
            hint=f"git init incidents && runbook resume {desk.id} --repo incidents",
        )
    name = f"incident/{desk.id}" if branch or load_settings(repository).commit.branch else None
    target = PurePosixPath(cabinet.ARCHIVE, desk.id[4:8], desk.id)
    edits = [] if name is not None else take_edits(desk)
    base = None if name is None else _on_branch(repository, name, target)
    document, notes = finished_record(desk, base, template=template)
    notes = edits + notes + before_success(desk, document)
    snapshot = journal_sizes(desk.folder)
    files = {**rendered_files(document, repository), **kept_files(desk)}
    text = message or message_for(document, f"{target}/{REPORT}", update=desk.filed is not None)
    if name is None:
        gone = drop_stale_picture(repository, target, files)
        _write_into(Path(repository, target), files)
        done = _commit_here(repository, target, [*files, *gone], text, identity)
        desk.filed = str(Path(repository, target))
        notes += clear_running(desk, snapshot)
    else:
        done = _commit_to_branch(repository, target, files, text, branch=name, identity=identity)
    if document.status in FINAL and cabinet.read_pointer().get("id") == desk.id:
        cabinet.write_pointer(None)
    notes += [f"a hook changed {path} on the way" for path in done.changed_by_hooks]
    renew(repository)
    return Filed(
        id=desk.id,
        path=str(target),
        repository=repository,
        commit=None if done.nothing_new else done.sha,
        branch=done.branch,
        document=document,
        notes=notes,
    )


def take_edits(desk: Desk) -> list[str]:
    """Bring into the record what people edited in the filed report, which is about to be written anew.

    Returns:
        What to say about it.

    Raises:
        CheckFailedError: both were changed, and only a person can say whose version counts.
    """
    if desk.filed is None or not Path(desk.filed, REPORT).is_file():
        return []
    from runbook.flow.sync import sync
    from runbook.flow.sync_result import shown

    with placed(desk.place.repository):
        synced = sync(desk)
    if synced.conflicts:
        first = synced.conflicts[0]
        raise CheckFailedError(
            f"the record says {shown(first.record.value)!r} and the report {shown(first.report.value)!r}",
            file=first.report.file,
            line=first.report.line,
            field=first.field,
            hint=f"both were edited; `runbook sync {desk.id}` shows it all and settles it",
        )
    taken = sum(each.source == "report" for each in synced.changed)
    notes = [f"{count_of(taken, 'edit')} in {REPORT} went into the record"] if taken else []
    notes += [f"{each.file}:{each.line}: {each.message}" for each in synced.unread]
    return notes + ([f"the report as it was typed is kept in {synced.copy}"] if synced.copy else [])


def _on_branch(repository: str, branch: str, target: PurePosixPath) -> AnyDocument | None:
    """The record as an earlier run committed it to ``branch``, or None."""
    from runbook.publish.repository import file_at
    from runbook.record.store import parse_record

    try:
        content = file_at(Path(repository), branch, target / RECORD)
    except NotFoundError:
        return None
    return (
        None
        if content is None
        else parse_record(content.decode("utf-8", "replace"), file=f"{branch}:{target}/{RECORD}")
    )


def kept_files(desk: Desk, *, running: bool = True) -> dict[str, bytes]:
    """Journals and evidence, as they are, by their path below the document's folder.

    Args:
        desk: the document.
        running: with what is not filed yet.
    """
    files: dict[str, bytes] = {}
    for root in (desk.filed, desk.folder if running else None):
        for kind in _KEPT:
            folder = Path(root or "", kind)
            if root is None or not folder.is_dir():
                continue
            for path in sorted(folder.iterdir()):
                if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                    if path.suffix == ".part":
                        continue  # of a command that still runs
                    name = f"{kind}/{path.name}"
                    content = path.read_bytes()
                    if kind == journal.JOURNAL and name in files:
                        content = _joined(files[name], content)
                    files[name] = content
    return files


def _joined(filed: bytes, running: bytes) -> bytes:
    """Two states of one writer's journal as one: every line once, in the order in which they were written."""
    known = set(filed.splitlines())
    more = [line for line in running.splitlines() if line not in known]
    return b"".join(line + b"\n" for line in [*filed.splitlines(), *more])


def journal_sizes(folder: str) -> dict[str, int]:
    """Bytes of each journal in a running folder: what tells that something was recorded since."""
    journals = Path(folder, journal.JOURNAL)
    return {path.name: path.stat().st_size for path in journals.iterdir()} if journals.is_dir() else {}


def _write_into(target: Path, files: Mapping[str, bytes]) -> None:
    """Journals and evidence first, the report last: a report never stands there without what it rests on."""
    order = sorted(files, key=lambda name: (name in {RECORD, REPORT}, name == REPORT, name))
    for name in order:
        path = target / name
        if not (path.is_file() and not path.is_symlink() and path.read_bytes() == files[name]):
            write_file(path, files[name])


def _commit_here(
    repository: str, target: PurePosixPath, names: list[str], message: str, identity: tuple[str, str] | None
) -> Committed:
    from runbook.publish.commit import commit_paths

    try:
        # Each file by name: one that git ignores is then an error with the rule, not a piece of evidence left behind.
        return commit_paths(Path(repository), [Path(target, name) for name in names], message, identity=identity)
    except RunbookError as error:
        kept = f"the report is written, not committed: {Path(repository, target, REPORT)}"
        error.hint = f"{error.hint}\n{kept}" if error.hint else kept
        raise


def _commit_to_branch(
    repository: str,
    target: PurePosixPath,
    files: Mapping[str, bytes],
    message: str,
    *,
    branch: str,
    identity: tuple[str, str] | None,
) -> Committed:
    from runbook.publish.branch import commit_tree_files

    placed = {target / name: content for name, content in files.items()}
    return commit_tree_files(Path(repository), placed, message, branch, identity=identity)


def message_for(document: AnyDocument, report: str, *, update: bool) -> str:
    """The commit message for a document.

    Args:
        document: as it is committed.
        report: the report's path in the repository.
        update: whether it was committed before.
    """
    from runbook.model.record import Incident
    from runbook.publish.message import Facts, commit_message

    facts: Facts = {
        "document": document.document,
        "id": document.id,
        "title": document.title,
        "path": report,
        "status": document.status,
        "duration": document.milestones.since_start("resolved"),
    }
    if isinstance(document, Incident):
        facts["severity"] = document.severity
        facts["causes"] = [cause.title for cause in document.causes]
    return commit_message(facts, update=update)


def clear_filed(desk: Desk) -> None:
    """Remove a running folder that holds nothing the repository does not have: it was merged and pulled meanwhile."""
    if not desk.filed or not os.path.isdir(desk.folder):
        return
    snapshot = journal_sizes(desk.folder)
    both, filed = kept_files(desk), kept_files(desk, running=False)
    if both == filed:
        clear_running(desk, snapshot)


def clear_running(desk: Desk, snapshot: dict[str, int]) -> list[str]:
    """Remove the running folder, unless something was recorded since the snapshot was filed."""
    if not os.path.isdir(desk.folder):
        return []
    try:
        with journal.locked(desk.folder, exclusive=True):
            if journal_sizes(desk.folder) != snapshot:
                return [f"entries came in while it was filed; `runbook render {desk.id}` takes them in"]
            grave = f"{desk.folder}.filed-{os.getpid()}"
            os.rename(desk.folder, grave)
    except (OSError, journal.FolderMovedError):
        return []
    with contextlib.suppress(OSError):
        shutil.rmtree(grave)
    return []
