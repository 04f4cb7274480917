"""``runbook mark``: set a milestone."""

from __future__ import annotations

from runbook.cli.output import add_document, add_format, emit_json, parser, safe
from runbook.flow.desk import open_document
from runbook.flow.milestones import mark
from runbook.model.wire import MILESTONES


def run(argv: list[str]) -> int:
    """Set one of the five milestones."""
    arguments = parser(
        "mark", "Set a milestone. The four metrics are measured from `started`, so milestones must be in order."
    )
    arguments.add_argument("milestone", choices=MILESTONES)
    arguments.add_argument("note", nargs="*", help="what made it so")
    arguments.add_argument("--at", metavar="TIME", help="when: 14:32, 10 min ago, T+15 (default: now)")
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args(argv)
    desk = open_document(options.id, options.repo)
    at = desk.when(options.at) if options.at else None
    entry, since = mark(desk, options.milestone, at=at, note=" ".join(options.note))
    if options.format == "json":
        emit_json({"id": entry.id, "at": entry.at})
    else:
        print(safe(f"{entry.at[11:16]}  {desk.id}  {options.milestone}{since}"))
    return 0
