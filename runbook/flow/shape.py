"""Which shape a document's report has: the template that somebody asked for, that the record names, or the settings."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from runbook.errors import BadInputError
from runbook.flow.settings import load_settings, settings_line
from runbook.record.places import SETTINGS_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.model.record import AnyDocument
    from runbook.model.settings import Settings


def own_templates(repository: str | None) -> Path | None:
    """The team's ``templates/``, if the repository has any."""
    own = None if repository is None else Path(repository, "templates")
    return own if own is not None and own.is_dir() else None


@contextlib.contextmanager
def placed(repository: str | None) -> Iterator[None]:
    """Name the line of ``runbook.toml`` in an error about the template that it asks for."""
    try:
        yield
    except BadInputError as error:
        if repository is not None and error.file is None and (error.field or "").startswith("report."):
            error.file = os.path.join(repository, SETTINGS_FILE)
            error.line = settings_line(repository, tuple((error.field or "").split(".")))
        raise


def has_own_template(document: AnyDocument, settings: Settings, repository: str) -> bool:
    """Whether the team's own template writes the report of ``document``."""
    from runbook.render.report import named_template

    return Path(repository, "templates", f"{named_template(document, settings)}.md.j2").is_file()


def take_template(document: AnyDocument, repository: str | None, wanted: str = "") -> None:
    """Keep in ``document`` the template that somebody asked for, and what it shows beyond the others.

    Raises:
        BadInputError: there is no such template, or it is for the other kind of document.
    """
    from runbook.render.report import template_of
    from runbook.render.shapes import SHAPES

    settings = load_settings(repository)
    with placed(repository):
        name = template_of(document, settings=settings, templates=own_templates(repository), wanted=wanted)
    if wanted:
        document.template = wanted
    shape = SHAPES.get(name)
    if shape is not None and shape.explains:
        from runbook.flow.findings import explain_findings

        explain_findings(document, repository)
