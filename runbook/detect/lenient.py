"""Text out of any bytes: without the escape sequences of a terminal, and what is not UTF-8 as what it most likely is.

That is Latin-1, in the form that Windows gave it. Each such byte becomes one character outside ASCII, so that no text
appears that was not there.
"""

from __future__ import annotations

import re

_WINDOWS: dict[int, str] = {}
_ESCAPE = rb"\x1b(?:\[[0-?]*[ -/]*[@-~]?|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[PX^_][^\x1b\n]*(?:\x1b\\)?|[ -/]*[0-~]?)"


def read_text(data: bytes) -> str:
    """``data`` as text, whatever bytes it is made of."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        if not _WINDOWS:
            _WINDOWS.update({0xDC00 + code: bytes((code,)).decode("cp1252", "replace") for code in range(128, 256)})
        return data.decode("utf-8", "surrogateescape").translate(_WINDOWS)


def without_escapes(data: bytes) -> bytes:
    """``data`` without escape sequences, whole ones and such as break off."""
    return re.sub(_ESCAPE, b"", data) if b"\x1b" in data else data
