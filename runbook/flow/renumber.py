"""Renumbering: a document whose id another one took first gets the next free one, and everything that names it follows.

The ULID is the identity and stays; the id is only a label. The old one is kept as an alias, by which the document is
still found. What somebody typed or printed at the time (commands, evidence, journals) is left as it was.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from runbook.errors import BadInputError, GitError, NotFoundError
from runbook.flow.course import folder_of, remote_of_team, survey, ulid_at, ulid_in
from runbook.flow.desk import Desk, find_place
from runbook.flow.file import clear_running, finished_record, journal_sizes, kept_files, rendered_files
from runbook.flow.fold import fold_desk
from runbook.flow.past import renew
from runbook.flow.settings import load_settings
from runbook.record import cabinet, journal
from runbook.record.store import RECORD

if TYPE_CHECKING:
    from collections.abc import Collection

    from runbook.model.record import AnyDocument
    from runbook.publish.branch import Content

_AS_IT_WAS = ("commands", "evidence", "aliases", "id", "ulid", "left_out", "synced", "synced_through")


class Renumbered:
    """What was renumbered. Treat as frozen.

    Attributes:
        desk: the document under its new id.
        before: the id it had.
        commit: what the change was committed as; empty where it runs and is not filed yet.
        renamed: other files that named it, and now name it anew.
        left: files that named the old id already upstream, where it means the other document.
    """

    def __init__(self, desk: Desk, before: str) -> None:
        self.desk = desk
        self.before = before
        self.commit = ""
        self.renamed: list[str] = []
        self.left: list[str] = []

    def to_json(self) -> dict[str, Any]:
        """The shape that ``renumber`` prints (docs/schema/renumber.json)."""
        return {
            "id": self.desk.id,
            "before": self.before,
            "commit": self.commit or None,
            "renamed": self.renamed,
            "left": self.left,
        }


class Collision(NamedTuple):
    """Whether an id is another document's, too.

    Attributes:
        taken: whether the team's remote has another document under it.
        ids: every id of that day which the remote has.
        upstream: the commit that reports are merged into; empty where that is not known.
    """

    taken: bool
    ids: set[str]
    upstream: str


def collision(desk: Desk, *, remote: str = "") -> Collision:
    """Ask the team's remote, or where it cannot be reached what the clone last heard of it.

    Raises:
        NotFoundError: there is no repository, or no such remote.
        GitError: it cannot be reached, and nothing is known of it.
    """
    root = _repository(desk.place.repository)
    document, _ = fold_desk(desk)
    course = survey(root, [desk.id, *document.aliases], document.ulid, load_settings(str(root)), remote=remote)
    if course.trouble is not None and not course.target_commit:
        raise course.trouble
    return Collision(course.is_taken, course.taken, course.target_commit)


def colliding(repo: str | None, *, remote: str = "") -> list[str]:
    """The filed documents whose ids another document has on the team's remote; that is asked once.

    Raises:
        NotFoundError, GitError: as for :func:`collision`.
    """
    from runbook.publish import upstream
    from runbook.publish.remote import fetch_commits, heads_of, remote_name
    from runbook.publish.repository import changed_since

    root = _repository(find_place(repo).repository)
    whole = load_settings(str(root))
    settings = whole.publish
    name = remote_of_team(root, whole, remote_name(root, remote or settings.remote), remote)
    heads = heads_of(root, name, *([settings.target] if settings.target else []))
    target = settings.target or heads.default
    if not heads.branches.get(target):
        return []
    fetch_commits(root, name, {target: heads.branches[target]})
    theirs = heads.branches[target]
    archive = PurePosixPath(cabinet.ARCHIVE)
    changed = changed_since(root, theirs, archive, unrelated=True) if upstream.head_commit(root) else []
    ids = {path.split("/")[2] for path in changed if path.count("/") >= 3}
    found = []
    for identifier in sorted(filter(cabinet.ID.match, ids)):
        path, other = root / folder_of(identifier) / RECORD, ulid_at(root, theirs, identifier)
        if other and path.is_file() and ulid_in(path.read_bytes()) != other:
            found.append(identifier)
    return found


def _repository(repository: str | None) -> Path:
    if repository is None:
        raise NotFoundError("there is no repository here", hint="name it with --repo")
    return Path(repository)


def renumber(
    desk: Desk,
    *,
    to: str = "",
    taken: Collection[str] = (),
    upstream: str = "",
    identity: tuple[str, str] | None = None,
) -> Renumbered:
    """Give a document another id, everywhere at once; what is filed is committed to the current branch.

    Args:
        desk: the document.
        to: the new id; the next free one of its day if empty.
        taken: ids that are not free besides those in use here.
        upstream: the commit that reports are merged into: who is meant by the old id there is not this document.
        identity: name and e-mail for this commit only.

    Raises:
        BadInputError: the new id is none, is of another day, or is in use.
        GitError: the change could not be committed; everything is as it was.
    """
    document, _ = fold_desk(desk)
    new, folder = _take(desk, to, taken)
    done = Renumbered(Desk(new, folder, desk.filed, desk.place), desk.id)
    done.desk.git_user = desk.git_user
    moved = os.path.isdir(desk.folder)
    try:
        if moved:
            _move_running(desk.folder, folder)
        done.desk.append("set", {"field": "id", "value": new}, source="renumber")
        done.desk.append("set", {"field": "aliases", "value": [*document.aliases, desk.id]}, source="renumber")
        if desk.filed is not None:
            _move_filed(desk, done, upstream, identity)
    except BaseException:
        _move_back(desk, done, moved=moved)
        raise
    _point_to(done)
    renew(desk.place.repository)
    return done


def _take(desk: Desk, to: str, taken: Collection[str]) -> tuple[str, str]:
    """The new id and its running folder, empty and ours."""
    repository = desk.place.repository
    if not to:
        kind, date = desk.kind, desk.id[4:14]
        return cabinet.take_id(kind, date, desk.place.key, repository, also_taken=taken)
    new = cabinet.check_id(to)
    if new[:14] != desk.id[:14]:
        raise BadInputError(
            f"{new} is of another day or kind; an id tells when it began", hint=f"such as {desk.id[:15]}NNN"
        )
    folder = os.path.join(os.path.dirname(desk.folder), new)
    in_use = new in taken or (repository is not None and os.path.exists(cabinet.archive_folder(repository, new)))
    with contextlib.suppress(FileExistsError):
        if not in_use:
            os.makedirs(os.path.dirname(folder), mode=0o700, exist_ok=True)
            os.mkdir(folder, 0o700)
            return new, folder
    raise BadInputError(f"{new} is in use", hint=f"`runbook renumber {desk.id}` takes the next free one")


def _move_running(old: str, new: str) -> None:
    """Move a running folder over the empty one that was taken for it, when nobody writes to it."""
    try:
        with journal.locked(old, exclusive=True):
            os.rename(old, new)
    except OSError as error:
        raise journal.storage_error(error, old) from error


def _move_back(desk: Desk, done: Renumbered, *, moved: bool) -> None:
    """Undo the move of the running folder; the two events about the id go with it or are taken back."""
    with contextlib.suppress(OSError):
        if not moved:
            import shutil

            shutil.rmtree(done.desk.folder)
            return
        for entry in done.desk.raw_entries():
            if entry.source == "renumber" and entry.kind == "set" and done.desk.id in str(entry.data.get("value")):
                done.desk.append("undo", {"target": entry.id}, source="renumber")
        os.rename(done.desk.folder, desk.folder)


def _move_filed(desk: Desk, done: Renumbered, upstream: str, identity: tuple[str, str] | None) -> None:
    from runbook.publish.branch import commit_tree_files
    from runbook.publish.repository import head_branch

    root = Path(desk.place.repository or "")
    branch = head_branch(root)
    if branch is None:
        raise GitError(
            f"{desk.id} has to be renumbered, and no branch is checked out here to commit that to",
            file=str(root),
            hint=f"git switch to a branch, then: runbook renumber {desk.id}",
        )
    snapshot = journal_sizes(done.desk.folder)
    document, _ = finished_record(done.desk)
    document = renamed_record(document, desk.id, done.desk.id)
    old, new = folder_of(desk.id), folder_of(done.desk.id)
    changed: dict[PurePosixPath, Content] = {
        PurePosixPath(path.relative_to(root)): None for path in sorted(Path(root, old).rglob("*")) if path.is_file()
    }
    changed |= {new / name: content for name, content in rendered_files(document, str(root)).items()}
    changed |= {new / name: content for name, content in kept_files(done.desk).items()}
    mentions, done.left = _mentions(root, desk.id, done.desk.id, upstream)
    done.renamed = [str(name) for name in mentions]
    message = (
        f"{desk.kind}: renumber {desk.id} to {done.desk.id}\n\n"
        f"Another document took {desk.id} first. This one is still found by it.\n"
    )
    commit = commit_tree_files(root, {**changed, **mentions}, message, branch, identity=identity)
    done.commit = commit.sha
    done.desk.filed = str(Path(root, new))
    clear_running(done.desk, snapshot)


def _mentions(root: Path, old: str, new: str, upstream: str) -> tuple[dict[PurePosixPath, bytes], list[str]]:
    """Other files of the archive that name ``old``: with their new text, or left alone because upstream has it so."""
    from runbook.publish.repository import files_that_say
    from runbook.publish.upstream import text_at

    changed: dict[PurePosixPath, bytes] = {}
    left: list[str] = []
    own = f"{folder_of(old)}/"
    for name in files_that_say(root, old, under=cabinet.ARCHIVE):
        if name.startswith(own) or "/evidence/" in name or "/journal/" in name:
            continue
        path = PurePosixPath(name)
        before = (root / name).read_bytes()
        after = _pattern(old).sub(new.encode(), before)
        if after == before:
            continue
        if old.encode() in text_at(root, upstream, name) and _is_the_same(root, path, upstream):
            left.append(name)
        else:
            changed[path] = after
    return changed, left


def _is_the_same(root: Path, path: PurePosixPath, upstream: str) -> bool:
    """Whether a file of the archive belongs to the same document here and upstream; their ids alone do not tell."""
    folder = path.parts[2] if len(path.parts) > 3 else ""
    if not cabinet.ID.match(folder):
        return True
    own = root / folder_of(folder) / RECORD
    return not own.is_file() or ulid_in(own.read_bytes()) == ulid_at(root, upstream, folder)


def _pattern(old: str) -> re.Pattern[bytes]:
    """``old`` as a word of its own; not as part of a branch, whose name stays."""
    return re.compile(rb"(?<![\w-])(?<!incident/)" + re.escape(old.encode()) + rb"(?![\w-])")


def renamed_record(document: AnyDocument, old: str, new: str) -> AnyDocument:
    """``document`` with every mention of its own old id in what people wrote made the new one."""
    pattern = _pattern(old)

    def anew(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(new.encode(), value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
        if isinstance(value, list):
            return [anew(item) for item in value]
        if isinstance(value, dict):
            was_typed = value.get("kind") in {"command", "change"} and "recorded_at" in value
            return value if was_typed else {key: anew(item) for key, item in value.items()}
        return value

    raw = document.model_dump(mode="json", by_alias=True)
    return type(document).model_validate({key: raw[key] if key in _AS_IT_WAS else anew(raw[key]) for key in raw})


def _point_to(done: Renumbered) -> None:
    """The card and the per-user pointer follow."""
    if os.path.isdir(done.desk.folder):
        card = cabinet.read_card(done.desk.folder)
        former = " ".join([*card.get("former", "").split(), done.before])
        cabinet.write_card(done.desk.folder, {**card, "repository": done.desk.place.repository, "former": former})
    pointer = cabinet.read_pointer()
    if pointer.get("id") == done.before:
        cabinet.write_pointer({**pointer, "id": done.desk.id, "folder": done.desk.folder})
