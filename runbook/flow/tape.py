"""The tape: listens to a running command, keeps what it prints and looks for known failures in it.

Nothing that goes wrong here may reach the command: what breaks is switched off and named in :attr:`Tape.problems`.
"""

from __future__ import annotations

import time

from runbook.errors import RunbookError
from runbook.flow.automata import engine_for
from runbook.flow.findings import catalog_folders, catalog_for
from runbook.model.wire import new_ulid
from runbook.record.evidence import EvidenceWriter, Spool, evidence_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from runbook.detect.catalog import Catalog
    from runbook.detect.engine import Scanner
    from runbook.flow.desk import Desk
    from runbook.model.match import Match
    from runbook.redact.door import Door

_SPOOL_AFTER = 0.25  # seconds; a shorter command is on record before anybody could kill its recorder
_SPOOL_EVERY = 0.25
_CHECKPOINT_EVERY = 5.0
_SCAN_CREDIT = 2.0  # seconds of scanning that are free
_SCAN_SHARE = 0.25  # of the time since the start that scanning may take beyond: a dump must not crawl
_BATCH = 64 * 1024
"""Bytes that are looked at together. A terminal gives 4 KiB at a time; everything here is faster with more."""
_HELD = 256 * 1024  # bytes that wait for the scanner: those of the beginning, and in any case those of the end


class Tape:
    """Listens to one command.

    Args:
        desk: where it will be recorded, or None if nothing is being recorded.
        door: what redacts.
        line: the command as it was typed, for matching in memory.
        identifier: of the journal entry.
        header: redacted; what is known of the command before it ends.
        spool: whether to bring what is heard to disk while the command runs.
    """

    def __init__(
        self,
        desk: Desk | None,
        door: Door,
        line: str,
        identifier: str,
        header: Mapping[str, Any],
        *,
        spool: bool = True,
    ) -> None:
        self.problems: list[str] = []
        self.unexamined = 0
        self._repository = None if desk is None else desk.place.repository
        self._desk = desk
        self.line = line
        self._door = door
        self._identifier = identifier
        self._header = header
        self._began = time.monotonic()
        self._writers: dict[str, EvidenceWriter] = {}
        self._ears: dict[str, _Ear] = {}
        self._spent = 0.0
        self._deaf = False
        self._known: Catalog | None = None
        self._spool: Spool | None = None
        self._spool_failed = desk is None or not spool
        self._spooled_at = self._began
        self._checked_at = self._began
        self._dirty = False
        self._heard: dict[str, bytearray] = {}

    def begin(self) -> None:
        """Prove that recording is possible before the command runs.

        Raises:
            OSError: it is not.
        """
        self._begun()

    def _begun(self) -> Spool | None:
        if self._desk is not None and self._spool is None:
            self._spool = Spool(self._desk.folder, self._identifier, self._header)
        return self._spool

    def listen(self, stream: str, data: bytes) -> None:
        """Take output. Never raises."""
        heard = self._heard.get(stream)
        if heard is None:
            heard = self._heard[stream] = bytearray()
        heard += data
        self._dirty = True
        if len(heard) >= _BATCH:
            self._take(stream)

    def _take(self, stream: str) -> None:
        """Look at what was heard since the last time. Never raises."""
        data = bytes(self._heard[stream])
        self._heard[stream].clear()
        if not data:
            return
        if self._desk is not None:
            try:
                self._writer(stream).feed(data)
            except Exception as error:  # noqa: BLE001  the command goes on whatever breaks in its recorder
                self._desk = None
                self._spool_failed = True
                self.problems.append(f"output is not recorded: {error!r}")
        if not self._deaf:
            now = time.monotonic()
            try:
                ear = self._ear(stream)
                if self._spent > _SCAN_CREDIT + (now - self._began) * _SCAN_SHARE:
                    ear.skip(data)
                else:
                    ear.feed(data)
            except RunbookError as error:
                self._deaf = True
                self.problems.append(f"known failures are not looked for: {error}")
            except Exception as error:  # noqa: BLE001  as above
                self._deaf = True
                self.problems.append(f"known failures are not looked for: {error!r}")
            self._spent += time.monotonic() - now

    def tick(self) -> float | None:
        """Bring what was heard to disk now and then. Never raises. See :class:`runbook.capture.recorder.Recorder`."""
        if self._spool_failed:
            return None
        now = time.monotonic()
        due = self._began + _SPOOL_AFTER if self._spool is None else self._spooled_at + _SPOOL_EVERY
        if now < due:
            return due - now if self._dirty or self._spool is None else None
        for stream in self._heard:
            self._take(stream)
        try:
            spool = self._begun()
            if spool is not None:
                self._save(spool, now)
        except OSError:
            self._spool_failed = True  # a full disk: what is heard stays in memory until the command ends
        return None

    def _save(self, spool: Spool, now: float) -> None:
        self._spooled_at = now
        self._dirty = False
        checkpoint = now - self._checked_at >= _CHECKPOINT_EVERY
        for stream, writer in self._writers.items():
            text = writer.fresh()
            if text:
                spool.write(stream, text)
            if checkpoint:
                latest = writer.latest()
                if latest:
                    spool.write_tail(stream, latest)
        if checkpoint:
            self._checked_at = now

    def close(self, command: str, *, failed: bool) -> tuple[list[dict[str, Any]], dict[str, str], list[Match]]:
        """The command ended.

        Args:
            command: its redacted line, which names the files.
            failed: whether it failed. The command line of a silent success is not looked at (start-up time).

        Returns:
            What the journal says of each output, the redacted text by path, and what was found, the command line's
            findings first.
        """
        for stream in self._heard:
            self._take(stream)
        found = self._hear_out() if failed or self._ears else {}
        outputs: list[dict[str, Any]] = []
        texts: dict[str, str] = {}
        kept = {
            stream: writer.close([(match.line, match.excerpt) for match in found.get(stream, [])])
            for stream, writer in self._writers.items()
        }
        for stream, output in kept.items():
            data: dict[str, Any] = {"stream": stream, "bytes": output.size, "omitted": output.omitted}
            if output.omitted or not self._door.counts:
                # A digest of a little text with a secret in it would let the secret be guessed.
                data["sha256_whole"] = output.digest
            if output.text.strip():
                identifier = new_ulid()
                path = evidence_path(identifier, f"{command[:50]} {stream}" if len(kept) > 1 else command)
                data = {"evidence": identifier, "path": path, **data}
                texts[path] = output.text
                for match in found.get(stream, []):
                    match.source = path
            outputs.append(data)
        return outputs, texts, [*found.get("", []), *(match for name in self._ears for match in found.get(name, []))]

    def _hear_out(self) -> dict[str, list[Match]]:
        if self._deaf:
            return {}
        try:
            from runbook.detect.engine import scan_text

            found = {"": scan_text(self._catalog(), self.line, kind="command", clean=self._door.clean)}
            for stream, ear in self._ears.items():
                found[stream] = ear.close()
                self.unexamined += ear.unexamined
        except RunbookError as error:
            self.problems.append(f"known failures are not looked for: {error}")
            return {}
        except Exception as error:  # noqa: BLE001  as above
            self.problems.append(f"known failures are not looked for: {error!r}")
            return {}
        return found

    def _writer(self, stream: str) -> EvidenceWriter:
        writer = self._writers.get(stream)
        if writer is None:
            writer = self._writers[stream] = EvidenceWriter(self._door.clean_line_stream)
        return writer

    def _ear(self, stream: str) -> _Ear:
        ear = self._ears.get(stream)
        if ear is None:
            ear = self._ears[stream] = _Ear(self._scanner)
        return ear

    def _scanner(self) -> Scanner:
        from runbook.detect.engine import Scanner

        began = time.monotonic()
        engine = engine_for(catalog_folders(self._repository), "output")
        made = Scanner(self._catalog(), "output", clean=self._door.clean, engine=engine)
        self._spent -= time.monotonic() - began  # a catalog compiled anew takes its second once, not from the credit
        return made

    def _catalog(self) -> Catalog:
        if self._known is None:
            self._known = catalog_for(self._repository)
        return self._known

    def discard_spool(self) -> None:
        """The command is on record, or kept elsewhere."""
        if self._spool is not None:
            self._spool.remove()
            self._spool = None
        self._spool_failed = True


