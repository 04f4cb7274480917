"""What changed between two versions of a document, as sentences made of pieces, so that each way to show it is safe."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

What = Literal["added", "removed", "changed", "moved"]

SECTIONS = (
    "Document",
    "Times",
    "Summary",
    "Impact",
    "Changes deployed",
    "Sign-off",
    "Checks",
    "Steps",
    "Timeline",
    "Commands",
    "Evidence",
    "Known failures",
    "Root cause",
    "Contributing factors",
    "Resolution",
    "Verification",
    "Issues",
    "Prevention",
    "Lessons",
    "Follow-ups",
    "References",
)
"""In the order in which a change is told."""


class Ours(str):
    """A piece of a sentence in our words."""

    __slots__ = ()


class Quoted(str):
    """A piece that somebody wrote, or that a program printed."""

    __slots__ = ()


class Typed(str):
    """A piece that is code: a command, a signature, a path."""

    __slots__ = ()


Piece = Ours | Quoted | Typed


class Change(NamedTuple):
    """One thing that is otherwise than before.

    Attributes:
        section: one of :data:`SECTIONS`.
        what: added, removed, changed or moved.
        pieces: the sentence, without a full stop.
        field: dotted name of the field; for a list's item ``actions.owner``.
        item: id of the list's item, or empty.
        before: the value it had, as JSON has it; None where it was not there.
        after: the value it has.
        minor: one of many of its kind, which a short account only counts.
    """

    section: str
    what: What
    pieces: tuple[Piece, ...]
    field: str
    item: str = ""
    before: Any = None
    after: Any = None
    minor: bool = False


class Compared(NamedTuple):
    """A document in two versions.

    Attributes:
        id: of the document.
        title: of its newer version.
        state: ``added``, ``removed``, ``changed`` or ``same``.
        changes: in the order of :data:`SECTIONS`.
        hints: what a reviewer should look at because of what changed, in our words.
    """

    id: str
    title: str
    state: Literal["added", "removed", "changed", "same"]
    changes: list[Change]
    hints: list[str]
