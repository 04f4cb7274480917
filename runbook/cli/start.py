"""``runbook start``: declare an incident or a deployment."""

from __future__ import annotations

import sys

from runbook.cli.output import Suggestions, add_format, emit_json, is_terminal, note, parser, safe
from runbook.flow.declare import declare
from runbook.flow.desk import find_place
from runbook.flow.past import renew
from runbook.model.wire import SEVERITIES


def run(argv: list[str]) -> int:
    """Declare; prints the id."""
    arguments = parser("start", "Declare an incident (or a deployment) and start recording. Prints its id.")
    arguments.add_argument("title", nargs="+", help="what is wrong, in one line")
    arguments.add_argument(
        "--at", metavar="TIME", help="when it began: 14:32, 10 min ago, yesterday 23:10 (default: now)"
    )
    arguments.add_argument(
        "--severity",
        choices=Suggestions(SEVERITIES),
        default="medium",
        help="or what the team calls it, or SEV1, P2, …; can change later (default: medium)",
    )
    arguments.add_argument("--deployment", action="store_true", help="a deployment instead of an incident")
    arguments.add_argument("--repo", metavar="PATH", help="the repository of reports")
    add_format(arguments)
    options = arguments.parse_args(argv)
    title = " ".join(options.title).strip()
    if not title:
        arguments.error("the title is empty; say in a few words what is wrong")
    place = find_place(options.repo)
    desk = declare(
        "deployment" if options.deployment else "incident", title, place=place, severity=options.severity, at=options.at
    )
    if options.format == "json":
        emit_json({"id": desk.id, "path": desk.folder})
        return 0
    started = desk.started
    clock = "" if started is None else f"{started:%H:%M}"
    zone = desk.card.get("zone", "UTC")
    print(safe(f"{desk.id}  recording since {clock} ({zone})"))
    if is_terminal(sys.stdout):
        print("  runbook log TEXT    a note           runbook run -- CMD   record a command")
        print("  runbook status      where are we     runbook resolve      when it is over")
    if place.repository is None:
        note("no repository of reports here: recording goes on in the state folder;")
        note("  name one when you write the report: runbook resolve --repo PATH")
    elif place.how == "plain":
        note(f"the report will go into {place.repository} (it has no runbook.toml yet)")
    sys.stdout.flush()
    renew(place.repository, seconds=0.3)  # after the answer: nobody waits for it
    return 0
