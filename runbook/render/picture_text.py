"""Text inside a picture: what may stand there, how wide it is at most, and where it is cut.

A picture has no line breaking and no second look: a text is placed by arithmetic, and whoever opens the file has fonts
that nobody here knows. So widths come from a table that no usual sans-serif exceeds, and a text with characters beyond
the table is told its width (``textLength``), which every renderer keeps.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from xml.sax.saxutils import escape

from runbook.model.cells import cells
from runbook.model.marks import MARK
from runbook.render.literal import visible

MONO = 0.62
"""Advance of a monospaced character, in em: the widest of the usual ones (DejaVu Sans Mono has 0.602)."""
BOLD = 1.24
"""How much wider bold is at most, character by character."""
_WIDTHS = {
    0.28: "'ijl",
    0.34: " ,.:;I",
    0.42: "!()-/[\\]frt",
    0.47: '"',
    0.56: "*?JL_csz|",
    0.62: "FT`aekovxy",
    0.64: "$0123456789bdghnpqu{}",
    0.69: "ABEKPSVXYZ",
    0.79: "&CDGHNOQRU",
    0.84: "#+<=>^w~",
    0.91: "M",
    0.99: "%Wm",
    1.02: "@",
}
"""Advance widths in em by character: each is the widest among DejaVu Sans, Liberation Sans (whose metrics are Arial's
and Helvetica's), Noto Sans, Open Sans and Roboto, as their ``hmtx`` tables have it, rounded up."""
_WIDTH = {character: width for width, characters in _WIDTHS.items() for character in characters}
_WIDTH |= {"…": 1.0, "—": 1.0, "–": 0.67, "·": 0.42, "×": 0.84, "→": 1.0, "’": 0.4, "‘": 0.4, "“": 0.6, "”": 0.6}
_WIDE, _MARK, _OTHER = 1.1, 0.0, 0.75
_TYPICAL, _TYPICAL_BOLD = 0.88, 1.06
"""What a text usually takes of its greatest width: enough for one that is told how wide it is to be."""
_NOT_XML = re.compile("[\ufffe\uffff]")
_STACK = 1
"""Accents kept on one letter besides its own: a pile of them climbs into the line above."""


def plain(text: str) -> str:
    """``text`` on one line as a picture can show it: valid XML characters, nothing invisible, few accents on a letter.

    Redaction marks lose their number: they are numbered by first sight in the report, and a picture shows less of it.
    """
    named = MARK.sub(lambda match: f"[redacted:{match['kind']}]", text) if "[redacted:" in text else text
    shown = _NOT_XML.sub("\ufffd", visible(named))
    line = " ".join(unicodedata.normalize("NFC", shown).split())
    return line if line.isascii() else _thinned(line)


def _thinned(line: str) -> str:
    kept: list[str] = []
    pile = 0
    for character in line:
        pile = pile + 1 if _is_mark(character) else 0
        if pile <= _STACK and (kept or not pile):
            kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me", "Mc", "Cf"}


@lru_cache(maxsize=4096)
def _advance(character: str) -> tuple[float, bool]:
    """Width in em, and whether the table vouches for it."""
    if character in _WIDTH:
        return _WIDTH[character], True
    base = unicodedata.normalize("NFD", character)
    if len(base) > 1 and base[0] in _WIDTH:
        return _WIDTH[base[0]], True
    if _is_mark(character):
        return _MARK, False
    return (_WIDE if cells(character) > 1 else _OTHER), False


def width_of(text: str, size: float, *, bold: bool = False, mono: bool = False) -> float:
    """At most how wide ``text`` is, in pixels at ``size`` pixels; for a text that is told its width, how wide it is."""
    if mono and text.isascii():
        return len(text) * MONO * size
    if text.isascii() and text.isprintable():
        return sum(map(_WIDTH.__getitem__, text)) * size * (BOLD if bold else 1.0)
    widest = sum(_advance_in(character, mono=mono) for character in text) * size
    if mono or is_sure(text):
        return widest * (BOLD if bold else 1.0)
    return widest * _TYPICAL * (_TYPICAL_BOLD if bold else 1.0)


def _advance_in(character: str, *, mono: bool) -> float:
    if mono and character.isascii():
        return MONO
    return max(_advance(character)[0], MONO if mono and not _is_mark(character) else 0.0)


def is_sure(text: str) -> bool:
    """Whether :func:`width_of` holds for whatever font shows it; if not, the renderer must be told the width."""
    return text.isascii() or all(_advance(character)[1] for character in text)


def cut(text: str, size: float, room: float, *, bold: bool = False, mono: bool = False) -> str:
    """As much of ``text`` as fits into ``room`` pixels, with an ellipsis where something is left away."""
    if width_of(text, size, bold=bold, mono=mono) <= room:
        return text
    room -= width_of("…", size, bold=bold, mono=mono)
    used, end = 0.0, 0
    for character in text:
        used += width_of(character, size, bold=bold, mono=mono)
        if used > room:
            break
        end += 1
    return text[:end].rstrip() + "…" if end else ""


def text_element(
    x: float, y: float, text: str, name: str, size: float, *, bold: bool = False, mono: bool = False, anchor: str = ""
) -> str:
    """One ``<text>``: never wider than :func:`width_of` says.

    Args:
        x: where it is anchored.
        y: its baseline.
        text: what :func:`plain` made.
        name: its classes.
        size: in pixels.
        bold: as the classes have it.
        mono: as the classes have it.
        anchor: ``middle`` or ``end``; its start if absent.
    """
    if not text:
        return ""
    told = ""
    if not is_sure(text):
        width = max(width_of(text, size, bold=bold, mono=mono), 1)
        told = f' textLength="{number(width)}" lengthAdjust="spacingAndGlyphs"'
    where = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{number(x)}" y="{number(y)}" class="{name}"{where}{told}>{escape(text)}</text>'


def number(value: float) -> str:
    """A coordinate: one decimal at most, and the same bytes everywhere."""
    return f"{value + 0.0:.1f}".removesuffix(".0")
