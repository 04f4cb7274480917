"""The checklists a deployment starts from, as data. A team has its own in ``runbook.toml``, table ``[checklists]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runbook.model.settings import Settings

BEFORE = (
    "Documentation reviewed",
    "Backups created",
    "Testing completed",
    "Rollback plan documented",
    "Stakeholders notified",
)
"""What must be true before a deployment begins."""

AFTER = (
    "Health endpoint responding",
    "API endpoints functional",
    "Frontend loading",
    "Logs show no errors",
    "Monitoring alerts cleared",
)
"""What must be true before a deployment is called done."""

DEPLOYMENT = (
    "Read the documentation of what is being deployed",
    "Work on a feature branch",
    "Build the frontend",
    "Build the container image from the repository root",
    "Try it locally",
    "Start it beside production, with a name and port of its own",
    "Check there that it does what it should",
    "Merge once it is approved",
    "Deploy to production",
    "Check that production is healthy",
)
"""A deployment from reading to looking after it, one step a line."""

DOCUMENTS = (
    "README",
    "Dockerfile",
    "Compose file",
    "Database and storage configuration",
    "Build instructions",
)
"""What somebody signs to have read before a deployment."""


def before(settings: Settings) -> tuple[str, ...]:
    """The team's checks before a deployment."""
    return BEFORE if settings.checklists.before is None else tuple(settings.checklists.before)


def after(settings: Settings) -> tuple[str, ...]:
    """The team's checks after a deployment."""
    return AFTER if settings.checklists.after is None else tuple(settings.checklists.after)


def deployment(settings: Settings) -> tuple[str, ...]:
    """The team's deployment checklist."""
    return DEPLOYMENT if settings.checklists.deployment is None else tuple(settings.checklists.deployment)
