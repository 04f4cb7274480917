"""What the interview's tests start from: a recorded incident on a real journal, and a script that answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from runbook.capture.prompter_scripted import ScriptedPrompter
from runbook.flow.declare import declare
from runbook.flow.desk import find_place
from runbook.flow.interview import conduct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runbook.capture.prompter import Choice
    from runbook.capture.prompter_scripted import Asked
    from runbook.flow.desk import Desk
    from runbook.model.record import Deployment, Incident

STARTED = datetime(2026, 2, 11, 9, 2, tzinfo=UTC)
WORST = "docker/build-context-missing-file"
ADVICE = "compose/no-healthcheck"
HABIT = "practice/three-strikes"


def found(signature: str, severity: str, *prevention: str, count: int = 1) -> dict[str, Any]:
    """A finding as the recorder writes it."""
    return {
        "signature": signature,
        "title": f"Title of {signature}",
        "severity": severity,
        "source": "evidence/build.txt",
        "line": 3,
        "count": count,
        "excerpt": 'failed to compute cache key: "/packages": not found',
        "captures": {"service": "plexus"},
        "fix": "Build from the repository root.",
        "prevention": list(prevention),
    }


def at(minutes: float) -> datetime:
    """A moment of the recorded incident."""
    return STARTED + timedelta(minutes=minutes)


def record_incident() -> Desk:
    """An incident recorded from start to resolve, with commands and known failures."""
    desk = declare("incident", "Dashboards do not deploy", place=find_place(), severity="high", at=STARTED)
    desk.append("note", {"text": "Nobody can open the dashboards"}, at=at(3))
    run = {"command": "docker build .", "exit_status": 1, "duration": 2.5, "cwd": "/srv/pr"}
    build = found(WORST, "high", "CI builds the image from the root", "The Dockerfile says where to build", count=2)
    desk.append("command", {**run, "findings": [build]}, at=at(10))
    desk.append("command", {**run, "findings": [found(ADVICE, "low", "Every service has a health check")]}, at=at(20))
    desk.append("finding", {**found(HABIT, "medium", "Ask after the third failure"), "kind": "timeline"}, at=at(21))
    desk.append("decision", {"text": "Build from the repository root"}, at=at(30))
    desk.append("command", {**run, "exit_status": 0}, at=at(40))
    desk.append("verification", {"text": "The page loads"}, at=at(45))
    desk.append("mark", {"milestone": "resolved", "note": ""}, at=at(60))
    return desk


def incident(desk: Desk) -> Incident:
    """The record of an incident."""
    record = desk.record()
    assert record.document == "incident"
    return record


def deployment(desk: Desk) -> Deployment:
    """The record of a deployment."""
    record = desk.record()
    assert record.document == "deployment"
    return record


def ask(desk: Desk, answers: Mapping[str, object] | Sequence[tuple[str, object]] = ()) -> ScriptedPrompter:
    """One pass of the interview; what the script does not answer gets Enter."""
    prompter = ScriptedPrompter(answers, strict=False)
    conduct(desk, prompter)
    assert prompter.unused == []
    return prompter


def question(prompter: ScriptedPrompter, key: str) -> Asked:
    """The first question of that name."""
    return next(asked for asked in prompter.asked if asked.key == key)


def entry(asked: Asked, words: str) -> Choice:
    """The choice whose title holds ``words``."""
    return next(choice for choice in asked.choices if words in choice.title)
