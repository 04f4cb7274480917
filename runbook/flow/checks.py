"""What the linter says of a document before it is committed, as the steps of the review ask it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from runbook.errors import CheckFailedError, StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runbook.review.problem import Problem

_SHOWN = 10


def problems(repository: str, identifier: str, files: Mapping[str, bytes]) -> Sequence[Problem]:
    """What the linter finds in a document as it shall be committed, wherever it is filed by now.

    Args:
        repository: its root.
        identifier: the document's id.
        files: path below the document's folder -> content.

    Raises:
        StorageError: there is no room for a copy to look at.
        BadInputError: the settings of the linter are wrong; with file, line and field.
    """
    from runbook.flow.lint import lint_written

    try:
        with tempfile.TemporaryDirectory(prefix="runbook-") as folder:
            for name, content in files.items():
                path = Path(folder, name)
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
            return lint_written(repository, identifier, os.path.realpath(folder))
    except OSError as error:
        raise StorageError(f"no room to look at the report: {error.strerror}", file=error.filename) from None


def refuse_errors(identifier: str, found: Sequence[Problem]) -> None:
    """Stop where the linter found an error.

    Raises:
        CheckFailedError: with file, line, rule and message of each.
    """
    errors = [problem for problem in found if problem.severity == "error"]
    if not errors:
        return
    lines = [f"    {error.file}:{error.line}: {error.rule}: {error.message}" for error in errors[:_SHOWN]]
    more = [f"    and {len(errors) - _SHOWN} more"] if len(errors) > _SHOWN else []
    raise CheckFailedError(
        f"{identifier} is not closed: its report has {len(errors)} error{'s' if len(errors) > 1 else ''}\n"
        + "\n".join([*lines, *more]),
        hint=f"mend them, or say why it is closed all the same: runbook close {identifier} --force REASON",
    )
