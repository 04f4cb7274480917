"""What stands once in a report, read back: the title, the row below it, texts, and named facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.model.record import Deployment, Incident
from runbook.model.wire import DEPLOYMENT_STATUSES, INCIDENT_STATUSES, SEVERITIES
from runbook.render import reader_values as values
from runbook.render.reader_draft import is_empty_note
from runbook.render.reader_inline import first_cut, literal, plain, same, same_line, without_anchors
from runbook.render.reader_lists import items_of, prose_text
from runbook.render.reader_pair import pair
from runbook.render.sections import money

if TYPE_CHECKING:
    from pydantic import BaseModel

    from runbook.model.record import AnyDocument
    from runbook.render.reader_draft import Draft
    from runbook.render.reader_page import Block, Field, Page

_HEAD = frozenset({"severity", "status", "lead", "deployer", "reviewer"})
"""Cells of the first table that are fields of the same name."""


def title_of(page: Page) -> Block | None:
    """The heading that shows the title: the one marked so, else the first of the first level."""
    blocks = [block for block in page.outside if block.kind == "heading"]
    marked = [block for block in blocks if any(place.found["id"] == "title" for place in block.places)]
    return marked[0] if marked else next((block for block in blocks if block.level == 1), None)


def read_head(draft: Draft) -> None:
    """The title, and the table below it."""
    old, new = title_of(draft.before), title_of(draft.after)
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
    elif name in _HEAD and name in type(document).model_fields:
        value = draft.literal(source)
        if name in {"severity", "status"}:
            value = _severity(draft, source) if name == "severity" else plain(source).replace(" ", "-")
            known = _words(document, name)
            if value not in known:
                draft.leave(line, name, f"{value!r} is none of {', '.join(known)}", source)
                return
        draft.set(document, name, value, path=name, line=line)
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


def read_prose(draft: Draft, name: str) -> None:
    """One text field; ``name`` is dotted."""
    for old, new in draft.fields(name):
        source, before = prose_of(new), prose_of(old)
        if same(source, before):
            continue
        owner, attribute = _owner(draft.document, name)
        line = next((block.line for block in new.blocks if not is_empty_note(block)), new.line)
        draft.set(owner, attribute, draft.prose(source), path=name, line=line)


def read_facts(draft: Draft) -> None:
    """The impact of an incident, and who signed a deployment off."""
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
