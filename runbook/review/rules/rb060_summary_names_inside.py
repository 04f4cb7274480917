"""A summary for people outside the team that names somebody or something inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.leaks import find_leaks
from runbook.review.problem import Found
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.subject import Subject

TITLE = "A summary for outsiders names what is inside"
SEVERITY = "error"
REASON = (
    "`runbook export --format summary` writes it with pseudonyms and without internal addresses; somebody edited "
    "it since, or the record names more people now. It may have been sent already. Looked at are `summary.md` and "
    "`summary-….md` beside the record; addresses and hosts that anybody may read are listed under `report.public`."
)
FIX = "use the pseudonym or leave it out; what anybody may read belongs into `report.public`"
BAD = (
    Example(files={"summary.md": "# What happened\n\nNoor reloaded the proxy.\n"}),
    Example(files={"summary.md": "# What happened\n\nThe proxy at 10.20.30.40 was reloaded.\n"}),
    Example(files={"summary.md": "# What happened\n\nOPS-1234 has the details; ask @payments-oncall.\n"}),
)
GOOD = (
    Example(files={"summary.md": "# What happened\n\nAn engineer reloaded the proxy.\n"}),
    Example(
        files={"summary.md": "# What happened\n\nSee https://status.example.net for more.\n"},
        settings='[report]\npublic = ["status.example.net"]\n',
    ),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each passage of ``summary.md`` or ``summary-*.md`` beside the record."""
    public, machines = subject.settings.report.public, subject.settings.production.hosts
    for name in subject.files:
        if "/" in name or not (name.startswith("summary") and name.endswith(".md")):
            continue
        for leak in find_leaks(subject.text_of(name) or "", subject.document, public=public, machines=machines):
            yield Found(leak.message, name, leak.line, key=f"{name}:{leak.kind}:{leak.text}", where=(name, leak.kind))
