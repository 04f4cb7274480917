"""Shell text into commands by its grammar (tree-sitter-bash): pipelines, compound commands, substitutions and so on.

Where the grammar gives up on a line, :mod:`runbook.detect.shellwords` reads that line and the parser goes on after it.
Loading the grammar costs some milliseconds: callers look for a word that matters first.
"""

from __future__ import annotations

import re

from runbook.detect.shellgrammar import STEPS, STEPS_PER_CHARACTER, line_end, load_parser, parse, readable
from runbook.detect.shelltext import CLOSE, MAX_FED, OPEN, SUBSTITUTION, Raw, Script, Word
from runbook.detect.shellwords import split_commands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runbook.detect.shelltext import Event

MAX_TREE = 150
"""Levels of the tree that are walked; what is nested deeper is left out."""

MAX_RESTARTS = 40
"""Lines that the grammar cannot read in one text; from then on the splitter takes the rest."""

_OPERATORS = frozenset({"&&", "||", ";", "|", "|&", "&", ";;", ";&", ";;&"})
_BODIES = frozenset(
    {
        *("program", "compound_statement", "do_group", "if_statement", "elif_clause", "else_clause", "list"),
        *("while_statement", "for_statement", "c_style_for_statement", "case_statement", "case_item"),
        *("function_definition", "negated_command", "ERROR", "select_statement"),
    }
)
_VALUES = frozenset({"variable", "value"})
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}


def read_commands(script: Script) -> list[Event] | None:
    """The commands of ``script`` in order, :data:`~runbook.detect.shelltext.OPEN` and ``CLOSE`` around subshells.

    Returns:
        None if the grammar is not installed for this platform.
    """
    parser = load_parser()
    if parser is None:
        return None
    events: list[Event] = []
    begin, restarts = 0, 0
    steps = STEPS + len(script.text) * STEPS_PER_CHARACTER
    while begin < len(script.text):
        part = script if begin == 0 else script.slice(begin, len(script.text))
        root, steps = parse(parser, part.text, steps) if restarts <= MAX_RESTARTS else (None, 0)
        if root is None:
            return events + split_commands(part)
        if not root.has_error:
            return events + _Walk(part).events(root.children)
        good, stop = readable(root, part.text)
        events += _Walk(part).events(good)
        end = line_end(part.text, stop)
        events += split_commands(part.slice(stop, end))
        begin += end
        restarts += 1
    return events


