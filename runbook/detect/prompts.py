"""What pasted commands hold that no shell was given: prompts, and the `<names>` of documentation."""

from __future__ import annotations

import re

_PROMPT = re.compile(
    r"^\s*(?:"
    r"(?:[$%>]\s+)+"  # `$ ls`, `% ls`, the `> ` of a continued line
    r"|\[?(?:\([\w.-]{1,40}\)\s?)?[\w.-]{1,40}@[\w.-]{1,80}[:\s][^$#%\n|&;<>]{0,120}[$#%]\s+"  # `root@web1:/srv# ls`
    r"|(?:PS )?[\w.-]{0,40}:?[~/][\w./~-]{0,120}\]?\s?[$#%]\s+"  # `web1:/srv$ ls`, `~/app $ ls`
    r"|(?:ba)?sh-\d[\d.]{0,8}[$#]\s+"  # `sh-5.1# ls`
    r")"
)


_PLACEHOLDER = re.compile(r"(?<=[\s=:/@])<([A-Za-z][\w. -]{0,60})>(?=[\s:/@.,]|$)", re.MULTILINE)


def prompt_length(line: str) -> int:
    """How many characters of ``line`` are a prompt.

    A lone ``#`` is none: in what people paste it is a comment far more often.
    """
    match = _PROMPT.match(line)
    return 0 if match is None else match.end()


def as_typed(text: str) -> str:
    """``text`` with blanks where its lines have prompts and words for placeholders; everything stays where it stood."""
    if "<" in text:
        text = _PLACEHOLDER.sub(lambda match: f"_{re.sub('[^A-Za-z]', '_', match[1])}_", text)
    if not any(mark in text for mark in "$%>#"):
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        length = prompt_length(line)
        if length:
            lines[number] = " " * length + line[length:]
    return "\n".join(lines)
