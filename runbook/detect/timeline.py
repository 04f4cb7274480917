"""The order of things: rules over a whole document, each resting on entries that a person can look at."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from runbook.detect.events import Hit, Story
from runbook.detect.excerpts import EXCERPT
from runbook.detect.fill import fill
from runbook.detect.registry import TIMELINE_RULES
from runbook.detect.table import TIMELINE
from runbook.model.match import FINDING_SEVERITIES, Match

if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.catalog import Catalog
    from runbook.model.record import AnyDocument
    from runbook.model.settings import Settings

    Rule = Callable[[Story], Hit | None]


def rule(name: str) -> Rule:
    """The function behind the name that a signature uses under ``timeline:``.

    Raises:
        KeyError: there is no such rule; the loader refuses signatures that name one.
    """
    module = importlib.import_module(f"runbook.detect.rules.{TIMELINE_RULES[name]}")
    found: Rule = getattr(module, name.replace("-", "_"))
    return found


def examine(document: AnyDocument, catalog: Catalog, settings: Settings) -> list[Match]:
    """What the catalog's timeline signatures say about ``document``, the worst first.

    Args:
        document: an incident or a deployment, running or over.
        catalog: its signatures for ``timeline``.
        settings: what counts as production, and how long silence may last.

    Returns:
        One match per signature, with the ids of the entries it rests on.
    """
    story = Story(document, settings)
    matches = []
    for row in catalog.for_kind("timeline"):
        some = [condition[1] for condition in row[3] if condition[0] == TIMELINE]
        every = [condition[1] for condition in row[4] if condition[0] == TIMELINE]
        if not some and len(every) < len(row[4]):
            continue  # it also needs something that is not in a record
        found = [rule(name)(story) for name in every]
        if some:
            found.append(next((hit for name in some if (hit := rule(name)(story)) is not None), None))
        hits = [hit for hit in found if hit is not None]
        if len(hits) == len(found):
            matches.append(_match(catalog, row[0], hits, document.id))
    return sorted(matches, key=lambda match: (FINDING_SEVERITIES.index(match.severity), match.signature))


def _match(catalog: Catalog, identity: str, hits: list[Hit], source: str) -> Match:
    known = catalog.get(identity)
    if known is None:
        raise KeyError(identity)
    captures = {name: value for hit in hits for name, value in hit.captures.items()}
    events = list(dict.fromkeys(event for hit in hits for event in hit.events))

    def filled(text: str) -> str:
        return fill(text, captures, known.captures)

    return Match(
        signature=identity,
        title=filled(known.title),
        severity=known.severity,
        summary=filled(known.summary),
        kind="timeline",
        source=source,
        count=max(hit.count for hit in hits),
        excerpt=" ".join(events[0].text.split())[:EXCERPT] if events else "",
        captures=captures,
        fix=filled(known.fix),
        verify=tuple(filled(text) for text in known.verify),
        prevention=tuple(filled(text) for text in known.prevention),
        related=known.related,
        entries=tuple(event.id for event in events),
    )
