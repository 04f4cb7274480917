"""The shell in a Markdown file, at its own line numbers: everything that is no shell becomes an empty line."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.detect.artefacts.artefact import Artefact

MARKDOWN = (".md", ".markdown")
_SHELL = frozenset({"sh", "bash", "shell", "zsh", "dash", "ksh"})
_SESSION = frozenset({"console", "shell-session", "shellsession", "sh-session", "bash-session", "terminal"})
_PROMPT = re.compile(r"\s*(?:[\w.@:~/-]*[$%]|\([\w.-]+\)\s*\$)\s+")
_FENCE = "# ```"


def is_markdown(artefact: Artefact) -> bool:
    """Whether the file's name says Markdown; its text is then what :func:`shell_of` made of it."""
    return artefact.name.lower().endswith(MARKDOWN)


def shell_of(text: str) -> str:
    """Only the fenced shell of a Markdown text, every line where it was.

    Blocks that begin with a fence and ``sh``, ``bash``, ``shell``, ``console`` or the like are kept. Prompts become
    blanks; in a session what is no command becomes an empty line. The fences themselves become comments.
    """
    if "```" not in text and "~~~" not in text:
        return ""
    from markdown_it import MarkdownIt  # noqa: PLC0415  only for Markdown

    lines = text.replace("\r\n", "\n").split("\n")
    kept = [""] * len(lines)
    for token in MarkdownIt("commonmark").parse("\n".join(lines)):
        language = token.info.strip().split(" ")[0].strip("{}.").lower()
        if token.type != "fence" or token.map is None or language not in _SHELL | _SESSION:
            continue
        first, end = token.map
        body = token.content.split("\n")[:-1]  # without the list's or quote's indentation, so that here-documents end
        session = language in _SESSION or any(_PROMPT.match(line) for line in body)
        shown = list(_commands(body)) if session else body
        kept[first] = _FENCE
        for number, line in enumerate(shown, first + 1):
            if number < len(kept):
                kept[number] = line
        if end - 1 < len(kept) and end - 1 > first + len(shown):
            kept[end - 1] = _FENCE
    return "\n".join(kept)


def _commands(body: list[str]) -> Iterator[str]:
    """The commands of a session; output is left out."""
    continued = False
    for line in body:
        match = _PROMPT.match(line)
        if match is not None:
            line = " " * match.end() + line[match.end() :]  # noqa: PLW2901  columns stay true
        elif not continued:
            line = ""  # noqa: PLW2901
        continued = line.endswith("\\")
        yield line


def blocks_of(lines: list[str]) -> Iterator[tuple[int, str]]:
    """(index of its first line, text) of each block in what :func:`shell_of` returned."""
    start = 0
    for number, line in enumerate([*lines, _FENCE]):
        if line == _FENCE:
            text = "\n".join(lines[start:number])
            if text.strip():
                yield start, text + "\n"
            start = number + 1
