"""A link that leads to nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.review.problem import Found
from runbook.review.references import outside, slugs
from runbook.review.rule import Example
from runbook.review.subject import REPORT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.subject import Subject

TITLE = "A link points nowhere"
SEVERITY = "error"
REASON = (
    "A reader who clicks finds a missing page and does not know what was meant. Links inside the repository can "
    "be checked, so they are."
)
FIX = "correct the id or the path, or take the link out"
BAD = (
    Example(record={"links": [{"document": "INC-2019-01-01-001", "relation": "related"}]}),
    Example(append="\nSee [the plan](../../../plans/no-such-plan.md).\n"),
    Example(append="\nSee [below](#no-such-heading).\n"),
)
GOOD = (
    Example(record={"links": [{"document": "DEP-2026-03-04-001", "relation": "caused-by"}]}),
    Example(append="\nSee [above](#root-cause) and [the settings](../../../runbook.toml).\n"),
    Example(append="\nSee <https://example.net/x> and [there](https://example.net/y) and `[x](nowhere.md)`.\n"),
)
_NUMBERED = re.compile(r"-\d{1,3}$")
"""The second heading of the same name has a number behind its fragment."""


def check(subject: Subject) -> Iterator[Found]:
    """Documents that are named, then links of the report; addresses outside the repository are not asked for."""
    document = subject.document
    gone = set()
    for index, link in enumerate(document.links):
        if link.document not in subject.known:
            gone.add(link.document)
            yield subject.found(
                f"there is no {link.document} here", path=("links", index), item=link.document, section="references"
            )
        elif link.document == document.id:
            yield subject.found(
                "the document links to itself", path=("links", index), item=link.document, section="references"
            )
    if subject.report is None:
        return
    anchors = {slug for heading in subject.report.headings for slug in slugs(heading.text)}
    evidence = {item.path for item in document.evidence}
    for line, target in subject.report.links:
        path, _, fragment = target.partition("#")
        if outside(target) or any(name in target for name in gone) or path in evidence:
            continue  # evidence on record has rules of its own
        if not path:
            if (
                fragment
                and _NUMBERED.sub("", fragment.lower()) not in anchors | {""}
                and fragment.lower() not in anchors
            ):
                yield Found(f"there is no heading for #{fragment}", REPORT, line, key=target, where=(target,))
        elif not subject.reachable(path):
            yield Found(f"there is no {path}", REPORT, line, key=target, where=(target, path))
