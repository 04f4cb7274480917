"""What a recording shows, while it is imported: kept within bounds, redacted, and looked at for known failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.flow.findings import catalog_for
from runbook.record.evidence import EvidenceWriter

if TYPE_CHECKING:
    from runbook.flow.desk import Desk
    from runbook.model.match import Match
    from runbook.record.evidence import Kept


class Heard:
    """Takes the output of one recording; see :class:`runbook.capture.imported.Sink`."""

    def __init__(self, desk: Desk) -> None:
        from runbook.detect.engine import Scanner

        self._writer = EvidenceWriter(desk.door.clean_line_stream)
        self._scanner = Scanner(catalog_for(desk.place.repository), clean=desk.door.clean)
        self._closed: tuple[Kept, list[Match]] | None = None

    def feed(self, data: bytes) -> None:
        """Take more."""
        self._writer.feed(data)
        self._scanner.feed(data)

    def close(self) -> tuple[Kept, list[Match]]:
        """What is kept of it, and what was found in all of it."""
        if self._closed is None:
            found = self._scanner.close()
            self._closed = self._writer.close([(match.line, match.excerpt) for match in found]), found
        return self._closed
