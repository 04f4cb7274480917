"""What became of each item of a list and each row of a table: known by its anchor, else by what it says."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from pydantic import BaseModel

from runbook.render.reader_inline import canonical, flat

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

Key = tuple[str, int]


class Anchored(Protocol):
    """An item or a row."""

    id: str | None
    line: int


A = TypeVar("A", bound=Anchored)
P = TypeVar("P", bound=BaseModel)

_MOST = 40
"""So many items without an anchor are compared word by word; more are no rewording but another text."""
_ALIKE = 0.6
"""Share of words that two texts have in common, from which on one is taken for the other, reworded."""


def _counted(things: Iterable[A]) -> list[tuple[Key, A]]:
    """Each of ``things`` that has an id, with its id and how often the id stood before it."""
    seen: Counter[str] = Counter()
    found = []
    for thing in things:
        if thing.id:
            found.append(((thing.id, seen[thing.id]), thing))
            seen[thing.id] += 1
    return found


def pair(
    before: Sequence[A], after: Sequence[A], source: Callable[[A], str], *, words: Callable[[A], str] | None = None
) -> tuple[list[tuple[A, A | None]], list[A]]:
    """What became of each item: what stands there now with what stood there before, and what is gone.

    An id names the same item wherever it moved. A second one with the same id is a copy, so new; one that lost its
    anchor is known again by its text; what had no anchor before and still stands there is nobody's item.

    Args:
        before: the items as the report was made.
        after: the items as they are now.
        source: all that an item shows.
        words: its own words: one that lost its anchor and was reworded is known again by most of them. None: it is new.
    """
    left = dict(_counted(before))
    numbered = {id(thing): key for key, thing in _counted(after)}
    found = {id(thing): left.pop(numbered[id(thing)], None) for thing in after if id(thing) in numbered}
    loose = Counter(source(thing) for thing in before if not thing.id)
    texts = _Texts(left, source)
    stays: list[A] = []
    new: list[A] = []
    for thing in after:
        if not thing.id:
            text = source(thing)
            if loose[text]:
                loose[text] -= 1
                continue
            if (known := texts.take(text)) is not None:
                found[id(thing)] = left.pop(known)
            else:
                new.append(thing)
        stays.append(thing)
    if words is not None and new and left:
        found |= _reworded(new, left, words)
    return [(thing, found.get(id(thing))) for thing in stays], list(left.values())


class _Texts(Generic[A]):
    """What is left of the items that stood there, by what it says."""

    def __init__(self, left: Mapping[Key, A], source: Callable[[A], str]) -> None:
        self._left, self._source = left, source
        self._known: list[dict[Hashable, list[Key]]] = []

    def take(self, text: str) -> Key | None:
        """The first one left that says ``text``, in whatever style."""
        said: tuple[Callable[[str], Hashable], ...] = (flat, canonical)
        for number, what in enumerate(said):
            if len(self._known) == number:
                self._known.append(self._index(what))
            keys = self._known[number].get(what(text), [])
            while keys:
                if (key := keys.pop()) in self._left:
                    return key
        return None

    def _index(self, what: Callable[[str], Hashable]) -> dict[Hashable, list[Key]]:
        index: dict[Hashable, list[Key]] = {}
        for key in reversed(list(self._left)):
            index.setdefault(what(self._source(self._left[key])), []).append(key)
        return index


def _reworded(new: Sequence[A], left: dict[Key, A], words: Callable[[A], str]) -> dict[int, A | None]:
    """Which of ``new`` says what one of ``left`` said, in other words; takes it out of ``left``."""
    from difflib import SequenceMatcher  # noqa: PLC0415  only where an anchor was lost

    if len(new) > _MOST or len(left) > _MOST:
        return {}
    told = [(thing, words(thing).lower().split()) for thing in new]
    alike: list[tuple[float, int, Key]] = []
    for key, thing in left.items():
        matcher = SequenceMatcher(None, [], words(thing).lower().split(), autojunk=False)
        for number, (_, text) in enumerate(told):
            matcher.set_seq1(text)
            if text and matcher.real_quick_ratio() >= _ALIKE and (ratio := matcher.ratio()) >= _ALIKE:
                alike.append((-ratio, number, key))
    found: dict[int, A | None] = {}
    for _, number, key in sorted(alike):
        if key in left and id(told[number][0]) not in found:
            found[id(told[number][0])] = left.pop(key)
    return found


def match(
    before: Sequence[A],
    after: Sequence[A],
    parts: Iterable[P],
    source: Callable[[A], str],
    *,
    words: Callable[[A], str] | None = None,
) -> tuple[list[tuple[A, A | None, P | None]], list[A], list[P]]:
    """As :func:`pair`, with the part of the record that each item shows.

    Returns:
        What stands there now, with what stood there before and its part (both None for what is new); what is gone; and
        the parts that no report showed.
    """
    known: dict[Key, P] = {}
    seen: Counter[str] = Counter()
    for each in parts:
        identifier = id_of(each)
        known[identifier, seen[identifier]] = each
        seen[identifier] += 1
    keys = {id(thing): key for key, thing in _counted(before)}
    pairs, gone = pair(before, after, source, words=words)
    result: list[tuple[A, A | None, P | None]] = []
    for thing, was in pairs:
        part = known.pop(keys[id(was)], None) if was is not None and id(was) in keys else None
        result.append((thing, was if part is not None else None, part))
    lost = [thing for thing in gone if known.pop(keys.get(id(thing), ("", 0)), None) is not None]
    return result, lost, list(known.values())


def id_of(part: BaseModel) -> str:
    """What names a part of the record: its id; for a link, the other document."""
    return str(vars(part).get("id") or vars(part).get("document"))
