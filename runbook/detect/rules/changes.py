"""Rules about changes: whether anybody looked afterwards, knew what was set before, and kept to the matter."""

from __future__ import annotations

import re
from datetime import timedelta

from runbook.detect.classify import changes, checks, edited_files, verb, words_of
from runbook.detect.events import Event, Hit, Story
from runbook.detect.rules.trials import takes_own_trial_away
from runbook.model.record import Deployment

PATIENCE = timedelta(minutes=15)
"""How long after a change somebody may still be about to look."""

_ENVIRONMENT_FILE = re.compile(r"(?:^|/)(?:\.env(?:\.\w+)?|[\w.-]+\.env|(?:docker-)?compose[\w.-]*\.ya?ml)$")
_HARMLESS = frozenset(
    {"PATH", "CI", "TERM", "LANG", "LC_ALL", "EDITOR", "PAGER", "PS1", "HOME", "DEBIAN_FRONTEND", "TZ"}
)
_AUDIT_WORDS = re.compile(r"(?i)\baudit|environment manifest|environment\.md|all (?:the )?(?:environment )?variables\b")
_UNRELATED = re.compile(
    r"(?i)\bunrelated\b|\bwhile (?:we|i) (?:were|was|are|am|'re)? ?at it\b|\bin passing\b|\balso upgraded\b"
)
_RELEASES = {
    *(("git", "push"), ("git", "merge"), ("helm", "upgrade"), ("helm", "install"), ("terraform", "apply")),
    *(("apt", "upgrade"), ("apt", "dist-upgrade"), ("apt", "full-upgrade"), ("kubectl", "apply"), ("npm", "publish")),
    *(("compose", "up"), ("ansible-playbook", "")),
}
_WHOLE_SYSTEM = {
    *(("apt", "upgrade"), ("apt", "dist-upgrade"), ("apt", "full-upgrade"), ("dnf", "upgrade"), ("dnf", "update")),
    *(("yum", "update"), ("yum", "upgrade"), ("brew", "upgrade")),
}
"""What brings everything on a machine up to date if no package is named."""


def not_verified(story: Story) -> Hit | None:
    """The last changes have no check after them."""
    document = story.document
    if isinstance(document, Deployment) and (
        document.verification.strip() or any(check.done for check in document.post_checks)
    ):
        return None
    unchecked: list[Event] = []
    for event in story.events:
        if event.kind == "verification":
            unchecked = []
            continue
        if event.kind in {"change", "rollback"}:
            unchecked.append(event)
        for simple in event.commands:
            if changes(simple) and not event.failed and not takes_own_trial_away(story, event, simple):
                unchecked.append(event)
            elif checks(simple):
                unchecked = []
    if not unchecked or not (story.over or story.events[-1].at - unchecked[0].at >= PATIENCE):
        return None
    events = list(dict.fromkeys(unchecked))
    return Hit(events, {"change": " ".join(events[0].text.split()), "at": story.clock(events[0].at)})


def environment_not_audited(story: Story) -> Hit | None:
    """Environment variables were changed, and nobody recorded where they come from."""
    changed: list[tuple[Event, str]] = []
    for event in story.events:
        if event.command is None:
            if _AUDIT_WORDS.search(event.text):
                return None
            continue
        for simple in event.commands:
            if _audits(simple.program, verb(simple), simple.args):
                return None
            name = _variable_set(simple.program, verb(simple), simple.args) or next(
                (path for path in edited_files(simple) if _ENVIRONMENT_FILE.search(path)), ""
            )
            if name:
                changed.append((event, name))
    if not changed:
        return None
    return Hit(list(dict.fromkeys(event for event, _name in changed)), {"what": changed[0][1]})


def change_during_incident(story: Story) -> Hit | None:
    """Something else was changed while the incident was open.

    A change is something else if its author says so, if it brings everything on a machine up to date, or if it is a
    release where no command of this incident failed: on another host or in another folder.
    """
    if story.is_deployment:
        return None
    end = story.document.milestones.mitigated or story.document.milestones.resolved
    failing = {
        (event.host(simple), event.folder(simple))
        for event, simple in story.simple()
        if event.failed and event.folder(simple)
    }
    found: list[Event] = []
    for event in story.events:
        if end is not None and event.at > end:
            break
        if event.kind == "change" and _UNRELATED.search(event.text):
            found.append(event)
        for simple in event.commands:
            place = (event.host(simple), event.folder(simple))
            if verb(simple) in _RELEASES and not event.failed and failing and place[1] and not _near(place, failing):
                found.append(event)
            if verb(simple) in _WHOLE_SYSTEM and len(words_of(simple)) == 1 and not event.failed:
                found.append(event)
    if not found:
        return None
    return Hit(list(dict.fromkeys(found)), {"change": " ".join(found[0].text.split())})


def _near(place: tuple[str, str], failing: set[tuple[str, str]]) -> bool:
    """Whether a place is one where something fails, above it or below it."""
    host, folder = place
    inside = folder.rstrip("/") + "/"
    return any(
        host == other_host
        and (inside.startswith(other.rstrip("/") + "/") or (other.rstrip("/") + "/").startswith(inside))
        for other_host, other in failing
    )


def _audits(program: str, asked: tuple[str, str], args: tuple[str, ...]) -> bool:
    if program in {"env", "printenv"} and not args:
        return True
    if program == "runbook" and args[:1] == ("audit",):
        return True
    return asked in {("compose", "config"), ("docker", "inspect")} or (program == "kubectl" and "--list" in args)


def _variable_set(program: str, asked: tuple[str, str], args: tuple[str, ...]) -> str:
    """The name of a variable that a command sets for what runs later; empty: none."""
    if program == "export":
        names = [arg.split("=", 1)[0] for arg in args if "=" in arg]
        return next((name for name in names if name not in _HARMLESS), "")
    if asked in {("docker", "run"), ("kubectl", "set"), ("compose", "run")}:
        for at, arg in enumerate(args):
            if arg in {"-e", "--env"} and at + 1 < len(args):
                return args[at + 1].split("=", 1)[0]
            if asked == ("kubectl", "set") and "=" in arg and not arg.startswith("-"):
                return arg.split("=", 1)[0]
    return ""
