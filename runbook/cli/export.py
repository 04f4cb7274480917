"""``runbook export``: a report for other places: a page, a PDF, Markdown, JSON, a summary for outsiders."""

from __future__ import annotations

import os
import sys

from runbook.cli.output import add_document, note, parser
from runbook.errors import EXIT_FINDINGS, BadInputError
from runbook.flow.desk import open_named

_ENDINGS = {".html": "html", ".htm": "html", ".pdf": "pdf", ".json": "json", ".md": "md", ".markdown": "md"}
_CHOICES = "--format html, pdf, json, md or summary"
_EPILOG = """\
Without --format, the ending of FILE says what is wanted: runbook export -o report.pdf"""


def run(argv: list[str]) -> int:
    """Write the document in the format that was asked for."""
    arguments = parser(
        "export",
        "A report for other places: an HTML page that holds all it needs, a PDF,\n"
        "Markdown without anchors, the record as JSON, or a summary for people outside\n"
        "the team, with pseudonyms for names. Changes nothing in the repository.",
        epilog=_EPILOG,
    )
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: the current one")
    arguments.add_argument(
        "--format",
        choices=("html", "pdf", "json", "md", "summary"),
        help="what to write; summary: one page for people outside the team",
    )
    arguments.add_argument("-o", "--output", metavar="FILE", help="where to (default: print it)")
    arguments.add_argument("--template", metavar="NAME", default="", help="in another shape: google-sre, pagerduty, …")
    arguments.add_argument("--no-evidence", action="store_true", help="pages without the kept files")
    add_document(arguments)
    options = arguments.parse_args(argv)
    summary = options.format == "summary"
    wanted = _summary_as(options.output) if summary else options.format or _ending(options.output)
    desk = open_named(options.document or options.id, options.repo)
    if wanted == "pdf" and options.output is None and sys.stdout.isatty():
        raise BadInputError("a PDF does not go to a terminal", hint=f"runbook export {desk.id} -o {desk.id}.pdf")

    from runbook.flow.export import export, export_summary

    beside = None if options.output in {None, "-"} else os.path.dirname(os.path.abspath(options.output))
    if summary:
        done = export_summary(desk, wanted)
    else:
        done = export(desk, wanted, template=options.template, evidence=not options.no_evidence, beside=beside)
    for line in [*done.notes, *(f"look at this before it leaves the team: {leak}" for leak in done.leaks)]:
        note(line)
    _write(done.content, options.output)
    return EXIT_FINDINGS if done.leaks else 0


def _summary_as(output: str | None) -> str:
    """The format of a summary: by the ending of the file, else Markdown."""
    return "md" if output in {None, "-"} else _ENDINGS.get(os.path.splitext(output or "")[1].lower(), "md")


def _ending(output: str | None) -> str:
    if output in {None, "-"}:
        raise BadInputError("which format?", field="--format", hint=f"{_CHOICES}; or -o FILE.html")
    ending = os.path.splitext(output or "")[1].lower()
    if ending not in _ENDINGS:
        what = f"{ending} is no ending that says the format" if ending else "has no ending that says the format"
        raise BadInputError(what, file=output, hint=_CHOICES)
    return _ENDINGS[ending]


def _write(content: bytes, output: str | None) -> None:
    if output in {None, "-"}:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    from runbook.flow.export import keep
    from runbook.model.text import show_size

    keep(content, output or "")
    print(f"{output}  {show_size(len(content))}")
