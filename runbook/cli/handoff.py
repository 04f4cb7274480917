"""``runbook handoff``: what the next person needs to know, as Markdown."""

from __future__ import annotations

from runbook.cli.handing_over import asked_for
from runbook.cli.output import emit_json


def run(argv: list[str]) -> int:
    """Print the page; put on record what comes next, if that is said."""
    desk, as_json = asked_for(
        "handoff",
        "What the next person needs to know: state, what was tried, what comes next, where the evidence is.",
        argv,
        epilog='examples:\n  runbook handoff --next "restore the 04:00 backup once it is verified"\n'
        "  runbook handoff | pbcopy",
    )
    from runbook.flow.handoff import gather, page

    facts = gather(desk)
    if as_json:
        emit_json(facts)
    else:
        print(page(desk, facts), end="")
    return 0
