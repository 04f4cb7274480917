"""What slipped through: passages of a text for outsiders that name a person of the team or something inside.

The text is a summary as ``runbook export --format summary`` writes it and people edit it afterwards; the record says
who and what is inside. A lint rule calls this for a committed ``summary.md``.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from runbook.model.private import inside_of, private_passages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runbook.model.record import AnyDocument

_COMMENT = re.compile(r"<!--[^<>\n]*-->")
_INVISIBLE = "\u200b"
_ESCAPED = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_WHAT = {
    "name": "names somebody of the team",
    "address": "is an address",
    "e-mail": "is an e-mail address",
    "host": "is a host",
    "path": "is a path on a machine",
    "account": "is an account",
    "ticket": "is a ticket of a tracker inside",
    "chat": "is a handle or a channel of a chat",
    "phone": "is a telephone number",
}


class Leak(NamedTuple):
    """One passage.

    Attributes:
        line: 1-based.
        kind: of :class:`runbook.model.private.Passage`.
        text: the passage.
        message: what is wrong with it, in a few words.
    """

    line: int
    kind: str
    text: str
    message: str


def find_leaks(
    text: str, record: AnyDocument, *, public: Iterable[str] = (), machines: Iterable[str] = ()
) -> list[Leak]:
    """What of ``text`` should not be read by people outside the team, in order.

    Args:
        text: Markdown or plain text.
        record: the document that it is about.
        public: shell-style patterns of addresses and hosts that anybody may read (``report.public`` in the settings).
        machines: shell-style patterns of more hosts that are ours (``production.hosts``).
    """
    inside = inside_of(record, public, machines)
    leaks: list[Leak] = []
    for number, line in enumerate(text.replace(_INVISIBLE, "").split("\n"), 1):
        shown = unescape(_ESCAPED.sub("", _COMMENT.sub("", line)))
        for passage in private_passages(shown, inside):
            leaks.append(Leak(number, passage.kind, passage.text, f"{passage.text} {_WHAT[passage.kind]}"))  # noqa: PERF401  one line of thought a step
    return leaks
