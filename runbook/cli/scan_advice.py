"""Advice about whole files, short: one line each, what linters add in one line, so that failures stay in sight."""

from __future__ import annotations

from runbook.cli.output import paint, safe
from runbook.flow.kinds import ARTEFACT_KINDS
from runbook.model.match import ADVICE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.model.match import Match

_INDENT = "    "


def is_advice(match: Match) -> bool:
    """Whether a finding alarms nobody and there may be many of its kind, as in every Compose file and Dockerfile."""
    return match.kind in ARTEFACT_KINDS and match.severity in ADVICE


def print_advice(matches: list[Match], columns: int) -> None:
    """The advice of a scan, by file.

    Args:
        matches: what :func:`is_advice` holds for, in the order of finding.
        columns: width to keep to.
    """
    by_source: dict[str, list[Match]] = {}
    for match in matches:
        by_source.setdefault(match.source, []).append(match)
    for source, ones in by_source.items():
        print(paint(safe(f"Advice for {source}"), "bold"))
        ours = [match for match in ones if not match.reported_by]
        widest = max((len(match.signature) for match in ours), default=0)
        for match in ours:
            times = f" (and {match.count - 1} more)" if match.count > 1 else ""
            _line(f"{match.signature:<{widest}}  line {match.line}{times}: {match.title}", columns)
        theirs: dict[str, dict[str, int]] = {}
        for match in ones:
            if match.reported_by:
                codes = theirs.setdefault(match.reported_by, {})
                code = match.signature.partition(":")[2]
                codes[code] = codes.get(code, 0) + match.count
        for linter, codes in theirs.items():
            listed = ", ".join(f"{code} ×{count}" if count > 1 else code for code, count in sorted(codes.items()))
            _line(f"{linter} adds {listed}", columns)
        print()


def _line(text: str, columns: int) -> None:
    text = _INDENT + safe(" ".join(text.split("\n")))
    print(text if len(text) <= columns else text[: columns - 1] + "…")
