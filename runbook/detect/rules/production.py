"""Rules about production: changing it directly, standing in its place, editing what no version control holds."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from runbook.detect.classify import changes, edited_files, is_config, verb, words_of
from runbook.detect.events import Event, Hit, Story
from runbook.detect.rules.destruction import reviewed_before
from runbook.detect.rules.trials import is_trial_file, project_of
from runbook.detect.targets import branch_of, context_of

if TYPE_CHECKING:
    from runbook.detect.commands import SimpleCommand

_NAMED_PRODUCTION = re.compile(r"(?i)(?<![a-z])(?:prod|production|live)(?![a-z])")
_NOT_PRODUCTION = re.compile(r"(?i)\b(?:non-?prod|not (?:on |in )?production|pre-?prod)")
_MOVING_TAGS = re.compile(r":(?:latest|prod|production|stable|live)$")
_COLLISIONS = ("net/port-already-in-use", "compose/container-name-conflict")


def production_changed_directly(story: Story) -> Hit | None:
    """An edit or a restart on what is marked production, which nobody else reviewed.

    Marked is what ``[production]`` in the settings names or, where that is empty, what calls itself production.
    """
    found: list[tuple[Event, str]] = []
    for event in story.events:
        where = ""
        if event.kind == "change" and _NAMED_PRODUCTION.search(event.text) and not _NOT_PRODUCTION.search(event.text):
            where = "production"
        for simple in event.commands:
            if not where and changes(simple):
                where = _production_of(story, event, simple)
        if where and not reviewed_before(story, event):
            found.append((event, where))
    if not found:
        return None
    return Hit(
        [event for event, _where in found], {"where": found[0][1], "command": " ".join(found[0][0].text.split())}
    )


def no_parallel_deployment(story: Story) -> Hit | None:
    """The new version took the port, the name or the tag of the one that ran."""
    return _taken_down_and_put_up(story) or _tag_moved(story) or _collided(story)


def config_not_versioned(story: Story) -> Hit | None:
    """A configuration file was edited on the spot, and no commit follows."""
    last_commit = max((event.at for event, simple in story.simple() if verb(simple) == ("git", "commit")), default=None)
    edits: list[tuple[Event, str]] = []
    for event, simple in story.simple():
        files = [path for path in edited_files(simple) if is_config(path) and not is_trial_file(path)]
        if files and not event.failed and (last_commit is None or event.at > last_commit):
            edits.append((event, files[0]))
    if not edits:
        return None
    return Hit(list(dict.fromkeys(event for event, _file in edits)), {"file": edits[0][1]})


def _production_of(story: Story, event: Event, simple: SimpleCommand) -> str:
    """Which mark of production the command bears; empty: none."""
    host, folder, project = event.host(simple), event.folder(simple), project_of(simple)
    paths = [folder, *(path for path in edited_files(simple)), *(arg for arg in simple.args if "/" in arg)]
    marks = story.settings.production
    if marks.hosts or marks.paths or marks.compose_projects or marks.contexts or marks.branches:
        candidates = [
            *((value, pattern) for value in [host] for pattern in marks.hosts),
            *((value, pattern) for value in paths for pattern in marks.paths),
            *((value, pattern) for value in [project] for pattern in marks.compose_projects),
            *((context_of(simple), pattern) for pattern in marks.contexts),
            *((branch_of(simple), pattern) for pattern in marks.branches),
        ]
        return next((value for value, pattern in candidates if value and _matches(value, pattern)), "")
    named = [host, folder, project, *simple.args]
    return next((text for text in named if _NAMED_PRODUCTION.search(text) and not _NOT_PRODUCTION.search(text)), "")


def _matches(value: str, pattern: str) -> bool:
    """Shell-style; a folder's pattern covers what lies below it."""
    return fnmatchcase(value, pattern) or fnmatchcase(value, f"{pattern.rstrip('/')}/*")


def _option(simple: SimpleCommand, *names: str) -> str:
    for at, arg in enumerate(simple.args):
        if arg in names and at + 1 < len(simple.args):
            return simple.args[at + 1]
        for name in names:
            if name.startswith("--") and arg.startswith(f"{name}="):
                return arg.split("=", 1)[1]
    return ""


def _taken_down_and_put_up(story: Story) -> Hit | None:
    """``compose down``, then ``compose up`` of the same project; ``docker rm web``, then ``docker run --name web``."""
    down: dict[tuple[str, ...], Event] = {}
    for event, simple in story.simple():
        tool, what = verb(simple)
        host = event.host(simple)
        if tool == "compose":
            key = ("compose", host, project_of(simple) or event.folder(simple))
            if what in {"down", "rm", "stop"}:
                down.setdefault(key, event)
            elif what in {"up", "start"} and key in down:
                return _in_its_place([down[key], event], "project", project_of(simple) or "the same project")
        elif tool == "docker" and what in {"stop", "rm", "kill"}:
            for name in words_of(simple)[1:]:
                down.setdefault(("docker", host, name), event)
        elif tool == "docker" and what == "run":
            name = _option(simple, "--name")
            if ("docker", host, name) in down:
                return _in_its_place([down[("docker", host, name)], event], "name", name)
    return None


def _tag_moved(story: Story) -> Hit | None:
    """An image is built or tagged as ``:latest`` and then put up: the old image has no name any more."""
    moved: tuple[Event, str] | None = None
    for event, simple in story.simple():
        tool, what = verb(simple)
        if tool == "docker" and what in {"build", "tag", "buildx"} and not event.failed:
            tag = _option(simple, "-t", "--tag") if what != "tag" else simple.args[-1]
            if _MOVING_TAGS.search(tag):
                moved = event, tag
        elif moved is not None and (tool, what) in {("compose", "up"), ("docker", "run")} and not event.failed:
            return _in_its_place([moved[0], event], "tag", moved[1])
    return None


def _collided(story: Story) -> Hit | None:
    """Starting the new version met a port or a name that the old one holds."""
    for finding in story.document.findings:
        if finding.signature in _COLLISIONS and finding.state != "dismissed":
            entries = set(finding.entries)
            events = [
                event
                for event in story.events
                if event.id in entries
                and any(verb(each) in {("compose", "up"), ("docker", "run")} for each in event.commands)
            ]
            if events:
                what = "port" if finding.signature == _COLLISIONS[0] else "name"
                return _in_its_place(events, what, finding.captures.get(what, f"the same {what}"))
    return None


def _in_its_place(events: list[Event], what: str, name: str) -> Hit:
    return Hit(list(dict.fromkeys(events)), {"what": what, "name": name}, count=1)
