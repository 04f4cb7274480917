"""``runbook update``: three lines for the chat."""

from __future__ import annotations

from runbook.cli.output import add_document, add_format, emit_json, parser
from runbook.flow.desk import open_document


def run(argv: list[str]) -> int:
    """Print what it is, how bad it is, and what comes next."""
    arguments = parser(
        "update",
        "Three lines for the chat, from the record: what it is, impact and status, what comes next.",
        epilog='example:\n  runbook update --next "rolling back to 2.3, ten minutes" | pbcopy',
    )
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: the current one")
    add_document(arguments)
    arguments.add_argument("--next", metavar="TEXT", help="what comes next, in your words; goes on record, too")
    add_format(arguments)
    options = arguments.parse_args(argv)
    from runbook.flow.handoff import chat_lines, say_next, update

    desk = open_document(options.document or options.id, options.repo)
    if options.next and options.next.strip():
        say_next(desk, options.next)
    facts = update(desk)
    if options.format == "json":
        emit_json(facts)
    else:
        print("\n".join(chat_lines(facts)))
    return 0
