"""The ten rules: what each asks, which known failures say that it was not kept, and what helps to keep it.

They come from the incident this project was built from; docs/rules.md says what enforces each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["off", "warn", "stop"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        number: 1 to 10.
        name: in settings, ``[rules] backup = "stop"``.
        title: what it asks, in a few words.
        signatures: the known failures that say it was not kept.
        enforced: what looks after it.
        do: what to do to keep it.
    """

    number: int
    name: str
    title: str
    signatures: tuple[str, ...]
    enforced: str
    do: str


RULES = (
    Rule(
        1,
        "production",
        "Production is not changed by hand",
        ("practice/production-changed-directly",),
        "the guard on what `production` in the settings names; the timeline",
        "change a copy beside it: runbook audit compose PRODUCTION --write FILE",
    ),
    Rule(
        2,
        "documentation",
        "Documentation is read before a deployment, and signed for",
        ("practice/docs-not-reviewed",),
        "the sign-off in the deployment interview, with digests; the checklist documentation-review",
        "runbook checklist documentation-review, and the sign-off in the interview",
    ),
    Rule(
        3,
        "parallel",
        "A trial gets a deployment of its own",
        ("practice/no-parallel-deployment",),
        "`audit compose`; the timeline",
        "runbook audit compose PRODUCTION TRIAL",
    ),
    Rule(
        4,
        "backup",
        "A backup comes before a change",
        ("practice/destructive-without-backup",),
        "the guard; the timeline; `backup`",
        "runbook backup PATH… --reason TEXT",
    ),
    Rule(
        5,
        "three-strikes",
        "After three failures at the same thing, ask",
        ("practice/three-strikes", "practice/late-escalation"),
        "strikes, counted over everybody; said at 3, 5 and 8",
        "runbook log --kind escalation 'asked …'",
    ),
    Rule(
        6,
        "verification",
        "A change is verified",
        ("practice/not-verified",),
        "`verify`; the interview's checks after it; the timeline",
        "runbook verify post",
    ),
    Rule(
        7,
        "build-root",
        "Images are built from the repository's root",
        ("practice/built-from-subdirectory",),
        "the known failure docker/build-from-subdirectory, under the command; the timeline",
        "docker build -f path/to/Dockerfile . at the root",
    ),
    Rule(
        8,
        "environment",
        "Where the environment comes from is written down",
        ("practice/environment-not-audited",),
        "`audit env`; the checklist environment; the timeline",
        "runbook audit env --write",
    ),
    Rule(
        9,
        "review",
        "Somebody else reads a destructive command before it runs",
        ("practice/destructive-without-review",),
        "the guard, which takes a reviewer and a ticket; the timeline",
        "runbook run --reviewed-by NAME --ticket TICKET -- CMD…",
    ),
    Rule(
        10,
        "documents",
        "Every incident and deployment is written down as it happens",
        ("practice/silent-gap",),
        "recording, the interview, `lint`; the timeline",
        "runbook log TEXT, runbook run -- CMD…",
    ),
)

BY_NAME = {rule.name: rule for rule in RULES}
BY_SIGNATURE = {signature: rule for rule in RULES for signature in rule.signatures}
