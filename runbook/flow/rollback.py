"""Rolling back: look at the difference, keep what is replaced, restore, verify, and undo it all when that fails."""

from __future__ import annotations

import os
import subprocess

from runbook.errors import BadInputError, CheckFailedError, NotFoundError, StorageError
from runbook.flow.backup import label, open_desk, short_id, vault_folder
from runbook.flow.desk import find_place
from runbook.flow.settings import load_settings
from runbook.operate import backup as taking
from runbook.operate import restore, vault
from runbook.operate.difference import difference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runbook.flow.desk import Desk
    from runbook.model.backup import Backup
    from runbook.operate.restore import Change, Plan

    Verify = Callable[[], list[str]]
    Tell = Callable[[str], None]


AFTERWARDS = "post"
"""The verification that a rollback runs unless another one is named."""


class Outcome:
    """What became of a rollback. Treat as frozen.

    Attributes:
        backup: what was restored.
        kept: the backup of what was replaced; rolling back to it undoes this.
        changed: the paths that changed.
        problems: what the verification found, or what the command after it said; empty where all is well.
        undone: whether it was undone because of them.
        verified: whether anything was verified at all.
    """

    __slots__ = ("backup", "changed", "kept", "problems", "undone", "verified")

    def __init__(
        self, backup: Backup, kept: Backup, changed: list[str], problems: list[str], *, verified: bool
    ) -> None:
        self.backup = backup
        self.kept = kept
        self.changed = changed
        self.problems = problems
        self.undone = bool(problems)
        self.verified = verified


def plan_rollback(wanted: Sequence[str], *, exact: bool = False) -> Plan:
    """What rolling back would change.

    Args:
        wanted: a backup's id, or paths: the newest backup that holds them. Nothing: the newest of all.
        exact: also remove files that were not there when the backup was taken.

    Raises:
        NotFoundError: there is no such backup.
        BadInputError: a rollback was interrupted and waits to be finished.
    """
    folder = vault_folder()
    if restore.unfinished(folder) is not None:
        raise BadInputError(
            "a rollback was interrupted and waits",
            hint="runbook rollback --resume finishes it, runbook rollback --undo takes it back",
        )
    if len(wanted) == 1 and not os.path.lexists(wanted[0]):
        try:
            return restore.plan(folder, vault.find(folder, wanted[0]), exact=exact)
        except NotFoundError:
            if "/" not in wanted[0] and len(wanted[0]) >= 4 and wanted[0].isalnum():
                raise
    backup = vault.newest_of(folder, wanted)
    return restore.plan(folder, backup, only=wanted, exact=exact)


def shown_difference(change: Change, desk: Desk | None) -> list[str]:
    """The change as lines for a screen, secrets taken out."""
    from runbook.record.key import redaction_key
    from runbook.redact.door import Door

    door = Door(redaction_key) if desk is None else desk.door
    return door.clean("\n".join(difference(change))).splitlines()


def carry_out(
    plan: Plan,
    *,
    verify: Verify | None = None,
    then: str = "",
    identifier: str | None = None,
    repo: str | None = None,
    tell: Tell = lambda _line: None,
) -> Outcome:
    """Keep what is replaced, restore, run ``then``, verify; undo all of it when one of them fails.

    Args:
        plan: what :func:`plan_rollback` found.
        verify: the verification; it returns what is wrong. None: nothing is verified.
        then: a shell command that makes what runs read its files again.
        identifier: the document whose timeline says so; the open one, if there is one.
        repo: as ``--repo``.
        tell: told each step as it begins.

    Raises:
        CheckFailedError: the backup is damaged; nothing was changed.
        StorageError: the disk refused; nothing was changed.
    """
    desk = open_desk(identifier, repo)
    folder = vault_folder()
    with vault.locked(folder):
        vault.require_whole(folder, plan.backup)
        kept = taking.take(
            folder,
            [change.path for change in plan.changes],
            label(desk, f"what the rollback to {short_id(plan.backup.id)} replaced", replaces=plan.backup.id),
            shallow=True,
        )
        tell(f"kept what is replaced as {short_id(kept.id)}")
        restore.apply(folder, plan, kept=kept.id)
        return _settle(folder, plan.backup, kept, verify=verify, then=then, desk=desk, tell=tell)


def resume_rollback(
    *,
    verify: Verify | None = None,
    then: str = "",
    identifier: str | None = None,
    repo: str | None = None,
    tell: Tell = lambda _line: None,
) -> Outcome:
    """Finish a rollback that was interrupted: what was made ready goes to its place, then as :func:`carry_out`.

    Raises:
        NotFoundError: none was interrupted.
    """
    desk = open_desk(identifier, repo)
    folder = vault_folder()
    with vault.locked(folder):
        backup, kept = _interrupted(folder)
        tell(f"finishing the rollback to {short_id(backup.id)}")
        restore.finish(folder)
        return _settle(folder, backup, kept, verify=verify, then=then, desk=desk, tell=tell)


