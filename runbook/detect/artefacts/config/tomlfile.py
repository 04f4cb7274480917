"""The detector ``toml_syntax``: whether a TOML file can be read."""

from __future__ import annotations

import re

from runbook.detect.artefacts.artefact import Artefact, Reported
from runbook.detect.artefacts.config.flavour import flavour, is_template

DETECTOR = "toml_syntax"
MAX_LINE = 2000
MAX_DOTS = 200
_CODES = frozenset({"syntax"})
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_TWICE = re.compile(r"Cannot (?:overwrite a value|declare .* twice|mutate immutable namespace|append to)")


def codes() -> frozenset[str]:
    """What can be wrong."""
    return _CODES


def check(artefact: Artefact) -> list[Reported]:
    """What is wrong with the TOML itself; nothing for other files."""
    if flavour(artefact) != "toml":
        return []
    if any(len(line) > MAX_LINE and line.count(".") > MAX_DOTS for line in artefact.lines):
        return []  # the reader's time grows with the square of a dotted key's length
    import tomllib  # noqa: PLC0415  only for TOML

    try:
        tomllib.loads(artefact.text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        if is_template(artefact):
            return []
        text = str(error)
        place = _PLACE.search(text)
        message = text[: place.start()] if place else text
        line, column = (int(place[1]), int(place[2])) if place and place[1] else (len(artefact.lines), 1)
        line, column = _start_of(artefact, line, column)
        message = "the key or table stands twice" if _TWICE.match(message) else message[:1].lower() + message[1:]
        return [Reported(DETECTOR, "syntax", line=line, column=column, message=message, captures={"problem": message})]
    except (RecursionError, ValueError):
        return [
            Reported(
                DETECTOR, "syntax", line=1, message="is more than is read", captures={"problem": "is more than is read"}
            )
        ]
    return []


def _start_of(artefact: Artefact, line: int, column: int) -> tuple[int, int]:
    """A line's end is where the parser noticed it; what it noticed stands before."""
    line = min(line, len(artefact.lines))
    while line > 1 and not artefact.lines[line - 1].strip():
        line, column = line - 1, len(artefact.lines[line - 2]) + 1
    return line, column
