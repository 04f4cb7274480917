"""``python -m runbook.detect.check [FOLDER...]``: are these signature files right?

Prints ``file:line: field: message`` for every problem and exits with 1 if there is one. For authors and for CI;
``runbook signatures test`` is the same check.
"""

from __future__ import annotations

import os
import sys

from runbook.detect.catalog import BUILTIN
from runbook.detect.examples import check_folders
from runbook.errors import EXIT_FINDINGS, EXIT_OK, EXIT_USAGE, RunbookError


def main(arguments: list[str] | None = None) -> int:
    """Check the folders named, or the program's own signatures.

    A folder is the catalog's root (``signatures``); one of its areas (``signatures/docker``) is checked with the rest
    and reported alone.
    """
    asked = [os.path.abspath(folder) for folder in (sys.argv[1:] if arguments is None else arguments)] or [BUILTIN]
    areas = [folder for folder in asked if os.path.dirname(folder) == BUILTIN]
    roots = [folder for folder in asked if folder not in areas]
    if BUILTIN not in roots:
        roots.insert(0, BUILTIN)
    try:
        result = check_folders(roots)
    except RunbookError as error:
        sys.stdout.write(f"{error}\n")
        return EXIT_USAGE
    wanted = tuple(folder + os.sep for folder in asked)
    problems = [problem for problem in result.problems if (problem.file or "").startswith(wanted)]
    for problem in problems:
        hint = f"  ({problem.hint})" if problem.hint else ""
        sys.stdout.write(f"{_short(problem)}{hint}\n")
    for warning in result.warnings:
        if (warning.file or "").startswith(wanted):
            sys.stdout.write(f"warning: {_short(warning)}\n")
    count = f"{result.signatures} signatures, {result.examples} examples"
    sys.stdout.write(f"{count}: {len(problems)} problems\n" if problems else f"{count}: all right\n")
    return EXIT_FINDINGS if problems else EXIT_OK


def _short(problem: RunbookError) -> str:
    text = str(problem)
    here = os.getcwd() + os.sep
    return text.removeprefix(here)


if __name__ == "__main__":
    raise SystemExit(main())
