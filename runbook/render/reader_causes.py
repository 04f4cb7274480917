"""Root causes, read back: headings, whether they are proven, the whys and what shows each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from runbook.model.record import Cause, Incident, Why
from runbook.render.reader_draft import is_empty_note
from runbook.render.reader_inline import plain, same, without_anchors
from runbook.render.reader_lists import prose_text, referred, shown_references
from runbook.render.reader_pair import match

if TYPE_CHECKING:
    from runbook.render.reader_draft import Draft
    from runbook.render.reader_page import Block, Field, Item

_NUMBER = re.compile(r"Cause \d+(?P<colon>:)?\s*")
_SHOWN_BY = re.compile(r"shown by:?\s+", re.IGNORECASE)


@dataclass(slots=True)
class Chain:
    """A cause as the report shows it.

    Attributes:
        id: of the anchor in its heading.
        line: of the heading.
        title: source of the heading without its number; where the title is longer than a heading, that of its blocks.
        divided: whether an anchor still to come divides a long title from what is below it.
        proven: whether no quote says otherwise.
        whys: its items.
    """

    id: str | None
    line: int
    title: str
    proven: bool = True
    whys: list[Item] = field(default_factory=list)
    divided: bool = False


def chains(part: Field) -> list[Chain]:
    """The causes between the anchors."""
    found: list[Chain] = []
    for index, block in enumerate(part.blocks):
        if block.kind == "heading":
            number = _NUMBER.match(block.source)
            title = without_anchors(block.source[number.end() if number else 0 :]).strip()
            chain = Chain(_id_of(block), block.line, title)
            chain.divided = chain.id in _anchors_below(part.blocks[index + 1 :])
            found.append(chain)
        elif found:
            _below(found[-1], block)
    return found


def _anchors_below(blocks: list[Block]) -> set[str | None]:
    """The ids of anchors that stand alone before the next heading: a copied cause has those of its own."""
    here = takewhile(lambda block: block.kind != "heading", blocks)
    return {_id_of(block) for block in here if block.kind == "html"} - {None}


def _id_of(block: Block) -> str | None:
    ids = [place.found["id"] for place in block.places if place.found["id"]]
    return ids[0].replace("%2D", "-") if ids else None


def _below(chain: Chain, block: Block) -> None:
    if block.kind == "html":
        chain.divided = chain.divided and _id_of(block) != chain.id
    elif is_empty_note(block):
        return
    elif chain.divided:
        chain.title = f"{chain.title}\n\n{block.raw}".strip("\n")
    elif block.kind == "quote" and plain(block.source).replace("*", "").startswith("not proven"):
        chain.proven = False
    elif block.kind == "list" and (chain.title or any(item.id for item in block.items)):
        chain.whys += block.items
    else:
        chain.title = f"{chain.title}\n\n{block.raw}".strip("\n")


def read_causes(draft: Draft) -> None:
    """Causes changed, added, moved or removed."""
    document = draft.document
    if not isinstance(document, Incident):
        return
    for old, new in draft.fields("causes"):
        matched, gone, rest = match(chains(old), chains(new), document.causes, lambda chain: chain.title)
        result: list[Cause] = []
        for chain, was, known in matched:
            cause = known or Cause(id=draft.fresh_id(chain.id), title="")
            if known is None:
                draft.lines[f"causes.{cause.id}"] = chain.line
            _cause(draft, cause, chain, was or Chain(None, chain.line, ""))
            result.append(cause)
        draft.lines |= {f"causes.{chain.id}": new.line for chain in gone}
        if [cause.id for cause in (*result, *rest)] != [cause.id for cause in document.causes]:
            draft.lines.setdefault("causes", new.line)
        document.causes = [*result, *rest]
        if stray := [block for block in new.blocks[: _first_heading(new)] if not is_empty_note(block)]:
            _strays(draft, stray, old)


def _first_heading(part: Field) -> int:
    return next((index for index, block in enumerate(part.blocks) if block.kind == "heading"), len(part.blocks))


def _strays(draft: Draft, blocks: list[Block], old: Field) -> None:
    for block in blocks:
        if not any(same(block.source, other.source) for other in old.blocks):
            what = "a cause begins with a heading: ### what it was"
            draft.leave(block.line, "causes", what, block.source)


def _cause(draft: Draft, cause: Cause, chain: Chain, was: Chain) -> None:
    path = f"causes.{cause.id}"
    if not same(chain.title, was.title):
        draft.set(cause, "title", draft.prose(chain.title), path=f"{path}.title", line=chain.line)
    if chain.proven != was.proven:
        draft.set(cause, "proven", chain.proven, path=f"{path}.proven", line=chain.line)
    matched, gone, rest = match(was.whys, chain.whys, cause.whys, lambda item: item.text)
    whys: list[Why] = []
    for item, before, known in matched:
        why = known or Why(id=draft.fresh_id(item.id), text="")
        if known is None:
            draft.lines[f"{path}.whys.{why.id}"] = item.line
        _why(draft, why, item, before, f"{path}.whys.{why.id}")
        whys.append(why)
    draft.lines |= {f"{path}.whys.{item.id}": chain.line for item in gone}
    if [why.id for why in (*whys, *rest)] != [why.id for why in cause.whys]:
        draft.lines.setdefault(f"{path}.whys", chain.line)
    cause.whys = [*whys, *rest]


def _why(draft: Draft, why: Why, item: Item, was: Item | None, path: str) -> None:
    text = _text(item)
    if was is None or not same(text, _text(was)):
        draft.set(why, "text", prose_text(draft, text), path=f"{path}.text", line=item.line)
    shown = [_reference(each) for each in item.below]
    before = [] if was is None else [_reference(each) for each in was.below]
    if shown == before or (len(shown) == len(before) and all(map(same, shown, before))):
        return
    known = dict(zip(before, why.evidence, strict=False))
    everything = {**shown_references(draft), **known}
    found = [known.get(each) or referred(draft, each, everything) or _alike(each, everything) for each in shown]
    # A line that was reworded still stands for what it stood for: a typing mistake must not lose the proof.
    reworded = iter([reference for reference in why.evidence if reference not in found])
    evidence: list[str] = []
    for each, source, reference in zip(item.below, shown, found, strict=True):
        if reference is None:
            what = "what shows a why is an entry, a command, a file or a known failure of this record, by its id"
            draft.leave(each.line, path, what, source)
        meant = reference or next(reworded, None)
        if meant is not None and meant not in evidence:
            evidence.append(meant)
    draft.set(why, "evidence", evidence, path=f"{path}.evidence", line=item.line)


def _text(item: Item) -> str:
    text, below = f"{item.text} {item.suffix}".strip(), item.below_text(lists=False)
    return f"{text}\n\n{below}" if below else text


def _reference(item: Item) -> str:
    source = f"{item.text} {item.suffix}".strip()
    found = _SHOWN_BY.match(source)
    return source[found.end() :].strip() if found else source


def _alike(source: str, known: dict[str, str]) -> str | None:
    return next((identifier for shown, identifier in known.items() if same(shown, source)), None)
