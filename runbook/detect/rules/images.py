"""Rules about images and containers: a cache that hid a change, a restart that recreated nothing, work done by hand."""

from __future__ import annotations

import os.path
from typing import TYPE_CHECKING

from runbook.detect.classify import edited_files, looks_only, verb, words_of
from runbook.detect.command_rules import builds_from
from runbook.detect.destructive import is_production_compose
from runbook.detect.events import Event, Hit, Story

if TYPE_CHECKING:
    from runbook.detect.commands import SimpleCommand

    Place = tuple[str, str]

STEPS_BY_HAND = 3
"""So many steps of a deployment typed one by one are a deployment by hand."""

_TAG_OPTIONS = ("-t", "--tag")
_DELIVERS = frozenset(
    {
        *(("docker", "build"), ("docker", "buildx"), ("docker", "load"), ("docker", "pull"), ("docker", "tag")),
        *(("docker", "push"), ("compose", "build"), ("compose", "pull"), ("git", "pull"), ("git", "checkout")),
        *(("git", "merge"), ("npm", "run"), ("npm", "install"), ("npm", "ci"), ("scp", ""), ("rsync", "")),
    }
)
_STARTS = frozenset(
    {
        *(("compose", "up"), ("compose", "restart"), ("docker", "run"), ("docker", "restart"), ("docker", "start")),
        *(("kubectl", "apply"), ("kubectl", "set"), ("helm", "upgrade"), ("systemctl", "restart")),
    }
)
_PIPELINES = frozenset(
    {
        *("make", "just", "task", "ansible-playbook", "ansible", "terraform", "tofu", "gh", "glab", "argocd", "flux"),
        *("kamal", "cap", "dagger", "nomad", "skaffold", "pulumi"),
    }
)


def manual_deployment(story: Story) -> Hit | None:
    """A deployment whose steps were typed one by one: delivered and then started, with no script and no pipeline."""
    steps: list[Event] = []
    delivered = started = False
    for event, simple in story.simple():
        if _is_pipeline(simple):
            return None
        asked = verb(simple)
        step = asked in _DELIVERS or _edits_compose(simple)
        delivered |= step
        started |= delivered and asked in _STARTS
        if step or asked in _STARTS:
            steps.append(event)
    steps = list(dict.fromkeys(steps))
    if not started or len(steps) < STEPS_BY_HAND:
        return None
    commands = list(dict.fromkeys(" ".join(event.text.split()) for event in steps))
    return Hit(steps, {"count": str(len(steps)), "first": commands[0], "last": commands[-1]})


def stale_build_cache(story: Story) -> Hit | None:
    """An image was built, did not have the change, and was built again with ``--no-cache``."""
    built: dict[Place, Event] = {}
    for event, simple in story.simple():
        if event.failed:
            continue
        place = _image(event, simple)
        if place is None:
            continue
        earlier = built.get(place)
        if earlier is not None and not {"--no-cache", "--no-cache=true"}.isdisjoint(simple.args):
            return Hit(
                list(dict.fromkeys([earlier, event])),
                {"image": place[1] or "the image", "at": story.clock(earlier.at)},
                count=1,
            )
        built[place] = event
    return None


def restart_does_not_recreate(story: Story) -> Hit | None:
    """A new image or a changed compose file, and then only a restart: the old container runs on."""
    waiting: dict[str, tuple[Event, str]] = {}
    for event, simple in story.simple():
        if event.failed:
            continue
        host, (tool, what) = event.host(simple), verb(simple)
        if _image(event, simple) is not None or (tool, what) in {("docker", "pull"), ("compose", "pull")}:
            waiting[host] = event, "the new image"
        elif _edits_compose(simple):
            waiting[host] = event, "the changed compose file"
        elif (tool, what) in {("compose", "up"), ("compose", "create"), ("docker", "run"), ("docker", "create")}:
            waiting.pop(host, None)
        elif (tool, what) in {("compose", "restart"), ("docker", "restart")} and host in waiting:
            before, lost = waiting[host]
            captures = {"lost": lost, "command": " ".join(event.text.split())}
            return Hit(list(dict.fromkeys([before, event])), captures, count=1)
    return None


def _image(event: Event, simple: SimpleCommand) -> Place | None:
    """Host and image that a build makes; None: no build."""
    tool, what = verb(simple)
    host = event.host(simple)
    if (tool, what) == ("compose", "build"):
        return host, " ".join(words_of(simple)[words_of(simple).index("build") + 1 :])
    if builds_from(simple) is None:
        return None
    tags = [simple.args[at + 1] for at, arg in enumerate(simple.args[:-1]) if arg in _TAG_OPTIONS]
    tags += [arg.split("=", 1)[1] for arg in simple.args if arg.startswith("--tag=")]
    return host, tags[0] if tags else event.folder(simple)


def _edits_compose(simple: SimpleCommand) -> bool:
    return any(is_production_compose(path) for path in edited_files(simple))


def _is_pipeline(simple: SimpleCommand) -> bool:
    """Whether it runs written steps: a make target, a playbook, a script of one's own, a workflow."""
    if simple.program in _PIPELINES:
        return True
    if (simple.program.endswith((".sh", ".py", ".rb")) or "deploy" in simple.program) and not looks_only(simple):
        return True
    scripts = {"bash", "sh", "python", "python3", "npm", "pnpm", "yarn", "bun"}
    return simple.program in scripts and any(
        os.path.basename(word).startswith("deploy") or word.endswith(".sh") for word in words_of(simple)
    )
