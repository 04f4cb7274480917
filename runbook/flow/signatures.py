"""The catalog as something to read and to check: the built-in signatures, a team's own, or a folder being worked on."""

from __future__ import annotations

import os

from runbook.errors import BadInputError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from runbook.detect.catalog import Catalog, Known
    from runbook.detect.examples import Checked


MAX_SEEN = 5
"""Filed incidents that a page names, the newest first."""


def listing(
    repo: str | None = None,
    *,
    areas: Iterable[str] = (),
    severities: Iterable[str] = (),
    kinds: Iterable[str] = (),
    words: Iterable[str] = (),
) -> list[dict[str, Any]]:
    """Id, title, severity and kinds of the signatures that apply here, by id.

    Args:
        repo: whose own signatures count.
        areas: keep only signatures of one of these areas; empty: of any.
        severities: the same for severities.
        kinds: the same for what they look at.
        words: keep only signatures in whose texts each of these stands, case aside.

    Raises:
        BadInputError: there is no such area.
    """
    from runbook.flow.scan import catalog_here

    catalog = catalog_here(repo)
    areas, severities, kinds = set(areas), set(severities), set(kinds)
    _check_areas(areas, {identity.split("/")[0] for identity in catalog.ids()})
    wanted = [word.casefold() for word in words]
    found = []
    for identity in catalog.ids():
        known = catalog.get(identity)
        if (
            known is not None
            and (not areas or identity.split("/")[0] in areas)
            and (not severities or known.severity in severities)
            and (not kinds or kinds.intersection(known.applies_to))
            and all(word in _texts(known) for word in wanted)
        ):
            title = _with_defaults(known.title, known)
            found.append(
                {"id": identity, "title": title, "severity": known.severity, "applies_to": list(known.applies_to)}
            )
    return found


def _check_areas(areas: set[str], known: set[str]) -> None:
    for area in sorted(areas - known):
        raise BadInputError(f"there is no area {area!r}", field="--area", hint=f"there are {', '.join(sorted(known))}")


def _texts(known: Known) -> str:
    """Everything a signature says, for a search."""
    return "\n".join((known.id, known.title, known.summary, known.why, known.fix, *known.prevention)).casefold()


def describe(name: str, repo: str | None = None, *, filled: bool = False) -> dict[str, Any]:
    """Everything about one signature, in the shape that ``explain --format json`` prints.

    Args:
        name: its id; the last part alone will do if no other signature ends so.
        repo: whose own signatures count.
        filled: put the defaults of captures into the texts, for people; else placeholders stay, for programs.

    Raises:
        NotFoundError: there is none; the hint names what looks like it.
    """
    from runbook.flow.place import find_place
    from runbook.flow.scan import catalog_here

    catalog = catalog_here(repo)
    known = _find(name, catalog)

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
        "related_titles": {identity: _title(identity, catalog) for identity in known.related},
        "seen_in": seen_in(known.id, find_place(repo).repository),
        "captures": dict(known.captures),
    }


def seen_in(identity: str, repository: str | None) -> list[dict[str, str]]:
    """Id and title of the filed documents that hold a finding of this signature, the newest first.

    Records are read as lines, not as YAML: a page has to be there at once.
    """
    if repository is None:
        return []
    from runbook.record.cabinet import filed

    found: list[dict[str, str]] = []
    for document, folder in reversed(list(filed(repository))):
        try:
            with open(os.path.join(folder, "record.yaml"), encoding="utf-8", errors="backslashreplace") as file:
                lines = [line.strip() for line in file]
        except OSError:
            continue
        if f"signature: {identity}" in lines:
            title = next((line.removeprefix("title:").strip() for line in lines if line.startswith("title:")), "")
            found.append({"id": document, "title": title.strip("'\"")})
        if len(found) == MAX_SEEN:
            break
    return found


def _title(identity: str, catalog: Catalog) -> str:
    known = catalog.get(identity)
    return "" if known is None else _with_defaults(known.title, known)


def _with_defaults(value: str, known: Known) -> str:
    from runbook.detect.fill import fill

    return fill(value, {}, known.captures)


def _find(name: str, catalog: Catalog) -> Known:
    from runbook.detect.artefacts.registry import DETECTORS
    from runbook.flow.scan import nearest_hint

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
    from runbook.flow.place import find_place

    asked = [os.path.abspath(folder) for folder in folders]
    if not asked:
        asked = [BUILTIN]
        repository = find_place(repo).repository
        if repository is not None and os.path.isdir(os.path.join(repository, "signatures")):
            asked.append(os.path.join(repository, "signatures"))
    return check_folders([BUILTIN], asked)
