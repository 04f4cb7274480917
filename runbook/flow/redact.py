"""The door alone, for pipes: nothing is stored, nothing is known afterwards."""

from __future__ import annotations

from runbook.redact.door import Door

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


_DOORS: list[Door] = []


def clean_text(text: str) -> str:
    """``text`` as it may be shown: secrets and terminal escapes taken out, equal secrets with equal numbers."""
    if not _DOORS:
        _DOORS.append(Door())
    return _DOORS[0].clean(text)


def redact_stream(chunks: Iterable[bytes], write: Callable[[str], None]) -> dict[str, int]:
    """Clean ``chunks`` and hand on what is ready as it comes; memory is bounded.

    Returns:
        How many secrets were taken out, by kind.
    """
    door = Door()
    stream = door.clean_line_stream()
    for chunk in chunks:
        text = stream.feed(chunk)
        if text:
            write(text)
    write(stream.close())
    return dict(sorted(door.counts.items()))
