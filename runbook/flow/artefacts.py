"""One whole file of a scan: what its detectors say, joined with what its text shows."""

from __future__ import annotations

import os

from runbook.detect.artefacts.artefact import MAX_BYTES
from runbook.detect.artefacts.registry import KINDS
from runbook.model.match import FINDING_SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.artefacts.artefact import Artefact
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
        waiting: signatures that are told only at the file's end: those, and what the whole file may soften.
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
        self.waiting = self.decided
        self._held = kind == "shell" and not fences
        if kind == "config":
            from runbook.detect.artefacts.config.pipelines import THROWAWAY

            self.waiting |= THROWAWAY

    def take(self, data: bytes) -> bytes:
        """The next bytes, in UTF-8.

        Returns:
            What the text scan is to look at now. A script is held back until :meth:`rest`: what it only says does not
            count, and where that begins and ends is known at its end.
        """
        if self._too_large or self._kind not in KINDS:
            return data
        if len(self._data) + len(data) > MAX_BYTES:
            self._too_large = True
            held = bytes(self._data) if self._held else b""
            self._data.clear()
            return held + data
        self._data += data
        return b"" if self._held else data

    def rest(self) -> bytes:
        """What was held back for the text scan, what the script only says left out."""
        if not self._held or self._too_large:
            return b""
        from runbook.detect.artefacts.said import without_said

        return without_said(bytes(self._data))

    def waits(self, match: Match) -> bool:
        """Whether a finding of the text scan has to wait for the detectors."""
        return not self._too_large and match.signature in self.waiting

    def findings(self, matches: list[Match], shown: str, clean: Callable[[str], str], result: Scan) -> list[Match]:
        """Everything found in the file: the text scan's ``matches`` and the detectors'.

        A file that is too large for detectors, and a detector that is not installed, are noted in ``result``.
        """
        if self._kind not in KINDS:
            return matches
        if self._too_large:
            self.decided = self.waiting = frozenset()
            result.skipped.append((shown, f"larger than {MAX_BYTES // 1024 // 1024} MiB, looked at as text only"))
            return matches
        from runbook.detect.artefacts.artefact import Artefact, DiskFolder
        from runbook.detect.artefacts.examine import examine, not_for_detectors

        text = bytes(self._data).decode("utf-8", "backslashreplace")
        if self._fences:
            from runbook.detect.artefacts.fences import shell_of

            text = shell_of(text)
        if self._path == "-":
            artefact = Artefact(text, self._kind)
        else:
            folder = DiskFolder(os.path.dirname(os.path.abspath(self._path)))
            artefact = Artefact(text, self._kind, self._path, folder)
        reason = not_for_detectors(artefact)
        if reason:
            self.decided = self.waiting = frozenset()
            result.skipped.append((shown, reason))
            return matches
        examined = examine(artefact, self._catalog, source=shown, clean=clean)
        result.missing.update(examined.missing)
        joined = [match for match in matches if match.signature not in self.decided] + examined.matches
        if self._kind == "config":
            joined = self._soften(artefact, joined, clean)
        return sorted(
            joined,
            key=lambda match: (match.line, FINDING_SEVERITIES.index(match.severity), match.column, match.signature),
        )

    def _soften(self, artefact: Artefact, matches: list[Match], clean: Callable[[str], str]) -> list[Match]:
        """What guards nothing becomes advice: the database that a pipeline starts for its tests."""
        from runbook.detect.artefacts.config.pipelines import THROWAWAY, without_throwaway
        from runbook.detect.engine import scan_text

        soft = [match for match in matches if match.signature in THROWAWAY]
        text = without_throwaway(artefact) if soft else None
        if text is None:
            return matches
        source = soft[0].source
        real = {
            match.signature: match
            for match in scan_text(self._catalog, text, kind="config", source=source, clean=clean)
        }
        for match in soft:
            match.severity = "low"
        return [real.get(match.signature, match) if match in soft else match for match in matches]
