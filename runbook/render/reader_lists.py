"""Lists, read back: items, checklists, measures, actions and steps."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from runbook.model.record import Action, Check, Incident, Item, PreventionItem, Step
from runbook.model.wire import new_ulid
from runbook.render import reader_values as values
from runbook.render.reader_draft import AS_FOLLOWS, is_empty_note
from runbook.render.reader_inline import first_cut, last_cut, literal, pieces, plain, same, without_anchors
from runbook.render.reader_page import Item as Shown
from runbook.render.reader_pair import id_of, match
from runbook.render.sheet import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runbook.render.reader_draft import Draft
    from runbook.render.reader_page import Field

P = TypeVar("P", bound=BaseModel)


def items_of(field: Field) -> list[Shown]:
    """The items between a list's anchors; a paragraph somebody typed there is one, too."""
    found: list[Shown] = []
    for block in field.blocks:
        if block.kind == "list":
            found += block.items
        elif block.kind == "html" or (is_empty_note(block) and "**" in block.source):
            continue
        elif source := without_anchors(block.source).strip():
            found.append(Shown(None, block.line, source))
    return found


def whole(item: Shown) -> str:
    """All of an item: its text, what stands behind the dash, and what stands below."""
    return f"{item.text}\n{item.suffix}\n{item.below_text()}".strip()


def read_list(
    draft: Draft,
    name: str,
    parts: Sequence[P],
    update: Callable[[Draft, P, Shown, Shown | None, str], None],
    make: Callable[[str], P],
    *,
    reworded: bool = False,
) -> list[P] | None:
    """The parts of a list as the report has them now; None where it says nothing new.

    Args:
        draft: the record on its way back.
        name: of the field.
        parts: of the draft's own document.
        update: brings what one item shows into its part.
        make: a new part with an id.
        reworded: whether an item that lost its anchor is known again by most of its words; ``update`` then gets it as
            it gets a new one, and what it does not say of the part stays.
    """
    changed: list[P] | None = None
    for old, new in draft.fields(name):
        result: list[P] = []
        matched, gone, rest = match(items_of(old), items_of(new), parts, whole, words=_words if reworded else None)
        for item, was, known in matched:
            part = known or make(draft.fresh_id(item.id))
            path = f"{name}.{id_of(part)}"
            if known is None:
                draft.lines[path] = item.line
            if was is None or (item.id and _differs(item, was)):  # one that lost its anchor is known by all of its text
                update(draft, part, item, was, path)
            elif not item.id and not same(whole(item), whole(was)):
                update(draft, part, item, None, path)
            result.append(part)
        draft.lines |= {f"{name}.{item.id}": new.line for item in gone}
        if [id_of(part) for part in (*result, *rest)] != [id_of(part) for part in parts]:
            draft.lines.setdefault(name, new.line)
        changed = [*result, *rest]
    return changed


def _words(item: Shown) -> str:
    """An item's own words, without its box and what stands behind the dash."""
    return first_cut(values.box(item.text)[1].replace("\n", " "), " — ")[0]


def _differs(item: Shown, was: Shown) -> bool:
    return not same(item.text, was.text) or not same(item.suffix, was.suffix) or item.below_text() != was.below_text()


def prose_text(draft: Draft, source: str, *, prefixed: bool = False) -> str:
    """The prose of an item, without the words that lead to a list behind a box or a name."""
    text = draft.prose(source)
    first, _, rest = text.partition("\n\n")
    return rest.strip("\n") if prefixed and rest and plain(first) == AS_FOLLOWS else text


def _behind(item: Shown, was: Shown | None) -> str | None:
    """What stands behind the dash of an item, if it differs; words without a dash belong to its text."""
    if was is not None and same(item.suffix, was.suffix):
        return None
    return values.added(item.suffix)


def _text(draft: Draft, item: Shown, was: Shown | None, *, boxed: bool = False) -> tuple[str, bool | None, bool]:
    """Text, tick and whether the text changed."""
    done, source = values.box(item.text) if boxed else (None, item.text)
    more = item.suffix if item.suffix and values.added(item.suffix) is None else ""
    if was is not None and more and same(more, was.suffix):
        more = ""
    before = None if was is None else (values.box(was.text)[1] if boxed else was.text)
    below = item.below_text()
    changed = (
        before is None or bool(more) or not same(source, before) or not same(below, was.below_text() if was else "")
    )
    text = prose_text(draft, f"{source} {more}".strip() if more else source, prefixed=boxed)
    return f"{text}\n\n{draft.prose(below)}".strip("\n") if below else text, done, changed


def plain_item(draft: Draft, part: Item, item: Shown, was: Shown | None, path: str) -> None:
    """An entry of a plain list."""
    if item.suffix and values.added(item.suffix) is not None:
        item = Shown(item.id, item.line, f"{item.text} {item.suffix}")
    text, _, changed = _text(draft, item, was)
    if changed:
        draft.set(part, "text", text, path=f"{path}.text", line=item.line)


