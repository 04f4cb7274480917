"""Workflow commands, by which GitHub shows annotations beside the lines of a pull request.

Source of the format: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations


def annotation(  # noqa: D417  the place is described as one
    level: str, title: str, text: str, *, file: str = "", line: int = 1, column: int = 0, end_column: int = 0
) -> str:
    """One annotation.

    Args:
        level: ``error``, ``warning`` or ``notice``.
        title: what is shown in bold.
        text: what is shown below.
        file, line, column, end_column: where; no file for what comes from a pipe, no column for a whole line.
    """
    place = ""
    if file:
        place = f"file={_property(file.removeprefix('./'))},line={max(line, 1)},"
        place += f"col={column}," if column else ""
        place += f"endColumn={end_column}," if end_column else ""
    return f"::{level} {place}title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
