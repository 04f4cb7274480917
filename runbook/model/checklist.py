"""A checklist as a file: a heading, a sentence, and boxes."""

from __future__ import annotations

import re
from dataclasses import dataclass

NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,59}$")
"""What a checklist may be called: its file's name without ``.md``."""

_HEADING = re.compile(r"^# +(\S.*?) *#*$")
_BOX = re.compile(r"^\s*[-*+] \[[ xX]\] +(\S.*)$")


@dataclass(frozen=True, slots=True)
class ChecklistFile:
    """What a file says.

    Attributes:
        name: the file's name without ending.
        title: its heading.
        intro: what stands between heading and boxes.
        items: the texts of the boxes, in order.
        source: where it lies; ``built-in`` for those that come with the program.
    """

    name: str
    title: str
    intro: str
    items: tuple[str, ...]
    source: str


def read_checklist(text: str, *, name: str, source: str) -> ChecklistFile:
    """Read a file: ``# Title``, prose, ``- [ ] …``.

    Raises:
        ValueError: it has no boxes, or one stands twice; says which line.
    """
    title, intro, items = "", [], dict[str, int]()
    for number, line in enumerate(text.splitlines(), start=1):
        box, heading = _BOX.match(line), _HEADING.match(line)
        if box is not None:
            item = box[1].strip()
            if item in items:
                raise ValueError(f"line {number}: this box stands on line {items[item]} already")
            items[item] = number
        elif heading is not None and not title:
            title = heading[1]
        elif not items and line.strip():
            intro.append(line.strip())
    if not items:
        raise ValueError("it has no boxes; write one a line: - [ ] What must be done")
    return ChecklistFile(name, title or name.replace("-", " ").capitalize(), " ".join(intro), tuple(items), source)
