"""``runbook log``: a line onto the timeline. Called dozens of times in an incident, so it imports next to nothing."""

from __future__ import annotations

import sys

from runbook.cli.output import add_document, add_format, emit_json, note, parser, safe
from runbook.errors import BadInputError
from runbook.flow.desk import open_document
from runbook.flow.strikes import called
from runbook.model.wire import NOTE_KINDS

MAX_PIPE = 1024 * 1024
"""Bytes of a pipe that become one entry; more belongs into evidence."""


def run(argv: list[str]) -> int:
    """Add an entry; says so only once it is on disk."""
    arguments = parser(
        "log",
        "Add to the timeline. With - the text is read from a pipe and kept as one entry.",
        epilog="examples:\n  runbook log restarted the proxy\n"
        "  runbook log --at '10 min ago' --kind change 'rolled back'\n"
        "  tail -5 app.log | runbook log -",
    )
    arguments.add_argument("text", nargs="+", help="what happened; - reads standard input")
    arguments.add_argument("--at", metavar="TIME", help="when it happened: 14:32, 10 min ago, T+15 (default: now)")
    arguments.add_argument("--kind", choices=NOTE_KINDS, default="note", help="default: note")
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args(argv)
    text = _from_pipe() if options.text == ["-"] else " ".join(options.text)
    if not text.strip():
        raise BadInputError("there is nothing to log", hint="runbook log TEXT, or pipe text into `runbook log -`")
    desk = open_document(options.id, options.repo)
    at = desk.when(options.at) if options.at else None
    entry = desk.append("note" if not options.kind else options.kind, {"text": text.strip("\n")}, at=at)
    if options.format == "json":
        emit_json({"id": entry.id, "at": entry.at})
    else:
        print(safe(f"{entry.at[11:16]}  {desk.id}  recorded"))
    strike = called(desk, entry) if entry.kind in {"failure", "verification"} else None
    if strike is not None and options.format == "text":
        note(f"{strike.headline}\n{strike.advice}. It is on record.")
    return 0


def _from_pipe() -> str:
    if sys.stdin.isatty():
        print("type the entry, end with Ctrl-D on a line of its own", file=sys.stderr)
    data = sys.stdin.buffer.read(MAX_PIPE + 1)
    if len(data) > MAX_PIPE:
        raise BadInputError(
            f"more than {MAX_PIPE // 1024} KiB is too long for one entry", hint="keep it as evidence: runbook attach -"
        )
    return data.decode("utf-8", "backslashreplace")
