"""The detector ``nginx``: a configuration as crossplane reads it; files that it includes are not opened."""

from __future__ import annotations

import os
import re
import tempfile

from runbook.detect.artefacts.artefact import Artefact, DetectorMissingError, Reported
from runbook.detect.artefacts.config.flavour import flavour, is_template
from runbook.detect.artefacts.config.schema import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

DETECTOR = "nginx"
MAX_CHARACTERS = 128 * 1024
MAX_DEPTH = 30
MAX_ERRORS = 50
"""What is looked at: crossplane's time grows with the square of a block's depth."""

_CODES = frozenset({"syntax", "arguments", "context", "unknown-directive"})
_WHERE = re.compile(r"\s+in\s+\S*:\d+$")
_IN_HTTP = re.compile(
    r"(?m)^[ \t]*(?:server|(?:upstream|map|geo|limit_req_zone|proxy_cache_path)[ \t][^{;\n]{1,300})[ \t]*[{;]"
)

_NEWER = frozenset({"http2", "http3", "quic_gso", "quic_retry", "ssl_reject_handshake", "proxy_cookie_flags"})
"""Directives that nginx has and crossplane's list does not, as far as they look like a slip of another."""


def codes() -> frozenset[str]:
    """What can be wrong."""
    return _CODES


def check(artefact: Artefact) -> list[Reported]:
    """What is wrong with an nginx configuration; nothing for other files.

    Raises:
        DetectorMissingError: crossplane is not installed.
    """
    if flavour(artefact) != "nginx" or is_template(artefact):
        return []
    if len(artefact.text) > MAX_CHARACTERS or _depth(artefact.text) > MAX_DEPTH:
        return []
    whole = re.search(r"(?m)^[ \t]*(?:http|events|stream)[ \t]*\{", artefact.text) is not None
    inside_http = not whole and _IN_HTTP.search(artefact.text) is not None
    text = f"http {{{artefact.text}\n}}" if inside_http else artefact.text  # on the first line, so that lines stay true
    errors = _errors(text, contexts=whole or inside_http)
    found = [one for error in errors[:MAX_ERRORS] if (one := _reported(error, artefact)) is not None]
    return [*found, *_without_semicolon(artefact)]


def _without_semicolon(artefact: Artefact) -> Iterator[Reported]:
    """A line that ends in nothing, and a next one that begins with a directive: nginx takes both for one."""
    known = frozenset(_directives())
    before: tuple[int, str] | None = None
    for number, line in enumerate(artefact.lines, 1):
        bare = re.split(r"\s#|^#", line.strip(), maxsplit=1)[0].strip()
        if not bare:
            continue
        first = bare.split()[0].rstrip(";{")
        if before is not None and first in known:
            text = artefact.lines[before[0] - 1]
            column = len(text) - len(text.lstrip()) + 1
            message = f"the line of {before[1]!r} does not end in a semicolon"
            yield Reported(
                DETECTOR, "syntax", line=before[0], column=column, message=message, captures={"problem": message}
            )
        ends = bare.endswith((";", "{", "}")) or bare.count('"') % 2 or bare.count("'") % 2
        before = (number, first) if not ends and first in known else None


def _depth(text: str) -> int:
    """How deep braces nest, those in comments and quotes counted too."""
    depth = deepest = 0
    for char in text:
        if char == "{":
            depth += 1
            deepest = max(deepest, depth)
        elif char == "}":
            depth -= 1
    return deepest


def _errors(text: str, *, contexts: bool) -> list[dict[str, Any]]:
    try:
        import crossplane  # noqa: PLC0415  only for nginx
    except ModuleNotFoundError:
        raise DetectorMissingError("the Python package crossplane is not installed") from None
    descriptor, path = tempfile.mkstemp(prefix="runbook-nginx-", suffix=".conf")  # crossplane reads files only
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        try:
            parsed = crossplane.parse(
                path, single=True, strict=True, catch_errors=True, check_ctx=contexts, check_args=contexts
            )
        except (RecursionError, ValueError, IndexError) as error:
            return [{"error": f"cannot be read: {type(error).__name__}", "line": 1}]
    finally:
        os.unlink(path)
    return [error for config in parsed["config"] for error in config["errors"]]


def _reported(error: dict[str, Any], artefact: Artefact) -> Reported | None:
    message = _WHERE.sub("", str(error["error"]))
    line = min(max(int(error["line"] or 1), 1), len(artefact.lines))
    directive = message.split('"')[1] if message.count('"') >= 2 else ""
    code = "syntax"
    if "unknown directive" in message:
        hint = nearest(directive, _directives()) if directive not in _NEWER else ""
        if not hint:
            return None  # modules bring directives of their own
        code, message = "unknown-directive", f"unknown directive {directive!r}{hint}"
    elif "directive is not allowed here" in message:
        code = "context"
    elif "number of arguments" in message or "invalid value" in message:
        code = "arguments"
    text = artefact.lines[line - 1]
    start = text.find(directive) if directive else -1
    column = start + 1 if start >= 0 else len(text) - len(text.lstrip()) + 1
    return Reported(
        DETECTOR,
        code,
        line=line,
        column=column,
        end_column=column + len(directive) if start >= 0 else 0,
        message=message,
        captures={"problem": message},
    )


def _directives() -> list[str]:
    from crossplane.analyzer import DIRECTIVES  # noqa: PLC0415

    return list(DIRECTIVES)
