"""A secret in a committed file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.problem import Found
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.subject import Subject

TITLE = "A secret in a committed file"
SEVERITY = "error"
REASON = (
    "What is merged is read by everybody who can clone, for ever. Each file of the document's folder goes through "
    "the same door as on the way in; whatever it would still take out is named, never shown."
)
FIX = "runbook scrub ID takes it out; rotate it if it was pushed"
BAD = (
    Example(append="\nThe token was ghp_16C7e42F292c6912E7710c838347Ae178B4a\n"),
    Example(
        files={"evidence/notes.txt": "PASSWORD=correct-horse-battery-9\n"},
        record={"evidence": [{"id": "V1", "name": "notes", "path": "evidence/notes.txt"}]},
    ),
)
GOOD = (Example(record={"summary": "The token was [redacted:github-token:1f0c9a3e]; it is rotated."}),)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each line and kind."""
    for place in subject.unclean():
        if place.kind:
            what = f"a secret ({place.kind})" if place.times == 1 else f"{place.times} secrets ({place.kind})"
            yield Found(
                f"{what} stands here", place.file, place.line, key=f"{place.file}:{place.kind}", where=(place.file,)
            )
