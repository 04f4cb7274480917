"""``runbook verify``: does it work?"""

from __future__ import annotations

import os
import sys

from runbook.cli.output import add_document, add_format, emit_json, is_terminal, note, paint, parser, safe, width
from runbook.errors import EXIT_FINDINGS
from runbook.flow import verify as flow
from runbook.model.cells import cells, cut
from runbook.model.text import count_of
from runbook.model.times import format_duration, parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from datetime import timedelta

    from runbook.model.checks import Check, Result

_MARKS = {"waiting": " ", "trying": "~", "ok": "✓", "failed": "✗"}
_COLOURS = {"trying": "yellow", "ok": "green", "failed": "red"}


def run(argv: list[str]) -> int:
    """Run the checks of one name, or show which there are."""
    arguments = parser(
        "verify",
        "Run the checks that runbook.toml declares under [verify.NAME], all at once. With a document open the outcome\n"
        "goes on its timeline, and `pre` and `post` fill in a deployment's checklists.",
        epilog="kinds of checks: http, tcp, tls, process, container, file, disk, command, log, dns (docs/verify.md)\n\n"
        "Exit status: 0 all passed, 1 one failed.",
    )
    arguments.add_argument("name", metavar="NAME", nargs="?", help="pre, post, … (without it: what is declared)")
    arguments.add_argument("--deadline", metavar="TIME", help="keep trying for so long: 90s, 5min")
    arguments.add_argument("--watch", action="store_true", help="look again and again until Ctrl-C")
    arguments.add_argument("--every", metavar="TIME", default="10s", help="between two looks (default: 10s)")
    arguments.add_argument("--no-record", action="store_true", help="leave the timeline alone")
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args(argv)
    if options.name is None:
        return _list(options)
    if options.watch:
        return _watch(options)
    deadline = parse_duration(options.deadline).total_seconds() if options.deadline else None
    table = _Table(flow.find_verification(options.name, options.repo).check) if options.format == "text" else None
    verified = flow.verify(
        options.name,
        deadline=deadline,
        identifier=options.id,
        repo=options.repo,
        record=not options.no_record,
        tell=(lambda _number, _result: None) if table is None else table.tell,
    )
    if table is None:
        emit_json(verified.to_json())
    else:
        failed = len(verified.failed)
        total = len(verified.results)
        said = f"{failed} of {count_of(total, 'check')} failed" if failed else f"{count_of(total, 'check')} passed"
        print(paint(f"{options.name}: {said}", "red" if failed else "green", "bold"))
        if verified.document:
            note(f"  on the timeline of {verified.document}")
    return EXIT_FINDINGS if verified.failed else 0


class _Table:
    """The checks as lines: redrawn in place on a terminal, else each printed once it is decided."""

    def __init__(self, checks: Sequence[Check]) -> None:
        from runbook.model.checks import Result

        self._rows = [Result(check.title, check.kind, check.target) for check in checks]
        self._live = is_terminal(sys.stdout) and os.environ.get("TERM", "dumb") != "dumb"
        if self._live:
            self._draw(again=False)

    def tell(self, number: int, result: Result) -> None:
        """One check has changed."""
        self._rows[number] = result
        if self._live:
            self._draw(again=True)
        elif result.state in {"ok", "failed"}:
            print(_line(result, 1000), flush=True)

    def _draw(self, *, again: bool) -> None:
        columns = width()
        up = f"\x1b[{len(self._rows)}A" if again else ""
        sys.stdout.write(up + "".join(f"\r{_line(row, columns - 1)}\x1b[K\n" for row in self._rows))
        sys.stdout.flush()


def _line(result: Result, columns: int, down: str = "") -> str:
    tries = f"  (attempt {result.attempts})" if result.attempts > 1 and result.state != "ok" else ""
    text = safe(f"{result.title}  {result.detail}{tries}{down}".replace("\n", " "))
    text = text if cells(text) <= columns - 2 else cut(text, columns - 3) + "…"
    colour = _COLOURS.get(result.state)
    mark = _MARKS[result.state]
    return f"{paint(mark, colour) if colour else mark} {text}"


def _list(options: argparse.Namespace) -> int:
    known = flow.declared(options.repo)
    if options.format == "json":
        emit_json({name: [check.title for check in each.check] for name, each in known.items()})
        return 0
    if not known:
        print("no verification is declared; docs/verify.md shows how")
        return 0
    for name, each in known.items():
        print(safe(f"{name}: {count_of(len(each.check), 'check')}"))
        for check in each.check:
            print(safe(f"  {check.title}"))
    return 0


def _watch(options: argparse.Namespace) -> int:
    every = parse_duration(options.every).total_seconds()
    live = options.format == "text" and is_terminal(sys.stdout) and os.environ.get("TERM", "dumb") != "dumb"
    drawn = 0
    before: list[tuple[str, bool]] = []
    last: list[Result] = []

    def show(results: list[Result], down: dict[str, timedelta]) -> None:
        nonlocal drawn, before, last
        last = results
        now = [(each.title, each.ok) for each in results]
        lines = [_line(each, width() - 1 if live else 1000, _down(down.get(each.title))) for each in results]
        if live:
            up = f"\x1b[{drawn}A" if drawn else ""
            sys.stdout.write(up + "".join(f"\r{line}\x1b[K\n" for line in lines))
            drawn = len(lines)
        elif options.format == "json":
            for each in results:
                if (each.title, each.ok) not in before:
                    emit_json({"name": each.title, "ok": each.ok, "detail": each.detail})
        else:
            for each, line in zip(results, lines, strict=True):
                if (each.title, each.ok) not in before:
                    print(line)
        sys.stdout.flush()
        before = now

    try:
        flow.watch(options.name, every=every, identifier=options.id, repo=options.repo, show=show, wait=flow.sleep)
    except KeyboardInterrupt:
        return EXIT_FINDINGS if any(not each.ok for each in last) else 0
    return 0


def _down(since: timedelta | None) -> str:
    return f"  down for {format_duration(since)}" if since else ""
