"""The tree that stands for a text of prose: how it is read, and what is taken from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from runbook.render.literal import INFO_STRINGS, INVISIBLE, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_MENTION = re.compile(r"(?<!\w)@(?=[^\W_])")
_MARK_NUMBER = re.compile(r"(\[redacted:[a-z0-9-]{1,40}#)(?=\d)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ALLOWED = ("http:", "https:", "mailto:")
_URL_PATH = re.compile(r"(https?://[A-Za-z0-9.-]+(?::\d+)?/[^\s<]*)")
_ENCODED_IN_TARGET = re.compile(r"[\x00-\x20\x7f<>\\`|\"]")


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the tree that stands for a text: a block, an inline mark with ``children``, or a leaf.

    Attributes:
        kind: a block (paragraph, bullets, numbers, item, quote, fence, rule), an inline mark (text, code, em, strong,
            s, link, auto, image, break, hard), or what only the proving parser makes (``html_block``, ``heading``).
        text: the text of a leaf, the target of a link, the first number of a list.
        mark: how it was written: bullet, emphasis character, language of a fence, title of a link.
        tight: for a list: no blank lines between its items.
    """

    kind: str
    text: str = ""
    mark: str = ""
    children: tuple[Node, ...] = ()
    tight: bool = False


def read(text: str, *, everything: bool) -> tuple[Node, ...]:
    """The tree of ``text``.

    Args:
        text: Markdown.
        everything: with all that a page may know switched on, to prove that nothing of it is there. Otherwise raw
            HTML, headings, references and tables are text.
    """
    return _tree(_parser(everything=everything).parse(text))


def too_deep(nodes: Sequence[Node], limit: int = 12) -> bool:
    """Whether blocks nest deeper than ``limit``: what lies beyond the parser's own limit is missing from the tree."""
    level = list(nodes)
    for _ in range(limit):
        level = [child for node in level for child in node.children if child.kind in _CONTAINERS]
    return bool(level)


