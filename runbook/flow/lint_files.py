"""Secrets in what is committed besides documents: settings, templates, guides, READMEs, the CI job."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from runbook.errors import GitError
from runbook.record import cabinet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runbook.model.settings import Settings
    from runbook.review.problem import Problem, Severity

SECRET, NO_REASON, NO_EFFECT = "RB040", "RB090", "RB091"
OWN = (cabinet.ARCHIVE, "templates", "signatures", "checklists", "runbooks", ".github", ".gitlab")
"""Folders that this program and its reviews live in; so do the files at the top of the repository."""
MAX_TEXT = 8 * 1024 * 1024
"""Bytes of a text that are looked at: half a minute of processor time."""
MAX_BINARY = 1024 * 1024
"""The same of a file with a NUL byte near its beginning, which is how git tells that nobody reads it."""
HINT = (
    "take it out, and rotate it if it was committed; if it is a sample: `runbook:ignore RB040 WHY` in a comment on "
    "its line, or lint.secrets.ignore in runbook.toml"
)
_NEAR_BEGINNING = 8000
_WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_IGNORE = re.compile(rf"runbook:ignore[ \t]+{SECRET}\b[ \t:]*([^\n]*)")
_CLOSING = re.compile(r"(?:-->|\*/|#\}|--%>)[^\n]*$")


class Looked(NamedTuple):
    """What one file came to.

    Attributes:
        problems: in the order of lines.
        partly: whether a part of a text was left out, for its size.
        hit: numbers of the settings' ignores that were of use here.
    """

    problems: list[Problem]
    partly: bool = False
    hit: tuple[int, ...] = ()


def kept(repository: str, folders: Mapping[str, str]) -> list[str]:
    """Files outside documents' folders that git tracks or would add, relative to the repository, in order.

    Where there is no git repository around the reports, nothing is about to be committed.
    """
    from runbook.publish.repository import files_to_keep

    try:
        names = files_to_keep(Path(repository))
    except GitError:
        return []
    inside = {os.path.relpath(folder, repository).replace(os.sep, "/") for folder in folders.values()}
    deep = 1 + max((folder.count("/") for folder in inside), default=0)
    return sorted(name for name in names if "/".join(name.split("/")[:deep]) not in inside)


def in_scope(names: Iterable[str], settings: Settings) -> list[str]:
    """Those of :func:`kept` that a team wants looked at.

    Without a setting these are our own folders and the files at the top; all of them, where no more lies outside
    of those: such a repository is there for its reports. What a team's source code and its tests hold beside it is for
    the scanner of that team.
    """
    wanted = settings.lint.secrets.files
    names = list(names)
    if wanted is not None:
        return [name for name in names if any(fnmatchcase(name, pattern) for pattern in wanted)]
    own = [name for name in names if "/" not in name or name.startswith(tuple(f"{folder}/" for folder in OWN))]
    return names if len(names) - len(own) <= len(own) else own


def look(repository: str, name: str, settings: Settings, severities: Mapping[str, Severity | None]) -> Looked:
    """What the door would take out of one file, but for what is ignored with a reason."""
    from runbook.flow.unclean import unclean_text
    from runbook.review.problem import Problem

    severity, bare = severities[SECRET], severities[NO_REASON]
    path = os.path.join(repository, name)
    if severity is None or os.path.islink(path) or not os.path.isfile(path):
        return Looked([])
    text, partly = _text(path)
    found: list[Problem] = []
    hit: list[int] = []
    lines: list[str] = []
    for place in unclean_text(name, text.encode()):
        if not place.kind:
            continue
        lines = lines or text.split("\n")
        number = next((n for n, each in enumerate(settings.lint.secrets.ignore) if _matches(name, each.files)), None)
        if number is not None:
            hit.append(number)
            continue
        reason = _reason(lines, place.line)
        if reason:
            continue
        key = f"{name}:{place.kind}"
        what = f"a secret ({place.kind})" if place.times == 1 else f"{place.times} secrets ({place.kind})"
        found.append(Problem(SECRET, severity, name, place.line, f"{what} stands here", HINT, key))
        if reason is not None and bare is not None:
            said = f"{SECRET} is ignored here without a reason, so it is not"
            found.append(Problem(NO_REASON, bare, name, place.line, said, "say behind the code why it may stay", key))
    return Looked(found, partly, tuple(dict.fromkeys(hit)))


def idle_ignores(repository: str, settings: Settings, hit: set[int], severity: Severity | None) -> list[Problem]:
    """A problem for each ignore of the settings that nothing was found for, when everything was looked at."""
    from runbook.flow.settings import settings_line
    from runbook.record.places import SETTINGS_FILE
    from runbook.review.problem import Problem

    if severity is None:
        return []
    return [
        Problem(
            NO_EFFECT,
            severity,
            SETTINGS_FILE,
            settings_line(repository, ("lint", "secrets", "ignore", number, "files")) or 1,
            f"lint.secrets.ignore {', '.join(each.files)} has nothing to ignore",
            "take it out, or correct the pattern",
            ", ".join(each.files),
        )
        for number, each in enumerate(settings.lint.secrets.ignore)
        if number not in hit
    ]


@lru_cache(maxsize=256)
def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _text(path: str) -> tuple[str, bool]:
    """What a person would read in a file, and whether the rest of a long one was left out."""
    from runbook.record.journal import storage_error

    try:
        with open(path, "rb") as file:
            content = file.read(MAX_TEXT + 1)
    except OSError as error:
        raise storage_error(error, path) from error
    wide = _WIDE.get(content[:2])
    if wide is not None:
        content = content[2:].decode(wide, "replace").encode()
    binary = b"\0" in content[:_NEAR_BEGINNING]
    cut = content[: MAX_BINARY if binary else MAX_TEXT]
    text = cut.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    return text, len(cut) < len(content) and not binary


def _reason(lines: list[str], number: int) -> str | None:
    """Why a line may keep its secret; empty: somebody said that it may, and not why. None: nobody did.

    Said on the line itself, or above it on one that holds nothing else.
    """
    own = _IGNORE.search(lines[number - 1])
    above = _IGNORE.search(lines[number - 2]) if number > 1 else None
    if above is not None and any(letter.isalnum() for letter in lines[number - 2][: above.start()]):
        above = None
    said = own or above
    return None if said is None else _CLOSING.sub("", said[1]).strip()
