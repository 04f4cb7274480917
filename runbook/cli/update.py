"""``runbook update``: three lines for the chat."""

from __future__ import annotations

from runbook.cli.handing_over import asked_for
from runbook.cli.output import emit_json


def run(argv: list[str]) -> int:
    """Print what it is, how bad it is, and what comes next."""
    desk, as_json = asked_for(
        "update",
        "Three lines for the chat, from the record: what it is, impact and status, what comes next.",
        argv,
        epilog='example:\n  runbook update --next "rolling back to 2.3, ten minutes" | pbcopy',
    )
    from runbook.flow.handoff import chat_lines, update

    facts = update(desk)
    if as_json:
        emit_json(facts)
    else:
        print("\n".join(chat_lines(facts)))
    return 0
