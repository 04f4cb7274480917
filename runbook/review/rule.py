"""What a rule is, and the two kinds of example it carries beside it.

A rule is one file, ``rules/rb012_<name>.py``. Code and name come from the file's name; the rest are its constants::

    TITLE = "…"          one line, for lists
    SEVERITY = "warning"
    REASON = "…"         why it matters, for somebody who asks
    FIX = "…"            what to do, in one line
    BAD = (Example(…),)  each yields this rule's code and no other
    GOOD = (Example(…),) each yields nothing

and either ``check(subject)``, or ``after(subject, outcome)`` for a rule about what the other rules said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from runbook.review.problem import Found, Severity
    from runbook.review.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A document that is complete and sound but for what is given here.

    Attributes:
        record: parts of the record that differ, replaced as a whole: ``{"actions": [{"text": "Fix it"}]}``. Dots lead
            inside: ``{"impact.users": ""}``.
        document: ``incident`` or ``deployment``.
        replace: what of the rendered report is edited: text -> text.
        append: what is added to the end of the report.
        files: files of the folder: path -> content; None takes one away.
        settings: what ``runbook.toml`` holds.
        template: the team's own template of the report, if it has one.
    """

    record: Mapping[str, Any] = field(default_factory=dict)
    document: str = "incident"
    replace: Mapping[str, str] = field(default_factory=dict)
    append: str = ""
    files: Mapping[str, str | None] = field(default_factory=dict)
    settings: str = ""
    template: str = ""


class Used(NamedTuple):
    """An ignore and what came of it.

    Attributes:
        rule: code it names, or empty.
        reason: why, or empty.
        file, line: where it stands.
        where: the item or field it names, or empty.
        times: how many problems it took away.
        known: whether there is a rule of that code.
    """

    rule: str
    reason: str
    file: str
    line: int
    where: str
    times: int
    known: bool


class Outcome(NamedTuple):
    """What the other rules came to: ignores and how often each was of use."""

    ignores: tuple[Used, ...]


class Rule(NamedTuple):
    """One rule. See the module for where each part comes from."""

    code: str
    name: str
    title: str
    severity: Severity
    reason: str
    fix: str
    bad: tuple[Example, ...]
    good: tuple[Example, ...]
    check: Callable[[Subject], Iterable[Found]] | None
    after: Callable[[Subject, Outcome], Iterable[Found]] | None
