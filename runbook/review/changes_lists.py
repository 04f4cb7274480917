"""Changes in the lists of a document: what came, what went, what is otherwise, item by item and by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runbook.model.changes import Change, Ours, Typed
from runbook.review.changes_text import counted, moved, owned, quoted, reworded, ticked, valued

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from runbook.model.changes import What
    from runbook.review.changes_text import Clock, Sentence, Tell

_BOOKKEEPING = {"id", "recorded_at", "source"}
_NO_TEXT = "(no text)"


class Kind(NamedTuple):
    """How the items of a list are told.

    Attributes:
        section: where their changes stand.
        noun: what one is called, with its number: ``action 3``. Empty: by its own text.
        text: the field that says what it is.
        fields: how a change of a field is told; of any other field only that it changed.
        code: its text is something that was typed.
        minor: there are many of them, and one more says little.
        ordered: people chose the order.
        clock: for those that are found by their time.
    """

    section: str
    noun: str
    text: str
    fields: Mapping[str, Tell]
    code: bool = False
    minor: bool = False
    ordered: bool = True
    clock: Clock | None = None


_TEXT: dict[str, Tell] = {"text": reworded}
_DONE = ticked("is done now", "is open again")
_WHYS = Kind("Root cause", "why", "text", {**_TEXT, "evidence": counted("piece of evidence", "pieces of evidence")})


def kinds(clock: Clock) -> dict[str, Kind]:
    """Every list of a document by its dotted field; whys stand inside their causes."""
    return {**_of_people(clock), **_recorded(clock)}


def _of_people(clock: Clock) -> dict[str, Kind]:
    """Lists that people write."""
    check: dict[str, Tell] = {
        **_TEXT,
        "done": ticked("is ticked now", "is not ticked any more"),
        "by": valued("ticked by"),
        "at": moved(clock),
        "note": reworded,
    }
    step = {**_TEXT, "result": valued("result"), "ok": valued("success")}
    cause = {"title": reworded, "proven": ticked("is proven now", "is not proven any more")}
    action = {
        **_TEXT,
        "owner": owned("owner", "an"),
        "due": owned("due date", "a"),
        "priority": valued("priority"),
        "done": _DONE,
    }
    return {
        "pre_checks": Kind("Checks", "check before", "text", check),
        "practice_checks": Kind("Checks", "practice check", "text", check),
        "post_checks": Kind("Checks", "check after", "text", check),
        "steps": Kind("Steps", "step", "text", step),
        "causes": Kind("Root cause", "cause", "title", cause),
        "factors": Kind("Contributing factors", "factor", "text", _TEXT),
        "issues": Kind("Issues", "issue", "text", _TEXT),
        "prevention": Kind("Prevention", "measure", "text", {**_TEXT, "done": _DONE, "signature": valued("from")}),
        "checklist": Kind("Prevention", "check", "text", check),
        "lessons.went_well": Kind("Lessons", "what went well", "text", _TEXT),
        "lessons.went_wrong": Kind("Lessons", "what went wrong", "text", _TEXT),
        "lessons.lucky": Kind("Lessons", "where we were lucky", "text", _TEXT),
        "actions": Kind("Follow-ups", "action", "text", action),
        "references": Kind("References", "reference", "target", {"title": reworded, "target": reworded}),
    }


def _recorded(clock: Clock) -> dict[str, Kind]:
    """Lists that come from the journal."""
    row: dict[str, Tell] = {
        **_TEXT,
        "at": moved(clock),
        "kind": valued("kind"),
        "phase": valued("phase"),
        "actor": valued("by"),
        "highlight": ticked("stays in sight now", "folds away now"),
    }
    command: dict[str, Tell] = {
        "command": reworded,
        "at": moved(clock),
        "exit_status": valued("exit status"),
        "role": valued("role"),
        "duration": valued("seconds"),
        "note": reworded,
        "evidence": counted("output", "outputs"),
    }
    finding: dict[str, Tell] = {
        "state": valued("state"),
        "reason": reworded,
        "count": valued("times seen"),
        "severity": valued("severity"),
    }
    kept: dict[str, Tell] = {
        "note": reworded,
        "sha256": lambda who, _, __: (*who, Ours(": its content is otherwise")),
    }
    return {
        "timeline": Kind("Timeline", "", "text", row, minor=True, ordered=False, clock=clock),
        "commands": Kind("Commands", "", "command", command, code=True, minor=True, ordered=False, clock=clock),
        "evidence": Kind("Evidence", "", "name", kept, minor=True, ordered=False),
        "findings": Kind("Known failures", "", "signature", finding, code=True, ordered=False),
    }


def list_changes(field: str, kind: Kind, before: Sequence[BaseModel], after: Sequence[BaseModel]) -> list[Change]:
    """Every change of one list, in the order of the newer version; then what went, then that the order is another."""
    old, new = _by_id(before), _by_id(after)
    changes: list[Change] = []
    for number, (key, item) in enumerate(new.items(), 1):
        if key in old:
            changes += _item_changes(field, kind, old[key], item, number)
        else:
            changes.append(_come(field, kind, item, number, "added"))
    for number, (key, item) in enumerate(old.items(), 1):
        if key not in new:
            changes.append(_come(field, kind, item, number, "removed"))
    was, now = [key for key in old if key in new], [key for key in new if key in old]
    if was != now and (kind.ordered or not changes):
        said = (Ours(f"{kind.section.lower()}: another order"),)
        changes.append(Change(kind.section, "moved", said, field, "", [key[0] for key in was], [key[0] for key in now]))
    return changes


def _by_id(items: Sequence[BaseModel]) -> dict[tuple[str, int], BaseModel]:
    """Items by id; one that stands twice, as after a paste, by its turn as well."""
    found: dict[tuple[str, int], BaseModel] = {}
    seen: dict[str, int] = {}
    for item in items:
        identifier = str(getattr(item, "id", ""))
        turn = seen[identifier] = seen.get(identifier, -1) + 1
        found[identifier, turn] = item
    return found


def _who(kind: Kind, item: BaseModel, number: int, field: str = "") -> Sentence:
    """What the sentence is about; ``field`` is the one that changed, and is not told twice."""
    if kind.noun:
        return (Ours(f"{kind.noun} {number}"),)
    said = quoted(getattr(item, kind.text) or _NO_TEXT)
    named: Sentence = (Typed(said),) if kind.code else (said,)
    if kind.clock is None or field == "at":
        return named
    when = kind.clock.text(getattr(item, "at"))  # noqa: B009  whatever has a clock has a time
    return (Ours(when),) if field == kind.text else (Ours(f"{when} "), *named)


def _come(field: str, kind: Kind, part: BaseModel, number: int, what: What) -> Change:
    who = (*_who(kind, part, number), Ours(f" {what}"))
    if kind.noun:
        who = (*who, Ours(": "), quoted(getattr(part, kind.text) or _NO_TEXT))
        who = (*who, *_given(part)) if what == "added" else who
    dumped = part.model_dump(mode="json")
    before, after = (None, dumped) if what == "added" else (dumped, None)
    return Change(kind.section, what, who, field, str(getattr(part, "id", "")), before, after, kind.minor)


def _given(part: BaseModel) -> Sentence:
    """Who is to do a new follow-up and until when: whoever reviews it asks for both."""
    if "owner" not in type(part).model_fields:
        return ()
    told: Sentence = ()
    for before, name, missing in ((" (", "owner", "no owner"), (", ", "due", "no due date")):
        value = getattr(part, name)
        told = (*told, Ours(f"{before}{name} "), quoted(value)) if value else (*told, Ours(f"{before}{missing}"))
    return (*told, Ours(")"))


def _item_changes(field: str, kind: Kind, old: BaseModel, new: BaseModel, number: int) -> list[Change]:
    changes: list[Change] = []
    others: list[str] = []
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    identifier = str(getattr(new, "id", ""))
    for name in type(new).model_fields:
        if name in _BOOKKEEPING or before[name] == after[name]:
            continue
        who = _who(kind, new, number, name)
        if name == "whys":
            changes += _whys(old, new, who)
        elif name in kind.fields:
            said = kind.fields[name](who, getattr(old, name), getattr(new, name))
            what: What = "moved" if name == "at" else "changed"
            changes.append(Change(kind.section, what, said, f"{field}.{name}", identifier, before[name], after[name]))
        else:
            others.append(name)
    if others:
        said = (*_who(kind, new, number), Ours(f": {', '.join(name.replace('_', ' ') for name in others)} changed"))
        was, now = ({name: values[name] for name in others} for values in (before, after))
        changes.append(Change(kind.section, "changed", said, field, identifier, was, now))
    return changes


def _whys(old: BaseModel, new: BaseModel, cause: Sentence) -> list[Change]:
    """Changes of one cause's chain; ``cause`` names it."""
    of = f" of {''.join(cause)}"
    changes = list_changes("causes.whys", _WHYS, getattr(old, "whys", []), getattr(new, "whys", []))
    return [change._replace(pieces=_named(change.pieces, of)) for change in changes]


def _named(pieces: Sentence, of: str) -> Sentence:
    """``why 2 added: …`` as ``why 2 of cause 1 added: …``: behind the number, or behind the section's name."""
    words = pieces[0].split(" ")
    first = Ours(" ".join(words[:2]) + of + "".join(f" {word}" for word in words[2:]))
    return (first, *pieces[1:])
