"""Three-way merge of a record: what the record and the report each became since they last agreed.

It works on plain data, as ``model_dump(mode="json")`` gives it, field by field and item by item. Items are known by
their ids wherever they moved. Only a field that both sides changed to different values is a conflict.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

Side = Literal["record", "report"]
Data = dict[str, Any]
Key = tuple[str, int]
Path = tuple[str | int, ...]

_UNORDERED = {"timeline", "commands", "evidence", "findings"}
"""Lists whose order follows from what is in them, or that nobody orders."""
_SETS = {"left_out"}
"""Lists of names to which both sides may add."""
REMOVED = None
"""What stands for an item that a side no longer has."""


@dataclass(frozen=True)
class Conflict:
    """A field that record and report changed to different values.

    Attributes:
        field: dotted, items by their ids: ``actions.01KH….due``.
        path: the same by keys and positions in the record's data, to find its line; for what the record no longer has,
            that of the list.
        base, record, report: the values; None where the item is not there.
    """

    field: str
    path: Path
    base: Any
    record: Any
    report: Any


@dataclass(frozen=True)
class Change:
    """A field that differs between two states of a record; None stands for an item that is not there."""

    field: str
    path: Path
    before: Any
    after: Any


@dataclass
class Merge:
    """A merge in progress and its result.

    Attributes:
        settle: which side a person chose for a field, or None.
        conflicts: what nobody has settled; the record's value stands there for the time being.
        settled: fields that were in conflict and that a person chose a side for.
        kept: ids of items that stay although the report left them out.
    """

    settle: Callable[[str], Side | None]
    conflicts: list[Conflict] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)

    def documents(self, base: Data, record: Data, report: Data) -> Data:
        """The merge of three whole records."""
        merged: Data = self._values("", (), base, record, report)
        if self.kept:
            merged["left_out"] = [each for each in merged.get("left_out", []) if each not in self.kept]
        return merged

    def _values(self, name: str, path: Path, base: Any, record: Any, report: Any) -> Any:
        if report in (record, base):
            return record
        if record == base:
            return report
        if isinstance(record, dict) and isinstance(report, dict):
            was: Data = base if isinstance(base, dict) else {}
            return {
                key: self._values(_under(name, key), (*path, key), was.get(key), record.get(key), report.get(key))
                for key in {**record, **report}
            }
        if isinstance(record, list) and isinstance(report, list):
            known = base if isinstance(base, list) else []
            if all(_id(item) for item in (*known, *record, *report)):
                return self._items(name, path, known, record, report)
            if path and path[-1] in _SETS:
                gone = {each for each in known if each not in report}
                return [
                    *(each for each in record if each not in gone),
                    *(each for each in report if each not in record),
                ]
        texts = isinstance(base, str) and isinstance(record, str) and isinstance(report, str)
        both = merge_paragraphs(base, record, report) if texts else None
        return self._decide(name, path, base, record, report) if both is None else both

    def _decide(self, name: str, path: Path, base: Any, record: Any, report: Any) -> Any:
        side = self.settle(name)
        if side is None:
            self.conflicts.append(Conflict(name, path, base, record, report))
        else:
            self.settled.add(name)
        return report if side == "report" else record

    def _items(self, name: str, path: Path, base: list[Data], record: list[Data], report: list[Data]) -> list[Data]:
        known, ours, theirs = _keyed(base), _keyed(record), _keyed(report)
        positions = {key: index for index, key in enumerate(ours)}
        found: dict[Key, Data] = {}
        for key in {**ours, **theirs}:
            field_name = _under(name, key[0])
            was, mine, other = known.get(key), ours.get(key), theirs.get(key)
            place = (*path, positions[key]) if key in positions else path
            if mine is not None and other is not None:
                found[key] = self._values(field_name, place, was, mine, other)
            elif (left := mine or other) is not None and (was is None or left != was):
                if was is None:
                    if mine is None and _twin(left, ours, known):
                        continue  # both sides added the same
                    found[key] = left
                elif (decided := self._decide(field_name, place, was, mine, other)) is not None:
                    found[key] = decided
                    self.kept |= {key[0]} if mine is not None else set()
        return [found[key] for key in self._order(name, path, found, (list(known), list(ours), list(theirs)))]

    def _order(
        self, name: str, path: Path, found: dict[Key, Data], orders: tuple[list[Key], list[Key], list[Key]]
    ) -> list[Key]:
        known, ours, theirs = orders
        common = set(known) & set(ours) & set(theirs)
        base, mine, other = ([key for key in order if key in common] for order in orders)
        if other in (base, mine) or path[-1:] in {(each,) for each in _UNORDERED}:
            return _woven(ours, theirs, found)
        if base == mine:
            return _woven(theirs, ours, found)
        side = self.settle(f"{name}.order")
        if side is None:
            shown = [[key[0] for key in order] for order in (base, mine, other)]
            self.conflicts.append(Conflict(f"{name}.order", path, *shown))
        else:
            self.settled.add(f"{name}.order")
        return _woven(theirs, ours, found) if side == "report" else _woven(ours, theirs, found)


def merge_paragraphs(base: str, record: str, report: str) -> str | None:
    """A text of several paragraphs with the edits of both sides; None where they meet."""
    known = base.split(_BLANK)
    ours, theirs = (_edits(known, text.split(_BLANK)) for text in (record, report))
    if len(known) < 2 or any(a <= d and c <= b for a, b, _ in ours for c, d, _ in theirs):
        return None
    merged = known[:]
    for first, last, paragraphs in sorted([*ours, *theirs], reverse=True):
        merged[first:last] = paragraphs
    return _BLANK.join(merged)


_BLANK = "\n\n"


def _edits(known: list[str], paragraphs: list[str]) -> list[tuple[int, int, list[str]]]:
    """What replaces which paragraphs of ``known``: first, last, and the new ones."""
    from difflib import SequenceMatcher  # noqa: PLC0415  few texts are edited on both sides

    matcher = SequenceMatcher(None, known, paragraphs, autojunk=False)
    return [(a, b, paragraphs[c:d]) for kind, a, b, c, d in matcher.get_opcodes() if kind != "equal"]


def _under(name: str, key: object) -> str:
    return f"{name}.{key}" if name else str(key)


def _id(item: Any) -> str:
    return str(item.get("id") or item.get("document") or "") if isinstance(item, dict) else ""


def _keyed(items: Sequence[Data]) -> dict[Key, Data]:
    seen: Counter[str] = Counter()
    found: dict[Key, Data] = {}
    for item in items:
        identifier = _id(item)
        found[identifier, seen[identifier]] = item
        seen[identifier] += 1
    return found


def _twin(item: Data, ours: dict[Key, Data], known: dict[Key, Data]) -> bool:
    """Whether the record has added an item that says the same under another id."""
    bare = {name: value for name, value in item.items() if name != "id"}
    return any(
        bare == {name: value for name, value in other.items() if name != "id"}
        for key, other in ours.items()
        if key not in known
    )


def _woven(main: list[Key], other: list[Key], wanted: dict[Key, Data]) -> list[Key]:
    """``main``, and what only ``other`` has behind what stands before it there."""
    order = [key for key in main if key in wanted]
    placed = set(order)
    before: Key | None = None
    for key in other:
        if key in wanted and key not in placed:
            order.insert(order.index(before) + 1 if before is not None else 0, key)
            placed.add(key)
        if key in placed:
            before = key
    return order


def differences(before: Data, after: Data) -> list[Change]:
    """The fields in which two states of a record differ, in the order of ``after``."""
    return list(_differ("", (), before, after))


def _differ(name: str, path: Path, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**after, **before}:
            yield from _differ(_under(name, key), (*path, key), before.get(key), after.get(key))
    elif (
        isinstance(before, list)
        and isinstance(after, list)
        and (before or after)
        and all(_id(item) for item in (*before, *after))
    ):
        old, new = _keyed(before), _keyed(after)
        positions = {key: index for index, key in enumerate(old)}
        for key in {**new, **old}:
            place = (*path, positions[key]) if key in positions else path
            if key in old and key in new:
                yield from _differ(_under(name, key[0]), place, old[key], new[key])
            else:
                yield Change(_under(name, key[0]), place, old.get(key), new.get(key))
        common = [key for key in old if key in new]
        if common != [key for key in new if key in old] and path[-1] not in _UNORDERED:
            yield Change(f"{name}.order", path, [key[0] for key in old], [key[0] for key in new])
    else:
        yield Change(name, path, before, after)


def with_items_of(base: Data, record: Data, seen: Callable[[str], bool]) -> Data:
    """``base`` with those items of ``record`` that it lacks and that the report shows.

    Such an item got into both after they last agreed. It is compared with what the record says of it, so that what the
    report shows shortened does not look changed.
    """
    made: Data = {}
    for name, value in base.items():
        other = record.get(name)
        if isinstance(value, dict) and isinstance(other, dict):
            made[name] = with_items_of(value, other, seen)
        elif isinstance(value, list) and isinstance(other, list) and all(_id(item) for item in (*value, *other)):
            known = {_id(item) for item in value}
            more = {_id(item): item for item in other if _id(item) not in known and seen(_id(item))}
            ours = {_id(item): item for item in other}
            inner = [with_items_of(item, ours.get(_id(item), {}), seen) for item in value]
            made[name] = [*inner, *more.values()]
        else:
            made[name] = value
    return made


def as_recorded(base: Any, report: Any, record: Any, read: Any, unread: Collection[str], *, name: str = "") -> Any:
    """``report`` with the record's exact value wherever it is new and shows just that.

    What is shown shortened (the minutes of a time, the beginning of a command) and that both sides changed since they
    last agreed reads back from the report alone as another value than the record has.

    Args:
        base: the state in which both agreed.
        report: the report read onto ``base``.
        record: the record.
        read: the report read onto ``record``: what of it is equal to ``record`` is what the report shows.
        unread: fields of ``read`` that hold an edit which could not be read; they say nothing.
        name: of the field that the values are of.
    """
    if name in unread or report == base:
        return report
    values = (base, report, record, read)
    if all(isinstance(each, dict) for each in values):
        known: tuple[Any, ...] = values
    elif all(isinstance(each, list) and all(_id(item) for item in each) for each in values):
        known = tuple(map(_keyed, values))
    else:
        return record if record == read else report
    made = {
        key: as_recorded(known[0].get(key), value, known[2][key], known[3][key], unread, name=_under(name, _named(key)))
        if key in known[2] and key in known[3]
        else value
        for key, value in known[1].items()
    }
    return made if isinstance(report, dict) else list(made.values())


def _named(key: str | Key) -> str:
    return key if isinstance(key, str) else key[0]
