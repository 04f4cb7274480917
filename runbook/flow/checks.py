"""What the linter says of a document, as the steps of the review ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runbook.review.problem import Problem


def problems(repository: str, identifier: str) -> Sequence[Problem]:
    """What the linter finds in a document that is filed in the work tree."""
    from runbook.flow.lint import lint_documents

    return lint_documents(repository, [identifier])
