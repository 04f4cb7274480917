"""Which importers there are, and which of them a file is for.

Ours are the modules in ``runbook/capture/importers/``: a new file there is a new format, nothing else is touched. Other
distributions bring theirs by entry point, group ``runbook.importers``, each naming a module or an object with ``NAME``,
``sniff`` and ``parse`` (see :mod:`runbook.capture.imported`).
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from importlib import metadata
from typing import TYPE_CHECKING, Any

from runbook.capture import importers
from runbook.errors import BadInputError

if TYPE_CHECKING:
    from runbook.capture.imported import Importer, Source

GROUP = "runbook.importers"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_LOGS = (
    "\na log needs times in its lines: docker compose logs -t, kubectl logs --timestamps; without: runbook attach FILE"
)
_SURE = 10
"""Below this, a format is not guessed."""


def find_importer(name: str) -> Importer:
    """The importer of that name.

    Raises:
        BadInputError: there is none, or it cannot be loaded.
    """
    known, broken = all_importers()
    if name in known:
        return known[name]
    if name in broken:
        raise BadInputError(f"the import format {name!r} cannot be used: {broken[name]}", hint="update or uninstall it")
    from difflib import get_close_matches  # noqa: PLC0415  only after a typing mistake

    near = get_close_matches(name, known, n=1)
    raise BadInputError(
        f"there is no import format {name!r}" + (f"; did you mean {near[0]}?" if near else ""),
        hint="formats: " + ", ".join(sorted(known)),
    )


def detect(source: Source) -> Importer:
    """The importer that is surest of ``source``.

    Raises:
        BadInputError: none is, or several are.
    """
    head = source.head()
    name = source.path or source.name
    known, broken = all_importers()
    for other, reason in broken.items():
        source.problem(0, reason, f"import format {other!r}")
    votes = sorted(((_vote(each, head, name), each.NAME, each) for each in known.values()), key=_by_vote)
    best = votes[0]
    hint = "formats: " + ", ".join(sorted(each for _vote, each, _importer in votes))
    if best[0] < _SURE:
        if not head and not source.is_folder:
            raise BadInputError("it is empty", file=source.name)
        raise BadInputError(
            "its format was not recognised",
            file=source.name,
            hint=f"name it: runbook import FORMAT FILE\n{hint}{_LOGS}",
        )
    rivals = [each for vote, each, _importer in votes if vote == best[0]]
    if len(rivals) > 1:
        raise BadInputError(
            f"it could be {' or '.join(rivals)}", file=source.name, hint=f"name it: runbook import {rivals[0]} FILE"
        )
    return best[2]


def _by_vote(vote: tuple[int, str, Importer]) -> tuple[int, str]:
    return -vote[0], vote[1]


def _vote(importer: Importer, head: bytes, name: str) -> int:
    try:
        return int(importer.sniff(head, name))
    except Exception as error:  # somebody else's importer may raise anything, and is named for it
        if is_ours(importer):
            raise
        raise BadInputError(f"the importer {importer.NAME} failed to look at it: {error!r}", file=name) from error


def is_ours(importer: Importer) -> bool:
    """Whether it came with runbook; what such a one stumbles over is our bug and is reported as such."""
    return getattr(importer, "__name__", "").startswith("runbook.")


def all_importers() -> tuple[dict[str, Importer], dict[str, str]]:
    """Every importer by name, ours first; and those of other distributions that cannot be used, with the reason.

    A broken one stops nobody from importing something else.
    """
    found: dict[str, Importer] = {}
    broken: dict[str, str] = {}
    for module in pkgutil.iter_modules(importers.__path__):
        ours: Any = importlib.import_module(f"{importers.__name__}.{module.name}")
        found[ours.NAME] = ours
    for point in sorted(metadata.entry_points(group=GROUP), key=lambda point: point.name):
        brought = f"{point.dist.name if point.dist else 'a distribution'} ({point.value})"
        try:
            other: Any = point.load()
        except Exception as error:  # noqa: BLE001  somebody else's code
            broken[point.name] = f"{brought} cannot be loaded: {error!r}"
            continue
        name = getattr(other, "NAME", None)
        complete = callable(getattr(other, "sniff", None)) and callable(getattr(other, "parse", None))
        if not complete or not isinstance(name, str) or not _NAME.match(name):
            broken[point.name] = f"{brought} needs NAME, sniff and parse"
        elif name in found:
            broken[point.name] = f"{brought} takes the name {name!r}, which is taken"
        else:
            found[name] = other
    return found, broken
