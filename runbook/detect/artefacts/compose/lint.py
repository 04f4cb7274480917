"""compose-lint: what it says about a Compose file, by its rules' ids.

Rules: https://tmatens.github.io/compose-lint/rules/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook.detect.artefacts.artefact import Reported
from runbook.detect.artefacts.compose.project import PIECE, project_of
from runbook.detect.artefacts.compose.storage import docker_socket_mounted

if TYPE_CHECKING:
    from runbook.detect.artefacts.artefact import Artefact

NAME = "compose_lint"
_DOCS = "https://tmatens.github.io/compose-lint/rules/"

_SEVERITY = {"critical": "low", "high": "low", "medium": "info", "low": "info"}
"""Its scale grades hardening, ours how soon something fails: what no signature describes is advice."""

_USUAL = frozenset({"CL-0001", "CL-0003", "CL-0005", "CL-0007", "CL-0008", "CL-0010", "CL-0013", "CL-0016", "CL-0019"})
"""Right in a hardened file and absent from most that are well made (monitoring agents need the host): advice."""

_LACKS = frozenset({"CL-0003", "CL-0006", "CL-0007", "CL-0026"})
"""What a service lacks, which says nothing of a file that is merged over another."""


def check(artefact: Artefact) -> list[Reported]:
    """What compose-lint finds. A file that it cannot read is not its business: the schema says why.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    from compose_lint.engine import FindingLimitError, run_rules  # noqa: PLC0415  0.04 s that only Compose files cost
    from compose_lint.parser import ComposeError, loads  # noqa: PLC0415

    project = project_of(artefact)
    if project.tree.problem is not None or project.tree.twice or not project.services:
        return []
    try:
        text = artefact.text
        if project.piece:
            text = f"services:\n  {PIECE}:\n" + "".join(f"    {line}\n" for line in artefact.lines)
        data, lines = loads(text, use_env=False)
        findings = run_rules(data, lines, on_error=_ignore)
    except FindingLimitError as error:
        findings = error.findings
    except (ComposeError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []
    above = 2 * project.piece
    sockets = {found.place.line + above for found in docker_socket_mounted(project)}  # that query knows more of these
    return [
        _reported(artefact, finding, above=above)
        for finding in findings
        if not finding.suppressed
        and not (finding.rule_id == "CL-0001" and finding.line in sockets)
        and not ((project.overlay or project.piece) and finding.rule_id in _LACKS)
    ]


def codes() -> frozenset[str]:
    """The ids of its rules."""
    from compose_lint.rules import get_registered_rules  # noqa: PLC0415  see above

    return frozenset(rule().metadata.id for rule in get_registered_rules())


def _ignore(_rule: str, _service: str, _error: Exception) -> None:
    """A rule of theirs that fails says nothing."""


def _reported(artefact: Artefact, finding: Any, *, above: int) -> Reported:
    """``above``: lines that were put before the file's own."""
    line = min(max((finding.line or 1) - above, 1), len(artefact.lines))
    text = artefact.lines[line - 1]
    code = finding.rule_id
    severity = _SEVERITY.get(finding.severity.value, "low")
    return Reported(
        NAME,
        code,
        line=line,
        column=len(text) - len(text.lstrip()) + 1,
        message=finding.message,
        link=f"{_DOCS}{code}/",
        severity="info" if code in _USUAL else severity,
        captures={"service": str(finding.service), "evidence": str(finding.evidence or "")},
    )
