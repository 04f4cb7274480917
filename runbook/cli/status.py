"""``runbook status``, and what ``runbook`` alone says: the open document at a glance."""

from __future__ import annotations

from datetime import datetime, timedelta

from runbook.cli.output import SEVERITY_COLOUR, add_document, add_format, clip, emit_json, paint, parser, safe, width
from runbook.errors import BadInputError, NotFoundError
from runbook.flow.desk import HOW_TO_START, open_document
from runbook.flow.status import Overview
from runbook.flow.strikes import whom_to_ask
from runbook.model.times import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo

    from runbook.model.wire import Entry


def run(argv: list[str]) -> int:
    """Show how long, the last entries, what failed repeatedly, what is known, what the report lacks."""
    arguments = parser("status", "The open incident or deployment at a glance.")
    add_document(arguments)
    arguments.add_argument("--watch", action="store_true", help="keep it on the screen; q or Ctrl-C leaves")
    arguments.add_argument(
        "--every", type=float, metavar="N", help="seconds between two looks (default: 1; without a screen: 30)"
    )
    arguments.add_argument("--last", type=int, default=6, metavar="N", help="how many entries to show (default: 6)")
    add_format(arguments)
    options = arguments.parse_args(argv)
    if options.watch:
        from runbook.cli.watch import watch

        if options.format == "json":
            raise BadInputError(
                "--watch is for people", field="--format", hint="runbook status --format json, in a loop"
            )
        return watch(options.id, options.repo, every=options.every)
    overview = Overview(open_document(options.id, options.repo), recent=max(options.last, 0) or 1)
    if options.format == "json":
        emit_json(overview.to_json())
    else:
        print_overview(overview)
    return 0


def overview() -> int:
    """``runbook`` without a verb: what is going on, or how to begin."""
    try:
        desk = open_document()
    except NotFoundError:
        print("Nothing is open.")
        print(f"  {HOW_TO_START}")
        print("  runbook demo            a real incident, replayed")
        print("  runbook --help          every verb")
        return 0
    print_overview(Overview(desk))
    return 0


def print_overview(overview: Overview) -> None:
    """Print it for people, within the terminal's width."""
    print("\n".join(overview_lines(overview, width())))


def overview_lines(overview: Overview, columns: int) -> list[str]:
    """What ``status`` shows: a headline, the newest entries, and what needs somebody's eye."""
    desk = overview.desk
    lasted = format_duration(timedelta(seconds=overview.lasted()))
    right = "  ".join(part for part in (overview.severity or overview.status, lasted) if part)
    room = columns - len(right) - len(desk.id) - 4
    title = clip(desk.title, room)
    colour = SEVERITY_COLOUR.get(overview.severity, "")
    lines = [f"{paint(safe(desk.id), 'bold')}  {title:<{room}}  {paint(right, *([colour] if colour else []))}"]
    lines += ["  " + _row(entry, words, count, columns - 2, desk.zone) for entry, words, count in overview.recent]
    for what, count in overview.strikes:
        if count >= 3 and overview.ended is None:
            whom = whom_to_ask(desk.place.repository, count) or "someone"
            lines.append(
                paint(clip(f"  strikes         {what} failed {count} times: ask {whom} now", columns), "yellow")
            )
    if overview.findings:
        known = " · ".join(f"{name}{f' ×{count}' if count > 1 else ''}" for name, _, _, count in overview.findings)
        lines.append(clip(f"  known failures  {known}", columns))
    if overview.unread:
        others = f" (and {len(overview.unread) - 1} more)" if len(overview.unread) > 1 else ""
        lines.append(clip(f"  not read yet    runbook explain {overview.unread[0]}{others}", columns))
    if len(overview.people) > 1:
        lines.append(clip(f"  on it           {', '.join(overview.people)}", columns))
    for name, ahead in overview.clocks[:1]:
        from runbook.flow.offset import show_offset

        others = f" (and {len(overview.clocks) - 1} more)" if len(overview.clocks) > 1 else ""
        lines.append(clip(f"  clocks          {name} {show_offset(ahead)}: runbook offset{others}", columns))
    if overview.missing:
        lines.append(clip(f"  for the report  {', '.join(overview.missing)}", columns))
    return lines


def _row(entry: Entry, words: str, count: int, columns: int, zone: tzinfo) -> str:
    moment = datetime.fromisoformat(entry.at).astimezone(zone)
    times = f"  ×{count}" if count > 1 else ""
    failed = entry.kind == "failure" or (entry.kind == "command" and entry.data.get("exit_status") not in (0, None))
    sign = "✗" if failed else "$" if entry.kind == "command" else "!" if entry.kind in {"mark", "escalation"} else "·"
    known = [str(match.get("title", "")) for match in entry.data.get("findings") or [] if isinstance(match, dict)]
    text = words.removeprefix("$ ") + (f"  {known[0]}" if known else "")
    return f"{moment:%H:%M}  {sign} {clip(text, columns - 9 - len(times))}{times}"
