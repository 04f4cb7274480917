"""The other tables, read back: commands, kept files and known failures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from runbook.model.record import Finding
from runbook.render import reader_values as values
from runbook.render.reader_inline import broken, first_cut, last_cut, pieces, plain, same, same_line, trimmed
from runbook.render.reader_pair import pair
from runbook.render.reader_rows import Row
from runbook.render.reader_timeline import cell, changed, joined, left_out, long_texts, recommand, rows_of, set_role

if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.model.record import Command, Evidence
    from runbook.render.reader_draft import Draft
    from runbook.render.reader_page import Block, Field, Page

P = TypeVar("P")

_BREAK = "<br>"
_DETAIL_TITLES = {"what fixes it": 1, "what shows that it is gone": 2}


def read_commands(draft: Draft) -> None:
    """The table of commands: text, result, role and note."""
    commands = {command.id: command for command in draft.document.commands}
    for old, new in draft.fields("commands"):
        before = long_texts(old)
        for key, (line, text) in long_texts(new).items():
            if key in commands and trimmed(text) != trimmed(before.get(key, (0, ""))[1]):
                recommand(draft, commands[key], draft.stored(text), f"commands.{key}.command", line)
        left_out(draft, _read_rows(draft, old, new, commands, update=_command, add=_new_command), new.line)


def _read_rows(
    draft: Draft,
    old: Field,
    new: Field,
    parts: dict[str, P],
    *,
    update: Callable[[Draft, P, Row, Row], None],
    add: Callable[[Draft, Row], None],
) -> list[Row]:
    """Bring the rows of a table that were edited into what they show.

    Args:
        draft: the record on its way back.
        old: the table as it was made.
        new: the table as it is.
        parts: what rows can show, by id.
        update: brings an edited row into its part.
        add: takes a row that shows none of them.

    Returns:
        The rows that are gone.
    """
    pairs, gone = pair(rows_of(old), rows_of(new), joined)
    for row, was in pairs:
        part = parts.get(was.id or "") if was is not None else None
        if part is None or was is None:
            add(draft, row)
        elif row.cells != was.cells:
            update(draft, part, row, was)
    return gone


def _new_command(draft: Draft, row: Row) -> None:
    what = "a command is recorded, not written: add a row to the timeline instead"
    draft.leave(row.line, "commands", what, joined(row))


def _command(draft: Draft, command: Command, row: Row, was: Row) -> None:
    path = f"commands.{command.id}"
    if changed(row, was, 0):
        draft.leave(row.line, f"{path}.at", "when a command ran is changed in the timeline", cell(row, 0))
    if changed(row, was, 1) and f"{path}.command" not in draft.lines:  # else it stands in full below the table
        if cell(was, 1) != draft.sheet.code(command.command).cell.replace("\\|", "|"):
            what = "this command is shortened here; edit it in full below the table"
            draft.leave(row.line, f"{path}.command", what, cell(row, 1))
        else:
            recommand(draft, command, draft.code(cell(row, 1)), f"{path}.command", row.line)
    if changed(row, was, 2):
        _result(draft, command, cell(row, 2), cell(was, 2), row.line)
    for index in range(3, max(len(row.cells), len(was.cells))):
        if changed(row, was, index):
            draft.leave(row.line, path, "output and place of a command are as recorded", cell(row, index))


def _result(draft: Draft, command: Command, source: str, before: str, line: int) -> None:
    path = f"commands.{command.id}"
    first, role, known, note = _result_parts(source)
    old_first, _, old_known, old_note = _result_parts(before)
    if plain(first) != plain(old_first) or known != old_known:
        draft.leave(
            line, path, "what came of a command, how long it took and what is known of it are as recorded", first
        )
    if role is not None:
        set_role(draft, command, role, f"{path}.role", line)
    if not same_line(note, old_note):
        draft.set(command, "note", draft.prose(note), path=f"{path}.note", line=line)


def _result_parts(source: str) -> tuple[str, str | None, str, str]:
    """Outcome with duration, role, known failures and note, as source."""
    first, *more = broken(source)
    known = more.pop(0) if more and more[0].startswith("known: `") else ""
    parts = pieces(first, ", ")
    role = parts.pop() if len(parts) > 1 and not re.fullmatch(r"[\d.]+ .*", parts[-1]) else ""
    return ", ".join(parts).replace("*", "").replace("_", ""), role, known, " ".join(more).strip()


# ------------------------------------------------------------------------------------------ evidence, known failures


def read_evidence(draft: Draft) -> None:
    """The table of kept files: their names and notes; a row that is gone takes the file out of the record."""
    kept = {item.id: item for item in draft.document.evidence}
    for old, new in draft.fields("evidence"):
        for was in _read_rows(draft, old, new, kept, update=_kept_file, add=_new_file):
            _forget_evidence(draft, was.id or "", new.line)


def _new_file(draft: Draft, row: Row) -> None:
    draft.leave(row.line, "evidence", "a file is added with `runbook attach`", joined(row))


def _kept_file(draft: Draft, item: Evidence, row: Row, was: Row) -> None:
    path = f"evidence.{item.id}"
    if changed(row, was, 0) or changed(row, was, 2):
        draft.leave(row.line, path, "when a file was kept and its size are as recorded", joined(row))
    if changed(row, was, 1):
        label, target = last_cut(cell(row, 1).removesuffix(")"), "](")
        if target != item.path or not label.startswith("["):
            draft.leave(row.line, f"{path}.path", f"the file stays {item.path}; only its name is edited", cell(row, 1))
        else:
            name = draft.literal(label[1:])
            name = "" if name == item.path.partition("/")[2] else name  # what stands there where it has no name
            draft.set(item, "name", name, path=f"{path}.name", line=row.line)
    if changed(row, was, 3):
        draft.set(item, "note", draft.literal(cell(row, 3)), path=f"{path}.note", line=row.line)


def _forget_evidence(draft: Draft, identifier: str, line: int) -> None:
    document = draft.document
    document.evidence = [item for item in document.evidence if item.id != identifier]
    for command in document.commands:
        command.evidence = [each for each in command.evidence if each != identifier]
    for cause in getattr(document, "causes", []):
        for why in cause.whys:
            why.evidence = [each for each in why.evidence if each != identifier]
    draft.lines[f"evidence.{identifier}"] = line


def read_findings(draft: Draft) -> None:
    """The tables of known failures: title, severity, state with its reason; and rows that somebody adds or removes."""
    found = {finding.id: finding for finding in draft.document.findings}
    for old, new in draft.fields("findings"):
        gone = _read_rows(draft, old, new, found, update=_finding, add=_new_finding)
        lost = {was.id for was in gone if was.id}
        if lost:
            draft.document.findings = [each for each in draft.document.findings if each.id not in lost]
            draft.lines |= {f"findings.{identifier}": new.line for identifier in lost}


def _finding(draft: Draft, finding: Finding, row: Row, was: Row | None) -> None:
    path = f"findings.{finding.id}"
    if changed(row, was, 0):
        title, signature = last_cut(cell(row, 0), _BREAK)
        if signature is None or draft.code(signature) != finding.signature:
            draft.leave(row.line, path, "which signature matched is as recorded", cell(row, 0))
        else:
            draft.set(finding, "title", draft.literal(title), path=f"{path}.title", line=row.line)
    if changed(row, was, 1):
        draft.set(finding, "severity", plain(cell(row, 1)), path=f"{path}.severity", line=row.line)
    if changed(row, was, 2):
        state, reason = values.state_and_reason(cell(row, 2))
        if state != finding.state:
            draft.set(finding, "state", state, path=f"{path}.state", line=row.line)
        if was is None or not same_line(reason, values.state_and_reason(cell(was, 2))[1]):
            draft.set(finding, "reason", draft.prose(reason), path=f"{path}.reason", line=row.line)
    if was is not None and (changed(row, was, 3) or changed(row, was, 4)):
        draft.leave(row.line, path, "how often and where it was seen is as recorded", joined(row))


def details(page: Page) -> dict[str, list[Block]]:
    """What stands below the heading of each known failure: what matched, what fixes it, what shows that it is gone."""
    found: dict[str, list[Block]] = {}
    here: list[Block] | None = None
    line = 0
    for block in page.outside:
        ids = [place.found["id"] for place in block.places if place.found["id"]] if block.kind == "heading" else []
        if block.kind == "heading" or "</details>" in block.source or _is_apart(page, line, block.line):
            here = None
        if ids and block.level == 3:
            here = found.setdefault(ids[0].replace("%2D", "-"), [])
        elif here is not None:
            here.append(block)
        line = block.line
    return found


def _is_apart(page: Page, one: int, other: int) -> bool:
    """Whether a field stands between two lines."""
    return any(one < field.line < other for field in page.all_fields())


def _parts(blocks: list[Block]) -> tuple[list[Block], list[Block], list[Block]]:
    """What matched, what fixes it, and what shows that it is gone."""
    parts: tuple[list[Block], list[Block], list[Block]] = ([], [], [])
    index = 0
    for block in blocks:
        title = plain(block.source) if block.kind == "paragraph" else ""
        if title in _DETAIL_TITLES:
            index = _DETAIL_TITLES[title]
        else:
            parts[index].append(block)
    return parts


def read_details(draft: Draft) -> set[int]:
    """What fixes a known failure, and what shows that it is gone, in the report's own words.

    Returns:
        ``id()`` of the blocks that belong to a known failure.
    """
    before, after = details(draft.before), details(draft.after)
    findings = {finding.id: finding for finding in draft.document.findings}
    ours: set[int] = set()
    for identifier, blocks in after.items():
        finding = findings.get(identifier)
        if finding is None or identifier not in before:
            continue
        ours |= {id(block) for block in blocks}
        was, now = _parts(before[identifier]), _parts(blocks)
        path = f"findings.{identifier}"
        if not same(_raw(now[0]), _raw(was[0])):
            draft.leave(blocks[0].line, path, "what matched is as recorded", _raw(now[0]))
        if not same(_raw(now[1]), _raw(was[1])):
            line = (now[1] or blocks)[0].line
            draft.set(finding, "fix", draft.prose(_raw(now[1])), path=f"{path}.fix", line=line)
        if not same(_raw(now[2]), _raw(was[2])):
            commands = [draft.code(item.text) for block in now[2] for item in block.items]
            draft.set(finding, "verify", commands, path=f"{path}.verify", line=(now[2] or blocks)[0].line)
    return ours


def _raw(blocks: list[Block]) -> str:
    return "\n\n".join(block.raw for block in blocks)


def _new_finding(draft: Draft, row: Row) -> None:
    title, signature = first_cut(cell(row, 0), _BREAK)
    if signature is None and cell(row, 0).startswith("`"):
        title, signature = "", cell(row, 0)
    name = draft.code(signature or "")
    taken = {finding.id for finding in draft.document.findings}
    if not name or name in taken:
        draft.leave(
            row.line, "findings", "a known failure is named by its signature, once: title<br>`area/name`", title
        )
        return
    try:
        finding = Finding(id=name, signature=name, title=draft.literal(title) or name)
    except ValidationError as error:
        draft.leave(row.line, "findings", error.errors()[0]["msg"], title)
        return
    draft.document.findings = [*draft.document.findings, finding]
    draft.lines[f"findings.{name}"] = row.line
    _finding(
        draft, finding, Row(row.id, row.line, ["", *row.cells[1:3]]), Row(row.id, row.line, ["", "medium", "open"])
    )
