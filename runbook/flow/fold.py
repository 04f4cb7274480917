"""The record as it stands: the filed one, with everything on the journals since."""

from __future__ import annotations

from runbook.errors import BadInputError
from runbook.record.fold import fold

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


def fold_desk(desk: Desk, base: AnyDocument | None = None) -> tuple[AnyDocument, list[str]]:
    """As :func:`current_record`, with a sentence for every event that could not be used and every torn line.

    ``base`` takes the place of the filed record, where the curated one lies on another branch.
    """
    entries, torn = desk.read()
    if base is None and desk.filed:
        from runbook.record.store import load_record  # brings YAML, which a document that only runs can do without

        base = load_record(desk.filed)
    try:
        document, problems = fold(entries, base)
    except ValueError as error:
        raise BadInputError(
            f"cannot be read: {error}", file=desk.folder, hint="the journal files below it hold what was recorded"
        ) from None
    return document, [*problems, *(str(line) for line in torn)]
