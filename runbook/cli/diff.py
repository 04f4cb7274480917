"""``runbook diff``: what changed between two versions of a document, in terms of the incident."""

from __future__ import annotations

import sys

from runbook.cli.output import add_format, emit_json, parser, safe, width
from runbook.flow.diff import as_markdown, as_text, comment, difference


def run(argv: list[str]) -> int:
    """Compare and print."""
    arguments = parser(
        "diff",
        "What changed between two versions of a report: times and what they come to,\n"
        "severity, causes, actions, entries. Without a revision: the work tree against\n"
        "the last commit. With revisions and no ID: every document that changed.",
        epilog="examples:\n"
        "  runbook diff INC-2026-02-11-001             what I changed since the last commit\n"
        "  runbook diff INC-2026-02-11-001 main        … since main\n"
        "  runbook diff main...HEAD --format markdown  what this branch changes, to paste\n"
        "  runbook diff origin/main...HEAD --comment   … said in its pull request",
    )
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: all that changed")
    arguments.add_argument("revisions", metavar="REVISION", nargs="*", help="OLD, OLD NEW, OLD..NEW or OLD...NEW")
    arguments.add_argument("--repo", metavar="PATH", help="the repository of reports (default: see `runbook help`)")
    arguments.add_argument(
        "--comment",
        metavar="NUMBER",
        nargs="?",
        const="",
        help="say it in the pull request, where it was said before (default: the CI job's, or this branch's)",
    )
    add_format(arguments, "markdown")
    options = arguments.parse_args(argv)
    words = [options.document, *options.revisions] if options.document else []
    number = options.comment or ""
    if number and not number.isdecimal():  # `--comment main...HEAD`: argparse took the revision for it
        words, number = [*words, number], ""
    found = difference(words, options.repo)
    if options.comment is not None:
        said = comment(found, int(number) if number else None)
        if options.format == "json":
            emit_json({**found.to_json(), "comment": said.to_json()})
        else:
            print(safe(f"comment {said.state}  {said.url}".rstrip()))
        return 0
    if options.format == "json":
        emit_json(found.to_json())
    elif options.format == "markdown":
        sys.stdout.write(as_markdown(found))
    else:
        sys.stdout.write(safe(as_text(found, width=width())))
    return 0
