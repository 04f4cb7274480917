"""Characters that a reader cannot see and a terminal or a page obeys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.problem import Found
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.subject import Subject

TITLE = "Hidden characters"
SEVERITY = "warning"
REASON = (
    "Escape sequences and characters that turn the direction of text make a line look like another one, in a "
    "terminal and in a diff. Evidence is kept without them; what has some was edited."
)
FIX = "take them out: runbook redact FILE > CLEAN"
BAD = (
    Example(append="\nThe path is /srv/\u202etxt.exe\n"),
    Example(
        files={"evidence/probe.txt": "\x1b[31mred\x1b[0m\n"},
        record={"evidence": [{"id": "V1", "name": "probe", "path": "evidence/probe.txt"}]},
    ),
)
GOOD = (Example(append="\nNaïve, größer, 日本語 and → are what they look like.\n"),)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each line."""
    for place in subject.unclean():
        if not place.kind:
            yield Found(
                "characters that cannot be seen stand here", place.file, place.line, key=place.file, where=(place.file,)
            )
