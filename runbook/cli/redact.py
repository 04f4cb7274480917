"""``runbook redact``: the door alone, as a filter."""

from __future__ import annotations

import os
import sys

from runbook.cli.output import add_format, emit_json, parser
from runbook.errors import BadInputError, NotFoundError
from runbook.flow.redact import redact_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def run(argv: list[str]) -> int:
    """Clean a file or a pipe; complete lines go out as they come."""
    arguments = parser(
        "redact",
        "Take secrets and terminal escapes out of a text. Equal secrets get equal numbers. Nothing is stored.",
        epilog="examples:\n  runbook redact app.log >clean.log\n  kubectl logs -f web | runbook redact",
    )
    arguments.add_argument("file", nargs="?", default="-", metavar="FILE", help="a file, or - for a pipe (default)")
    add_format(arguments)
    options = arguments.parse_args(argv)
    kept: list[str] = []
    as_json = options.format == "json"
    counts = redact_stream(_chunks(options.file), kept.append if as_json else _show)
    if as_json:
        emit_json({"text": "".join(kept), "redacted": counts})
    elif counts and sys.stderr.isatty():
        print("redacted: " + ", ".join(f"{count} {kind}" for kind, count in counts.items()), file=sys.stderr)
    return 0


def _show(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _chunks(source: str) -> Iterator[bytes]:
    try:
        descriptor = sys.stdin.fileno() if source == "-" else os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotFoundError("there is no such file", file=source) from None
    except OSError as error:
        raise BadInputError(f"cannot be read: {error.strerror}", file=source) from None
    try:
        while chunk := os.read(descriptor, 65536):
            yield chunk
    except IsADirectoryError:
        raise BadInputError("is a folder", file=source) from None
    finally:
        if source != "-":
            os.close(descriptor)
