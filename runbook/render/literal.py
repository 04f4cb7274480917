"""Captured text, literal everywhere: the one place that knows what Markdown and its hosts would make of it.

GitHub and GitLab look at text twice: once as Markdown (GitHub Flavored Markdown, https://github.github.com/gfm/), and
once more at the finished page, for ``@names``, ``#123``, ``:emoji:``, addresses and commit ids. The first pass is
stopped by a backslash. The second sees through it, so there a zero-width space (U+200B) breaks the pattern; what people
copy into a terminal, addresses and hexadecimal ids, becomes code instead, which neither pass touches.

Each way to write has a way back: ``unescape_inline(escape_inline(text)) == visible(text)``.
"""

from __future__ import annotations

import re

INVISIBLE = "\u200b"
"""What breaks a mention, an issue number or an address. Never part of the text itself: see :func:`visible`."""

INFO_STRINGS = frozenset(
    {"bash", "console", "css", "diff", "dockerfile", "go", "html", "ini", "javascript", "json", "python", "rust", "sh"}
    | {"shell", "sql", "text", "toml", "typescript", "xml", "yaml"}
)
"""The only languages a fence may name: others, such as ``mermaid``, are executed by the page that shows them."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_PAGE_PATTERNS = (
    r"@|#(?=\d)|!(?=\d)|(?i:gh-)(?=\d)|(?i:www)(?=\.)|:(?!\d{1,2}:)(?=[A-Za-z0-9_+-]{1,60}:)"
    r"|(?<![0-9A-Za-z])(?=[a-f]{0,39}\d)[0-9a-f]{7,40}(?![0-9A-Za-z])"
)
_ADDRESS = r"[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s|`]*[^\s|`.,;:!?)\]}'\"<>]"
_SPECIAL = re.compile(
    _ADDRESS + r"|\\|[`*\[\]<|~$]|_|&(?=#?[0-9A-Za-z]{1,40};)|\n"
    r"|^[-+=>]|^#{1,6}(?=[ #]|\Z)|^\d{1,9}[.)]|(?:(?<=[ \t])|^)#+\Z"
    r"|^\s|\s\Z|(?<=\n)[ \t]|[ \t](?=\n)|" + _PAGE_PATTERNS
)
_AS_CODE = re.compile(_ADDRESS + r"|(?=[a-f]{0,39}\d)[0-9a-f]{7,40}")
"""What :func:`escape_inline` writes as code. The second pass of the host would make a link of it."""
_ESCAPED = re.compile(r"<br ?/?>|&(?:amp|#\d{1,7});|\\[!-/:-@\[-`{-~]|`[^`]*`|" + INVISIBLE)
_DIVIDER = re.compile(r"&(?:amp|#\d{1,7});|[,:;](?= |\Z)")
_TICKS = re.compile("`+")
_FIXED = {
    "\n": "<br>",
    "&": "&amp;",
    **{character: character + INVISIBLE for character in "@!:"},
}


def visible(text: str) -> str:
    r"""``text`` as a report can show it.

    Line ends become ``\n``. What a reader could not see or what would reorder the page (control characters,
    bidirectional marks, zero-width spaces, half surrogates) becomes its name, such as ``<U+202E>``.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)


def escape_inline(text: str) -> str:
    """``text`` for a table cell, a heading, a list item or a paragraph; a line break becomes ``<br>``."""
    return _not_alone(_SPECIAL.sub(_escape, visible(text)))


def escape_dividers(markdown: str) -> str:
    """What :func:`escape_inline` made, with a backslash before each comma, colon or semicolon that could divide it."""
    return _DIVIDER.sub(lambda match: match[0] if match[0][0] == "&" else "\\" + match[0], markdown)


def _not_alone(markdown: str) -> str:
    """A ``<br>`` alone on its line would be a block of HTML, which takes the lines below with it."""
    return INVISIBLE + markdown if markdown == "<br>" else markdown


