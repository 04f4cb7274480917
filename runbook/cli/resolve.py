"""``runbook resolve``: it is over; mark it resolved and go on to the report."""

from __future__ import annotations

import sys

from runbook.cli.output import add_document, emit_json, is_terminal, parser, safe
from runbook.flow.desk import open_document
from runbook.flow.file import adopt
from runbook.flow.resolve import resolve


def run(argv: list[str]) -> int:
    """Mark resolved; on a terminal, start the interview."""
    arguments = parser(
        "resolve",
        "Mark the incident resolved (or the deployment finished) and go on to the report. Without a terminal, or with\n"
        "--no-input, it only marks; `runbook resume` writes the report later.",
    )
    arguments.add_argument("note", nargs="*", help="what resolved it")
    arguments.add_argument("--at", metavar="TIME", help="when: 14:32, 10 min ago (default: now)")
    arguments.add_argument("--no-input", action="store_true", help="ask nothing")
    arguments.add_argument("--plain", action="store_true", help="line by line, for screen readers")
    arguments.add_argument("--branch", action="store_true", help="commit the report to incident/ID")
    add_document(arguments)
    arguments.add_argument("--format", choices=("text", "json"), default="text", help="how to print")
    options = arguments.parse_args(argv)
    desk = open_document(options.id, options.repo)
    if options.repo:
        adopt(desk, options.repo)
    at = desk.when(options.at) if options.at else None
    result = resolve(desk, at=at, note=" ".join(options.note))
    interactive = not options.no_input and is_terminal(sys.stdin, sys.stdout)
    if options.format == "json":
        emit_json(result.to_json())
        return 0
    print(safe(result.sentence()))
    if not interactive:
        print(f"  runbook resume {desk.id}        writes the report")
        return 0
    from runbook.cli.resume import interview

    return interview(desk, plain=options.plain, branch=options.branch)
