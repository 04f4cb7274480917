"""The picture beside a report: made from the same record, and away where the team does not want it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from runbook.flow.settings import load_settings
from runbook.record.store import PICTURE, RECORD, write_file

if TYPE_CHECKING:
    from collections.abc import Container

    from runbook.model.record import AnyDocument


def pictures(document: AnyDocument, repository: str | None) -> dict[str, bytes]:
    """``timeline.svg`` of ``document`` by its name below the document's folder; empty where the team wants none."""
    from runbook.render.timeline_svg import timeline_svg

    settings = load_settings(repository)
    if not settings.report.picture:
        return {}
    return {PICTURE: timeline_svg(document, settings=settings).encode()}


def drop_stale_picture(repository: str, target: PurePosixPath, made: Container[str]) -> list[str]:
    """Remove a picture that the report no longer shows.

    Args:
        repository: root of the repository.
        target: the document's folder, relative to it.
        made: names of the files that are filed now.

    Returns:
        Names that the next commit has to take out as well.
    """
    from runbook.errors import NotFoundError
    from runbook.publish.repository import file_at

    path = Path(repository, target, PICTURE)
    if PICTURE in made or not path.is_file() or path.is_symlink():
        return []
    try:
        committed = file_at(Path(repository), "HEAD", PurePosixPath(target, PICTURE)) is not None
    except NotFoundError:  # no commit yet
        committed = False
    path.unlink()
    return [PICTURE] if committed else []


def redraw(folder: Path, repository: str | None) -> bool:
    """Draw the picture of a filed document again, if it has one. Labels are cut, so a secret in one could hide in part.

    Returns:
        Whether the file changed.
    """
    from runbook.record.store import load_record

    path = folder / PICTURE
    if not path.is_file() or path.is_symlink() or not (folder / RECORD).is_file():
        return False
    before = path.read_bytes()
    after = pictures(load_record(folder), repository).get(PICTURE, before)
    if after == before:
        return False
    write_file(path, after, mode=path.stat().st_mode & 0o777)
    return True