def _escape(match: re.Match[str]) -> str:
    found, text, start = match[0], match.string, match.start()
    if found in _FIXED:
        return _FIXED[found]
    if found.isspace():
        return f"&#{ord(found)};"
    if found == "_":
        # Between letters or digits an underscore is never emphasis; names such as DATABASE_URL stay readable.
        inside = 0 < start < len(text) - 1 and text[start - 1].isalnum() and text[start + 1].isalnum()
        return "_" if inside else "\\_"
    if found[0] == "#":
        starts_or_ends_a_heading = start == 0 or match.end() == len(text)
        return ("\\" + found if starts_or_ends_a_heading else found) + _break_number(text, match.end())
    return _escape_word(found) if found[0].isalnum() else "\\" + found


def _escape_word(found: str) -> str:
    if found[-1] in ".)":
        return f"{found[:-1]}\\{found[-1]}"  # the number of a list
    return found + INVISIBLE if found.lower() in {"www", "gh-"} else f"`{found}`"


def _break_number(text: str, end: int) -> str:
    return INVISIBLE if text[end : end + 1].isdigit() else ""


def unescape_inline(markdown: str) -> str:
    """What :func:`escape_inline` was given, after :func:`visible`. Text that a person typed by hand reads as typed.

    So do the backticks around a word; only those around what is always written as code are none of the text.
    """
    return _ESCAPED.sub(_unescape, markdown)


def _unescape(match: re.Match[str]) -> str:
    found = match[0]
    if found == INVISIBLE:
        return ""
    if found.startswith("<br"):
        return "\n"
    if found[0] == "`":
        return found[1:-1] if _AS_CODE.fullmatch(found, 1, len(found) - 1) else found
    if found == "&amp;":
        return "&"
    if found.startswith("&#"):
        return chr(min(int(found[2:-1]), 0x10FFFF))
    return found[1:]


def code_span(text: str, *, cell: bool = False) -> str:
    r"""``text`` as code. A code span cannot hold a line break, so each line is one, with ``<br>`` between.

    Args:
        text: anything; an empty text gives an empty string, since Markdown knows no empty code span.
        cell: it goes into a table, where ``|`` needs a backslash even inside code. Elsewhere that backslash would show.
    """
    return _not_alone("<br>".join(_span(line, cell=cell) for line in visible(text).split("\n")))


def _span(line: str, *, cell: bool) -> str:
    if not line:
        return ""
    ticks = "`" * (longest_ticks(line) + 1)
    blank = not line.strip(" ")
    padded = not blank and ("`" in {line[0], line[-1]} or (line[0] == line[-1] == " "))
    pad = " " if padded else ""
    return ticks + pad + (line.replace("|", "\\|") if cell else line) + pad + ticks


def unescape_code(markdown: str, *, cell: bool = False) -> str:
    """What :func:`code_span` was given, after :func:`visible`; anything that is no code span is read as inline text."""
    lines: list[str] = []
    position = 0
    while True:
        opening = _TICKS.match(markdown, position)
        end = markdown.find(opening[0], opening.end()) if opening else -1
        if opening and end != -1:
            inner = markdown[opening.end() : end]
            position = end + len(opening[0])
            if inner.strip(" ") and inner[0] == inner[-1] == " ":
                inner = inner[1:-1]
            lines.append(inner.replace("\\|", "|") if cell else inner)
        else:
            end = markdown.find("<br>", position)
            end = len(markdown) if end == -1 else end
            lines.append(unescape_inline(markdown[position:end]))
            position = end
        if not markdown.startswith("<br>", position):
            return "\n".join(lines) + unescape_inline(markdown[position:])
        position += len("<br>")


def fence(text: str, info: str = "text") -> str:
    """``text`` as a fenced block, longer than any run of backticks inside. ``info`` is one of :data:`INFO_STRINGS`."""
    body = visible(text).removesuffix("\n")
    ticks = "`" * max(3, longest_ticks(body) + 1)
    return f"{ticks}{info if info in INFO_STRINGS else 'text'}\n{body}\n{ticks}"


def longest_ticks(text: str) -> int:
    """Length of the longest run of backticks."""
    return max((len(run) for run in _TICKS.findall(text)), default=0)


def comment_id(identifier: str) -> str:
    """``identifier`` for an anchor: GitHub's parser takes no ``--`` inside a comment, so the second one is ``%2D``."""
    return re.sub(r"(?<=-)-", "%2D", identifier)
