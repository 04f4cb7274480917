"""Importing: what a source tells becomes entries of the timeline, each of them once.

First a *plan* is made: the source is read to its end, what lies outside the incident's time, was asked not to come or
is on record already is counted and left aside, the rest passes the door. Nothing is written before somebody has seen
the plan. Recording it then is one write of the journal, under a lock, after looking again at what is on record.
"""

from __future__ import annotations

import json
import os
import re
import stat
import zlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO

from runbook.errors import BadInputError, RunbookError
from runbook.flow.import_output import Heard
from runbook.flow.import_plan import Plan, Sieve
from runbook.model.times import iso
from runbook.model.wire import NOTE_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import tzinfo

    from runbook.capture.imported import Imported, Importer, Source
    from runbook.flow.desk import Desk

MARGIN = timedelta(hours=1)
"""Before the start and after the end of an incident, what happened may still belong to it."""

MOST = 500
"""Entries that one import adds, unless told otherwise: nobody reads a timeline of thousands."""

_KINDS = frozenset({*NOTE_KINDS, "command", "evidence"})


class Wanted:
    """What is to be imported, and how. All of it as asked for; None or empty means the default.

    Attributes:
        format: the importer's name.
        path: of the file or folder; None for ``pipe``.
        since, until: the time that is taken; by default the incident's, with :data:`MARGIN` around it.
        everything: take any time.
        grep: RE2 pattern that an entry's text must contain.
        most: how many entries may come of it.
        zone: where clocks without a zone stand; by default where the incident's stands.
        began: when a recording began that does not know it.
        companion: the second file of formats that need two.
        progress: told now and then how many lines of a file were read, and -1 when all is read.
    """

    def __init__(
        self,
        path: str | None,
        *,
        pipe: BinaryIO | None = None,
        format: str = "",  # noqa: A002  the word people type
        since: datetime | None = None,
        until: datetime | None = None,
        everything: bool = False,
        grep: str = "",
        most: int = MOST,
        zone: str = "",
        began: datetime | None = None,
        companion: str | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.path = path
        self.pipe = pipe
        self.format = format
        self.since = since
        self.until = until
        self.everything = everything
        self.grep = grep
        self.most = most
        self.zone = zone
        self.began = began
        self.companion = companion
        self.progress = progress


def prepare(desk: Desk, wanted: Wanted) -> Plan:
    """Read the source and say what would come of it. Nothing is written.

    Raises:
        BadInputError: the source cannot be read, is of no known format, or an option makes no sense.
        GitError: git refused.
    """
    from runbook.capture.import_formats import detect, find_importer
    from runbook.capture.imported import Source

    since, until = _window(desk, wanted)
    pattern = _compile(wanted.grep)
    path, pipe = wanted.path, wanted.pipe
    if path is not None and _is_pipe(path):  # runbook import <(command): it can be opened once
        pipe, path = open(path, "rb"), None  # noqa: SIM115  it ends with us
    source = Source(
        wanted.path if wanted.path is not None else "standard input",
        path=path,
        pipe=pipe,
        zone=_zone(wanted.zone) if wanted.zone else desk.zone,
        clock=desk.zone,
        now=desk.now(),
        output=lambda: Heard(desk),
        git=ask_git,
        window=(since, until),
        began=wanted.began,
        companion=wanted.companion,
        progress=wanted.progress,
    )
    importer = find_importer(wanted.format) if wanted.format else detect(source)
    plan = Plan(importer.NAME, source, since, until)
    plan.is_default = wanted.since is None and wanted.until is None
    try:
        Sieve(desk, plan, pattern, wanted.most).take(_guarded(importer, source))
    finally:
        if wanted.progress is not None:
            wanted.progress(-1)
    plan.found += source.outside
    plan.outside += source.outside
    plan.entries.sort(key=lambda entry: entry.at)
    return plan


def _is_pipe(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _window(desk: Desk, wanted: Wanted) -> tuple[datetime | None, datetime | None]:
    since, until = wanted.since, wanted.until
    if not wanted.everything:
        from runbook.flow.milestones import milestones

        known = milestones(desk)
        started, resolved = known.get("started") or desk.started, known.get("resolved")
        if since is None and started is not None:
            since = started - MARGIN
        if until is None:
            until = min(resolved + MARGIN, desk.now()) if resolved is not None else desk.now()
    if since is not None and until is not None and since > until:
        raise BadInputError(
            f"nothing can lie between {iso(since)} and {iso(until)}", hint="check --since and --until, or say --all"
        )
    return since, until


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if re.fullmatch(r"[+-]\d{2}:?\d{2}", name):
        zone = datetime.strptime(name, "%z").tzinfo
        if zone is not None:
            return zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInputError(
            f"{name!r} is no time zone", field="--zone", hint="such as UTC, Europe/Berlin or +02:00"
        ) from None


def _compile(pattern: str) -> Any:
    if not pattern:
        return None
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise BadInputError(f"{pattern!r} is no pattern: {error}", field="--grep") from None


def ask_git(folder: str, arguments: list[str]) -> bytes:
    """What git answers about the repository in ``folder``; nothing that the repository brought along is run.

    Raises:
        GitError: it refused.
    """
    from pathlib import Path

    from runbook.publish.git import Git, refusal

    bare = [] if os.path.exists(os.path.join(folder, ".git")) else ["--git-dir=."]
    output = Git(Path(folder)).read(*bare, *arguments)
    if not output.ok:
        raise refusal(output, "read the history", Path(folder))
    return output.stdout


def _guarded(importer: Importer, source: Source) -> Iterator[Imported]:
    """The importer's events; what somebody else's importer stumbles over is an error of theirs, with its name."""
    from runbook.capture.import_formats import is_ours

    ours = is_ours(importer)
    try:
        for item in importer.parse(source):
            if not ours:
                _check(item, importer.NAME)
            yield item
    except RunbookError:
        raise
    except (OSError, EOFError, zlib.error) as error:
        said = getattr(error, "strerror", None) or str(error) or "it ends too early"
        raise BadInputError(f"cannot be read: {said.lower()}", file=source.name) from None
    except Exception as error:  # somebody else's importer may raise anything, and is named for it
        if ours:
            raise
        raise BadInputError(f"the importer {importer.NAME} failed: {error!r}", file=source.name) from error


def _check(item: Imported, name: str) -> None:
    """Refuse what somebody else's importer must not give.

    Raises:
        BadInputError: it gave that.
    """
    if item.at.tzinfo is None or item.kind not in _KINDS or (item.kind == "evidence" and item.output is None):
        raise BadInputError(
            f"the importer {name} gave an event without a zone, of an unknown kind, or without its output"
        )
    json.dumps([item.text, item.actor, item.extra, item.duration, item.exit_status], allow_nan=False)
