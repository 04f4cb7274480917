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
from runbook.model.wire import DEPLOYMENT_STATUSES, INCIDENT_STATUSES, SEVERITIES
from runbook.render import reader_values as values
from runbook.render.reader_causes import read_causes
from runbook.render.reader_draft import LEFT_OUT_WHEN_EMPTY, Draft, Unread, is_empty_note, pair
from runbook.render.reader_inline import (
    canonical,
    canonical_line,
    first_cut,
    literal,
    plain,
    same,
    same_line,
    without_anchors,
)
from runbook.render.reader_lists import items_of, prose_text, read_lists
from runbook.render.reader_page import is_format, read_page
from runbook.render.reader_tables import read_commands, read_details, read_evidence, read_findings
from runbook.render.reader_timeline import read_milestones, read_timeline
from runbook.render.report import render_report
from runbook.render.sections import money

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

    from runbook.model.record import AnyDocument
    from runbook.render.reader_page import Block, Field, Page

__all__ = ["Reading", "Unread", "one_way_sections", "read_report"]

_PROSE = {
    Incident: ("summary", "time_note", "impact.description", "resolution", "rollback"),
    Deployment: ("changes", "time_note", "verification", "rollback_plan"),
}
_LISTS = {"factors", "lessons.went_well", "lessons.went_wrong", "lessons.lucky", "prevention", "checklist", "actions"}
_LISTS |= {
    "issues",
    "pre_checks",
    "practice_checks",
    "post_checks",
    "steps",
    "references",
    "causes",
    "impact",
    "sign_off",
}
_TABLES = {"head", "timeline", "commands", "evidence", "findings", "milestones"}
_TABLES |= {f"timeline.{phase}" for phase in ("detection", "investigation", "resolution")}
_HEAD = {"severity": "severity", "status": "status", "lead": "lead", "deployer": "deployer", "reviewer": "reviewer"}


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
    _refuse_merge(text, file)
    before, after = read_page(base), read_page(text)
    draft = Draft(record, settings, before, after)
    _read_head(draft)
    for name in _PROSE[type(record)]:
        _read_prose(draft, name)
    _read_facts(draft)
    read_milestones(draft)
    read_commands(draft)
    read_timeline(draft)
    read_evidence(draft)
    read_findings(draft)
    read_causes(draft)
    read_lists(draft)
    _read_outside(draft, read_details(draft))
    if not draft.lines:
        return Reading(record, {}, tuple(sorted(draft.unread, key=lambda each: each.line)))
    document = draft.document
    document.timeline = sorted(document.timeline, key=lambda entry: (entry.at, entry.id))
    return Reading(document, draft.lines, tuple(sorted(draft.unread, key=lambda each: each.line)))


