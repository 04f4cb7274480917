"""A record as the Markdown that a team reviews."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.errors import BadInputError
from runbook.render.check import check_report
from runbook.render.environment import SUFFIX, packaged_folder, render
from runbook.render.shapes import SHAPES
from runbook.render.sheet import Sheet
from runbook.render.view import view_on

if TYPE_CHECKING:
    from pathlib import Path

    from runbook.model.record import AnyDocument
    from runbook.model.settings import Settings

__all__ = ["check_report", "named_template", "render_report", "template_of"]

_FENCE = re.compile(r"[\s>]*(?:(?:[-+*]|\d{1,9}[.)])\s+)*[\s>]*(`{3,}(?=[^`]*$)|~{3,})")
_FENCE_END = re.compile(r"[\s>]*(?:`{3,}|~{3,})\s*")


def render_report(
    doc: AnyDocument,
    *,
    settings: Settings,
    templates: Path | None = None,
    template: str = "",
    sheet: Sheet | None = None,
) -> str:
    """The report of ``doc``, ending in a newline. The same record gives the same bytes.

    Args:
        doc: an incident or a deployment.
        settings: the team's settings; names of severities and of the usual template come from them.
        templates: the team's ``templates/`` folder; a file in it wins over the packaged one of the same name.
        template: its name, where it is not the record's or the settings'.
        sheet: a sheet for ``doc`` that the caller keeps, to number more redaction marks as the report does.

    Raises:
        BadInputError: there is no such template; a team's template is broken, with file and line.
    """
    name = template_of(doc, settings=settings, templates=templates, wanted=template)
    return tidy(render(f"{name}{SUFFIX}", view_on(sheet or Sheet(doc, settings)), templates))


def named_template(doc: AnyDocument, settings: Settings) -> str:
    """Name of the template that the record of ``doc`` or else the settings ask for, whether there is one or not."""
    usual = settings.report.template if doc.document == "incident" else settings.report.deployment_template
    return doc.template or usual


def template_of(doc: AnyDocument, *, settings: Settings, templates: Path | None = None, wanted: str = "") -> str:
    """Name of the template of the report of ``doc``: the one asked for, else the record's, else the settings'.

    Raises:
        BadInputError: there is no such template, or it is for the other kind of document.
    """
    name = wanted or named_template(doc, settings)
    own = set() if templates is None else {path.name.removesuffix(SUFFIX) for path in templates.glob(f"*{SUFFIX}")}
    own -= _parts()
    fitting = sorted({known for known, shape in SHAPES.items() if shape.document == doc.document} | own)
    if name in fitting:
        return name
    usual = "report.template" if doc.document == "incident" else "report.deployment_template"
    field = "--template" if wanted else "template" if doc.template else usual
    known = SHAPES.get(name)
    what = f"the template {name} is for {known.document}s" if known else f"there is no report template {name!r}"
    raise BadInputError(what, field=field, hint=f"there {'is' if len(fitting) == 1 else 'are'} {', '.join(fitting)}")


def _parts() -> set[str]:
    """Packaged templates that are no report by themselves, such as the macros; a team's file of that name is none."""
    return {path.name.removesuffix(SUFFIX) for path in packaged_folder().glob(f"*{SUFFIX}")} - set(SHAPES)


def tidy(markdown: str) -> str:
    """One blank line where a template left several, except inside fences, whose every line is kept."""
    kept: list[str] = []
    fence = ""
    for line in markdown.split("\n"):
        if fence:
            if _FENCE_END.fullmatch(line) and line.count(fence[0]) >= len(fence):
                fence = ""
        elif opening := _FENCE.match(line):
            fence = opening[1]
        elif not line.strip() and (not kept or not kept[-1].strip()):
            continue
        kept.append(line)
    return "\n".join(kept).strip("\n") + "\n"
