"""Writes a tree of prose back as Markdown, with a backslash before everything that would mean something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.render.literal import code_span, longest_ticks
from runbook.render.prose_tree import Node, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ENTITY = re.compile(r"&(?=#?[0-9A-Za-z]{1,40};)")
_ESCAPED_LIGHTLY = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|\Z)|[`|*_~\n]|\](?=[(\[:])|<(?=[A-Za-z/!?])|&(?=#?[0-9A-Za-z]{1,40};)|!(?=\[|\Z)"
)
_ESCAPED_CAREFULLY = re.compile(r"[\\`*_~\[\]<>&|!()#\n]")
_AT_LINE_START = re.compile(r"[-+](?=\s|\Z)|>|#{1,6}(?=\s|\Z)|\d{1,9}[.)](?=\s|\Z)|[-=:](?=[-=:\s]*\Z)")


def write_blocks(nodes: Iterable[Node], *, careful: bool, tight: bool = False) -> str:
    """``nodes`` as Markdown; ``careful`` escapes whatever can be, where the few usual escapes were not enough."""
    return ("\n" if tight else "\n\n").join(_write_block(node, careful=careful) for node in nodes)


def _write_block(node: Node, *, careful: bool) -> str:
    if node.kind == "paragraph":
        return _write_inline(node.children, careful=careful)
    if node.kind == "fence":
        ticks = "`" * max(3, longest_ticks(node.text) + 1)
        return f"{ticks}{node.mark}\n{node.text}{ticks}"
    if node.kind == "quote":
        lines = write_blocks(node.children, careful=careful).split("\n")
        return "\n".join(f"> {line}" if line else ">" for line in lines)
    if node.kind == "rule":
        return "___"  # never taken for the underline of a heading, nor for a bullet
    items: list[str] = []
    for number, item in enumerate(node.children, int(node.text or 0)):
        bullet = f"{number}{node.mark} " if node.kind == "numbers" else f"{node.mark} "
        items.append(indent(bullet, write_blocks(item.children, careful=careful, tight=node.tight)))
    return ("\n" if node.tight else "\n\n").join(items)


def indent(bullet: str, text: str) -> str:
    """``text`` as one item of a list: the first line behind ``bullet``, the others below it."""
    first, *rest = text.split("\n")
    pad = " " * len(bullet)
    return "\n".join(
        [(bullet + first).rstrip() if not first else bullet + first, *(pad + line if line else "" for line in rest)]
    )


def _write_inline(nodes: Sequence[Node], *, careful: bool, cell: bool = False, in_line: bool = False) -> str:
    out: list[str] = []
    for index, node in enumerate(nodes):
        if node.kind == "text":
            fresh = not in_line and (index == 0 or nodes[index - 1].kind in {"break", "hard"})
            ends = not in_line and (index + 1 == len(nodes) or nodes[index + 1].kind in {"break", "hard"})
            out.append(_write_text(node.text, careful=careful, fresh=fresh, ends=ends))
        elif node.kind == "break":
            out.append("\n")
        elif node.kind == "hard":
            out.append("\\\n")
        elif node.kind == "code":
            out.append(code_span(node.text, cell=cell))
        elif node.kind == "auto":
            out.append(f"<{node.text}>")
        else:
            inner = _write_inline(node.children, careful=careful, cell=cell, in_line=True)
            out.append(_write_mark(node, inner, cell=cell))
    return "".join(out)


def _write_mark(node: Node, inner: str, *, cell: bool) -> str:
    if node.kind not in {"link", "image"}:
        return f"{node.mark}{inner}{node.mark}"
    target = _ENTITY.sub("&amp;", node.text)
    title = _ENTITY.sub("&amp;", node.mark.replace("\\", "\\\\").replace('"', '\\"'))
    shown = f' "{title}"' if title and not cell else ""
    return f"{'!' if node.kind == 'image' else ''}[{inner}]({target}{shown})"


def _write_text(text: str, *, careful: bool, fresh: bool, ends: bool) -> str:
    """``text`` with a backslash before what would mean something; ``fresh`` and ``ends``: at an end of its line."""
    start = end = ""
    if fresh and text[:1].isspace():
        start, text = f"&#{ord(text[0])};", text[1:]
    if ends and text[-1:].isspace():
        end, text = f"&#{ord(text[-1])};", text[:-1]
    opening = _AT_LINE_START.match(text) if fresh and not start else None
    if opening:
        found = opening[0]
        start = f"{found[:-1]}\\{found[-1]}" if found[-1] in ".)" else f"\\{found[0]}{found[1:]}"
        text = text[opening.end() :]
    fresh = fresh and not start
    pattern = _ESCAPED_CAREFULLY if careful else _ESCAPED_LIGHTLY
    return start + pattern.sub(lambda match: _escape(match, careful=careful, fresh=fresh), text) + end


def _escape(match: re.Match[str], *, careful: bool, fresh: bool) -> str:
    found, text, position = match[0], match.string, match.start()
    if found == "\n":
        return "&#10;"
    if found == "&":
        return "&amp;"
    if not careful and found in "*_~":
        before = text[position - 1 : position] if position else (" " if fresh and found == "~" else "")
        after = text[position + 1 : position + 2]
        between_words = found == "_" and before.isalnum() and after.isalnum()
        alone = found != "~" and before.isspace() and after.isspace()
        # A tilde before a word opens a struck-out passage that no other unescaped tilde can close: ~/bin, ~5 minutes.
        opens_only = found == "~" and before.isspace() and bool(after) and not after.isspace() and after != "~"
        if between_words or alone or opens_only:
            return found
    return "\\" + found


def flat(node: Node, *, cell: bool) -> str:
    """One block on one line, for a heading or a table ``cell``."""
    if node.kind == "paragraph":
        children = tuple(Node("text", " ") if child.kind in {"break", "hard"} else child for child in node.children)
        return _write_inline(joined(_one_line(children)), careful=False, cell=cell)
    if node.kind == "fence":
        return " ".join(code_span(line, cell=cell) for line in node.text.split("\n") if line.strip())
    if node.kind == "rule":
        return ""
    inner = [flat(child, cell=cell) for child in node.children]
    return ("; " if node.kind in {"bullets", "numbers"} else " ").join(part for part in inner if part)


def _one_line(nodes: Iterable[Node]) -> Iterable[Node]:
    for node in nodes:
        if node.kind in {"break", "hard"}:
            yield Node("text", " ")
        else:
            yield Node(node.kind, node.text, node.mark, joined(_one_line(node.children)))


def entity_safe(target: str) -> str:
    """``target`` of a link, with what reads like ``&copy;`` kept as it is."""
    return _ENTITY.sub("&amp;", target)
