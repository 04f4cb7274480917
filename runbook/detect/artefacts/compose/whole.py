"""Queries about the file as a whole and how its parts refer to each other."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from runbook.detect.artefacts.compose.found import Found
from runbook.detect.artefacts.compose.parts import dependencies, is_volume_name, mounts, names
from runbook.detect.artefacts.compose.project import BASE_NAMES, OVERRIDE_NAMES
from runbook.detect.artefacts.yamltree import read_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runbook.detect.artefacts.compose.project import Project, Service
    from runbook.detect.artefacts.yamltree import Node

_MANY_ALIKE = 4
_MUCH_ALIKE = 12
_MAX_SERVICES = 200
_VARIABLE_NAME = re.compile(r"[A-Z][A-Z0-9_]{2,}")
_TRIAL = re.compile(r"[.-](pr|pr-?[0-9]+|trial|preview|candidate|canary)\.ya?ml$")
_ASSIGNMENT = re.compile(r"\s[A-Za-z_][A-Za-z0-9_]*=")


def obsolete_version(project: Project) -> Iterator[Found]:
    """The attribute ``version``, which Compose v2 no longer reads."""
    key = project.root.key("version")
    if key is not None and project.root.get("services") is not None:
        yield Found(key, version=project.root.entries["version"].value.text)


def service_without_image_or_build(project: Project) -> Iterator[Found]:
    """Neither ``image`` nor ``build``, and nothing that could bring them."""
    if project.overlay:
        return
    for service in project.services:
        if service.whole and service.node.entries and not {"image", "build", "provider"} & set(service.node.entries):
            yield Found(service.key, service=service.name)


def undefined_network(project: Project) -> Iterator[Found]:
    """A service joins a network that the file does not define."""
    if not project.closed:
        return
    known = project.top("networks")
    for service in project.services:
        for name, place in names(service.get("networks")):
            if name not in known and name != "default" and "$" not in name:
                yield Found(place, service=service.name, network=name)


def undefined_volume(project: Project) -> Iterator[Found]:
    """A service mounts a named volume that the file does not define."""
    if not project.closed:
        return
    known = project.top("volumes")
    for service in project.services:
        for mount in mounts(service):
            named = mount.type == "volume" and is_volume_name(mount.source)
            if named and mount.source not in known:
                yield Found(mount.place, service=service.name, volume=mount.source)


def undefined_service(project: Project) -> Iterator[Found]:
    """``depends_on``, ``links``, ``volumes_from`` or a shared namespace names a service that is not there."""
    if not project.closed:
        return
    for service in project.services:
        for name, place in _referred_to(service):
            if name and "$" not in name and project.service(name) is None and name not in project.top("services"):
                yield Found(place, service=service.name, dependency=name, missing=name)


def _referred_to(service: Service) -> Iterator[tuple[str, Node]]:
    for dependency in dependencies(service):
        yield dependency.name, dependency.place
    for key in ("links", "volumes_from"):
        for name, place in names(service.get(key)):
            if not name.startswith("container:"):
                yield name.split(":")[0], place
    for key in ("network_mode", "ipc", "pid"):
        node = service.get(key)
        if node is not None and node.text.startswith("service:"):
            yield node.text.partition(":")[2], node


def environment_mixed(project: Project) -> Iterator[Found]:
    """List and map entries mixed under ``environment``, in each way in which YAML still reads or just refuses them."""
    for service in project.services:
        node = service.get("environment")
        if node is not None and node.kind == "list":  # a dash too far left makes the next entry a key of the service
            for name, entry in service.node.entries.items():
                if _VARIABLE_NAME.fullmatch(name):
                    yield Found(entry.key, service=service.name)
        for item in node.items if node is not None else []:
            if item.kind == "map" or (item.plain and item.end_column == 0 and _ASSIGNMENT.search(item.text)):
                yield Found(item, service=service.name)
    if project.tree.problem is not None:
        yield from _mixed_where_reading_ended(project)


def _mixed_where_reading_ended(project: Project) -> Iterator[Found]:
    """The file is no YAML: does the block in which reading ended stand below ``environment:`` and hold both forms?"""
    from runbook.detect.artefacts.yamltree import Node as Place  # noqa: PLC0415  only for a broken file

    problem = project.tree.problem
    lines = project.artefact.lines
    at = min(problem.line if problem is not None else 1, len(lines)) - 1
    head = next((n for n in range(at, -1, -1) if re.match(r"\s*environment:\s*$", lines[n])), None)
    if head is None:
        return
    depth = len(lines[head]) - len(lines[head].lstrip())
    dashes, others = 0, []
    for number in range(head + 1, len(lines)):
        text = lines[number].strip()
        if not text or text.startswith("#"):
            continue
        if len(lines[number]) - len(lines[number].lstrip()) < depth + (not text.startswith("-")):
            break
        if text.startswith("-"):
            dashes += 1
        elif re.match(r"[A-Za-z_][A-Za-z0-9_]*\s*[:=]", text):
            others.append(number)
    if dashes and others and head < at <= max(others) + 1:
        first = lines[others[0]]
        yield Found(Place("scalar", others[0] + 1, len(first) - len(first.lstrip()) + 1), service=_owner(lines, head))


def _owner(lines: list[str], number: int) -> str:
    """The key above line ``number`` that is indented less: the service, in a file that cannot be parsed."""
    depth = len(lines[number]) - len(lines[number].lstrip())
    for text in reversed(lines[:number]):
        key = re.match(r"(\s*)([\w.-]+):\s*$", text)
        if key and len(key[1]) < depth:
            return key[2]
    return ""


def repeated_service_config(project: Project) -> Iterator[Found]:
    """Large blocks that stand in several services word for word, without an anchor."""
    seen: dict[str, list[int]] = {}
    services = project.services[:_MAX_SERVICES]
    for number, service in enumerate(services):
        shared: dict[int, list[tuple[str, int]]] = {}
        for name, entry in service.node.entries.items():
            if entry.merged or (entry.value.kind == "scalar" and name in {"image", "build"}):
                continue
            alike = f"{name}={json.dumps(entry.value.value(), default=str, sort_keys=True)}"
            for other in seen.get(alike, []):
                if services[other].node.entries[name].value is not entry.value:
                    shared.setdefault(other, []).append((name, entry.value.size))
            seen.setdefault(alike, []).append(number)
        for other, alike_keys in shared.items():
            if len(alike_keys) >= _MANY_ALIKE or sum(size for _name, size in alike_keys) >= _MUCH_ALIKE:
                keys = ", ".join(name for name, _size in alike_keys)
                yield Found(service.key, service=service.name, other=services[other].name, keys=keys)
                break


def shared_project_name(project: Project) -> Iterator[Found]:
    """A second deployment beside the first in one folder: own container names, no project name of its own."""
    artefact = project.artefact
    folder = artefact.folder
    if "override" in artefact.name or artefact.name in BASE_NAMES or project.root.get("name") is not None:
        return
    base = next((text for name in BASE_NAMES if (text := folder.text(name))), None) if folder is not None else None
    root = read_tree(base).root if base else None
    if root is not None and root.get("name") is not None:
        return
    trial = _TRIAL.search(artefact.name)
    for service in project.services:
        if not (service.get("image") or service.get("build")):
            continue
        mine = service.get("container_name")
        if mine is None:
            if trial is not None and root is not None and _stands_beside(service.name, trial[1], root):
                yield Found(project.root.key("services") or project.root, service=service.name, file=artefact.name)
                return
            continue
        theirs = root.get("services", service.name, "container_name") if root is not None else None
        apart = theirs is not None and mine.text != theirs.text
        if apart or (trial is not None and mine.text.endswith(trial[1])):
            yield Found(mine, service=service.name, file=artefact.name)


def _stands_beside(name: str, trial: str, base: Node) -> bool:
    """Whether a service called ``plexus-pr`` is the trial of a ``plexus`` that only the file beside it has."""
    kept = name.removesuffix(trial).rstrip("-_")
    return kept != name and base.get("services", kept) is not None and base.get("services", name) is None


def override_applied(project: Project) -> Iterator[Found]:
    """A file that Compose merges in without being asked lies beside the one that is read, or is this one."""
    artefact = project.artefact
    if not project.services:
        return
    if artefact.name in OVERRIDE_NAMES:
        yield Found(project.root.key("services") or project.root, file=artefact.name)
    elif artefact.folder is not None and (not artefact.name or artefact.name in BASE_NAMES):
        for name in OVERRIDE_NAMES:
            if artefact.folder.holds(name) == "file":
                yield Found(project.root.key("services") or project.root, file=name)
                return


QUERIES: dict[str, Callable[[Project], Iterator[Found]]] = {
    "obsolete-version": obsolete_version,
    "service-without-image-or-build": service_without_image_or_build,
    "undefined-network": undefined_network,
    "undefined-volume": undefined_volume,
    "undefined-service": undefined_service,
    "environment-mixed": environment_mixed,
    "repeated-service-config": repeated_service_config,
    "shared-project-name": shared_project_name,
    "override-applied": override_applied,
}
"""Name -> query."""
