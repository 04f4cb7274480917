"""Runbooks of a repository: found, read, checked, approved."""

from __future__ import annotations

import json
import os
from pathlib import Path

from runbook.errors import BadInputError, NotFoundError
from runbook.flow.desk import find_place
from runbook.model.times import iso
from runbook.operate.guide_check import Looks, check_guide
from runbook.record import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.model.guide import Guide, Problem

FOLDER = "runbooks"
APPROVED = "approved.json"
_MAX_BYTES = 1 << 20


def folder_of(repo: str | None = None) -> str | None:
    """The repository's folder of runbooks; None where there is no repository."""
    repository = find_place(repo).repository
    return None if repository is None else os.path.join(repository, FOLDER)


def guides(repo: str | None = None) -> list[Guide]:
    """Every runbook of the repository, by name.

    Raises:
        BadInputError: one cannot be read; names file and line.
    """
    folder = folder_of(repo)
    if folder is None or not os.path.isdir(folder):
        return []
    names = sorted(name for name in os.listdir(folder) if name.endswith(".md") and name != "README.md")
    return [read(os.path.join(folder, name)) for name in names]


def find_guide(name: str, repo: str | None = None) -> Guide:
    """The runbook that a path or a name means (``deploy-beside`` is ``runbooks/deploy-beside.md``).

    Raises:
        NotFoundError: there is none.
        BadInputError: it cannot be read; names file and line.
    """
    if os.path.isfile(name):
        return read(name)
    folder = folder_of(repo)
    path = None if folder is None or "/" in name else os.path.join(folder, f"{name.removesuffix('.md')}.md")
    if path is None or not os.path.isfile(path):
        raise NotFoundError(f"there is no runbook {name!r}", hint="`runbook guide list` shows them; a path works too")
    return read(path)


def read(path: str) -> Guide:
    """The runbook at ``path``.

    Raises:
        BadInputError: it cannot be read, is no UTF-8, or its front matter is no YAML.
    """
    from runbook.render.guide_reader import read_guide

    try:
        with open(path, "rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise BadInputError(f"cannot be read: {(error.strerror or str(error)).lower()}", file=path) from None
    if len(data) > _MAX_BYTES:
        raise BadInputError("is larger than 1 MiB", file=path)
    try:
        return read_guide(data.decode("utf-8"), path)
    except UnicodeDecodeError as error:
        raise BadInputError(f"not UTF-8 at byte {error.start}", file=path) from None


def check(guide: Guide, repo: str | None = None) -> list[Problem]:
    """What is wrong with a runbook; nothing is run."""
    return check_guide(guide, _looks(repo))


def _looks(repo: str | None) -> Looks:
    from runbook.detect.commands import simple_commands
    from runbook.flow.guard import judge
    from runbook.flow.guard_rules import read_rules

    repository = find_place(repo).repository
    rules = read_rules(repository, lambda _line: None)

    def programs(script: str) -> list[tuple[str, int]]:
        return [
            (each.path, _line_of(script, each.path)) for each in simple_commands(script) if each.path and not each.host
        ]

    def destroys(script: str) -> list[tuple[str, int]]:
        found = judge(script, os.getcwd(), rules).dangers
        return [(f"`{each.command}` takes away {each.destroys}", _line_of(script, each.command)) for each in found]

    return Looks(programs, destroys, _unreadable, lambda script: _known(script, repository))


def _line_of(script: str, words: str) -> int:
    """The line of a script, from 1, on which a command stands; 1 where it was written over several."""
    first = words.split("\n", 1)[0]
    return next((number for number, line in enumerate(script.splitlines(), start=1) if first in line), 1)


def _unreadable(script: str, shell: str) -> list[tuple[str, int]]:
    """What ShellCheck calls an error, else what the shell itself says of its syntax."""
    from runbook.detect.artefacts.artefact import DetectorMissingError
    from runbook.detect.artefacts.shellcheck import comments_on

    try:
        comments = comments_on(f"{_filled(script)}\n", shell)
    except DetectorMissingError:
        return _syntax(script, shell)
    errors = [each for each in comments if each["level"] == "error"]
    return [(f"ShellCheck: {each['message']} (SC{each['code']})", int(each["line"])) for each in errors]


def _filled(script: str) -> str:
    """The script as a shell would see it: a word where a placeholder stands."""
    from runbook.operate.guide_check import PLACEHOLDER

    return PLACEHOLDER.sub("VALUE", script)


def _syntax(script: str, shell: str) -> list[tuple[str, int]]:
    import re
    import subprocess

    done = subprocess.run([shell, "-n"], input=_filled(script).encode(), capture_output=True, check=False, timeout=10)
    if not done.returncode:
        return []
    said = done.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
    line = re.search(r"(?:line )?(\d+):", said[0]) if said else None
    return [(said[0] if said else "the shell cannot parse it", int(line[1]) if line else 1)]


def _known(script: str, repository: str | None) -> list[tuple[str, int]]:
    from runbook.detect.engine import scan_text
    from runbook.flow.findings import catalog_for

    catalog = catalog_for(repository)
    return [
        (f"{match.signature}: {match.title}", number)
        for number, line in enumerate(_filled(script).splitlines(), start=1)
        for match in scan_text(catalog, line, kind="command")
        if not match.signature.startswith("practice/destructive")  # said where there is no rollback
    ]


def approve(guide: Guide, *, repo: str | None = None) -> str:
    """Note that a person has read this version; it may be played unattended on this machine.

    Returns:
        Who that is.
    """
    from datetime import datetime

    from runbook.flow.backup import open_desk
    from runbook.record.store import write_file

    desk = open_desk(None, repo)
    by = places.actor(git_user="" if desk is None else desk.git_user)
    path = _approved(repo)
    known = _approvals(path)
    known[os.path.realpath(guide.path)] = {"sha256": guide.digest, "by": by, "at": iso(datetime.now().astimezone())}
    write_file(Path(path), json.dumps(known, indent=1, sort_keys=True).encode(), mode=0o600)
    return by


def approval(guide: Guide, repo: str | None = None) -> str:
    """Who approved this version and when; nothing where nobody did, or it has changed since."""
    known = _approvals(_approved(repo)).get(os.path.realpath(guide.path))
    if not isinstance(known, dict) or known.get("sha256") != guide.digest:
        return ""
    return f"{known.get('by', '')}, {str(known.get('at', ''))[:16]}"


def _approved(repo: str | None) -> str:
    return os.path.join(places.state_root(), find_place(repo).key, APPROVED)


def _approvals(path: str) -> dict[str, dict[str, str]]:
    try:
        with open(path, encoding="utf-8") as file:
            known = json.load(file)
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
