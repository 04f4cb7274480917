"""The timeline begins when somebody noticed, not when it began."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from runbook.model.times import format_duration
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "The timeline starts after the start"
SEVERITY = "warning"
REASON = (
    "What set it off stands before the first alert: the deployment, the expired certificate, the traffic. A "
    "timeline that begins with the detection tells the repair and not the incident."
)
FIX = "runbook log --at TIME --id ID 'what happened at the start', then `runbook render ID`"
BAD = (
    Example(
        record={
            "timeline": [
                {"id": "E1", "at": "2026-03-04T08:05:00Z", "text": "Alert: 4xx on /pay"},
                {"id": "E2", "at": "2026-03-04T08:40:00Z", "text": "The new certificate is served"},
            ]
        }
    ),
)
GOOD = (
    Example(
        record={
            "timeline": [
                {
                    "id": "E1",
                    "at": "2026-03-04T07:12:00Z",
                    "text": "The certificate of pay.example.net is renewed on disk",
                },
                {"id": "E2", "at": "2026-03-04T08:05:00Z", "text": "Alert: 4xx on /pay"},
                {"id": "E3", "at": "2026-03-04T08:40:00Z", "text": "The new certificate is served"},
            ]
        }
    ),
)
GRACE = timedelta(minutes=1)
"""Times are often known to the minute only."""


def check(subject: Subject) -> Iterator[Found]:
    """At most one problem, at the first entry."""
    started, timeline = subject.document.started, subject.document.timeline
    if started is None or not timeline:
        return
    first = min(range(len(timeline)), key=lambda index: timeline[index].at)
    late = timeline[first].at - started
    if late > GRACE:
        yield subject.found(
            f"the first entry stands {format_duration(late)} after the start",
            path=("timeline", first),
            item=timeline[first].id,
            section="timeline",
        )
