"""Evidence on record that is not in the folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "Evidence is missing"
SEVERITY = "error"
REASON = "A claim whose proof is gone cannot be checked. Often the file is there and git ignores it."
FIX = "put the file back (`git check-ignore -v FILE` says whether git leaves it out)"
BAD = (Example(record={"evidence": [{"id": "V1", "name": "probe", "path": "evidence/probe.txt"}]}),)
GOOD = (
    Example(
        files={"evidence/probe.txt": "HTTP 502\n"},
        record={"evidence": [{"id": "V1", "name": "probe", "path": "evidence/probe.txt"}]},
    ),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each file."""
    for index, item in enumerate(subject.document.evidence):
        if item.path not in subject.files:
            yield subject.found(
                f"{item.path} is on record and not there",
                path=("evidence", index, "path"),
                item=item.id,
                section="evidence",
            )
