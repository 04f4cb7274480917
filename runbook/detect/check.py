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
    """Check the folders named (a catalog's root or one of its areas), or the program's own signatures."""
    asked = [os.path.abspath(folder) for folder in (sys.argv[1:] if arguments is None else arguments)] or [BUILTIN]
    try:
        result = check_folders([BUILTIN], asked)
    except RunbookError as error:
        sys.stdout.write(f"{error}\n")
        return EXIT_USAGE
    for problem in result.problems:
        hint = f"  ({problem.hint})" if problem.hint else ""
        sys.stdout.write(f"{_short(problem)}{hint}\n")
    for warning in result.warnings:
        sys.stdout.write(f"warning: {_short(warning)}\n")
    count = f"{result.signatures} signatures, {result.examples} examples"
    sys.stdout.write(f"{count}: {len(result.problems)} problems\n" if result.problems else f"{count}: all right\n")
    return EXIT_FINDINGS if result.problems else EXIT_OK


def _short(problem: RunbookError) -> str:
    text = str(problem)
    here = os.getcwd() + os.sep
    return text.removeprefix(here)


if __name__ == "__main__":
    raise SystemExit(main())
