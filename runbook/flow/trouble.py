"""When something goes wrong: messages and bug reports pass the door like everything else."""

from __future__ import annotations

import os
import platform
import traceback

from runbook import __version__
from runbook.record.places import state_root
from runbook.redact.door import Door

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def clean_message(text: str) -> str:
    """An error message as it may be shown: what a hook or another program said is in some of them."""
    return Door().clean(text)


def write_bug_report(arguments: Sequence[str]) -> tuple[str, str]:
    """Write what a developer needs about the exception being handled to a file of mode 0600.

    Returns:
        The file's path, empty where none could be written, and the report itself.
    """
    report = clean_message(
        "\n".join(
            (
                f"runbook {__version__}, Python {platform.python_version()}, {platform.platform()}",
                "arguments: " + " ".join(arguments),
                traceback.format_exc(),
            )
        )
    )
    path = os.path.join(state_root(), "bug.log")
    try:
        os.makedirs(state_root(), mode=0o700, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(report)
    except OSError:
        return "", report
    return path, report
