"""What the detective hands on: a match, in nothing but the standard library (the hot path makes them)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Occurrence = tuple[int, int, str, tuple[int, int]]
    """One place of a finding: line, column, excerpt and span, as the attributes of :class:`Match` of these names."""

FINDING_SEVERITIES = ("critical", "high", "medium", "low", "info")
"""Severities of a signature, worst first."""

ADVICE = frozenset({"low", "info"})
"""Severities that alarm nobody."""

MAX_LINES = 50
"""Line numbers that a finding lists; its count says how many there are."""


class Match:
    """One known failure found in one place. Treat as frozen.

    Attributes:
        signature: id such as ``net/port-already-in-use``.
        title, severity, summary: from the signature.
        kind: ``output``, ``command``, ``timeline``, ... : what was looked at.
        source: file name, evidence id or ``-``.
        line, column: 1-based place of the first match; 0 for a timeline rule.
        count: how often it matched in this source.
        first_seen, last_seen: times of the first and the last line it matched, in ISO 8601, with an offset where the
            line says one; "" if the lines carry none.
        excerpt: the matching line, redacted and without escapes, at most 300 characters.
        span: (start, end) of the match inside ``excerpt``, for underlining; (0, 0) if it was cut away.
        captures: named groups of the pattern.
        fix: the fix with captures filled in (Markdown).
        verify: commands that show that it is gone, captures filled in.
        prevention: checklist items.
        related: ids of other signatures that this failure may hide behind or cause.
        entries: ULIDs of journal entries a timeline rule rests on.
        lines: every line it stands on, at most :data:`MAX_LINES`; empty where only the first is known.
        occurrences: the places it was met at, the first one included; no more than the scan was asked to keep, and
            empty where nobody asked. ``count`` says how many there are.
        link: documentation, where a linter reported something that no signature describes.
        reported_by: that linter (``hadolint``); "" for findings of the catalog's own. The signature then reads
            ``hadolint:DL3059``.
    """

    __slots__ = (
        "captures",
        "column",
        "count",
        "entries",
        "excerpt",
        "first_seen",
        "fix",
        "kind",
        "last_seen",
        "line",
        "lines",
        "link",
        "occurrences",
        "prevention",
        "related",
        "reported_by",
        "severity",
        "signature",
        "source",
        "span",
        "summary",
        "title",
        "verify",
    )

    def __init__(
        self,
        *,
        signature: str,
        title: str,
        severity: str,
        summary: str = "",
        kind: str = "output",
        source: str = "-",
        line: int = 0,
        column: int = 0,
        count: int = 1,
        first_seen: str = "",
        last_seen: str = "",
        excerpt: str = "",
        span: tuple[int, int] = (0, 0),
        captures: Mapping[str, str] | None = None,
        fix: str = "",
        verify: tuple[str, ...] = (),
        prevention: tuple[str, ...] = (),
        related: tuple[str, ...] = (),
        entries: tuple[str, ...] = (),
        lines: tuple[int, ...] = (),
        occurrences: tuple[Occurrence, ...] = (),
        link: str = "",
        reported_by: str = "",
    ) -> None:
        self.signature = signature
        self.title = title
        self.severity = severity
        self.summary = summary
        self.kind = kind
        self.source = source
        self.line = line
        self.column = column
        self.count = count
        self.first_seen = first_seen
        self.last_seen = last_seen
        self.excerpt = excerpt
        self.span = span
        self.captures = dict(captures or {})
        self.fix = fix
        self.verify = verify
        self.prevention = prevention
        self.related = related
        self.entries = entries
        self.lines = lines
        self.occurrences = occurrences
        self.link = link
        self.reported_by = reported_by

    def to_json(self) -> dict[str, Any]:
        """The shape that ``scan --format json`` prints (docs/schema/scan.json)."""
        return {
            "signature": self.signature,
            "title": self.title,
            "severity": self.severity,
            "summary": self.summary,
            "kind": self.kind,
            "source": self.source,
            "line": self.line,
            "column": self.column,
            "count": self.count,
            "first_seen": self.first_seen or None,
            "last_seen": self.last_seen or None,
            "excerpt": self.excerpt,
            "captures": dict(self.captures),
            "fix": self.fix,
            "verify": list(self.verify),
            "prevention": list(self.prevention),
            "related": list(self.related),
            "entries": list(self.entries),
            "lines": list(self.lines),
            "occurrences": [
                {"line": line, "column": column, "excerpt": excerpt}
                for line, column, excerpt, _span in self.occurrences
            ],
            "link": self.link,
            "reported_by": self.reported_by,
        }

    def __repr__(self) -> str:
        return f"Match({self.signature} {self.source}:{self.line}:{self.column} x{self.count})"