def clean(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The tree without what could reach out of its field."""
    return tuple(_clean_blocks(nodes))


def literal_tree(text: str) -> tuple[Node, ...]:
    """The tree of ``text`` if nothing in it means anything."""
    paragraphs: list[Node] = []
    for lines in re.split(r"\n\s*\n", text):
        children: list[Node] = []
        for line in lines.split("\n"):
            if stripped := line.strip():
                children += [Node("break")] if children else []
                children.append(Node("text", _clean_text(stripped)))
        if children:
            paragraphs.append(Node("paragraph", children=tuple(children)))
    return tuple(paragraphs)


@lru_cache(maxsize=2)
def _parser(*, everything: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415  48 ms, and plain prose does without

    parser = MarkdownIt("commonmark", {"html": everything}).enable("strikethrough")
    # Every target is kept as it was typed; clean() decides, and loses nothing.
    vars(parser).update(validateLink=lambda _: True, normalizeLink=lambda target: target)
    return parser.enable("table") if everything else parser.disable(["heading", "lheading", "reference"])


_CONTAINERS = {"bullets", "numbers", "item", "quote"}
_BLOCKS = {
    "paragraph_open": "paragraph",
    "bullet_list_open": "bullets",
    "ordered_list_open": "numbers",
    "list_item_open": "item",
    "blockquote_open": "quote",
}


def _tree(tokens: Sequence[Token]) -> tuple[Node, ...]:
    """The flat stream of tokens as a tree. What has no name of ours keeps its own, and so never equals a clean tree."""
    stack: list[list[Node]] = [[]]
    openings: list[Token] = []
    for token in tokens:
        if token.nesting == 1:
            openings.append(token)
            stack.append([])
        elif token.nesting == -1:
            children = tuple(stack.pop())
            stack[-1].append(_container(openings.pop(), children))
        elif token.type == "inline":
            stack[-1].extend(_tree(token.children or ()))
        else:
            _add_leaf(stack[-1], token)
    return tuple(stack[0])


def _container(token: Token, children: tuple[Node, ...]) -> Node:
    kind = _BLOCKS.get(token.type, token.type.removesuffix("_open"))
    if kind == "paragraph":
        return Node(kind, children=children, tight=token.hidden)
    if kind in {"bullets", "numbers"}:
        tight = all(block.tight for item in children for block in item.children if block.kind == "paragraph")
        return Node(kind, text=str(token.attrs.get("start", 1)) if kind == "numbers" else "", mark=token.markup,
                    children=children, tight=tight)  # fmt: skip
    if kind in {"item", "quote"}:
        return Node(kind, children=children)
    if kind == "link" and token.info == "auto":
        return Node("auto", text="".join(child.text for child in children))
    if kind == "link":
        return Node(
            kind, text=str(token.attrs.get("href", "")), mark=str(token.attrs.get("title", "")), children=children
        )
    return Node(kind, mark=token.markup, children=children)


def _add_leaf(nodes: list[Node], token: Token) -> None:
    kind = {"softbreak": "break", "hardbreak": "hard", "code_inline": "code", "code_block": "fence", "hr": "rule"}.get(
        token.type, token.type
    )
    if kind == "text":
        if nodes and nodes[-1].kind == "text":
            nodes[-1] = Node("text", nodes[-1].text + token.content)
        elif token.content:
            nodes.append(Node("text", token.content))
    elif kind == "image":
        title = str(token.attrs.get("title", ""))
        nodes.append(Node(kind, str(token.attrs.get("src", "")), title, _tree(token.children or ())))
    elif kind == "fence":
        nodes.append(Node(kind, token.content, token.info.strip()))
    elif kind in {"break", "hard", "rule"}:
        nodes.append(Node(kind))
    else:
        nodes.append(Node(kind, token.content))


def _clean_blocks(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        if node.kind == "paragraph":
            children = joined(_clean_inline(node.children, in_link=False))
            if not all(_is_blank(child) for child in children):  # &nbsp; alone is nothing to read
                yield Node("paragraph", children=children, tight=node.tight)
        elif node.kind == "fence":
            language = node.mark.split(maxsplit=1)[0].lower() if node.mark else ""
            body = visible(node.text.rstrip("\n"))
            yield Node("fence", f"{body}\n" if body else "", language if language in INFO_STRINGS else "")
        else:
            yield Node(node.kind, node.text, node.mark, tuple(_clean_blocks(node.children)), node.tight)


def _is_blank(node: Node) -> bool:
    return node.kind in {"break", "hard"} or (node.kind == "text" and not node.text.strip())


def _clean_inline(nodes: Iterable[Node], *, in_link: bool) -> Iterator[Node]:
    for node in nodes:
        if node.kind == "text":
            yield Node("text", _clean_text(node.text))
        elif node.kind == "auto":
            target = node.text.replace("|", "%7C")
            scheme = _SCHEME.match(target)
            allowed = scheme is None or scheme[0].lower() in _ALLOWED
            yield Node("auto", target) if allowed else Node("text", _clean_text(node.text))
        elif node.kind == "link":
            yield from _clean_link(node, tuple(_clean_inline(node.children, in_link=True)))
        elif node.kind == "image":
            children = tuple(_clean_inline(node.children, in_link=True))
            if _SCHEME.match(node.text) is None and (target := safe_target(node.text)):
                yield Node("image", target, _title(node.mark), joined(children))
            else:
                yield from children if in_link else _clean_link(node, children)
        elif node.kind == "code":
            yield Node("code", visible(node.text))
        else:
            yield Node(node.kind, node.text, node.mark, joined(_clean_inline(node.children, in_link=in_link)))


def _clean_link(node: Node, children: tuple[Node, ...]) -> Iterator[Node]:
    if target := safe_target(node.text):
        yield Node("link", target, _title(node.mark), joined(children))
        return
    yield from children
    if node.text.strip():
        yield from (Node("text", " ("), Node("code", visible(node.text)), Node("text", ")"))


def safe_target(target: str) -> str:
    """``target`` as a link may name it, with what could end it encoded; empty if it may not be linked.

    Only web and mail addresses and relative paths may.
    """
    scheme = _SCHEME.match(target)
    if (scheme and scheme[0].lower() not in _ALLOWED) or target.startswith(("//", "\\", "/\\")):
        return ""
    encoded = _ENCODED_IN_TARGET.sub(lambda match: f"%{ord(match[0]):02X}", visible(target).strip())
    if not re.fullmatch(r"[^()]*(?:\([^()]*\)[^()]*)*", encoded):
        encoded = encoded.replace("(", "%28").replace(")", "%29")
    return encoded


def _title(title: str) -> str:
    return " ".join(visible(title).split())


def _clean_text(text: str) -> str:
    """``text`` without what is hidden in it, and with mentions broken; a path such as ``medium.com/@x`` is none."""
    text = visible(text.replace(INVISIBLE, "")).replace("\n", " ")
    parts = _URL_PATH.split(text)
    parts[::2] = [_MENTION.sub(f"@{INVISIBLE}", part) for part in parts[::2]]
    return _MARK_NUMBER.sub(rf"\1{INVISIBLE}", "".join(parts))


def joined(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """``nodes`` with neighbouring texts made one, as the parser would give them back."""
    result: list[Node] = []
    for node in nodes:
        if node.kind == "text" and result and result[-1].kind == "text":
            result[-1] = Node("text", result[-1].text + node.text)
        elif node.kind != "text" or node.text:
            result.append(node)
    return tuple(result)
