"""What was interrupted on this machine beside an interview, and how each is ended."""

from __future__ import annotations

from runbook.flow.play import state_folder
from runbook.flow.rollback import interrupted_rollback
from runbook.record.plays import unfinished

MOST_PLAYS = 3
"""Runbooks that are named; more would hide the newest."""


def interrupted(repo: str | None) -> list[str]:
    """A sentence for a rollback that was interrupted and for each runbook that is not over, the newest first."""
    found = []
    if backup := interrupted_rollback():
        found.append(
            f"a rollback to backup {backup[-6:]} was interrupted:"
            " `runbook rollback --resume` ends it, --undo takes it back"
        )
    plays = unfinished(state_folder(repo))[:MOST_PLAYS]
    return found + [
        f"the runbook “{each.title}” is not over: `runbook guide play {each.path}` goes on" for each in plays
    ]
