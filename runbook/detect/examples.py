"""Runs the examples that every signature carries, through the engine that people use."""

from __future__ import annotations

import os

from runbook.detect.artefacts.artefact import Artefact, DetectorMissingError, Folder
from runbook.detect.artefacts.examine import decided_here, examine
from runbook.detect.artefacts.registry import DETECTORS, KINDS
from runbook.detect.catalog import Catalog
from runbook.detect.engine import scan_text
from runbook.detect.load import SUFFIX, Loaded, dangling, load_folders, warnings_of
from runbook.detect.table import build
from runbook.errors import BadInputError
from runbook.model.match import ADVICE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.model.signature import Example


class Checked:
    """What a check of folders came to.

    Attributes:
        signatures: how many were valid among those asked for.
        examples: how many were run.
        problems: what must be put right.
        warnings: what may be put right.
    """

    def __init__(self) -> None:
        self.signatures = 0
        self.examples = 0
        self.problems: list[BadInputError] = []
        self.warnings: list[BadInputError] = []


def check_folders(base: list[str], asked: list[str]) -> Checked:
    """Validate every file below ``asked`` and run its examples against the whole catalog.

    A ``match`` example must be found by its own signature; what else finds it must be named under ``related`` on either
    side. A ``no_match`` example must not be found by its own signature. Of whole files (a Compose file, a
    Dockerfile), advice need not be named: that a short example has no health check either says nothing.

    Args:
        base: catalogs that count beside what is checked, as absolute paths; their own problems are not reported.
        asked: what to report on, as absolute paths: roots of catalogs, or areas in one.

    Raises:
        BadInputError: a folder is not there.
    """
    roots = list(base)
    for folder in asked:
        root = _root_of(folder)
        if root not in roots:
            roots.append(root)
    loaded, problems = load_folders(roots)
    problems += dangling(loaded)
    result = Checked()
    below = tuple(folder.rstrip(os.sep) + os.sep for folder in asked)
    catalog = Catalog(*build(loaded))
    for one in loaded.values():
        if one.file.startswith(below):
            result.signatures += 1
            result.warnings += warnings_of(one)
            count, wrong = run_examples(one, loaded, catalog)
            result.examples += count
            problems += wrong
    result.problems = [problem for problem in problems if (problem.file or "").startswith(below)]
    return result


def _root_of(folder: str) -> str:
    """The catalog that ``folder`` is the root or an area of: an area holds YAML files itself."""
    try:
        names = os.listdir(folder)
    except OSError as error:
        raise BadInputError(f"no signatures can be read there: {error.strerror}", file=folder) from None
    return os.path.dirname(folder) if any(name.endswith(SUFFIX) for name in names) else folder


def run_examples(one: Loaded, loaded: dict[str, Loaded], catalog: Catalog) -> tuple[int, list[BadInputError]]:
    """Both example lists of one signature; how many could be run, and what is wrong."""
    count, problems = 0, []
    identity = one.signature.id
    names = _detectors_of(one)
    for group in ("match", "no_match"):
        for index, example in enumerate(getattr(one.signature.examples, group)):
            kind = example.kind or one.signature.applies_to[0]
            path = ("examples", group, index)
            try:
                found = find(catalog, example, kind, names)
            except BadInputError as error:
                problems.append(one.problem(error.message, (*path, "text")))
                continue
            except DetectorMissingError:
                continue
            count += 1
            if group == "no_match":
                if identity in found:
                    problems.append(one.problem(f"is found, as {kind}, and must not be", (*path, "text")))
                continue
            if identity not in found:
                problems.append(one.problem(f"is not found, as {kind}", (*path, "text")))
            problems += [
                one.problem(
                    f"is also found by {other}; name it under 'related' here or there, or narrow one of them",
                    (*path, "text"),
                )
                for other in sorted(found - {identity})
                if not _related(loaded, identity, other) and not (kind in KINDS and catalog.severity(other) in ADVICE)
            ]
    return count, problems


def find(catalog: Catalog, example: Example, kind: str, names: frozenset[str] = frozenset()) -> set[str]:
    """The signatures that the engine finds in one example looked at as ``kind``.

    Args:
        catalog: what to look for.
        example: where to look.
        kind: as what to look at it.
        names: detectors that the example is about. Others that start a program are not run for it.

    Raises:
        BadInputError: a timeline that cannot be read.
        DetectorMissingError: one of ``names`` is not installed here.
    """
    if kind == "timeline":
        from runbook.detect.story import read_story  # noqa: PLC0415  most examples are text
        from runbook.detect.timeline import examine as examine_timeline  # noqa: PLC0415

        document, settings = read_story(example.text)
        return {match.signature for match in examine_timeline(document, catalog, settings)}
    found = {match.signature for match in scan_text(catalog, example.text, kind=kind)}
    if kind not in KINDS:
        return found
    folder = None if example.beside is None else Folder(example.beside)
    examined = examine(
        Artefact(example.text, kind, example.path, folder),
        catalog,
        wanted=lambda detector: not detector.process or detector.name in names,
    )
    if names & set(examined.missing):
        raise DetectorMissingError(", ".join(sorted(names & set(examined.missing))))
    ours = {match.signature for match in examined.matches if not match.reported_by}
    return (found - decided_here(catalog, kind)) | ours


def _detectors_of(one: Loaded) -> frozenset[str]:
    """The detectors over whole files that a signature names."""
    conditions = (*one.signature.match.any, *one.signature.match.all)
    return frozenset(name for condition in conditions for name in condition.model_fields_set if name in DETECTORS)


def _related(loaded: dict[str, Loaded], one: str, other: str) -> bool:
    return (other in loaded and one in loaded[other].signature.related) or other in loaded[one].signature.related
