"""Which paths may be committed: those that really lie in the work tree, whatever the repository's links say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runbook.errors import BadInputError

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath


def inside(root: Path, path: Path | PurePosixPath) -> str:
    """The path relative to ``root``, with slashes, after a look at every folder on the way.

    A repository may bring a link ``incidents -> /etc`` or a folder that is a repository of its own; writing through
    either would end up where nobody reviews it.

    Args:
        root: the root of the work tree; it may itself be reached through a link.
        path: absolute, or relative to ``root``. It need not exist.

    Raises:
        BadInputError: it lies outside, in a ``.git`` folder, behind a symbolic link or in a nested repository.
    """
    shown = os.fspath(path)
    parts = _parts_below(root, shown)
    if not parts or parts[0] == os.pardir:
        raise BadInputError("this lies outside the repository", file=shown, hint=f"the repository is {root}")
    if any(part.lower() == ".git" for part in parts) or any("\n" in part or "\0" in part for part in parts):
        raise BadInputError("git does not take a file of this name", file=shown)
    here = os.fspath(root)
    for number, part in enumerate(parts, start=1):
        here = os.path.join(here, part)
        if os.path.islink(here):
            raise linked(here)
        if number < len(parts) and os.path.lexists(os.path.join(here, ".git")):
            raise BadInputError("this folder is a repository of its own", file=here, hint="name it with --repo")
    return "/".join(parts)


def linked(path: str) -> BadInputError:
    """The error for a symbolic link on the way to what shall be written."""
    return BadInputError(
        "this is a symbolic link, and runbook does not write through links",
        file=path,
        hint="put a real folder in its place",
    )


def _parts_below(root: Path, path: str) -> list[str]:
    """The components of ``path`` below ``root`` by name; ``[".."]`` when it is not below."""
    if not os.path.isabs(path):
        relative = os.path.normpath(path)
    else:
        absolute = os.path.normpath(path)
        for base in (os.path.normpath(os.path.abspath(root)), os.path.realpath(root)):
            if os.path.commonpath([base, absolute]) == base:
                relative = os.path.relpath(absolute, base)
                break
        else:
            return [os.pardir]
    return [] if relative == os.curdir else relative.split(os.sep)
