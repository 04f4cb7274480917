"""``runbook sync``: bring what people edited in a report back into its record."""

from __future__ import annotations

import re
import sys

from runbook.cli.output import add_document, add_format, clip, emit_json, note, paint, parser, safe, width
from runbook.errors import EXIT_FINDINGS, EXIT_OK, BadInputError
from runbook.model.cells import cells, cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runbook.flow.sync_result import Changed, Synced
    from runbook.review.merge import Side

_ID = re.compile(r"(?:INC|DEP)-\d{4}-\d{2}-\d{2}-\d{3,}\Z")


def run(argv: list[str]) -> int:
    """Sync one document; 1 if something is left for a person to settle."""
    arguments = parser(
        "sync",
        "Read report.md and bring what people changed in it into record.yaml, and the other way round, since the "
        "newest commit in which the two agreed. Writes both files and commits nothing.",
        epilog="Where both were changed to different values nothing is written before that is settled:\n"
        "  runbook sync ID --keep report summary --keep record actions",
    )
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: the current one")
    arguments.add_argument(
        "--check",
        action="store_true",
        help="only say whether they agree; exit 1 if they do not; without ID and with nothing open, of every document",
    )
    arguments.add_argument("--all", action="store_true", help="with --check: every filed document, for a pipeline")
    arguments.add_argument(
        "--keep",
        metavar=("record|report", "FIELD"),
        nargs="+",
        action="append",
        default=[],
        help="whose version counts where both were changed: everywhere, or in these fields",
    )
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args(argv)
    keep, named = _keep(options.keep)
    if options.all:
        if not options.check or options.document or keep:
            raise BadInputError("goes with --check alone", field="--all", hint="runbook sync --check --all")
        return _check_all(options.repo, as_json=options.format == "json")
    if options.check and not (options.document or options.id or named or keep):
        from runbook.flow.sync_all import why_all

        if why := why_all(options.repo):
            note(f"runbook: {why}: every filed document is looked at")
            return _check_all(options.repo, as_json=options.format == "json")

    from runbook.flow.desk import open_named
    from runbook.flow.sync import sync

    desk = open_named(options.document or options.id or named, options.repo)
    synced = sync(desk, keep=keep, write=not options.check)
    if options.format == "json":
        emit_json(synced.to_json())
    else:
        _print(synced, only_looked=options.check)
    if options.check:
        return EXIT_OK if synced.agree else EXIT_FINDINGS
    return EXIT_FINDINGS if synced.conflicts or synced.unread else EXIT_OK


def _check_all(repo: str | None, *, as_json: bool) -> int:
    """Where record and report of any filed document disagree, a line each; 1 if one does."""
    from runbook.flow.sync_all import check_all

    found = check_all(repo)
    if as_json:
        emit_json(
            {"agree": not any(found.values()), "documents": {name: [vars(d) for d in found[name]] for name in found}}
        )
    else:
        for difference in (each for differences in found.values() for each in differences):
            named = f"{difference.field}: " if difference.field else ""
            print(safe(f"{difference.file}:{difference.line}: {named}{difference.message}"))
        wrong = sum(bool(differences) for differences in found.values())
        print(f"record and report agree in {len(found) - wrong} of {len(found)} documents")
    return EXIT_FINDINGS if any(found.values()) else EXIT_OK


def _keep(groups: list[list[str]]) -> tuple[list[tuple[Side, str]], str | None]:
    """The sides and fields, and an id that stands behind them (``--keep report INC-…``)."""
    keep: list[tuple[Side, str]] = []
    named = None
    for side, *fields in groups:
        if side not in {"record", "report"}:
            raise BadInputError(f"{side!r} is neither record nor report", field="--keep")
        names = [name for name in fields if not _ID.match(name)]
        named = next((name for name in fields if _ID.match(name)), named)
        keep += [("record" if side == "record" else "report", name) for name in names or [""]]
    return keep, named


def _print(synced: Synced, *, only_looked: bool) -> None:
    if synced.agree:
        print(f"{synced.id}: record and report agree")
        return
    for source, title in (("report", "from report.md into the record"), ("record", "from the record into report.md")):
        changes = [each for each in synced.changed if each.source == source]
        if changes and not synced.conflicts:
            print(paint(title, "bold"))
            for each in changes:
                _print_change(each)
    for conflict in synced.conflicts:
        print(paint(f"conflict: {safe(conflict.field)}", "bold", "red"))
        both = _apart(conflict.record.value, conflict.report.value, width() - 19)
        for version, words in zip((conflict.record, conflict.report), both, strict=True):
            place = f"{version.file.rpartition('/')[2]}:{version.line}"
            print(clip(f"  {place:<17}{words}", width()))
    if synced.unread:
        print(paint("edited in report.md, with no place in the record", "bold", "yellow"))
        for missed in synced.unread:
            name = f"{missed.field}: " if missed.field else ""
            print(safe(f"  report.md:{missed.line}  {name}{missed.message}"))
    _print_end(synced, only_looked=only_looked)


def _print_change(change: Changed) -> None:
    place = f"{change.file.rpartition('/')[2]}:{change.line}"
    print(clip(f"  {place}  {change.field}", width()))
    before, _ = _apart(change.before, change.after, max((width() - 12) // 2, 24))
    _, after = _apart(change.before, change.after, max((width() - 12) // 2, 24, width() - cells(before) - 9))
    print(clip(f"      {before} → {after}", width()))


def _apart(one: Any, other: Any, room: int) -> tuple[str, str]:
    """Two values within ``room`` cells each; of long ones the part in which they differ."""
    from runbook.flow.sync_result import shown

    texts = shown(one), shown(other)
    alike = next((at for at, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), 0)
    if max(map(cells, texts)) > room and cells(texts[0][:alike]) > room // 2:
        begin = texts[0].rfind(" ", 0, max(alike - room // 4, 0)) + 1
        texts = f"… {texts[0][begin:]}", f"… {texts[1][begin:]}"
    return cut(texts[0], room), cut(texts[1], room)


def _print_end(synced: Synced, *, only_looked: bool) -> None:
    if synced.conflicts:
        since = f" since {synced.base[:10]}" if synced.base else ""
        note(f"both changed{since}; nothing was written. Whose version counts?")
        note(f"  runbook sync {synced.id} --keep report {synced.conflicts[0].field}")
    elif only_looked:
        note(f"record and report disagree; `runbook sync {synced.id}` brings them together")
    elif synced.written:
        print("written: record.yaml and report.md; `git diff` shows what is new")
    if synced.copy:
        note(f"the report as it was typed is kept in {synced.copy}")
    sys.stdout.flush()
