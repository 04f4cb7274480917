"""``docker events --format '{{json .}}'``: JSON Lines, with the old field names (``status``, ``from``) or the new.

What health checks and ``docker exec`` run (``exec_create``, ``exec_start``, ``exec_die``), networks and volumes that
come and go with their containers, and terminals that are attached say nothing about an incident and are counted. Only
the last 1,000 events are kept by the daemon. Source: https://docs.docker.com/reference/cli/docker/system/events/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook.capture.import_json import json_values, names_in, table, words
from runbook.capture.import_times import from_epoch
from runbook.capture.imported import Imported

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from runbook.capture.imported import Source

NAME = "docker"
_ACTOR = "Docker"
_NOISE = {
    "exec_create": "commands run inside containers (health checks, docker exec)",
    "exec_start": "commands run inside containers (health checks, docker exec)",
    "exec_die": "commands run inside containers (health checks, docker exec)",
    "exec_detach": "commands run inside containers (health checks, docker exec)",
    "attach": "terminals attached, resized, copied from",
    "detach": "terminals attached, resized, copied from",
    "resize": "terminals attached, resized, copied from",
    "top": "terminals attached, resized, copied from",
    "archive-path": "terminals attached, resized, copied from",
    "extract-to-dir": "terminals attached, resized, copied from",
    "connect": "networks and volumes that came or went with a container",
    "disconnect": "networks and volumes that came or went with a container",
    "mount": "networks and volumes that came or went with a container",
    "unmount": "networks and volumes that came or went with a container",
}
_PAST = {
    "create": "created",
    "start": "started",
    "stop": "stopped",
    "restart": "restarted",
    "destroy": "removed",
    "pause": "paused",
    "unpause": "went on",
    "oom": "ran out of memory",
    "kill": "was sent a signal",
    "die": "died",
    "pull": "pulled",
    "push": "pushed",
    "tag": "tagged",
    "untag": "untagged",
    "delete": "deleted",
    "remove": "removed",
    "update": "updated",
    "rename": "renamed",
    "prune": "pruned",
}
_NANO = 1_000_000_000


def sniff(head: bytes, _name: str) -> int:
    """By the names of an event, old or new."""
    if names_in(head, "Type", "Action", "Actor") == 3:
        return 90
    return 70 if names_in(head, "status", "id", "time", "timeNano") == 4 else 0


def parse(source: Source) -> Iterator[Imported]:
    """What happened to containers, images, networks and volumes."""
    for number, value in json_values(source):
        event = table(value)
        action = words(event.get("Action")) or words(event.get("status"))
        if not action:
            source.problem(number, "this is no event of docker's: it has no Action")
            continue
        verb, _colon, detail = action.partition(":")
        if verb in _NOISE:
            source.skip(_NOISE[verb])
            continue
        at = from_epoch(event.get("timeNano"), _NANO) if event.get("timeNano") else from_epoch(event.get("time"))
        if at is None:
            source.problem(number, "it has no plausible time")
            continue
        yield _imported(event, at, verb, detail.strip(), number)


def _imported(event: dict[str, Any], at: datetime, verb: str, detail: str, number: int) -> Imported:
    actor = table(event.get("Actor"))
    attributes = table(actor.get("Attributes"))
    identity = words(actor.get("ID")) or words(event.get("id"))
    kind = words(event.get("Type")) or "container"
    name = words(attributes.get("name")) or identity.removeprefix("sha256:")[:12] or "?"
    image = words(attributes.get("image")) or words(event.get("from"))
    about = f"{kind} {name}" + (f" ({image})" if kind == "container" and image else "")
    return Imported(
        at,
        "observation",
        f"{about} {_said(verb, detail, attributes)}",
        actor=_ACTOR,
        key=f"{identity} {verb} {detail} {at.timestamp():.6f}",
        line=number,
        extra={"service": words(attributes.get("com.docker.compose.service"))},
    )


def _said(verb: str, detail: str, attributes: dict[str, Any]) -> str:
    if verb == "health_status":
        return f"is {detail or 'of unknown health'}"
    said = _PAST.get(verb, verb.replace("_", " "))
    if verb == "kill" and words(attributes.get("signal")):
        said = f"was sent signal {words(attributes['signal'])}"
    if verb == "die":
        status = words(attributes.get("exitCode"))
        said += f", exit status {status}" if status else ""
        said += " (killed by signal 9)" if status == "137" else ""
    if verb == "rename" and words(attributes.get("oldName")):
        said += f" from {words(attributes['oldName'])}"
    return said + (f": {detail}" if detail and verb != "health_status" else "")
