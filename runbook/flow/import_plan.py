"""What of an imported source becomes entries of the timeline, each of them once: the plan, and the sieve that fills it.

What lies outside the time, was asked not to come or is on record already is counted and left aside; the rest passes
the door. Nothing is written here.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from runbook.flow.import_output import Heard
from runbook.model.marks import MARK
from runbook.record import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.capture.imported import Imported, Source
    from runbook.flow.desk import Desk

LONGEST_TEXT = 16 * 1024
"""Characters of an entry; a longer one says how much was cut."""

_LONGEST_ACTOR = 120
_SAME = 2
"""Seconds within which the same command from two sources is the same command."""

_OURS = re.compile(r"\s*(?:[^\s=]+=\S*\s+)*runbook(?:\s|\Z)")


class Pending:
    """An entry that may be added. Everything in it has passed the door."""

    __slots__ = ("actor", "at", "data", "kind", "milestone", "output")

    def __init__(
        self, at: datetime, kind: str, actor: str, data: dict[str, Any], *, milestone: str, output: Heard | None
    ) -> None:
        self.at = at
        self.kind = kind
        self.actor = actor
        self.data = data
        self.milestone = milestone
        self.output = output


class Plan:
    """What an import would add, and what it leaves out and why.

    Attributes:
        format: the importer's name.
        source: what was read, with its problems and what the importer itself left out.
        since, until: the time that was taken (None: no limit).
        is_default: whether nobody said which time to take.
        entries: what would be added, by time.
        found: events that the importer gave.
        outside, unmatched, already, ours, beyond: of these, how many lie outside that time, do not match ``--grep``,
            are on record, are runbook's own commands, and are more than were allowed.
    """

    def __init__(self, name: str, source: Source, since: datetime | None, until: datetime | None) -> None:
        self.format = name
        self.source = source
        self.since = since
        self.until = until
        self.is_default = False
        self.entries: list[Pending] = []
        self.found = self.outside = self.unmatched = self.already = self.ours = self.beyond = 0


class Sieve:
    """Decides what of a source becomes entries, and cleans it.

    Args:
        desk: the document.
        plan: is filled.
        pattern: what a text must contain, or None.
        most: entries that are kept.
    """

    def __init__(self, desk: Desk, plan: Plan, pattern: Any, most: int) -> None:
        self._desk = desk
        self._door = desk.door
        self._plan = plan
        self._pattern = pattern
        self._most = most
        self._known = Known(desk, plan.format)
        self._seen: Counter[str] = Counter()
        self._delivered: set[str] = set()
        self._me = self._door.clean(places.actor(git_user=desk.git_user))
        self._name = self._door.clean(plan.source.name)

    def take(self, items: Iterator[Imported]) -> None:
        """Look at every event."""
        plan = self._plan
        for item in items:
            plan.found += 1
            if (plan.since and item.at < plan.since) or (plan.until and item.at > plan.until):
                plan.outside += 1
            elif self._pattern is not None and self._pattern.search(_searchable(item.text)) is None:
                plan.unmatched += 1
            elif item.kind == "command" and _OURS.match(item.text):
                plan.ours += 1
            elif len(plan.entries) >= self._most:
                plan.beyond += 1
            else:
                self._add(item)

    def _add(self, item: Imported) -> None:
        plan = self._plan
        pending = self._clean(item)
        key = self._key(item, pending)
        pending.data["source_key"] = key
        if item.key and key in self._delivered:  # a webhook that was sent twice
            plan.already += 1
            return
        self._delivered.add(key)
        if key in self._known.keys or (
            item.kind == "command" and self._known.has_command(pending.data["command"], item.at)
        ):
            plan.already += 1
        else:
            plan.entries.append(pending)

    def _clean(self, item: Imported) -> Pending:
        data: dict[str, Any] = {name: value for name, value in item.extra.items() if value not in ("", None)}
        if item.kind == "command":
            data |= {"command": item.text, "cwd": item.cwd, "host": item.host, "duration": item.duration}
            data |= {"exit_status": item.exit_status}
        elif item.kind == "evidence":
            data |= {"name": " ".join(item.text.split())}
        else:
            data |= {"text": item.text}
            data |= {"host": item.host} if item.host else {}
        data = self._door.clean_value(data)
        for name in ("command", "text", "name"):
            if name in data:
                data[name] = shortened(data[name])
        place = f"{self._name}/{self._door.clean(item.file)}" if item.file else self._name
        data["imported_from"] = f"{place}:{item.line}" if item.line else place
        data["imported_by"] = self._me
        actor = " ".join(self._door.clean(item.actor).split())[:_LONGEST_ACTOR]
        if not actor:  # my history is mine; what a log says, the log says
            actor = os.path.basename(place) if item.kind == "observation" else self._me
        return Pending(
            item.at.astimezone(self._desk.zone),
            item.kind,
            actor,
            data,
            milestone=item.milestone,
            output=item.output if isinstance(item.output, Heard) else None,
        )

    def _key(self, item: Imported, pending: Pending) -> str:
        """What makes it the same event the next time: the source's own id, else when and what it was.

        Where two events without an id cannot be told apart, the second one is a second one. Marks lose their tags
        first: whoever imports the same file elsewhere has another key to make tags with.
        """
        if item.key:
            digest = hashlib.sha256(item.key.encode("utf-8", "backslashreplace")).hexdigest()[:24]
            return f"{self._plan.format}:{item.kind}:{digest}"
        said = f"{item.at.astimezone(UTC).isoformat()} {pending.actor if item.actor else ''} " + str(
            pending.data.get("command") or pending.data.get("text") or pending.data.get("name")
        )
        said = MARK.sub(lambda match: f"[redacted:{match['kind']}]", said)
        digest = hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:24]
        base = f"{self._plan.format}:{item.kind}:{digest}"
        self._seen[base] += 1
        times = self._seen[base]
        return base if times == 1 else f"{base}~{times}"


def _searchable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def shortened(text: str) -> str:
    """``text`` of at most :data:`LONGEST_TEXT` characters, saying what was cut."""
    if len(text) <= LONGEST_TEXT:
        return text
    kept = text[:LONGEST_TEXT]
    kept = kept[: max(kept.rfind(" "), kept.rfind("\n"), LONGEST_TEXT // 2)]
    return f"{kept}\n… {len(text) - len(kept)} more characters"


class Known:
    """What is on record: the keys of what was imported, and the commands of other sources than this format.

    What one person took back stays out; an import that was taken back as a whole may come again.
    """

    def __init__(self, desk: Desk, name: str) -> None:
        entries = desk.entries()
        withdrawn = {str(entry.data.get("target")) for entry in entries if entry.kind == "undo"}
        forgotten = {
            str(entry.data.get("target")) for entry in entries if entry.kind == "undo" and entry.data.get("import")
        }
        self.keys = {str(e.data["source_key"]) for e in entries if "source_key" in e.data and e.id not in forgotten}
        self._commands: set[tuple[str, int]] = set()
        for entry in entries:
            if entry.kind == "command" and entry.id not in withdrawn and entry.source != f"import:{name}":
                self._commands.add((str(entry.data.get("command")), int(datetime.fromisoformat(entry.at).timestamp())))

    def has_command(self, command: str, at: datetime) -> bool:
        """Whether it was recorded when it ran, or came from another source."""
        second = int(at.timestamp())
        return any((command, second + off) in self._commands for off in range(-_SAME, _SAME + 1))
