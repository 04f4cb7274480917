"""A file among the evidence of which the record knows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.problem import Found
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.subject import Subject

TITLE = "A file is not on record"
SEVERITY = "warning"
REASON = "Nobody can say where it came from, whether it is whole, or what it shows; no digest guards it."
FIX = "runbook attach FILE --id ID puts it on record; or take it out of the folder"
BAD = (Example(files={"evidence/stray.txt": "HTTP 502\n"}),)
GOOD = (
    Example(
        files={"evidence/probe.txt": "HTTP 502\n"},
        record={"evidence": [{"id": "V1", "name": "probe", "path": "evidence/probe.txt"}]},
    ),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each file below ``evidence/``."""
    known = {item.path for item in subject.document.evidence}
    for name in sorted(subject.files):
        if name.startswith("evidence/") and name not in known:
            yield Found("this file is not on record", name, 1, key=name, where=(name,))