def check(draft: Draft, part: Check, item: Shown, was: Shown | None, path: str) -> None:
    """A box: its tick, its text, who ticked it and when, and why not."""
    text, done, changed = _text(draft, item, was, boxed=True)
    source = item.text
    if was is None and not item.suffix:
        text, suffix = _divided(values.box(source)[1], ("by ",))
        text = prose_text(draft, text, prefixed=True)
    else:
        suffix = _behind(item, was)
    if changed:
        draft.set(part, "text", text, path=f"{path}.text", line=item.line)
    if done is not None and done != part.done:
        draft.set(part, "done", done, path=f"{path}.done", line=item.line)
    if suffix is None and was is not None and values.added(was.suffix) and not item.suffix:
        suffix = ""
    if suffix is None:
        return
    by, at, note = values.who_and_when(suffix)
    if draft.literal(by) != literal(str(draft.sheet.entry(part.by))):
        draft.set(part, "by", draft.literal(by), path=f"{path}.by", line=item.line)
    _set_time(draft, part, at, f"{path}.at", item.line)
    if not same(note or "", draft.sheet.prose(part.note).line):
        draft.set(part, "note", draft.prose(note or ""), path=f"{path}.note", line=item.line)


def _set_time(draft: Draft, part: Check | Any, at: str, path: str, line: int) -> None:
    shown = "" if part.at is None else draft.sheet.date_and_clock(part.at)
    if at == shown:
        return
    try:
        moment = values.moment(draft.sheet, at, part.at) if at else None
    except values.NotReadableError as error:
        draft.leave(line, path, str(error), at)
        return
    draft.set(part, "at", moment, path=path, line=line)


def _divided(source: str, words: tuple[str, ...]) -> tuple[str, str | None]:
    """A new item's text and what it adds behind a dash, if that begins with one of ``words``."""
    for dash in (" — ", " – ", " -- ", " - "):
        text, more = last_cut(source.replace("\n", " "), dash)
        if more is not None and more.lower().startswith(words):
            return text, more
    return source, None


def measure(draft: Draft, part: PreventionItem, item: Shown, was: Shown | None, path: str) -> None:
    """A measure that keeps it from happening again."""
    text, done, changed = _text(draft, item, was, boxed=True)
    suffix = _behind(item, was)
    if was is None and not item.suffix:
        source, suffix = _divided(values.box(item.text)[1], ("from `",))
        text = prose_text(draft, source, prefixed=True)
    if changed:
        draft.set(part, "text", text, path=f"{path}.text", line=item.line)
    if done is not None and done != part.done:
        draft.set(part, "done", done, path=f"{path}.done", line=item.line)
    if suffix is not None and suffix.startswith("from "):
        draft.set(part, "signature", draft.code(suffix[5:]), path=f"{path}.signature", line=item.line)
    elif suffix:
        draft.leave(item.line, path, "behind a measure stands only the known failure it comes from", suffix)
    elif was is not None and was.suffix and not item.suffix:
        draft.set(part, "signature", "", path=f"{path}.signature", line=item.line)


def action(draft: Draft, part: Action, item: Shown, was: Shown | None, path: str) -> None:
    """A follow-up: text, tick, owner, due date, priority."""
    text, done, changed = _text(draft, item, was, boxed=True)
    suffix = _behind(item, was)
    if was is None and not item.suffix:
        source, suffix = _divided(values.box(item.text)[1], ("owner", "due", "priority"))
        text = prose_text(draft, source, prefixed=True)
    if changed:
        draft.set(part, "text", text, path=f"{path}.text", line=item.line)
    if done is not None and done != part.done:
        draft.set(part, "done", done, path=f"{path}.done", line=item.line)
    if suffix is None and was is not None and was.suffix and not item.suffix:
        suffix = ""
    if suffix is not None:
        _owner_due_priority(draft, part, suffix, path, item.line)


def _owner_due_priority(draft: Draft, part: Action, suffix: str, path: str, line: int) -> None:
    found, rest = values.owner_due_priority(suffix)
    if rest.strip():
        draft.leave(line, path, "behind an action stand its owner, due date and priority", rest)
    owner = "" if plain(found.get("owner", "")) == "nobody yet" else draft.literal(found.get("owner", ""))
    if owner != literal(str(draft.sheet.entry(part.owner))):
        draft.set(part, "owner", owner, path=f"{path}.owner", line=line)
    due = plain(found.get("due", ""))
    try:
        day = None if due in {"", "no date"} else date.fromisoformat(due)
    except ValueError:
        draft.leave(line, f"{path}.due", f"{due!r} is no date; write it as 2026-02-14", due)
    else:
        if day != part.due:
            draft.set(part, "due", day, path=f"{path}.due", line=line)
    priority = plain(found.get("priority", ""))
    if priority and priority != part.priority:
        draft.set(part, "priority", priority, path=f"{path}.priority", line=line)


