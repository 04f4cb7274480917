"""Reading a runbook: Markdown as CommonMark reads it, so that what GitHub shows is what is played."""

from __future__ import annotations

import hashlib
import re
import shlex
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

from runbook.errors import BadInputError
from runbook.model.guide import Act, Guide, Placeholder, Problem, Step
from runbook.model.times import parse_duration
from runbook.model.yamltext import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markdown_it.token import Token

SHELLS = {"sh": "sh", "shell": "sh", "console": "sh", "bash": "bash"}
ROLES = ("run", "verify", "rollback", "expect")
PLACEHOLDER = re.compile(r"\{\{\s*([A-Z][A-Z0-9_]*)\s*\}\}")
_NAME = re.compile(r"^[A-Z][A-Z0-9_]*$")
_FRONT = re.compile(r"\A---\r?\n(.*?)^---\r?$\n?", re.DOTALL | re.MULTILINE)
_BOX = re.compile(r"^\[[ xX]\]\s+(.*)$", re.DOTALL)
_SIGN_OFF = re.compile(r"^(?:\*\*)?sign-off:?(?:\*\*)?:?\s*(.*)$", re.IGNORECASE | re.DOTALL)
_NUMBERED = re.compile(r"^(?:step\s+)?\d+\s*[.:)]\s*", re.IGNORECASE)
_HEADER_KEYS = {"title", "summary", "needs", "placeholders", "folder"}
_PLACEHOLDER_KEYS = {"ask", "default", "pattern"}


def read_guide(text: str, path: str) -> Guide:
    """The runbook in ``text``. What cannot be read becomes a problem of it.

    Raises:
        BadInputError: the front matter is no YAML; names file and line.
    """
    reader = _Reader(path)
    body, before = reader.front_matter(text)
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(body)
    reader.read(tokens, before)
    return reader.guide(hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest())


class _Section:
    """A heading of the second level and what stands below it."""

    def __init__(self, title: str, line: int) -> None:
        self.title = title
        self.line = line
        self.prose: list[str] = []
        self.acts: list[Act] = []
        self.rollback: list[Act] = []


