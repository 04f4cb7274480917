"""The door alone, for pipes: nothing is stored, nothing is known afterwards."""

from __future__ import annotations

from runbook.redact.door import Door

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


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