class _Walk:
    """Turns nodes into events."""

    def __init__(self, script: Script, depth: int = 0) -> None:
        self.script = script
        self.depth = depth
        self.out: list[Event] = []

    def events(self, nodes: list[Any], before: str = "") -> list[Event]:
        self.statements(nodes, before)
        return self.out

    def raws_since(self, mark: int) -> list[Raw]:
        return [event for event in self.out[mark:] if isinstance(event, Raw)]

    # --- statements -----------------------------------------------------------------------------------------------

    def statements(self, nodes: list[Any], before: str) -> None:
        for node in nodes:
            if not node.is_named:
                before = node.type if node.type in _OPERATORS else before
            else:
                mark = len(self.out)
                self.statement(node, before)
                if len(self.out) > mark:
                    before = "\n"

    def statement(self, node: Any, before: str) -> None:
        self.depth += 1
        if self.depth <= MAX_TREE:
            kind = node.type
            if kind in ("command", "declaration_command", "unset_command"):
                self.command(node, before)
            elif kind == "redirected_statement":
                self.redirected(node, before)
            elif kind == "pipeline":
                self.pipeline(node.children, before, [])
            elif kind == "subshell":
                self.out.append(OPEN)
                self.statements(node.children, before)
                self.out.append(CLOSE)
            elif kind in _BODIES:
                self.body(node, before)
            elif kind != "comment":
                self.alone(node, before)
        self.depth -= 1

    def body(self, node: Any, before: str) -> None:
        """A compound command: what it runs, and what its own words substitute."""
        statements = []
        for at, child in enumerate(node.children):
            if node.field_name_for_child(at) in _VALUES or child.type in ("word", "concatenation", "string"):
                self.alone(child, before)
            else:
                statements.append(child)
        self.statements(statements, before)

    def alone(self, node: Any, before: str) -> None:
        """No command by itself (a test, an assignment, a value): only what it substitutes runs."""
        inner: list[list[Event]] = []
        self.substitutions(node, inner)
        if inner:
            raw = Raw(before, self.script.span(node.start_byte, node.end_byte))
            raw.words.append(Word("", [], (raw.start, raw.end), inner=inner))
            self.out.append(raw)

    def pipeline(self, nodes: list[Any], before: str, fed_by: list[Raw]) -> None:
        for node in nodes:
            if not node.is_named:
                before = node.type if node.type in _OPERATORS else before
                continue
            mark = len(self.out)
            self.statement(node, before)
            made = self.raws_since(mark)
            for raw in made:
                raw.fed_by = [*fed_by, *raw.fed_by][-MAX_FED:]
            fed_by = [*fed_by, *made][-MAX_FED:]

    def redirected(self, node: Any, before: str) -> None:
        mark = len(self.out)
        later: list[tuple[Any, str | None]] = []
        for at, child in enumerate(node.children):
            if node.field_name_for_child(at) == "redirect":
                later.append((child, None))
            elif child.is_named:
                self.statement(child, before)
        made = self.raws_since(mark)
        if not made:  # a redirection without a command, such as `> file`
            raw = Raw(before, self.script.span(node.start_byte, node.end_byte))
            self.out.append(raw)
            made = [raw]
        for child, _field in later:
            self.redirect(child, made)

    # --- one command ----------------------------------------------------------------------------------------------

    def command(self, node: Any, before: str) -> None:
        raw = Raw(before, self.script.span(node.start_byte, node.end_byte))
        redirects = []
        for child in node.children:
            if child.type == "command_name":
                raw.words.extend(self.word(each) for each in child.children)
            elif child.type.endswith("_redirect"):
                redirects.append(child)
            elif child.is_named or child.type in (
                "export",
                "declare",
                "typeset",
                "readonly",
                "local",
                "unset",
                "unsetenv",
            ):
                raw.words.append(self.word(child))
            elif child.type not in _OPERATORS and child.end_byte > child.start_byte:
                raw.words.append(self.word(child))  # such as `=` or `==` as an argument
        self.out.append(raw)
        for redirect in redirects:
            self.redirect(redirect, [raw])

    def redirect(self, node: Any, made: list[Raw]) -> None:
        """A redirection of the statement that made these commands; where several share one, the last has it."""
        raw = made[-1]
        if node.type == "file_redirect":
            marks = next((child.type for child in node.children if child.type.strip("<>&|") == ""), "")
            words = [
                self.word(child)
                for at, child in enumerate(node.children)
                if node.field_name_for_child(at) == "destination"
            ]
            for word in words:
                if not (marks.endswith("&") and (word.text.isdigit() or word.text == "-")):
                    (raw.writes if ">" in marks else raw.reads).append(word)
                    continue
        elif node.type == "herestring_redirect":
            raw.stdin = next((self.word(child) for child in node.children if child.is_named), None)
        elif node.type == "heredoc_redirect":
            self.heredoc(node, made)
        end = self.script.span(node.start_byte, max(node.start_byte + 1, _first_line_end(node, self.script.text)))[1]
        raw.end = max(raw.end, end)

    def heredoc(self, node: Any, made: list[Raw]) -> None:
        """Its body, and what else stands on its first line: words, redirections, the rest of the pipeline."""
        raw, before = made[-1], ""
        for at, child in enumerate(node.children):
            field = node.field_name_for_child(at)
            if child.type == "heredoc_body":
                inner: list[list[Event]] = []
                self.substitutions(child, inner)
                raw.stdin = self.plain(child.start_byte, child.end_byte, inner=inner)
            elif child.type in ("heredoc_start", "heredoc_end") or child.type.startswith("<<"):
                continue
            elif child.type.endswith("_redirect"):
                self.redirect(child, [raw])
            elif child.type == "pipeline":
                self.pipeline(child.children, "|", [*raw.fed_by, raw])
            elif field == "argument":
                raw.words.append(self.word(child))
            elif not child.is_named:
                before = child.type if child.type in _OPERATORS else before
            else:
                self.statement(child, before)

    # --- words ----------------------------------------------------------------------------------------------------

    def plain(self, start: int, end: int, *, inner: list[list[Event]] | None = None) -> Word:
        text = self.script.text[start:end]
        return Word(text, list(self.script.places(start, end - start)), self.script.span(start, end), inner=inner)

    def word(self, node: Any) -> Word:
        letters: list[str] = []
        places: list[int] = []
        inner: list[list[Event]] = []
        quoted = self.letters(node, letters, places, inner)
        span = self.script.span(node.start_byte, node.end_byte)
        return Word("".join(letters), places, span, quoted=quoted, inner=inner)

    def letters(self, node: Any, letters: list[str], places: list[int], inner: list[list[Event]]) -> bool:
        """Add a node's characters without their quotes. Returns whether there were any."""
        text, start, end, kind = self.script.text, node.start_byte, node.end_byte, node.type

        def take(begin: int, stop: int) -> None:
            letters.append(text[begin:stop])
            places.extend(self.script.places(begin, stop - begin))

        if kind == "raw_string":
            take(start + 1, end - 1)
            return True
        if kind in ("concatenation", "variable_assignment", "translated_string", "command_name"):
            quoted = False
            for child in node.children:
                if child.type != "$":
                    quoted |= self.letters(child, letters, places, inner)
            return quoted
        if kind == "string":
            self.substitutions(node, inner)
            _unescape(text, start + 1, end - 1, take, '"\\$`')
            return True
        if kind == "ansi_c_string":
            self.ansi(start + 2, end - 1, letters, places)
            return True
        if kind in ("word", "extglob_pattern", "regex"):
            return _unescape(text, start, end, take, None)
        self.substitutions(node, inner)
        take(start, end)
        return False

    def ansi(self, start: int, end: int, letters: list[str], places: list[int]) -> None:
        text, at = self.script.text, start
        while at < end:
            begin, char = at, text[at]
            at += 1
            if char == "\\" and at < end:
                char = text[at]
                at += 1
                code = re.compile(r"x([0-9a-fA-F]{1,2})|([0-7]{1,3})").match(text, at - 1, end)
                if code:
                    char, at = chr(int(code[1], 16) if code[1] else int(code[2], 8) & 0xFF), code.end()
                else:
                    char = _ESCAPES.get(char, char)
            letters.append(char)
            places.append(self.script.place(begin))

    def substitutions(self, node: Any, inner: list[list[Event]]) -> None:
        """What the substitutions anywhere in a node run."""
        if node.type in ("command_substitution", "process_substitution"):
            inner.append(_Walk(self.script, self.depth + 1).events(node.children, SUBSTITUTION))
            return
        self.depth += 1
        if self.depth <= MAX_TREE:
            for child in node.children:
                self.substitutions(child, inner)
        self.depth -= 1


def _unescape(text: str, start: int, end: int, take: Any, only: str | None) -> bool:
    """Take ``text[start:end]`` without the backslashes in front of ``only`` (None: any). Whether it had some."""
    at = text.find("\\", start, end)
    if at < 0:
        take(start, end)
        return False
    while 0 <= at < end - 1:
        following = text[at + 1]
        if following == "\n":
            take(start, at)
            start = at + 2
        elif only is None or following in only:
            take(start, at)
            start = at + 1
        at = text.find("\\", at + 2, end)
    take(start, end)
    return True


def _first_line_end(node: Any, text: str) -> int:
    """Where a redirection ends on its own line: a here-document's body is not underlined."""
    end: int = node.end_byte
    if node.type == "heredoc_redirect":
        line = text.find("\n", node.start_byte)
        end = min(end, line if line >= 0 else end)
    return end
