"""The names a signature may use under ``timeline:`` and ``command:``. The rules themselves load when needed."""

from __future__ import annotations

TIMELINE_RULES: dict[str, str] = {
    "three-strikes": "strikes",
    "same-command-again": "strikes",
    "late-escalation": "strikes",
    "destructive-command": "destruction",
    "destructive-without-backup": "destruction",
    "destructive-without-review": "destruction",
    "production-changed-directly": "production",
    "no-parallel-deployment": "production",
    "config-not-versioned": "production",
    "change-during-incident": "changes",
    "not-verified": "changes",
    "environment-not-audited": "changes",
    "silent-gap": "conduct",
    "docs-not-reviewed": "conduct",
    "no-rollback-plan": "conduct",
    "built-from-subdirectory": "conduct",
    "manual-deployment": "images",
    "stale-build-cache": "images",
    "restart-does-not-recreate": "images",
    "postgres-forced": "storage",
    "root-owned-files": "storage",
    "shadowed-variable": "storage",
    "data-outside-mount": "storage",
}
"""Rule -> module below :mod:`runbook.detect.rules` that holds it."""

COMMAND_RULES: dict[str, str] = {
    "destructive": "takes away something that running or stored data depends on",
    "built-from-subdirectory": "changes into a folder and builds an image from there",
}
"""Rule over parsed commands -> what it recognises."""
