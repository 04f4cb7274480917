"""Taking known secrets out of a text that is stored already: as they are, and in the forms in which they hide."""

from __future__ import annotations

import base64
import json
import shlex
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from runbook.model.marks import MARK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runbook.redact.door import Door

KIND = "scrubbed"


def forms(secret: str) -> list[str]:
    """``secret`` and what it looks like inside JSON, a URL, a shell's quotes or base64; longest first."""
    raw = secret.encode()
    found = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    found |= {quote(secret, safe=""), quote(secret), quote_plus(secret), shlex.quote(secret)}
    for shift in range(3):
        # Base64 of something that ends or begins with the secret: the middle does not depend on its neighbours.
        whole = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        middle = whole[4 if shift else 0 : len(whole) - len(whole) % 4]
        if len(middle) >= 8:
            found |= {middle, middle.replace("+", "-").replace("/", "_")}
    return sorted(found, key=len, reverse=True)


def scrub_text(text: str, secrets: Sequence[str], door: Door) -> tuple[str, int]:
    """``text`` without ``secrets`` and without whatever today's rules find.

    Args:
        text: as it is stored.
        secrets: what to take out, in any of its :func:`forms`.
        door: makes the marks.

    Returns:
        The text, and how many places were changed.
    """
    count = 0
    for secret in secrets:
        mark = door.mark(KIND, secret.encode()).decode() if any(form in text for form in forms(secret)) else ""
        for form in forms(secret) if mark else ():
            count += text.count(form)
            text = text.replace(form, mark)
    before = len(MARK.findall(text))
    cleaned = door.clean(text)
    return cleaned, count + max(len(MARK.findall(cleaned)) - before, 0)
