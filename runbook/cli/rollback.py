"""``runbook rollback``: put a backup back, verify, and undo that when it fails."""

from __future__ import annotations

import sys
from datetime import datetime

from runbook.cli.backup import near
from runbook.cli.output import add_document, add_format, emit_json, is_terminal, note, paint, parser, safe
from runbook.errors import EXIT_FINDINGS, BadInputError, InterruptedByUserError
from runbook.flow import rollback as flow
from runbook.flow.backup import open_desk, short_id
from runbook.model.text import count_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from runbook.flow.rollback import Outcome
    from runbook.operate.restore import Change, Plan

_LINES = 40
"""Lines of one file's difference that are shown before the rest is only counted."""


def run(argv: list[str]) -> int:
    """Show the difference, ask, restore, verify."""
    arguments = parser(
        "rollback",
        "Put files back as a backup holds them. The difference is shown first, and what is replaced is kept.\n"
        "Everything is made ready beside its place before the first file changes; nothing that runs is stopped.",
        epilog="examples:\n  runbook rollback                      the newest backup\n"
        "  runbook rollback docker-compose.yml   the newest backup that holds it\n"
        "  runbook rollback 7K2M9Q --then 'docker compose up -d'\n\n"
        "Exit status 1: it was undone, because the command after it or the verification failed.",
    )
    arguments.add_argument("wanted", metavar="BACKUP|PATH", nargs="*", help="a backup's id, or the paths to put back")
    arguments.add_argument("--dry-run", action="store_true", help="show the difference, change nothing")
    arguments.add_argument("--exact", action="store_true", help="also remove files that were not there then")
    arguments.add_argument("--then", metavar="CMD", help="run this afterwards (default: backup.then in runbook.toml)")
    verified = arguments.add_mutually_exclusive_group()
    verified.add_argument("--verify", metavar="NAME", help="verify with [verify.NAME] (default: post, if declared)")
    verified.add_argument("--no-verify", action="store_true", help="restore and leave it at that")
    arguments.add_argument("--yes", "-y", action="store_true", help="do not ask")
    going_on = arguments.add_mutually_exclusive_group()
    going_on.add_argument("--resume", action="store_true", help="finish a rollback that was interrupted")
    going_on.add_argument("--undo", action="store_true", help="take back a rollback that was interrupted")
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args(argv)
    if options.resume or options.undo:
        if options.wanted or options.exact or options.dry_run:
            raise BadInputError("an interrupted rollback knows what it was doing", hint="runbook rollback --resume")
        return _report(_go_on(options), options)
    plan = flow.plan_rollback(options.wanted, exact=options.exact)
    if options.format == "text":
        _show(plan, options)
    if not plan.changes or options.dry_run:
        if options.format == "json":
            emit_json(_plan_json(plan))
        return 0
    if not options.yes and not _agreed(plan):
        note("nothing was changed")
        return 0
    outcome = flow.carry_out(
        plan,
        verify=flow.verification(options.verify, options.repo, wanted=not options.no_verify),
        then=_then(options),
        identifier=options.id,
        repo=options.repo,
        tell=_tell(options),
    )
    return _report(outcome, options)


def _go_on(options: argparse.Namespace) -> Outcome:
    if options.undo:
        return flow.undo_rollback(then=_then(options), identifier=options.id, repo=options.repo, tell=_tell(options))
    return flow.resume_rollback(
        verify=flow.verification(options.verify, options.repo, wanted=not options.no_verify),
        then=_then(options),
        identifier=options.id,
        repo=options.repo,
        tell=_tell(options),
    )


def _then(options: argparse.Namespace) -> str:
    return flow.configured_then(options.repo) if options.then is None else str(options.then)


def _tell(options: argparse.Namespace) -> flow.Tell:
    return note if options.format == "text" else (lambda _line: None)


def _show(plan: Plan, options: argparse.Namespace) -> None:
    backup = plan.backup
    at = datetime.fromisoformat(backup.at)
    why = f" ({backup.reason})" if backup.reason else ""
    head = f"backup {short_id(backup.id)} of {at:%Y-%m-%d %H:%M}{why}"
    said = count_of(len(plan.changes), "change") if plan.changes else "everything is as it was then"
    print(safe(f"{head}: {said}"))
    desk = open_desk(options.id, options.repo)
    for change in plan.changes:
        _show_change(change, flow.shown_difference(change, desk))
    for path in plan.extra[:10]:
        print(safe(f"  {near(path)}  was not there then; it stays (--exact removes it)"))
    if len(plan.extra) > 10:
        print(f"  … and {len(plan.extra) - 10} more files that were not there then")


def _show_change(change: Change, lines: list[str]) -> None:
    if len(lines) == 1:
        print(safe(f"  {near(change.path)}  {lines[0]}"))
        return
    print(safe(f"  {near(change.path)}"))
    for line in lines[:_LINES]:
        colour = {"-": "red", "+": "green", "@": "cyan"}.get(line[:1])
        text = safe(f"    {line}")
        print(paint(text, colour) if colour else text)
    if len(lines) > _LINES:
        print(f"    … {len(lines) - _LINES} more lines")


def _agreed(plan: Plan) -> bool:
    if not is_terminal(sys.stdin, sys.stderr):
        raise BadInputError(
            "nothing was changed: there is nobody here to ask", hint="add --yes to go on, or --dry-run to look only"
        )
    try:
        print(f"make {count_of(len(plan.changes), 'change')}? [y/N] ", end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        raise InterruptedByUserError("") from None
    return answer.strip().lower() in {"y", "yes"}


def _report(outcome: Outcome, options: argparse.Namespace) -> int:
    if options.format == "json":
        emit_json(
            {
                "backup": outcome.backup.id,
                "kept": outcome.kept.id,
                "changed": outcome.changed,
                "problems": outcome.problems,
                "undone": outcome.undone,
                "verified": outcome.verified,
            }
        )
    elif outcome.undone:
        for problem in outcome.problems:
            note(f"  {problem}")
        print("undone: the files are as they were before the rollback")
    else:
        print(safe(f"rolled back to {short_id(outcome.backup.id)}: {count_of(len(outcome.changed), 'change')}"))
        print(f"  undo with: runbook rollback {short_id(outcome.kept.id)}")
    return EXIT_FINDINGS if outcome.undone else 0


def _plan_json(plan: Plan) -> dict[str, Any]:
    return {
        "backup": plan.backup.id,
        "changes": [{"path": change.path, "action": change.action} for change in plan.changes],
        "extra": list(plan.extra),
    }
