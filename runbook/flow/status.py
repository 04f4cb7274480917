"""The open document at a glance, from its journal alone: ``status`` is called often and must not wait for a fold."""

from __future__ import annotations

from datetime import UTC, datetime

from runbook.flow.milestones import milestones
from runbook.flow.timeline import describe, live_entries
from runbook.model.wire import NOTE_KINDS
from runbook.record.clocks import clock_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any

    from runbook.flow.desk import Desk
    from runbook.model.wire import Entry

_LOGGED = "logged failures"
_SHOWN = (*NOTE_KINDS, "start", "mark", "set", "command", "evidence")
_HOUSEKEEPING = frozenset({"clear", "reset", "exit", "logout", "fg", "bg", "jobs"})  # of a shell; on record, no news
_INCIDENT_ANSWERS = {
    "summary": ("summary",),
    "impact": ("impact", "impact.users", "impact.systems", "impact.description"),
    "root cause": ("causes",),
    "prevention": ("prevention",),
    "follow-ups": ("actions",),
    "lessons": ("lessons",),
}
_DEPLOYMENT_ANSWERS = {
    "changes": ("changes",),
    "checklists": ("pre_checks",),
    "verification": ("verification",),
    "rollback plan": ("rollback_plan",),
}


class Overview:
    """What ``status`` shows. Treat as frozen.

    Attributes:
        started, ended: when it began, and when it was resolved (None while it runs).
        status, severity: as they stand.
        events: how many entries the timeline has.
        recent: the newest entries as (entry, words, how often in a row).
        strikes: (what failed, how often) for everything that failed more than once and not worked since, worst first.
        findings: (signature, title, severity, count), most frequent first.
        unread: signatures of findings that nobody was told about in the terminal, nor has judged.
        people: who has put something on record, most entries first.
        missing: what the report still lacks.
        clocks: clocks that differ and for which nothing is accepted yet, with what would be taken out of their times.
    """

    __slots__ = (
        *("clocks", "desk", "ended", "events", "findings", "missing", "people"),
        *("recent", "severity", "started", "status", "strikes", "unread"),
    )

    def __init__(self, desk: Desk, *, recent: int = 6) -> None:
        entries = live_entries(desk)
        marks = milestones(desk)
        self.desk = desk
        self.started = marks.get("started")
        self.ended = marks.get("resolved")
        self.severity = _last_set(entries, "severity") or str((desk.start and desk.start.data.get("severity")) or "")
        self.status = _last_set(entries, "status") or _derived_status(desk, marks)
        shown = [entry for entry in entries if entry.kind in _SHOWN or entry.data.get("text")]
        self.events = len(shown)
        told = [entry for entry in shown if str(entry.data.get("command", "")).strip() not in _HOUSEKEEPING]
        self.recent = _runs(sorted(told, key=lambda e: (datetime.fromisoformat(e.at), e.id)))[-recent:]
        self.strikes = _strikes(desk)
        self.findings, self.unread = _findings(entries)
        self.people = _people(entries)
        self.missing = _missing(desk, entries, marks)
        self.clocks = _clocks(desk, entries)

    def lasted(self) -> float:
        """Seconds since it began, or until it was resolved."""
        end = self.ended or datetime.now(UTC)
        return 0.0 if self.started is None else max((end - self.started).total_seconds(), 0.0)

    def to_json(self) -> dict[str, Any]:
        """The shape ``status --format json`` prints (docs/schema/status.json)."""
        return {
            "id": self.desk.id,
            "title": self.desk.title,
            "status": self.status,
            "severity": self.severity,
            "started": None if self.started is None else self.started.isoformat(),
            "events": self.events,
            "strikes": [{"what": what, "count": count} for what, count in self.strikes],
            "findings": [
                {"signature": signature, "title": title, "severity": severity, "count": count}
                for signature, title, severity, count in self.findings
            ],
            "missing": self.missing,
            "unread": self.unread,
            "people": self.people,
            "clocks": [{"clock": name, "ahead": ahead.total_seconds()} for name, ahead in self.clocks],
        }


