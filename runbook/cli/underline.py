"""The line of ``~`` that stands below what was found in a line."""

from __future__ import annotations

from runbook.model.cells import cells, cut, cut_start


def underline(text: str, span: tuple[int, int], columns: int) -> tuple[str, str]:
    """At most ``columns`` cells of ``text`` around ``span``, and a line of ``~`` that stands below the match.

    Returns:
        The text, with ``…`` where it is cut, and the marks; no marks where the match itself is empty or was cut away.
    """
    start, end = max(span[0], 0), min(max(span[1], 0), len(text))
    before, match, after = text[:start], text[start:end], text[end:]
    if cells(text) > columns:
        room = max(columns - cells(match), 0)
        keep_before = max(room // 2, room - cells(after))
        before = cut_start(before, keep_before)
        match = cut(match, columns - cells(before))
        after = cut(after, max(columns - cells(before) - cells(match), 0)) if after else ""
    return before + match + after, " " * cells(before) + "~" * cells(match) if match else ""
