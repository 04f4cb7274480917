"""Help as a terminal shows it: prose wrapped to its width, what explains an example below it."""

from __future__ import annotations

import re

from runbook.model.cells import wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDS = (".", ":", ";", "!", "?")
"""How a line of prose ends that the next one does not go on."""

_EXAMPLE = re.compile(r"(?P<indent> +)(?P<command>\S.*?)(?: {2,}(?P<meaning>\S.*))?")


def fit_help(text: str, columns: int) -> str:
    """``text`` in lines of at most ``columns`` characters.

    A line that begins with a blank is an example, to be copied, and stays whole; what stands behind two blanks explains
    it. Other lines are prose: one that ends within a sentence is wrapped together with the next.
    """
    return "\n".join(line for part in _parts(text) for line in _fitted(part, columns))


def fit_entry(name: str, meaning: str, columns: int) -> str:
    """A line of a list: ``name``, and beside it what it means, with as many lines as that needs."""
    return "\n".join(wrap(meaning, columns, first=f"  {name:<12}", following=" " * 14, whole_words=True))


def _parts(text: str) -> Iterator[str]:
    prose = ""
    for line in text.split("\n"):
        if prose and (not line or line[0] == " " or prose.endswith(_ENDS)):
            yield prose
            prose = ""
        if not line or line[0] == " ":
            yield line
        else:
            prose = f"{prose} {line}" if prose else line
    if prose:
        yield prose


def _fitted(part: str, columns: int) -> list[str]:
    if len(part) <= columns:
        return [part]
    example = _EXAMPLE.fullmatch(part)
    if example is None:
        return wrap(part, columns, whole_words=True, whole_code=True)
    meaning = example["meaning"] or ""
    below = f"{example['indent']}    "
    return [
        f"{example['indent']}{example['command']}",
        *wrap(meaning, columns, first=below, following=below, whole_words=True),
    ]
