"""What changed between two versions, for a terminal and for a pull request."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from runbook.model.cells import wrap
from runbook.model.changes import Ours, Typed
from runbook.model.marks import number_marks
from runbook.render.literal import code_span, escape_inline, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runbook.model.changes import Change, Compared, Piece

MARKER = "<!-- runbook-diff -->"
"""Stands in a comment, so that the next one takes its place."""

_MOST_MINOR = 5
_STATES = {"added": "is new", "removed": "is gone", "same": "nothing changed"}


def changes_as_text(compared: Sequence[Compared], between: str, *, width: int = 80) -> str:
    """An account for a terminal, ending in a newline.

    Args:
        compared: the documents.
        between: the two versions, as people name them.
        width: columns; longer sentences go on, indented, on the next line.
    """
    numbers: dict[str, int] = {}
    lines: list[str] = []
    for document in compared:
        title = visible(number_marks(document.title, numbers)).replace("\n", " ")
        lines += [""] if lines else []
        lines += _wrapped(f"{document.id}  {title}", width, "")
        lines += _wrapped(f"{_STATES.get(document.state, 'changed')}  ({between})", width, "  ")
        for section, changes in groupby(document.changes, key=lambda change: change.section):
            lines += ["", f"  {section}"]
            for sentence in _told(list(changes)):
                lines += _wrapped(_plain(sentence, numbers), width, "    ")
        if document.hints:
            lines += ["", "  To look at"]
            for hint in document.hints:
                lines += _wrapped(hint, width, "    ")
    return "\n".join(lines or [f"nothing changed  ({between})"]) + "\n"


def changes_as_markdown(compared: Sequence[Compared], between: str, *, marker: str = MARKER) -> str:
    """The same as a comment for a pull request, after ``marker``; what was captured is literal, nobody is mentioned."""
    numbers: dict[str, int] = {}
    lines = [marker]
    for document in compared:
        title = escape_inline(number_marks(document.title, numbers))
        lines += ["", f"### {document.id}: {title}", "", f"What changed, {escape_inline(between)}:", ""]
        if document.state != "changed":
            lines[-2] = f"{_STATES[document.state].capitalize()}, {escape_inline(between)}."
        for section, changes in groupby(document.changes, key=lambda change: change.section):
            lines += [f"**{section}**", ""]
            lines += [f"- {_marked(sentence, numbers)}" for sentence in _told(list(changes))]
            lines.append("")
        lines += [f"> **To look at:** {hint}\n" for hint in document.hints]
    if not compared:
        lines += ["", f"No incident and no deployment changed, {escape_inline(between)}."]
    return "\n".join(lines).rstrip("\n") + "\n"


def sentence_of(change: Change) -> str:
    """One change in words, for JSON."""
    return _plain(change.pieces, {})


def _told(changes: list[Change]) -> Iterator[Sequence[Piece]]:
    """The sentences of a section; of many entries that came or went the first ones and a count."""
    hidden: dict[str, list[Change]] = {}
    for what in ("added", "removed"):
        minor = [change for change in changes if change.minor and change.what == what]
        hidden[what] = minor[_MOST_MINOR:] if len(minor) > _MOST_MINOR + 1 else []
    left_out = {id(change) for several in hidden.values() for change in several}
    yield from (change.pieces for change in changes if id(change) not in left_out)
    for what, several in hidden.items():
        if several:
            yield (Ours(f"and {len(several)} more {what}"),)


def _plain(pieces: Iterable[Piece], numbers: dict[str, int]) -> str:
    said = []
    for piece in pieces:
        text = visible(number_marks(piece, numbers)).replace("\n", " ")
        if isinstance(piece, Typed):
            text = f"`{text}`"
        elif not isinstance(piece, Ours) and " " in text:
            text = f"“{text}”"
        said.append(text)
    return "".join(said)


def _marked(pieces: Iterable[Piece], numbers: dict[str, int]) -> str:
    said = []
    for piece in pieces:
        text = number_marks(piece, numbers)
        if isinstance(piece, Ours):
            said.append(text)
        elif isinstance(piece, Typed):
            said.append(code_span(text))
        else:
            said.append(f"“{escape_inline(text)}”" if " " in text else escape_inline(text))
    return "".join(said)


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return wrap(text, max(width, 40), first=indent, following=f"{indent}  ") or [""]
