"""The configuration document: what somebody must know of a Compose project before deploying it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runbook.render.environment import render
from runbook.render.values import Code, Line, Literal

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from runbook.model.compose import MountFact, ProjectFacts, ServiceFacts
    from runbook.model.configuration import BuildFacts, ConfigurationFacts, DatabaseHint
    from runbook.model.environment import EnvironmentAudit, Variable

TEMPLATE = "configuration.md.j2"


def configuration(
    facts: ProjectFacts,
    audit: EnvironmentAudit,
    more: ConfigurationFacts,
    *,
    on: date,
    templates: Path | None = None,
) -> str:
    """The document of one project; ``audit`` went through the door.

    Raises:
        BadInputError: a team's template is broken; names file and line.
    """
    variables = {each.service: each.variables for each in audit.services}
    version, place = more.version
    context = {
        "project": Literal(facts.name),
        "path": Code(facts.path),
        "version": Line(Code(version), " in ", Code(place)) if version else "not written down",
        "date": on.isoformat(),
        "services": [
            {
                "name": Literal(each.name),
                "database": _database(more.databases.get(each.name, ()), variables.get(each.name, ())),
                "build": _build(each, more.builds.get(each.name)),
                "mounts": [
                    _row(Code(_source(mount, facts.path)), Code(mount.target), _access(writable=mount.writable))
                    for mount in each.mounts
                ],
                "ports": [
                    _row(Code(f"{port.host}:{port.published}".lstrip(":") or "chosen by Docker"), Code(port.target))
                    for port in each.ports
                ],
                "environment": [
                    _row(Code(variable.name), _value(variable), Code(variable.winner.place))
                    for variable in variables.get(each.name, ())
                ],
            }
            for each in facts.services
        ],
    }
    return render(TEMPLATE, context, templates)


def _source(mount: MountFact, path: str) -> str:
    """A folder beside the Compose file as seen from there: the document is read on other machines too."""
    folder = os.path.dirname(os.path.abspath(path))
    if mount.source.startswith(folder + os.sep):
        return f".{mount.source[len(folder) :]}"
    return mount.source or "anonymous volume"


def _row(*cells: object) -> dict[str, object]:
    return {"id": "", "cells": list(cells)}


def _access(*, writable: bool) -> str:
    return "read and write" if writable else "read only"


def _value(variable: Variable) -> object:
    if variable.value is None:
        return "*unset*"
    return Code(variable.value) if variable.value else "*empty*"


def _database(hints: tuple[DatabaseHint, ...], variables: tuple[Variable, ...]) -> list[Line]:
    named = {variable.name for variable in variables}
    lines = []
    for hint in hints:
        how = " is set in " if hint.evidence in named else " is used in "
        lines.append(Line(hint.kind, ": ", Code(hint.evidence), how, Code(hint.place)))
    if not any(hint.evidence in named for hint in hints):
        lines.append(Line("No variable names a database; the program takes its default."))
    return lines


def _build(service: ServiceFacts, build: BuildFacts | None) -> list[Line]:
    if build is None:
        return [Line("Not built here; it runs ", Code(service.image or "an image that is not named"), ".")]
    lines = [
        Line("Build context: ", Code(build.context), ", Dockerfile: ", Code(build.dockerfile)),
        Line("Image: ", Code(service.image)) if service.image else Line("Image: named by Compose"),
        Line("Built on ", Code(build.base)) if build.base else Line("The Dockerfile is not there."),
    ]
    for source, there in build.needs:
        lines.append(Line("Needs ", Code(source), "" if there else ", which is **not there**: it must be made first"))
    return lines
