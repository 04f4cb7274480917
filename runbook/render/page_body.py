"""Markdown of a report as HTML that nothing can run in.

Every tag of the result is written here or by the Markdown renderer; raw HTML that stands in the text is shown as text,
except for the few tags that our own templates write (``details``, ``summary``, ``br``), without any attribute. Links
lead to web and mail addresses or within the page. There are no ``style`` attributes, so that the page's policy can
forbid them.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from runbook.render.literal import INVISIBLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ALLOWED = ("http:", "https:", "mailto:")
_MARK = re.compile(rf"\[redacted:([a-z0-9-]{{1,40}})#{INVISIBLE}?([0-9]{{1,6}})\]")
_BOX = re.compile(r"\[([ xX])\] ")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")
_SUMMARY = re.compile(r"<summary>([^<>]*)</summary>")
_WORDS = frozenset({"critical", "high", "medium", "low", "info", "confirmed", "open", "dismissed"})
"""Words of a table cell that get a colour of their own."""

_FRAMES = {"head": "head", "derived:facts": "glance", "lessons.went_well": "well", "lessons.went_wrong": "ill"}
"""Anchored fields that are set apart on the page, and the class of what is put around them."""


class Heading(NamedTuple):
    """A heading of the report: its level, its address on the page, its text."""

    level: int
    slug: str
    text: str


class Body(NamedTuple):
    """The report as HTML, and its headings."""

    html: str
    headings: list[Heading]


def body_of(
    markdown: str,
    *,
    targets: Mapping[str, str] | None = None,
    pictures: Mapping[str, str] | None = None,
    unfolded: bool = False,
) -> Body:
    """A report as HTML.

    Args:
        markdown: the report.
        targets: where a relative link leads on this page (``evidence/01.txt`` to ``#evidence:1``); one that is not
            among them becomes plain text, since the page lies alone.
        pictures: the ``data:`` address of a relative image; any other image becomes its alternative text.
        unfolded: everything that folds away stands open, for paper.
    """
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = parser.parse(markdown)
    writer = _Writer(targets or {}, pictures or {}, unfolded=unfolded)
    writer.prepare(tokens)
    return Body(writer.write(tokens), writer.headings)


class _Writer:
    """Renders tokens; what is not named here is written as markdown-it writes it."""

    def __init__(self, targets: Mapping[str, str], pictures: Mapping[str, str], *, unfolded: bool) -> None:
        self._targets = targets
        self._pictures = pictures
        self._details = "<details open>" if unfolded else "<details>"
        self._open_details = 0
        self._frames: set[int] = set()
        self._slugs: dict[str, int] = {}
        self.headings: list[Heading] = []

    def prepare(self, tokens: Sequence[Token]) -> None:
        """Give headings their addresses, cells their column's name, and find which anchors pair up."""
        opened: dict[str, int] = {}
        for index, token in enumerate(tokens):
            if token.type == "heading_open":
                self._add_heading(token, tokens[index + 1])
            elif token.type == "html_block" and token.level == 0:
                self._pair(token.content, index, opened)
            elif token.type == "inline" and index > 1 and tokens[index - 2].type == "list_item_open":
                _tick(token, tokens[index - 2])
            elif token.type == "inline" and tokens[index - 1].type == "paragraph_open":
                _class_paragraph(tokens[index - 1], token.children or [])
        _label_cells(tokens)

    def _pair(self, html: str, index: int, opened: dict[str, int]) -> None:
        for closing, name in _anchors(html):
            if closing and name in opened:
                self._frames |= {opened.pop(name), index}
            elif name in _FRAMES and not closing:
                opened[name] = index

    def _add_heading(self, token: Token, inline: Token) -> None:
        text = _plain(inline)
        base = _NOT_IN_SLUG.sub("", text.lower()).replace(" ", "-") or "section"
        seen = self._slugs.get(base, 0)
        self._slugs[base] = seen + 1
        slug = f"{base}-{seen}" if seen else base
        token.attrs = {"id": slug}
        self.headings.append(Heading(int(token.tag[1]), slug, text))

    def write(self, tokens: Sequence[Token]) -> str:
        """The tokens as HTML; whatever they left open is closed."""
        out: list[str] = []
        for index, token in enumerate(tokens):
            out.append(self._block(token, index))
        out.append("</details>" * self._open_details)
        return "".join(out)

    def _block(self, token: Token, index: int) -> str:
        if token.type == "inline":
            return "".join(self._inline(token.children or []))
        if token.type == "html_block":
            return self._html_block(token.content, index)
        if token.type in {"fence", "code_block"}:
            return _code(token)
        if token.hidden:
            return ""
        if written := _FIXED.get(token.type):
            return written
        end = "\n" if token.nesting != 1 or token.tag in {"ul", "ol", "blockquote", "thead", "tbody", "tr"} else ""
        return f"{_tag(token)}{end}"

    def _html_block(self, html: str, index: int) -> str:
        frame = ""
        if index in self._frames:
            closing, name = next((anchor for anchor in _anchors(html) if anchor[1] in _FRAMES), (False, ""))
            frame = "</div>\n" if closing else f'<div class="{_FRAMES[name]}">\n'
        return frame + "".join(self._ours(html))

    def _ours(self, html: str) -> Iterator[str]:
        """Raw HTML: comments vanish, our own tags stay, the rest is text."""
        position = 0
        while position < len(html):
            start = html.find("<", position)
            if start == -1:
                yield _text(html[position:])
                return
            yield _text(html[position:start])
            end, written = self._our_tag(html, start)
            yield written
            position = end

    def _our_tag(self, html: str, start: int) -> tuple[int, str]:
        """Where the tag at ``start`` ends, and how it is written."""
        if html.startswith("<!--", start):
            end = html.find("-->", start + 4)
            return (len(html), _text(html[start:])) if end == -1 else (end + 3, "")
        if html.startswith("<details>", start):
            self._open_details += 1
            return start + len("<details>"), self._details
        if html.startswith("</details>", start):
            known = self._open_details > 0
            self._open_details -= known
            return start + len("</details>"), "</details>\n" if known else ""
        if summary := _SUMMARY.match(html, start):
            return summary.end(), f"<summary>{_text(_unescaped(summary[1]))}</summary>"
        if html.startswith("<br>", start):
            return start + len("<br>"), "<br>"
        return start + 1, "&lt;"

    def _inline(self, tokens: Sequence[Token]) -> Iterator[str]:
        closings: list[str] = []
        for token in tokens:
            if token.type == "text":
                yield _text(token.content)
            elif token.type == "code_inline":
                yield f"<code>{'/<wbr>'.join(map(_text, token.content.split('/')))}</code>"  # a path breaks there
            elif token.type == "html_inline":
                yield from self._ours(token.content)
            elif token.type == "image":
                yield self._image(token)
            elif token.type == "link_open":
                opening, closing = self._link(str(token.attrs.get("href", "")))
                closings.append(closing)
                yield opening
            elif token.type == "link_close":
                yield closings.pop()
            elif token.type in {"softbreak", "hardbreak"}:
                yield "\n" if token.type == "softbreak" else "<br>\n"
            elif token.type == "box":
                state = "done" if token.content else "open"
                yield f'<span class="box" role="img" aria-label="{state}">{"✓" if token.content else ""}</span>'
            else:
                yield _tag(token)

    def _link(self, target: str) -> tuple[str, str]:
        if target.startswith("#"):
            return f'<a href="{escape(target)}">', "</a>"
        scheme = _SCHEME.match(target)
        if scheme and scheme[0].lower() in _ALLOWED:
            return f'<a href="{escape(target)}" rel="noopener noreferrer">', "</a>"
        if inside := self._targets.get(target):
            return f'<a href="{escape(inside)}">', "</a>"
        return "<span>", "</span>"

    def _image(self, token: Token) -> str:
        alternative = "".join(child.content for child in token.children or ()) or token.content
        source = self._pictures.get(str(token.attrs.get("src", "")))
        if source is None or not source.startswith("data:image/"):
            return f"<em>{_text(alternative)}</em>" if alternative else ""
        return f'<img class="picture" src="{escape(source)}" alt="{escape(alternative)}">'


_FIXED = {
    "hr": "<hr>\n",
    "table_open": '<div class="table"><table>\n',
    "table_close": "</table></div>\n",
}


def _class_paragraph(paragraph: Token, children: Sequence[Token]) -> None:
    """Name a paragraph that is a label of what follows, and let the keyboard move one that scrolls aside."""
    inside = [child.type for child in children if child.type != "text" or child.content]
    if inside[:1] == ["strong_open"] and inside[-1:] == ["strong_close"] and inside.count("strong_open") == 1:
        paragraph.attrs = {"class": "label"}
    elif inside == ["image"]:
        paragraph.attrs = {"class": "wide", "tabindex": "0"}


def _code(token: Token) -> str:
    language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
    name = f' data-language="{escape(language)}"' if language not in {"", "text"} else ""
    return f'<pre tabindex="0"{name}><code>{_text(token.content)}</code></pre>\n'


def _tag(token: Token) -> str:
    if token.nesting == -1:
        return f"</{token.tag}>"
    attributes = "".join(
        f' {name}="{escape(str(value))}"' for name, value in token.attrs.items() if name in _ATTRIBUTES and value != ""
    )
    return f"<{token.tag}{attributes}>"


_ATTRIBUTES = {"id", "class", "data-label", "scope", "start", "tabindex"}


def _text(text: str) -> str:
    """``text`` for a page. Nobody is mentioned there, so what broke mentions apart is taken out again."""
    shown = escape(text, quote=False)
    if "[redacted:" in shown:
        shown = _MARK.sub(r'<span class="secret" title="a secret was taken out">[redacted:\1#\2]</span>', shown)
    return shown.replace(INVISIBLE, "")


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _plain(inline: Token) -> str:
    """What a reader sees of an inline token, without marks."""
    parts = [child.content for child in inline.children or () if child.type in {"text", "code_inline"}]
    return " ".join("".join(parts).replace(INVISIBLE, "").split())


def _anchors(html: str) -> list[tuple[bool, str]]:
    return [(bool(closing), name) for closing, name in re.findall(r"<!-- (/?)runbook:([a-z_.:]+) -->", html)]


def _label_cells(tokens: Sequence[Token]) -> None:
    """Name for each cell the column it stands in: for its style, and for narrow screens, which show no header."""
    columns: list[str] = []
    column = 0
    for index, token in enumerate(tokens):
        if token.type == "thead_open":
            columns = []
        elif token.type == "tr_open":
            column = 0
        elif token.type in {"th_open", "td_open"}:
            text = _plain(tokens[index + 1])
            header = token.type == "th_open"
            if header:
                columns.append(text)
            label = columns[column] if column < len(columns) else ""
            extra = {"scope": "col"} if header else {"data-label": label}
            token.attrs = {"class": _cell_class(label, text), **extra}
            column += 1


def _cell_class(label: str, text: str) -> str:
    column = re.sub(r"[^a-z]+", "-", label.lower()).strip("-")
    word = text.partition(":")[0]
    return f"c-{column or 'none'}" + (f" w-{word}" if word in _WORDS else "")


def _tick(inline: Token, item: Token) -> None:
    """A box at the beginning of a list item becomes a box."""
    children = inline.children or []
    if not children or children[0].type != "text":
        return
    if match := _BOX.match(children[0].content):
        children[0].content = children[0].content[match.end() :]
        children.insert(0, Token("box", "", 0, content="x" if match[1] in "xX" else ""))
        item.attrs = {"class": "ticked" if match[1] in "xX" else "task"}
