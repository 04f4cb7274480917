"""``runbook scrub``: take out a secret that slipped through."""

from __future__ import annotations

import sys
from pathlib import Path

from runbook.cli.output import add_format, emit_json, note, parser, safe
from runbook.errors import BadInputError, NotFoundError
from runbook.flow.desk import open_document
from runbook.flow.file import file_document
from runbook.flow.scrub import read_secrets, scrub

_ROTATE = """\
Taking it out does not make it secret again: whoever saw it has it. Rotate it now."""
_HISTORY = """\
The repository's history still holds what was committed before. If it was pushed, rotating is the only remedy; if it was
not, `git rebase` or `git filter-repo` can take the old commits away."""


def run(argv: list[str]) -> int:
    """Scrub journal, evidence, record and report of one document."""
    arguments = parser(
        "scrub",
        "Take a secret that slipped through out of journal, evidence, record and report, and leave a tombstone.\n"
        "The secret is read from a file, a pipe, or typed without echo: never from the command line, which your shell\n"
        "remembers. "
        "Without a secret, everything passes today's rules again.",
        epilog="examples:\n  runbook scrub INC-2026-02-11-001\n  pbpaste | runbook scrub INC-2026-02-11-001 --secret -",
    )
    arguments.add_argument("document", metavar="ID")
    arguments.add_argument("--secret", metavar="FILE", help="file with one secret a line; - reads a pipe or asks")
    arguments.add_argument("--repo", metavar="PATH", help="the repository of reports")
    add_format(arguments)
    options = arguments.parse_args(argv)
    secrets = read_secrets(_secret_text(options.secret)) if options.secret else []
    desk = open_document(options.document, options.repo)
    was_filed = desk.filed is not None
    done = scrub(desk, secrets)
    if done.found and was_filed:
        file_document(desk, message=f"{desk.kind}: take a secret out of {desk.id}\n")
    if options.format == "json":
        emit_json({"id": desk.id, "found": done.found, "files": done.files})
        return 0
    if not done.found:
        print(f"nothing found in {desk.id}")
        return 0
    for path, count in done.files.items():
        print(safe(f"  {path}  {count} {'place' if count == 1 else 'places'}"))
    note(_ROTATE)
    if was_filed:
        note(_HISTORY)
    return 0


def _secret_text(source: str) -> str:
    if source == "-" and sys.stdin.isatty():
        import getpass

        try:
            return getpass.getpass("secret (not shown): ")
        except EOFError:
            raise BadInputError("no secret was typed") from None
    if source == "-":
        return sys.stdin.buffer.read().decode("utf-8", "backslashreplace")
    try:
        return Path(source).read_bytes().decode("utf-8", "backslashreplace")
    except FileNotFoundError:
        raise NotFoundError("there is no such file", file=source) from None
    except OSError as error:
        raise BadInputError(f"cannot be read: {error.strerror}", file=source) from None
