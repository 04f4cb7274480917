"""The way back: what people changed in a report, brought into the record that it was made from.

A report shows a record, and some of it shortened: the minutes of a time, the first line of a long text. So a report is
not read alone. It is compared, anchor by anchor, with the report as the record gave it, and only what a person changed
is taken. What nobody touched keeps the record's exact value, also where a formatter wrote the same in another way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runbook.errors import BadInputError
from runbook.model.record import Deployment, Incident
from runbook.model.settings import Settings
from runbook.model.yamltext import HOW_TO_MERGE
from runbook.render.reader_causes import read_causes
from runbook.render.reader_draft import LEFT_OUT_WHEN_EMPTY, Draft, Unread
from runbook.render.reader_fields import read_facts, read_head, read_prose, title_of
from runbook.render.reader_inline import (
    canonical,
    canonical_line,
    without_anchors,
)
from runbook.render.reader_lists import read_lists
from runbook.render.reader_marks import with_numbers_of
from runbook.render.reader_mend import mend_tables
from runbook.render.reader_page import is_format, read_page
from runbook.render.reader_references import read_references
from runbook.render.reader_tables import read_commands, read_details, read_evidence, read_findings
from runbook.render.reader_timeline import read_milestones, read_timeline
from runbook.render.report import render_report

if TYPE_CHECKING:
    from pathlib import Path

    from runbook.model.record import AnyDocument
    from runbook.render.reader_page import Block, Page

__all__ = ["Reading", "Unread", "one_way_sections", "read_report"]

_PROSE = {
    Incident: ("summary", "time_note", "impact.description", "resolution", "rollback"),
    Deployment: ("changes", "time_note", "verification", "rollback_plan"),
}
_LISTS = {
    *("factors", "lessons.went_well", "lessons.went_wrong", "lessons.lucky", "prevention", "checklist", "actions"),
    *("issues", "pre_checks", "practice_checks", "post_checks", "steps", "sign_off"),
    *("causes", "impact", "references"),
}
_TABLES = {"head", "timeline", "commands", "evidence", "findings", "milestones"}
_TABLES |= {f"timeline.{phase}" for phase in ("detection", "investigation", "resolution")}


@dataclass(frozen=True)
class Reading:
    """What a report says.

    Attributes:
        record: the record with what people changed; the id, journals' marks and everything no report shows are kept.
        lines: the line of the report for each field that changed, such as ``actions.01KH….due``.
        unread: what was edited and does not come back into the record.
    """

    record: AnyDocument
    lines: dict[str, int]
    unread: tuple[Unread, ...]


def read_report(
    text: str,
    record: AnyDocument,
    *,
    settings: Settings | None = None,
    templates: Path | None = None,
    made: str | None = None,
    file: str = "report.md",
) -> Reading:
    """Read a report back.

    Args:
        text: the report as it is now.
        record: the record it was made from.
        settings: the team's settings.
        templates: the team's ``templates/`` folder.
        made: the report as it was made from ``record``; rendered again if absent.
        file: what to call the report in messages.

    Raises:
        BadInputError: the report holds an unresolved merge, with its line.
    """
    settings = settings or Settings()
    text = as_lines(text)
    base = render_report(record, settings=settings, templates=templates) if made is None else as_lines(made)
    if text == base:
        return Reading(record, {}, ())
    _refuse_merge(text, base, file)
    before, after = read_page(base), read_page(with_numbers_of(base, text))
    told = mend_tables(before, after, sorted(_TABLES))
    draft = Draft(record, settings, before, after)
    for each in told:
        draft.leave(*each)
    read_head(draft)
    for name in _PROSE[type(record)]:
        read_prose(draft, name)
    read_facts(draft)
    read_milestones(draft)
    read_commands(draft)
    read_timeline(draft)
    read_evidence(draft)
    read_findings(draft)
    read_causes(draft)
    read_lists(draft)
    read_references(draft)
    _read_outside(draft, read_details(draft))
    if not draft.lines:
        return Reading(record, {}, tuple(sorted(draft.unread, key=lambda each: each.line)))
    document = draft.document
    document.timeline = sorted(document.timeline, key=lambda entry: (entry.at, entry.id))
    return Reading(document, draft.lines, tuple(sorted(draft.unread, key=lambda each: each.line)))


def as_lines(text: str) -> str:
    """``text`` without a byte order mark, and with newlines at the ends of its lines."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


_CONFLICT = ("<<<<<<< ", ">>>>>>> ", "||||||| ")


def _refuse_merge(text: str, base: str, file: str) -> None:
    """Refuse what git left where it could not merge, wherever it stands: within a list or a fence it would be text."""
    if not any(f"\n{mark}" in text for mark in _CONFLICT):
        return
    captured = {line for line in base.split("\n") if line.startswith(_CONFLICT)}
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(_CONFLICT) and line not in captured:
            raise BadInputError("an unresolved merge", file=file, line=number, hint=HOW_TO_MERGE)


