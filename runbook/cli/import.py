# ruff: noqa: N999  verbs and their modules have one name, and this one is a word of Python's
"""``runbook import``: history, chat, alerts, journals, recordings and git become entries of the timeline."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

from runbook.cli.output import add_document, add_format, clip, emit_json, is_terminal, note, paint, parser, safe, width
from runbook.errors import BadInputError, InterruptedByUserError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable
    from datetime import datetime

    from runbook.flow.desk import Desk
    from runbook.flow.import_plan import Pending, Plan
    from runbook.flow.import_record import Imports

_EPILOG = """\
formats: {formats}.
docs/importing.md says how to get each file and what becomes of it.

examples:
  runbook import ~/.zsh_history                 the commands of the incident's time
  runbook import slack export.zip --grep '^#ops'
  journalctl -u nginx -o json --since 09:00 | runbook import - --yes
  runbook import git ~/src/shop --since 'yesterday 18:00'
"""
_HEAD = 12
_TAIL = 4


def run(argv: list[str]) -> int:
    """Plan, show, ask, record."""
    options = _options(argv)

    from runbook.flow.desk import open_document
    from runbook.flow.import_record import record, take_back
    from runbook.flow.importing import Wanted, prepare

    desk = open_document(options.id, options.repo)
    as_json = options.format == "json"
    if options.undo:
        taken = take_back(desk)
        if as_json:
            emit_json({"id": desk.id, "undone": [entry.id for entry in taken]})
        else:
            print(safe(f"{desk.id}  took back {_entries(len(taken))} of the last import"))
        return 0
    pipe = options.path == "-"
    plan = prepare(
        desk,
        Wanted(
            None if pipe else options.path,
            pipe=sys.stdin.buffer if pipe else None,
            format=options.kind,
            since=desk.when(options.since) if options.since else None,
            until=desk.when(options.until) if options.until else None,
            everything=options.all,
            grep=options.grep or "",
            most=options.max,
            zone=options.zone or "",
            began=desk.when(options.at) if options.at else None,
            companion=options.timing,
            progress=_progress() if is_terminal(sys.stderr) else None,
        ),
    )
    if plan.beyond:
        _report(plan, desk)
        raise BadInputError(
            f"that would be {len(plan.entries) + plan.beyond} entries, more than {options.max}; nothing was added",
            hint="say what matters with --since, --until or --grep, or allow more with --max N",
        )
    if not as_json or (not options.yes and not options.dry_run):
        _show(plan, desk)
    if options.dry_run or not plan.entries:
        if as_json:
            emit_json(_as_json(desk, plan, None, dry_run=options.dry_run))
        return 0
    if not options.yes and not _agreed(plan, desk):
        note("nothing was added")
        return 0
    done = record(desk, plan)
    if as_json:
        emit_json(_as_json(desk, plan, done, dry_run=False))
    else:
        _tell(desk, done)
    return 0


def _options(argv: list[str]) -> Namespace:
    help_wanted = "-h" in argv or "--help" in argv
    arguments = parser(
        "import",
        "Add what other programs recorded. Shows what would be added and asks; without a terminal, --yes says so.\n"
        "Importing the same again adds nothing. Only the incident's time is taken, an hour around it included.",
        epilog=_EPILOG.format(formats=_formats()) if help_wanted else "",
    )
    arguments.add_argument("what", nargs="*", metavar="[FORMAT] FILE", help="a file, a folder, or - for a pipe")
    arguments.add_argument("--since", metavar="TIME", help="nothing before (default: an hour before the start)")
    arguments.add_argument("--until", metavar="TIME", help="nothing after (default: an hour after the end, or now)")
    arguments.add_argument("--all", action="store_true", help="whatever its time")
    arguments.add_argument("--grep", metavar="PATTERN", help="only entries whose text contains this (RE2)")
    arguments.add_argument("--zone", metavar="ZONE", help="for times without a zone (default: the incident's)")
    arguments.add_argument("--at", metavar="TIME", help="when a recording began, if it does not say so")
    arguments.add_argument("--timing", metavar="FILE", help="the timing file of a typescript of script(1)")
    arguments.add_argument("--max", metavar="N", type=int, default=500, help="allow this many entries (default: 500)")
    arguments.add_argument("--dry-run", action="store_true", help="show what would be added, add nothing")
    arguments.add_argument("--yes", "-y", action="store_true", help="add without asking")
    arguments.add_argument("--undo", action="store_true", help="take the last import back, as a whole")
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args(argv)
    if options.undo and options.what:
        arguments.error("--undo takes the last import back; it needs no file")
    if not options.undo and len(options.what) not in {1, 2}:
        arguments.error("name what to import: runbook import [FORMAT] FILE")
    if options.all and (options.since or options.until):
        arguments.error("--all takes any time, --since and --until limit it: use one of them")
    if options.max < 1:
        arguments.error("--max must be at least 1")
    options.kind = options.what[0] if len(options.what) == 2 else ""
    options.path = options.what[-1] if options.what else ""
    if options.path not in {"", "-"}:
        options.path = os.path.expanduser(options.path)
    if len(options.what) == 1 and not os.path.exists(options.path) and options.path in _formats().split(", "):
        arguments.error(f"name the file as well: runbook import {options.path} FILE")
    if options.path == "-" and sys.stdin is None:
        raise BadInputError("standard input is closed", hint="name a file, or pipe something in")
    if options.path == "-" and sys.stdin.isatty():
        note("paste what is to be imported, end with Ctrl-D on a line of its own")
    return options


def _progress() -> Callable[[int], None]:
    """Says on the terminal how far a long reading has come; nothing for the first seconds."""
    began = time.monotonic()

    def tell(lines: int) -> None:
        if lines < 0:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - began > 2:
            print(f"\r  … {lines:,} lines read", end="", file=sys.stderr, flush=True)

    return tell


def _formats() -> str:
    from runbook.flow.import_formats import format_names

    return ", ".join(format_names())


def _show(plan: Plan, desk: Desk) -> None:
    """What would be added, and what is left out."""
    _report(plan, desk)
    shown = plan.entries
    columns = width()
    several_days = len({entry.at.date() for entry in shown}) > 1
    skipped = len(shown) - _HEAD - _TAIL
    for number, entry in enumerate(shown):
        if skipped > 1 and _HEAD <= number < _HEAD + skipped:
            if number == _HEAD:
                note(f"  … {skipped} more …")
            continue
        when = f"{entry.at:%m-%d %H:%M:%S}" if several_days else f"{entry.at:%H:%M:%S}"
        note(f"  {when}  {clip(_words(entry, plan), columns - len(when) - 5)}")


def _words(entry: Pending, plan: Plan) -> str:
    if entry.kind == "command":
        status = entry.data.get("exit_status")
        return f"$ {entry.data['command']}" + (f"  exit {status}" if status else "")
    if entry.kind == "evidence":
        return f"evidence: {entry.data['name']} ({entry.data.get('note', '')})"
    who = "" if entry.actor == os.path.basename(plan.source.name) else f"{entry.actor}: "
    return f"{who}{entry.data['text']}"


def _report(plan: Plan, desk: Desk) -> None:
    """Counts first, then what needs a look."""
    source = plan.source
    left = [
        (plan.already, "on record already"),
        (plan.outside, f"outside {_span(plan, desk)}" + (" (--all takes them)" if plan.is_default else "")),
        (plan.unmatched, "without a match for --grep"),
        (plan.ours, "runbook's own commands"),
        *((count, reason) for reason, count in source.skipped.most_common()),
    ]
    name = os.path.basename(source.name.rstrip("/")) or source.name
    head = f"{plan.format}  {name}: {_entries(len(plan.entries))} to add"
    head = safe(head if plan.entries else head.replace("0 entries", "nothing"))
    print(paint(head, *(["bold"] if plan.entries else []), stream=sys.stderr), file=sys.stderr)
    for count, reason in left:
        if count:
            note(f"  {count:>6} {reason}")
    if source.problem_count:
        note(f"  {source.problem_count:>6} could not be read:")
        for problem in source.problems[:5]:
            note(f"         {_clean(str(problem))}")
        if source.problem_count > 5:
            note(f"         … and {source.problem_count - 5} more")
    if source.zone_used and plan.found:
        note(f"  times without a zone were read as {_zone_name(plan)} (--zone says otherwise)")


def _clean(text: str) -> str:
    from runbook.flow.trouble import clean_message

    return clean_message(text)


def _zone_name(plan: Plan) -> str:
    zone = plan.source.zone
    return getattr(zone, "key", None) or str(zone)


def _span(plan: Plan, desk: Desk) -> str:
    """The time that is taken; to the minute where nobody asked for seconds."""
    shape = "%Y-%m-%d %H:%M" if plan.is_default else "%Y-%m-%d %H:%M:%S"

    def shown(moment: datetime | None) -> str:
        return "…" if moment is None else moment.astimezone(desk.zone).strftime(shape)

    return f"{shown(plan.since)} – {shown(plan.until)}"


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _agreed(plan: Plan, desk: Desk) -> bool:
    if not is_terminal(sys.stdin, sys.stderr):
        raise BadInputError(
            "nothing was added: there is nobody here to ask", hint="add --yes to add them, or --dry-run to look only"
        )
    try:
        print(safe(f"add {_entries(len(plan.entries))} to {desk.id}? [y/N] "), end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        raise InterruptedByUserError("") from None
    return answer.strip().lower() in {"y", "yes"}


def _tell(desk: Desk, done: Imports) -> None:
    print(safe(f"{desk.id}  added {_entries(len(done.entries))}"))
    for finding in done.findings[:6]:
        note(f"  known: {finding['signature']}  {finding['title']}")
    if len(done.findings) > 6:
        note(f"  … and {len(done.findings) - 6} more known failures; `runbook status` lists them")
    for name, at in done.suggested:
        note(f"  not set yet: runbook mark {name} --at {at:%Y-%m-%dT%H:%M:%S%z}")


def _as_json(desk: Desk, plan: Plan, done: Imports | None, *, dry_run: bool) -> dict[str, Any]:
    """The shape of docs/schema/import.json."""
    rows: list[dict[str, Any]]
    if done is None:
        rows = [_row(None, entry.at.isoformat(), entry.kind, entry.actor, entry.data) for entry in plan.entries]
    else:
        rows = [_row(entry.id, entry.at, entry.kind, entry.actor, dict(entry.data)) for entry in done.entries]
    source = plan.source
    return {
        "id": desk.id,
        "format": plan.format,
        "since": None if plan.since is None else plan.since.isoformat(),
        "until": None if plan.until is None else plan.until.isoformat(),
        "dry_run": dry_run,
        "added": 0 if done is None else len(done.entries),
        "left_out": {
            "already": plan.already,
            "outside": plan.outside,
            "unmatched": plan.unmatched,
            "own": plan.ours,
            **dict(source.skipped),
        },
        "problems": [
            {"file": _clean(each.file), "line": each.line, "message": _clean(each.message)} for each in source.problems
        ],
        "problem_count": source.problem_count,
        "entries": rows,
        "findings": [] if done is None else [each["signature"] for each in done.findings],
        "suggested": [] if done is None else [{"milestone": name, "at": at.isoformat()} for name, at in done.suggested],
    }


def _row(identifier: str | None, at: str, kind: str, actor: str, data: dict[str, Any]) -> dict[str, Any]:
    text = data.get("command") or data.get("text") or data.get("name") or ""
    return {
        "id": identifier,
        "at": at,
        "kind": kind,
        "actor": actor,
        "text": text,
        "exit_status": data.get("exit_status"),
    }
