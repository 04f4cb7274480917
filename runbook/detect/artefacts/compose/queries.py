"""Questions of our own about a Compose file, by the name that a signature uses for them.

A query is a function ``(project) -> list of Found`` in one of the modules beside this one.
"""

from __future__ import annotations

from runbook.detect.artefacts.artefact import Reported
from runbook.detect.artefacts.compose.project import project_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runbook.detect.artefacts.artefact import Artefact
    from runbook.detect.artefacts.compose.found import Found
    from runbook.detect.artefacts.compose.project import Project

NAME = "compose"


def check(artefact: Artefact) -> list[Reported]:
    """What every query finds."""
    project = project_of(artefact)
    return [
        Reported(
            NAME,
            name,
            line=found.place.line,
            column=found.place.column,
            end_column=found.place.end_column,
            captures=found.captures,
            certain=found.certain,
        )
        for name, query in queries().items()
        for found in query(project)
    ]


def codes() -> frozenset[str]:
    """The names of all queries."""
    return frozenset(queries())


def queries() -> dict[str, Callable[[Project], Iterator[Found]]]:
    """Name -> query."""
    from runbook.detect.artefacts.compose import running, settings, storage, whole  # noqa: PLC0415  only when asked

    found: dict[str, Callable[[Project], Iterator[Found]]] = {}
    for module in (whole, running, storage, settings):
        found.update(module.QUERIES)
    return found
