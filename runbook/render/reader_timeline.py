"""The timeline and the milestones, read back: rows changed, added, moved to another phase, or left out."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from runbook.model.record import TimelineEntry
from runbook.model.wire import MILESTONES
from runbook.render import reader_values as values
from runbook.render.reader_inline import last_cut, literal, plain, same_line, trimmed
from runbook.render.reader_pair import pair
from runbook.render.rows import is_long
from runbook.render.sheet import ROLES, outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from runbook.model.record import Command, Phase
    from runbook.render.reader_draft import Draft
    from runbook.render.reader_page import Field
    from runbook.render.reader_rows import Row

PHASES: tuple[Phase, ...] = ("detection", "investigation", "resolution")
_PLAIN_KINDS = {"note", "observation", "start", "command", "evidence", ""}
_KIND = re.compile(r"([*_])(?P<kind>[^*_]{1,80}|(?:[^*\\]|\\.){1,200}):\1 ?")
_STRONG = re.compile(r"(\*\*|__)(?P<text>.*)\1\Z", re.DOTALL)
_ROLE_WORDS = {plain(shown): role for role, shown in ROLES.items()}
_KNOWN = " · known: "


def rows_of(field: Field) -> list[Row]:
    """The rows of every table between a field's anchors, and lists or lines somebody typed below them as rows."""
    return [row for block in field.blocks if block.kind == "table" for row in block.rows]


def joined(row: Row) -> str:
    """All of a row, for a message or to know it again."""
    return " | ".join(row.cells)


def cell(row: Row | None, index: int) -> str:
    """The source of a cell; empty where the row has none."""
    return row.cells[index].strip() if row is not None and index < len(row.cells) else ""


def changed(row: Row, was: Row | None, index: int) -> bool:
    """Whether a cell means something else than it did."""
    return was is None or not same_line(cell(row, index), cell(was, index))


# ------------------------------------------------------------------------------------------------------------- timeline


def read_timeline(draft: Draft) -> None:
    """Rows changed, added, moved to another phase, and left out."""
    names = ["timeline", *(f"timeline.{phase}" for phase in PHASES)]
    fields = [pair_ for name in names for pair_ in _both(draft, name)]
    if not any(old.source != new.source for _, old, new in fields):
        return
    before = [(name, row) for name, old, _ in fields for row in rows_of(old)]
    after = [(name, row) for name, _, new in fields for row in rows_of(new)]
    names_of = {id(row): name for name, row in [*before, *after]}
    pairs, gone = pair([row for _, row in before], [row for _, row in after], joined, words=lambda row: cell(row, 2))
    entries = {entry.id: entry for entry in draft.document.timeline}
    _long_texts(draft, entries, [(old, new) for _, old, new in fields])
    above: datetime | None = None
    for row, was in pairs:
        name = names_of[id(row)]
        moved = was is not None and names_of[id(was)] != name
        identifier = (was or row).id
        if identifier and identifier.startswith("milestones."):
            _milestone_row(draft, row, was, identifier, moved=moved)
        elif identifier and identifier in entries:
            entry = entries[identifier]
            if moved or row.cells != (was.cells if was else []):
                _entry(draft, entry, row, was)
                if moved:
                    path = f"timeline.{entry.id}.phase"
                    draft.set(entry, "phase", name.partition(".")[2] or None, path=path, line=row.line)
            above = entry.at
        else:
            above = _new_entry(draft, row, name, above) or above
    left_out(draft, gone, fields[0][2].line)
    _tell_moved(draft, pairs, names_of)


def _tell_moved(draft: Draft, pairs: list[tuple[Row, Row | None]], names_of: dict[int, str]) -> None:
    """A row that was only put elsewhere in its phase goes back: rows stand in order of time."""
    stayed = [
        (row, was)
        for row, was in pairs
        if was is not None
        and names_of[id(row)] == names_of[id(was)]
        and not (changed(row, was, 0) or changed(row, was, 1))
    ]
    for (_, before), (row, was) in pairwise(stayed):
        if names_of[id(before)] == names_of[id(was)] and was.line < before.line:
            draft.leave(
                row.line, f"timeline.{was.id}", "rows stand in order of time; change its time to move it", joined(row)
            )
            return


