"""The record as it stands: the filed one, with everything on the journals since."""

from __future__ import annotations

from runbook.errors import BadInputError
from runbook.record.fold import fold
from runbook.record.store import load_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.flow.desk import Desk
    from runbook.model.record import AnyDocument


def current_record(desk: Desk) -> AnyDocument:
    """The record of ``desk``: filed and curated, with later journal events folded in.

    Raises:
        BadInputError: the filed record has an error, or the journal has no beginning.
    """
    return fold_desk(desk)[0]


def fold_desk(desk: Desk) -> tuple[AnyDocument, list[str]]:
    """As :func:`current_record`, with a sentence for every event that could not be used and every torn line."""
    entries, torn = desk.read()
    base = load_record(desk.filed) if desk.filed else None
    try:
        document, problems = fold(entries, base)
    except ValueError as error:
        raise BadInputError(
            f"cannot be read: {error}", file=desk.folder, hint="the journal files below it hold what was recorded"
        ) from None
    return document, [*problems, *(str(line) for line in torn)]
