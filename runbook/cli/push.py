"""``runbook push``: share a running incident, and hear what others have recorded."""

from __future__ import annotations

import sys
from datetime import datetime

from runbook.cli.output import add_document, add_format, clip, emit_json, note, parser, safe, width
from runbook.flow.desk import open_document
from runbook.flow.timeline import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.flow.desk import Desk
    from runbook.flow.share import News

_SHOWN = 6


def run(argv: list[str]) -> int:
    """Exchange entries through the side ref, and say what is new."""
    arguments = parser(
        "push",
        "Share a running incident through the team's git remote, and fetch what others have recorded.\n"
        "It travels in refs/runbook/…: no branch, no commit of yours, nothing in your work tree.",
        epilog="others take part with `runbook join ID`; run `runbook push` again whenever you want to exchange news",
    )
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: the current one")
    add_document(arguments)
    arguments.add_argument("--remote", metavar="NAME", help="the remote (default: the branch's, or origin)")
    arguments.add_argument(
        "--remove", action="store_true", help="it is over: fetch the last news and take it off the remote"
    )
    add_format(arguments)
    options = arguments.parse_args(argv)
    from runbook.flow.share import exchange, unshare

    desk = open_document(options.document or options.id, options.repo)
    if options.format == "text" and sys.stderr.isatty():
        note(f"sharing {desk.id} …")
    news = (unshare if options.remove else exchange)(desk, remote=options.remote)
    if options.format == "json":
        emit_json(news.to_json())
        return 0
    if options.remove:
        print(safe(f"{desk.id} is no longer shared on {news.remote}; every entry is on record here"))
    else:
        print(safe(f"{desk.id}  {sent(news)}"))
        if news.first:
            print(safe(f"  others take part with: runbook join {desk.id}"))
    tell(desk, news)
    return 0


def sent(news: News) -> str:
    """What went out, in a few words."""
    if not news.sent:
        return f"{news.remote} has everything"
    return f"{news.sent} entr{'ies' if news.sent > 1 else 'y'} sent to {news.remote}"


def tell(desk: Desk, news: News) -> None:
    """Print who recorded what, newest last, and what was left aside."""
    columns = width()
    for actor, count in news.by_actor:
        print(safe(f"  {count} entr{'ies' if count > 1 else 'y'} from {actor}"))
    from runbook.flow.share import is_quiet

    shown = sorted((e for e in news.came if not is_quiet(e)), key=lambda e: (datetime.fromisoformat(e.at), e.id))
    for entry in shown[-_SHOWN:]:
        moment = datetime.fromisoformat(entry.at).astimezone(desk.zone)
        print(f"    {moment:%H:%M}  {clip(describe(entry), columns - 11)}")
    if news.came:
        _tell_of_clocks(desk)
    for text in news.notes:
        note(text if text.startswith("runbook:") else f"runbook: {text}")


def _tell_of_clocks(desk: Desk) -> None:
    """Name clocks that differ from ours, once there is something they have timed."""
    from runbook.cli.offset import describe
    from runbook.flow.offset import noticed

    for line in (line for clock in noticed(desk) for line in describe(clock, desk.zone)):
        print(f"  {line}")
