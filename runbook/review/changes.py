"""Two versions of a document, and what happened between them in terms of the incident, not of lines of YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook.model.changes import SECTIONS, Change, Compared, Ours
from runbook.model.record import Incident
from runbook.model.times import format_duration
from runbook.model.wire import MILESTONES
from runbook.review.changes_lists import kinds, list_changes
from runbook.review.changes_text import Clock, moved, quoted, reworded, valued

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from runbook.model.changes import What
    from runbook.model.record import AnyDocument, Milestone
    from runbook.review.changes_text import Sentence, Tell

_HEAD: dict[str, tuple[str, str, Tell]] = {
    "title": ("Document", "title", reworded),
    "severity": ("Document", "", valued("severity")),
    "status": ("Document", "", valued("status")),
    "lead": ("Document", "", valued("lead")),
    "deployer": ("Document", "", valued("deployer")),
    "reviewer": ("Document", "", valued("reviewer")),
    "template": ("Document", "", valued("shape of the report")),
    "zone": ("Times", "", valued("time zone")),
    "time_note": ("Times", "note on the times", reworded),
    "summary": ("Summary", "summary", reworded),
    "impact.users": ("Impact", "users", reworded),
    "impact.data_loss": ("Impact", "data loss", reworded),
    "impact.description": ("Impact", "description", reworded),
    "impact.financial.people": ("Impact", "cost", valued("people")),
    "impact.financial.hours": ("Impact", "cost", valued("hours of each")),
    "impact.financial.rate": ("Impact", "cost", valued("rate")),
    "impact.financial.currency": ("Impact", "cost", valued("currency")),
    "impact.financial.downtime": ("Impact", "cost", valued("hours of downtime")),
    "impact.financial.downtime_rate": ("Impact", "cost", valued("rate of downtime")),
    "impact.financial.opportunity": ("Impact", "what was not done meanwhile", reworded),
    "impact.financial.note": ("Impact", "note on the cost", reworded),
    "changes": ("Changes deployed", "changes", reworded),
    "sign_off.by": ("Sign-off", "sign-off", valued("by")),
    "resolution": ("Resolution", "resolution", reworded),
    "rollback": ("Resolution", "rollback", reworded),
    "rollback_plan": ("Resolution", "rollback plan", reworded),
    "verification": ("Verification", "verification", reworded),
}
"""Single fields: where a change stands, what the field is called, how its change is told."""

_SETS = {
    "responders": ("Document", "responders"),
    "impact.systems": ("Impact", "systems"),
    "sign_off.documents": ("Sign-off", "documents read"),
    "left_out": ("Timeline", "left out of the report"),
}
"""Lists of words: where a change stands, and what the list is called."""

_MEASURED: dict[Milestone, str] = {
    "detected": "detect",
    "acknowledged": "acknowledge",
    "mitigated": "mitigate",
    "resolved": "resolve",
}
_BOOKKEEPING = {"schema_version", "schema", "synced", "synced_through", "timeline"}
"""What says how far a record is folded in, not what happened. Rows of the timeline are told one by one."""
_IMPACT = {"impact.users", "impact.data_loss", "impact.systems", "impact.description"}


def compare(old: AnyDocument | None, new: AnyDocument | None) -> Compared:
    """What is otherwise in ``new`` than in ``old``. Bookkeeping (what was folded in up to when) is no change.

    Args:
        old: the older version; None where there was none.
        new: the newer version; None where it is gone.

    Raises:
        ValueError: there is neither.
    """
    document = new or old
    if document is None:
        raise ValueError("nothing to compare")
    if old is None or new is None:
        return Compared(document.id, document.title, "added" if old is None else "removed", [], [])
    found = list(_changes(old, new))
    found += _untold(old, new, found)
    found.sort(key=lambda change: SECTIONS.index(change.section))
    return Compared(new.id, new.title, "changed" if found else "same", found, _hints(new, found))


def _changes(old: AnyDocument, new: AnyDocument) -> Iterator[Change]:
    for field in ("id", "document", "ulid"):
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            said = {"id": f"renumbered: {before} → {after}", "document": f"{before} → {after}"}
            pieces = (Ours(said.get(field, "its identity is another: no version of the same document")),)
            yield Change("Document", "changed", pieces, field, "", before, after)
    clock = Clock(new.zone, _moments(old, new))
    for field, (section, name, tell) in _HEAD.items():
        before, after = _at(old, field), _at(new, field)
        if before != after:
            said_of = tell((Ours(name),) if name else (), _or_blank(before), _or_blank(after))
            yield Change(section, "changed", _without_colon(said_of), field, "", before, after)
    yield from _times(old, new, clock)
    for field, (section, name) in _SETS.items():
        yield from _set_changes(section, name, field, _at(old, field) or [], _at(new, field) or [])
    commands = {item.id for item in (*old.commands, *new.commands)}
    for field, kind in kinds(clock).items():
        earlier, later = _at(old, field) or [], _at(new, field) or []
        for change in list_changes(field, kind, earlier, later) if earlier != later else ():
            if field != "timeline" or change.item not in commands or not _told_with_its_command(change, old, new):
                yield change
    yield from _links(old, new)
    if old.redacted != new.redacted:
        text = f"secrets taken out: {sum(old.redacted.values())} → {sum(new.redacted.values())}"
        yield Change("Evidence", "changed", (Ours(text),), "redacted", "", old.redacted, new.redacted)


def _untold(old: AnyDocument, new: AnyDocument, told: list[Change]) -> Iterator[Change]:
    """Fields that nothing above has a sentence for, so that no change goes by in silence."""
    fields = {change.field for change in told}
    before, after = _values(old), _values(new)
    for field in {**before, **after}:
        was, now = before.get(field), after.get(field)
        known = any(one == field or one.startswith(f"{field}.") for one in fields)
        if was != now and not known and field.partition(".")[0] not in _BOOKKEEPING:
            said = (Ours(f"{field.replace('_', ' ').replace('.', ', ')} changed"),)
            yield Change("Document", "changed", said, field, "", was, now)


def _values(document: AnyDocument) -> dict[str, Any]:
    """Every value by its dotted field; a list is one value."""
    found: dict[str, Any] = {}
    waiting = list(document.model_dump(mode="json").items())
    while waiting:
        field, value = waiting.pop(0)
        if isinstance(value, dict) and value and field != "redacted":
            waiting += [(f"{field}.{name}", inner) for name, inner in value.items()]
        else:
            found[field] = value
    return found


def _or_blank(value: Any) -> Any:
    return "" if value is None else value


def _without_colon(pieces: Sentence) -> Sentence:
    """A sentence that begins with the field's own name: without the colon in front of it."""
    first = pieces[0]
    return (Ours(first.removeprefix(": ")), *pieces[1:]) if isinstance(first, Ours) else pieces


