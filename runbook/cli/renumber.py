"""``runbook renumber``: another id for a document whose id somebody else took first."""

from __future__ import annotations

from runbook.cli.output import add_document, add_format, emit_json, note, parser, safe
from runbook.errors import EXIT_FINDINGS
from runbook.flow.desk import open_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.flow.renumber import Renumbered


def run(argv: list[str]) -> int:
    """Look for a collision with the remote, and settle it; or renumber as asked."""
    arguments = parser(
        "renumber",
        "Two clones may take the same id on the same day. Where the remote has another\n"
        "document under yours, yours gets the next free one: folder, record, report, and\n"
        "every document that names it. The old id still finds it.",
        epilog="`runbook publish` does this by itself. Before a merge:\n  git fetch && runbook renumber --all",
    )
    arguments.add_argument("document", metavar="ID", nargs="?", help="default: the current one")
    add_document(arguments)
    arguments.add_argument("--to", metavar="ID", default="", help="this id, whether or not the old one is taken")
    arguments.add_argument("--all", action="store_true", help="every document that the remote does not have yet")
    arguments.add_argument("--check", action="store_true", help="change nothing; exit 1 if an id is taken")
    arguments.add_argument("--remote", metavar="NAME", default="", help="the remote (default: the branch's, or origin)")
    add_format(arguments)
    options = arguments.parse_args(argv)
    from runbook.flow.renumber import colliding, collision, renumber

    done: list[Renumbered] = []
    taken: list[str] = []
    if options.all:
        wanted = colliding(options.repo, remote=options.remote)
    else:
        desk = open_document(options.document or options.id, options.repo)
        wanted = [desk.id]
    for name in wanted:
        desk = open_document(name, options.repo)
        found = collision(desk, remote=options.remote) if not options.to else None
        if found is not None and not found.taken:
            continue
        taken.append(name)
        if not options.check:
            others, upstream = (found.ids, found.upstream) if found is not None else (set(), "")
            done.append(renumber(desk, to=options.to, taken=others, upstream=upstream))
    if options.format == "json":
        emit_json({"taken": taken, "renumbered": [each.to_json() for each in done]})
    else:
        _tell(done, taken if options.check else [], nothing=not taken, wanted=wanted)
    return EXIT_FINDINGS if options.check and taken else 0


def _tell(done: list[Renumbered], taken: list[str], *, nothing: bool, wanted: list[str]) -> None:
    if nothing:
        print(
            safe(f"{wanted[0]} is nobody else's" if len(wanted) == 1 else "no id of yours is taken by another document")
        )
    for name in taken:
        print(safe(f"{name} is taken by another document on the remote; `runbook renumber {name}` settles it"))
    for each in done:
        print(safe(f"{each.before} is {each.desk.id} now" + (f"  ({each.commit[:10]})" if each.commit else "")))
        for name in each.renamed:
            print(safe(f"  {name} names it anew"))
        for name in each.left:
            note(f"runbook: {name} names {each.before} on the remote, where that is the other one; left as it is")
