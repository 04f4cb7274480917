"""What is shown of a line that matched: the part around the match, its place in that part, and the captures."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.conditions import Condition, Hit

EXCERPT = 300
"""Characters of the matching line that are kept; all of it if it is shorter."""

CUT = "\ufdd0"
"""Stands where a long line was cut into pieces, so that ``^`` and ``$`` do not hold there.

Unicode has no character there and leaves it to programs for such use; a NUL may well be in a log.
"""


def cut_excerpt(
    condition: Condition, hit: Hit, text: str, clean: Callable[[str], str] | None
) -> tuple[str, tuple[int, int], dict[str, str]]:
    """At most :data:`EXCERPT` characters around the match, its place in them, and the captures.

    Args:
        condition: what matched.
        hit: where it did in ``text``, and what it captured.
        text: a line, or a piece of a long one with :data:`CUT` where it was cut.
        clean: takes secrets out; everything is cut from what it returns, so that no half of a secret is left over.
    """
    start, end, captures = hit
    if CUT in (text[:1], text[-1:]):
        head = len(text) - len(text.lstrip(CUT))
        text = text.strip(CUT)
        start, end = (min(max(at - head, 0), len(text)) for at in (start, end))
        captures = {name: value.strip(CUT) for name, value in captures.items()}
    if clean is not None:
        cleaned = clean(text)
        if cleaned != text:
            again = condition.find(cleaned)
            if again is not None:
                start, end, captures = again
            else:
                start, end = 0, 0
                captures = {name: clean(value) for name, value in captures.items()}
            text = cleaned
    text, span = around(text, start, end)
    return text, span, {name: value[:EXCERPT] for name, value in captures.items()}


def around(text: str, start: int, end: int) -> tuple[str, tuple[int, int]]:
    """At most :data:`EXCERPT` characters of ``text`` with what stands from ``start`` to ``end`` in their middle.

    Returns:
        The characters, and where in them that begins and ends.
    """
    if len(text) <= EXCERPT:
        return text, (start, end)
    left = max(0, min(start - (EXCERPT - min(end - start, EXCERPT)) // 2, len(text) - EXCERPT))
    return text[left : left + EXCERPT], (start - left, min(end - left, EXCERPT))
