"""What `handoff` and `update` have in common: which document, in which shape, and what comes next."""

from __future__ import annotations

from runbook.cli.output import add_document, add_format, parser
from runbook.flow.desk import open_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.flow.desk import Desk


def asked_for(verb: str, description: str, argv: list[str], *, epilog: str) -> tuple[Desk, bool]:
    """The document that ``argv`` names, with what comes next on record if it says so, and whether JSON is wanted."""
    arguments = parser(verb, description, epilog=epilog)
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: the current one")
    add_document(arguments)
    arguments.add_argument("--next", metavar="TEXT", help="what comes next, in your words; goes on record, too")
    add_format(arguments)
    options = arguments.parse_args(argv)
    desk = open_document(options.document or options.id, options.repo)
    if options.next and options.next.strip():
        from runbook.flow.handoff import say_next

        say_next(desk, options.next)
    return desk, options.format == "json"