class _Reader:
    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.title = self.summary = self.folder = ""
        self.needs: list[str] = []
        self.placeholders: dict[str, Placeholder] = {}
        self.sections: list[_Section] = []
        self.links: list[tuple[str, int]] = []
        self.anchors: dict[str, None] = {}
        self._intro: list[str] = []

    def problem(self, line: int, code: str, message: str, hint: str = "") -> None:
        """Note something that cannot be read."""
        self.problems.append(Problem(line, code, "error", message, hint))

    # --- front matter -------------------------------------------------------------------------------------------

    def front_matter(self, text: str) -> tuple[str, int]:
        """The document below the front matter, and how many lines stand above it."""
        match = _FRONT.match(text)
        if match is None:
            return text, 0
        located = parse_yaml("\n" + match[1], file=self.path)
        data = located.data if isinstance(located.data, dict) else {}
        for key in data.keys() - _HEADER_KEYS:
            self.problem(
                located.line((str(key),)) or 1,
                "front-matter",
                f"unknown key {key!r}",
                f"known: {', '.join(sorted(_HEADER_KEYS))}",
            )
        self.title, self.summary, self.folder = (str(data.get(key) or "") for key in ("title", "summary", "folder"))
        needs = data.get("needs") or []
        self.needs = [str(each) for each in (needs if isinstance(needs, list) else [needs])]
        given = data.get("placeholders") or {}
        if not isinstance(given, dict):
            self.problem(located.line(("placeholders",)) or 1, "front-matter", "placeholders must be names with values")
            given = {}
        for name, value in given.items():
            self._placeholder(str(name), value, located.line(("placeholders", name)) or 1)
        return text[match.end() :], match[0].count("\n")

    def _placeholder(self, name: str, value: Any, line: int) -> None:
        if not _NAME.match(name):
            self.problem(line, "placeholder", f"{name!r} is no placeholder's name", "capitals, digits and _: TAG")
            return
        if not isinstance(value, dict):
            value = {} if value is None else {"default": value}
        for key in value.keys() - _PLACEHOLDER_KEYS:
            self.problem(line, "front-matter", f"unknown key {key!r} of {name}", "known: ask, default, pattern")
        default = value.get("default")
        pattern = str(value.get("pattern") or "")
        if pattern:
            try:
                _compile(pattern)
            except ValueError as error:
                self.problem(line, "pattern", f"the pattern of {name} cannot be read: {error}")
                pattern = ""
        self.placeholders[name] = Placeholder(
            name, str(value.get("ask") or ""), None if default is None else str(default), pattern, line
        )

    # --- the body -----------------------------------------------------------------------------------------------

    def read(self, tokens: Sequence[Token], before: int) -> None:
        """Go through the blocks. ``before``: lines above the first of them in the file."""
        for number, token in enumerate(tokens):
            line = (token.map[0] if token.map else 0) + 1 + before
            if token.type == "heading_open":
                self._heading(token, tokens[number + 1], line)
            elif token.type == "fence":
                self._fence(token, line)
            elif token.type == "inline":
                self._inline(token, tokens, number, line)

    def _heading(self, token: Token, inline: Token, line: int) -> None:
        words = inline.content.strip()
        self._anchor(words)
        if token.tag == "h1" and not self.sections:
            self.title = self.title or words
        elif token.tag == "h2":
            self.sections.append(_Section(_NUMBERED.sub("", words) or words, line))

    def _anchor(self, words: str) -> None:
        """As GitHub makes them: small letters, blanks to dashes, a number where it stands again."""
        slug = re.sub(r"[^\w\- ]", "", words.lower()).strip().replace(" ", "-")
        number, made = 0, slug
        while made in self.anchors:
            number += 1
            made = f"{slug}-{number}"
        self.anchors[made] = None

    def _inline(self, token: Token, tokens: Sequence[Token], number: int, line: int) -> None:
        for child in token.children or []:
            if child.type == "link_open":
                self.links.append((str(child.attrGet("href") or ""), line))
            elif child.type == "image":
                self.links.append((str(child.attrGet("src") or ""), line))
        kind = tokens[number - 1].type
        if kind == "heading_open":
            return
        in_list = number >= 2 and tokens[number - 2].type == "list_item_open"
        box = _BOX.match(token.content) if in_list else None
        if box is not None and self.sections:
            signed = _SIGN_OFF.match(box[1])
            words = " ".join((signed[1] if signed else box[1]).split())
            self.sections[-1].acts.append(Act("sign-off" if signed else "manual", words or "somebody else", line))
        elif kind == "paragraph_open":
            if not self.sections:
                self._intro.append(token.content)
            elif not self.sections[-1].acts:
                self.sections[-1].prose.append(token.content)

    def _fence(self, token: Token, line: int) -> None:
        try:
            words = shlex.split(token.info)
        except ValueError:
            self.problem(
                line, "fence", f"the marks cannot be read: {token.info}", 'quote values with blanks: expect="all good"'
            )
            return
        role = words[1] if len(words) > 1 else ""
        if role not in ROLES:
            return
        if not self.sections:
            self.problem(
                line, "fence", f"a block marked `{role}` stands outside every step", "put it below a ## heading"
            )
            return
        if role == "expect":
            self._expect(token, line)
            return
        if words[0] not in SHELLS:
            self.problem(line, "fence", f"`{words[0]}` is no shell that can be played", "use sh or bash")
            return
        act = self._act(role, SHELLS[words[0]], token.content.rstrip("\n"), words[2:], line)
        section = self.sections[-1]
        (section.rollback if role == "rollback" else section.acts).append(act)

    def _expect(self, token: Token, line: int) -> None:
        section = self.sections[-1]
        target = next((act for act in reversed(section.acts) if not act.by_hand), None)
        if target is None:
            self.problem(line, "expect", "an expected output stands before every command of its step")
            return
        lines = tuple(each.strip() for each in token.content.splitlines() if each.strip())
        for each in lines:
            self._check_pattern(each, line)
        section.acts[section.acts.index(target)] = _with(target, expected=(*target.expected, *lines))

    def _act(self, role: str, shell: str, text: str, marks: Sequence[str], line: int) -> Act:
        act = Act(role, text, line, shell)  # type: ignore[arg-type]  # one of ROLES, `expect` went elsewhere
        for mark in marks:
            name, equals, value = mark.partition("=")
            reader = _MARKS.get(name)
            if reader is None or not equals:
                self.problem(line, "mark", f"unknown mark {mark!r}", f"known: {', '.join(sorted(_MARKS))}, each with =")
                continue
            try:
                act = _with(act, **reader(value))
            except (ValueError, BadInputError):
                self.problem(line, "mark", f"{name} cannot be {value!r}")
        for each in act.expected:
            self._check_pattern(each, line)
        return act

    def _check_pattern(self, expected: str, line: int) -> None:
        if len(expected) > 2 and expected.startswith("/") and expected.endswith("/"):
            try:
                _compile(expected[1:-1])
            except ValueError as error:
                self.problem(line, "pattern", f"{expected} cannot be read: {error}")

    def guide(self, digest: str) -> Guide:
        """What was read."""
        steps = tuple(
            Step(each.title, "\n\n".join(each.prose), each.line, tuple(each.acts), tuple(each.rollback))
            for each in self.sections
            if each.acts or each.rollback
        )
        return Guide(
            self.path,
            self.title or "Runbook",
            self.summary or (self._intro[0] if self._intro else ""),
            tuple(self.needs),
            self.placeholders,
            self.folder,
            steps,
            tuple(self.links),
            frozenset(self.anchors),
            digest,
            tuple(self.problems),
        )


def _with(act: Act, **changes: Any) -> Act:
    from dataclasses import replace  # noqa: PLC0415  beside its only use

    return replace(act, **changes)


def _compile(pattern: str) -> Any:
    """A pattern in the linear-time subset.

    Raises:
        ValueError: it is none.
    """
    import re2  # noqa: PLC0415  only runbooks with patterns

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(str(error)) from None


def _seconds(value: str) -> float:
    return parse_duration(value).total_seconds()


_MARKS: dict[str, Callable[[str], dict[str, Any]]] = {
    "timeout": lambda value: {"limit": _seconds(value)},
    "exit": lambda value: {"status": int(value)},
    "expect": lambda value: {"expected": (value,)},
    "if": lambda value: {"only_if": value},
    "unless": lambda value: {"unless": value},
    "retries": lambda value: {"tries": max(1, int(value) + 1)},
    "wait": lambda value: {"pause": _seconds(value)},
    "in": lambda value: {"folder": value},
}
"""What may stand behind the role in a fence's info string."""