def _told_with_its_command(change: Change, old: AnyDocument, new: AnyDocument) -> bool:
    """Whether the list of commands tells this change of a command's row as well."""
    was = next((command for command in old.commands if command.id == change.item), None)
    now = next((command for command in new.commands if command.id == change.item), None)
    if change.what in {"added", "removed"}:
        return (was is None) != (now is None)
    same_time = change.field == "timeline.at"
    return same_time and was is not None and now is not None and was.at != now.at


def _at(document: AnyDocument, field: str) -> Any:
    """The value of a dotted field, or None where this kind of document has no such field."""
    value: Any = document
    for name in field.split("."):
        value = getattr(value, name, None)
    return value


def _moments(*documents: AnyDocument) -> Iterator[datetime]:
    for document in documents:
        for name in MILESTONES:
            if (moment := getattr(document.milestones, name)) is not None:
                yield moment
        yield from (entry.at for entry in document.timeline)
        yield from (command.at for command in document.commands)


def _times(old: AnyDocument, new: AnyDocument, clock: Clock) -> Iterator[Change]:
    """Milestones, what is measured from them, and when a deployment was signed off."""
    tell = moved(clock)
    fields = [("Times", name, f"milestones.{name}") for name in MILESTONES]
    for section, name, field in (*fields, ("Sign-off", "sign-off", "sign_off.at")):
        before, after = _at(old, field), _at(new, field)
        if before != after:
            what: What = "added" if before is None else "removed" if after is None else "moved"
            was, now = (None if moment is None else moment.isoformat() for moment in (before, after))
            yield Change(section, what, tell((Ours(name),), before, after), field, "", was, now)
    for milestone, verb in _MEASURED.items():
        spans = old.milestones.since_start(milestone), new.milestones.since_start(milestone)
        earlier, later = (None if span is None else format_duration(span) for span in spans)
        if earlier == later:
            continue
        text = f"time to {verb} {earlier} → {later}"
        if earlier is None:
            text = f"time to {verb} is known now: {later}"
        elif later is None:
            text = f"time to {verb} is not known any more, was {earlier}"
        took, takes = (None if span is None else span.total_seconds() for span in spans)
        yield Change("Times", "changed", (Ours(text),), f"metrics.{verb}", "", took, takes)


def _set_changes(section: str, name: str, field: str, before: list[str], after: list[str]) -> Iterator[Change]:
    if before == after:
        return
    came = [value for value in after if value not in before]
    went = [value for value in before if value not in after]
    pieces: list[Any] = [Ours(f"{name}: ")]
    for word, values in (("with ", came), ("without ", went)):
        for value in values:
            pieces += [Ours(word if len(pieces) == 1 else f", {word}"), quoted(value)]
    if not came and not went:
        pieces.append(Ours("another order"))
    yield Change(section, "changed", tuple(pieces), field, "", before, after)


def _links(old: AnyDocument, new: AnyDocument) -> Iterator[Change]:
    before, after = ([(link.document, link.relation) for link in document.links] for document in (old, new))
    if before == after:
        return
    told = False
    for what, these, others in (("added", after, before), ("removed", before, after)):
        for document, relation in these:
            if (document, relation) not in others:
                told = True
                pieces = (Ours(f"link {what}: {relation.replace('-', ' ')} {document}"),)
                value = {"document": document, "relation": relation}
                pair = (None, value) if what == "added" else (value, None)
                yield Change("References", "added" if what == "added" else "removed", pieces, "links", document, *pair)
    if not told:
        yield Change("References", "moved", (Ours("links: another order"),), "links", "", before, after)


def _hints(new: AnyDocument, changes: list[Change]) -> list[str]:
    """What a reviewer should look at because of what changed."""
    fields = {change.field for change in changes}
    hints = []
    if isinstance(new, Incident) and fields & _IMPACT and "severity" not in fields:
        hints.append(f"the impact changed; does severity {new.severity} still fit it?")
    wrong = new.milestones.out_of_order()
    if wrong and any(field.startswith("milestones.") for field in fields):
        hints.append(f"{wrong[1]} stands before {wrong[0]}")
    return hints
