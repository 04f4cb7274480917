"""Which sections a report must have, by what it is and how far it has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.model.record import Incident

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument
    from runbook.review.subject import Subject

ALWAYS = ("summary", "impact", "timeline")
"""What an incident's report has from the first day."""
WHEN_OVER = ("causes", "resolution", "actions")
"""What it has once the incident is over."""
OVER = frozenset({"resolved", "in-review", "closed"})
BEFORE_DEPLOYMENT = ("changes", "rollback_plan")
AFTER_DEPLOYMENT = ("steps", "verification")
INCIDENT_SECTIONS = (
    "summary", "impact", "impact.systems", "impact.users", "impact.data_loss", "timeline", "commands", "causes",
    "factors", "resolution", "rollback", "prevention", "lessons", "lessons.went_well", "lessons.went_wrong",
    "lessons.lucky", "actions", "references", "lead",
)  # fmt: skip
DEPLOYMENT_SECTIONS = (
    "changes", "pre_checks", "practice_checks", "sign_off", "steps", "verification", "post_checks", "issues",
    "rollback_plan", "timeline", "commands", "references", "deployer", "reviewer",
)  # fmt: skip
DEPLOYED = frozenset({"success", "failed", "rolled-back"})


def section_names(document: AnyDocument) -> dict[str, bool]:
    """The sections that settings may name -> whether they hold anything."""
    if isinstance(document, Incident):
        impact, lessons = document.impact, document.lessons
        return {
            "summary": bool(document.summary.strip()),
            "impact": bool(impact.systems or (impact.users + impact.data_loss + impact.description).strip()),
            "impact.systems": bool(impact.systems),
            "impact.users": bool(impact.users.strip()),
            "impact.data_loss": bool(impact.data_loss.strip()),
            "timeline": bool(document.timeline),
            "commands": bool(document.commands),
            "causes": bool(document.causes),
            "factors": bool(document.factors),
            "resolution": bool(document.resolution.strip()),
            "rollback": bool(document.rollback.strip()),
            "prevention": bool(document.prevention),
            "lessons": bool(lessons.went_well or lessons.went_wrong or lessons.lucky),
            "lessons.went_well": bool(lessons.went_well),
            "lessons.went_wrong": bool(lessons.went_wrong),
            "lessons.lucky": bool(lessons.lucky),
            "actions": bool(document.actions),
            "references": bool(document.references or document.links),
            "lead": bool(document.lead.strip()),
        }
    return {
        "changes": bool(document.changes.strip()),
        "pre_checks": bool(document.pre_checks),
        "practice_checks": bool(document.practice_checks),
        "sign_off": bool(document.sign_off.by.strip()),
        "steps": bool(document.steps),
        "verification": bool(document.verification.strip()),
        "post_checks": bool(document.post_checks),
        "issues": bool(document.issues),
        "rollback_plan": bool(document.rollback_plan.strip()),
        "timeline": bool(document.timeline),
        "commands": bool(document.commands),
        "references": bool(document.references or document.links),
        "deployer": bool(document.deployer.strip()),
        "reviewer": bool(document.reviewer.strip()),
    }


def required(subject: Subject) -> tuple[str, ...]:
    """The sections this document must have: the team's list, else ours for its status."""
    lint, document = subject.settings.lint, subject.document
    if isinstance(document, Incident):
        if lint.required is not None:
            return tuple(lint.required)
        return ALWAYS + (WHEN_OVER if document.status in OVER else ())
    if lint.required_deployment is not None:
        return tuple(lint.required_deployment)
    return BEFORE_DEPLOYMENT + (AFTER_DEPLOYMENT if document.status in DEPLOYED else ())


def known_sections(kind: str) -> tuple[str, ...]:
    """The names that ``lint.required`` (``incident``) or ``lint.required_deployment`` (``deployment``) may hold."""
    return INCIDENT_SECTIONS if kind == "incident" else DEPLOYMENT_SECTIONS
