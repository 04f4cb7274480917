"""What a script only says: help texts and messages. A password or a setting in them is set nowhere."""

from __future__ import annotations

import re

_OPENED = re.compile(r"(?<!<)<<(-?)[ \t]*[\"'\\]?(\w+)")
_SAYS = re.compile(r"\s*(?:cat|echo|printf)\b")
_ELSEWHERE = re.compile(r"\||(?<![0-9&])>(?![&(])|[0-9]>(?!&)|&>|>\(|\$\(|`")
"""A pipe, a file, a substitution: then what is said becomes something."""


def without_said(script: bytes) -> bytes:
    """A script with empty lines in place of what it only prints: here-documents of ``cat``, lines of ``echo``.

    What goes into a file or another program stays.
    """
    lines = script.decode("utf-8", "surrogateescape").split("\n")
    mark, indented, said = "", False, False
    for number, line in enumerate(lines):
        if mark:
            bare = line.rstrip("\r")
            if (bare.lstrip("\t") if indented else bare) == mark:
                mark = ""
            elif said:
                lines[number] = ""
            continue
        opened = _OPENED.search(line) if "<<" in line and "((" not in line else None
        if opened is not None:
            indented, mark = bool(opened[1]), opened[2]
            said = _only_says(line)
        elif _only_says(line) and _is_whole(line, lines[number - 1] if number else ""):
            lines[number] = ""
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _only_says(line: str) -> bool:
    return (
        _SAYS.match(line) is not None
        and _ELSEWHERE.search(line.replace(">&2", "").replace("> /dev/stderr", "")) is None
    )


def _is_whole(line: str, before: str) -> bool:
    """Whether the line is one command alone: nothing continues it, no quote goes on, nothing runs after it."""
    if before.rstrip().endswith("\\") or line.rstrip().endswith("\\"):
        return False
    bare = re.sub(r"\\.", "", line)
    return (
        bare.count('"') % 2 == 0
        and bare.count("'") % 2 == 0
        and not re.search(r"[;&](?!\d)", re.sub(r">&\d", "", bare))
    )
