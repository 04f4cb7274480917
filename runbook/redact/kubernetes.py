"""Kubernetes Secrets: every value under ``data`` and ``stringData`` is one, whatever its key is called.

``kubectl get secret -o yaml`` prints ``data`` before ``kind``. Where the kind is not known yet, a value counts if its
base64 decodes to text, which the settings of a ConfigMap do not.
"""

from __future__ import annotations

import re

from runbook.model.lazy import lazy
from runbook.redact import judge
from runbook.redact.rule import Span

TRIGGER = (
    r"(?m:^[ \t-]*[\"']?(?:(?:stringData|data)[\"']?:[ \t{]*$|kind[\"']?:|---))"
    r"|(?:stringData|data|kind)\\*[\"']:[ \t]*(?:\{|\\*[\"']Secret)"
)
_DATA = lazy(rb"([ \t]*(?:- )?)[\"']?(data|stringData)[\"']?:[ \t]*\{?[ \t]*$")
_DOCUMENT = lazy(rb"---|[ \t]*-[ \t]+[\"']?(?:apiVersion|kind|metadata)[\"']?:|[ \t]*\{[ \t]*$")
_KIND = lazy(rb"[ \t]*(?:- )?[\"']?kind[\"']?:[ \t]*[\"']?([A-Za-z]+)")
_ENTRY = lazy(rb"[ \t]+[\"']?[A-Za-z0-9._/-]+[\"']?:[ \t]*(?:!!binary[ \t]+)?([\"']?)(\S[^\"']*?)\1,?[ \t]*$")
_BLOCK = lazy(rb"[ \t]+[\"']?[A-Za-z0-9._/-]+[\"']?:[ \t]*[|>][-+0-9]*[ \t]*$")
_INLINE_KIND = lazy(rb"\\*[\"']kind\\*[\"']:[ \t]*\\*[\"']Secret\\*[\"']")
_INLINE_DATA = lazy(rb"\\*[\"'](?:stringData|data)\\*[\"']:[ \t]*\{([^{}]*)\}")
_INLINE_VALUE = lazy(rb":[ \t]*\\*[\"']([^\"'\\]+)\\*[\"']")
KIND = "secret"


def in_line(line: bytes) -> list[Span]:
    """Values of a Secret that stands on one line, as in ``last-applied-configuration``."""
    if not _INLINE_KIND.search(line):
        return []
    found = []
    for data in _INLINE_DATA.finditer(line):
        for value in _INLINE_VALUE.finditer(line, data.start(1), data.end(1)):
            if not judge.is_placeholder(value[1].decode("utf-8", "replace")):
                found.append(Span(value.start(1), value.end(1), KIND))
    return found


def decodes_to_text(value: str) -> bool:
    """Whether ``value`` is the base64 of a printable text, or so long that it is encoded for certain."""
    import base64  # noqa: PLC0415  only where something like it was met

    if len(value) % 4 or len(value) < 4 or not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", value):
        return False
    try:
        decoded = base64.b64decode(value, validate=True)
    except ValueError:
        return False
    if len(decoded) >= 3 and all(0x20 <= byte < 0x7F or byte in b"\n\r\t" for byte in decoded):
        return True
    return len(value) >= 24 and value.endswith("=") and not value.isalpha()


class Manifest:
    """Where in a manifest the lines are that pass by."""

    __slots__ = ("_indent", "_kind", "_plain")

    def __init__(self) -> None:
        self._kind = ""
        self._indent = -1
        self._plain = False

    @property
    def active(self) -> bool:
        """Whether the lines of a Secret's data pass by."""
        return self._indent >= 0

    @property
    def indent(self) -> int:
        """Columns before ``data``; a block of text within it is deeper."""
        return self._indent

    def line(self, line: bytes) -> tuple[list[Span], bool]:
        """Follow one line.

        Returns:
            The values in it, and whether a block scalar begins whose lines are all secret.
        """
        if _DOCUMENT.match(line):
            self._kind, self._indent = "", -1
        kind = _KIND.match(line)
        if kind is not None:
            self._kind = kind[1].decode()
        data = _DATA.match(line)
        if data is not None:
            self._plain = data[2] == b"stringData"
            wanted = self._plain or self._kind in {"", "Secret"}
            self._indent = len(data[1]) if wanted else -1
            return [], False
        if not self.active or not line.strip():
            return [], False
        if len(line) - len(line.lstrip(b" \t")) <= self._indent:
            self._indent = -1
            return [], False
        known = self._plain or self._kind == "Secret"
        if _BLOCK.match(line):
            return [], known
        entry = _ENTRY.match(line)
        if entry is None:
            return [], False
        text = entry[2].decode("utf-8", "replace")
        if judge.is_placeholder(text) or not (known or decodes_to_text(text)):
            return [], False
        return [Span(entry.start(2), entry.end(2), KIND)], False
