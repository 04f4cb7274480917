"""What lint looks at: the documents and other files behind what a person, a hook or a pipeline names."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from runbook.errors import NotFoundError
from runbook.flow.lint import filed_folders
from runbook.flow.lint_files import in_scope, kept
from runbook.flow.settings import load_settings
from runbook.record import cabinet

if TYPE_CHECKING:
    from collections.abc import Iterable


class Targets(NamedTuple):
    """What to look at: ids of documents, and paths of other files relative to the repository."""

    documents: list[str]
    files: list[str]


def targets(repository: str, words: Iterable[str]) -> Targets:
    """For what a person typed, or pre-commit hands over: ids, files, folders.

    A file inside a document stands for the document; below a folder, the same files are meant as without any target.

    Raises:
        NotFoundError: a word is neither an id nor a path to something that git keeps here.
    """
    root = os.path.realpath(repository)
    folders = filed_folders(root)
    by_folder: dict[str, str] = {}  # asks the disk of every document
    others: list[str] | None = None  # asks git
    documents: list[str] = []
    files: list[str] = []
    for word in words:
        if cabinet.ID.match(word.strip().upper()):
            documents.append(cabinet.check_id(word))
            continue
        path = os.path.realpath(word)
        by_folder = by_folder or {os.path.realpath(folder): name for name, folder in folders.items()}
        if os.path.islink(word) and (link := _link(root, word, others := _kept(root, folders, others))):
            files.append(link)
            continue
        if not os.path.exists(path):
            raise NotFoundError(f"{word} is neither an id nor a path", hint="`runbook list` shows what there is")
        around = [by_folder[each] for each in (path, *map(os.fspath, Path(path).parents)) if each in by_folder]
        if around:
            documents += around[:1]
            continue
        others = _kept(root, folders, others)
        inside = [name for folder, name in by_folder.items() if folder.startswith(path.rstrip(os.sep) + os.sep)]
        beside = _below(root, path, others)
        if not os.path.isfile(path):
            beside = in_scope(beside, load_settings(repository)) if path == root else _scoped(root, beside, others)
        if not inside and not beside:
            raise NotFoundError(
                f"{word} holds no filed document of {repository}, and nothing else that git keeps there",
                hint="what .gitignore names is not looked at" if path.startswith(root + os.sep) else "",
            )
        documents += [name for name in folders if name in set(inside)]
        files += beside
    return Targets(list(dict.fromkeys(documents)), list(dict.fromkeys(files)))


def changed_since(repository: str, rev: str) -> Targets:
    """What differs from where this branch left ``rev``: committed, staged, changed or new.

    Raises:
        NotFoundError: there is no such revision.
    """
    from runbook.publish.repository import changed_since as files_since

    root = os.path.realpath(repository)
    folders = filed_folders(root)
    changed = files_since(Path(root), rev, PurePosixPath())
    parts = [PurePosixPath(path).parts for path in changed]
    documents = {part[2] for part in parts if len(part) > 3 and part[0] == cabinet.ARCHIVE and part[2] in folders}
    others, wanted = set(changed), in_scope(kept(root, folders), load_settings(repository))
    return Targets(sorted(documents, key=lambda name: (name[4:14], name)), [name for name in wanted if name in others])


def _kept(root: str, folders: dict[str, str], known: list[str] | None) -> list[str]:
    return kept(root, folders) if known is None else known


def _link(root: str, word: str, names: Iterable[str]) -> str:
    """The name of a link that git keeps as one, wherever it leads to; else an empty text."""
    folder, name = os.path.split(os.path.abspath(word))
    short = os.path.relpath(os.path.join(os.path.realpath(folder), name), root).replace(os.sep, "/")
    return short if short in names else ""


def _below(root: str, path: str, names: Iterable[str]) -> list[str]:
    """Those of ``names`` that are ``path`` itself or lie below it."""
    if path == root:
        return list(names)
    short = os.path.relpath(path, root).replace(os.sep, "/")
    return [name for name in names if name == short or name.startswith(f"{short}/")]


def _scoped(root: str, below: list[str], others: list[str]) -> list[str]:
    """Those below a folder that are looked at anyhow; all of them, where that is none: the folder was asked for."""
    wanted = set(in_scope(others, load_settings(root)))
    return [name for name in below if name in wanted] or below
