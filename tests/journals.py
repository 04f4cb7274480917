"""What stands on the journals of a test's machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def journal(home: Path) -> list[dict[str, Any]]:
    """Every entry of every document, as it was written."""
    files = sorted(home.glob(".local/state/runbook/*/*/journal/*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