def _both(draft: Draft, name: str) -> Iterator[tuple[str, Field, Field]]:
    pairs = zip(draft.before.fields.get(name, []), draft.after.fields.get(name, []), strict=False)
    return ((name, old, new) for old, new in pairs if new.closed)


def left_out(draft: Draft, rows: Sequence[Row], line: int) -> None:
    """Leave the entries out whose rows are gone from every table."""
    gone: dict[str, None] = {}
    for was in rows:
        identifier = was.id or ""
        if identifier.startswith("milestones."):
            if draft.is_gone(identifier):
                _clear_milestone(draft, identifier.partition(".")[2], line)
            else:
                draft.leave(line, identifier, "this row shows a milestone; it goes when its time in the metrics does")
        elif draft.is_gone(identifier):
            gone[identifier] = None
        elif identifier:
            what = "still stands in another table; take it out there as well to leave it out"
            draft.leave(line, f"timeline.{identifier}", what, joined(was))
    if not gone:
        return
    document, known = draft.document, set(draft.document.left_out)
    document.left_out = [*document.left_out, *(each for each in gone if each not in known)]
    document.timeline = [entry for entry in document.timeline if entry.id not in gone]
    document.commands = [command for command in document.commands if command.id not in gone]
    draft.lines["left_out"] = line
    draft.lines |= {f"timeline.{identifier}": line for identifier in gone}


def _entry(draft: Draft, entry: TimelineEntry, row: Row, was: Row | None) -> None:
    path = f"timeline.{entry.id}"
    _entry_time(draft, entry, row, was, f"{path}.at")
    if changed(row, was, 2):
        command = next((each for each in draft.document.commands if each.id == entry.id), None)
        told = cell(was, 2).startswith("`") and not cell(row, 2).startswith(
            "`"
        )  # somebody put words in place of the command
        if command is not None and command.command.strip() and entry.text.startswith(command.command) and not told:
            _command_cell(draft, command, entry, row, was)
        else:
            _what(draft, entry, cell(row, 2), cell(was, 2), row.line)
    if len(row.cells) > 3 and changed(row, was, 3):
        draft.set(entry, "actor", draft.literal(cell(row, 3)), path=f"{path}.actor", line=row.line)


def _entry_time(draft: Draft, entry: TimelineEntry, row: Row, was: Row | None, path: str) -> None:
    index = next((index for index in (1, 0) if changed(row, was, index) and cell(row, index)), None)
    if index is None:
        return
    try:
        moment = values.moment(draft.sheet, cell(row, index), entry.at)
    except values.NotReadableError as error:
        draft.leave(row.line, path, str(error), cell(row, index))
        return
    known = draft.original.milestones
    told = entry.text.partition(":")[0].strip().lower() if entry.kind == "milestone" else ""
    if told in MILESTONES and getattr(known, told) == entry.at:
        draft.set(draft.document.milestones, told, moment, path=f"milestones.{told}", line=row.line)
    draft.set(entry, "at", moment.astimezone(entry.at.tzinfo), path=path, line=row.line)


def _known(source: str) -> tuple[str, str]:
    """A cell without the list of known failures behind it, and that list."""
    text, known = last_cut(f" {source}", _KNOWN)  # a cell has no blank before its first sign, and a text may be empty
    return (text[1:], known) if known is not None and known.startswith("`") else (source, "")


