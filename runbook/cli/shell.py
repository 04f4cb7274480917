"""``runbook shell``: a recorded shell. It says one line before and one after; in between only known failures."""

from __future__ import annotations

import sys

from runbook.cli.output import add_document, note, parser, safe, say_what_was_heard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.flow.desk import Desk
    from runbook.flow.run import Ran


def run(argv: list[str]) -> int:
    """Run the shell and return its exit status."""
    arguments = parser(
        "shell",
        "Your own shell, recorded: every command with folder, start, duration, exit status and its output\n"
        "(redacted), and the whole as a recording to replay. Keys are never recorded. A command typed with a\n"
        "leading blank stays off the record. `exit` ends it.",
        epilog="examples:\n  runbook shell\n  runbook shell zsh --quiet",
    )
    arguments.add_argument("shell", nargs="?", default="", help="bash, zsh or fish (default: your own)")
    add_document(arguments)
    arguments.add_argument("--quiet", action="store_true", help="no hints about known failures")
    options = arguments.parse_args(argv)
    from runbook.flow.shell import record_shell

    finished = record_shell(
        options.shell,
        tell=note,
        greet=_greet,
        say=None if options.quiet else _say,
        identifier=options.id,
        repo=options.repo,
    )
    commands = f"{finished.commands} command{'' if finished.commands == 1 else 's'}"
    note(f"{finished.document}  recording is over: {commands} on record")
    return finished.exit_status


def _greet(desk: Desk, shell: str) -> None:
    say_what_was_heard()
    print(safe(f"{desk.id}  recording this {shell}; `exit` ends it"), file=sys.stderr, flush=True)


def _say(ran: Ran) -> list[str]:
    from runbook.cli.hint import format_hint, format_strike
    from runbook.cli.output import colour_on
    from runbook.cli.run import columns_of_terminal

    columns, colour = columns_of_terminal(), colour_on(sys.stderr)
    lines: list[str] = []
    if ran.known:
        lines = format_hint(ran.known, ran.outcome, columns=columns, colour=colour, seen=ran.seen)
    if ran.strike is not None:
        lines += [*([""] if lines else []), *format_strike(ran.strike, columns=columns, colour=colour)]
    return lines
