"""Rules about how work is recorded and prepared: silence, reading, a way back, where an image is built."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from runbook.detect.classify import verb
from runbook.detect.command_rules import builds_from
from runbook.detect.events import Event, Hit, Story
from runbook.model.record import Deployment
from runbook.model.times import format_duration

if TYPE_CHECKING:
    from datetime import datetime


def silent_gap(story: Story) -> Hit | None:
    """No entry for longer than the settings allow while it was open."""
    milestones = story.document.milestones
    end = milestones.resolved
    events = [event for event in story.events if end is None or event.at <= end]
    gaps: list[tuple[datetime, datetime, list[Event]]] = []
    allowed = timedelta(minutes=story.settings.timeline.silent_minutes)
    if events and milestones.started is not None and events[0].at - milestones.started > allowed:
        gaps.append((milestones.started, events[0].at, [events[0]]))
    latest: Event | None = None
    for event in events:
        if latest is not None and event.at - latest.ended > allowed:
            gaps.append((latest.ended, event.at, [latest, event]))
        if latest is None or event.ended >= latest.ended:
            latest = event
    if latest is not None and end is not None and end - latest.ended > allowed:
        gaps.append((latest.ended, end, [latest]))
    if not gaps:
        return None
    begin, until, around = max(gaps, key=lambda gap: gap[1] - gap[0])
    return Hit(
        around,
        {"duration": format_duration(until - begin), "from": story.clock(begin), "to": story.clock(until)},
        count=len(gaps),
    )


def docs_not_reviewed(story: Story) -> Hit | None:
    """A deployment that has begun without the sign-off that its documents were read."""
    document = story.document
    if not isinstance(document, Deployment) or not _begun(document):
        return None
    if document.sign_off.by.strip() and document.sign_off.documents:
        return None
    missing = "who read them is missing" if document.sign_off.documents else "no document is named as read"
    return Hit(story.events[:1], {"missing": missing}, count=1)


def no_rollback_plan(story: Story) -> Hit | None:
    """A deployment that names no way back."""
    document = story.document
    if not isinstance(document, Deployment) or document.rollback_plan.strip():
        return None
    return Hit(story.events[:1], count=1)


def built_from_subdirectory(story: Story) -> Hit | None:
    """An image was built from a folder below the one the project is run or built from.

    That folder is known from other commands on record: builds and compose calls. ``cd folder && docker build .`` says
    it itself.
    """
    builds: list[tuple[Event, str]] = []
    roots: set[tuple[str, str]] = set()
    found: list[tuple[Event, str]] = []
    for event, simple in story.simple():
        folder, context = event.folder(simple), builds_from(simple)
        if context == "." and simple.folder and not simple.folder.startswith(("/", "~", "$", "..")):
            found.append((event, simple.folder))
        elif context == "." and folder:
            builds.append((event, folder))
        if folder and (context == "." or verb(simple)[0] == "compose"):
            roots.add((event.host(simple), folder.rstrip("/")))
    for event, folder in builds:
        if any(folder.rstrip("/").startswith(f"{root}/") for _host, root in roots if root):
            found.append((event, folder))
    if not found:
        return None
    return Hit(list(dict.fromkeys(event for event, _folder in found)), {"folder": found[0][1]})


def _begun(document: Deployment) -> bool:
    return document.status != "planned" or bool(document.steps or document.commands)
