"""A record as the Markdown that a team reviews."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.render.check import check_report
from runbook.render.environment import SUFFIX, render
from runbook.render.view import view_of

if TYPE_CHECKING:
    from pathlib import Path

    from runbook.model.record import AnyDocument
    from runbook.model.settings import Settings

__all__ = ["check_report", "render_report"]

_FENCE = re.compile(r"[\s>]*(?:(?:[-+*]|\d{1,9}[.)])\s+)*[\s>]*(`{3,}(?=[^`]*$)|~{3,})")
_FENCE_END = re.compile(r"[\s>]*(?:`{3,}|~{3,})\s*")


def render_report(doc: AnyDocument, *, settings: Settings, templates: Path | None = None) -> str:
    """The report of ``doc``, ending in a newline. The same record gives the same bytes.

    Args:
        doc: an incident or a deployment.
        settings: the team's settings; names of severities come from them.
        templates: the team's ``templates/`` folder; a file in it wins over the packaged one of the same name.

    Raises:
        BadInputError: a team's template is broken; names file and line.
    """
    return tidy(render(f"{doc.document}{SUFFIX}", view_of(doc, settings), templates))


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
