"""Ignores as people type them into a report, on their way home into the record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.model.record import Ignore
from runbook.review.report_text import IGNORE_COMMENT, ReportText, in_code, inline_ignore

if TYPE_CHECKING:
    from runbook.review.report_text import InlineIgnore

_CODE = re.compile(r"RB[0-9]{3}")
BLOCK = "ignores"
"""Name of the report's field in which the record's ignores stand."""


def take_out(text: str) -> tuple[str, list[Ignore]]:
    """A report without the ignores that somebody typed into it, and those as the record holds them.

    What the press wrote, between the anchors of ``runbook:ignores``, stays. So does one without a rule's code: it is a
    problem, and whoever typed it should see it where it stands.

    Args:
        text: the report.

    Returns:
        The report with as many lines as before, and the ignores in order; each names the item or field it was beside.
    """
    report = ReportText(text)
    begin, end = report.fields.get(BLOCK, (0, 0))
    typed = [each for each in report.ignores if _CODE.fullmatch(each.rule) and not begin < each.line < end]
    lines = list(report.lines)
    for number in {each.line for each in typed}:
        lines[number - 1] = _without(lines[number - 1])
    return "\n".join(lines), [
        Ignore(rule=each.rule, reason=each.reason, where=each.where or _beside(each, report)) for each in typed
    ]


def _without(line: str) -> str:
    """A line without the ignores that can be taken home, and without the blanks that set them apart."""
    for match in reversed(list(IGNORE_COMMENT.finditer(line))):
        if not in_code(line, match.start()) and _CODE.fullmatch(inline_ignore(match, 0, line).rule):
            before, after = line[: match.start()], line[match.end() :]
            line = before.rstrip(" ") + after if before.strip() else before + after.lstrip(" ")
    return line


def _beside(ignore: InlineIgnore, report: ReportText) -> str:
    """The item on the same line, else the field of the section; empty above the first section."""
    if not ignore.alone:
        same = [name for name, lines in report.ids.items() if ignore.line in lines]
        if same:
            return same[0].replace("%2D", "-")
    first = next((heading.line for heading in report.headings if heading.level > 1), None)
    if first is None or ignore.line < first:
        return ""
    begin, end = report.section_of(ignore.line)
    inside = [(span[0], name) for name, span in report.fields.items() if begin <= span[0] <= end]
    around = [name for name, span in report.fields.items() if span[0] < ignore.line < span[1]]
    return around[0] if around else min(inside)[1] if inside else ""
