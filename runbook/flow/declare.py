"""Declaring: a new document gets its id, its folder and its first event, and becomes the current one."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime

from runbook.errors import BadInputError
from runbook.flow.desk import Desk, Place, load_zone
from runbook.flow.settings import load_settings
from runbook.model.severities import names_of_severities, severity_of
from runbook.model.times import parse_time
from runbook.model.wire import new_ulid
from runbook.record import cabinet, places
from runbook.record.journal import storage_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def git_user(folder: str) -> str:
    """Git's ``user.name`` as seen from ``folder``, or nothing. Asked once per document and kept with the pointer."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment.update((n, v) for n, v in os.environ.items() if n.startswith("GIT_CONFIG_"))
    try:
        result = subprocess.run(
            ["git", "config", "--get", "user.name"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip()


def declare(
    document: str,
    title: str,
    *,
    place: Place,
    severity: str = "medium",
    at: str | datetime | None = None,
    make_current: bool = True,
) -> Desk:
    """Open an incident or a deployment.

    Args:
        document: ``incident`` or ``deployment``.
        title: captured text; one line.
        place: the repository it belongs to.
        severity: of an incident, in whatever name the team has for it.
        at: when it began, as a person types it or as a time; now if absent.
        make_current: whether ``log`` and the others shall mean this one from now on.

    Raises:
        BadInputError: the time or the severity is none, or the settings have an error.
        StorageError: the state folder cannot be written.
    """
    zone_name = places.zone_name()
    settings = load_settings(place.repository)
    if "zone" in settings.model_fields_set:
        zone_name = settings.zone
    how_bad = _severity(severity, settings.severities)
    zone = load_zone(zone_name)
    now = datetime.now(zone)
    moment = parse_time(at, now=now, zone=zone) if isinstance(at, str) else at or now
    user = git_user(place.repository or os.getcwd())
    try:
        identifier, folder = cabinet.take_id(
            document, moment.astimezone(UTC).date().isoformat(), place.key, place.repository
        )
    except OSError as error:
        raise storage_error(error, places.state_root()) from error
    desk = Desk(identifier, folder, None, place)
    desk.git_user = user
    shown_zone = zone_name if getattr(zone, "key", None) == zone_name else "UTC"
    clean_title = desk.door.clean(" ".join(title.split()))
    data: Mapping[str, str] = {
        "document": document,
        "id": identifier,
        "ulid": new_ulid(),
        "title": clean_title,
        "zone": shown_zone,
        **({"severity": how_bad} if document == "incident" else {}),
    }
    try:
        cabinet.write_card(folder, {"repository": place.repository, "title": clean_title, "zone": shown_zone})
    except OSError as error:
        raise storage_error(error, folder) from error
    desk.append("start", data, at=moment)
    if make_current:
        use(desk)
    return desk


def _severity(word: str, own: Mapping[str, str]) -> str:
    found = severity_of(word, own)
    if found is None:
        raise BadInputError(f"{word!r} is none", field="--severity", hint=f"they are {names_of_severities(own)}")
    return found


def use(desk: Desk) -> None:
    """Make ``desk`` the document that verbs without ``--id`` mean."""
    user = desk.git_user or git_user(desk.place.repository or os.getcwd())
    cabinet.write_pointer({"id": desk.id, "folder": desk.folder, "git_user": user})