def _what(draft: Draft, entry: TimelineEntry, source: str, before: str, line: int) -> None:
    path = f"timeline.{entry.id}.text"
    text, known = _known(source)
    if known != _known(before)[1]:
        draft.leave(line, path, "which known failures a row showed is not edited here; see Known Failures", known)
    kind = entry.kind
    if kind in {"milestone", "start"} and (strong := _STRONG.match(text.strip())):
        text = strong["text"]
    elif kind not in {"milestone", "start"} and (prefix := _KIND.match(text)):
        kind, text = draft.literal(prefix["kind"]), text[prefix.end() :]
    elif kind not in _PLAIN_KINDS and kind not in {"milestone", "start"}:
        kind = "note"
    if kind != entry.kind and kind != literal(str(draft.sheet.literal(entry.kind))):
        draft.set(entry, "kind", kind, path=f"timeline.{entry.id}.kind", line=line)
    shown = draft.sheet.clipped(entry.text, 160) if is_long(entry.text) else draft.sheet.numbered(entry.text)
    if literal(text) == literal(str(draft.sheet.literal(shown))):
        return
    if path in draft.lines:
        return  # below the table it stands in full
    if is_long(entry.text):
        draft.leave(line, path, "this text is shortened here; edit it in full below the table", text)
        return
    draft.set(entry, "text", draft.literal(text), path=path, line=line)


def _command_cell(draft: Draft, command: Command, entry: TimelineEntry, row: Row, was: Row | None) -> None:
    """The row of a command: its text and the role it played can be edited, what came of it is in the other table."""
    path = f"commands.{command.id}"
    text, known = _known(cell(row, 2))
    _, known_before = _known(cell(was, 2))
    if known != known_before:
        draft.leave(row.line, path, "which known failures a command showed is not edited here", known)
    shown = draft.sheet.code(draft.sheet.clipped(command.command, 200)).cell.replace("\\|", "|")
    came = f" {outcome(command)}"
    if not text.startswith(shown):
        new, rest = last_cut(text, came)
        clipped = draft.sheet.clipped(command.command, 200) != draft.sheet.numbered(command.command)
        if rest is None or clipped:
            draft.leave(row.line, path, "change the command, or what came of it, in Commands Executed", text)
            return
        recommand(draft, command, draft.code(new), f"{path}.command", row.line)
        text = shown + came + rest
    rest = text[len(shown) :]
    if not rest.startswith(came):
        draft.leave(row.line, path, "what came of a command is changed in Commands Executed", rest)
        return
    set_role(draft, command, rest[len(came) :].lstrip(","), f"{path}.role", row.line)
    del entry


def recommand(draft: Draft, command: Command, text: str, path: str, line: int) -> None:
    """Change a command's text, in its row of the timeline too."""
    before = command.command
    if not draft.set(command, "command", text, path=path, line=line):
        return
    for entry in draft.document.timeline:
        if entry.id == command.id and before.strip() and entry.text.startswith(before):
            entry.text = text + entry.text[len(before) :]


def set_role(draft: Draft, command: Command, source: str, path: str, line: int) -> None:
    """Set the role that a command played, from the words that name it."""
    word = plain(source)
    if word not in _ROLE_WORDS and word:
        draft.leave(line, path, f"{word!r} is no role; they are {', '.join(_ROLE_WORDS)}", source)
    elif (role := _ROLE_WORDS.get(word, "")) != command.role:
        draft.set(command, "role", role, path=path, line=line)


def _new_entry(draft: Draft, row: Row, name: str, above: datetime | None) -> datetime | None:
    """A row somebody added."""
    source = cell(row, 2)
    if not any(cell.strip() for cell in row.cells):
        return None
    moment = above or draft.original.started
    for index in (1, 0):
        if not cell(row, index):
            continue
        try:
            moment = values.moment(draft.sheet, cell(row, index), above)
            break
        except values.NotReadableError as error:
            draft.leave(row.line, "timeline", f"{error}; it got the time of the row above", cell(row, index))
    if moment is None:
        draft.leave(row.line, "timeline", "a new row needs a time", joined(row))
        return None
    kind, text = "note", _known(source)[0]
    if prefix := _KIND.match(text):
        kind, text = literal(prefix["kind"]), text[prefix.end() :]
    identifier = draft.fresh_id(row.id)
    entry = TimelineEntry(
        id=identifier,
        at=moment,
        kind=kind,
        text=draft.literal(text),
        actor=draft.literal(cell(row, 3)),
        source="report",
        phase=next((phase for phase in PHASES if name == f"timeline.{phase}"), None),
    )
    draft.document.timeline.append(entry)  # in place: to assign the list validates every entry, once for each new row
    draft.lines[f"timeline.{identifier}"] = row.line
    return moment


