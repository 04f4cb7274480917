"""``runbook attach``: a file or a pipe becomes evidence."""

from __future__ import annotations

import os
import sys

from runbook.cli.output import add_document, add_format, emit_json, note, parser, safe
from runbook.errors import BadInputError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO


def run(argv: list[str]) -> int:
    """Attach one file; says so only once it is on disk."""
    arguments = parser(
        "attach",
        "Add a text file, or what comes through a pipe, as evidence. Secrets are taken out of it first;\n"
        "of more than 5 MiB the head and the tail are kept, with the known failures from between.",
        epilog="examples:\n  runbook attach /var/log/nginx/error.log --note 'the hour before'\n"
        "  kubectl describe pod web-1 | runbook attach - --name 'web-1, described'",
    )
    arguments.add_argument("file", metavar="FILE", help="the file; - reads standard input")
    arguments.add_argument("--name", help="what to call it (default: the file's name)")
    arguments.add_argument("--note", default="", help="what it shows")
    arguments.add_argument("--at", metavar="TIME", help="when it was so: 14:32, 10 min ago, T+15 (default: now)")
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args(argv)

    from runbook.flow.attach import attach
    from runbook.flow.desk import open_document

    desk = open_document(options.id, options.repo)
    at = desk.when(options.at) if options.at else None
    name = " ".join((options.name or _name(options.file)).split())
    with _open(options.file) as source:
        entry = attach(desk, source, name=name, note=options.note, at=at)
    if options.format == "json":
        emit_json({"id": entry.id, "at": entry.at})
        return 0
    print(safe(f"{entry.at[11:16]}  {desk.id}  attached {entry.data['name']}"))
    for finding in entry.data["findings"]:
        note(f"  known: {finding['signature']}  line {finding['line']}  {finding['title']}")
    return 0


def _name(path: str) -> str:
    return "standard input" if path == "-" else os.path.basename(os.path.abspath(path))


def _open(path: str) -> BinaryIO:
    if path == "-":
        if sys.stdin.isatty():
            note("type or paste the evidence, end with Ctrl-D on a line of its own")
        return sys.stdin.buffer
    try:
        return open(path, "rb")
    except FileNotFoundError:
        raise NotFoundError("there is no such file", file=path) from None
    except OSError as error:
        raise BadInputError(f"cannot be read: {(error.strerror or str(error)).lower()}", file=path) from None
