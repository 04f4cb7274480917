"""Prose, made safe: Markdown that a person wrote, with inline marks, lists, quotes, links and fences kept.

The text is parsed, what could reach out of its field is taken from the tree, and the tree is written out again. The
result is parsed once more, with everything switched on that a page may know (raw HTML, tables, headings, references):
only if that gives the very same tree is it used. So what comes out is proven, and making it safe twice changes nothing.

Taken from the tree: raw HTML, headings, tables and reference definitions become text; a link whose target is neither
``http``, ``https``, ``mailto`` nor relative becomes text with the target beside it; an image from elsewhere becomes a
link; a mention is broken. A fence that was left open is closed.
"""

from __future__ import annotations

import re
from functools import lru_cache

from runbook.render.literal import INVISIBLE, fence, visible
from runbook.render.prose_tree import Node, clean, literal_tree, read, safe_target, too_deep
from runbook.render.prose_write import entity_safe, flat, indent, write_blocks

__all__ = ["first_block", "indent", "link_target", "safe_line", "safe_prose"]

# Sentences without a single character that Markdown could mean something by: most of what people write, and no
# reason to load a parser. A line begins with a letter, and no colon stands before //.
_PLAIN_LINE = r"[^\W\d_](?:[\w \"'(),.;?/%’“”–—…-]|:(?!//))*"
_PLAIN = re.compile(rf"{_PLAIN_LINE}(?:\n\n?{_PLAIN_LINE})*")


def safe_prose(text: str) -> str:
    """``text`` as Markdown that stays inside its field, without blank lines around it.

    Idempotent: ``safe_prose(safe_prose(text)) == safe_prose(text)``.
    """
    text = _shown(text)
    return text if _is_plain(text) else _proven(text)[0]


def safe_line(text: str, *, cell: bool = False) -> str:
    """``text`` on one line, for headings, key facts and (``cell``) table cells; blocks are joined by a space."""
    text = _shown(text)
    if _is_plain(text):
        return " ".join(text.split())
    return " ".join(part for part in (flat(node, cell=cell) for node in _proven(text)[1]) if part)


def first_block(text: str) -> str:
    """Kind of the first block: before a ``paragraph`` something may stand on the same line, before a list may not."""
    text = _shown(text)
    if _is_plain(text) or not text:
        return "paragraph"
    tree = _proven(text)[1]
    return tree[0].kind if tree else "paragraph"


def _shown(text: str) -> str:
    return visible(text.replace(INVISIBLE, "")).strip()


def _is_plain(text: str) -> bool:
    return len(text) < 20_000 and _PLAIN.fullmatch(text) is not None


@lru_cache(maxsize=512)
def _proven(text: str) -> tuple[str, tuple[Node, ...]]:
    tree = read(text, everything=False)
    candidates = [literal_tree(text)] if too_deep(tree) else [clean(tree), literal_tree(text)]
    for candidate in candidates:
        for careful in (False, True):
            written = write_blocks(candidate, careful=careful)
            if read(written, everything=True) == candidate:
                return written, candidate
    # What cannot be proven is shown as it was typed.
    return fence(text), (Node("fence", text=text + "\n", mark="text"),)


def link_target(target: str) -> str:
    """``target`` as it is written inside ``[...](...)``; empty if it may not be linked."""
    return entity_safe(safe_target(target))
