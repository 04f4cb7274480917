"""Whether record and report of every filed document agree, for a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.errors import NotFoundError, RunbookError
from runbook.record import cabinet

if TYPE_CHECKING:
    from runbook.flow.sync_result import Difference


def why_all(repo: str | None = None) -> str:
    """Why a check without an id can only mean all documents; empty where the current one has a report.

    Args:
        repo: as ``--repo``.

    Raises:
        NotFoundError: the document that ``RUNBOOK_INCIDENT`` names is nowhere.
    """
    from runbook.flow.desk import HOW_TO_START, find_document

    try:
        desk = find_document(None, repo)
    except NotFoundError as error:
        if error.hint != HOW_TO_START:
            raise
        return "nothing is open"
    return "" if desk.filed is not None else f"{desk.id} has no report yet"


def check_all(repo: str | None = None) -> dict[str, list[Difference]]:
    """Id -> in what its record and report disagree, oldest first. One that cannot be read disagrees as a whole.

    Args:
        repo: as ``--repo``.

    Raises:
        NotFoundError: there is no repository here.
    """
    from runbook.flow.desk import find_place
    from runbook.flow.sync import check
    from runbook.flow.sync_result import Difference
    from runbook.record.store import REPORT

    repository = find_place(repo).repository
    if repository is None:
        raise NotFoundError("there is no repository here", hint="name it with --repo")
    found: dict[str, list[Difference]] = {}
    for identifier, folder in cabinet.filed(repository):
        try:
            found[identifier] = check(repository, identifier)
        except RunbookError as error:
            file = error.file or f"{folder}/{REPORT}"
            found[identifier] = [Difference(file, error.line or 1, error.field or "", error.message)]
    return found
