"""The commit message, as a team would write it: what happened in one line, then what one looks for a year later."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, NotRequired, TypedDict

from runbook.model.cells import beginning, cells, wrap
from runbook.model.times import format_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

SUBJECT_WIDTH = 72
BODY_WIDTH = 72
"""Cells, of which an East Asian sign takes two: what `git log` shows in a terminal of 80 columns."""
_MAX_CAUSES = 10

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_SKIP_CI = re.compile(
    r"\[\s*((?:skip|no)[ -](?:ci|actions)|(?:ci|actions)[ -]skip)\s*\]|\*\*\*NO_CI\*\*\*", re.IGNORECASE
)
_MENTION = re.compile(r"(?<![\w.+-])@(?=\w)")
_ISSUE = re.compile(r"#(?=\d)|(?<=\bGH)-(?=\d)", re.IGNORECASE)


class Facts(TypedDict):
    """What a message is made of. All text may come from outside; it is taken as one line each."""

    document: str
    """``incident`` or ``deployment``."""
    id: str
    title: str
    path: str
    """The report, relative to the repository."""
    severity: NotRequired[str]
    status: NotRequired[str]
    duration: NotRequired[timedelta | str | None]
    causes: NotRequired[Sequence[str]]


def commit_message(facts: Facts, *, update: bool = False) -> str:
    """The whole message, ready for ``git commit --cleanup=verbatim``.

    Nothing a person typed can start a line, so nothing becomes a trailer or, in a later ``git commit --amend``, a
    comment; nothing pings a person, closes a ticket or switches off CI when the commit is pushed.

    Args:
        facts: what to say.
        update: True for a report that was committed before.
    """
    kind = "deployment" if facts["document"] == "deployment" else "incident"
    start = f"{kind}: {'update ' if update else ''}{facts['id']}{':' if update else ''} "
    paragraphs = [_subject(start, one_line(facts["title"])), _body(facts)]
    causes = [one_line(cause) for cause in facts.get("causes", ()) if cause.strip()]
    if causes:
        shown = [_item(cause) for cause in causes[:_MAX_CAUSES]]
        if len(causes) > _MAX_CAUSES:
            shown.append(f"- and {len(causes) - _MAX_CAUSES} more")
        paragraphs.append("\n".join(["Cause:" if len(causes) == 1 else "Causes:", *shown]))
    paragraphs.append(f"The report is {one_line(facts['path'])}")
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def one_line(text: str) -> str:
    """Foreign text as harmless words in a line of a commit message."""
    text = " ".join(_CONTROL.sub(" ", text).split())
    text = _SKIP_CI.sub(lambda match: f"({match.group(1) or 'no CI'})", text)
    return _ISSUE.sub(lambda match: "# " if match.group() == "#" else " ", _MENTION.sub("@ ", text))


def _subject(start: str, title: str) -> str:
    """At most 72 cells, cut at a word where that leaves more than half of the room."""
    room = SUBJECT_WIDTH - cells(start)
    if cells(title) > room:
        fits = beginning(title, room - 1)
        at_word = fits.rpartition(" ")[0] if title[len(fits)] != " " else fits
        title = (at_word if cells(at_word) > room // 2 else fits).rstrip(" ,;:.-") + "…"
    return (start + title).rstrip()


def _body(facts: Facts) -> str:
    """Severity, status and duration in one sentence, as far as they are known; it starts with a word of ours."""
    duration = facts.get("duration")
    spent = format_duration(duration) if isinstance(duration, timedelta) else one_line(duration or "")
    known = {
        "severity": one_line(facts.get("severity", "")),
        "status": one_line(facts.get("status", "")),
        "after": spent,
    }
    sentence = ", ".join(f"{word} {value}" for word, value in known.items() if value)
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""


def _item(text: str) -> str:
    return "\n".join(wrap(text, BODY_WIDTH, first="- ", following="  ", whole_words=True))
