"""``runbook resume``: back to the interview where it stopped, and on to the report."""

from __future__ import annotations

import os
import signal
import sys

from runbook.cli.output import add_document, note, parser, safe
from runbook.errors import EXIT_INTERRUPTED, InterruptedByUserError
from runbook.flow.desk import Desk, open_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.capture.prompter import Prompter


def run(argv: list[str]) -> int:
    """Go on with the interview, then write and commit the report."""
    arguments = parser(
        "resume",
        "Go on with the interview at the first question that is not answered, then write and commit the report.",
        epilog="Every answer is on disk as soon as it is given; Ctrl-C loses nothing.\n"
        "With --no-input nothing is asked and the report is written from what is on record.",
    )
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: the current one")
    add_interview(arguments)
    add_document(arguments)
    arguments.add_argument("--format", choices=("text", "json"), default="text", help="how to print (default: text)")
    options = arguments.parse_args(argv)
    from runbook.flow.interrupted import interrupted

    for line in interrupted(options.repo):
        note(line)
    desk = open_document(options.document or options.id, options.repo)
    if options.repo:
        from runbook.flow.file import adopt

        adopt(desk, options.repo)
    as_json = options.format == "json"
    if options.no_input:
        return write(desk, branch=options.branch, message=options.message, as_json=as_json)
    return interview(desk, plain=options.plain, branch=options.branch, message=options.message, as_json=as_json)


def add_interview(to) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  argparse's own class; naming it says nothing more
    """The options of every verb that leads into the interview."""
    to.add_argument("--no-input", action="store_true", help="ask nothing")
    to.add_argument("--plain", action="store_true", help="line by line, for screen readers (also RUNBOOK_PLAIN=1)")
    to.add_argument("--branch", action="store_true", help="commit the report to incident/ID")
    to.add_argument("--message", metavar="TEXT", help="the commit message (default: one is made)")


def interview(
    desk: Desk,
    *,
    prompter: Prompter | None = None,
    plain: bool = False,
    branch: bool = False,
    message: str | None = None,
    as_json: bool = False,
) -> int:
    """Ask, write, commit, and say where the report is; on Ctrl-C, say how to go on."""
    from runbook.flow import interview as flow
    from runbook.flow.committer import committer
    from runbook.flow.offer import offer_repository
    from runbook.flow.prompting import make_prompter

    prompter = prompter or make_prompter(plain=True if plain else None)
    # A closed terminal is told twice: the input ends and SIGHUP comes. The prompter hears whichever is first; the other
    # must not kill us while what was being typed is saved.
    hang_up = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        identity = None
        if desk.place.repository is None:
            identity = committer(desk)
            offer_repository(desk, identity=identity)
        filed = flow.interview(desk, prompter, branch=branch, message=message, identity=identity)
    except (InterruptedByUserError, KeyboardInterrupt) as interrupted:
        reason = str(interrupted) or "Interrupted"
        try:
            print(safe(f"\n{reason}; every answer is saved. `runbook resume {desk.id}` goes on here."), file=sys.stderr)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # the terminal is gone
        return EXIT_INTERRUPTED
    finally:
        signal.signal(signal.SIGHUP, hang_up)
    from runbook.cli.render import print_filed

    print_filed(filed, as_json=as_json)
    return 0


def write(desk: Desk, *, branch: bool, message: str | None, as_json: bool) -> int:
    """Write and commit the report from what is on record, asking nothing."""
    from runbook.cli.render import print_filed
    from runbook.flow.file import file_document
    from runbook.flow.findings import add_timeline_findings

    add_timeline_findings(desk)
    print_filed(file_document(desk, branch=branch, message=message), as_json=as_json)
    return 0
