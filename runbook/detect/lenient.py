"""Bytes that are not UTF-8, read as what they most likely are: Latin-1, in the form that Windows gave it.

Each such byte becomes one character outside ASCII, so that no text appears that was not there.
"""

from __future__ import annotations

_WINDOWS: dict[int, str] = {}


def read_text(data: bytes) -> str:
    """``data`` as text, whatever bytes it is made of."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        if not _WINDOWS:
            _WINDOWS.update({0xDC00 + code: bytes((code,)).decode("cp1252", "replace") for code in range(128, 256)})
        return data.decode("utf-8", "surrogateescape").translate(_WINDOWS)