def step(draft: Draft, part: Step, item: Shown, was: Shown | None, path: str) -> None:
    """A step of a deployment: text, what came of it, and the command it was."""
    if was is None or not same(item.text, was.text):
        draft.set(part, "text", draft.literal(item.text), path=f"{path}.text", line=item.line)
    suffix = _behind(item, was)
    if suffix is None:
        return
    parts = _step_command(draft, part, item, was, f"{path}.command")
    word, result = first_cut(" · ".join(parts), ":")
    came = {"done": True, "failed": False, "not recorded": None}
    if plain(word) not in came:
        word, result = "done" if part.ok else "failed" if part.ok is False else "not recorded", suffix
    if came[plain(word)] != part.ok:
        draft.set(part, "ok", came[plain(word)], path=f"{path}.ok", line=item.line)
    shown = draft.literal(result or "")
    if shown != literal(str(draft.sheet.literal(part.result))):
        draft.set(part, "result", shown, path=f"{path}.result", line=item.line)


def _step_command(draft: Draft, part: Step, item: Shown, was: Shown | None, path: str) -> list[str]:
    """Take the command that a step was out of what stands behind its dash; the pieces that are left."""
    parts = pieces(values.added(item.suffix) or "", " · ")
    references = shown_references(draft)
    for begin in range(1, len(parts)):
        for end in range(len(parts), begin, -1):
            if (reference := referred(draft, " · ".join(parts[begin:end]), references)) is not None:
                draft.set(part, "command", reference, path=path, line=item.line)
                return parts[:begin] + parts[end:]
    if not part.command:
        return parts
    if was is None or len(parts) < len(pieces(values.added(was.suffix) or "", " · ")):
        draft.set(part, "command", "", path=path, line=item.line)
        return parts
    shown = pieces(str(draft.sheet.reference(part.command)), " · ")
    what = "the command of a step is shown as recorded; take it away, or name another by its id"
    draft.leave(item.line, path, what, parts[-1])
    return parts[: -len(shown)]


def shown_references(draft: Draft) -> dict[str, str]:
    """What stands for each part of the record where another refers to it -> its id."""
    sheet = draft.sheet
    identifiers = [*sheet.commands, *sheet.rows, *sheet.findings, *sheet.evidence]
    found: dict[str, str] = {}
    for identifier in identifiers:
        found.setdefault(str(sheet.reference(identifier)).strip(), identifier)
        found.setdefault(identifier, identifier)
    return found


def referred(draft: Draft, source: str, references: dict[str, str]) -> str | None:
    """The id of the part of the record that ``source`` shows; ``references`` are those that can be shown."""
    source = source.strip()
    if source.startswith(NOWHERE):
        return draft.code(source.removeprefix(NOWHERE))
    return references.get(source) or references.get(source.strip("`"))


def read_lists(draft: Draft) -> None:
    """Every list of an incident or a deployment, but for its references."""
    document = draft.document
    plain_lists: list[tuple[BaseModel, str]] = []
    check_lists: list[str] = []
    if isinstance(document, Incident):
        plain_lists = [(document, "factors")]
        plain_lists += [(document.lessons, f"lessons.{name}") for name in ("went_well", "went_wrong", "lucky")]
        check_lists = ["checklist"]
        _replace(draft, document, "prevention", measure, lambda new: PreventionItem(id=new, text=""))
        _replace(draft, document, "actions", action, lambda new: Action(id=new, text=""))
        _gathered(draft, document)
    else:
        plain_lists = [(document, "issues")]
        check_lists = ["pre_checks", "practice_checks", "post_checks"]
        _replace(draft, document, "steps", step, lambda new: Step(id=new, text=""))
    for owner, name in plain_lists:
        _replace(draft, owner, name, plain_item, lambda new: Item(id=new, text=""))
    for name in check_lists:
        _replace(draft, document, name, check, lambda new: Check(id=new, text=""))


def _replace(
    draft: Draft, owner: BaseModel, name: str, update: Callable[..., None], make: Callable[[str], BaseModel]
) -> None:
    attribute = name.rpartition(".")[2]
    parts = read_list(draft, name, getattr(owner, attribute), update, make, reworded=update is not step)
    if parts is not None:
        setattr(owner, attribute, parts)


def _gathered(draft: Draft, document: Incident) -> None:
    """The checklist that the known failures suggest becomes the incident's own once somebody changes it."""
    for old, new in draft.fields("derived:checklist"):
        before, after = items_of(old), items_of(new)
        if values.is_same_list([whole(item) for item in before], [whole(item) for item in after]):
            continue
        checks = []
        for item in after:
            made = Check(id=new_ulid(), text="")
            check(draft, made, item, None, f"checklist.{made.id}")
            checks.append(made)
        draft.lines["checklist"] = new.line
        document.checklist = checks
