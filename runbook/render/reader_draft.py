"""A record on its way back: what was read from a report so far, on top of the record that the report was made from."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from runbook.model.marks import MARK, stored_mark
from runbook.model.wire import new_ulid
from runbook.render.literal import INVISIBLE
from runbook.render.reader_inline import code, literal, plain
from runbook.render.reader_page import Field
from runbook.render.sheet import Sheet
from runbook.render.values import NOT_FILLED
from runbook.render.view import view_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

    from runbook.model.record import AnyDocument
    from runbook.model.settings import Settings
    from runbook.render.reader_page import Block, Page

_ESCAPED_MARK = re.compile(r"(?<!\\)((?:\\\\)*)\\\[redacted:")  # of two backslashes neither escapes the mark
AS_FOLLOWS = "as follows:"
LEFT_OUT_WHEN_EMPTY = {"time_note", "impact.description", "practice_checks"}


@dataclass(frozen=True)
class Unread:
    """An edit that has no way back into the record.

    Attributes:
        line: in the report, 1-based.
        field: the field it stands in; empty outside all fields.
        message: why it does not come back, and what to do.
        text: what stands there.
    """

    line: int
    field: str
    message: str
    text: str = ""


class Draft:
    """The record as it comes back.

    Attributes:
        original: the record that the report was made from; never changed.
        document: a copy that takes the edits.
        before, after: the report as it was made, and as it is now.
        sheet: how ``original`` is shown.
        lines: field -> line in the report of what was changed.
        unread: edits that do not come back.
    """

    def __init__(self, original: AnyDocument, settings: Settings, before: Page, after: Page) -> None:
        self.original = original
        self.document = original.model_copy(deep=True)
        self.before, self.after = before, after
        self.sheet = Sheet(original, settings)
        view_on(self.sheet)
        self.lines: dict[str, int] = {}
        self.unread: list[Unread] = []
        self._written: dict[str, Any] = {}
        self._marks = self._known_marks()
        self._after_ids = Counter(_ids(after))
        self._before_ids = Counter(_ids(before))

    # ------------------------------------------------------------------------------------------------------- texts

    def _known_marks(self) -> dict[tuple[str, int], str]:
        numbers = self.sheet.numbers
        found: dict[tuple[str, int], str] = {}
        for mark in MARK.finditer(self.original.model_dump_json()) if numbers else ():
            if mark["tag"] in numbers:
                found.setdefault((mark["kind"], numbers[mark["tag"]]), stored_mark(mark["kind"], mark["tag"]))
        return found

    def stored(self, text: str) -> str:
        """``text`` with the redaction marks as a record keeps them."""
        if "[redacted:" not in text:
            return text

        def stored(match: re.Match[str]) -> str:
            return self._marks.get((match["kind"], int(match["number"] or 0)), match[0])

        return MARK.sub(stored, text)

    def prose(self, source: str) -> str:
        """Prose as it was typed."""
        text = source.replace(INVISIBLE, "").strip("\n").rstrip()
        return "" if is_unfilled(text) else self.stored(_ESCAPED_MARK.sub(r"\1[redacted:", text))

    def literal(self, source: str) -> str:
        """Captured text."""
        return "" if is_unfilled(source) else self.stored(literal(source))

    def code(self, source: str) -> str:
        """Captured text from a code span."""
        return self.stored(code(source))

    # ------------------------------------------------------------------------------------------------------ edits

    def leave(self, line: int, field: str, message: str, text: str = "") -> None:
        """Note an edit that does not come back."""
        self.unread.append(Unread(line, field, message, " ".join(text.split())))

    def set(self, part: BaseModel, name: str, value: Any, *, path: str, line: int) -> bool:
        """Set ``part.name``; ``path`` is how a person names the field, ``line`` where the edit stands."""
        if path in self._written and self._written[path] != value:
            self.leave(line, path, f"it was changed in two places; the one on line {self.lines[path]} counts")
            return False
        if path not in self._written and getattr(part, name) == value:
            return True  # said in another way, such as a redaction mark by its tag
        try:
            setattr(part, name, value)
        except ValidationError as error:
            self.leave(line, path, error.errors()[0]["msg"].removeprefix("Value error, "), str(value))
            return False
        self._written[path] = value
        self.lines[path] = line
        return True

    def fields(self, name: str) -> list[tuple[Field, Field]]:
        """The pairs of a field before and after that differ, where both are whole.

        A field that was not there before was empty. One that is gone says nothing, unless it :meth:`was_emptied`.
        """
        old, new = self.before.fields.get(name, []), self.after.fields.get(name, [])
        if new and not old:
            old = [Field(name, new[0].line, [], closed=True)]
        elif old and not new and self.was_emptied(name):
            new = [Field(name, old[0].line, [], closed=True)]
        return [pair for pair in zip(old, new, strict=False) if pair[1].closed and pair[0].source != pair[1].source]

    def was_emptied(self, name: str) -> bool:
        """Whether a field that is gone from the report was taken out of it, and not its anchors alone.

        Only a field that the templates leave out where it is empty can be; and not if others lost their anchors as
        well, or its text still stands there: some editor or formatter took the comments out.
        """
        if name not in LEFT_OUT_WHEN_EMPTY or self.lost_anchors:
            return False
        known = Counter(" ".join(block.raw.split()) for block in self.before.outside)
        typed = Counter(" ".join(block.raw.split()) for block in self.after.outside) - known
        return not any(typed[" ".join(block.raw.split())] for old in self.before.fields[name] for block in old.blocks)

    @cached_property
    def lost_anchors(self) -> list[str]:
        """Names of fields that a report always has and this one has no more, in the order in which they stood."""
        gone = self.before.fields.keys() - self.after.fields.keys() - LEFT_OUT_WHEN_EMPTY
        broken = {field for _, field, _ in self.after.problems}
        names = [name for name in gone - broken if not name.startswith("derived:")]
        return sorted(names, key=lambda name: self.before.fields[name][0].line)

    def fresh_id(self, wanted: str | None) -> str:
        """The id of a new item: the one it came with if nothing else has it, else a new one."""
        if wanted and self._after_ids[wanted] == 1:
            return wanted
        return new_ulid()

    def is_gone(self, identifier: str) -> bool:
        """Whether an id that stood in the report stands nowhere in it any more."""
        return bool(self._before_ids[identifier]) and not self._after_ids[identifier]


def is_unfilled(source: str) -> bool:
    """Whether ``source`` is the sentence that stands where nobody has written anything."""
    return not source.strip() or (len(source) < 40 and plain(source) == plain(NOT_FILLED))


def _ids(page: Page) -> Iterable[str]:
    for field in page.all_fields():
        if field.name.startswith("derived:"):
            continue
        for block in field.blocks:
            yield from (item.id for item in block.items if item.id)
            yield from (row.id for row in block.rows if row.id)
            if block.kind == "heading":
                yield from (place.found["id"].replace("%2D", "-") for place in block.places if place.found["id"])


def is_empty_note(block: Block) -> bool:
    """Whether ``block`` is the quote that asks for a field to be filled in."""
    return block.kind in {"quote", "paragraph"} and any(place.found["empty"] for place in block.places)
