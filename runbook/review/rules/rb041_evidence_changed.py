"""Kept evidence that is no longer what was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "Evidence was changed"
SEVERITY = "error"
REASON = (
    "The record says what the file was when it was kept. If it differs, it shows something else now, and nobody "
    "knows what."
)
FIX = "git log -p -- FILE shows the change; put it back, or attach it anew with `runbook attach`"
BAD = (
    Example(
        files={"evidence/probe.txt": "HTTP 200\n"},
        record={"evidence": [{"id": "V1", "name": "probe", "path": "evidence/probe.txt", "sha256": "0" * 64}]},
    ),
)
GOOD = (
    Example(
        files={"evidence/probe.txt": "HTTP 502\n"},
        record={
            "evidence": [
                {
                    "id": "V1",
                    "name": "probe",
                    "path": "evidence/probe.txt",
                    "sha256": "DIGEST",
                }
            ]
        },
    ),
    Example(
        files={"evidence/probe.txt": "HTTP 200\n"},
        record={"evidence": [{"id": "V1", "name": "probe", "path": "evidence/probe.txt"}]},
    ),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each file; one without a digest on record cannot be checked."""
    for index, item in enumerate(subject.document.evidence):
        digest = subject.files.get(item.path)
        if item.sha256 and digest is not None and digest() != item.sha256:
            yield subject.found(
                f"{item.path} is not the file that was kept",
                path=("evidence", index, "sha256"),
                item=item.id,
                section="evidence",
            )
