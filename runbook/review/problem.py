"""What a rule says: where, what is wrong, what to do. And the severities it can have."""

from __future__ import annotations

import hashlib
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Worst first. An error is wrong, unsafe or missing; a warning is for the reviewer to weigh; info is good to know."""


class Found(NamedTuple):
    """A problem as a rule yields it, before severity and ignores are looked at.

    Attributes:
        message: what is wrong, in one sentence without a full stop.
        file: path below the document's folder, such as ``report.md``.
        line: 1-based.
        hint: what to do next; the rule's own fix where it is empty.
        key: what it is about whatever the line: an id or a field's name. Makes the fingerprint stable.
        where: ids and names under which an ignore may name it.
    """

    message: str
    file: str
    line: int
    hint: str = ""
    key: str = ""
    where: tuple[str, ...] = ()


class Problem(NamedTuple):
    """A problem as people and programs are told of it.

    Attributes:
        rule: the rule's code.
        severity: error, warning or info.
        file: path relative to the repository.
        line: 1-based.
        message: what is wrong.
        hint: what to do next.
        key: see :class:`Found`.
        document: id of the incident or deployment.
    """

    rule: str
    severity: Severity
    file: str
    line: int
    message: str
    hint: str
    key: str = ""
    document: str = ""

    @property
    def fingerprint(self) -> str:
        """The same for the same problem when lines above it come or go; 32 hexadecimal digits."""
        what = "\x1f".join((self.rule, self.document, self.file.rpartition("/")[2], self.key or self.message))
        return hashlib.sha256(what.encode("utf-8", "backslashreplace")).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        """One entry of ``lint --format json`` (docs/schema/lint.json)."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "file": self.file,
            "line": self.line,
            "message": self.message,
            "hint": self.hint,
            "document": self.document,
            "fingerprint": self.fingerprint,
        }
