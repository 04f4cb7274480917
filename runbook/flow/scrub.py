"""Scrubbing: a secret that slipped through is taken out of everything we keep of one document.

The journal is append-only but for this: its lines are rewritten in place of the secret, under the folder's exclusive
lock, and a tombstone says that it was done, by whom and in how many files, never what it was.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook.errors import BadInputError
from runbook.flow.picture import redraw
from runbook.flow.sync_base import kept_folder
from runbook.record import derived, journal
from runbook.record.store import RECORD, REPORT, write_file
from runbook.redact.scrub import scrub_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runbook.flow.desk import Desk
    from runbook.redact.door import Door

MIN_SECRET = 6
"""Shorter texts would take out half of the report."""


class Scrubbed:
    """What was done. Treat as frozen.

    Attributes:
        files: how many places stood in each file, by its path.
        found: places altogether.
        filed: whether the document lies in a repository, whose history keeps what was committed before.
    """

    __slots__ = ("filed", "files")

    def __init__(self, files: dict[str, int], *, filed: bool) -> None:
        self.files = files
        self.filed = filed

    @property
    def found(self) -> int:
        """Places altogether."""
        return sum(self.files.values())


def read_secrets(text: str) -> list[str]:
    """One secret a line, longest first, so that one inside another does not hide it.

    Raises:
        BadInputError: a secret is so short that it would be found everywhere.
    """
    secrets = sorted({line.strip() for line in text.splitlines() if line.strip()}, key=len, reverse=True)
    for secret in secrets:
        if len(secret) < MIN_SECRET:
            raise BadInputError(
                f"a secret of {len(secret)} characters would be found everywhere",
                hint=f"give at least {MIN_SECRET} characters of it, or the line it stands in",
            )
    return secrets


def scrub(desk: Desk, secrets: Sequence[str]) -> Scrubbed:
    """Take ``secrets``, and whatever today's rules find, out of journals, evidence, record and report.

    Raises:
        StorageError: a file could not be written; run again, what is done is done.
    """
    files: dict[str, int] = {}
    digests: dict[str, str] = {}
    for root in (desk.folder, desk.filed):
        if root is None or not Path(root).is_dir():
            continue
        with journal.locked(root, exclusive=True):
            for path in sorted(Path(root, "evidence").glob("*")):
                path = _rename(path, secrets, desk.door, digests)  # noqa: PLW2901  the same file under a clean name
                _rewrite(path, lambda text: scrub_text(text, secrets, desk.door), files, digests)
            for path in sorted(Path(root, journal.JOURNAL).glob("*.jsonl")):
                _rewrite(path, lambda text: _journal(text, secrets, desk.door, digests), files, {})
            for name in (RECORD, REPORT):
                _rewrite(Path(root, name), lambda text: _record(text, secrets, desk.door, digests), files, {})
            derived.forget(root)
            if desk.filed == root:
                redraw(Path(root), desk.place.repository)
    if desk.place.repository is not None:  # what `sync` keeps aside, for as long as it is not committed
        for path in sorted(kept_folder(desk.place.repository, desk.id).glob("re*")):
            _rewrite(path, lambda text: _record(text, secrets, desk.door, digests), files, {})
    done = Scrubbed(files, filed=desk.filed is not None)
    if done.found:
        count = f"{done.found} place{'s' if done.found > 1 else ''} in {len(files)} file{'s' if len(files) > 1 else ''}"
        desk.append("scrub", {"text": f"A secret was taken out of the record ({count})"})
    return done


def _rename(path: Path, secrets: Sequence[str], door: Door, renamed: dict[str, str]) -> Path:
    """Give evidence another name if its own, made from the command, holds a secret; the journal follows."""
    if not path.is_file() or path.is_symlink() or not scrub_text(path.name, secrets, door)[1]:
        return path
    clean = path.with_name(f"{path.name[:26]}-scrubbed{path.suffix}")
    path.rename(clean)
    renamed[f"evidence/{path.name}"] = f"evidence/{clean.name}"
    return clean


def _rewrite(
    path: Path, change: Callable[[str], tuple[str, int]], files: dict[str, int], digests: dict[str, str]
) -> None:
    """Change one file if there is anything to change; remember its digest before and after."""
    if not path.is_file() or path.is_symlink():
        return
    before = path.read_bytes()
    text, count = change(before.decode("utf-8", "backslashreplace"))
    after = text.encode()
    if after == before:
        return
    write_file(path, after, mode=path.stat().st_mode & 0o777)
    digests[hashlib.sha256(before).hexdigest()] = hashlib.sha256(after).hexdigest()
    if count:
        files[str(path)] = count


def _journal(text: str, secrets: Sequence[str], door: Door, digests: dict[str, str]) -> tuple[str, int]:
    """Scrub every text inside each entry, so that the line stays JSON; a torn line is scrubbed as it is."""
    lines, total = [], 0
    for line in text.split("\n"):
        try:
            entry = json.loads(line)
        except ValueError:
            cleaned, count = scrub_text(line, secrets, door) if line else (line, 0)
        else:
            entry, count = _inside(entry, secrets, door, digests)
            cleaned = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        lines.append(cleaned)
        total += count
    return "\n".join(lines), total


def _inside(value: Any, secrets: Sequence[str], door: Door, digests: dict[str, str]) -> tuple[Any, int]:
    if isinstance(value, str):
        return (digests[value], 0) if value in digests else scrub_text(value, secrets, door)
    if isinstance(value, list):
        pairs = [_inside(item, secrets, door, digests) for item in value]
        return [item for item, _ in pairs], sum(count for _, count in pairs)
    if isinstance(value, dict):
        found = {key: _inside(item, secrets, door, digests) for key, item in value.items()}
        return {key: item for key, (item, _) in found.items()}, sum(count for _, count in found.values())
    return value, 0


def _record(text: str, secrets: Sequence[str], door: Door, digests: dict[str, str]) -> tuple[str, int]:
    for before, after in digests.items():
        text = text.replace(before, after)
    return scrub_text(text, secrets, door)
