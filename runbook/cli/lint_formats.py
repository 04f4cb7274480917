"""Problems for machines: SARIF for code scanning, GitHub's annotations, GitLab's code quality report."""

from __future__ import annotations

from collections import Counter

from runbook.cli.annotations import annotation
from runbook.cli.output import emit_json, safe
from runbook.cli.sarif import log, uri

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from runbook.flow.lint import Linted
    from runbook.review.problem import Problem
    from runbook.review.rule import Rule

_SARIF_LEVEL = {"error": "error", "warning": "warning", "info": "note"}
_GITHUB_LEVEL = {"error": "error", "warning": "warning", "info": "notice"}
_GITLAB_SEVERITY = {"error": "critical", "warning": "minor", "info": "info"}


def sarif(result: Linted) -> dict[str, Any]:
    """The problems as a SARIF log, with every rule that spoke."""
    from runbook.flow.lint_rules import rules

    known = rules()
    spoke = list(dict.fromkeys(problem.rule for problem in result.problems))
    places = {code: index for index, code in enumerate(spoke)}
    results = [
        {
            "ruleId": problem.rule,
            "ruleIndex": places[problem.rule],
            "level": _SARIF_LEVEL[problem.severity],
            "message": {"text": f"{problem.message}. {_sentence(problem.hint)}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": uri(problem.file), "uriBaseId": "%SRCROOT%"},
                        "region": {"startLine": problem.line},
                    }
                }
            ],
            "partialFingerprints": {"runbook/v1": fingerprint},
        }
        for problem, fingerprint in zip(result.problems, fingerprints(result.problems), strict=True)
    ]
    return log([_rule(known[code]) for code in spoke], results)


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.reason},
        "help": {"text": _sentence(rule.fix), "markdown": f"{rule.reason}\n\n**What to do:** {_sentence(rule.fix)}"},
        "defaultConfiguration": {"level": _SARIF_LEVEL[rule.severity]},
    }


def workflow_commands(result: Linted) -> list[str]:
    """The problems as workflow commands, one a line."""
    return [
        annotation(
            _GITHUB_LEVEL[problem.severity],
            f"{problem.rule}: {problem.message}",
            _sentence(problem.hint),
            file=problem.file,
            line=problem.line,
        )
        for problem in result.problems
    ]


def code_quality(result: Linted) -> list[dict[str, Any]]:
    """The problems as GitLab's code quality report.

    Source of the format: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
    """
    return [
        {
            "description": f"{problem.message}. {_sentence(problem.hint)}",
            "check_name": problem.rule,
            "fingerprint": fingerprint,
            "severity": _GITLAB_SEVERITY[problem.severity],
            "location": {"path": problem.file, "lines": {"begin": problem.line}},
        }
        for problem, fingerprint in zip(result.problems, fingerprints(result.problems), strict=True)
    ]


def fingerprints(problems: list[Problem]) -> list[str]:
    """One for each problem, each its own: the second of the same kind at the same item has a number behind it."""
    seen: Counter[str] = Counter()
    found = []
    for problem in problems:
        number = seen[problem.fingerprint]
        seen[problem.fingerprint] += 1
        found.append(problem.fingerprint if not number else f"{problem.fingerprint}-{number}")
    return found


def _sentence(text: str) -> str:
    begin = text if text.startswith("runbook ") else text[:1].upper() + text[1:]  # a command to copy stays as it is
    return begin + ("" if text.endswith(("?", "!", ".")) else ".")


def _print_workflow_commands(result: Linted) -> None:
    for line in workflow_commands(result):
        print(safe(line))


FORMATS: dict[str, Callable[[Linted], None]] = {
    "sarif": lambda result: emit_json(sarif(result)),
    "github": _print_workflow_commands,
    "gitlab": lambda result: emit_json(code_quality(result)),
}
"""``--format`` -> who prints it."""
