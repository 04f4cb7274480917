"""Findings for machines: SARIF 2.1.0 for code scanning, workflow commands for GitHub's annotations."""

from __future__ import annotations

from urllib.parse import quote

from runbook import __version__
from runbook.cli.output import emit_json

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
    """The findings as a SARIF log.

    Source of the format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
    """
    rules: dict[str, dict[str, Any]] = {}
    results = []
    for match in result.matches:
        rules.setdefault(match.signature, _rule(match))
        results.append(_result(match, list(rules).index(match.signature)))
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "runbook",
                        "semanticVersion": __version__,
                        "rules": list(rules.values()),
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _rule(match: Match) -> dict[str, Any]:
    if match.reported_by:
        theirs: dict[str, Any] = {
            "id": match.signature,
            "shortDescription": {"text": match.signature},
            "defaultConfiguration": {"level": _SARIF_LEVEL[match.severity], "rank": _RANK[match.severity]},
            "properties": {"tags": [match.reported_by], "severity": match.severity},
        }
        return {**theirs, "helpUri": match.link} if match.link else theirs
    return {
        "id": match.signature,
        "name": match.signature.rsplit("/", 1)[-1],
        "shortDescription": {"text": match.title},
        "fullDescription": {"text": match.summary},
        "help": {"text": match.fix, "markdown": match.fix},
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
            {"physicalLocation": {"artifactLocation": {"uri": _uri(match.source)}, "region": region}},
        ],
        "occurrenceCount": match.count,
        "properties": {"captures": match.captures, "verify": list(match.verify), "prevention": list(match.prevention)},
    }


def _uri(source: str) -> str:
    if source == "-":
        return "stdin"
    return f"file://{quote(source)}" if source.startswith("/") else quote(source.removeprefix("./"))


def workflow_commands(result: Scan) -> list[str]:
    """The findings as workflow commands, one a line.

    Source of the format: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
    """
    return [
        f"::{_GITHUB_LEVEL[match.severity]} file={_property(match.source)},line={max(match.line, 1)}"
        f",col={max(match.column, 1)},title={_property(f'{match.signature}: {match.title}')}"
        f"::{_data(f'{match.summary} Fix: {match.fix}' if match.fix else f'{match.title} {match.link}'.strip())}"
        for match in result.matches
    ]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _print_sarif(result: Scan) -> None:
    emit_json(sarif(result))


def _print_workflow_commands(result: Scan) -> None:
    for line in workflow_commands(result):
        print(line)


FORMATS: dict[str, Callable[[Scan], None]] = {"sarif": _print_sarif, "github": _print_workflow_commands}
"""``--format`` -> who prints it."""
