"""``runbook handoff``: what the next person needs to know, as Markdown."""

from __future__ import annotations

from runbook.cli.output import add_document, add_format, emit_json, parser
from runbook.flow.desk import open_document


def run(argv: list[str]) -> int:
    """Print the page; put on record what comes next, if that is said."""
    arguments = parser(
        "handoff",
        "What the next person needs to know: state, what was tried, what comes next, where the evidence is.",
        epilog='examples:\n  runbook handoff --next "restore the 04:00 backup once it is verified"\n'
        "  runbook handoff | pbcopy",
    )
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: the current one")
    add_document(arguments)
    arguments.add_argument("--next", metavar="TEXT", help="what comes next, in your words; goes on record, too")
    add_format(arguments)
    options = arguments.parse_args(argv)
    from runbook.flow.handoff import gather, say_next

    desk = open_document(options.document or options.id, options.repo)
    if options.next and options.next.strip():
        say_next(desk, options.next)
    facts = gather(desk)
    if options.format == "json":
        emit_json(facts)
        return 0
    from runbook.flow.handoff import page

    print(page(desk, facts), end="")
    return 0
