"""Runs the examples that every signature carries, through the engine that people use."""

from __future__ import annotations

import os

from runbook.detect.catalog import Catalog
from runbook.detect.engine import scan_text
from runbook.detect.load import SUFFIX, Loaded, dangling, load_folders, warnings_of
from runbook.detect.table import COMMAND, ELSEWHERE, TIMELINE, build
from runbook.errors import BadInputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.model.match import Match
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
    side. A ``no_match`` example must not be found by its own signature.

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
    for group in ("match", "no_match"):
        for index, example in enumerate(getattr(one.signature.examples, group)):
            kind = example.kind or one.signature.applies_to[0]
            if not _can_run(one, kind):
                continue
            count += 1
            path = ("examples", group, index)
            try:
                found = {match.signature for match in find(catalog, example, kind)}
            except BadInputError as error:
                problems.append(one.problem(error.message, (*path, "text")))
                continue
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
                if not _related(loaded, identity, other)
            ]
    return count, problems


def find(catalog: Catalog, example: Example, kind: str) -> list[Match]:
    """What the engine finds in one example looked at as ``kind``.

    Raises:
        BadInputError: a timeline that cannot be read.
    """
    if kind == "timeline":
        from runbook.detect.story import read_story  # noqa: PLC0415  most examples are text
        from runbook.detect.timeline import examine  # noqa: PLC0415

        document, settings = read_story(example.text)
        return examine(document, catalog, settings)
    return scan_text(catalog, example.text, kind=kind)


def _can_run(one: Loaded, kind: str) -> bool:
    """Whether this version has a detector that could find the signature in this kind of input."""
    (_id, _severity, _kinds, some, every, _none, _details) = build({one.signature.id: one})[1][0]
    if kind == "timeline":
        return True
    foreign = {ELSEWHERE, TIMELINE} if kind == "command" else {ELSEWHERE, TIMELINE, COMMAND}
    if any(condition[0] in foreign for condition in every):
        return False
    return not some or any(condition[0] not in foreign for condition in some)


def _related(loaded: dict[str, Loaded], one: str, other: str) -> bool:
    return (other in loaded and one in loaded[other].signature.related) or other in loaded[one].signature.related
