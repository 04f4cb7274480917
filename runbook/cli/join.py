"""``runbook join``: take part in an incident that somebody else shares."""

from __future__ import annotations

from runbook.cli.output import add_format, emit_json, parser, safe
from runbook.cli.push import tell


def run(argv: list[str]) -> int:
    """Fetch it, make it current, and say what has happened so far."""
    arguments = parser(
        "join",
        "Take part in an incident that somebody shares with `runbook push`.\n"
        "What you record goes to a journal of your own; `runbook push` exchanges news. Without ID: what is shared.",
    )
    arguments.add_argument("id", metavar="ID", nargs="?")
    arguments.add_argument("--repo", metavar="PATH", help="the repository of reports (default: see `runbook help`)")
    arguments.add_argument("--remote", metavar="NAME", help="the remote (default: the branch's, or origin)")
    add_format(arguments)
    options = arguments.parse_args(argv)
    from runbook.flow.share import join_document, shared_ids

    if options.id is None:
        remote, sides = shared_ids(options.repo, options.remote)
        if options.format == "json":
            emit_json({"remote": remote, "shared": [{"id": side.id, "ulid": side.ulid} for side in sides]})
            return 0
        print(f"shared on {safe(remote)}:" if sides else f"nothing is shared on {safe(remote)}")
        ids = [side.id for side in sides]
        for side in sides:
            print(f"  runbook join {side.id}" + (f"/{side.ulid[-6:]}" if ids.count(side.id) > 1 else ""))
        return 0
    desk, news = join_document(options.id, repo=options.repo, remote=options.remote)
    if options.format == "json":
        emit_json({**news.to_json(), "path": desk.folder})
        return 0
    print(safe(f"{desk.id}  {desk.title}"))
    print("  it is the current one now; `runbook push` exchanges news")
    tell(desk, news)
    return 0
