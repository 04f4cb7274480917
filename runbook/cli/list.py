"""``runbook list``: what is running and what is filed."""

from __future__ import annotations

from datetime import timedelta

from runbook.cli.output import SEVERITY_COLOUR, add_format, clip, emit_json, paint, parser, safe, width
from runbook.flow.listing import listing
from runbook.model.times import format_duration


def run(argv: list[str]) -> int:
    """List documents, newest first."""
    arguments = parser("list", "Incidents and deployments, running and filed, newest first.")
    arguments.add_argument("--repo", metavar="PATH", help="the repository of reports")
    arguments.add_argument("--running", action="store_true", help="only what is not filed yet")
    arguments.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (default: 50)")
    add_format(arguments)
    options = arguments.parse_args(argv)
    rows = listing(options.repo, running_only=options.running, limit=max(options.limit, 1))
    if options.format == "json":
        emit_json([row.to_json() for row in rows])
        return 0
    if not rows:
        print("nothing is recorded here yet")
        return 0
    columns = width()
    for row in rows:
        mark = "*" if row.current else " "
        lasted = "" if row.seconds is None else format_duration(timedelta(seconds=row.seconds))
        right = f"{row.severity:<8}  {row.status:<13}  {lasted:>11}"
        room = max(columns - len(row.id) - len(right) - 6, 12)
        colour = SEVERITY_COLOUR.get(row.severity, "")
        right = paint(right, colour) if colour else right
        print(f"{mark} {paint(safe(row.id), 'bold')}  {clip(row.title, room):<{room}}  {right}")
        if row.problem:
            print(f"    {clip(row.problem, columns - 4)}")
    return 0