class _Ear:
    """One stream on its way to the scanner, which may be too slow for all of it.

    The scanner is made late: a catalog that has to be compiled anew takes a second, which a command that prints
    little shall not feel while it runs.

    Attributes:
        unexamined: bytes that the scanner never saw. The beginning and the end are always looked at.
    """

    __slots__ = ("_held", "_made", "_make_scanner", "unexamined")

    def __init__(self, make_scanner: Callable[[], Scanner]) -> None:
        self.unexamined = 0
        self._make_scanner = make_scanner
        self._made: Scanner | None = None
        self._held = bytearray()

    def feed(self, data: bytes) -> None:
        """Look at this."""
        if self._made is None:
            self._held += data
            if len(self._held) > _HELD:
                self._scanner()
        else:
            self._scanner().feed(data)

    def skip(self, data: bytes) -> None:
        """There is no time to look at this now. The newest of it is held for later."""
        scanner = self._scanner() if self._made is None else self._made
        if not self._held:
            end = data.find(b"\n") + 1
            scanner.feed(data[:end])  # the line under way
            data = data[end:]
        self._held += data
        excess = len(self._held) - _HELD
        if excess > _HELD:
            cut = self._held.rfind(b"\n", 0, excess) + 1 or excess
            scanner.lines += self._held.count(b"\n", 0, cut)
            self.unexamined += cut
            del self._held[:cut]

    def close(self) -> list[Match]:
        """The end of the stream: what was found in it."""
        return self._scanner().close()

    def _scanner(self) -> Scanner:
        """The scanner, which has seen everything that was held."""
        if self._made is None:
            self._made = self._make_scanner()
        if self._held:
            self._made.feed(bytes(self._held))
            self._held.clear()
        return self._made
