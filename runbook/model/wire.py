"""The journal's own types, in nothing but the standard library.

``log``, ``run`` and the shell hook write these dozens of times in an incident, so this module imports neither
pydantic nor ``typing`` nor ``dataclasses`` (17 ms each time). What is written here is validated when it is folded
into a record.

A journal is JSON Lines: one object a line, ``v: 1``, keys as :class:`Entry` names them. ``at`` is when a thing
happened, ``recorded_at`` when we learned it; both ISO 8601 with offset. Unknown kinds are kept.
"""

from __future__ import annotations

import json
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

JOURNAL_VERSION = 1

SEVERITIES = ("critical", "high", "medium", "low")
"""Severities of an incident, worst first."""

INCIDENT_STATUSES = ("investigating", "mitigated", "resolved", "in-review", "closed")
DEPLOYMENT_STATUSES = ("planned", "running", "success", "failed", "rolled-back")
MILESTONES = ("started", "detected", "acknowledged", "mitigated", "resolved")
"""In the order in which they must happen."""

NOTE_KINDS = (
    "note",
    "observation",
    "failure",
    "change",
    "decision",
    "escalation",
    "communication",
    "verification",
    "backup",
    "rollback",
    "review",
)
"""Kinds of timeline entries that are a sentence somebody wrote (``data: {"text": ...}``)."""

CONTROL_KINDS = ("start", "mark", "set", "command", "evidence", "amend", "undo", "answer", "finding", "left-out",
                 "seen", "offset")  # fmt: skip
"""Kinds that carry structure:

``start``     ``{"document": "incident"|"deployment", "id", "ulid", "title", "severity", "zone"}``
``mark``      ``{"milestone", "note"}``; ``at`` is the milestone's time
``set``       ``{"field", "value"}``; dotted field of the record
``command``   ``{"command", "argv", "cwd", "host", "duration", "exit_status", "signal", "outputs": [...],
              "findings": [...]}``
``evidence``  ``{"evidence", "name", "path", "bytes", "sha256", "omitted", "media"}``
``amend``     ``{"target", "changes": {"at"|"text"|"kind"|"phase"|"role"|"note"|"highlight": value}}``
``undo``      ``{"target"}``
``answer``    ``{"step", "field", "value"}``; the interview's answer to one question. Fields that begin with
              ``draft.`` are
              about the interview, not the record: ``draft.<question>`` holds what was being typed (null: answered by
              now), ``draft.step.done`` closes a step
``finding``   ``{"signature", ...}``; see :mod:`runbook.model.match`
``left-out``  ``{"target", "out": true|false}``; a person took an entry out of the report, or back in
``seen``      ``{"seen": {journal: ULID}}``; up to where this writer had read the others' journals at that moment
``offset``    ``{"clock", "seconds", "why"}``; that clock is ahead by so much (negative: behind); see
              :mod:`runbook.record.clocks`
"""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_last_ulid = (0, 0)


def new_ulid(now_ms: int | None = None) -> str:
    """A 26-character ULID (48 bits of milliseconds, 80 of randomness), increasing within this process.

    Source of the format: https://github.com/ulid/spec
    """
    global _last_ulid  # noqa: PLW0603  monotonic within a process, as the specification asks
    milliseconds = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    last_time, last_random = _last_ulid
    if milliseconds <= last_time and now_ms is None:
        milliseconds, random = last_time, last_random + 1
    else:
        random = int.from_bytes(os.urandom(10), "big") >> 1  # a clear top bit leaves room to count up
    if now_ms is None:
        _last_ulid = (milliseconds, random)
    return ulid_of(milliseconds, random)


def ulid_of(milliseconds: int, random: int) -> str:
    """The ULID of that time and those 80 bits, for what must get the same one whenever it is looked at."""
    value = (milliseconds << 80) | (random & ((1 << 80) - 1))
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


class Entry:
    """One line of a journal. Treat as frozen.

    ``writer`` is the name of the journal it was read from, without ending; it is not part of the line.
    """

    __slots__ = ("actor", "at", "data", "id", "kind", "recorded_at", "source", "writer")

    def __init__(
        self,
        *,
        id: str,  # noqa: A002  the name it has on disk
        at: str,
        recorded_at: str,
        kind: str,
        actor: str,
        source: str,
        data: Mapping[str, Any],
        writer: str = "",
    ) -> None:
        self.id = id
        self.at = at
        self.recorded_at = recorded_at
        self.kind = kind
        self.actor = actor
        self.source = source
        self.data = data
        self.writer = writer

    def to_line(self) -> bytes:
        """The line as it stands in the journal, newline included. UTF-8, no newline inside."""
        return (
            json.dumps(
                {
                    "v": JOURNAL_VERSION,
                    "id": self.id,
                    "at": self.at,
                    "recorded_at": self.recorded_at,
                    "kind": self.kind,
                    "actor": self.actor,
                    "source": self.source,
                    "data": dict(self.data),
                },
                ensure_ascii=False,
                separators=(",", ":"),
            ).encode("utf-8", "backslashreplace")
            + b"\n"
        )

    @classmethod
    def from_line(cls, line: bytes) -> Entry:
        """Read one line back.

        Raises:
            ValueError: the line is torn or is no journal entry.
        """
        raw = json.loads(line.decode("utf-8", "strict"))
        if not isinstance(raw, dict) or not isinstance(raw.get("data"), dict):
            raise ValueError("not a journal entry")  # noqa: TRY004  whoever reads a journal catches one thing
        try:
            fields = {name: raw[name] for name in ("id", "at", "recorded_at", "kind", "actor", "source")}
        except KeyError as missing:
            raise ValueError(f"journal entry without {missing}") from None
        if not all(isinstance(value, str) for value in fields.values()):
            raise ValueError("journal entry with a field of the wrong type")
        return cls(data=raw["data"], **fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and self.to_line() == other.to_line()

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"Entry({self.id} {self.at} {self.kind} {dict(self.data)!r})"
