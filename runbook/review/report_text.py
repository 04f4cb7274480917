"""A report as the rules read it: lines, anchors, headings, links and ignores, and where a given item stands.

Only what stands outside fenced code counts: captured output may hold anything, an anchor or an ignore included.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_COMMENT = re.compile(
    r"<!-- (?:(?P<close>/?)runbook:(?P<name>[a-z_]+(?:[.:][a-z_]+)*)"
    r"|id (?P<id>[0-9A-Za-z][^\s<>]{0,160})"
    r"|empty (?P<empty>[a-z_]+(?:[.:][a-z_]+)*)) -->"
)
IGNORE_COMMENT = re.compile(r"<!--\s{0,9}runbook:ignore\b(?P<rest>[^\n]{0,1000}?)-->")
"""An ignore as somebody types it into a report."""
_IGNORED = re.compile(
    r"\s*(?P<rule>[A-Za-z]{2}[0-9]{1,6})?(?:\s+at\s+(?P<where>\S{1,160}):(?=\s|$)|\s*:)?\s*(?P<reason>.*)"
)
_FENCE = re.compile(r"[\s>]*(?:(?:[-+*]|\d{1,9}[.)])\s+){0,9}[\s>]*(`{3,}(?=[^`]*$)|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+|$)(?P<text>.*)")
_LINK = re.compile(
    r"\]\((?:<(?P<angled>[^<>\n]{1,500})>|(?P<target>[^()\s<][^()\s]{0,500}(?:\([^()\s]{0,100}\)[^()\s]{0,200})?))"
    r"(?:\s[^()\n]{0,200})?\)"
)
_DEFINITION = re.compile(
    r" {0,3}\[(?!\^)[^\[\]\n]{1,200}\]:[ \t]{0,9}(?:<(?P<angled>[^<>\n]{1,500})>|(?P<target>[^\s<]\S{0,500}))"
    r"(?=[ \t]{0,9}(?:$|[\"'(]))"  # more words behind it, and it is a sentence
)
_ATTRIBUTE = re.compile(
    r"<[a-z][^<>\n]{0,200}?\s(?:src|href)\s{0,3}=\s{0,3}[\"'](?P<target>[^\"'<>\n]{1,500})[\"']", re.IGNORECASE
)
_NAMED = re.compile(
    r"<[a-z][^<>\n]{0,200}?\s(?:id|name)\s{0,3}=\s{0,3}[\"'](?P<name>[^\"'<>\n]{1,200})[\"']", re.IGNORECASE
)
_DROP = re.compile(r"<!--.{0,300}?-->")


class Heading(NamedTuple):
    """A heading: 1-based line, level (1 to 6), text without anchors."""

    line: int
    level: int
    text: str


class Link(NamedTuple):
    """A link or picture: 1-based line and target as written."""

    line: int
    target: str


class InlineIgnore(NamedTuple):
    """``<!-- runbook:ignore RB012 reason -->`` as it stands in a report.

    Attributes:
        line: 1-based.
        rule: the code in capitals; empty where none is named.
        reason: why it does not hold here; empty where none is given.
        where: the id or field after ``at``, or empty.
        alone: whether the line holds nothing else.
    """

    line: int
    rule: str
    reason: str
    where: str
    alone: bool


class ReportText:
    """A report, indexed once.

    Attributes:
        lines: without their ends.
        ids: id -> lines on which its anchor stands, in order.
        fields: name of an anchored field -> (line it opens on, line it closes on), the first of that name.
        empty: name of a field nobody has filled -> line that says so.
        headings, links, ignores: in order; links are those of Markdown, of its definitions, and of HTML.
        names: places that HTML names, in lower case; a fragment may lead there.
    """

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.ids: dict[str, list[int]] = {}
        self.fields: dict[str, tuple[int, int]] = {}
        self.empty: dict[str, int] = {}
        self.headings: list[Heading] = []
        self.links: list[Link] = []
        self.ignores: list[InlineIgnore] = []
        self.names: set[str] = set()
        self._fenced: set[int] = set()
        fence, indent = "", 0
        for number, line in enumerate(self.lines, 1):
            stripped = line.strip(" >\t")
            if fence:
                self._fenced.add(number)
                if stripped.startswith(fence) and not stripped.strip(fence[0]) and len(line) - len(stripped) <= indent:
                    fence = ""
            elif (opening := _FENCE.match(line)) is not None:
                fence, indent = opening[1], len(line)
                self._fenced.add(number)
            else:
                self._read(number, line)

    def fenced(self, line: int) -> bool:
        """Whether a line belongs to fenced code."""
        return line in self._fenced

    def field_line(self, name: str) -> int | None:
        """The first line of what a field holds, or the one that says that it is empty."""
        if name in self.empty:
            return self.empty[name]
        if name not in self.fields:
            return None
        begin, end = self.fields[name]
        return next((n for n in range(begin + 1, end) if self.lines[n - 1].strip()), begin)

    def item_line(self, identifier: str, section: str = "") -> int | None:
        """The line of an item's anchor, inside ``section`` if it stands there."""
        lines = self.ids.get(anchor_id(identifier))
        if not lines:
            return None
        if section in self.fields:
            begin, end = self.fields[section]
            return next((line for line in lines if begin <= line <= end), lines[0])
        return lines[0]

    def passage_line(self, passage: str, around: int, section: str = "") -> int:
        """The line near ``around`` that holds ``passage``: a word or a few, as the record has them.

        An item's text ends at its anchor, so the lines above it up to the anchor before are looked at as well.
        """
        wanted = " ".join(passage.split()).lower()
        begin, end = self.fields.get(section, (around, around))
        if around in self._item_lines():
            first = around
            while first > 1 and first - 1 not in self._item_lines() and "<!-- runbook:" not in self.lines[first - 2]:
                first -= 1
            begin, end = first, around
        for number in range(max(begin, 1), end + 1):
            if wanted and wanted in _plain(self.lines[number - 1]):
                return number
        return around

    def section_of(self, line: int) -> tuple[int, int]:
        """First and last line of the smallest section (heading to heading of the same or a higher level) around it."""
        index = max((i for i, heading in enumerate(self.headings) if heading.line <= line), default=None)
        if index is None:
            return 1, len(self.lines)
        heading = self.headings[index]
        after = (other.line - 1 for other in self.headings[index + 1 :] if other.level <= heading.level)
        return heading.line, next(after, len(self.lines))

    def _item_lines(self) -> set[int]:
        if not hasattr(self, "_items"):
            self._items = {line for lines in self.ids.values() for line in lines}
        return self._items

    def _read(self, number: int, line: str) -> None:
        if (heading := _HEADING.match(line)) is not None:
            text = _DROP.sub("", heading["text"]).strip(" #")
            self.headings.append(Heading(number, len(heading[1]), text))
        if "<!--" in line:
            self._comments(number, line)
        patterns = (
            [_LINK] * ("](" in line) + [_DEFINITION] * ("]:" in line) + [_ATTRIBUTE] * ("<" in line and "=" in line)
        )
        for pattern in patterns:
            for match in pattern.finditer(line):
                parts = match.groupdict()
                if not in_code(line, match.start()) and (pattern is not _DEFINITION or match.start() == 0):
                    self.links.append(Link(number, parts.get("angled") or parts["target"]))
        if "<" in line and "=" in line:
            self.names |= {match["name"].lower() for match in _NAMED.finditer(line)}

    def _comments(self, number: int, line: str) -> None:
        for match in _COMMENT.finditer(line):
            if in_code(line, match.start()):
                continue
            if match["id"]:
                self.ids.setdefault(match["id"], []).append(number)
            elif match["empty"]:
                self.empty.setdefault(match["empty"], number)
            elif match["close"]:
                begin, end = self.fields.get(match["name"], (0, 1))
                if begin and end == begin:
                    self.fields[match["name"]] = (begin, number)
            else:
                self.fields.setdefault(match["name"], (number, number))
        for match in IGNORE_COMMENT.finditer(line):
            if not in_code(line, match.start()):
                self.ignores.append(inline_ignore(match, number, line))


def inline_ignore(match: re.Match[str], number: int, line: str) -> InlineIgnore:
    """What an ignore says that was found in ``line``, the report's line ``number``."""
    said = _IGNORED.fullmatch(match["rest"])
    alone = not IGNORE_COMMENT.sub("", line).strip()
    if said is None:
        return InlineIgnore(number, "", "", "", alone)
    rule, where = (said["rule"] or "").upper(), (said["where"] or "").replace("%2D", "-")
    return InlineIgnore(number, rule, said["reason"].strip(), where, alone)


def anchor_id(identifier: str) -> str:
    """``identifier`` as an anchor writes it: no ``--`` inside a comment."""
    return re.sub(r"(?<=-)-", "%2D", identifier)


def in_code(line: str, position: int) -> bool:
    """Whether ``position`` lies in a code span of this line."""
    return line.count("`", 0, position) % 2 == 1


def _plain(line: str) -> str:
    """A line without escapes and entities that Markdown needs, in lower case, to look for words in it."""
    text = line.replace("\\", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return " ".join(text.replace("\u200b", "").split()).lower()
