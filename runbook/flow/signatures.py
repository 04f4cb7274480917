"""The catalog as something to read and to check: the built-in signatures, a team's own, or a folder being worked on."""

from __future__ import annotations

import os

from runbook.errors import NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runbook.detect.catalog import Known
    from runbook.detect.examples import Checked


def listing(repo: str | None = None) -> list[dict[str, Any]]:
    """Id, title, severity and kinds of every signature that applies here, by id."""
    from runbook.flow.scan import catalog_here

    catalog = catalog_here(repo)
    entries = (known for identity in catalog.ids() if (known := catalog.get(identity)) is not None)
    return [
        {
            "id": known.id,
            "title": _with_defaults(known.title, known),
            "severity": known.severity,
            "applies_to": list(known.applies_to),
        }
        for known in entries
    ]


def describe(name: str, repo: str | None = None, *, filled: bool = False) -> dict[str, Any]:
    """Everything about one signature, in the shape that ``explain --format json`` prints.

    Args:
        name: its id; the last part alone will do if no other signature ends so.
        repo: whose own signatures count.
        filled: put the defaults of captures into the texts, for people; else placeholders stay, for programs.

    Raises:
        NotFoundError: there is none; the hint names what looks like it.
    """
    known = _find(name, repo)

    def text(value: str) -> str:
        return _with_defaults(value, known) if filled else value

    return {
        "id": known.id,
        "title": text(known.title),
        "severity": known.severity,
        "summary": text(known.summary),
        "applies_to": list(known.applies_to),
        "why": known.why,
        "fix": {"text": text(known.fix_text), "wrong": text(known.fix_wrong), "right": text(known.fix_right)},
        "verify": [text(command) for command in known.verify],
        "prevention": [text(item) for item in known.prevention],
        "references": list(known.references),
        "related": list(known.related),
        "captures": dict(known.captures),
    }


def _with_defaults(value: str, known: Known) -> str:
    from runbook.detect.fill import fill

    return fill(value, {}, known.captures)


def _find(name: str, repo: str | None) -> Known:
    from runbook.detect.artefacts.registry import DETECTORS
    from runbook.flow.scan import catalog_here, nearest_hint

    catalog = catalog_here(repo)
    wanted = name.strip().lower().removesuffix(".yaml")
    known = catalog.get(wanted)
    if known is None and "/" not in wanted:
        same = [identity for identity in catalog.ids() if identity.endswith(f"/{wanted}")]
        known = catalog.get(same[0]) if len(same) == 1 else None
    linter = wanted.partition(":")[0].replace("-", "_")
    if known is None and ":" in wanted and linter in DETECTORS:
        hint = "its own documentation explains it; `runbook scan` prints the address"
        raise NotFoundError(
            f"{name!r} is what {wanted.partition(':')[0]} reports, and no signature is about it", hint=hint
        )
    if known is None:
        raise NotFoundError(f"there is no signature {name!r}", hint=nearest_hint(wanted, catalog.ids()))
    return known


def check(folders: list[str], repo: str | None = None) -> Checked:
    """Validate signature files and run their examples, see :func:`runbook.detect.examples.check_folders`.

    Args:
        folders: what to report on: a catalog's root (``signatures/``) or one area in it. Empty: all that apply here.
        repo: whose own signatures apply when ``folders`` is empty.

    Raises:
        BadInputError: a folder is not there.
    """
    from runbook.detect.catalog import BUILTIN
    from runbook.detect.examples import check_folders
    from runbook.flow.desk import find_place

    asked = [os.path.abspath(folder) for folder in folders]
    if not asked:
        asked = [BUILTIN]
        repository = find_place(repo).repository
        if repository is not None and os.path.isdir(os.path.join(repository, "signatures")):
            asked.append(os.path.join(repository, "signatures"))
    return check_folders([BUILTIN], asked)
