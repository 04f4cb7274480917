"""What every section needs: the zone, the numbering of marks, and how a time, a size or a reference is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runbook.model.marks import MARK, number_marks
from runbook.model.text import show_size
from runbook.model.times import format_duration, format_offset
from runbook.render.literal import visible
from runbook.render.values import Code, Entry, Line, Literal, Prose

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument, Command, Evidence, Finding
    from runbook.model.settings import Settings
    from runbook.render.values import Value

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NOT_RECORDED = "not recorded"
NOWHERE = "not in this record: "
ROLES = {"worked": "**worked**", "helped": "helped", "dead-end": "dead end", "made-worse": "**made it worse**"}


class Sheet:
    """One document on its way into a template.

    Attributes:
        document: the record.
        settings: the team's settings.
        zone: the zone in which times are shown.
        moments: its times on the report's clock, in order.
        shows_years: whether its times need their years beside them: they lie in several.
        zone_known: whether the record's time zone exists here; if not, times are shown in UTC.
    """

    def __init__(self, document: AnyDocument, settings: Settings) -> None:
        self.document = document
        self.settings = settings
        self._numbers: dict[str, int] = {}
        self.zone_known = True
        try:
            self.zone = ZoneInfo(document.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.zone, self.zone_known = ZoneInfo("UTC"), False
        self.commands: dict[str, Command] = {command.id: command for command in document.commands}
        self.evidence: dict[str, Evidence] = {item.id: item for item in document.evidence}
        self.findings: dict[str, Finding] = {finding.id: finding for finding in document.findings}
        self.rows = {row.id: row for row in document.timeline}
        self.kinds = {finding.signature: finding.kind for finding in document.findings}
        self.known_in: dict[str, list[str]] = {}
        for finding in document.findings:
            if finding.state != "dismissed":
                for entry in finding.entries:
                    self.known_in.setdefault(entry, []).append(finding.signature)
        known = [getattr(document.milestones, name) for name in type(document.milestones).model_fields]
        moments = [row.at for row in document.timeline] + [command.at for command in document.commands]
        self.moments = sorted(self.local(moment) for moment in (*moments, *known) if moment is not None)
        dated = document.started is not None  # else no line of the report says which day it was
        self._several_days = not dated or len({moment.date() for moment in self.moments}) > 1
        self.shows_years = not dated or len({moment.year for moment in self.moments}) > 1
        self._several_offsets = len({moment.utcoffset() for moment in self.moments}) > 1

    # -------------------------------------------------------------------------------------------------------- text

    def numbered(self, text: str) -> str:
        """``text`` with its redaction marks numbered: one numbering for the whole report."""
        return number_marks(text, self._numbers)

    def clipped(self, text: str, width: int = 72) -> str:
        """The beginning of ``text`` as it is shown; marks are numbered first, so that no half of one is left."""
        return clip(visible(self.numbered(text)), width)

    def literal(self, text: str) -> Literal:
        """Captured text."""
        return Literal(self.numbered(text))

    def entry(self, text: str) -> Entry:
        """Captured text that stands in a row with others."""
        return Entry(self.numbered(text))

    @property
    def numbers(self) -> dict[str, int]:
        """The numbers of redaction marks, by tag, as far as they were given away."""
        return dict(self._numbers)

    def code(self, text: str) -> Code:
        """Captured text, as code."""
        return Code(self.numbered(text))

    def prose(self, text: str) -> Prose:
        """Prose."""
        return Prose(self.numbered(text))

    # ------------------------------------------------------------------------------------------------------- times

    @property
    def zone_name(self) -> str:
        """Name of the zone in which times are shown."""
        return self.document.zone if self.zone_known else "UTC"

    def local(self, moment: datetime) -> datetime:
        """``moment`` on the report's clock; at the ends of the calendar, in UTC."""
        try:
            return moment.astimezone(self.zone)
        except (OverflowError, ValueError):
            return moment.replace(tzinfo=UTC)

    def clock(self, moment: datetime) -> str:
        """``09:02``; with the day if there are several or no start, with the zone's letters if its clocks changed."""
        local = self.local(moment)
        text = f"{local.hour:02d}:{local.minute:02d}"
        if self._several_days:
            year = f" {local.year}" if self.shows_years else ""
            text = f"{local.day} {_MONTHS[local.month - 1]}{year} {text}"
        return f"{text} {local.tzname()}" if self._several_offsets else text

    def date_and_clock(self, moment: datetime) -> str:
        """``2026-02-11 09:02``."""
        return self.local(moment).strftime("%Y-%m-%d %H:%M")

    def offset(self, moment: datetime) -> str:
        """``T+0:15`` from the start, or nothing where the start is not known."""
        started = self.document.started
        return "" if started is None else format_offset(moment - started)

    def when(self, moment: datetime) -> str:
        """The shortest way to name a moment inside the report."""
        return self.offset(moment) or self.clock(moment)

    @cached_property
    def turned(self) -> datetime | None:
        """When its end began: with the last command that worked before it was mitigated or resolved, else with that."""
        milestones = self.document.milestones
        over = min((end for end in (milestones.mitigated, milestones.resolved) if end is not None), default=None)
        if over is None:
            return None
        return max((c.at for c in self.document.commands if c.role == "worked" and c.at <= over), default=over)

    # -------------------------------------------------------------------------------------------------- references

    def known_list(self, identifier: str) -> Line:
        """Known failures that the output or the command line of an entry showed.

        Judgements on the order of things stand in the section on known failures only.
        """
        parts: list[Value | Line | str] = []
        for signature in self.known_in.get(identifier, []):
            if self.kinds.get(signature) != "timeline":
                parts += [", ", self.code(signature)] if parts else [self.code(signature)]
        return Line(*parts)

    def evidence_link(self, item: Evidence, label: str = "") -> Line:
        """A relative link to a kept file."""
        return Line("[", self.literal(label or item.name or item.path.partition("/")[2]), f"]({item.path})")

    def output_links(self, command: Command) -> list[Line]:
        """Links to what a command printed, each named after its stream."""
        links: list[Line] = []
        for reference in command.evidence:
            item = self.evidence.get(reference)
            if item is None:
                links.append(Line("missing: ", self.code(reference)))
                continue
            label = item.name.removesuffix(f" of {command.command}")
            size = f", {show_size(item.size)}" if item.size else ""
            # as it is shown, whatever a mark in it is numbered: that is how a name comes back from a report
            short = len(visible(MARK.sub("[redacted]", label))) <= 40
            links.append(self.evidence_link(item, (label if short else "output") + size))
        return links

    def reference(self, identifier: str, *, links: bool = True, width: int = 72) -> Line:
        """What an id of this record stands for, in about ``width`` characters and with ``links`` to its files."""
        if command := self.commands.get(identifier):
            text = self.code(self.clipped(command.command, width))
            parts: list[Value | Line | str] = [f"{self.when(command.at)} ", text, f" {outcome(command)}"]
            for link in self.output_links(command) if links else ():
                parts += [" · ", link]
            return Line(*parts)
        if row := self.rows.get(identifier):
            return Line(f"{self.when(row.at)} ", self.literal(self.clipped(row.text, width)))
        if finding := self.findings.get(identifier):
            return Line("known failure ", self.code(finding.signature))
        if item := self.evidence.get(identifier):
            return self.evidence_link(item)
        return Line(NOWHERE, self.code(identifier))


def outcome(command: Command) -> str:
    """``exit 1``, ``killed by signal 9``, ``exit not recorded``."""
    if command.signal:
        return f"killed by signal {command.signal}"
    return "exit not recorded" if command.exit_status is None else f"exit {command.exit_status}"


def took(seconds: float | None) -> str:
    """``0.8 s``, ``12 s``, ``3 min``; empty where nobody measured."""
    if seconds is None or seconds > 1e9:
        return ""
    return f"{seconds:.1f} s" if seconds < 10 else format_duration(timedelta(seconds=seconds))


def clip(text: str, width: int = 72) -> str:
    """The first line of ``text``, at most ``width`` characters, with an ellipsis where something is left away."""
    lines = text.strip().split("\n", 1)
    first = lines[0].strip()
    if len(first) > width:
        return first[: width - 1].rstrip() + "…"
    return first + "…" if len(lines) > 1 else first
