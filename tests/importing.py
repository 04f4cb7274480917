"""Reading a sample as an importer sees it, and what came of it in a shape that can be kept as a file.

``python tests/importing.py`` writes every ``expected.yaml`` again; look at the difference before you commit it.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml

from runbook.capture.import_formats import detect, find_importer
from runbook.capture.imported import Source
from runbook.errors import BadInputError
from runbook.redact.door import Door

if TYPE_CHECKING:
    from typing import BinaryIO

SAMPLES = Path(__file__).parent / "data" / "importers"
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
"""When the samples are imported, unless they say otherwise."""

_FIELDS = ("actor", "host", "cwd", "duration", "exit_status", "line", "file", "milestone")
"""What of an event is compared, where it is known."""


class Shown:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.data = b""

    def feed(self, data: bytes) -> None:
        self.data += data


def make_source(path: Path | None, *, pipe: BinaryIO | None = None, **options: Any) -> Source:
    """A source over ``path`` or a pipe. ``options``: ``zone``, ``now``, ``companion``, ``began``, ``git``."""
    zone = ZoneInfo(options.get("zone", "UTC"))
    companion = options.get("companion")
    return Source(
        path.name if path else "standard input",
        path=str(path) if path else None,
        pipe=pipe,
        zone=zone,
        clock=zone,
        now=options.get("now", NOW),
        output=Shown,
        git=options.get("git"),
        began=options.get("began"),
        companion=str(path.parent / companion) if companion and path else None,
    )


def outcome(path: Path, options: dict[str, Any], name: str = "") -> dict[str, Any]:
    """What an importer makes of ``path``, detected unless named, as plain values."""
    source = make_source(path, **options)
    importer = find_importer(name) if name else detect(source)
    found: dict[str, Any] = {"format": importer.NAME}
    if options:
        found["options"] = options
    try:
        found["events"] = [_plain(item) for item in importer.parse(source)]
    except BadInputError as error:
        found["error"] = str(error)
    if source.skipped:
        found["skipped"] = dict(sorted(source.skipped.items()))
    if source.problems:
        found["problems"] = [str(problem) for problem in source.problems]
    return found


def _plain(item: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"at": item.at.astimezone(UTC).isoformat(), "kind": item.kind, "text": _readable(item.text)}
    row |= {name: value for name in _FIELDS if (value := getattr(item, name)) not in ("", None)}
    if not item.line:
        row.pop("line")
    if item.key:
        row["key"] = hashlib.sha256(item.key.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    extra = {name: value for name, value in item.extra.items() if value}
    if extra:
        row["extra"] = extra
    if item.output is not None:
        row["output"] = Door().clean(item.output.data)
    return row


def _readable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def sample_of(folder: Path) -> Path:
    """The file or folder of a sample that is imported."""
    (path,) = folder.glob("input*")
    return path


def expected(folder: Path) -> dict[str, Any]:
    """What its author said must come of it."""
    value: dict[str, Any] = yaml.safe_load((folder / "expected.yaml").read_text("utf-8"))
    return value


def main() -> None:
    """Write every ``expected.yaml`` again."""
    for folder in sorted(path for path in SAMPLES.iterdir() if path.is_dir()):
        file = folder / "expected.yaml"
        options = (expected(folder) if file.exists() else {}).get("options", {})
        text = yaml.safe_dump(
            outcome(sample_of(folder), options),
            allow_unicode=True,
            sort_keys=False,
            width=120,
            default_flow_style=False,
        )
        file.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
