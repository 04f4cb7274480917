"""Names for the shell's completion: ids and signatures that begin with what was typed.

Standard library only: it is asked with every press of Tab.
"""

from __future__ import annotations

import os

import runbook
from runbook.errors import RunbookError
from runbook.flow.desk import find_place
from runbook.record import cabinet

MOST = 200
"""Nobody reads a longer list; the newest come first."""


def ids(prefix: str, repo: str | None = None) -> list[str]:
    """Documents of this repository and running ones, newest first; by name alone, without a look into any."""
    wanted = prefix.upper()
    try:
        place = find_place(repo)
    except RunbookError:
        return []
    found = {name for name, _ in cabinet.running(place.key if place.repository else None)}
    archive = os.path.join(place.repository or "", cabinet.ARCHIVE)
    if place.repository is not None and os.path.isdir(archive):
        for year in os.listdir(archive):
            if year.isdigit() and (len(wanted) < 8 or wanted[4:8] == year):
                found.update(filter(cabinet.ID.match, os.listdir(os.path.join(archive, year))))
    matching = [name for name in found if name.startswith(wanted)]
    return sorted(matching, key=lambda name: (name[4:14], int(name[15:]), name), reverse=True)[:MOST]


def signatures(prefix: str, repo: str | None = None) -> list[str]:
    """Ids of the catalog, and of the team's own signatures."""
    folders = [os.path.join(os.path.dirname(runbook.__file__), "signatures")]
    try:
        place = find_place(repo)
    except RunbookError:
        place = None
    if place is not None and place.repository is not None:
        folders.append(os.path.join(place.repository, "signatures"))
    found: set[str] = set()
    for folder in folders:
        for parent, _, names in os.walk(folder):
            area = os.path.relpath(parent, folder)
            found.update(f"{area}/{name.removesuffix('.yaml')}" for name in names if name.endswith(".yaml"))
    return sorted(name for name in found if name.startswith(prefix))
