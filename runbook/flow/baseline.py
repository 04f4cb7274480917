"""Known findings that need not be shown again: a file beside the code, see ``docs/scan.md``.

A finding is known by its fingerprint: signature, file (relative to the baseline's folder) and the text of the line
without times, ids and spacing. Lines may move; a second line of the same text in the same file is a new finding.
"""

from __future__ import annotations

import hashlib
import json
import os
import re

from runbook.errors import BadInputError, StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from runbook.model.match import Match

VERSION = 1
MAX_BYTES = 16 * 1024 * 1024
OCCURRENCES = 1000
"""Lines of one signature in one source that are told apart; further ones only count."""

_CHANGING = re.compile(
    r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
    r"|\b[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d|\b\d\d:\d\d:\d\d(?:[.,]\d+)?"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b(?:[0-9a-f]{12}|[0-9a-f]{32,64})\b"
)
"""What is different each time: times, container and request ids."""

_MARK = re.compile(r"(\[redacted:[\w-]+)[#:][^\]]*\]")
"""The door numbers secrets in the order in which it meets them."""


def fingerprint(signature: str, source: str, text: str) -> str:
    """32 hex digits that stay the same while the line keeps its text.

    Args:
        signature: id of the signature.
        source: the file, relative to the baseline's folder with ``/``; ``-`` for standard input.
        text: the line as the finding shows it, secrets taken out.
    """
    steady = " ".join(_CHANGING.sub("#", _MARK.sub(r"\1]", text)).split())
    return hashlib.sha256(f"{signature}\0{source}\0{steady}".encode("utf-8", "backslashreplace")).hexdigest()[:32]


class Baseline:
    """The findings that were there before, and how many of them have been met in this scan.

    Args:
        path: of the file; what sources are relative to is its folder.
        entries: as the file holds them.

    Attributes:
        known: how many lines were met that the baseline holds.
    """

    def __init__(self, path: str, entries: Iterable[dict[str, Any]] = ()) -> None:
        self.path = path
        self.known = 0
        self._folder = os.path.dirname(os.path.abspath(path))
        self._entries = {str(entry["fingerprint"]): entry for entry in entries}
        self._left = {name: int(entry["count"]) for name, entry in self._entries.items()}
        self._read: set[str] = set()

    def relative(self, source: str) -> str:
        """A source as the baseline names it."""
        if source == "-":
            return source
        return os.path.relpath(os.path.abspath(source), self._folder).replace(os.sep, "/")

    def fingerprint(self, match: Match, text: str | None = None) -> str:
        """The fingerprint of a finding, or of another line of it."""
        return fingerprint(match.signature, self.relative(match.source), match.excerpt if text is None else text)

    def new(self, source: str, matches: list[Match]) -> list[Match]:
        """What of a source's findings the baseline does not hold; a finding on several lines is cut to the new ones."""
        self._read.add(self.relative(source))
        return [match for match in matches if self._is_new(match)]

    def _is_new(self, match: Match) -> bool:
        fresh = [place for place in match.occurrences if not self._take(self.fingerprint(match, place[2]), 1)]
        beyond = match.count - len(match.occurrences)  # lines that are only counted: they count with the first one
        if beyond > 0:
            beyond -= self._take(self.fingerprint(match), beyond)
        if not fresh and beyond <= 0:
            return False
        if fresh:
            match.line, match.column, match.excerpt, match.span = fresh[0]
        match.occurrences = tuple(fresh)
        match.lines = tuple(place[0] for place in fresh) if match.lines else ()
        match.count = len(fresh) + max(beyond, 0)
        return True

    def _take(self, name: str, number: int) -> int:
        """Use up to ``number`` of an entry; how many there were."""
        there = min(self._left.get(name, 0), number)
        if there:
            self._left[name] -= there
            self.known += there
        return there

    def stale(self, wanted: Callable[[str, str], bool]) -> list[dict[str, Any]]:
        """Entries that hold more than what is there now, of files that were read in this scan or are gone.

        Args:
            wanted: whether findings of a signature and severity were looked for.
        """
        found = []
        for name, left in self._left.items():
            entry = self._entries[name]
            source = str(entry["source"])
            gone = source != "-" and not os.path.exists(os.path.join(self._folder, source))
            if left and (source in self._read or gone) and wanted(str(entry["signature"]), str(entry["severity"])):
                found.append({**entry, "count": left, "gone": gone})
        return found

    def renew(self, matches: Iterable[Match], keep: Callable[[str, str], bool]) -> int:
        """Write the file anew with ``matches``; entries of files that were not read, and of what ``keep`` names, stay.

        Returns:
            How many entries it holds now.

        Raises:
            StorageError: it cannot be written; what was there before is still there.
        """
        entries: dict[str, dict[str, Any]] = {
            name: entry
            for name, entry in self._entries.items()
            if str(entry["source"]) not in self._read or keep(str(entry["signature"]), str(entry["severity"]))
        }
        for match in matches:
            texts = [place[2] for place in match.occurrences] or [match.excerpt]
            texts += [match.excerpt] * (match.count - len(texts))
            for text in texts:
                name = self.fingerprint(match, text)
                entry = entries.setdefault(
                    name,
                    {
                        "fingerprint": name,
                        "signature": match.signature,
                        "severity": match.severity,
                        "source": self.relative(match.source),
                        "count": 0,
                        "excerpt": " ".join(text.split())[:120],
                    },
                )
                entry["count"] += 1
        ordered = sorted(
            entries.values(), key=lambda entry: (entry["source"], entry["signature"], entry["fingerprint"])
        )
        _write(self.path, {"version": VERSION, "findings": ordered})
        return len(ordered)

    def seen(self, source: str) -> None:
        """Note that a source was read, where its findings are not asked about."""
        self._read.add(self.relative(source))


