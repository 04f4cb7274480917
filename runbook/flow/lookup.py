"""What the catalog knows of a command of which only its line and its exit status are on record, not what it printed.

Hot path: called by whichever verb takes in what a shell's hook has left. Nothing is loaded before there is a command.
"""

from __future__ import annotations

import re

from runbook.errors import RunbookError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from runbook.detect.catalog import Catalog
    from runbook.model.match import Match

NOT_FOUND = 127
"""Exit status of a shell that found no program of that name (POSIX, 2.8.2)."""

_PROGRAM = re.compile(r"[\w.+-]{1,60}")


class Lookup:
    """The catalog, asked about one command after the other.

    Args:
        repository: whose signatures count beside the built-in ones.
        clean: the door.
        most: different commands that are looked at, 3 ms each; the caller begins with those that matter.

    Attributes:
        problems: why nothing can be known, in a sentence each.
    """

    def __init__(self, repository: str | None, clean: Callable[[str], str], *, most: int) -> None:
        self.problems: list[str] = []
        self._repository = repository
        self._clean = clean
        self._left = most
        self._catalog: Catalog | None = None
        self._known: dict[tuple[str, bool], list[Match]] = {}

    def known(self, line: str, exit_status: int | None) -> list[Match]:
        """What is known of ``line``, the worst first; nothing once :attr:`problems` says why."""
        missing = exit_status == NOT_FOUND
        key = line, missing
        if key not in self._known:
            if self._left <= 0 or self.problems:
                return []
            self._left -= 1
            try:
                self._known[key] = self._look(line, missing=missing)
            except RunbookError as error:
                self.problems.append(f"known failures are not looked for: {error}")
                return []
        return self._known[key]

    def _look(self, line: str, *, missing: bool) -> list[Match]:
        from runbook.detect.engine import scan_text

        if self._catalog is None:
            from runbook.flow.findings import catalog_for

            self._catalog = catalog_for(self._repository)
        found = scan_text(self._catalog, line, kind="command", clean=self._clean)
        program = missing_program(line) if missing else ""
        if program:
            # What a shell prints with this status, whoever saw it; the record quotes the command, not what nobody read.
            said = scan_text(self._catalog, f"sh: {program}: command not found", clean=self._clean)
            for match in said:
                match.excerpt = self._clean(line.partition("\n")[0])[:300]
                match.span, match.line, match.column = (0, 0), 1, 1
            found += said
        return found


def missing_program(line: str) -> str:
    """The program that a command which ended with 127 did not find; nothing where that cannot be told.

    A script gives the same status for a program that it did not find itself, so what is there is not what is missing.
    """
    from runbook.detect.commands import simple_commands

    simple = simple_commands(line)
    if not simple or simple[-1].host or not _PROGRAM.fullmatch(simple[-1].path):
        return ""
    if any(each.startswith("PATH=") for each in simple[-1].env):
        return ""
    from shutil import which

    return "" if which(simple[-1].path) else simple[-1].path


def as_data(matches: list[Match]) -> list[dict[str, Any]]:
    """Matches as a journal entry of a command holds them."""
    from runbook.flow.findings import finding_data

    return [finding_data(match.to_json()) for match in matches]
