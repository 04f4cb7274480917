"""Who asks: the prompter for this terminal, as reception reaches it."""

from __future__ import annotations

from runbook.capture.prompter import Choice, GoBack, make_prompter

__all__ = ["Choice", "GoBack", "make_prompter"]
