"""What lies beside a Compose file: environment files as Compose reads them, and what is made only at deployment."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runbook.detect.artefacts.artefact import Folder

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*[=:]\s*(.*)")
_MODELS = (".example", ".sample", ".template", ".dist", ".tmpl", ".j2", ".default")


def read_env(text: str) -> dict[str, str]:
    """The variables of an environment file, a later line winning.

    Quotes are taken off, comments after a blank are cut; variables inside are not filled in.
    Source of the format: https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
    """
    found = {}
    for line in text.splitlines():
        match = None if line.lstrip().startswith("#") else _LINE.match(line)
        if match is not None:
            value = match[2].strip()
            quote = value[:1]
            if quote in {"'", '"'} and value.find(quote, 1) > 0:
                value = value[1 : value.index(quote, 1)]
            else:
                value = re.split(r"\s#", value)[0].strip()
            found[match[1]] = value
    return found


def lies_alone(folder: Folder) -> bool:
    """Whether there is nothing but Compose files: one that was copied out tells nothing about what should be beside."""
    return not any(not name.startswith(".") and "compose" not in name for name in folder.names())


def lies_above(folder: Folder, path: str) -> bool:
    """Whether the path is there when read from up to three folders above.

    So it is read where the file is merged over one that lies there, or with ``--project-directory``.
    """
    parent = os.path.dirname(os.path.normpath(path))
    looked_for = path if folder.holds(parent or ".") else parent  # a folder of that name only above says the same
    return any(folder.holds(os.path.join(*[os.pardir] * up, looked_for)) for up in (1, 2, 3))


def made_at_deployment(folder: Folder, path: str) -> bool:
    """Whether a file that is missing here is meant to be: a model lies beside it, or git is told to leave it out."""
    name = os.path.basename(path)
    parent = os.path.dirname(os.path.normpath(path))
    if any(folder.holds(os.path.join(parent, f"{name}{ending}")) for ending in _MODELS):
        return True
    stem, dot, ending = name.partition(".") if not name.startswith(".") else ("", ".", name[1:])
    if any(folder.holds(os.path.join(parent, f"{stem}{model}{dot}{ending}")) for model in _MODELS):
        return True
    return kept_out_of_git(folder, path)


def kept_out_of_git(folder: Folder, path: str) -> bool:
    """Whether the ``.gitignore`` of this folder names the path."""
    rules = folder.text(".gitignore")
    if rules is None or os.path.normpath(path).startswith(".."):
        return False
    from pathspec import PathSpec  # noqa: PLC0415  only where something is missing

    return PathSpec.from_lines("gitignore", rules.splitlines()).match_file(os.path.normpath(path))
