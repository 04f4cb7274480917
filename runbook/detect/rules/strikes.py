"""Rules about failing again and again, and about asking for help."""

from __future__ import annotations

from datetime import timedelta

from runbook.detect.classify import looks_only, thing
from runbook.detect.events import Event, Hit, Story

LEVELS = ((8, "stop and hold a team meeting"), (5, "escalate to somebody more experienced"), (3, "ask a colleague"))
"""How many failures ask for what."""

LATE = timedelta(minutes=30)
"""Help asked for later than this after the third failure came late."""

_ATTEMPTS = "the same attempt"


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
    asked = next(iter(story.of_kind("escalation")), None)
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
    """The longest run of failures at one thing, and what that was.

    Failures are the same thing if they are the same command up to its arguments, if they match the same signature, or
    if they are failures that somebody noted or checks that did not pass: all of those are attempts to mend this.
    """
    streaks: dict[str, list[Event]] = {}
    best: tuple[str, list[Event]] = ("", [])
    signatures: dict[str, list[str]] = {}
    for finding in story.document.findings:
        if finding.state != "dismissed" and finding.kind != "timeline" and finding.severity not in {"low", "info"}:
            for entry in finding.entries:
                signatures.setdefault(entry, []).append(finding.signature)
    for event in story.events:
        keys = _things(event) + signatures.get(event.id, [])
        for key in keys:
            if event.failed or key in signatures.get(event.id, []):
                streaks[key] = [*streaks.get(key, []), event]
                if len(streaks[key]) > len(best[1]):
                    best = key, list(streaks[key])
            else:
                streaks.pop(key, None)
    return best


def _things(event: Event) -> list[str]:
    if event.command is None:
        return [_ATTEMPTS] if event.kind in {"failure", "verification"} else []
    simple = next((each for each in reversed(event.commands) if each.program not in {"cd", "pushd"}), None)
    if simple is None:
        return []
    host = event.host(simple)
    return [f"{thing(simple)} on {host}" if host else thing(simple)]
