"""Findings for machines: SARIF 2.1.0 for code scanning, workflow commands for GitHub's annotations."""

from __future__ import annotations

from runbook.cli.annotations import annotation
from runbook.cli.output import emit_json
from runbook.cli.sarif import log, uri
from runbook.flow.baseline import fingerprint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from runbook.flow.scan import Scan
    from runbook.model.match import Match

_SARIF_LEVEL = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
_GITHUB_LEVEL = {"critical": "error", "high": "error", "medium": "warning", "low": "notice", "info": "notice"}
_RANK = {"critical": 95.0, "high": 75.0, "medium": 50.0, "low": 25.0, "info": 5.0}


def sarif(result: Scan) -> dict[str, Any]:
    """The findings as a SARIF log."""
    rules: dict[str, dict[str, Any]] = {}
    places: dict[str, int] = {}
    results = []
    for match in result.matches:
        if match.signature not in rules:
            places[match.signature] = len(rules)
            rules[match.signature] = _rule(match, result)
        results.append(_result(match, places[match.signature]))
    return log(rules.values(), results, unread=result.skipped, finished=not result.interrupted)


def _rule(match: Match, result: Scan) -> dict[str, Any]:
    if match.reported_by:
        theirs: dict[str, Any] = {
            "id": match.signature,
            "shortDescription": {"text": match.signature},
            "defaultConfiguration": {"level": _SARIF_LEVEL[match.severity], "rank": _RANK[match.severity]},
            "properties": {"tags": [match.reported_by], "severity": match.severity},
        }
        return {**theirs, "helpUri": match.link} if match.link else theirs
    references = result.references(match.signature)
    more = "".join(f"\n- <{reference}>" for reference in references)
    return {
        **({"helpUri": references[0]} if references else {}),
        "id": match.signature,
        "name": match.signature.rsplit("/", 1)[-1],
        "shortDescription": {"text": match.title},
        "fullDescription": {"text": match.summary},
        "help": {"text": match.fix, "markdown": f"{match.fix}\n\nRead more:\n{more}" if more else match.fix},
        "defaultConfiguration": {"level": _SARIF_LEVEL[match.severity], "rank": _RANK[match.severity]},
        "properties": {"tags": [match.signature.split("/")[0]], "severity": match.severity},
    }


def _result(match: Match, rule: int) -> dict[str, Any]:
    start, end = match.span
    region: dict[str, Any] = {
        "startLine": max(match.line, 1),
        "startColumn": max(match.column, 1),
        "snippet": {"text": match.excerpt},
    }
    if end > start:
        region["endColumn"] = region["startColumn"] + end - start
    return {
        "ruleId": match.signature,
        "ruleIndex": rule,
        "level": _SARIF_LEVEL[match.severity],
        "message": {"text": " ".join((match.title.rstrip(".") + ".", match.summary)).strip()},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": uri(match.source)}, "region": region}},
        ],
        "partialFingerprints": {"runbook/v1": fingerprint(match.signature, uri(match.source), match.excerpt)},
        "occurrenceCount": match.count,
        "properties": {"captures": match.captures, "verify": list(match.verify), "prevention": list(match.prevention)},
    }


def workflow_commands(result: Scan) -> list[str]:
    """The findings as workflow commands, one a line."""
    return [_annotation(match) for match in result.matches]


def _annotation(match: Match) -> str:
    """One finding; without a place where it comes from a pipe, which is no file of the repository."""
    text = f"{match.summary} Fix: {match.fix}" if match.fix else f"{match.title} {match.link}".strip()
    start, end = match.span
    column = max(match.column, 1)
    return annotation(
        _GITHUB_LEVEL[match.severity],
        f"{match.signature}: {match.title}",
        text,
        file="" if match.source == "-" else match.source,
        line=match.line,
        column=column,
        end_column=column + end - start if end > start else 0,
    )


def _print_sarif(result: Scan) -> None:
    emit_json(sarif(result))


def _print_workflow_commands(result: Scan) -> None:
    for line in workflow_commands(result):
        print(line)


FORMATS: dict[str, Callable[[Scan], None]] = {"sarif": _print_sarif, "github": _print_workflow_commands}
"""``--format`` -> who prints it."""
