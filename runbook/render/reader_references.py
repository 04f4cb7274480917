"""References and links to other documents, read back: one list in a report, two in a record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import ValidationError

from runbook.model.record import Link, Reference
from runbook.render.literal import unescape_inline
from runbook.render.reader_inline import code, last_cut
from runbook.render.reader_lists import read_list, whole

if TYPE_CHECKING:
    from runbook.render.reader_draft import Draft
    from runbook.render.reader_page import Item as Shown

_LINK = re.compile(
    r"\[(?P<label>(?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\((?P<target>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?: \"[^\"]*\")?\)"
)
_AUTO = re.compile(r"<(?P<target>[A-Za-z][A-Za-z0-9+.-]*:[^<>\s]*)>")
_RELATION = re.compile(r"(?P<relation>[a-z][a-z -]{2,20}): *\[?(?P<document>(?:INC|DEP)-\d{4}-\d{2}-\d{2}-\d{3,})\b.*")


def read_references(draft: Draft) -> None:
    """References and links to other documents of ours, which stand in one list."""
    document = draft.document
    both: list[Link | Reference] = [*document.links, *document.references]
    result = read_list(draft, "references", both, _link_or_reference, lambda new: Reference(id=new, target="-"))
    if result is None:
        return
    links: list[Link] = []
    references: list[Reference] = []
    for part in result:
        if isinstance(part, Link):
            links.append(part)
        elif (found := _RELATION.fullmatch(part.target)) and (made := _link(found)):
            links.append(made)
        else:
            references.append(part)
    document.links, document.references = links, references


def _link_or_reference(draft: Draft, part: Link | Reference, item: Shown, was: Shown | None, path: str) -> None:
    if isinstance(part, Reference):
        source = " ".join(whole(item).split())
        if was is None and (found := _RELATION.fullmatch(source)) is not None and _link(found):
            part.target = f"{found['relation']}: {found['document']}"
            return
        _reference(draft, part, item, was, path)
        return
    found = _RELATION.fullmatch(" ".join(whole(item).split()))
    made = None if found is None else _link(found)
    if made is None:
        draft.leave(
            item.line, path, "a link names a relation (caused by, fixed by, related, …) and a document's id", item.text
        )
        return
    draft.set(part, "document", made.document, path=f"{path}.document", line=item.line)
    draft.set(part, "relation", made.relation, path=f"{path}.relation", line=item.line)


def _link(found: re.Match[str]) -> Link | None:
    try:
        return Link.model_validate(
            {"document": found["document"], "relation": found["relation"].strip().replace(" ", "-")}
        )
    except ValidationError:
        return None


def _reference(draft: Draft, part: Reference, item: Shown, was: Shown | None, path: str) -> None:
    """A link or a document."""
    title, target = _title_and_target(draft, whole(item))
    if was is not None:
        old_title, old_target = _title_and_target(draft, whole(was))
        title = part.title if title == old_title else title
        target = part.target if target == old_target else target
    draft.set(part, "target", target, path=f"{path}.target", line=item.line)
    draft.set(part, "title", "" if title == target else title, path=f"{path}.title", line=item.line)


def _title_and_target(draft: Draft, source: str) -> tuple[str, str]:
    source = source.replace("\n", " ")
    if link := _LINK.fullmatch(source):
        title, target = draft.literal(link["label"]), draft.stored(unescape_inline(link["target"]))
        return ("" if title == target else title), target
    if auto := _AUTO.fullmatch(source):
        return "", draft.stored(auto["target"])
    title, named = last_cut(source, ": ")
    if named is not None and named.startswith(("`", "<br>")):
        return draft.literal(title), draft.code(named)
    return "", draft.stored(code(source))
