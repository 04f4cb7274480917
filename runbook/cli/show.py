"""``runbook show``: one incident or deployment, in the terminal or as its record."""

from __future__ import annotations

import json
from datetime import datetime

from runbook.cli.output import add_document, add_format, clip, parser, safe, width
from runbook.flow.desk import open_document
from runbook.flow.timeline import describe, live_entries


def run(argv: list[str]) -> int:
    """Show the document, its entries with their ids, or its record."""
    arguments = parser("show", "One incident or deployment: what happened, when, why, and what is left to do.")
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: the current one")
    add_document(arguments)
    arguments.add_argument(
        "--entries", action="store_true", help="the journal's entries with their ids, for amend and undo"
    )
    add_format(arguments)
    options = arguments.parse_args(argv)
    desk = open_document(options.document or options.id, options.repo)
    if options.entries:
        columns = width()
        for entry in sorted(live_entries(desk), key=lambda e: (datetime.fromisoformat(e.at), e.id)):
            moment = datetime.fromisoformat(entry.at).astimezone(desk.zone)
            if entry.kind not in {"answer", "left-out", "seen"}:
                words = clip(describe(entry), columns - 36)
                print(safe(f"{entry.id[-6:]}  {moment:%m-%d %H:%M}  {entry.kind:<13}  {words}"))
        return 0
    document = desk.record()
    if options.format == "json":
        print(json.dumps(document.model_dump(mode="json", by_alias=True), ensure_ascii=False, indent=2))
        return 0
    from runbook.flow.show import view

    print(safe(view(document, columns=width())))
    return 0
