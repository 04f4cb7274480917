"""A document as the timeline rules see it: what happened, in order, commands parsed."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from runbook.detect.commands import SimpleCommand, simple_commands
from runbook.detect.streaks import NOT_RUN, check_failed
from runbook.model.record import Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from runbook.model.record import AnyDocument, Command, TimelineEntry
    from runbook.model.settings import Settings

TICKET = re.compile(r"#\d+|\b[A-Z][A-Z0-9]+-\d+\b|https?://\S+")
"""What a review names: an issue's number, key or address."""


class Event:
    """One thing that happened: a command or a sentence."""

    def __init__(self, row: TimelineEntry | None, command: Command | None) -> None:
        source = command or row
        if source is None:
            raise ValueError("an event needs a row or a command")
        self.id = source.id
        self.at: datetime = source.at
        self.actor = source.actor
        self.command = command
        self.kind = "command" if command else (row.kind if row else "")
        self.text = command.command if command else (row.text if row else "")
        self.source = row.source if row else ""

    @cached_property
    def commands(self) -> list[SimpleCommand]:
        """What its command line runs; empty for a sentence and for a line that was never run."""
        if self.command is None or self.command.exit_status in NOT_RUN:
            return []
        return simple_commands(self.text)

    @property
    def failed(self) -> bool:
        """Whether it is on record as a failure: a command's status, a failure noted, a check that did not pass."""
        if self.command is not None:
            return self.command.failed and self.command.exit_status not in NOT_RUN
        if self.kind == "verification":
            return check_failed(self.text)
        return self.kind == "failure"

    @property
    def ended(self) -> datetime:
        """When it was over."""
        seconds = self.command.duration if self.command else None
        return self.at + timedelta(seconds=seconds or 0)

    def host(self, simple: SimpleCommand) -> str:
        """Where ``simple``, one of :attr:`commands`, ran."""
        return simple.host or (self.command.host if self.command else "")

    def folder(self, simple: SimpleCommand) -> str:
        """In which folder it ran, as far as that is known."""
        folder = simple.folder
        base = "" if simple.host or self.command is None else self.command.cwd
        if not folder or folder.startswith(("/", "~", "$")) or not base:
            return folder or base
        return f"{base.rstrip('/')}/{folder}"


class Story:
    """A whole document in order.

    Attributes:
        document: the record.
        settings: the team's.
        events: by time; where times are equal, in the order of the record.
        is_deployment: whether it is one.
    """

    def __init__(self, document: AnyDocument, settings: Settings) -> None:
        self.document = document
        self.settings = settings
        self.is_deployment = isinstance(document, Deployment)
        commands = {command.id: command for command in document.commands}
        events = [Event(row, commands.pop(row.id, None)) for row in document.timeline]
        events += [Event(None, command) for command in commands.values()]
        self.events = sorted(events, key=lambda event: event.at)

    def simple(self) -> Iterator[tuple[Event, SimpleCommand]]:
        """Every simple command with the event it is part of."""
        for event in self.events:
            for simple in event.commands:
                yield event, simple

    def of_kind(self, *kinds: str) -> list[Event]:
        """The events of these kinds."""
        return [event for event in self.events if event.kind in kinds]

    def before(self, event: Event) -> list[Event]:
        """The events before ``event``."""
        return self.events[: self.events.index(event)]

    def after(self, event: Event) -> list[Event]:
        """The events after ``event``."""
        return self.events[self.events.index(event) + 1 :]

    def clock(self, moment: datetime) -> str:
        """A time of day in the document's zone."""
        from zoneinfo import ZoneInfo  # noqa: PLC0415  only where something is found

        return f"{moment.astimezone(ZoneInfo(self.document.zone)):%H:%M}"

    @property
    def over(self) -> bool:
        """Whether nobody is working on it any more."""
        return self.document.milestones.resolved is not None or self.document.status in {
            *("resolved", "in-review", "closed", "success", "failed", "rolled-back"),
        }


class Hit:
    """What a rule found.

    Attributes:
        events: the entries it rests on, in order.
        captures: for the signature's texts.
        count: how often it happened.
    """

    def __init__(
        self, events: list[Event], captures: dict[str, str] | None = None, *, count: int | None = None
    ) -> None:
        self.events = events
        self.captures = captures or {}
        self.count = count if count is not None else max(1, len(events))
