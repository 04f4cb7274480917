"""Edits as hypothesis makes them: a record and what an editor could make of it, as another record of the same shape."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st
from strategies import captured_text, deployments, incidents, moments, prose_text

from runbook.model.record import AnyDocument, Check, Deployment, Incident, Why

if TYPE_CHECKING:
    from pydantic import BaseModel

FIELDS: dict[type, tuple[str, ...]] = {
    Incident: (
        *("title", "severity", "status", "lead", "responders", "summary", "resolution", "rollback"),
        *("impact.systems", "impact.users", "impact.data_loss", "impact.description", "impact.financial.note"),
        *("milestones.acknowledged", "milestones.resolved"),
    ),
    Deployment: (
        *("title", "status", "deployer", "reviewer", "changes", "verification", "rollback_plan"),
        *("sign_off.by", "sign_off.at", "sign_off.documents", "milestones.resolved"),
    ),
}
LISTS: dict[type, tuple[str, ...]] = {
    Incident: (
        *("factors", "prevention", "checklist", "actions", "causes", "references"),
        *("lessons.went_well", "lessons.went_wrong", "lessons.lucky"),
    ),
    Deployment: ("pre_checks", "practice_checks", "post_checks", "issues", "steps", "references"),
}
INSIDE = {
    "timeline": {"text", "actor", "at"},
    "findings": {"state", "reason", "severity", "title"},
    "commands": {"note", "role"},
    "evidence": {"note", "name"},
}


def owner(document: BaseModel, path: str) -> tuple[Any, str]:
    *parents, name = path.split(".")
    for parent in parents:
        document = getattr(document, parent)
    return document, name


def forget_references(document: AnyDocument) -> None:
    """No why, step or known failure names another part of the record."""
    for cause in getattr(document, "causes", []):
        for why in cause.whys:
            why.evidence = []
    for step in getattr(document, "steps", []):
        step.command = ""
    for finding in document.findings:
        finding.entries, finding.source = [], ""


def plausible(value: Any) -> Any:
    """``value`` as a report can show it: times to the minute, and no name that is blank or stands there twice."""
    if isinstance(value, datetime):
        return value.replace(second=0, microsecond=0)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [each for each in dict.fromkeys(value) if each.strip()]
    return value


def unique(document: AnyDocument) -> AnyDocument:
    """``document`` with every id of its own: two items of one id are another test's matter."""
    number = 0
    document.timeline.sort(key=lambda entry: (entry.at, entry.id))  # as a journal is folded
    for name in type(document.milestones).model_fields:
        setattr(document.milestones, name, plausible(getattr(document.milestones, name)))
    document.references = [each for each in document.references if each.target.strip()]
    if isinstance(document, Deployment):
        document.sign_off.documents = plausible(document.sign_off.documents)
    else:
        document.responders = plausible(document.responders)
        document.impact.systems = plausible(document.impact.systems)
        document.checklist = document.checklist or [Check(id="c", text="Look at it")]
    for path in LISTS[type(document)]:
        part, name = owner(document, path)
        for item in getattr(part, name):
            for inner in [item, *getattr(item, "whys", [])]:
                inner.id = f"u{number}"
                if isinstance(inner, Why):
                    inner.evidence = plausible(inner.evidence)
                number += 1
    return document


class Pair(NamedTuple):
    """A record, and the same as it is after some edits."""

    before: AnyDocument
    after: AnyDocument

    def __repr__(self) -> str:
        """Short: what a failing test has to say is the difference, not two whole records."""
        return f"<{self.before.document}, edited>"


@cache
def pairs() -> st.SearchStrategy[Pair]:
    """A record, and the same as it is after some edits."""
    return st.one_of(_pairs(incidents()), _pairs(deployments()))


@st.composite
def _pairs(draw: st.DrawFn, documents: st.SearchStrategy[AnyDocument]) -> Pair:
    before = unique(draw(documents).model_copy(deep=True))
    other = unique(draw(documents).model_copy(deep=True))
    after = before.model_copy(deep=True)
    for path in draw(st.lists(st.sampled_from(FIELDS[type(before)]), max_size=3, unique=True)):
        (target, name), (source, _) = owner(after, path), owner(other, path)
        setattr(target, name, plausible(getattr(source, name)))
    for path in draw(st.lists(st.sampled_from(LISTS[type(before)]), max_size=3, unique=True)):
        (target, name), (source, _) = owner(after, path), owner(other, path)
        setattr(target, name, draw(_edited(getattr(target, name), getattr(source, name))))
    if (
        isinstance(after, Incident) and isinstance(before, Incident) and not after.checklist
    ):  # without one, what the failures suggest would stand there
        after.checklist = [*before.checklist]
    _edit_tables(draw, before, after, other)
    after.timeline = sorted(after.timeline, key=lambda entry: (entry.at, entry.id))
    return Pair(before, after)


def _edit_tables(draw: st.DrawFn, before: AnyDocument, after: AnyDocument, other: AnyDocument) -> None:
    referred = draw(st.integers(0, 1)) == 1
    for document in () if referred else (before, after):
        forget_references(document)
    several = len({entry.actor for entry in before.timeline if entry.actor}) > 1
    for table, names in INSIDE.items():
        if referred and table != "findings":
            continue  # what an edit does to the places that refer to it is worked out, and nobody types it
        theirs = getattr(other, table)
        for mine in getattr(after, table):
            if theirs and draw(st.integers(0, 3)) == 0:
                name = draw(st.sampled_from(sorted(names)))
                value = plausible(getattr(theirs[0], name))
                if isinstance(value, datetime) and value == plausible(mine.at):
                    continue  # another second of the minute that is shown already: no report tells it
                if name != "actor" or several:
                    setattr(mine, name, value)
    if len({entry.actor for entry in after.timeline if entry.actor}) < 2:  # the column of names would go
        for mine, was in zip(after.timeline, before.timeline, strict=True):
            mine.actor = was.actor


@st.composite
def _edited(draw: Any, mine: list[Any], theirs: list[Any]) -> list[Any]:
    """Some removed, some changed, some added, in another order."""
    kept = [item for item in mine if draw(st.integers(0, 4))]
    result = []
    for item in kept:
        copy = item.model_copy(deep=True)
        if theirs and draw(st.integers(0, 1)):
            name = draw(st.sampled_from(sorted(set(type(item).model_fields) - {"id", "command", "signature", "whys"})))
            setattr(copy, name, plausible(getattr(theirs[0], name)))
        result.append(copy)
    added = [item.model_copy(update={"id": f"new-{item.id}"}, deep=True) for item in theirs if draw(st.integers(0, 1))]
    for item in added:
        for why in getattr(item, "whys", []):
            why.id = f"new-{why.id}"
    return list(draw(st.permutations([*result, *added])))


__all__ = ["captured_text", "moments", "pairs", "prose_text", "unique"]