def undo_rollback(
    *, then: str = "", identifier: str | None = None, repo: str | None = None, tell: Tell = lambda _line: None
) -> Outcome:
    """Take an interrupted rollback back: the files are as they were before it began.

    Raises:
        NotFoundError: none was interrupted.
        CheckFailedError: the copy of what was replaced is damaged.
    """
    desk = open_desk(identifier, repo)
    folder = vault_folder()
    with vault.locked(folder):
        backup, kept = _interrupted(folder)
        restore.discard_ready(folder)
        return _undo(folder, backup, kept, ["it was interrupted"], then=then, desk=desk, tell=tell)


def configured_then(repo: str | None) -> str:
    """The command that the team's settings run after a rollback (``backup.then``)."""
    return load_settings(find_place(repo).repository).backup.then


def verification(name: str | None, repo: str | None, *, wanted: bool = True) -> Verify | None:
    """What verifies a rollback: ``[verify.NAME]``, or ``[verify.post]`` where nothing is named and there is one.

    Raises:
        BadInputError: the named one is not declared. Asked before anything is changed.
    """
    from runbook.flow import verify as flow

    if not wanted or (name is None and AFTERWARDS not in flow.declared(repo)):
        return None
    chosen = name or AFTERWARDS
    flow.find_verification(chosen, repo)
    return lambda: flow.problems(chosen, repo)


def interrupted_rollback() -> str:
    """The id of the backup that was being restored when a rollback was interrupted, or nothing."""
    intent = restore.unfinished(vault_folder())
    return "" if intent is None else intent["backup"]


def _interrupted(folder: str) -> tuple[Backup, Backup]:
    intent = restore.unfinished(folder)
    if intent is None:
        raise NotFoundError("no rollback was interrupted", hint="runbook backup --list shows what can be restored")
    return vault.load(folder, intent["backup"]), vault.load(folder, intent["kept"])


def _settle(
    folder: str, backup: Backup, kept: Backup, *, verify: Verify | None, then: str, desk: Desk | None, tell: Tell
) -> Outcome:
    problems = _run(then, desk, tell)
    if not problems and verify is not None:
        tell("verifying")
        problems = verify()
    if problems:
        return _undo(folder, backup, kept, problems, then=then, desk=desk, tell=tell)
    restore.forget(folder)
    outcome = Outcome(backup, kept, [path.path for path in kept.paths], [], verified=verify is not None)
    _record(desk, outcome)
    return outcome


def _undo(
    folder: str, backup: Backup, kept: Backup, problems: list[str], *, then: str, desk: Desk | None, tell: Tell
) -> Outcome:
    tell("undoing it")
    try:
        restore.apply(folder, restore.plan(folder, kept, exact=True), kept=backup.id)
    except (CheckFailedError, StorageError) as error:
        error.hint = f"the rollback could not be undone; what it replaced is in {os.path.join(folder, kept.id)}"
        raise
    restore.forget(folder)
    again = _run(then, desk, tell)
    outcome = Outcome(
        backup, kept, [path.path for path in kept.paths], [*problems, *(f"after undoing: {each}" for each in again)],
        verified=True,
    )  # fmt: skip
    _record(desk, outcome)
    return outcome


def _run(command: str, desk: Desk | None, tell: Tell) -> list[str]:
    """Run the command that makes things read their files again; on record, where something is open.

    Returns:
        Its failure as a problem.
    """
    if not command:
        return []
    tell(f"$ {command}")
    argv = ["/bin/sh", "-c", command]
    if desk is None:
        status = subprocess.run(argv, check=False, stdin=subprocess.DEVNULL).returncode
    else:
        from runbook.flow.run import run_command

        status = run_command(
            argv, line=command, tell=tell, identifier=desk.id, repo=desk.place.repository
        ).outcome.exit_status
    return [] if status == 0 else [f"`{command}` ended with exit {status}"]


def _record(desk: Desk | None, outcome: Outcome) -> None:
    if desk is None:
        return
    changed = ", ".join(outcome.changed[:4]) + (
        f" and {len(outcome.changed) - 4} more" if len(outcome.changed) > 4 else ""
    )
    head = f"Rolled back {changed} to backup {short_id(outcome.backup.id)}"
    if outcome.undone:
        text = f"{head}, then undid it: {'; '.join(outcome.problems)}"
    else:
        text = f"{head}{', verified' if outcome.verified else ', not verified'}; undo with {short_id(outcome.kept.id)}"
    desk.append("rollback", {"text": text, "backup": outcome.backup.id, "kept": outcome.kept.id})
