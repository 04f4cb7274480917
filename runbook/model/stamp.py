"""The line that tells a file of ours from one that somebody edited. Standard library only.

``init`` writes it into every file it makes. As long as the digest in it fits the rest of the file, nobody has touched
it, and a later ``init`` may renew it; the line itself says so to whoever opens the file.
"""

from __future__ import annotations

import hashlib
import re

_SAID = "runbook init renews this file as long as nobody edits it:"
_LINE = re.compile(rf"(?m)^(?:#|<!--) {re.escape(_SAID)} ([0-9a-f]{{16}})(?: -->)?\r?\n")


def stamped(name: str, text: str) -> str:
    """``text`` with the line on top, as a comment of the file's kind.

    Args:
        name: of the file; ``.md`` takes a Markdown comment, everything else a ``#``.
        text: ends in a newline.
    """
    mark = f"{_SAID} {_digest(text)}"
    return (f"<!-- {mark} -->\n" if name.endswith(".md") else f"# {mark}\n") + text


def is_untouched(content: str) -> bool:
    """Whether a file is as ``init`` wrote it, whatever ends its lines."""
    found = _LINE.search(content)
    return found is not None and found.start() == 0 and found[1] == _digest(content[found.end() :])


def _digest(text: str) -> str:
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()[:16]
