"""A long stretch of the incident of which nothing is on record."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

from runbook.model.times import format_duration
from runbook.review.passages import own_words
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from runbook.model.record import AnyDocument
    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "The timeline has an unexplained gap"
SEVERITY = "warning"
REASON = (
    "An hour without an entry is an hour nobody learns from. Somebody was waiting, trying or asleep: one line "
    "says which. `timeline.silent_minutes` sets how long is long. A gap counts as explained where the note on the "
    "times, or the entry at either end, says so (paused for the night, waiting for the restore, nothing was "
    "recorded)."
)
FIX = "runbook log --at TIME --id ID 'what went on', or say why with `runbook set time_note TEXT --id ID`"
_ROWS = [
    {"id": "E1", "at": "2026-03-04T07:40:00Z", "text": "Cards are refused"},
    {"id": "E2", "at": "2026-03-04T08:55:00Z", "text": "Cards go through again"},
]
BAD = (
    Example(record={"timeline": _ROWS}),
    Example(
        record={"timeline": [{"id": "E2", "at": "2026-03-04T07:40:00Z", "text": "Cards are refused"}]},
        settings="[timeline]\nsilent_minutes = 15\n",
    ),
)
GOOD = (
    Example(record={"timeline": _ROWS}, settings="[timeline]\nsilent_minutes = 90\n"),
    Example(record={"timeline": _ROWS, "time_note": "From 07:50 to 08:50 nothing was recorded; Kim was on the phone."}),
    Example(record={"timeline": [{**_ROWS[0], "text": "Cards are refused; waiting for the issuer"}, _ROWS[1]]}),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each gap, at the entry behind it; the end of the incident is the last one."""
    document, words = subject.document, subject.words
    if words.explained.first(own_words(document.time_note)) is not None:
        return
    allowed = timedelta(minutes=subject.settings.timeline.silent_minutes)
    moments = _moments(document)
    for (before, text, _), (after, next_text, index) in itertools.pairwise(moments):
        if after - before <= allowed or words.explained.first(f"{text}\n{next_text}") is not None:
            continue
        last = index is None
        yield subject.found(
            f"nothing is on record for {format_duration(after - before)} before {'the end' if last else 'this'}",
            path=("milestones", "resolved") if index is None else ("timeline", index),
            item="milestones.resolved" if index is None else document.timeline[index].id,
            section="milestones" if last else "timeline",
        )


def _moments(document: AnyDocument) -> list[tuple[datetime, str, int | None]]:
    """When something is on record, in order: time, text, index in the timeline (None: the end)."""
    resolved = document.milestones.resolved
    rows = [(entry.at, entry.text, index) for index, entry in enumerate(document.timeline)]
    inside = [row for row in rows if resolved is None or row[0] <= resolved]
    ends: list[tuple[datetime, str, int | None]] = [] if resolved is None else [(resolved, "", None)]
    took = {command.id: timedelta(seconds=command.duration or 0) for command in document.commands}
    # A command that ran for an hour was no silence: its end is on record as well.
    ran = [
        (row.at + took[row.id], row.text, index)
        for index, row in enumerate(document.timeline)
        if took.get(row.id) and (resolved is None or row.at + took[row.id] <= resolved)
    ]
    return sorted([*inside, *ran, *ends], key=lambda moment: (moment[0], moment[2] is None, moment[2] or 0))
