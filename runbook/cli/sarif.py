"""SARIF 2.1.0, the format of code scanning: the parts that every verb that reports places has in common.

Source of the format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import os
from urllib.parse import quote

from runbook import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def log(
    rules: Iterable[dict[str, Any]],
    results: list[dict[str, Any]],
    *,
    unread: Iterable[tuple[str, str]] = (),
    finished: bool = True,
) -> dict[str, Any]:
    """A log of one run.

    Args:
        rules: what may be found.
        results: what was found.
        unread: (path, reason) of what could not be looked at.
        finished: False where Ctrl-C ended it.
    """
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "runbook", "semanticVersion": __version__, "rules": list(rules)}},
                "invocations": [
                    {
                        "executionSuccessful": finished,
                        "toolExecutionNotifications": [
                            {
                                "level": "note",
                                "message": {"text": f"not read: {reason}"},
                                "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(path)}}}],
                            }
                            for path, reason in unread
                        ],
                    }
                ],
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def uri(source: str) -> str:
    """A path as an address; what came from a pipe is called ``stdin``."""
    if source == "-":
        return "stdin"
    path = os.fsencode(source.removeprefix("./"))  # a name is bytes, which need not be UTF-8
    return f"file://{quote(path)}" if source.startswith("/") else quote(path)
