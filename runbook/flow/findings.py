"""What the detective says about a document: its timeline as a whole, and text that was attached."""

from __future__ import annotations

import os

from runbook.record.places import cache_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runbook.detect.catalog import Catalog
    from runbook.flow.desk import Desk
    from runbook.model.record import AnyDocument

_TOLD_AGAIN = frozenset({"related", "summary", "column", "lines", "link", "reported_by", "first_seen", "last_seen"})


def catalog_for(repository: str | None) -> Catalog:
    """The built-in signatures with the team's own ``signatures/`` folder on top."""
    from runbook.detect.catalog import load_catalog

    return load_catalog(catalog_folders(repository), cache_root())


def catalog_folders(repository: str | None) -> list[str]:
    """The folders of signatures that count in a repository, the built-in one first."""
    from runbook.detect.catalog import BUILTIN

    own = None if repository is None else os.path.join(repository, "signatures")
    return [BUILTIN, own] if own is not None and os.path.isdir(own) else [BUILTIN]


def timeline_findings(desk: Desk) -> list[dict[str, Any]]:
    """What the order of things shows and is not on record yet, as the data of ``finding`` events."""
    from runbook.detect.timeline import examine
    from runbook.flow.rules import is_off
    from runbook.flow.settings import load_settings

    document = desk.record()
    known = {(finding.id, entry) for finding in document.findings for entry in finding.entries or [""]}
    settings = load_settings(desk.place.repository)
    matches = examine(document, catalog_for(desk.place.repository), settings)
    return [
        finding_data(match.to_json())
        for match in matches
        if not is_off(match.signature, settings)
        and any((match.signature, entry) not in known for entry in match.entries or ("",))
    ]


def add_timeline_findings(desk: Desk) -> int:
    """Record what the order of things shows. Run again, it adds only what is new.

    Returns:
        How many findings were added.
    """
    found = timeline_findings(desk)
    for data in found:
        desk.append("finding", data, source="timeline")
    return len(found)


def finding_data(match: dict[str, Any]) -> dict[str, Any]:
    """A match as a journal event holds it: without what the catalog can always tell again."""
    return {name: value for name, value in match.items() if name not in _TOLD_AGAIN}


def explain_findings(document: AnyDocument, repository: str | None) -> None:
    """Fill in why each known failure happens, where the record does not say it yet.

    It is kept in the record, so that the report says the same whatever a later catalog knows.
    """
    from runbook.detect.fill import fill

    missing = [finding for finding in document.findings if not finding.why]
    catalog = catalog_for(repository) if missing else None
    for finding in missing:
        known = None if catalog is None else catalog.get(finding.signature)
        if known is not None:
            finding.why = fill(known.why, finding.captures, known.captures)
