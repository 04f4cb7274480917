"""``runbook offset``: clocks that differ, and putting their entries where they belong."""

from __future__ import annotations

import re
from datetime import timedelta

from runbook.cli.output import add_document, add_format, clip, emit_json, parser, safe, width
from runbook.errors import BadInputError
from runbook.flow.desk import open_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo

    from runbook.flow.offset import Clock
    from runbook.flow.same_events import Mark

_PAIRS_SHOWN = 3
_NUMBER = re.compile(r"[+-]?\d.*")


def run(argv: list[str]) -> int:
    """Show the clocks, or accept an offset for one of them."""
    # Taken out before argparse looks: -00:02:13 is no option.
    values = [word for word in argv if _NUMBER.fullmatch(word)] if "--same" not in argv else []
    arguments = parser(
        "offset",
        "Machines whose clocks differ. Without arguments: what is known, from who had seen what when and from events\n"
        "that two sources have seen.\n"
        "An accepted offset moves the entries timed by that clock; `runbook undo` takes it back.",
        epilog="examples:\n  runbook offset web2 --accept         apply what was measured or shown\n"
        "  runbook offset web2 +00:02:13        it is ahead by 2 min 13 s (0 takes it back)\n"
        "  runbook offset --same 8QGD95 8TF1QB  both are the same event; the first has its time right",
    )
    arguments.usage = "runbook offset [CLOCK VALUE | CLOCK --accept | --same ENTRY ENTRY]"
    arguments.add_argument("clock", metavar="CLOCK", nargs="?", help="a journal, a host, a person, or import:FORMAT")
    arguments.add_argument("--accept", action="store_true", help="apply what was measured or shown by the same events")
    arguments.add_argument("--same", nargs=2, metavar="ENTRY", help="two entries that are the same event")
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args([word for word in argv if word not in values])
    if len(values) > 1 or (values and (options.accept or options.same or not options.clock)):
        raise BadInputError("one clock and one offset", hint="runbook offset web2 +00:02:13")
    from runbook.flow import offset

    desk = open_document(options.id, options.repo)
    if not options.clock and not options.same:
        known = offset.clocks_of(desk)
        if options.format == "json":
            emit_json([clock.to_json() for clock in known])
        else:
            print("\n".join(line for clock in known for line in describe(clock, desk.zone)))
        return 0
    if options.same:
        clock, value = offset.from_pair(desk, *options.same)
        why = f"{options.same[1]} is the same event as {options.same[0]}"
        if not options.accept:
            print(safe(f"{clock.name} is {_words(value)}"))
            print(safe(f"  apply it: runbook offset {clock.name} {offset.show_offset(value)}"))
            return 0
    else:
        clock = offset.pick(desk, options.clock)
        why = "given" if values else clock.shown_by
        value = offset.parse_offset(values[0]) if values else _measured(clock)
        if not values and not options.accept:
            print("\n".join(describe(clock, desk.zone)))
            return 0
    entry = offset.accept(desk, clock, value, why=why)
    if options.format == "json":
        emit_json({"id": entry.id, "at": entry.at})
    else:
        print(safe(f"{clock.name}: {_words(value)}; its {clock.entries} entries are shown where they belong"))
    return 0


def describe(clock: Clock, zone: tzinfo) -> list[str]:
    """What is known of a clock, in a line; then what shows it, and how to apply it."""
    from runbook.flow.offset import show_offset

    head = f"{clock.name}  {', '.join(clock.people)}: "
    if clock.ours:
        text = "this machine"
    elif clock.accepted:
        text = f"{_words(clock.accepted)} (applied)"
    elif clock.same is not None:
        against = f" against {clock.same.reference}" if clock.same.reference else ""
        count = len(clock.same.pairs)
        text = f"{_words(clock.proposal)}{against} ({count} event{'s' if count > 1 else ''} in both)"
    elif clock.bounds is None:
        text = "nothing known of its clock"
    elif clock.bounds.certain:
        bounds = [show_offset(bound) for bound in (clock.bounds.least, clock.bounds.most) if bound is not None]
        text = f"{_words(clock.bounds.estimate)} (measured {' to '.join(bounds)})"
    else:
        named = (("at least", clock.bounds.least), ("at most", clock.bounds.most))
        shown = ", ".join(f"{name} {show_offset(bound)}" for name, bound in named if bound is not None)
        if clock.bounds.least is not None and clock.bounds.most is not None:  # short enough for 80 columns
            shown = f"{show_offset(clock.bounds.least)} to {show_offset(clock.bounds.most)}"
        text = f"no difference seen ({shown})"
    lines = [clip(head + text, width())]
    if clock.same is not None and not clock.accepted:
        lines += [_evidence(one, two, zone) for one, two in clock.same.pairs[:_PAIRS_SHOWN]]
    if clock.proposal and not clock.accepted:
        lines.append(safe(f"  apply it: runbook offset {clock.name} --accept"))
    return lines


def _evidence(one: Mark, two: Mark, zone: tzinfo) -> str:
    right, wrong = (f"{mark.at.astimezone(zone):%H:%M:%S}" for mark in (one, two))
    ids = f"{one.entry.id[-6:]} {two.entry.id[-6:]}"
    return clip(f"  {right}, there {wrong}  {one.what}  ({ids})", width())


def _words(value: timedelta) -> str:
    from runbook.flow.offset import show_offset

    if not value:
        return "right"
    return f"{'ahead' if value > timedelta() else 'behind'} by {show_offset(abs(value)).lstrip('+')}"


def _measured(clock: Clock) -> timedelta:
    if not clock.proposal:
        raise BadInputError(
            f"no difference was measured for {clock.name}",
            hint="give it (runbook offset CLOCK +00:02:13), or two entries that are the same event (--same)",
        )
    return clock.proposal
