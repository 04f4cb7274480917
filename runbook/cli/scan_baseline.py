"""What ``scan --baseline`` says about its file: what was written, and what in it no longer holds."""

from __future__ import annotations

from runbook.cli.output import note, safe
from runbook.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from runbook.flow.baseline import Baseline
    from runbook.flow.scan import Scan, Selection

MAX_NAMED = 5
"""Stale entries that are named one by one."""


def write(baseline: Baseline, result: Scan, selection: Selection) -> int:
    """Write the baseline anew and say what it holds."""
    looked_for = _looked_for(result, selection)
    number = baseline.renew(result.matches, lambda signature, severity: not looked_for(signature, severity))
    print(safe(f"{baseline.path}: {number} known finding{'' if number == 1 else 's'}"))
    return EXIT_OK


def stale(baseline: Baseline, result: Scan, selection: Selection) -> list[dict[str, Any]]:
    """The entries that no longer hold, as ``--format json`` prints them."""
    if result.interrupted:
        return []
    return [
        {name: entry[name] for name in ("signature", "source", "count", "gone")} | {"excerpt": entry.get("excerpt", "")}
        for entry in baseline.stale(_looked_for(result, selection))
    ]


def say_stale(baseline: Baseline, result: Scan, selection: Selection) -> None:
    """Say on stderr which entries no longer hold, so that somebody takes them out."""
    entries = stale(baseline, result, selection)
    if not entries:
        return
    ones = f"{len(entries)} entr{'y' if len(entries) == 1 else 'ies'}"
    note(f"{baseline.path}: {ones} no longer hold{'s' if len(entries) == 1 else ''}; --write-baseline renews it")
    for entry in entries[:MAX_NAMED]:
        why = "the file is gone" if entry["gone"] else str(entry["excerpt"])[:60]
        note(f"  {entry['source']}: {entry['signature']}: {why}")
    if len(entries) > MAX_NAMED:
        note(f"  and {len(entries) - MAX_NAMED} more")


def _looked_for(result: Scan, selection: Selection) -> Callable[[str, str], bool]:
    """Whether findings of a signature and severity were looked for: wanted, and the linter behind them was there."""
    missing = {name.replace("_", "-") for name in result.missing}
    unchecked = {signature for signature, _detector in result.unchecked}

    def looked_for(signature: str, severity: str) -> bool:
        area = signature.split(":", 1)[0] if ":" in signature else signature.split("/", 1)[0]
        return selection.names(signature, area, severity) and area not in missing and signature not in unchecked

    return looked_for
