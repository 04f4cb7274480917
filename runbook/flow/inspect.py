"""What is to be said of the things that a destructive command would hit, before the question: bounded in time."""

from __future__ import annotations

import contextlib
import os
import threading
import time

from runbook.operate.seen import PATIENCE, on_disk, seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from runbook.model.danger import Danger

MOST_DANGERS = 3
SILENCE = 0.4
"""Seconds after which an engine counts as slow. Most answer in a tenth of that, and reading files is not free."""


def look(dangers: tuple[Danger, ...], cwd: str) -> list[str]:
    """Lines about what ``dangers`` would hit; what is not known within :data:`PATIENCE` is left out.

    It asks in a thread, because a file system that hangs cannot be given up otherwise.
    """
    found: list[str] = []
    until = time.monotonic() + PATIENCE

    def ask() -> None:
        with contextlib.suppress(Exception):  # what is said here helps a decision and must never be in its way
            ask_all()

    def ask_all() -> None:
        for danger in dangers[:MOST_DANGERS]:
            found.extend(line for line in _lines(danger, cwd, until) if line not in found)

    thread = threading.Thread(target=ask, daemon=True, name="what a command would hit")
    thread.start()
    thread.join(PATIENCE + 0.2)
    lines = list(found)
    return [*lines, "not everything could be looked at in time"] if thread.is_alive() else lines


def _lines(danger: Danger, cwd: str, until: float) -> list[str]:
    if not danger.host and not danger.inspect:
        return on_disk(danger, cwd, tracked=_tracked if _is_removal(danger) else None)
    with _Meanwhile(danger.inspect) as meanwhile:
        lines = seen(danger, cwd, until=until)
        if lines is not None:
            return lines
        services = meanwhile.services()
    engine = danger.inspect["engine"][0]
    return [f"{engine} does not answer{'; by its file:' if services else ': what is running is not known'}", *services]


class _Meanwhile:
    """Reads the compose files while an engine lets wait, so that its silence leaves something to say."""

    def __init__(self, plan: dict[str, tuple[str, ...]]) -> None:
        self._plan = plan
        self._found: list[str] = []
        self._timer = threading.Timer(SILENCE, self._read)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        if "project" in self._plan:
            self._timer.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._timer.cancel()

    def _read(self) -> None:
        with contextlib.suppress(Exception):  # as in look(): it may help, and must not be in the way
            self._found = _by_the_file(self._plan)

    def services(self) -> list[str]:
        """The services, once they are read; whoever waits in :func:`look` gives up in time."""
        self._timer.cancel()
        if self._timer.is_alive():
            self._timer.join()
        return self._found or _by_the_file(self._plan)


def _is_removal(danger: Danger) -> bool:
    return danger.command.split(" ", 1)[0].rsplit("/", 1)[-1] in {"rm", "shred", "find", "rsync", "truncate"}


def _tracked(path: str) -> int | None:
    """How many files at or below ``path`` are in git; None where there is no repository, or none that can be asked."""
    from pathlib import Path

    from runbook.errors import RunbookError
    from runbook.publish.git import Git

    folder = path if os.path.isdir(path) and not os.path.islink(path) else os.path.dirname(path)
    try:
        output = Git(Path(folder)).read("ls-files", "-z", "--", path)
    except RunbookError:
        return None
    return len(output.fields) if output.ok else None


def _by_the_file(plan: dict[str, tuple[str, ...]]) -> list[str]:
    """The services of the compose files, with image and ports."""
    if "project" not in plan:
        return []
    from runbook.detect.artefacts.artefact import Artefact, DiskFolder
    from runbook.detect.artefacts.compose.parts import ports
    from runbook.detect.artefacts.compose.project import BASE_NAMES, project_of

    lines = []
    for path in plan["files"]:
        names = BASE_NAMES if os.path.isdir(path) else (os.path.basename(path),)
        folder = DiskFolder(path if os.path.isdir(path) else os.path.dirname(path))
        text, name = next(((text, name) for name in names if (text := folder.text(name)) is not None), ("", ""))
        if not text:
            continue
        for service in project_of(Artefact(text, "compose", name, folder)).services:
            if plan["services"] and service.name not in plan["services"]:
                continue
            published = [f"{port.published}->{port.target}" for port in ports(service) if port.published]
            image = service.text("image") or "built here"
            lines.append("   ".join(part for part in (service.name, image, ", ".join(published)) if part))
    return lines[:8]
