"""A runbook being played: every step is on disk before the next begins, so that a kill loses none.

    $XDG_STATE_HOME/runbook/<repository>/plays/<ulid>.jsonl      one event a line, fsynced

Events: ``begin`` (path, title, digest, values, document), ``start`` and ``end`` of an act (step, act, outcome, …),
``over``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from runbook.model.wire import new_ulid

PLAYS = "plays"


@dataclass(slots=True)
class Play:
    """One play of one runbook.

    Attributes:
        file: its events.
        path, title, digest: of the runbook, as it was when it began.
        values: of its placeholders.
        document: the incident or deployment it is recorded in, or an empty string.
        ended: (step, act) to the event that ended it.
        running: the act that was begun and not ended, as (step, act); None where there is none.
        over: how it ended, or an empty string.
    """

    file: str
    path: str = ""
    title: str = ""
    digest: str = ""
    document: str = ""
    values: dict[str, str] = field(default_factory=dict)
    ended: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    running: tuple[int, int] | None = None
    over: str = ""

    def note(self, event: str, **facts: Any) -> None:
        """Put an event on disk and into this view of it.

        Raises:
            OSError: the disk refused.
        """
        line = json.dumps({"event": event, **facts}, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        os.makedirs(os.path.dirname(self.file), mode=0o700, exist_ok=True)
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.take({"event": event, **facts})

    def take(self, event: dict[str, Any]) -> None:
        """Follow one event."""
        place = (int(event.get("step", 0)), int(event.get("act", 0)))
        match event.get("event"):
            case "begin":
                self.path, self.title, self.digest = event["path"], event["title"], event["digest"]
                self.values, self.document = dict(event["values"]), event["document"]
            case "start":
                self.running = place
            case "end":
                self.running = None
                self.ended[place] = event
            case "over":
                self.over = str(event["outcome"])


def new_play(folder: str) -> Play:
    """A play that has not begun, below the state folder of its repository."""
    return Play(os.path.join(folder, PLAYS, f"{new_ulid()}.jsonl"))


def unfinished(folder: str) -> list[Play]:
    """The plays that are not over, newest first. A torn last line is what a kill leaves; it is passed over."""
    try:
        names = sorted(os.listdir(os.path.join(folder, PLAYS)), reverse=True)
    except FileNotFoundError:
        return []
    found = []
    for name in names:
        play = Play(os.path.join(folder, PLAYS, name))
        with open(play.file, "rb") as file:
            for line in file:
                try:
                    play.take(json.loads(line))
                except (ValueError, KeyError, TypeError):
                    continue
        if play.title and not play.over:
            found.append(play)
    return found
