"""A link that leads to nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from runbook.review.problem import Found
from runbook.review.references import outside, slugs
from runbook.review.report_text import ReportText
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
    Example(append="\nSee [the plan][1].\n\n[1]: <../the plan.md>\n"),
    Example(append="\nSee [the plan](/plans/no-such-plan.md).\n"),
    Example(append="\nSee [there](../DEP-2026-03-04-001/report.md#no-such-heading).\n"),
    Example(append='\n<img src="no-such-picture.png" alt="">\n'),
)
GOOD = (
    Example(record={"links": [{"document": "DEP-2026-03-04-001", "relation": "caused-by"}]}),
    Example(append="\nSee [above](#root-cause) and [the settings](../../../runbook.toml).\n"),
    Example(append="\nSee [there](../DEP-2026-03-04-001/report.md#rollback-plan) and [the settings](/runbook.toml).\n"),
    Example(append='\n<a id="here"></a> See [here](#here).\n'),
    Example(append="\n[INFO]: nothing happened. [^1]\n\n[^1]: nowhere.md\n"),
    Example(append="\nSee <https://example.net/x> and [there](https://example.net/y) and `[x](nowhere.md)`.\n"),
)
_NUMBERED = re.compile(r"-\d{1,3}$")
"""The second heading of the same name has a number behind its fragment."""


def check(subject: Subject) -> Iterator[Found]:
    """Documents that are named, then links of the report; addresses outside the repository are not asked for."""
    document = subject.document
    gone = set()
    for index, link in enumerate(document.links):
        if not subject.is_document(link.document):
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
    evidence = {item.path for item in document.evidence}
    for line, target in subject.report.links:
        path, _, fragment = target.partition("#")
        if outside(target) or any(name in target for name in gone) or path in evidence:
            continue  # evidence on record has rules of its own
        if path and not subject.reachable(path):
            yield Found(f"there is no {path}", REPORT, line, key=target, where=(target, path))
        elif fragment and not _has_heading(subject.page_of(path) if path else subject.report, fragment):
            there = f" in {path}" if path else ""
            yield Found(f"there is no heading for #{fragment}{there}", REPORT, line, key=target, where=(target,))


def _has_heading(page: ReportText | str | None, fragment: str) -> bool:
    """Whether a page has the place that a fragment names; what is no Markdown page gets the doubt."""
    if page is None:
        return True
    text = ReportText(page) if isinstance(page, str) else page
    wanted = unquote(fragment).lower()
    anchors = {slug for heading in text.headings for slug in slugs(heading.text)} | text.names
    return wanted in anchors or _NUMBERED.sub("", wanted) in anchors
