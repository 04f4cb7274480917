"""A root cause that nothing on record shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "A root cause without evidence"
SEVERITY = "warning"
REASON = (
    "A cause that is only believed leads to measures against something that did not happen. One entry, command or "
    "kept file that shows a step of the chain is enough; a cause that is likely and not shown says so (`proven: "
    "false`)."
)
FIX = "name what shows it under `evidence:` of a why, or set `proven: false`"
BAD = (
    Example(
        record={
            "causes": [
                {
                    "id": "K1",
                    "title": "The proxy held the old certificate",
                    "whys": [{"text": "It reads it at its start only"}],
                }
            ]
        }
    ),
    Example(record={"causes": [{"id": "K1", "title": "The proxy held the old certificate"}]}),
)
GOOD = (
    Example(record={"causes": [{"id": "K1", "title": "The proxy held the old certificate", "proven": False}]}),
    Example(
        record={
            "causes": [
                {
                    "id": "K1",
                    "title": "Old certificate",
                    "whys": [{"text": "Read at its start only", "evidence": ["E2"]}],
                }
            ]
        }
    ),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each cause."""
    for index, cause in enumerate(subject.incident.causes if subject.incident is not None else ()):
        if cause.proven and not any(why.evidence for why in cause.whys):
            yield subject.found(
                f"nothing on record shows cause {index + 1}", path=("causes", index), item=cause.id, section="causes"
            )
