"""A section that a report cannot do without has nothing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.required import required, section_names
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "A required section is empty"
SEVERITY = "error"
REASON = (
    "Whoever was not there reads only this. Without what happened, whom it hit, why and what ended it, a report "
    "is a log. How it ended is asked for once it has ended; `lint.required` and `lint.required_deployment` in "
    "runbook.toml name other sections."
)
FIX = "write it; `runbook resume ID` asks for what is missing"
BAD = (
    Example(record={"summary": ""}),
    Example(record={"causes": []}),
    Example(record={"impact": {}}),
    Example(record={"resolution": "", "status": "closed"}),
    Example(record={"rollback_plan": ""}, document="deployment"),
    Example(record={"lessons": {}}, settings='[lint]\nrequired = ["lessons.went_wrong"]\n'),
)
GOOD = (
    Example(record={"causes": [], "resolution": "", "status": "mitigated", "milestones.resolved": None}),
    Example(record={"summary": ""}, settings='[lint]\nrequired = ["causes"]\n'),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each section."""
    known = section_names(subject.document)
    for name in required(subject):
        if name in known and not known[name]:
            first, _, rest = name.partition(".")
            path = (first, rest) if rest else (first,)
            shown = "impact.description" if name == "impact" and subject.report is None else name
            yield subject.found(f"{name.replace('_', ' ').replace('.', ': ')} is empty", path=path, section=shown)
