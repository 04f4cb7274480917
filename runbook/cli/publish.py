"""``runbook publish``: send a report to review."""

from __future__ import annotations

import sys

from runbook.cli.output import (
    add_course,
    add_document,
    add_format,
    clip,
    emit_json,
    is_terminal,
    note,
    parser,
    safe,
    width,
)
from runbook.flow.desk import open_named
from runbook.flow.file import adopt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runbook.flow.publish import Sent
    from runbook.flow.request import Asked

_SHOWN = 5


def run(argv: list[str]) -> int:
    """Commit to the review branch, push it, and open the request or print the link that does."""
    arguments = parser(
        "publish",
        "Send a report to review: a branch of its own, a push, and a pull or merge\n"
        "request. Your branch, your index and your files stay as they are. Run again, it\n"
        "brings the same request up to date.",
        epilog="with `gh` or `glab` installed and logged in, the request is opened;\nelse a link is printed that does",
    )
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: the current one")
    add_document(arguments)
    add_course(arguments)
    arguments.add_argument("--draft", action="store_true", help="open the request as a draft")
    arguments.add_argument(
        "--link", action="store_true", help="only print the link, even where gh or glab is installed"
    )
    arguments.add_argument("--no-input", action="store_true", help="ask nothing")
    add_format(arguments)
    options = arguments.parse_args(argv)
    from runbook.flow.publish import publish
    from runbook.flow.request import ask_for_review

    desk = open_named(options.document or options.id, options.repo)
    if options.repo:
        adopt(desk, options.repo)
    identity = None
    if options.format == "text" and not options.no_input and is_terminal(sys.stdin, sys.stdout):
        from runbook.flow.committer import committer

        identity = committer(desk)
    if options.format == "text" and sys.stderr.isatty():
        note(f"publishing {desk.id} …")
    sent = publish(desk, remote=options.remote, target=options.target, into=options.into, identity=identity)
    asked = ask_for_review(sent, draft=options.draft, by_program=not options.link)
    if options.format == "json":
        emit_json(to_json(sent, asked))
    else:
        tell(sent, asked)
    return 0


def to_json(sent: Sent, asked: Asked) -> dict[str, Any]:
    """The shape of docs/schema/publish.json."""
    return {
        "id": sent.desk.id,
        "repository": str(sent.course.root),
        "report": sent.report,
        "status": sent.document.status,
        "branch": sent.course.branch,
        "commit": sent.commit,
        "remote": sent.course.remote,
        "into": sent.course.into,
        "target": sent.course.target,
        "pushed": sent.pushed,
        "renumbered_from": sent.renumbered_from or None,
        "questions": [{"text": q.text, "file": q.file, "line": q.line} for q in sent.questions],
        "request": asked.to_json(),
        "notes": [*sent.notes, *asked.notes],
    }


def tell(sent: Sent, asked: Asked) -> None:
    """Say where it went, what is open, and how to get to the request."""
    if sent.renumbered_from:
        print(safe(f"{sent.renumbered_from} is taken by another document there; this one is {sent.desk.id} now"))
    if sent.is_merged:
        print(safe(f"{sent.desk.id}  is on {sent.course.into}/{sent.course.target} as it is; nothing to review"))
        return
    done = "pushed to" if sent.pushed else "unchanged on"
    print(safe(f"{sent.desk.id}  {sent.course.branch} {done} {sent.course.remote} ({sent.commit[:10]})"))
    for text in [*sent.notes, *asked.notes]:
        note(f"runbook: {text}")
    if sent.questions:
        count = len(sent.questions)
        print(f"  {count} open question{'s' if count > 1 else ''}, named in the request:")
        for question in sent.questions[:_SHOWN]:
            place = f"  {question.file.rpartition('/')[2]}:{question.line}" if question.line else ""
            print(f"    {clip(question.text, width() - 4 - len(place))}{place}")
        if count > _SHOWN:
            print(f"    and {count - _SHOWN} more")
    if asked.state == "link":
        _offer(sent, asked)
    else:
        word = {"created": "opened", "updated": "brought up to date"}.get(asked.state, "as it was")
        print(safe(f"  {asked.kind} {word}: {asked.url}"))


def _offer(sent: Sent, asked: Asked) -> None:
    if not asked.url:
        print(safe(f"  Open a request from {sent.course.branch} into {sent.course.target} where the team reviews."))
        return
    print(f"  Open the {asked.kind} (the link fills it in):")
    print(safe(asked.url))
