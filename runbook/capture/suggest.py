"""What the record suggests: the default answers.

Pure functions; a suggestion becomes an answer when a person accepts it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from runbook.capture.lines import show_time, span
from runbook.model.match import FINDING_SEVERITIES
from runbook.model.wire import MILESTONES, NOTE_KINDS

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from runbook.model.record import AnyDocument, Command, Finding, Incident

PRACTICE = "practice/"
"""Signatures about how people worked, not about what broke."""
_ENDED_BY = ("rollback", "change", "decision")
_NAMES = ("service", "container", "database", "unit", "deployment")
_FORESIGHT = {"high": 14, "medium": 30, "low": 60}
"""Days that a follow-up of a priority gets at first."""


def summary(doc: AnyDocument, zone: tzinfo) -> str:
    """The title as a sentence, and how long it took."""
    times = doc.milestones
    text = doc.title.rstrip(". ") + "."
    if times.started is not None:
        text += f" It began on {show_time(times.started, zone)}"
        text += f" and was resolved after {span(times.started, times.resolved)}." if times.resolved else "."
    return text


def resolution(doc: AnyDocument) -> str:
    """The last change, decision or rollback before the end, and the last command that worked after it had failed."""
    parts = [row.text for row in doc.timeline if row.kind in _ENDED_BY and _not_a_set(row.text)][-1:]
    roles = roles_of(doc)
    parts += [f"`{c.command}` worked." for c in doc.commands if roles.get(c.id) == "worked" and "`" not in c.command][
        -1:
    ]
    return "\n\n".join(parts)


def _not_a_set(text: str) -> bool:
    return " → " not in text  # the row that a changed field leaves is no deed


def rollback(doc: AnyDocument) -> str:
    """What the timeline says about rolling back."""
    return "\n".join(row.text for row in doc.timeline if row.kind == "rollback")


def milestones(doc: AnyDocument) -> dict[str, datetime]:
    """A time for every milestone that is not on record and about which the record says something.

    Declared is detected; the first thing somebody did is acknowledged; with nothing else on record the end of the
    trouble is its resolution. Suggestions stay in order with what is known.
    """
    known = {name: value for name in MILESTONES if (value := getattr(doc.milestones, name)) is not None}
    guesses: dict[str, datetime] = {}
    started, resolved = known.get("started"), known.get("resolved")
    if started is not None:
        guesses["detected"] = started
        deeds = [row.at for row in doc.timeline if row.kind in (*NOTE_KINDS, "command") and row.at >= started]
        if deeds:
            guesses["acknowledged"] = min(deeds)
    if resolved is not None:
        guesses["mitigated"] = resolved
    found: dict[str, datetime] = {}
    for position, name in enumerate(MILESTONES):
        guess = guesses.get(name)
        if name in known or guess is None:
            continue
        low = [value for other in MILESTONES[:position] if (value := known.get(other) or found.get(other))]
        high = [value for other in MILESTONES[position:] if (value := known.get(other))]
        guess = max([guess, *low])
        found[name] = min([guess, *high])
    return found


def roles_of(doc: AnyDocument) -> dict[str, str]:
    """The role of every command that has one: what a person said, else what its runs show.

    Shown: a command that failed and in the same words succeeded later worked; one that failed three times and never
    succeeded was a dead end. That something made it worse only a person can say.
    """
    roles: dict[str, str] = {}
    runs: dict[str, list[Command]] = {}
    for command in doc.commands:
        runs.setdefault(" ".join(command.command.split()), []).append(command)
    for same in runs.values():
        failed = [command for command in same if command.failed]
        if failed and same[-1].exit_status == 0:
            roles[same[-1].id] = "worked"
        elif len(failed) >= 3 and len(failed) == len(same):
            roles.update((command.id, "dead-end") for command in failed)
    roles.update((command.id, command.role) for command in doc.commands if command.role)
    return roles


def played_a_part(finding: Finding) -> bool:
    """Whether it is proposed as confirmed: advice (low, info) waits for a person."""
    return finding.state == "confirmed" or (finding.state == "open" and finding.severity not in {"low", "info"})


def confirmed(doc: AnyDocument) -> list[Finding]:
    """The findings that people confirmed, worst first."""
    found = [finding for finding in doc.findings if finding.state == "confirmed"]
    return sorted(found, key=lambda finding: FINDING_SEVERITIES.index(finding.severity))


def first_why(doc: AnyDocument) -> Finding | None:
    """The confirmed failure that most likely answers the first *why*: the worst, then the most frequent."""
    technical = [finding for finding in confirmed(doc) if not finding.signature.startswith(PRACTICE)]
    return min(
        technical, key=lambda finding: (FINDING_SEVERITIES.index(finding.severity), -finding.count), default=None
    )


def factors(doc: AnyDocument) -> list[str]:
    """What went against good practice, as contributing factors."""
    return [finding.title for finding in confirmed(doc) if finding.signature.startswith(PRACTICE)]


def systems(doc: AnyDocument) -> list[str]:
    """Services and containers that the known failures name."""
    names = [
        finding.captures[name]
        for finding in doc.findings
        if finding.state != "dismissed"
        for name in _NAMES
        if finding.captures.get(name)
    ]
    return list(dict.fromkeys(names))


def people(doc: AnyDocument) -> int | None:
    """How many different people are on the timeline, or None where it names nobody."""
    return len({row.actor for row in doc.timeline if row.actor}) or None


def went_well(doc: Incident) -> list[str]:
    """What the record shows to have gone well."""
    times, found = doc.milestones, []
    reaction = None if times.acknowledged is None or times.started is None else times.acknowledged - times.started
    if reaction is not None and reaction <= timedelta(minutes=15):
        after = f"{span(times.started, times.acknowledged)} after it began"
        found.append(f"Somebody was on it {'within a minute' if reaction < timedelta(minutes=1) else after}.")
    if any(row.kind == "backup" for row in doc.timeline):
        found.append("A backup was made.")
    if any(row.kind == "verification" for row in doc.timeline):
        found.append("The result was verified.")
    return found


def due(priority: str, today: datetime) -> str:
    """A date for a follow-up of that priority, ISO."""
    return (today + timedelta(days=_FORESIGHT[priority])).date().isoformat()


def priority(severity: str) -> str:
    """The priority of a follow-up against a failure of that severity."""
    return {"critical": "high", "high": "high", "medium": "medium"}.get(severity, "low")
