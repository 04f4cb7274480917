"""``runbook checklist``: what must be done, and who has ticked what."""

from __future__ import annotations

import sys

from runbook.cli.output import add_document, add_format, emit_json, is_terminal, note, paint, parser, safe
from runbook.errors import EXIT_FINDINGS, BadInputError, InterruptedByUserError
from runbook.flow import checklists as flow
from runbook.flow.backup import open_desk
from runbook.flow.desk import find_place

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from runbook.flow.desk import Desk
    from runbook.model.checklist import ChecklistFile
    from runbook.model.record import Check


def run(argv: list[str]) -> int:
    """List checklists, show one, tick it."""
    arguments = parser(
        "checklist",
        "Show a checklist and tick it, with name and time, in the open document. Without a name: which there are.",
        epilog="examples:\n  runbook checklist rollback                      on a terminal: tick with the space bar\n"
        "  runbook checklist rollback --tick 1,2\n"
        "  runbook checklist rollback --untick 4 --note 'no data was changed'\n\n"
        "A team's own lie in checklists/NAME.md in its repository: a heading and boxes (- [ ] …).\n"
        "Exit status 1: --check was asked for and a box is open.",
    )
    arguments.add_argument("name", metavar="NAME", nargs="?", help="pre-change, deployment, rollback, …")
    arguments.add_argument("--tick", metavar="N[,N]", default="", help="these boxes are done; `all` for all of them")
    arguments.add_argument("--untick", metavar="N[,N]", default="", help="these are not; --note says why")
    arguments.add_argument("--note", default="", metavar="TEXT", help="said of each of them")
    arguments.add_argument("--check", action="store_true", help="exit with 1 while a box is open")
    arguments.add_argument("--no-input", action="store_true", help="ask nothing")
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args(argv)
    desk = open_desk(options.id, options.repo)
    repository = desk.place.repository if desk is not None else find_place(options.repo).repository
    if options.name is None:
        return _list(repository, options)
    wanted = flow.find_checklist(repository, options.name)
    if options.tick or options.untick:
        if desk is None:
            raise BadInputError("nothing is open to tick it in", hint='runbook start "what is changed" --deployment')
        count = len(flow.boxes(desk, wanted))
        done, undone = _numbers(options.tick, count, "--tick"), _numbers(options.untick, count, "--untick")
        shown = flow.tick(desk, wanted, done=done, undone=undone, note=options.note)
    elif desk is not None and not options.no_input and options.format == "text" and is_terminal(sys.stdin, sys.stdout):
        shown = _ask(desk, wanted)
    else:
        shown = _plain(wanted) if desk is None else flow.boxes(desk, wanted)
    _show(wanted, shown, desk, options)
    return EXIT_FINDINGS if options.check and not all(each.done for each in shown) else 0


def _list(repository: str | None, options: argparse.Namespace) -> int:
    known = flow.checklists(repository)
    if options.format == "json":
        emit_json([{"name": each.name, "title": each.title, "items": len(each.items)} for each in known.values()])
        return 0
    for each in known.values():
        own = "" if each.source == "built-in" else "  (the team's own)"
        print(safe(f"{each.name:<24}{each.title}, {len(each.items)} boxes{own}"))
    return 0


def _plain(wanted: ChecklistFile) -> list[Check]:
    from runbook.model.record import Check

    return [Check(id=str(number), text=text) for number, text in enumerate(wanted.items, start=1)]


def _numbers(text: str, count: int, option: str) -> list[int]:
    if text.strip() == "all":
        return list(range(1, count + 1))
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise BadInputError(f"{text!r} is no list of numbers", field=option, hint="such as 1,2,5, or all") from None


def _ask(desk: Desk, wanted: ChecklistFile) -> list[Check]:
    from runbook.flow.prompting import Choice, make_prompter

    held = flow.boxes(desk, wanted)
    try:
        chosen = make_prompter().checkbox(
            wanted.name,
            wanted.title,
            [Choice(str(number), each.text, checked=each.done) for number, each in enumerate(held, start=1)],
            help=wanted.intro,
        )
    except (InterruptedByUserError, KeyboardInterrupt):
        raise InterruptedByUserError("nothing was ticked") from None
    ticked = {int(each) for each in chosen}
    done = [number for number, each in enumerate(held, start=1) if number in ticked and not each.done]
    undone = [number for number, each in enumerate(held, start=1) if number not in ticked and each.done]
    return flow.tick(desk, wanted, done=done, undone=undone)


def _show(wanted: ChecklistFile, shown: list[Check], desk: Desk | None, options: argparse.Namespace) -> None:
    if options.format == "json":
        emit_json(
            {
                "name": wanted.name,
                "title": wanted.title,
                "document": "" if desk is None else desk.id,
                "items": [
                    {
                        "text": each.text,
                        "done": each.done,
                        "by": each.by,
                        "at": None if each.at is None else each.at.isoformat(),
                        "note": each.note,
                    }
                    for each in shown
                ],
            }
        )
        return
    print(paint(safe(wanted.title), "bold"))
    for number, each in enumerate(shown, start=1):
        who = f"  {each.by}, {each.at:%Y-%m-%d %H:%M}" if each.done and each.at is not None else ""
        why = f"  {each.note}" if each.note else ""
        print(safe(f"  {number:>2} [{'x' if each.done else ' '}] {each.text}{who}{why}"))
    if desk is not None:
        note(f"  {sum(each.done for each in shown)} of {len(shown)} done in {desk.id}")
