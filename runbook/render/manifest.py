"""The environment manifest: an audit as Markdown that people review, with the facts in a comment for the next audit."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from runbook.render.environment import render
from runbook.render.values import Code, Line, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from runbook.model.environment import EnvironmentAudit, ServiceEnvironment, Setting

TEMPLATE = "environment.md.j2"
_FACTS = re.compile(r"^<!-- runbook:environment (\{.*\}) -->$", re.MULTILINE)


def manifest(audit: EnvironmentAudit, *, on: date, templates: Path | None = None) -> str:
    """The manifest of an audit that went through the door.

    Args:
        audit: what was found.
        on: the day.
        templates: the team's templates, if there are any.

    Raises:
        BadInputError: a team's template is broken; names file and line.
    """
    facts: dict[str, dict[str, list[str]]] = {}
    for (service, name), (value, place) in audit.values().items():
        facts.setdefault(service, {})[name] = [value, place]
    context = {
        "project": Code(audit.project),
        "date": on.isoformat(),
        "services": [_service(each) for each in audit.services],
        "unset": [Line(Code(each.name), " in ", Code(each.text), " at ", Code(each.place)) for each in audit.unset],
        "unused": [Line(Code(name), " at ", Code(place)) for name, place in audit.unused],
        "data": _in_comment(facts),
    }
    return render(TEMPLATE, context, templates)


def read_manifest(text: str) -> dict[tuple[str, str], tuple[str, str]]:
    """What an earlier manifest says: (service, variable) to (value, place); empty for a text that is none."""
    found = _FACTS.search(text)
    try:
        facts: Mapping[str, Mapping[str, list[str]]] = json.loads(found[1]) if found else {}
        return {
            (service, name): (str(value), str(place))
            for service, variables in facts.items()
            for name, (value, place) in variables.items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}


def _in_comment(facts: Mapping[str, Any]) -> str:
    """JSON that cannot end the comment it stands in."""
    return json.dumps(facts, ensure_ascii=True, sort_keys=True).replace("-", "\\u002d").replace(">", "\\u003e")


def _service(each: ServiceEnvironment) -> dict[str, object]:
    notes = []
    if each.base_image:
        notes.append(Line("What the image ", Code(each.base_image), " sets itself is not known here."))
    notes += [Line("Not read: ", Code(name), " (", Literal(why), ").") for name, why in each.unread]
    return {
        "name": Literal(each.service),
        "rows": [
            {
                "id": "",
                "cells": [
                    Code(variable.name),
                    "*unset*" if variable.value is None else Code(variable.value) if variable.value else "*empty*",
                    Code(variable.winner.place),
                    Literal(variable.why),
                    _listed(variable.shadowed),
                ],
            }
            for variable in each.variables
        ],
        "notes": notes,
    }


def _listed(settings: tuple[Setting, ...]) -> Line:
    parts: list[Literal | Code | str] = []
    for setting in settings:
        parts += [", " if parts else "", Code(setting.place)]
        if setting.value is not None:
            parts += [" (", Code(setting.value or "empty"), ")"]
    return Line(*parts)
