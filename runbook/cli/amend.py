"""``runbook amend``: correct an earlier entry."""

from __future__ import annotations

from runbook.cli.output import add_document, add_format, clip, emit_json, parser, safe
from runbook.flow.change import amend
from runbook.flow.desk import open_document
from runbook.flow.timeline import describe
from runbook.model.wire import NOTE_KINDS


def run(argv: list[str]) -> int:
    """Correct one entry."""
    arguments = parser(
        "amend",
        "Correct an earlier entry. The journal keeps what it said before.",
        epilog="ENTRY is the end of its id (runbook show --entries), its time if only one entry has it, or `last`.",
    )
    arguments.add_argument("entry", metavar="ENTRY")
    arguments.add_argument("--at", metavar="TIME", help="when it really happened")
    arguments.add_argument("--text", help="what it should say")
    arguments.add_argument("--kind", choices=NOTE_KINDS)
    arguments.add_argument("--phase", choices=("detection", "investigation", "resolution"))
    arguments.add_argument("--role", choices=("worked", "helped", "dead-end", "made-worse"), help="of a command")
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args(argv)
    desk = open_document(options.id, options.repo)
    target, entry = amend(
        desk,
        options.entry,
        at=options.at,
        text=options.text,
        kind=options.kind,
        phase=options.phase,
        role=options.role,
    )
    if options.format == "json":
        emit_json({"id": entry.id, "at": entry.at, "amended": target.id})
    else:
        changes = ", ".join(f"{name}: {value}" for name, value in entry.data["changes"].items())
        print(safe(f"corrected  {target.at[11:16]}  {clip(describe(target), 40)}  →  {clip(changes, 60)}"))
    return 0
