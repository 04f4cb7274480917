"""A report at a glance, as plain text for a terminal: what ``show`` and the end of ``demo`` print."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from runbook.model.cells import cut, wrap
from runbook.model.record import Deployment, Incident
from runbook.model.settings import Settings
from runbook.model.text import count_of
from runbook.model.times import format_duration, format_since
from runbook.render.literal import visible
from runbook.render.rows import telling_rows
from runbook.render.sections import MEASURED, by_weight, duration, money
from runbook.render.sheet import NOT_RECORDED, Sheet, outcome
from runbook.render.timeline_terminal import lanes_in_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runbook.model.record import AnyDocument, Check, TimelineEntry

Picture = Literal["full", "ascii"]
"""A picture of all signs that a terminal has, or of ASCII only."""
_ROWS = 8
_PROSE, _READABLE = 6, 100
_FINDINGS = 6


def short_view(
    doc: AnyDocument, *, width: int = 80, settings: Settings | None = None, picture: Picture | None = None
) -> str:
    """The document in about thirty lines of plain text, ending in a newline; with a picture, a dozen more.

    Args:
        doc: an incident or a deployment.
        width: columns of the terminal; no line is wider, unless it is narrower than 40.
        settings: the team's settings; names of severities come from them.
        picture: how to draw the timeline; not at all if absent.
    """
    sheet = Sheet(doc, settings or Settings())
    page = _Page(sheet, max(40, width))
    page.line(f"{doc.id}  {doc.title}")
    page.line("  " + _state(sheet, doc))
    if isinstance(doc, Incident):
        page.prose(doc.summary, missing="no summary yet")
    else:
        page.prose(doc.changes, missing="no changes described yet")
    if isinstance(doc, Incident):
        page.wrapped(_measures(doc))
        if (cost := money(sheet, doc.impact.financial))[0]:
            page.line(f"  cost {cost[0]} = {cost[1]}")
        page.gap()
    _timeline(page, doc, picture)
    _findings(page, doc)
    if isinstance(doc, Incident):
        _why_and_what_next(page, doc)
    else:
        _checked(page, doc)
    return page.text()


class _Page:
    """Lines of at most ``width`` columns, without anything a terminal would act upon."""

    def __init__(self, sheet: Sheet, width: int) -> None:
        self.sheet = sheet
        self.width = width
        self._lines: list[str] = []

    def line(self, text: str) -> None:
        """One line, cut where it is too long; line breaks inside become spaces."""
        shown = visible(self.sheet.numbered(text))
        self._lines.append(cut(shown.replace("\n", " ").replace("\t", " ").rstrip(), self.width))

    def wrapped(self, text: str) -> None:
        """One line or, where it is too long, several."""
        self._lines += wrap(text, self.width, first="  ", following="  ")

    def gap(self) -> None:
        """A blank line, unless there is one."""
        if self._lines[-1]:
            self._lines.append("")

    def heading(self, text: str) -> None:
        """A blank line and a heading."""
        self.gap()
        self._lines.append(text)

    def prose(self, text: str, *, missing: str) -> None:
        """A paragraph, wrapped to at most six lines."""
        shown = " ".join(visible(self.sheet.numbered(text)).split())
        room = min(self.width, _READABLE) - 2
        lines = wrap(shown, room) or [f"({missing})"]
        if len(lines) > _PROSE:
            lines[_PROSE - 1 :] = [cut(" ".join(lines[_PROSE - 1 : _PROSE + 1]), room)]
        self._lines += ["", *(f"  {line}" for line in lines), ""]

    def text(self) -> str:
        """The page."""
        return "\n".join(line.rstrip() for line in self._lines) + "\n"


def _state(sheet: Sheet, doc: AnyDocument) -> str:
    lasted = duration(sheet).replace(NOT_RECORDED, "duration not recorded")
    if isinstance(doc, Deployment):
        who = ", ".join(filter(None, (doc.deployer, f"reviewed by {doc.reviewer}" if doc.reviewer else "")))
        return " · ".join(filter(None, (doc.status, lasted, who)))
    severity = sheet.settings.severities.get(doc.severity, doc.severity)
    return " · ".join(filter(None, (severity, doc.status, lasted, f"lead {doc.lead}" if doc.lead else "")))


def _measures(doc: AnyDocument) -> str:
    known = [(verb, doc.milestones.since_start(name)) for name, verb in MEASURED.items()]
    shown = [f"to {verb}{_measure(since)}" for verb, since in known]
    return "time " + ", ".join(shown)


def _measure(since: timedelta | None) -> str:
    if since is None:
        return " not recorded"
    return f" {format_duration(since)}" if since >= timedelta() else f": {format_since(since)}"


def _timeline(page: _Page, doc: AnyDocument, picture: Picture | None) -> None:
    page.heading(f"Timeline: {count_of(len(doc.timeline), 'entry', 'entries')}, {page.sheet.zone_name}")
    if picture is not None:
        for line in lanes_in_text(page.sheet, page.width, plain=picture == "ascii"):
            page.line(line)
        page.gap()
    telling = telling_rows(page.sheet)
    shown = telling or doc.timeline
    for entry in shown[:_ROWS]:
        page.line(f"  {page.sheet.when(entry.at):>8}  {_entry(page.sheet, entry)}")
    if len(doc.timeline) > min(len(shown), _ROWS):
        page.line(f"            and {len(doc.timeline) - min(len(shown), _ROWS)} more")


def _entry(sheet: Sheet, entry: TimelineEntry) -> str:
    command = sheet.commands.get(entry.id)
    if command is None:
        return entry.text
    return f"$ {command.command}" + ("" if command.exit_status == 0 else f"  ({outcome(command)})")


def _findings(page: _Page, doc: AnyDocument) -> None:
    known = [finding for finding in by_weight(doc.findings) if finding.state != "dismissed"]
    if not known:
        return
    page.heading("Known failures")
    for finding in known[:_FINDINGS]:
        times = f" ×{finding.count}" if finding.count > 1 else ""
        page.line(f"  {finding.signature}{times}  {finding.title}")
    if len(known) > _FINDINGS:
        page.line(f"  and {len(known) - _FINDINGS} more")


def _why_and_what_next(page: _Page, doc: Incident) -> None:
    page.heading("Why")
    for cause in doc.causes:
        page.line(f"  {cause.title}{'' if cause.proven else ' (likely, not proven)'}")
    if not doc.causes:
        page.line("  (no root cause yet)")
    page.heading("Follow-ups")
    for action in doc.actions:
        due = f"due {action.due.isoformat()}" if action.due else "no date"
        page.line(f"  [{'x' if action.done else ' '}] {action.owner or 'nobody yet'}, {due}: {action.text}")
    if not doc.actions:
        page.line("  (none yet)")


def _checked(page: _Page, doc: Deployment) -> None:
    page.heading("Checks")
    for name, checks in (("before", doc.pre_checks), ("practice", doc.practice_checks), ("after", doc.post_checks)):
        if checks:
            page.line(f"  {name}: {sum(check.done for check in checks)} of {len(checks)} ticked{_open(checks)}")
    page.heading("Issues")
    for item in doc.issues:
        page.line(f"  {item.text}")
    if not doc.issues:
        page.line("  (none noted)")


def _open(checks: Iterable[Check]) -> str:
    left = [check.text for check in checks if not check.done]
    return f"; open: {', '.join(left)}" if left else ""
