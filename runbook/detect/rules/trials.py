"""What a record set up for itself beside the rest, by name: taking it away again takes nothing from anybody."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from runbook.detect.classify import verb, words_of

if TYPE_CHECKING:
    from runbook.detect.commands import SimpleCommand
    from runbook.detect.events import Event, Story

_TRIAL = re.compile(
    r"(?i)(?:^|[-_.])(?:pr|trial|te?mp|test|testing|preview|candidate|canary|sandbox|scratch|demo)(?:[-_.]?\d+)?(?:$|[-_.])"
)
_COMPOSE_FILE = re.compile(r"^(?:docker-)?compose[\w.-]*\.ya?ml$")
_SET_UP = frozenset({"up", "create", "run", "start"})
_TAKE_AWAY = frozenset({"down", "rm", "stop", "kill"})
_DATA_TOO = re.compile(r"^(?:--volumes|--rmi(?:=.*)?|-[a-z]*v[a-z]*)$")


def is_trial_file(path: str) -> bool:
    """Whether a path names the compose file of a trial: ``docker-compose.pr.yml``."""
    name = os.path.basename(path)
    return bool(_COMPOSE_FILE.match(name) and _TRIAL.search(os.path.splitext(name)[0]))


def project_of(simple: SimpleCommand) -> str:
    """The Compose project that a command names; empty: it names none."""
    for at, arg in enumerate(simple.args):
        if arg in {"-p", "--project-name"} and at + 1 < len(simple.args):
            return simple.args[at + 1]
        if arg.startswith("--project-name="):
            return arg.split("=", 1)[1]
    return next((value.split("=", 1)[1] for value in simple.env if value.startswith("COMPOSE_PROJECT_NAME=")), "")


def takes_own_trial_away(story: Story, event: Event, simple: SimpleCommand) -> bool:
    """Whether a command removes only containers that this record started before, under a name of a trial.

    With volumes or images it does not count: they may be older than the record. Nor does a name that the settings
    call production, or one that the record took away before it set it up: that was somebody else's.
    """
    gone = _taken_away(simple)
    if not gone:
        return False
    production = story.settings.production.compose_projects
    host = event.host(simple)
    ours: set[str] = set()
    older: set[str] = set()
    for earlier in story.before(event):
        for other in earlier.commands:
            if earlier.host(other) == host:
                older |= _taken_away(other) - ours
                ours |= _set_up(other) - older
    return all(
        _TRIAL.search(name) and name in ours and not any(fnmatchcase(name, pattern) for pattern in production)
        for name in gone
    )


def _set_up(simple: SimpleCommand) -> set[str]:
    tool, what = verb(simple)
    if tool == "compose" and what in _SET_UP:
        return {project_of(simple)} - {""}
    if tool != "docker" or what not in {"run", "create", "container"}:
        return set()
    for at, arg in enumerate(simple.args):
        if arg == "--name" and at + 1 < len(simple.args):
            return {simple.args[at + 1]}
        if arg.startswith("--name="):
            return {arg.partition("=")[2]}
    return set()


def _taken_away(simple: SimpleCommand) -> set[str]:
    """The project or containers that it takes away and nothing else; empty: it does something else, or more."""
    tool, what = verb(simple)
    if tool == "compose" and what in _TAKE_AWAY and not any(_DATA_TOO.match(arg) for arg in simple.args):
        return {project_of(simple)} - {""}
    words = words_of(simple)
    if tool != "docker" or any(_DATA_TOO.match(arg) for arg in simple.args):
        return set()
    if what in {"rm", "stop", "kill"}:
        return set(words[1:])
    return set(words[2:]) if words[:1] == ["container"] and words[1:2] in (["rm"], ["stop"], ["kill"]) else set()
