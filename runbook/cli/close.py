"""``runbook close``: the review is over."""

from __future__ import annotations

import sys

from runbook.cli.output import add_course, add_document, emit_json, is_terminal, note, parser, safe
from runbook.flow.desk import open_named
from runbook.flow.file import adopt


def run(argv: list[str]) -> int:
    """Close an incident, unless the linter finds an error in its report."""
    arguments = parser(
        "close",
        "Close an incident whose report was reviewed. The linter must find no error in\n"
        "it. Where the report is in your work tree, this is committed like any report;\n"
        "where it is still on its review branch, it goes there.",
    )
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: the current one")
    add_document(arguments)
    arguments.add_argument("--review", action="store_true", help="put it on the review branch, and push that")
    arguments.add_argument("--branch", action="store_true", help="commit to the review branch without pushing it")
    add_course(arguments)
    arguments.add_argument("--force", metavar="REASON", default="", help="close in spite of errors; the reason is kept")
    arguments.add_argument("--format", choices=("text", "json"), default="text", help="how to print")
    options = arguments.parse_args(argv)
    from runbook.flow.close import CourseWanted, close

    desk = open_named(options.document or options.id, options.repo)
    if options.repo:
        adopt(desk, options.repo)
    identity = None
    if options.format == "text" and is_terminal(sys.stdin, sys.stdout):
        from runbook.flow.committer import committer

        identity = committer(desk)
    closed = close(
        desk,
        review=options.review,
        branch=options.branch,
        course=CourseWanted(options.remote, options.target, options.into),
        reason=options.force,
        identity=identity,
    )
    for text in closed.notes:
        note(f"runbook: {text}")
    if options.format == "json":
        emit_json(closed.to_json())
        return 0
    where = f"committed on {closed.committed_to} ({closed.commit[:10]})" if closed.commit else "it was closed before"
    print(safe(f"{closed.id}  closed; {where}{', and pushed' if closed.pushed else ''}"))
    return 0
