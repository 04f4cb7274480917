"""``runbook undo``: take the last entry back. It stays on the journal; the report leaves it out."""

from __future__ import annotations

from runbook.cli.output import add_document, add_format, clip, emit_json, parser, safe
from runbook.flow.desk import open_document
from runbook.flow.timeline import UNDOABLE, describe, find_entry, last_undoable


def run(argv: list[str]) -> int:
    """Take one entry back."""
    arguments = parser(
        "undo", "Take the last entry back (or the one named). The journal keeps it; the report does not."
    )
    arguments.add_argument("entry", nargs="?", help="end of the entry's id, or its time (default: the last one)")
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args(argv)
    desk = open_document(options.id, options.repo)
    target = find_entry(desk, options.entry, kinds=UNDOABLE) if options.entry else last_undoable(desk)
    entry = desk.append("undo", {"target": target.id})
    if options.format == "json":
        emit_json({"id": entry.id, "at": entry.at, "undone": target.id})
    else:
        print(safe(f"taken back  {target.at[11:16]}  {clip(describe(target), 60)}"))
    return 0
