"""``runbook render``: write the report again from the record and everything recorded since."""

from __future__ import annotations

import sys

from runbook.cli.output import add_document, emit_json, is_terminal, parser
from runbook.flow.desk import open_named
from runbook.flow.file import Filed, adopt, file_document, finished_record, render_document


def run(argv: list[str]) -> int:
    """Render, and commit unless only the text is wanted."""
    arguments = parser(
        "render",
        "Write report.md again: the record, with everything recorded since. Commits it; --stdout only prints it.",
    )
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: the current one")
    arguments.add_argument("--stdout", action="store_true", help="print the Markdown and change nothing")
    arguments.add_argument(
        "--template",
        metavar="NAME",
        default="",
        help="its shape from now on: google-sre, pagerduty, atlassian, azure, troubleshooting, or the team's own",
    )
    arguments.add_argument("--branch", action="store_true", help="commit to incident/ID")
    add_document(arguments)
    arguments.add_argument("--format", choices=("text", "json"), default="text", help="how to print")
    options = arguments.parse_args(argv)
    desk = open_named(options.document or options.id, options.repo)
    if options.repo:
        adopt(desk, options.repo)
    if options.stdout:
        document, _ = finished_record(desk, template=options.template)
        sys.stdout.write(render_document(document, desk.place.repository))
        return 0
    as_json = options.format == "json"
    identity = None
    if not as_json and is_terminal(sys.stdin, sys.stdout):
        from runbook.flow.committer import committer
        from runbook.flow.offer import offer_repository

        identity = committer(desk)
        offer_repository(desk, identity=identity)
    filed = file_document(desk, branch=options.branch, identity=identity, template=options.template)
    print_filed(filed, as_json=as_json)
    return 0


def print_filed(filed: Filed, *, as_json: bool) -> None:
    """Say where the report is, and what it says about the time it took."""
    from runbook.cli.output import note, safe
    from runbook.model.record import Incident
    from runbook.model.times import format_duration

    for line in filed.notes:
        note(line)
    if as_json:
        emit_json(filed.to_json())
        return
    done = f"committed on {filed.branch} ({filed.commit[:10]})" if filed.commit else "unchanged since its last commit"
    print(safe(f"{filed.report}  {done}"))
    document = filed.document
    if isinstance(document, Incident):
        measured = (
            ("detect", document.milestones.since_start("detected")),
            ("mitigate", document.milestones.since_start("mitigated")),
            ("resolve", document.milestones.since_start("resolved")),
        )
        times = [f"to {verb} {format_duration(since)}" for verb, since in measured if since is not None]
        if times:
            print("  time " + " · ".join(times))
    _print_lint(filed)


def _print_lint(filed: Filed) -> None:
    """What a reviewer would ask first; the report is written whatever it is."""
    import os

    from runbook.cli.lint import in_a_line
    from runbook.cli.output import clip, note, width
    from runbook.errors import RunbookError
    from runbook.flow.lint import lint_documents

    if not os.path.isfile(os.path.join(filed.repository, filed.report)):
        return  # on a branch that is not checked out
    try:
        problems = lint_documents(filed.repository, [filed.id])
    except RunbookError as error:
        note(f"lint: {error}")
        return
    print(f"  {clip(in_a_line(problems), width() - 2)}")
    if len(problems) > 1:
        print(f"  runbook lint {filed.id}    shows all {len(problems)}")
