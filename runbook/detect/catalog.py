"""The catalog: all signatures, ready to match, out of a compiled table in the user's cache.

Reading 500 YAML files takes a second; reading the table takes a millisecond. The table is made anew when any
file's path, size or modification time differs, the program's or Python's version does, or it cannot be read.
"""

from __future__ import annotations

import marshal
import os
import sys
import zlib

from runbook import __version__
from runbook.detect.kept import read_kept, write_kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from runbook.detect.table import Row

BUILTIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "signatures")
"""The signatures that come with the program."""

_MAGIC = b"runbook-catalog\n"
_KEPT = 32  # tables: one for each repository with signatures of its own
_MAKERS = (
    *("detect/catalog.py", "detect/command_patterns.py", "detect/literals.py", "detect/load.py", "detect/mentions.py"),
    *("detect/table.py", "model/signature.py"),
)
"""What makes the table: a checkout changes these without a new version."""


class Known:
    """One signature's texts, as :class:`runbook.model.signature.Signature` describes them, out of the table."""

    __slots__ = (
        "applies_to",
        "captures",
        "fix_right",
        "fix_text",
        "fix_wrong",
        "id",
        "prevention",
        "references",
        "related",
        "severity",
        "summary",
        "title",
        "verify",
        "why",
    )

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.id: str = values["id"]
        self.title: str = values["title"]
        self.severity: str = values["severity"]
        self.summary: str = values["summary"]
        self.applies_to: tuple[str, ...] = values["applies_to"]
        self.captures: dict[str, str] = values["captures"]
        self.why: str = values["why"]
        self.fix_text: str = values["fix"]["text"]
        self.fix_wrong: str = values["fix"]["wrong"]
        self.fix_right: str = values["fix"]["right"]
        self.verify: tuple[str, ...] = values["verify"]
        self.prevention: tuple[str, ...] = values["prevention"]
        self.references: tuple[str, ...] = values["references"]
        self.related: tuple[str, ...] = values["related"]

    @property
    def fix(self) -> str:
        """The fix as Markdown, ``wrong`` and ``right`` as fenced text below it."""
        parts = [self.fix_text]
        for label, text in (("Wrong", self.fix_wrong), ("Right", self.fix_right)):
            if text:
                fence = "`" * max(3, _longest_run(text, "`") + 1)
                parts.append(f"{label}:\n\n{fence}text\n{text}\n{fence}")
        return "\n\n".join(parts)


class Catalog:
    """All signatures.

    Attributes:
        digest: 16 hex digits that stand for the content of all files.
        rows: the table, see :mod:`runbook.detect.table`.
    """

    def __init__(self, digest: str, rows: Sequence[Row]) -> None:
        self.digest = digest
        self.rows = rows
        self._by_id = {row[0]: row for row in rows}

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, identity: object) -> bool:
        return identity in self._by_id

    def ids(self) -> list[str]:
        """Every signature's id, sorted."""
        return list(self._by_id)

    def get(self, identity: str) -> Known | None:
        """The signature with this id, or None."""
        row = self._by_id.get(identity)
        return None if row is None else Known(marshal.loads(row[6]))  # noqa: S302  made by us, checked when it was read

    def severity(self, identity: str) -> str:
        """The severity of a signature that exists; cheaper than :meth:`get`."""
        return self._by_id[identity][1]

    def for_kind(self, kind: str) -> Iterator[Row]:
        """The rows that apply to one kind of input."""
        return (row for row in self.rows if kind in row[2])


def load_catalog(folders: Sequence[str], cache: str | None) -> Catalog:
    """All signatures below ``folders``, the later folder's winning where two have the same id.

    Args:
        folders: folders of ``area/name.yaml``; usually :data:`BUILTIN`, then the team's own.
        cache: folder for the compiled table, made if absent; None: compile, keep nothing.

    Raises:
        BadInputError: a file does not validate; names file, line and field.
        StorageError: a folder cannot be read.
    """
    folders = [os.path.abspath(folder) for folder in folders]
    if cache is None:
        return _compile(folders)
    state = _state(folders)
    path = os.path.join(cache, f"catalog-{zlib.crc32(repr((folders, __version__)).encode()):08x}.bin")
    cached = _read(path, state)
    if cached is not None:
        return cached
    catalog = _compile(folders)
    _write(path, state, catalog)
    return catalog


def _compile(folders: list[str]) -> Catalog:
    from runbook.detect.load import load_or_refuse  # noqa: PLC0415  YAML and pydantic only when there is no table
    from runbook.detect.table import build  # noqa: PLC0415

    return Catalog(*build(load_or_refuse(folders)))


def _state(folders: list[str]) -> tuple[Any, ...]:
    """What the table depends on: versions, the modules that make it, and name, size and time of every file."""
    files = []
    for folder in folders:
        for area in _listing(folder):
            if area.is_dir():
                files += [_stamp(folder, entry) for entry in _listing(area.path)]
            else:
                files.append(_stamp(folder, area))
    root = os.path.dirname(BUILTIN)
    makers = tuple(os.stat(os.path.join(root, name)).st_mtime_ns for name in _MAKERS)
    return (__version__, sys.hexversion, makers, tuple(folders), tuple(sorted(files)))


def _listing(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []  # whoever compiles says what is wrong with it


def _stamp(folder: str, entry: os.DirEntry[str]) -> tuple[str, int, int]:
    try:
        stat = entry.stat()
    except OSError:
        return entry.path[len(folder) :], -1, -1
    return entry.path[len(folder) :], stat.st_size, stat.st_mtime_ns


def _read(path: str, state: tuple[Any, ...]) -> Catalog | None:
    """The table in ``path`` if it is up to date."""
    raw = read_kept(path, _MAGIC)
    if raw is None:
        return None
    try:
        kept, digest, rows = marshal.loads(raw)  # noqa: S302  see runbook.detect.kept
    except (ValueError, EOFError, TypeError):
        return None
    return Catalog(digest, rows) if kept == state else None


def _write(path: str, state: tuple[Any, ...], catalog: Catalog) -> None:
    """Keep the table."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    except OSError:
        return
    write_kept(path, _MAGIC, marshal.dumps((state, catalog.digest, tuple(catalog.rows))), newest=_KEPT)


def _longest_run(text: str, char: str) -> int:
    longest = run = 0
    for each in text:
        run = run + 1 if each == char else 0
        longest = max(longest, run)
    return longest
