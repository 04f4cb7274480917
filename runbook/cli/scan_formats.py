"""Findings for machines: SARIF 2.1.0 for code scanning, workflow commands for GitHub's annotations."""

from __future__ import annotations

from urllib.parse import quote

from runbook import __version__
from runbook.cli.output import emit_json
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
    """The findings as a SARIF log.

    Source of the format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
    """
    rules: dict[str, dict[str, Any]] = {}
    places: dict[str, int] = {}
    results = []
    for match in result.matches:
        if match.signature not in rules:
            places[match.signature] = len(rules)
            rules[match.signature] = _rule(match, result)
        results.append(_result(match, places[match.signature]))
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
                "invocations": [
                    {
                        "executionSuccessful": not result.interrupted,
                        "toolExecutionNotifications": [
                            {
                                "level": "note",
                                "message": {"text": f"not read: {reason}"},
                                "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(path)}}}],
                            }
                            for path, reason in result.skipped
                        ],
                    }
                ],
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


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
            {"physicalLocation": {"artifactLocation": {"uri": _uri(match.source)}, "region": region}},
        ],
        "partialFingerprints": {"runbook/v1": fingerprint(match.signature, _uri(match.source), match.excerpt)},
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
    return [_annotation(match) for match in result.matches]


def _annotation(match: Match) -> str:
    """One finding; without a place where it comes from a pipe, which is no file of the repository."""
    title = f"title={_property(f'{match.signature}: {match.title}')}"
    place = ""
    if match.source != "-":
        place = f"file={_property(match.source.removeprefix('./'))},line={max(match.line, 1)},"
        place += f"col={max(match.column, 1)},"
        start, end = match.span
        if end > start:
            place += f"endColumn={max(match.column, 1) + end - start},"
    text = f"{match.summary} Fix: {match.fix}" if match.fix else f"{match.title} {match.link}".strip()
    return f"::{_GITHUB_LEVEL[match.severity]} {place}{title}::{_data(text)}"


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
