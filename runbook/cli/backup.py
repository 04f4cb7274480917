"""``runbook backup``: keep files as they are before something is changed."""

from __future__ import annotations

import os
import sys
from datetime import datetime

from runbook.cli.output import add_document, add_format, clip, emit_json, is_terminal, note, parser, safe, width
from runbook.errors import EXIT_FINDINGS, BadInputError
from runbook.flow import backup as flow
from runbook.flow.backup import short_id
from runbook.model.text import count_of, show_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from runbook.model.backup import Backup


def run(argv: list[str]) -> int:
    """Take a backup, list them, check them, or delete the old ones."""
    arguments = parser(
        "backup",
        "Keep files and folders as they are now, outside git, before something is changed. SQLite databases are\n"
        "copied through their own backup call, so that the copy is whole while programs use them. With a document\n"
        "open it goes on the timeline. `runbook rollback` puts it back.",
        epilog="examples:\n  runbook backup config/ docker-compose.yml --reason 'before the PR deployment'\n"
        "  runbook backup --list config/\n  runbook backup --check\n\n"
        "Backups are kept 30 days (backup.keep_days in runbook.toml); a path's newest one stays whatever its age.",
    )
    arguments.add_argument("paths", metavar="PATH", nargs="*", help="files and folders; links are followed once")
    arguments.add_argument("--reason", default="", metavar="TEXT", help="what is about to be changed")
    what = arguments.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="show the backups, newest first")
    what.add_argument("--check", action="store_true", help="read every copy again (PATH: ids); 1 if one is damaged")
    what.add_argument("--prune", action="store_true", help="delete now what is older than the days kept")
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args(argv)
    if options.list:
        return _list(flow.backups(options.paths), options)
    if options.check:
        return _check(options)
    if options.prune:
        return _prune(options)
    return _take(options)


def near(path: str) -> str:
    """The path as seen from here, where that is shorter."""
    relative = os.path.relpath(path)
    return path if relative.startswith("../..") or len(relative) > len(path) else relative


def _take(options: argparse.Namespace) -> int:
    shown = is_terminal(sys.stderr) and options.format == "text" and len(options.paths) > 1
    taken = flow.take_backup(
        options.paths,
        reason=options.reason,
        identifier=options.id,
        repo=options.repo,
        progress=(lambda path: note(f"keeping {near(path)}")) if shown else (lambda _path: None),
    )
    made = taken.backup
    if options.format == "json":
        emit_json({**_as_json(made), "folder": taken.folder, "entry": None if taken.entry is None else taken.entry.id})
        return 0
    print(safe(f"backup {short_id(made.id)}  {count_of(made.count, 'file')}, {show_size(made.size)}"))
    for path in made.paths:
        databases = sum(file.kind == "sqlite" for file in path.files)
        extra = f"  ({count_of(databases, 'database')} copied while in use)" if databases else ""
        print(safe(f"  {near(path.path)}{'/' if path.is_folder else ''}{extra}"))
        for name in path.skipped:
            note(f"  not copied, because it holds nothing: {name}")
        for file in path.files:
            if file.note:
                note(f"  {near(os.path.join(path.path, file.name) if file.name else path.path)}: {file.note}")
    if taken.document:
        print(safe(f"  on the timeline of {taken.document}"))
    print(f"  back with: runbook rollback {short_id(made.id)}")
    if taken.pruned:
        note(f"  {count_of(len(taken.pruned), 'older backup')} deleted, their time was over")
    return 0


def _list(found: list[Backup], options: argparse.Namespace) -> int:
    if options.format == "json":
        emit_json([_as_json(each) for each in found])
        return 0
    if not found:
        print("no backups")
        return 0
    for each in found:
        at = datetime.fromisoformat(each.at)
        named = ", ".join(near(path.path) for path in each.paths[:3]) + (" …" if len(each.paths) > 3 else "")
        why = f"  {each.reason}" if each.reason else ""
        head = f"{short_id(each.id)}  {at:%Y-%m-%d %H:%M}  {show_size(each.size):>8}  "
        print(head + clip(f"{named}{why}", width() - len(head)))
    return 0


def _check(options: argparse.Namespace) -> int:
    damage = flow.damage(options.paths)
    if options.format == "json":
        emit_json([{"id": name, "damaged": paths} for name, paths in damage.items()])
    else:
        for name, paths in damage.items():
            print(safe(f"{short_id(name)}  {'whole' if not paths else 'DAMAGED: ' + ', '.join(paths)}"))
    return EXIT_FINDINGS if any(damage.values()) else 0


def _prune(options: argparse.Namespace) -> int:
    if options.paths:
        raise BadInputError("--prune deletes by age, not by path", hint="runbook backup --prune")
    gone = flow.prune_backups(repo=options.repo)
    if options.format == "json":
        emit_json([_as_json(each) for each in gone])
    else:
        print(f"{count_of(len(gone), 'backup')} deleted")
    return 0


def _as_json(each: Backup) -> dict[str, Any]:
    """The shape of docs/schema/backup.json."""
    return {
        "id": each.id,
        "at": each.at,
        "reason": each.reason,
        "actor": each.actor,
        "host": each.host,
        "document": each.document,
        "replaces": each.replaces,
        "files": each.count,
        "bytes": each.size,
        "paths": [{"path": path.path, "files": len(path.files), "bytes": path.size} for path in each.paths],
    }