def load(path: str, *, must_exist: bool = True) -> Baseline:
    """Read a baseline.

    Raises:
        BadInputError: it is not there, or not a baseline; says where it is wrong.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        if must_exist:
            raise BadInputError(
                "there is no such baseline",
                file=path,
                hint="write one: runbook scan PATH --baseline FILE --write-baseline",
            ) from None
        return Baseline(path)
    except OSError as error:
        raise BadInputError(f"cannot be read: {error.strerror}", file=path) from None
    if len(data) > MAX_BYTES:
        raise BadInputError(f"is larger than {MAX_BYTES // 1024 // 1024} MiB, so it is no baseline", file=path)
    try:
        content = json.loads(data)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise BadInputError(f"is not JSON: {getattr(error, 'msg', error)}", file=path, line=line) from None
    return Baseline(path, _checked(content, path))


def _checked(content: Any, path: str) -> list[dict[str, Any]]:
    hint = "write it anew with --write-baseline"
    if not isinstance(content, dict) or not isinstance(content.get("findings"), list):
        raise BadInputError("is no baseline: an object with a list 'findings' is expected", file=path, hint=hint)
    if content.get("version") != VERSION:
        message = f"has version {content.get('version')!r}; this program reads {VERSION}"
        raise BadInputError(message, file=path, field="version", hint=hint)
    for number, entry in enumerate(content["findings"]):
        whole = isinstance(entry, dict) and all(
            isinstance(entry.get(name), str) for name in ("fingerprint", "signature", "severity", "source")
        )
        if not whole or type(entry.get("count")) is not int or entry["count"] < 1:
            message = "needs fingerprint, signature, severity, source and a count of at least 1"
            raise BadInputError(message, file=path, field=f"findings.{number}", hint=hint)
    return list(content["findings"])


def _write(path: str, content: dict[str, Any]) -> None:
    trial = f"{path}.{os.getpid()}.tmp"
    try:
        with open(trial, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(trial, path)
    except OSError as error:
        if os.path.exists(trial):
            os.unlink(trial)
        raise StorageError(f"cannot be written: {error.strerror}", file=path) from None
