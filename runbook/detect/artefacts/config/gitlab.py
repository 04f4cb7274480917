"""The detector ``gitlab_ci``: a pipeline against the published schema, and stages and jobs that are not there."""

from __future__ import annotations

from typing import Any

from runbook.detect.artefacts.config.flavour import flavour
from runbook.detect.artefacts.config.schema import MAX_NODES, Broken, broken, nearest, report, validator_for
from runbook.detect.artefacts.yaml_syntax import tree_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.detect.artefacts.artefact import Artefact, Reported

DETECTOR = "gitlab_ci"
_CODES = frozenset({"unknown-key", "missing", "type", "value", "other", "unknown-stage", "unknown-need", "no-script"})
_STAGES = (".pre", "build", "test", "deploy", ".post")
_GLOBAL = frozenset(
    {"default", "include", "stages", "variables", "workflow", "image", "services", "cache", "spec", "pages", "types"}
    | {"before_script", "after_script"}
)


def codes() -> frozenset[str]:
    """What can be wrong."""
    return _CODES


def check(artefact: Artefact) -> list[Reported]:
    """What is wrong with a pipeline; nothing for other files.

    Raises:
        DetectorMissingError: the schema is not installed.
    """
    if flavour(artefact) != "gitlab-ci":
        return []
    tree = tree_of(artefact)
    if (
        tree.problem is not None
        or not tree.documents
        or tree.documents[-1].kind != "map"
        or tree.documents[-1].size > MAX_NODES
    ):
        return []  # the detector for YAML says why
    root = tree.documents[-1]  # a `spec:` header may stand before it
    value = root.value()
    found = [report(DETECTOR, root, one) for one in broken(validator_for("gitlab-ci"), value)]
    if "include" not in value:  # what is included is not here to be looked at
        found += [report(DETECTOR, root, one) for one in _references(value)]
    return found


def _references(pipeline: dict[str, Any]) -> Iterator[Broken]:
    jobs = {name: job for name, job in pipeline.items() if name not in _GLOBAL and isinstance(job, dict)}
    named = pipeline.get("stages")
    stages = [".pre", *(str(each) for each in named), ".post"] if isinstance(named, list) else list(_STAGES)
    for name, job in jobs.items():
        stage = job.get("stage")
        if isinstance(stage, str) and stage not in stages and "$" not in stage:
            message = f"the stage {stage!r} is not under stages{nearest(stage, stages)}"
            yield Broken((name, "stage"), "unknown-stage", message, stage)
        for key in ("needs", "dependencies", "extends"):
            value = job.get(key)
            for at, need in enumerate(value if isinstance(value, list) else [value]):
                wanted = need.get("job") if isinstance(need, dict) and not {"project", "pipeline"} & set(need) else need
                if isinstance(wanted, str) and wanted not in pipeline and "$" not in wanted:
                    path = (name, key, at) if isinstance(value, list) else (name, key)
                    yield Broken(
                        path, "unknown-need", f"there is no job {wanted!r}{nearest(wanted, list(jobs))}", wanted
                    )
        if not name.startswith(".") and not {"script", "trigger", "run", "extends", "<<"} & set(job):
            yield Broken((name,), "no-script", "a job needs script: or trigger:", name)
