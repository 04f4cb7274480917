"""The command line's front door: finds the verb, loads only its module, turns errors into messages and statuses."""

from __future__ import annotations


def main(argv: list[str] | None = None) -> int:
    """Placeholder until the first verb lands."""
    return 0
