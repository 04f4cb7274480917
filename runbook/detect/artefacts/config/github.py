"""The detector ``github_actions``: workflows against the published schema, and jobs that need one that is not there."""

from __future__ import annotations

from typing import Any

from runbook.detect.artefacts.config.flavour import flavour
from runbook.detect.artefacts.config.schema import MAX_NODES, Broken, broken, nearest, report, validator_for
from runbook.detect.artefacts.yaml_syntax import tree_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.detect.artefacts.artefact import Artefact, Reported
    from runbook.detect.artefacts.yamltree import Node

DETECTOR = "github_actions"
_CODES = frozenset({"unknown-key", "missing", "type", "value", "other", "unknown-need"})


def codes() -> frozenset[str]:
    """What can be wrong."""
    return _CODES


def check(artefact: Artefact) -> list[Reported]:
    """What is wrong with a workflow; nothing for other files.

    Raises:
        DetectorMissingError: the schema is not installed.
    """
    if flavour(artefact) != "github-workflow":
        return []
    tree = tree_of(artefact)
    if tree.problem is not None or tree.root is None or tree.root.kind != "map" or tree.root.size > MAX_NODES:
        return []  # the detector for YAML says why
    value = tree.root.value()
    wrong = broken(validator_for("github-workflows"), value)
    found = [report(DETECTOR, tree.root, one) for one in wrong if not _accepted(one, value)]
    return [*found, *_needs(tree.root, value)]


def _accepted(one: Broken, value: Any) -> bool:
    """Whether GitHub takes what the schema refuses: it reads some keys later, and more kindly.

    An expression may stand for a whole ``strategy`` or the like, a strategy may only bound how many jobs run at once,
    and an input or a variable without a value is an empty text.
    Source: the definitions that GitHub's own runner reads workflows by, workflow-v1.0.json of actions/runner.
    """
    if len(one.path) < _IN_A_JOB or one.path[0] != "jobs":
        return False
    if one.what == "missing":
        return one.path[2:] == ("strategy",) and one.key == "matrix"
    if one.what != "type":
        return False
    for part in one.path:
        value = value[part]
    if value is None:
        return one.path[-2] in {"with", "env"}
    return isinstance(value, str) and value.strip().startswith("${{") and one.path[2:] in _MAY_BE_COMPUTED


_IN_A_JOB = 3
_MAY_BE_COMPUTED = {(name,) for name in ("strategy", "container", "services", "env", "concurrency", "environment")}


def _needs(root: Node, value: dict[str, Any]) -> Iterator[Reported]:
    jobs = value.get("jobs")
    if not isinstance(jobs, dict):
        return
    for name, job in jobs.items():
        needs = job.get("needs") if isinstance(job, dict) else None
        listed = [needs] if isinstance(needs, str) else needs if isinstance(needs, list) else []
        for at, need in enumerate(listed):
            if isinstance(need, str) and need not in jobs and "${{" not in need:
                path = ("jobs", name, "needs", at) if isinstance(needs, list) else ("jobs", name, "needs")
                message = f"there is no job {need!r}{nearest(need, list(jobs))}"
                yield report(DETECTOR, root, Broken(path, "unknown-need", message, need))
