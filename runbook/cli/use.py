"""``runbook use``: make another document the current one."""

from __future__ import annotations

from runbook.cli.output import add_format, emit_json, parser, safe
from runbook.flow.declare import use
from runbook.flow.desk import open_document


def run(argv: list[str]) -> int:
    """Move the pointer."""
    arguments = parser("use", "Make another incident or deployment the one that log, run and the others mean.")
    arguments.add_argument("id", metavar="ID")
    arguments.add_argument("--repo", metavar="PATH", help="the repository of reports")
    add_format(arguments)
    options = arguments.parse_args(argv)
    desk = open_document(options.id, options.repo)
    use(desk)
    if options.format == "json":
        emit_json({"id": desk.id, "path": desk.folder})
    else:
        print(safe(f"{desk.id}  {desk.title}"))
    return 0