def one_way_sections(text: str) -> list[tuple[int, str]]:
    """Sections of a report in which an edit does not come back: line of the heading, and the heading.

    A section is one-way if nothing in it stands between anchors that name a field of the record. Sections that only
    show what is worked out (known failures without any, redactions) have nothing to edit and do not count.
    """
    page = read_page(as_lines(text))
    known = _LISTS | _TABLES | {name for names in _PROSE.values() for name in names}
    marks = [(field.line, True) for field in page.all_fields() if field.closed and _is_known(field.name, known)]
    found: list[tuple[int, str]] = []
    headings = [block for block in page.outside if block.kind == "heading" and block.level == 2]
    ends = [*(block.line for block in headings[1:]), text.count("\n") + 2]
    for block, end in zip(headings, ends, strict=True):
        inside = [other for other in page.outside if block.line < other.line < end and not is_format(other)]
        fields = [line for line, _ in marks if block.line < line < end]
        title = without_anchors(block.source).strip()
        if not fields and inside and title not in _WORKED_OUT:
            found.append((block.line, title))
    return found


_WORKED_OUT = {"Redactions", "Known Failures", "Commands Executed"}


def _is_known(name: str, known: set[str]) -> bool:
    return name in known or name.startswith("derived:")


# ------------------------------------------------------------------------------------------------------------- outside


def _read_outside(draft: Draft, read: set[int]) -> None:
    """What was typed where nothing comes back from: told, so that nobody loses it unawares.

    Args:
        draft: the record on its way back.
        read: ``id()`` of blocks that belong to something.
    """
    _tell_lost_anchors(draft)
    for line, name, message in draft.after.problems:
        what = f"{message}, so what is edited here is not read; put the line back"
        draft.leave(line, name, what)
    inside = [block for field in draft.before.all_fields() for block in field.blocks]
    derived = {id(block) for field in draft.after.fields.get("derived:facts", []) for block in field.blocks}
    stood = {block.raw for block in (*_loose(draft.before), *inside)}
    typed = [block for block in _loose(draft.after) if block.raw not in stood and id(block) not in read]
    typed = [block for block in typed if block is not title_of(draft.after) and not is_format(block)]
    typed = _unlike(_unlike(typed, _loose(draft.before)), inside)
    shown = {text for field in draft.before.fields.get("derived:facts", []) for text in field.source.split("\n")}
    for block in typed:
        if id(block) not in derived:
            draft.leave(block.line, "", _OUTSIDE, without_anchors(block.source))
            continue
        for number, text in enumerate(block.raw.split("\n"), block.line):
            if text.strip() and text not in shown:
                draft.leave(number, "", _DERIVED, without_anchors(text))


def _tell_lost_anchors(draft: Draft) -> None:
    """Name the fields whose anchors are gone; where that is most of them, in one sentence."""
    optional = sorted((LEFT_OUT_WHEN_EMPTY & draft.before.fields.keys()) - draft.after.fields.keys())
    broken = {field for _, field, _ in draft.after.problems}
    lost = [*draft.lost_anchors, *(name for name in optional if name not in broken and not draft.was_emptied(name))]
    if len(lost) > _MANY and 2 * len(lost) > len(draft.before.fields):
        what = (
            f"the anchors of {len(lost)} fields are gone (did an editor or formatter take out the comments?), so "
            "nothing that was edited in them is read; put the comments back, from `git diff`"
        )
        draft.leave(1, "", what, f"{', '.join(lost[:_MANY])} …")
        return
    for name in lost:
        what = "its anchors are gone from the report, so the record keeps it; to empty it, empty it between them"
        draft.leave(_where_was(draft, name), name, what)


_MANY = 4


def _where_was(draft: Draft, name: str) -> int:
    """The line where a field whose anchors are gone stands in the report, or stood: of its text, else its heading."""
    field = draft.before.fields[name][0]
    above = [block for block in draft.before.outside if block.kind == "heading" and block.line < field.line]
    for block in (*field.blocks, *reversed(above)):
        meaning = _meaning(block)
        line = next(
            (each.line for each in draft.after.outside if each.kind == block.kind and _meaning(each) == meaning), 0
        )
        if line:
            return line
    return 1


def _unlike(blocks: list[Block], known: list[Block]) -> list[Block]:
    """Those of ``blocks`` that mean what none of ``known`` does."""
    kinds = {block.kind for block in blocks}
    meanings = {_meaning(block) for block in known if block.kind in kinds}
    return [block for block in blocks if block.source.strip() and _meaning(block) not in meanings]


_OUTSIDE = "it stands outside every field of the record; move it into one, or into the team's template"
_DERIVED = "it is worked out from the other sections; change it there"


def _loose(page: Page) -> list[Block]:
    """Blocks that belong to no field, or to one that only shows what is worked out, or whose end is gone."""
    more = [
        block
        for field in page.all_fields()
        if field.name == "derived:facts" or not field.closed
        for block in field.blocks
    ]
    return [*page.outside, *more]


def _meaning(block: Block) -> object:
    if block.kind == "table":
        return tuple(tuple(map(canonical_line, cells)) for cells in (block.header, *(row.cells for row in block.rows)))
    if block.kind == "heading":
        return canonical_line(without_anchors(block.source))
    return canonical(without_anchors(block.source) if block.kind in {"paragraph", "quote", "list"} else block.source)
