"""Writing a runbook out of an incident."""

from __future__ import annotations

import re

from runbook.errors import BadInputError
from runbook.flow.desk import find_document


def guide_from(identifier: str, repo: str | None = None) -> tuple[str, str]:
    """The runbook as Markdown, and what its file may be called.

    Args:
        identifier: of the incident, running or filed.
        repo: as ``--repo``.

    Raises:
        NotFoundError: there is no such document.
        BadInputError: no command of it is marked as what worked, and no known failure of it is confirmed.
    """
    from runbook.render.guide_writer import write_guide

    desk = find_document(identifier, repo)
    document = desk.record()
    worked = any(command.role == "worked" for command in document.commands)
    if not worked and not any(finding.state == "confirmed" for finding in document.findings):
        raise BadInputError(
            f"nothing in {document.id} says what worked",
            hint="mark it: runbook amend ENTRY --role worked, or in the interview (runbook resume)",
        )
    name = re.sub(r"[^a-z0-9]+", "-", document.title.lower()).strip("-")[:50].strip("-") or document.id.lower()
    return desk.door.clean(write_guide(document)), name
