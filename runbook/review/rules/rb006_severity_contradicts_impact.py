"""The severity says one thing, the impact another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.review.passages import Passage, own_words, texts
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "The severity contradicts the impact"
SEVERITY = "warning"
REASON = (
    "Severity decides who is woken next time and what the statistics count. Only plain contradictions are named: "
    "*low* with data lost, a full outage or at least half of the users hit; *critical* with nobody hit."
)
FIX = "runbook set severity LEVEL --id ID, or say in the impact why it is so"
BAD = (
    Example(record={"severity": "low", "impact": {"systems": ["checkout"], "users": "Full outage for every customer"}}),
    Example(record={"severity": "low", "impact": {"systems": ["db"], "data_loss": "Orders of ten minutes were lost"}}),
    Example(record={"severity": "low", "impact": {"systems": ["db"], "users": "72 % of requests failed"}}),
    Example(record={"severity": "critical", "impact": {"systems": ["ci"], "users": "No users were affected"}}),
    Example(record={"severity": "critical", "impact": {"systems": ["ci"], "users": "0 users"}}),
    Example(record={"severity": "critical", "impact": {"systems": ["ci"], "users": "None, it was a test cluster"}}),
    Example(record={"severity": "low", "impact": {"systems": ["db"], "users": "All our customers could not log in"}}),
)
GOOD = (
    Example(record={"severity": "critical", "impact": {"systems": ["shop"], "users": "No customers could log in"}}),
    Example(record={"severity": "low", "impact": {"systems": ["db"], "data_loss": "Nothing was lost"}}),
    Example(record={"severity": "low", "impact": {"systems": ["db"], "users": "3 % of requests failed"}}),
    Example(record={"severity": "low", "impact": {"systems": ["db"], "users": "It was not a full outage"}}),
    Example(
        record={"severity": "critical", "impact": {"systems": ["shop"], "users": "Full outage for every customer"}}
    ),
    Example(
        record={"severity": "critical", "impact": {"systems": ["db"], "users": "Most", "data_loss": "All orders lost"}}
    ),
)

_SHARE = re.compile(
    r"(?P<share>\d{1,3}(?:[.,]\d{1,4})?)\s{0,3}(?:%|per ?cent)(?:\s{1,3}of)?\s{1,3}"
    r"(?:all\s{1,3})?(?:the\s{1,3})?(?:our\s{1,3})?"
    r"(?:users|customers|requests|orders|traffic|calls|sessions|payments)",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"(?<![\w.,])(?:0|zero|no)\s{1,3}(?:users|customers|people)\b"
    r"(?!\s{1,3}(?:could|can|was|were|is|are|got|had|has|have|reached|received|managed)\b)"  # could log in: all
    r"|(?<![\w.,])(?:0|zero|no)\s{1,3}(?:users|customers|people)\s{1,3}(?:was|were|are|is|had been)\s{1,3}"
    r"(?:affected|impacted|hit|involved)\b",
    re.IGNORECASE,
)

_NONE = re.compile(r"\s{0,9}(?:none|nobody|no one|no-one)(?=\s{0,9}(?:$|[.,;:(–—-]))", re.IGNORECASE)
"""All that is said of users, or what it begins with: "None, internal dashboards only"."""


def check(subject: Subject) -> Iterator[Found]:
    """The first contradiction, where the impact says it."""
    incident = subject.incident
    if incident is None or incident.severity not in {"low", "critical"}:
        return
    said = [passage for passage in texts(incident) if passage.path[0] == "impact"]
    look = _worse if incident.severity == "low" else _nobody
    if incident.severity == "critical" and any(_lost(subject, passage) for passage in said):
        return
    for passage in said:
        words = look(subject, passage)
        if words:
            name = subject.settings.severities.get(incident.severity, incident.severity)
            yield subject.at(passage, f"the severity is {name}, and the impact says “{words}”", words)
            return


def _worse(subject: Subject, passage: Passage) -> str:
    text = own_words(passage.text)
    for hit in subject.words.worst.find(text):
        if not subject.words.negated(text, hit.begin):
            return hit.text
    for match in _SHARE.finditer(text):
        if float(match["share"].replace(",", ".")) >= 50:
            return match[0]
    return _lost(subject, passage)


def _lost(subject: Subject, passage: Passage) -> str:
    """Words that say data is gone, in the field about it; empty where anything there takes that back."""
    if passage.path[-1] != "data_loss":
        return ""
    text = own_words(passage.text)
    hit = subject.words.lost.first(text)
    return hit.text if hit is not None and subject.words.nothing_lost.first(text) is None else ""


def _nobody(subject: Subject, passage: Passage) -> str:
    if passage.path[-1] not in {"users", "description"}:
        return ""
    text = own_words(passage.text)
    hit = next((hit for hit in subject.words.none.find(text) if not subject.words.negated(text, hit.begin)), None)
    match = _NOBODY.search(text) or (_NONE.match(text) if passage.path[-1] == "users" else None)
    return hit.text if hit is not None else match[0] if match is not None else ""
