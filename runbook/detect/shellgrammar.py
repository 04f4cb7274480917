"""The shell's grammar (tree-sitter-bash) and the limits within which it is asked: no text makes it slow.

Offsets are those of the text, characters and not bytes: what is not ASCII goes in as one character each.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STEPS = 200
STEPS_PER_CHARACTER = 1 / 60
"""How long the parser may go on, counted in its own steps and over all restarts: real scripts need a third of that,
and error recovery in hostile text would take minutes."""

_READS = 200
"""How often it may look something up again, beside a part of the text's length: its recovery from errors does."""

_LONG_LINE = re.compile(r"[^\n]{4096}")
"""Nobody writes such a line, and the parser's time and memory grow with its square."""

_NO_SHELL = re.compile(r"[<>|&;(){}]{24}|(?:[<>|&;(){}\[\]!$`=*?~] ?){48}")
"""Runs of punctuation that no script has and that the parser is slow to give up on."""

_UNREADABLE = re.compile(r"[^\x09\x0a\x20-\x7e]")
_parser: Any = None


def load_parser() -> Any:
    """The parser; None if the grammar is not installed for this platform."""
    global _parser  # noqa: PLW0603  loaded once a process, when first needed
    if _parser is None:
        try:
            import tree_sitter  # noqa: PLC0415  costs milliseconds that most calls do not need
            import tree_sitter_bash  # noqa: PLC0415

            _parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
        except (ImportError, OSError, ValueError, TypeError, AttributeError):  # no wheel, or one that does not fit
            _parser = False
    return _parser or None


def parse(parser: Any, text: str, steps: float) -> tuple[Any, float]:
    """The root of the tree and the steps that are left; None where the parser would take too long."""
    if _LONG_LINE.search(text) or _NO_SHELL.search(text):
        return None, steps
    data = _UNREADABLE.sub(_placeholder, text).encode("ascii")

    reads = _READS + len(data) // 64

    def read(offset: int, _point: object) -> bytes:
        nonlocal reads
        reads -= 1
        return data[offset : offset + 4096] if reads > 0 else b""

    def enough(_offset: int, _has_error: bool) -> bool:
        nonlocal steps
        steps -= 1
        return steps < 0 or reads <= 0

    try:
        tree = parser.parse(read, progress_callback=enough)
    except ValueError:
        parser.reset()
        return None, 0
    return (tree.root_node, steps) if reads > 0 else (None, 0)


def _placeholder(match: re.Match[str]) -> str:
    """One ASCII character for one character, so that the grammar's byte offsets are ours."""
    return " " if match[0] < " " or match[0] == "\x7f" else "x"


def readable(root: Any, text: str) -> tuple[list[Any], int]:
    """The statements before the line of the first error, and where that line begins."""
    good: list[Any] = []
    for child in root.children:
        if child.has_error or child.is_missing:
            stop = text.rfind("\n", 0, child.start_byte) + 1
            return [each for each in good if each.end_byte <= stop], _after(good, stop)
        good.append(child)
    return [], 0


def _after(good: list[Any], stop: int) -> int:
    """The first byte that no readable statement holds: one may begin above the bad line and end on it."""
    return next((each.start_byte for each in good if each.end_byte > stop), stop)


def line_end(text: str, begin: int) -> int:
    """Where the line from ``begin`` ends: continuations and the bodies of its here-documents included."""
    end = begin
    while True:
        end = text.find("\n", end)
        if end < 0:
            return len(text)
        if end == begin or text[end - 1] != "\\":
            break
        end += 1
    for heredoc in re.finditer(r"<<-?[ \t]*[\\'\"]?([A-Za-z_][\w.-]*)", text[begin:end]):
        closing = re.compile(rf"^[ \t]*{re.escape(heredoc[1])}[ \t]*$", re.MULTILINE).search(text, end + 1)
        if closing is None:
            return len(text)
        end = closing.end()
    return min(end + 1, len(text))
