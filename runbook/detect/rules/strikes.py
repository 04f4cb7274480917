"""Rules about failing again and again, and about asking for help."""

from __future__ import annotations

from datetime import timedelta

from runbook.detect.classify import looks_only
from runbook.detect.events import Event, Hit, Story
from runbook.detect.streaks import LEVELS, NOTED, Attempt, Streaks, of_command

ADVICE = "strikes"
"""Source of the entries in which runbook itself said to ask somebody; that is not yet asking."""

LATE = timedelta(minutes=30)
"""Help asked for later than this after the third failure came late."""


def three_strikes(story: Story) -> Hit | None:
    """Three, five or eight failures at the same thing without a success between them."""
    what, streak = _longest_streak(story)
    if len(streak) < LEVELS[-1][0]:
        return None
    advice = next(text for least, text in LEVELS if len(streak) >= least)
    captures = {
        "thing": what,
        "count": str(len(streak)),
        "advice": advice,
        "times": ", ".join(story.clock(event.at) for event in streak[:10]),
    }
    return Hit(streak, captures)


def same_command_again(story: Story) -> Hit | None:
    """The very same command fails again, and nothing was changed in between."""
    runs: dict[tuple[str, str, str], list[Event]] = {}
    best: list[Event] = []
    for event in story.events:
        if event.command is not None:
            key = (event.command.host, event.command.cwd, " ".join(event.text.split()))
            run = runs.get(key, [])
            if event.failed:
                runs[key] = [*run, event]
                best = max(best, runs[key], key=len)
                continue
            runs.pop(key, None)
        if _may_have_helped(event):
            runs.clear()
    if len(best) < 2:
        return None
    return Hit(best, {"command": best[0].text, "count": str(len(best))})


def late_escalation(story: Story) -> Hit | None:
    """Nobody was asked within half an hour of the third failure."""
    _what, streak = _longest_streak(story)
    if len(streak) < 3:
        return None
    third = streak[2]
    asked = next((event for event in story.of_kind("escalation") if event.source != ADVICE), None)
    until = asked.at if asked is not None else story.document.milestones.resolved or story.events[-1].ended
    if until - third.at <= LATE:
        return None
    minutes = int((until - third.at).total_seconds() // 60)
    events = [*streak[:3], *([asked] if asked is not None else [])]
    when = f"{minutes} min after" if asked is not None else f"not within {minutes} min of"
    return Hit(events, {"minutes": str(minutes), "when": when, "third": story.clock(third.at)}, count=1)


def _may_have_helped(event: Event) -> bool:
    """Whether something may be different after it: a change on record, or a command that does more than look."""
    if event.kind in {"change", "rollback", "decision"}:
        return True
    return event.command is not None and any(not looks_only(simple) for simple in event.commands)


def _longest_streak(story: Story) -> tuple[str, list[Event]]:
    """The longest run of failures at one thing, and what that was; see :mod:`runbook.detect.streaks`."""
    signatures: dict[str, list[str]] = {}
    for finding in story.document.findings:
        if finding.state != "dismissed" and finding.kind != "timeline" and finding.severity not in {"low", "info"}:
            for entry in finding.entries:
                signatures.setdefault(entry, []).append(finding.signature)
    streaks = Streaks()
    by_id = {event.id: event for event in story.events}
    for event in story.events:
        if (attempt := _attempt(event, signatures.get(event.id, []))) is not None:
            streaks.feed(attempt)
    what, longest = streaks.longest
    return what, [by_id[attempt.id] for attempt in longest]


def _attempt(event: Event, signatures: list[str]) -> Attempt | None:
    if event.command is not None:
        failed, things = of_command(event.text, event.command.exit_status)
        where = {"actor": event.actor, "host": event.command.host}
        return Attempt(event.id, "", failed=failed, things=things, signatures=signatures, **where)
    if event.kind in {"failure", "verification"}:
        return Attempt(event.id, "", failed=event.failed, things=[NOTED])
    return None