def as_lines(text: str) -> str:
    """``text`` without a byte order mark, and with newlines at the ends of its lines."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _refuse_merge(text: str, file: str) -> None:
    if "\n<<<<<<< " not in text or "\n>>>>>>> " not in text:
        return
    for block in read_page(text).outside + [block for each in read_page(text).all_fields() for block in each.blocks]:
        if block.kind in {"paragraph", "heading", "table"} and "<<<<<<< " in block.source:
            offset = block.source.count("\n", 0, block.source.index("<<<<<<< "))
            raise BadInputError(
                "an unresolved merge", file=file, line=block.line + offset, hint="keep one side, then run it again"
            )


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


# -------------------------------------------------------------------------------------------------- title, head, prose


def _title(page: Page) -> Block | None:
    blocks = [block for block in page.outside if block.kind == "heading"]
    marked = [block for block in blocks if any(place.found["id"] == "title" for place in block.places)]
    return marked[0] if marked else next((block for block in blocks if block.level == 1), None)


def _read_head(draft: Draft) -> None:
    old, new = _title(draft.before), _title(draft.after)
    if old is not None and new is not None:
        shown, before = without_anchors(new.source), without_anchors(old.source)
        if not same_line(shown, before):
            draft.set(draft.document, "title", draft.literal(shown), path="title", line=new.line)
    for was, now in draft.fields("head"):
        before_cells, after_cells = _named_cells(was), _named_cells(now)
        for name, (source, line) in after_cells.items():
            known = before_cells.get(name)
            if known is None or not same_line(source, known[0]):
                _head_cell(draft, name, source, line)
        for name in before_cells.keys() - after_cells.keys():
            _head_cell(draft, name, "", now.line)


def _named_cells(field: Field) -> dict[str, tuple[str, int]]:
    for block in field.blocks:
        if block.kind == "table" and block.rows:
            row = block.rows[0]
            return {plain(name): (source, row.line) for name, source in zip(block.header, row.cells, strict=False)}
    return {}


def _head_cell(draft: Draft, name: str, source: str, line: int) -> None:
    document = draft.document
    if name == "responders" and isinstance(document, Incident):
        shown = [str(draft.sheet.entry(each)) for each in document.responders]
        people = [draft.literal(each) for each in values.listed(source, shown)]
        draft.set(document, "responders", people, path="responders", line=line)
    elif name in _HEAD and _HEAD[name] in type(document).model_fields:
        value = draft.literal(source)
        if name in {"severity", "status"}:
            value = _severity(draft, source) if name == "severity" else plain(source).replace(" ", "-")
            known = _words(document, name)
            if value not in known:
                draft.leave(line, name, f"{value!r} is none of {', '.join(known)}", source)
                return
        draft.set(document, _HEAD[name], value, path=_HEAD[name], line=line)
    elif source.strip():
        what = "this is worked out; the start and the end are changed in Metrics"
        draft.leave(line, "head", f"{name}: {what}", source)


def _words(document: AnyDocument, name: str) -> tuple[str, ...]:
    if name == "severity":
        return SEVERITIES
    return INCIDENT_STATUSES if isinstance(document, Incident) else DEPLOYMENT_STATUSES


def _severity(draft: Draft, source: str) -> str:
    word = literal(source).strip()
    for severity, name in draft.sheet.settings.severities.items():
        if word.lower() == name.lower():
            return severity
    return plain(source)


def _owner(document: BaseModel, name: str) -> tuple[BaseModel, str]:
    *parents, last = name.split(".")
    for parent in parents:
        document = getattr(document, parent)
    return document, last


def prose_of(field: Field) -> str:
    """The source of a text field, without the sentence that asks for it."""
    notes = [block for block in field.blocks if is_empty_note(block)]
    if not notes:
        return field.source.strip("\n")
    lines = field.source.split("\n")
    for note in reversed(notes):
        first = note.line - field.line - 1
        typed = without_anchors(note.source).strip()
        keep = (
            []
            if plain(typed).replace("*", "").startswith("not filled in") or (note.kind == "quote" and _asks(typed))
            else [typed]
        )
        lines[first : note.end - field.line - 1] = keep
    return "\n".join(lines).strip("\n")


def _asks(source: str) -> bool:
    return source.startswith(("**", "__"))


def _read_prose(draft: Draft, name: str) -> None:
    for old, new in draft.fields(name):
        source, before = prose_of(new), prose_of(old)
        if same(source, before):
            continue
        owner, attribute = _owner(draft.document, name)
        line = next((block.line for block in new.blocks if not is_empty_note(block)), new.line)
        draft.set(owner, attribute, draft.prose(source), path=name, line=line)


# -------------------------------------------------------------------------------------------------------- named facts


def _read_facts(draft: Draft) -> None:
    for name in ("impact", "sign_off"):
        for old, new in draft.fields(name):
            pairs, gone = pair(items_of(old), items_of(new), lambda item: item.text)
            for item, was in pairs:
                if was is None or not item.id:
                    what = "there are four facts here; more of it goes into the text below"
                    draft.leave(item.line, name, what, item.text)
                    continue
                shown = f"{item.text} {item.suffix}".strip()
                if not same(shown, f"{was.text} {was.suffix}".strip()):
                    _fact(draft, was.id or "", values.label(shown)[1], item.line)
            for was in gone:
                _fact(draft, was.id or "", "", new.line)


def _fact(draft: Draft, name: str, source: str, line: int) -> None:
    document = draft.document
    if isinstance(document, Incident):
        if name == "impact.systems":
            shown = [str(draft.sheet.entry(each)) for each in document.impact.systems]
            source = "" if draft.literal(source) == "" else source
            systems = [draft.literal(each) for each in values.listed(source, shown)]
            draft.set(document.impact, "systems", systems, path=name, line=line)
        elif name in {"impact.users", "impact.data_loss"}:
            text = prose_text(draft, source, prefixed=True)
            draft.set(document.impact, name.partition(".")[2], text, path=name, line=line)
        elif name == "impact.financial":
            _financial(draft, document, source, line)
    elif name == "sign_off":
        _sign_off(draft, document, source, line)


def _financial(draft: Draft, document: Incident, source: str, line: int) -> None:
    cost = document.impact.financial
    shown, note = values.money(source)
    before, _ = values.money(money(draft.sheet, cost)[1])
    for name in ("people", "hours", "rate"):
        now = None if shown is None else shown[name]
        if now != (None if before is None else before[name]):
            draft.set(cost, name, now, path=f"impact.financial.{name}", line=line)
    if shown is not None and shown["currency"] != cost.currency.upper():
        draft.set(cost, "currency", shown["currency"], path="impact.financial.currency", line=line)
    if not same(note, draft.sheet.prose(cost.note).line):
        draft.set(cost, "note", draft.prose(note), path="impact.financial.note", line=line)


def _sign_off(draft: Draft, document: Deployment, source: str, line: int) -> None:
    sign_off = document.sign_off
    head, documents = ("", source[6:]) if source.startswith("read: ") else first_cut(source, "; read: ")
    by, at, _ = values.who_and_when("" if draft.literal(head) == "" else head)
    if draft.literal(by) != literal(str(draft.sheet.entry(sign_off.by))):
        draft.set(sign_off, "by", draft.literal(by), path="sign_off.by", line=line)
    shown = "" if sign_off.at is None else draft.sheet.date_and_clock(sign_off.at)
    if at != shown:
        try:
            moment = values.moment(draft.sheet, at, sign_off.at) if at else None
            draft.set(sign_off, "at", moment, path="sign_off.at", line=line)
        except values.NotReadableError as error:
            draft.leave(line, "sign_off.at", str(error), at)
    known = [str(draft.sheet.entry(each)) for each in sign_off.documents]
    names = [draft.literal(each) for each in values.listed(documents or "", known)]
    if names != [literal(each) for each in known]:
        draft.set(sign_off, "documents", names, path="sign_off.documents", line=line)


# ------------------------------------------------------------------------------------------------------------- outside


def _read_outside(draft: Draft, read: set[int]) -> None:
    """What was typed where nothing comes back from: told, so that nobody loses it unawares.

    Args:
        draft: the record on its way back.
        read: ``id()`` of blocks that belong to something.
    """
    for name in draft.before.fields.keys() - draft.after.fields.keys() - LEFT_OUT_WHEN_EMPTY:
        if not name.startswith("derived:") and not any(field == name for _, field, _ in draft.after.problems):
            what = "its anchors are gone from the report, so the record keeps it; to empty it, empty it between them"
            draft.leave(1, name, what)
    for line, name, message in draft.after.problems:
        what = f"{message}, so what is edited here is not read; put the line back"
        draft.leave(line, name, what)
    inside = [block for field in draft.before.all_fields() for block in field.blocks]
    derived = {id(block) for field in draft.after.fields.get("derived:facts", []) for block in field.blocks}
    stood = {block.raw for block in (*_loose(draft.before), *inside)}
    typed = [block for block in _loose(draft.after) if block.raw not in stood and id(block) not in read]
    typed = [block for block in typed if block is not _title(draft.after) and not is_format(block)]
    typed = _unlike(_unlike(typed, _loose(draft.before)), inside)
    for block in typed:
        draft.leave(block.line, "", _OUTSIDE if id(block) not in derived else _DERIVED, without_anchors(block.source))


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
    return canonical(without_anchors(block.source) if block.kind in {"paragraph", "quote"} else block.source)
