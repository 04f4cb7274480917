"""Compose projects beside each other: the facts of two files, what clashes, and the parallel file of rule 3."""

from __future__ import annotations

import os
import re

from runbook.errors import BadInputError
from runbook.flow.audit import read_project
from runbook.model.compose import MountFact, ProjectFacts, PublishedPort, ServiceFacts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.detect.artefacts.compose.project import Project, Service
    from runbook.detect.artefacts.yamltree import Node
    from runbook.model.compose import Clash

_DATABASE = re.compile(r"^(?:\w+_)?(?:DATABASE|DB|POSTGRES|MYSQL|MONGO|REDIS)_?(?:URL|URI|DSN|HOST|NAME|PATH|FILE)$")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_-]")


def project_facts(path: str, *, name: str | None = None) -> ProjectFacts:
    """What matters about the project at ``path`` when another one is to stand beside it.

    Args:
        path: the Compose file.
        name: as ``docker compose -p``.

    Raises:
        BadInputError: it cannot be read as a Compose file.
    """
    project = read_project(path)
    top = project.root.get("name")
    folder = os.path.basename(os.path.dirname(os.path.abspath(path)))
    chosen = name or os.environ.get("COMPOSE_PROJECT_NAME") or (top.text if top is not None else "") or folder
    named = bool(name or top is not None)
    return ProjectFacts(
        path,
        _NOT_IN_A_NAME.sub("", chosen.lower()).lstrip("_-"),
        named,
        tuple(_facts(service, project, path) for service in project.services),
    )


def compare(production: str, trial: str, *, trial_name: str | None = None) -> list[Clash]:
    """What the deployment of ``trial`` would take from that of ``production``.

    Raises:
        BadInputError: one of the files cannot be read, or they are the same file.
    """
    from runbook.operate.beside import clashes

    if os.path.realpath(production) == os.path.realpath(trial):
        raise BadInputError("this is one file, not two", hint="runbook audit compose PRODUCTION TRIAL")
    return clashes(project_facts(production), project_facts(trial, name=trial_name))


def parallel_text(production: str, *, suffix: str, shift: int, own_data: bool = False) -> str:
    """The Compose file of a trial beside ``production``; see :func:`runbook.operate.parallel.parallel`.

    Raises:
        BadInputError: production's file cannot be read.
    """
    from runbook.model.yamltext import dump_yaml
    from runbook.operate.parallel import parallel

    project = read_project(production)
    facts = project_facts(production)
    made = parallel(project.root.value(), facts.name, suffix=suffix, shift=shift, own_data=own_data)
    data = "folders with copies of production's data" if own_data else "production's folders read-only"
    return (
        f"# A deployment beside {os.path.basename(production)}, made from it by `runbook audit compose --write`:\n"
        f"# ports moved up by {shift}; project, containers and built images of its own; {data}.\n"
        f"# It is started and stopped by itself: docker compose -f THIS-FILE up -d\n"
    ) + dump_yaml(made)


def _facts(service: Service, project: Project, path: str) -> ServiceFacts:
    from runbook.detect.artefacts.compose.parts import ports, variables

    build = service.get("build")
    context = "" if build is None else build.text if build.kind == "scalar" else service.text("build", "context") or "."
    folder = os.path.dirname(os.path.abspath(path))
    image = service.text("image")
    tagged = not image or ":" in image.rpartition("/")[2] or "@" in image
    labels = service.get("labels")
    return ServiceFacts(
        service.name,
        f"{path}:{service.key.line}",
        image if tagged else f"{image}:latest",
        os.path.normpath(os.path.join(folder, context)) if context else "",
        service.text("build", "dockerfile") if build is not None and build.kind == "map" else "",
        service.text("container_name"),
        tuple(PublishedPort(p.host, p.published, p.target, f"{path}:{p.place.line}") for p in ports(service)),
        tuple(_mounts(service, project, path)),
        tuple((each.name, each.value or "") for each in variables(service) if _DATABASE.match(each.name)),
        service.host_network,
        tuple(_labels(labels)) if labels is not None else (),
        service.get("healthcheck") is not None,
    )


def _labels(node: Node) -> Iterator[str]:
    for name, entry in node.entries.items():
        yield f"{name}={entry.value.text}"
    for item in node.items:
        yield item.text


def _mounts(service: Service, project: Project, path: str) -> Iterator[MountFact]:
    from runbook.detect.artefacts.compose.parts import mounts

    folder = os.path.dirname(os.path.abspath(path))
    for each in mounts(service):
        if each.type == "bind":
            source = os.path.normpath(os.path.join(folder, os.path.expanduser(each.source)))
        else:
            source = _volume(project, each.source)
        shared = each.type == "volume" and _is_shared(project, each.source)
        yield MountFact(each.type, source, each.target, each.writable, f"{path}:{each.place.line}", shared)


def _volume(project: Project, source: str) -> str:
    node = project.root.get("volumes", source, "name")
    return node.text if node is not None else source


def _is_shared(project: Project, source: str) -> bool:
    """Whether the volume is the same one for every project: external, or under a name of its own."""
    node = project.root.get("volumes", source)
    return node is not None and ("external" in node.entries or "name" in node.entries)