def _clocks(desk: Desk, entries: list[Entry]) -> list[tuple[str, timedelta]]:
    if len({clock_of(entry) for entry in entries} - {""}) < 2:
        return []
    from runbook.flow.offset import noticed

    return [(clock.name, clock.proposal) for clock in noticed(desk)]


def _people(entries: list[Entry]) -> list[str]:
    counts: dict[str, int] = {}
    for entry in entries:
        if entry.actor and entry.source != "strikes" and entry.kind != "seen":
            counts[entry.actor] = counts.get(entry.actor, 0) + 1
    return sorted(counts, key=lambda name: (-counts[name], name))


def _last_set(entries: list[Entry], field: str) -> str:
    for entry in reversed(entries):
        if entry.kind in {"set", "answer"} and entry.data.get("field") == field:
            return str(entry.data.get("value") or "")
    return ""


def _derived_status(desk: Desk, marks: dict[str, datetime]) -> str:
    if desk.kind == "deployment":
        return "running"
    return "resolved" if "resolved" in marks else "mitigated" if "mitigated" in marks else "investigating"


def _runs(entries: list[Entry]) -> list[tuple[Entry, str, int]]:
    """Entries in order, with the same thing in a row counted instead of repeated."""
    runs: list[tuple[Entry, str, int]] = []
    for entry in entries:
        words = describe(entry)
        if runs and runs[-1][1] == words and runs[-1][0].kind == entry.kind:
            runs[-1] = (entry, words, runs[-1][2] + 1)
        else:
            runs.append((entry, words, 1))
    return runs


def _strikes(desk: Desk) -> list[tuple[str, int]]:
    """What failed more than once and has not worked since, worst first."""
    from runbook.detect.streaks import NOTED
    from runbook.flow.strikes import Story

    story = Story(desk)
    if sum(attempt.failed for attempt in story.attempts) < 2:
        return []
    rows: dict[tuple[str, ...], tuple[str, int]] = {}
    for what, streak in story.streaks().open().items():
        # The same failures also stand under what they show; they are named once, by what was tried.
        rows.setdefault(tuple(one.id for one in streak), (_LOGGED if what == NOTED else what, len(streak)))
    return sorted((row for row in rows.values() if row[1] > 1), key=lambda item: (-item[1], item[0]))


def _findings(entries: list[Entry]) -> tuple[list[tuple[str, str, str, int]], list[str]]:
    """Known failures with how often they were seen, and those of them that nobody has read or judged yet."""
    found: dict[str, tuple[str, str, int]] = {}
    judged: dict[str, str] = {}
    read: set[str] = set()
    for entry in entries:
        matches = [entry.data] if entry.kind == "finding" else entry.data.get("findings") or []
        for match in matches:
            if isinstance(match, dict) and match.get("signature"):
                name = str(match["signature"])
                count = found.get(name, ("", "", 0))[2] + 1
                found[name] = (str(match.get("title", "")), str(match.get("severity", "")), count)
        read.update(map(str, entry.data.get("hinted") or []))
        if entry.kind == "answer" and entry.data.get("field") == "findings":
            for item in entry.data.get("value") or []:
                judged[str(item.get("id"))] = str(item.get("state"))
    rows = [(name, *rest) for name, rest in found.items() if judged.get(name) != "dismissed"]
    rows.sort(key=lambda row: (-row[3], row[0]))
    return rows, [row[0] for row in rows if row[0] not in read and judged.get(row[0], "open") == "open"]


def _missing(desk: Desk, entries: list[Entry], marks: dict[str, datetime]) -> list[str]:
    answered = {str(e.data.get("field")) for e in entries if e.kind in {"answer", "set"} and e.data.get("value")}
    wanted = _INCIDENT_ANSWERS if desk.kind == "incident" else _DEPLOYMENT_ANSWERS
    missing = [name for name, fields in wanted.items() if not answered & set(fields)]
    if desk.kind == "incident":
        missing = [f"time {name}" for name in ("detected", "resolved") if name not in marks] + missing
    return missing
