"""Runs the examples that every signature carries, through the engine that people use."""

from __future__ import annotations

from runbook.detect.catalog import Catalog
from runbook.detect.engine import scan_text
from runbook.detect.load import Loaded, dangling, load_folders, warnings_of
from runbook.detect.table import COMMAND, ELSEWHERE, TIMELINE, build
from runbook.errors import BadInputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.model.match import Match
    from runbook.model.signature import Example


class Checked:
    """What a check of folders came to.

    Attributes:
        signatures: how many were valid.
        examples: how many were run.
        problems: what must be put right.
        warnings: what may be put right.
    """

    def __init__(self) -> None:
        self.signatures = 0
        self.examples = 0
        self.problems: list[BadInputError] = []
        self.warnings: list[BadInputError] = []


def check_folders(folders: list[str]) -> Checked:
    """Validate every file below ``folders`` and run every example against the whole of them.

    A ``match`` example must be found by its own signature; what else finds it must be named under ``related`` on either
    side. A ``no_match`` example must not be found by its own signature.
    """
    result = Checked()
    loaded, result.problems = load_folders(folders)
    result.problems += dangling(loaded)
    result.signatures = len(loaded)
    for one in loaded.values():
        result.warnings += warnings_of(one)
    catalog = Catalog(*build(loaded))
    for one in loaded.values():
        count, problems = run_examples(one, loaded, catalog)
        result.examples += count
        result.problems += problems
    return result


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
