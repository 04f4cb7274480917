"""Bytes that are not UTF-8, read as what they most likely are: Latin-1, in the form that Windows gave it.

Each such byte becomes one character outside ASCII, so that no text appears that was not there.
"""

from __future__ import annotations

import codecs

LENIENT = "runbook-lenient"
"""Name of the error handler for ``bytes.decode("utf-8", …)``."""


def _read(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(LENIENT, _read)
