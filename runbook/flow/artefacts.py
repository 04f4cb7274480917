"""One whole file of a scan: what its detectors say, joined with what its text shows."""

from __future__ import annotations

import os

from runbook.detect.artefacts.artefact import MAX_BYTES
from runbook.detect.artefacts.registry import KINDS
from runbook.model.match import FINDING_SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.catalog import Catalog
    from runbook.flow.scan import Scan
    from runbook.model.match import Match


class Whole:
    """Keeps a file while it streams past, and asks the detectors at its end.

    Args:
        catalog: what their codes stand for.
        kind: as what to look at it.
        path: where it lies; ``-`` for standard input, beside which nothing lies.
        fences: whether the file is Markdown and only the shell in its fences counts.

    Attributes:
        decided: signatures that the detectors decide, so that the text scan's word on them does not count.
    """

    def __init__(self, catalog: Catalog, kind: str, path: str, *, fences: bool = False) -> None:
        from runbook.detect.artefacts.examine import decided_here

        self._catalog = catalog
        self._kind = kind
        self._path = path
        self._fences = fences
        self._data = bytearray()
        self._too_large = False
        self.decided = decided_here(catalog, kind) if kind in KINDS and not fences else frozenset[str]()

    def take(self, data: bytes) -> None:
        """The next bytes, in UTF-8."""
        if len(self._data) + len(data) > MAX_BYTES:
            self._too_large = True
            self._data.clear()
        if not self._too_large and self._kind in KINDS:
            self._data += data

    def decides(self, match: Match) -> bool:
        """Whether a finding of the text scan has to wait for the detectors."""
        return not self._too_large and match.signature in self.decided

    def findings(self, matches: list[Match], shown: str, clean: Callable[[str], str], result: Scan) -> list[Match]:
        """Everything found in the file: the text scan's ``matches`` and the detectors'.

        A file that is too large for detectors, and a detector that is not installed, are noted in ``result``.
        """
        if self._kind not in KINDS:
            return matches
        if self._too_large:
            self.decided = frozenset()
            result.skipped.append((shown, f"larger than {MAX_BYTES // 1024 // 1024} MiB, looked at as text only"))
            return matches
        from runbook.detect.artefacts.artefact import Artefact, DiskFolder
        from runbook.detect.artefacts.examine import examine, too_large

        text = bytes(self._data).decode("utf-8", "backslashreplace")
        if self._fences:
            from runbook.detect.artefacts.fences import shell_of

            text = shell_of(text)
        if self._path == "-":
            artefact = Artefact(text, self._kind)
        else:
            folder = DiskFolder(os.path.dirname(os.path.abspath(self._path)))
            artefact = Artefact(text, self._kind, self._path, folder)
        reason = too_large(artefact)
        if reason:
            self.decided = frozenset()
            result.skipped.append((shown, reason))
            return matches
        examined = examine(artefact, self._catalog, source=shown, clean=clean)
        result.missing.update(examined.missing)
        joined = [match for match in matches if match.signature not in self.decided] + examined.matches
        return sorted(
            joined,
            key=lambda match: (match.line, FINDING_SEVERITIES.index(match.severity), match.column, match.signature),
        )
