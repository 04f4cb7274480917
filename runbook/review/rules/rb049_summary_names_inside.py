"""A summary for people outside the team that names somebody or something inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.leaks import find_leaks
from runbook.review.problem import Found
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.subject import Subject

SUMMARY = "summary.md"
TITLE = "A summary for outsiders names who or what is inside"
SEVERITY = "error"
REASON = (
    "What `runbook export --format summary` writes goes to people outside the team, and an edit by hand is where a "
    "name, a host or an address comes back in."
)
FIX = "use the pseudonym or leave it out; what anybody may read belongs into report.public"
BAD = (
    Example(files={SUMMARY: "# Checkout refused every card\n\nNoor found it on 10.20.30.40.\n"}),
    Example(
        files={SUMMARY: "# Checkout\n\nSee https://status.example.com and https://wiki.internal/x\n"},
        settings='[report]\npublic = ["*.example.com"]\n',
    ),
)
GOOD = (
    Example(files={SUMMARY: "# Checkout refused every card\n\nResponder A found it on (internal address).\n"}),
    Example(files={SUMMARY: "See https://status.example.com\n"}, settings='[report]\npublic = ["*.example.com"]\n'),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each passage of ``summary.md`` beside the report."""
    text = subject.text_of(SUMMARY)
    if text is None:
        return
    settings = subject.settings
    leaks = find_leaks(text, subject.document, public=settings.report.public, machines=settings.production.hosts)
    for leak in leaks:
        yield Found(leak.message, SUMMARY, leak.line, key=f"{SUMMARY}:{leak.text.lower()}", where=(SUMMARY,))
