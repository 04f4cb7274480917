"""``runbook run``: a recorded command. It prints nothing of its own on stdout, and little on stderr."""

from __future__ import annotations

import os
import signal
import sys

from runbook.cli.output import note, parser, say_what_was_heard
from runbook.errors import BadInputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.flow.run import Ran

_WITH_VALUE = ("--id", "--repo", "-c", "--reviewed-by", "--ticket")


def run(argv: list[str]) -> int:
    """Run the command and return its exit status."""
    from runbook.flow.descriptors import reserve_standard_descriptors

    closed = reserve_standard_descriptors()
    ours, command = split(argv)
    arguments = parser(
        "run",
        "Run a command as it is, and record it: command line, folder, duration, exit status, output (redacted).\n"
        "The exit status is the command's: its own, 128 + signal, 126 not executable, 127 not found;\n"
        "125: refused, it did not run. Before a command that destroys something, the guard asks first.",
        epilog="examples:\n  runbook run -- docker compose up -d\n"
        "  runbook run -- pg_dump shop >shop.sql\n"
        "  runbook run -c 'journalctl -u nginx | tail -50'",
    )
    arguments.usage = "runbook run [options] (-- CMD… | -c LINE)"
    arguments.add_argument("--id", metavar="ID", help="the incident or deployment (default: the current one)")
    arguments.add_argument("--repo", metavar="PATH", help="the repository of reports")
    arguments.add_argument("--quiet", action="store_true", help="no hint about a known failure")
    arguments.add_argument("--require-record", action="store_true", help="refuse (125) what cannot be recorded")
    arguments.add_argument("--reviewed-by", metavar="NAME", default="", help="who has read a destructive command")
    arguments.add_argument("--ticket", metavar="TICKET", default="", help="where that review is written down")
    arguments.add_argument("--no-input", action="store_true", help="ask nothing: what needs a confirmation is refused")
    arguments.add_argument("-c", metavar="LINE", dest="line", help="run LINE with your shell; CMD… are its $0, $1, …")
    options = arguments.parse_args(ours)
    if options.line is not None:
        command = [os.environ.get("SHELL") or "/bin/sh", "-c", options.line, *command]
    if not command:
        raise BadInputError("there is no command", hint="runbook run -- CMD…, or runbook run -c 'CMD | CMD'")

    from runbook.cli.guarding import gate
    from runbook.flow.run import run_command

    guard = gate(reviewer=options.reviewed_by, ticket=options.ticket, may_ask=not options.no_input and 0 not in closed)
    hints = not options.quiet and 2 not in closed and os.isatty(2)
    ran = run_command(
        command,
        tell=note,
        line=options.line,
        identifier=options.id,
        repo=options.repo,
        require_record=options.require_record,
        hints=hints,
        closed=closed,
        guard=lambda line, desk: guard.pass_through(line, desk, repo=options.repo),
    )
    _say(ran, strikes=hints)
    say_what_was_heard()  # before Ctrl-C is passed on, which ends us
    if ran.outcome.interrupted:
        _pass_interrupt_on()
    return ran.outcome.exit_status


def _say(ran: Ran, *, strikes: bool) -> None:
    """What is known about a failure, and that it is time to ask somebody."""
    if ran.known:
        from runbook.cli.hint import format_hint
        from runbook.cli.output import colour_on

        lines = format_hint(
            ran.known, ran.outcome, columns=columns_of_terminal(), colour=colour_on(sys.stderr), seen=ran.seen
        )
        print("\n" + "\n".join(lines), file=sys.stderr)
    if ran.strike is not None and strikes:
        from runbook.cli.hint import format_strike
        from runbook.cli.output import colour_on

        lines = format_strike(ran.strike, columns=columns_of_terminal(), colour=colour_on(sys.stderr))
        print("\n" + "\n".join(lines), file=sys.stderr)


def split(argv: list[str], with_value: tuple[str, ...] = _WITH_VALUE) -> tuple[list[str], list[str]]:
    """Our own options, and the command: what follows ``--``, or else what begins with the first word of no option."""
    at = 0
    while at < len(argv) and argv[at].startswith("-") and argv[at] != "-":
        if argv[at] == "--":
            return argv[:at], argv[at + 1 :]
        at += 2 if argv[at] in with_value else 1
    return argv[:at], argv[at:]


def columns_of_terminal() -> int:
    """Columns of the terminal that standard error goes to."""
    try:
        columns = os.get_terminal_size(2).columns
    except OSError:
        columns = 0
    return max(columns or 80, 40)  # a terminal that does not know its size says 0


def _pass_interrupt_on() -> None:
    """Let Ctrl-C reach whoever it would have reached without us, such as the loop of a shell script.

    The keyboard sends it to everybody in the foreground job; while the terminal was in raw mode nobody got it. A
    session's leader has nobody to tell and just exits with 130.
    """
    if os.getsid(0) == os.getpid():
        return
    try:
        descriptor = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        foreground = os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        foreground = False
    os.close(descriptor)
    if foreground:
        sys.stderr.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.killpg(0, signal.SIGINT)
