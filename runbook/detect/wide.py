"""A condition without literals, as one pass over a block finds the lines on which it can hold."""

from __future__ import annotations

from runbook.detect.approximate import wider

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runbook.detect.table import Condensed


def compile_wide(condensed: Condensed) -> Any | None:
    """RE2's pattern over the bytes of many lines; it matches within every line on which the condition holds.

    Returns:
        None where nothing wider is known, so that every line has to be looked at.
    """
    import re2  # noqa: PLC0415  8 ms that most scans do not need

    source = wider(condensed)
    if source is None:
        return None
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.encoding = re2.Options.Encoding.LATIN1  # bytes as they are
    try:
        pattern = re2.compile(b"(?m)" + source.encode("ascii"), options)
    except re2.error:
        return None
    return None if pattern.search(b"") is not None else pattern
