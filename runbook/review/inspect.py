"""A document through all rules: severities and ignores applied, problems in the order in which a reader meets them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.review.ignores import BLOCK
from runbook.review.problem import SEVERITIES, Problem
from runbook.review.registry import all_rules
from runbook.review.rule import Outcome, Used
from runbook.review.subject import RECORD, REPORT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runbook.review.problem import Found, Severity
    from runbook.review.report_text import InlineIgnore
    from runbook.review.rule import Rule
    from runbook.review.subject import Subject

_ID = re.compile(r"\bID\b")
"""Stands for the document in a rule's advice, so that a command in it can be copied."""


class _Ignore:
    """One ignore, from the record or from the report, and how often it was of use."""

    def __init__(
        self, rule: str, reason: str, where: str, *, file: str, line: int, span: tuple[int, int] | None = None
    ) -> None:
        self.rule, self.reason, self.where = rule, reason, where
        self.file, self.line, self.span = file, line, span
        self.count = 0

    def covers(self, rule: str, found: Found) -> bool:
        """Whether this problem is meant."""
        if rule != self.rule or not self.reason:
            return False
        if self.where:
            return self.where in found.where
        if self.span is None:
            return True
        return found.file == REPORT and self.span[0] <= found.line <= self.span[1]


def inspect(subject: Subject, severities: dict[str, Severity | None], *, folder: str) -> list[Problem]:
    """Every problem of one document.

    Args:
        subject: the document and what surrounds it.
        severities: code -> severity; None: the rule is off. See :func:`severities_for`.
        folder: path of the document's folder relative to the repository, for the problems' files.
    """
    ignores = _ignores(subject)
    said: list[tuple[Rule, Found]] = []
    late = []
    for rule in all_rules().values():
        if severities[rule.code] is None:
            continue
        if rule.check is None:
            late.append(rule)
            continue
        said += [(rule, found) for found in rule.check(subject) if not _ignored(rule.code, found, ignores)]
    outcome = Outcome(
        tuple(Used(i.rule, i.reason, i.file, i.line, i.where, i.count, i.rule in all_rules()) for i in ignores)
    )
    for rule in late:
        said += [(rule, found) for found in rule.after(subject, outcome)] if rule.after is not None else []
    problems = [
        Problem(
            rule.code,
            severity,
            f"{folder}/{found.file}" if folder else found.file,
            max(found.line, 1),
            found.message,
            _ID.sub(subject.document.id, found.hint or rule.fix),
            found.key,
            subject.document.id,
        )
        for rule, found in said
        if (severity := severities[rule.code]) is not None
    ]
    return sorted(
        problems, key=lambda problem: (problem.file != f"{folder}/{REPORT}", problem.file, problem.line, problem.rule)
    )


def severities_for(wanted: dict[str, str]) -> dict[str, Severity | None]:
    """The severity of every rule, by code, with a team's settings (``off`` becomes None)."""
    return {
        code: next((name for name in SEVERITIES if name == wanted.get(code, rule.severity)), None)
        for code, rule in all_rules().items()
    }


def _ignored(rule: str, found: Found, ignores: Iterable[_Ignore]) -> bool:
    hits = [ignore for ignore in ignores if ignore.covers(rule, found)]
    for ignore in hits:
        ignore.count += 1
    return bool(hits)


def _ignores(subject: Subject) -> list[_Ignore]:
    """Those of the record, and those of the report that the record does not hold."""
    found = []
    for index, ignore in enumerate(subject.ignores):
        line = subject.located.line(("lint_ignores", index)) or 1
        found.append(_Ignore(ignore.rule, ignore.reason.strip(), ignore.where, file=RECORD, line=line))
    report = subject.report
    own = report.fields.get(BLOCK, (0, 0)) if report is not None else (0, 0)
    for inline in report.ignores if report is not None else ():
        if own[0] < inline.line < own[1]:
            if _held(inline, subject):
                continue
            span = None
        else:
            span = _span(inline, subject)
        found.append(_Ignore(inline.rule, inline.reason, inline.where, file=REPORT, line=inline.line, span=span))
    return found


def _held(inline: InlineIgnore, subject: Subject) -> bool:
    """Whether the record has it, whatever became of its words on the way into a comment."""
    return any((ignore.rule, ignore.where) == (inline.rule, inline.where) for ignore in subject.ignores)


def _span(inline: InlineIgnore, subject: Subject) -> tuple[int, int] | None:
    """The lines an ignore is about: its own if it shares one, else its section; the whole report above the first."""
    if not inline.alone or subject.report is None:
        return inline.line, inline.line
    begin, end = subject.report.section_of(inline.line)
    first = next((heading.line for heading in subject.report.headings if heading.level > 1), None)
    return None if first is None or inline.line < first else (begin, end)
