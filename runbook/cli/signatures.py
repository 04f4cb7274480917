"""``runbook signatures``: the catalog itself: list it, show one file's content, check a folder."""

from __future__ import annotations

import os

from runbook.cli.output import SEVERITY_COLOUR, add_format, clip, emit_json, note, paint, parser, safe, width
from runbook.errors import EXIT_FINDINGS, EXIT_OK, RunbookError
from runbook.flow.kinds import KINDS
from runbook.model.match import FINDING_SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def run(argv: list[str]) -> int:
    """List, show or test signatures."""
    arguments = parser(
        "signatures",
        "The catalog of known failures.",
        epilog="examples:\n  runbook signatures list --area net\n  runbook signatures list port in use\n"
        "  runbook signatures test signatures/\n\n"
        "How to write one: docs/signatures.md",
    )
    verbs = arguments.add_subparsers(dest="verb", metavar="list|show|test", required=True)
    listing = verbs.add_parser("list", help="signatures: id, severity, title", allow_abbrev=False)
    listing.add_argument("word", metavar="WORD", nargs="*", help="only those in whose texts each word stands")
    listing.add_argument("--area", action="append", default=[], help="only of this area: net, docker, …")
    listing.add_argument("--severity", action="append", default=[], choices=FINDING_SEVERITIES)
    listing.add_argument("--kind", action="append", default=[], choices=(*KINDS, "timeline"), help="what is looked at")
    listing.add_argument("--repo", metavar="PATH", help="the repository whose own signatures count")
    add_format(listing)
    showing = verbs.add_parser("show", help="one signature, as `runbook explain`", allow_abbrev=False)
    showing.add_argument("signature", metavar="SIGNATURE")
    showing.add_argument("--repo", metavar="PATH", help="the repository whose own signatures count")
    add_format(showing)
    testing = verbs.add_parser("test", help="validate files and run their examples", allow_abbrev=False)
    testing.add_argument("folder", metavar="FOLDER", nargs="*", help="default: all that apply here")
    testing.add_argument("--repo", metavar="PATH", help="the repository whose own signatures count")
    add_format(testing)
    options = arguments.parse_args(argv)
    return {"list": _list, "show": _show, "test": _test}[options.verb](options)


def _list(options: argparse.Namespace) -> int:
    from runbook.flow.signatures import listing

    entries = listing(
        options.repo, areas=options.area, severities=options.severity, kinds=options.kind, words=options.word
    )
    if options.format == "json":
        emit_json(entries)
        return EXIT_OK
    columns = width()
    longest = max((len(entry["id"]) for entry in entries), default=0)
    for entry in entries:
        severity = paint(f"{entry['severity']:<8}", SEVERITY_COLOUR[entry["severity"]])
        print(f"{safe(entry['id']):<{longest}}  {severity}  {clip(entry['title'], max(columns - longest - 12, 20))}")
    if not entries:
        note("no signature is like that; `runbook signatures list` shows them all")
    return EXIT_OK


def _show(options: argparse.Namespace) -> int:
    from runbook.cli.explain import show

    return show(options.signature, options.repo, options.format)


def _test(options: argparse.Namespace) -> int:
    from runbook.flow.signatures import check

    result = check(options.folder, options.repo)
    if options.format == "json":
        emit_json(
            {
                "signatures": result.signatures,
                "examples": result.examples,
                "problems": [_problem(problem) for problem in result.problems],
                "warnings": [_problem(warning) for warning in result.warnings],
            }
        )
        return EXIT_FINDINGS if result.problems else EXIT_OK
    for problem in result.problems:
        print(safe(_short(problem)) + (f"\n  {safe(problem.hint)}" if problem.hint else ""))
    for warning in result.warnings:
        print(safe(f"warning: {_short(warning)}"))
    counted = f"{result.signatures} signatures, {result.examples} examples"
    print(f"{counted}: {len(result.problems)} problems" if result.problems else f"{counted}: all right")
    return EXIT_FINDINGS if result.problems else EXIT_OK


def _problem(problem: RunbookError) -> dict[str, object]:
    return {
        "file": problem.file,
        "line": problem.line,
        "field": problem.field,
        "message": problem.message,
        "hint": problem.hint,
    }


def _short(problem: RunbookError) -> str:
    return str(problem).removeprefix(os.getcwd() + os.sep)
