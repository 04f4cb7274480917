"""What the linter says of a document, as the steps of the review ask it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Problem(Protocol):
    """One thing the linter found, as far as it matters here."""

    @property
    def rule(self) -> str:
        """The rule's code."""

    @property
    def severity(self) -> str:
        """``error``, ``warning`` or ``info``."""

    @property
    def file(self) -> str:
        """Path relative to the repository."""

    @property
    def line(self) -> int:
        """1-based."""

    @property
    def message(self) -> str:
        """What is wrong, in one sentence without a full stop."""


def problems(repository: str, identifier: str) -> Sequence[Problem]:
    """What the linter finds in a document that is filed in the work tree; nothing where it is not filed there."""
    try:
        lint = importlib.import_module("runbook.flow.lint")
    except ModuleNotFoundError:
        return []
    found: Sequence[Problem] = lint.lint_documents(repository, [identifier])
    return found