def long_texts(field: Field) -> dict[str, tuple[int, str]]:
    """The texts that stand in full below a table: id -> line and text."""
    found: dict[str, tuple[int, str]] = {}
    identifier = ""
    for block in field.blocks:
        if block.kind == "html":
            ids = [place.found["id"].replace("%2D", "-") for place in block.places if place.found["id"]]
            identifier = ids[0] if ids else identifier
        elif block.kind == "fence" and identifier:
            found[identifier] = (block.line, block.text)
            identifier = ""
    return found


def _long_texts(draft: Draft, entries: dict[str, TimelineEntry], fields: list[tuple[Field, Field]]) -> None:
    before = {key: text for old, _ in fields for key, text in long_texts(old).items()}
    after = {key: text for _, new in fields for key, text in long_texts(new).items()}
    for key, (line, text) in after.items():
        if key in entries and trimmed(text) != trimmed(before.get(key, (0, ""))[1]):
            draft.set(entries[key], "text", draft.stored(text), path=f"timeline.{key}.text", line=line)


# ----------------------------------------------------------------------------------------------------------- milestones


def read_milestones(draft: Draft) -> None:
    """The table of metrics: each milestone's time, or how long it took from the start."""
    for old, new in draft.fields("milestones"):
        pairs, gone = pair(rows_of(old), rows_of(new), joined)
        for row, was in pairs:
            name = (row.id or "").partition(".")[2]
            if name not in MILESTONES or was is None:
                draft.leave(row.line, "milestones", "the metrics are five fixed milestones", joined(row))
            elif changed(row, was, 2):
                _milestone(draft, name, cell(row, 2), row.line)
            elif changed(row, was, 1):
                _milestone(draft, name, cell(row, 1), row.line, since=True)
        for was in gone:
            _clear_milestone(draft, (was.id or "").partition(".")[2], new.line)


def _milestone(draft: Draft, name: str, source: str, line: int, *, since: bool = False) -> None:
    path = f"milestones.{name}"
    before: datetime | None = getattr(draft.original.milestones, name)
    if plain(source) in {"", "not recorded", "not known", "-", "–"}:
        _clear_milestone(draft, name, line)
        return
    try:
        moment = values.since_start(draft.sheet, source) if since else values.moment(draft.sheet, source, before)
    except values.NotReadableError as error:
        draft.leave(line, path, str(error), source)
        return
    if before is not None:
        moment = moment.astimezone(before.tzinfo)
    if not draft.set(draft.document.milestones, name, moment, path=path, line=line):
        return
    for entry in draft.document.timeline:  # the row that told it moves with it
        if entry.kind == "milestone" and entry.at == before and entry.text.partition(":")[0].strip().lower() == name:
            entry.at = moment


def _clear_milestone(draft: Draft, name: str, line: int) -> None:
    if name in MILESTONES and getattr(draft.document.milestones, name) is not None:
        draft.set(draft.document.milestones, name, None, path=f"milestones.{name}", line=line)


def _milestone_row(draft: Draft, row: Row, was: Row | None, identifier: str, *, moved: bool) -> None:
    """A row of the timeline that shows a milestone: its time can be edited."""
    name = identifier.partition(".")[2]
    if changed(row, was, 1) and cell(row, 1):
        _milestone(draft, name, cell(row, 1), row.line)
    elif changed(row, was, 0) and cell(row, 0):
        _milestone(draft, name, cell(row, 0), row.line)
    if changed(row, was, 2) or moved or (len(row.cells) > 3 and changed(row, was, 3)):
        draft.leave(row.line, identifier, "this row shows a milestone; only its time is edited here", joined(row))
