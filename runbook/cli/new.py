"""``runbook new``: an incident or a deployment by interview, or unattended from a file of answers."""

from __future__ import annotations

import sys

from runbook.cli.output import add_document, note, parser
from runbook.cli.resume import add_interview, interview, write
from runbook.errors import BadInputError
from runbook.flow.desk import Desk, find_place, open_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from runbook.capture.answers import Answers
    from runbook.capture.prompter import Prompter

_EXAMPLE = """\
A file of answers holds any part of the record (`runbook show ID --format json` prints one):

  title: Checkout answers 502
  severity: high
  milestones: {started: 2026-02-11 09:02, resolved: T+5:23}
  summary: The proxy could not reach the shop; nobody could pay.
  timeline:
    - {at: T+0:15, text: Restarted the proxy}
  evidence:
    - {name: proxy log, path: ./proxy.log}
  causes:
    - title: The proxy lost its upstream
      whys: [{text: The service had a new name, evidence: [proxy log]}]
"""


def run(argv: list[str]) -> int:
    """Interview, or fill from a file; then write and commit the report."""
    arguments = parser(
        "new",
        "Write an incident or deployment report: asks what is not on record yet, then writes and commits it.\n"
        "What is open goes on where it was left.",
        epilog=_EXAMPLE,
    )
    arguments.add_argument("kind", choices=("incident", "deployment"))
    arguments.add_argument("title", nargs="*", help="begin a new one with this title, whatever else is open")
    arguments.add_argument("--at", metavar="TIME", help="when the new one began: 14:32, yesterday 23:10 (default: now)")
    arguments.add_argument("--from", dest="answers", metavar="FILE", help="answers in YAML or JSON; - reads stdin")
    add_interview(arguments)
    add_document(arguments)
    arguments.add_argument("--format", choices=("text", "json"), default="text", help="how to print (default: text)")
    options = arguments.parse_args(argv)
    options.title = " ".join(options.title).strip()
    if options.title and options.id:
        arguments.error("a title begins a new one and --id names one that is there: use one of them")
    if options.at and options.id:
        arguments.error("--at is for a new one; `runbook mark started --at TIME` corrects one that is there")
    if options.no_input and not options.answers:
        raise BadInputError(
            "--no-input needs answers to write a report from",
            hint=f"runbook new {options.kind} --from FILE --no-input\n`runbook new --help` shows such a file",
        )
    as_json = options.format == "json"
    if options.no_input:
        desk = _fill(options)
        return write(desk, branch=options.branch, message=options.message, as_json=as_json)
    from runbook.flow.prompting import make_prompter

    prompter = make_prompter(plain=True if options.plain else None)  # says how to do without where nobody can answer
    desk = _fill(options) if options.answers else _begin(options, prompter)
    return interview(desk, prompter=prompter, branch=options.branch, message=options.message, as_json=as_json)


def _open(options: Namespace) -> Desk | None:
    """The document that is meant: ``--id``, else the current one if it is of this kind and not filed yet."""
    from runbook.errors import NotFoundError

    if options.title:
        return None
    if options.id:
        desk = open_document(options.id, options.repo)
        if desk.kind != options.kind:
            raise BadInputError(f"{desk.id} is no {options.kind}")
        return desk
    try:
        desk = open_document(None, options.repo)
    except NotFoundError:
        return None
    return desk if desk.kind == options.kind and desk.filed is None else None


def _fill(options: Namespace) -> Desk:
    """Put the answers of a file into the document that is meant, or into a new one."""
    from runbook.flow.fill import declare_from, fill

    desk = _open(options)
    answers = _read(options, desk)
    if desk is None:
        desk = declare_from(answers, find_place(options.repo), title=options.title, at=options.at)
    else:
        note(f"filling {desk.id}, which is open")
    if options.title:
        answers.data = {**answers.data, "title": options.title}
    fill(desk, answers)
    return desk


def _read(options: Namespace, desk: Desk | None) -> Answers:
    from datetime import datetime
    from pathlib import Path

    from runbook.flow.answers import load_answers, read_answers, zone_name
    from runbook.flow.desk import load_zone

    zone = load_zone(_zone_name(options) or zone_name()) if desk is None else desk.zone
    if options.answers != "-":
        return load_answers(Path(options.answers), document=options.kind, now=datetime.now(zone), zone=zone)
    if sys.stdin.isatty():
        note("reading answers from this terminal; Ctrl-D ends them")
    try:
        text = sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInputError(f"not UTF-8 at byte {error.start}", file="-") from None
    return read_answers(text, file="-", document=options.kind, now=datetime.now(zone), zone=zone)


def _zone_name(options: Namespace) -> str:
    """The team's zone, if it has set one."""
    from runbook.flow.settings import load_settings

    settings = load_settings(find_place(options.repo).repository)
    return settings.zone if "zone" in settings.model_fields_set else ""


def _begin(options: Namespace, prompter: Prompter) -> Desk:
    """The document to ask about: the one that is meant, or a new one with a title and a start."""
    from runbook.flow.begin import begin, choose

    desk = _open(options)
    if desk is not None and not options.id:
        desk = choose(desk, prompter)
    if desk is not None:
        return desk
    return begin(options.kind, prompter, find_place(options.repo), title=options.title, at=options.at)
