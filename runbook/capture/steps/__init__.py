"""The steps of the interview, in the order in which they are asked. A new step is a module and a line here."""

from __future__ import annotations

from runbook.capture.steps import (
    actions,
    causes,
    changes,
    checks,
    commands,
    deployed,
    findings,
    impact,
    lessons,
    milestones,
    outcome,
    prevention,
    sign_off,
    timeline,
    verification,
    what,
)
from runbook.capture.steps.summary import summary_of

_INCIDENT = (
    what.STEP,
    milestones.STEP,
    timeline.STEP,
    commands.STEP,
    findings.STEP,
    impact.STEP,
    causes.STEP,
    prevention.STEP,
    actions.STEP,
    lessons.STEP,
)
_DEPLOYMENT = (
    changes.STEP,
    sign_off.STEP,
    checks.BEFORE,
    checks.PRACTICE,
    timeline.STEP,
    commands.STEP,
    deployed.STEP,
    verification.STEP,
    checks.AFTER,
    outcome.STEP,
    findings.STEP,
)

INCIDENT_STEPS = (*_INCIDENT, summary_of(_INCIDENT))
DEPLOYMENT_STEPS = (*_DEPLOYMENT, summary_of(_DEPLOYMENT))
