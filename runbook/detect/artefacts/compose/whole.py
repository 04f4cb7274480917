"""Queries about the file as a whole and how its parts refer to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.detect.artefacts.compose.found import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runbook.detect.artefacts.compose.project import Project


def obsolete_version(project: Project) -> Iterator[Found]:
    """The attribute ``version``, which Compose v2 no longer reads."""
    key = project.root.key("version")
    if key is not None and (project.services or project.root.get("services") is not None):
        yield Found(key, version=project.root.entries["version"].value.text)


def service_without_image_or_build(project: Project) -> Iterator[Found]:
    """Neither ``image`` nor ``build``, and nothing that could bring them."""
    if project.overlay:
        return
    for service in project.services:
        if service.whole and service.node.entries and not {"image", "build", "provider"} & set(service.node.entries):
            yield Found(service.key, service=service.name)


QUERIES: dict[str, Callable[[Project], Iterator[Found]]] = {
    "obsolete-version": obsolete_version,
    "service-without-image-or-build": service_without_image_or_build,
}
