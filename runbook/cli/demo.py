"""``runbook demo``: a real incident, replayed from the first command to the commit."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from runbook.cli.output import clip, emit_json, paint, parser, safe, width
from runbook.errors import BadInputError
from runbook.flow.demo import DEPLOYMENTS, Demo, scratch_repository
from runbook.flow.show import view
from runbook.model.cells import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runbook.flow.file import Filed
    from runbook.flow.replay import SessionEntry

_INTRODUCTION = """\
In February 2026 a healthy production service was taken down by three attempts to deploy a pull request beside it. Every
mistake was named by its own error message; nobody was told in time. This is that incident with runbook at the table."""


def run(argv: list[str]) -> int:
    """Replay it into a scratch repository, and show the way from `start` to the commit."""
    arguments = parser("demo", "Replay a real 48-hour incident end to end in a scratch repository.")
    arguments.add_argument("--into", metavar="FOLDER", help="where to put it (default: a new temporary folder)")
    arguments.add_argument("--format", choices=("text", "json"), default="text", help="how to print")
    options = arguments.parse_args(argv)
    folder = Path(options.into) if options.into else Path(tempfile.mkdtemp(prefix="runbook-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BadInputError("is not empty; the demo wants a folder of its own", file=str(folder))
    folder = folder.resolve()
    demo = Demo(scratch_repository(folder))
    tell = Teller(quiet=options.format == "json")
    incident, deployments = _play(demo, tell)
    if options.format == "json":
        emit_json({**incident.to_json(), "deployments": [filed.to_json() for filed in deployments]})
        return 0
    print(safe(view(incident.document, columns=width())))
    print()
    print(paint("Look around", "bold"))
    report = Path(incident.repository, incident.report)
    print(f"  the report      {report}")
    for filed in deployments:
        print(f"  an attempt      {filed.report}")
    print(f"  the commits     git -C {incident.repository} log --stat")
    print("  one finding     runbook explain docker/build-context-missing-file")
    return 0


def _play(demo: Demo, tell: Teller) -> tuple[Filed, list[Filed]]:
    tell.line("\n".join(wrap(_INTRODUCTION, min(width(), 100))))
    tell.command(f"runbook start {demo.session.title!r} --severity {demo.session.severity} --at 2026-02-11T08:00Z")
    replay = demo.record(tell.heard)
    tell.line(f"{replay.desk.id}  {tell.entries} entries, {len(tell.known)} known failures named as they happened")
    tell.command(f"runbook new incident --id {replay.desk.id} --from incident.yaml --no-input")
    incident = demo.report(replay)
    tell.line(f"{incident.report}  committed on {incident.branch} ({(incident.commit or '')[:10]})")
    for name in DEPLOYMENTS:
        tell.command(f"runbook new deployment --from {name} --no-input")
        filed = demo.deployment(name)
        tell.line(f"{filed.report}  committed on {filed.branch} ({(filed.commit or '')[:10]})")
    tell.command(f"runbook show {incident.id}")
    return incident, demo.deployments


class Teller:
    """Prints the replay as a terminal would have shown it."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.entries = 0
        self.known: set[str] = set()

    def line(self, text: str) -> None:
        """One or more lines of plain text."""
        if not self.quiet:
            print(safe(text))
            sys.stdout.flush()

    def command(self, text: str) -> None:
        """A command somebody types."""
        if not self.quiet:
            print("\n" + paint(f"$ {safe(text)}", "bold"))

    def heard(self, entry: SessionEntry, found: Sequence[tuple[str, str]]) -> None:
        """One entry of the session, with what is known about it: in full the first time, then by name."""
        self.entries += 1
        fresh = [item for item in dict.fromkeys(found) if item[0] not in self.known]
        again = [name for name in dict.fromkeys(name for name, _ in found) if name in self.known]
        self.known.update(name for name, _ in found)
        if self.quiet:
            return
        sign = "·" if not entry.command else "$" if entry.exit_status in (0, None) else "✗"
        print(clip(f"  {entry.at:<7} {sign} {entry.command or entry.text or entry.name}", width()))
        for name, title in fresh:
            print(paint(clip(f"            known: {name}  {title}", width()), "yellow"))
        if again:
            print(paint(clip(f"            again: {', '.join(again)}", width()), "yellow"))
