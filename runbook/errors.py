"""What can go wrong because of the world, not because of us: every message a person may see.

Each error says what is wrong, where (file, line, field) and what to do next. The CLI prints it and exits with
``exit_code``; anything that is not a ``RunbookError`` is a bug of ours and exits with 3.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_BUG = 3
EXIT_REFUSED = 125
EXIT_INTERRUPTED = 130


class RunbookError(Exception):
    """Base of all expected failures.

    Args:
        message: what is wrong, in one sentence without a full stop.
        file: the file it concerns, as the person knows it.
        line: 1-based line in ``file``.
        field: dotted name of the field, such as ``milestones.detected``.
        hint: what to do next; a command where there is one.
    """

    exit_code = EXIT_USAGE

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        field: str | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.field = field
        self.hint = hint

    def __str__(self) -> str:
        """One line: ``file:line: field: message``, leaving out what is not known."""
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file or ""
        return ": ".join(part for part in (place, self.field or "", self.message) if part)


class BadInputError(RunbookError):
    """A file, an argument or an answer that cannot be used as it is."""


class NotFoundError(RunbookError):
    """An id, a file or a repository that is not there."""


class StorageError(RunbookError):
    """The disk said no: full, read-only, no permission. What was typed is kept where the message says."""


class GitError(RunbookError):
    """Git refused; the message carries what it said."""


class NoIdentityError(GitError):
    """Git does not know in whose name to commit."""


class CheckFailedError(RunbookError):
    """A check ran and failed."""

    exit_code = EXIT_FINDINGS


class RefusedError(RunbookError):
    """A command was not run on purpose."""

    exit_code = EXIT_REFUSED


class InterruptedByUserError(RunbookError):
    """Ctrl-C or a closed terminal; everything answered so far is on disk."""

    exit_code = EXIT_INTERRUPTED
