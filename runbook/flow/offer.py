"""The offer of a repository, to a person at a terminal whose report has nowhere to go. Never made by ``start``.

What is proposed, and what is wrong with an answer, is decided without touching anything; ``settle`` then makes the
repository or takes the one that is there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from runbook.capture.prompter import Prompter
    from runbook.flow.desk import Desk

PROPOSED = "~/incidents"
_HELP = "A new folder becomes a git repository. < leaves it for later."
_NO_FOLDERS = frozenset({"y", "yes", "n", "no", "ok", "j", "ja", "q", "quit"})


class Settled(NamedTuple):
    """The root of a repository of reports, and whether it is new."""

    root: str
    made: bool


def offer_repository(desk: Desk, prompter: Prompter | None = None, *, identity: tuple[str, str] | None = None) -> None:
    """Ask where the reports shall go, unless that is known, and make ``desk`` belong there.

    Whoever leaves it for later finds everything as it was; filing then says what to do.

    Args:
        desk: the document.
        prompter: asks; plain lines if absent. The caller knows that somebody is there to answer.
        identity: name and e-mail for the first commit of a new repository, where git has none.

    Raises:
        InterruptedByUserError: Ctrl-C; nothing was made.
        GitError, StorageError: the repository could not be made; what was recorded is where it was.
        NotFoundError, BadInputError: what is configured as the repository is none, or cannot be read.
    """
    from runbook.capture.prompter import Field, GoBack
    from runbook.capture.prompter_plain import PlainPrompter
    from runbook.flow.file import adopt

    if desk.place.repository is not None:
        return
    known = known_repository()
    prompter = prompter or PlainPrompter()
    try:
        answer = prompter.form(
            "repository",
            f"{desk.id} has no repository for its report",
            [Field("folder", "Folder", default=_short(known) if known else PROPOSED, validate=problem)],
            help=_HELP,
        )
    except GoBack:
        prompter.show("Later, then. What is recorded stays where it is.")
        return
    settled = settle(answer["folder"], identity)
    adopt(desk, settled.root)
    written = remember(settled.root) if settled.root != known else None
    done = f"Made {_short(settled.root)}" if settled.made else f"Reports go to {_short(settled.root)}"
    prompter.show(f"{done}." + (f" Your default from now on: {_short(written)}" if written else ""))


def known_repository() -> str | None:
    """The repository a new document would belong to here and now, if somebody chose it for reports.

    Raises:
        NotFoundError, BadInputError: what is configured is none, or cannot be read.
    """
    from runbook.flow.desk import find_place

    place = find_place()
    return place.repository if place.how in {"environment", "enclosing", "default"} else None


def problem(answer: str) -> str | None:
    """Why reports cannot go to the folder that a person named; None if they can."""
    from runbook.record.places import enclosing_repository

    if answer.strip().lower() in _NO_FOLDERS:
        return f"name a folder; Enter alone takes {PROPOSED}"
    path = os.path.expanduser(answer.strip())
    if not path or path.startswith("~"):
        return "name a folder, such as ~/incidents"
    path = os.path.realpath(path)
    if not path.isprintable():
        return "the name has signs in it that nobody can type again"
    root = enclosing_repository(path)
    if root is not None and root != path:
        return f"that is inside the repository {_short(root)}; name that one if reports shall go there"
    return None if root is not None else _not_free(path)


def _not_free(path: str) -> str | None:
    """Why no repository can be made at ``path``: something of the person's is there."""
    try:
        with os.scandir(path) as inside:
            taken = next(inside, None) is not None
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return "that is a file, or lies below one"
    except OSError as error:
        return f"it cannot be read: {(error.strerror or str(error)).lower()}"
    return "there are files in it, and it is no git repository; name another folder" if taken else None


def settle(answer: str, identity: tuple[str, str] | None = None) -> Settled:
    """The repository at the folder that a person named; made if there is none, begun if it has no commit yet.

    Args:
        answer: the folder, as typed.
        identity: name and e-mail for a first commit, where git has none.

    Raises:
        GitError: git refused, or does not know who commits.
        StorageError: the folder cannot be written.
    """
    from runbook.publish.repository import create_repository, find_repository, has_commits

    path = Path(os.path.realpath(os.path.expanduser(answer.strip())))
    root = find_repository(path)
    if root is not None and has_commits(root):
        return Settled(os.path.realpath(root), made=False)
    create_repository(path, identity=identity)
    return Settled(os.fspath(path), made=True)


def remember(root: str) -> str | None:
    """Make ``root`` the user's default repository, unless there is one.

    Returns:
        The file it was written to; None if nothing was written.

    Raises:
        StorageError: the file cannot be written.
    """
    import tomllib

    from runbook.record.places import user_config
    from runbook.record.store import write_file

    path = Path(os.path.realpath(user_config()))  # a link into somebody's dotfiles stays one
    try:
        text, mode = path.read_bytes().decode("utf-8"), path.stat().st_mode & 0o777
    except FileNotFoundError:
        text, mode = "", 0o644
    except (OSError, UnicodeDecodeError):
        return None
    try:
        if "repository" in tomllib.loads(text):
            return None
    except tomllib.TOMLDecodeError:
        return None
    # First in the file: further down, it could end up inside a table. Paths here are printable, see ``problem``.
    quoted = root.replace("\\", "\\\\").replace('"', '\\"')
    write_file(path, f'repository = "{quoted}"\n{text}'.encode(), mode=mode)
    return str(path)


def _short(path: str) -> str:
    """``path`` as a person types it."""
    home = os.path.realpath(os.path.expanduser("~"))
    return f"~{path[len(home) :]}" if path.startswith(home + os.sep) else path
