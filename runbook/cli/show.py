"""``runbook show``: one incident or deployment, in the terminal or as its record."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from runbook.cli.output import add_document, add_format, clip, parser, safe, speaks_utf8, width
from runbook.flow.desk import open_named
from runbook.flow.timeline import describe, live_entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.flow.desk import Desk

LATE = timedelta(minutes=2)
"""What came on record later than this after it happened was not known at the time."""


def _as_of(desk: Desk, text: str, *, as_json: bool) -> int:
    """The timeline as it was known at a moment, late knowledge marked as such."""
    from runbook.flow.show import known_at

    moment = desk.when(text)
    document, later = known_at(desk, moment)
    if as_json:
        print(json.dumps(document.model_dump(mode="json", by_alias=True), ensure_ascii=False, indent=2))
        return 0
    columns = width()
    print(clip(f"{desk.id}  {document.title}", columns))
    print(f"as it was known at {moment.astimezone(desk.zone):%Y-%m-%d %H:%M} ({document.zone}): {document.status}")
    print()
    for row in document.timeline:
        late = row.recorded_at is not None and row.recorded_at - row.at > LATE
        learned = f"  (learned {row.recorded_at.astimezone(desk.zone):%H:%M})" if late and row.recorded_at else ""
        words = clip(f"{row.kind:<13}  {row.text}", columns - 9 - len(learned))
        print(safe(f"  {row.at.astimezone(desk.zone):%H:%M}  {words}{learned}"))
    if later:
        before = sum(row.at <= moment for row in later)
        print(f"\n{len(later)} came on record later" + (f", {before} of them about the time before" if before else ""))
    return 0


def run(argv: list[str]) -> int:
    """Show the document, its entries with their ids, or its record."""
    arguments = parser("show", "One incident or deployment: what happened, when, why, and what is left to do.")
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: the current one")
    add_document(arguments)
    arguments.add_argument(
        "--entries", action="store_true", help="the journal's entries with their ids, for amend and undo"
    )
    arguments.add_argument(
        "--as-of", metavar="TIME", help="as responders knew it then: only what was on record by TIME"
    )
    add_format(arguments)
    options = arguments.parse_args(argv)
    desk = open_named(options.document or options.id, options.repo)
    if options.as_of:
        return _as_of(desk, options.as_of, as_json=options.format == "json")
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
    from runbook.cli.pager import page_out
    from runbook.flow.show import view

    shown = view(document, columns=width(), repository=desk.place.repository, drawn=True, plain=not speaks_utf8())
    page_out(safe(shown).rstrip("\n"))
    return 0
