"""Recording a plan: one write of the journal, after a last look at what is on record; and taking it back as a whole."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from runbook.errors import NotFoundError, RunbookError
from runbook.flow.findings import catalog_for, finding_data
from runbook.flow.import_plan import Known
from runbook.flow.lookup import Lookup, as_data
from runbook.flow.milestones import milestones
from runbook.flow.timeline import live_entries
from runbook.model.times import iso
from runbook.model.wire import MILESTONES, Entry, new_ulid
from runbook.record import evidence, places
from runbook.record.journal import storage_error
from runbook.record.turns import turn

if TYPE_CHECKING:
    from runbook.flow.desk import Desk
    from runbook.flow.import_plan import Pending, Plan
    from runbook.model.match import Match


_LOOKED_UP = 2000  # different commands; 3 ms each


class Imports:
    """What an import added.

    Attributes:
        batch: its id, by which it can be taken back.
        entries: what was added, by time; findings are not among them.
        findings: known failures that were seen in it, the most telling first.
        suggested: (milestone, time) of milestones that are not set and that the source knows.
    """

    def __init__(self, batch: str) -> None:
        self.batch = batch
        self.entries: list[Entry] = []
        self.findings: list[dict[str, Any]] = []
        self.suggested: list[tuple[str, datetime]] = []


def record(desk: Desk, plan: Plan) -> Imports:
    """Add what the plan holds and nobody has added in the meantime.

    Raises:
        StorageError: the disk refused; nothing was added.
    """
    done = Imports(new_ulid())
    # One import at a time: two of the same file would both find that nothing is on record yet.
    with turn(os.path.join(places.state_root(), ".importing")):
        there = Known(desk, plan.format).keys
        pending = [each for each in plan.entries if each.data["source_key"] not in there]
        texts: dict[str, str] = {}
        done.entries = [_entry(desk, plan, each, done.batch, texts) for each in pending]
        known = _look_up_commands(desk, done.entries)
        found = _findings(desk, plan, done)
        if not done.entries:
            return done
        _write(desk, texts, [*done.entries, *found])
    done.findings = [dict(entry.data) for entry in found] + known
    done.suggested = _suggested(desk, pending)
    return done


def _write(desk: Desk, texts: dict[str, str], entries: list[Entry]) -> None:
    """Evidence first, then the entries that speak of it; if they cannot be written, it goes again."""
    try:
        if texts and not os.path.isdir(desk.folder):
            desk.reopen()
        for path, text in texts.items():
            evidence.store(desk.folder, path, text)
        desk.write(*entries)
    except (OSError, RunbookError) as error:
        for path in texts:
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(desk.folder, path))
        if isinstance(error, OSError):
            raise storage_error(error, desk.folder) from error
        raise


def _entry(desk: Desk, plan: Plan, pending: Pending, batch: str, texts: dict[str, str]) -> Entry:
    data = {**pending.data, "import": batch}
    if pending.kind == "evidence" and pending.output is not None:
        kept, found = pending.output.close()
        identifier = new_ulid()
        path = evidence.evidence_path(identifier, data["name"])
        texts[path] = kept.text
        for match in found:
            match.source = path
        data |= {
            "evidence": identifier,
            "path": path,
            "bytes": kept.size,
            "sha256": evidence.digest(kept.text),
            "omitted": kept.omitted,
            "media": "text/plain",
            "findings": desk.door.clean_value([finding_data(match.to_json()) for match in found]),
        }
    return Entry(
        id=new_ulid(),
        at=iso(pending.at),
        recorded_at=iso(desk.now()),
        kind=pending.kind,
        actor=pending.actor,
        source=f"import:{plan.format}",
        data=data,
    )


def _look_up_commands(desk: Desk, entries: list[Entry]) -> list[dict[str, Any]]:
    """What the catalog knows of each command goes into its entry; what that is, once per signature, comes back."""
    lookup = Lookup(desk.place.repository, desk.door.clean, most=_LOOKED_UP)
    found: dict[str, dict[str, Any]] = {}
    commands = [entry for entry in entries if entry.kind == "command"]
    for entry in sorted(commands, key=lambda each: not each.data.get("exit_status")):  # failures first
        status = entry.data.get("exit_status")
        matches = lookup.known(str(entry.data["command"]), status if isinstance(status, int) else None)
        if matches:
            known = desk.door.clean_value(as_data(matches))
            entry.data = {**entry.data, "findings": known}
            for each in known:
                found.setdefault(each["signature"], each)
    return list(found.values())


def _findings(desk: Desk, plan: Plan, done: Imports) -> list[Entry]:
    """Known failures in what was imported, as entries that rest on the entries in which they stand."""
    chosen = [entry for entry in done.entries if "text" in entry.data]
    if not chosen:
        return []
    from runbook.detect.engine import scan_text

    owners: list[str] = []
    for entry in chosen:
        owners += [entry.id] * (str(entry.data["text"]).count("\n") + 1)
    text = "\n".join(str(entry.data["text"]) for entry in chosen)
    matches = scan_text(catalog_for(desk.place.repository), text, clean=desk.door.clean)
    return [_finding(desk, plan, match, owners, done.batch) for match in matches]


def _finding(desk: Desk, plan: Plan, match: Match, owners: list[str], batch: str) -> Entry:
    owner = owners[min(max(match.line, 1), len(owners)) - 1]
    match.entries, match.source, match.line = (owner,), plan.format, 0
    now = desk.now()
    return Entry(
        id=new_ulid(),
        at=iso(now),
        recorded_at=iso(now),
        kind="finding",
        actor=desk.door.clean(places.actor(git_user=desk.git_user)),
        source=f"import:{plan.format}",
        data={**desk.door.clean_value(finding_data(match.to_json())), "import": batch},
    )


def _suggested(desk: Desk, pending: list[Pending]) -> list[tuple[str, datetime]]:
    """Milestones that the source knows and nobody has set."""
    known = milestones(desk)
    found: dict[str, datetime] = {}
    for each in pending:
        name = each.milestone
        if name in MILESTONES and name not in known:
            pick = max if name == "resolved" else min
            found[name] = pick(found.get(name, each.at), each.at)
    return [(name, found[name]) for name in MILESTONES if name in found]


def take_back(desk: Desk) -> list[Entry]:
    """Take back the newest import that stands, as a whole. It may be imported again.

    Returns:
        What was taken back.

    Raises:
        NotFoundError: there is none.
    """
    standing = [entry for entry in live_entries(desk) if entry.data.get("import") and entry.kind != "undo"]
    if not standing:
        raise NotFoundError(f"nothing that stands in {desk.id} was imported")
    batch = str(standing[-1].data["import"])
    taken = [entry for entry in standing if entry.data["import"] == batch]
    now = iso(datetime.now(UTC).astimezone(desk.zone))
    actor = desk.door.clean(places.actor(git_user=desk.git_user))
    desk.write(
        *(
            Entry(
                id=new_ulid(),
                at=now,
                recorded_at=now,
                kind="undo",
                actor=actor,
                source="import",
                data={"target": entry.id, "import": batch},
            )
            for entry in taken
        )
    )
    return [entry for entry in taken if entry.kind != "finding"]
