"""A record that cannot be read; said by whoever reads it, since there is nothing to hand to a rule then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "The record cannot be read"
SEVERITY = "error"
REASON = (
    "A typing mistake in record.yaml takes the document out of lists, search and statistics. No other rule looks "
    "at it until it can be read; this one cannot be turned off."
)
FIX = "correct the line; `git log -p -- FILE` shows what it was"
BAD = (
    Example(files={"record.yaml": "schema: 1\ndocument: incident\nid: INC-2026-03-04-001\ntitle: x\nsevrity: high\n"}),
    Example(files={"record.yaml": "schema: 1\n  document: incident\n"}),
    Example(files={"record.yaml": None}),
)
GOOD = (Example(),)


def check(subject: Subject) -> Iterable[Found]:
    """Nothing: a subject has a record that was read."""
    del subject
    return ()
