"""What a sync says of record and report: in what they disagree, what each took over, what stops it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Difference:
    """One way in which record and report disagree.

    Attributes:
        file: where a person has to look, relative to the repository.
        line: in it, 1-based.
        field: dotted name, items by their ids; empty for text outside all fields.
        message: what is different.
    """

    file: str
    line: int
    field: str
    message: str


@dataclass(frozen=True)
class Version:
    """One side's value of a field, and where it stands."""

    file: str
    line: int
    value: Any


@dataclass(frozen=True)
class Disagreement:
    """A field that the record and the report have changed to different values."""

    field: str
    record: Version
    report: Version


@dataclass(frozen=True)
class Changed:
    """A field that one file took over from the other.

    Attributes:
        field: dotted name.
        source: ``report`` if the record took it over, ``record`` if the report did.
        file: the file it comes from.
        line: in that file.
        before: the value that the other file had.
        after: the value that both have now.
    """

    field: str
    source: str
    file: str
    line: int
    before: Any
    after: Any


@dataclass
class Synced:
    """What became of it.

    Attributes:
        id: of the document.
        changed: what one side took over from the other.
        conflicts: what stops it; nothing was written then.
        unread: edits in the report that have no place in the record.
        written: whether the files were written.
        copy: where the report as it was typed is kept; empty if all of it came back.
        base: the commit since which both were compared; empty without one.
    """

    id: str
    changed: list[Changed] = field(default_factory=list)
    conflicts: list[Disagreement] = field(default_factory=list)
    unread: list[Difference] = field(default_factory=list)
    written: bool = False
    copy: str = ""
    base: str = ""

    @property
    def agree(self) -> bool:
        """Whether record and report said the same."""
        return not (self.changed or self.conflicts or self.unread)

    def to_json(self) -> dict[str, Any]:
        """The shape that ``sync --format json`` prints (docs/schema/sync.json)."""
        return {
            "id": self.id,
            "agree": self.agree,
            "written": self.written,
            "base": self.base or None,
            "copy": self.copy or None,
            "changed": [vars(each) for each in self.changed],
            "conflicts": [
                {"field": each.field, "record": vars(each.record), "report": vars(each.report)}
                for each in self.conflicts
            ],
            "unread": [vars(each) for each in self.unread],
        }


def shown(value: Any) -> str:
    """A value in words for a person: what an item says, not how it is stored."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return _item(value)
    if isinstance(value, list):
        return ", ".join(shown(each) for each in value) or "nothing"
    text = " ".join(str(value).split())
    return text or "nothing"


def _item(value: dict[str, Any]) -> str:
    if value.get("rule"):
        where = f" at {value['where']}" if value.get("where") else ""
        return f"{value['rule']} ignored{where}: {shown(value.get('reason') or 'without a reason')}"
    for name in ("text", "title", "target", "command", "name", "document"):
        if value.get(name):
            return shown(value[name])
    return "an empty item"
