"""``runbook init``: make a repository ready for reports."""

from __future__ import annotations

from runbook.cli.output import add_format, emit_json, parser, safe


def run(argv: list[str]) -> int:
    """Write what is missing, renew what is ours, and say what is left to do."""
    arguments = parser(
        "init",
        "Make a repository ready: settings with every key explained, folders, attributes\n"
        "that fold what a review need not read, a CI job, a request template, owners. Run\n"
        "again, it renews only what it wrote and nobody edited.",
        epilog="it commits nothing in a repository that is there; where there is none,\nit makes one",
    )
    arguments.add_argument("folder", metavar="PATH", nargs="?", help="the repository (default: around this folder)")
    arguments.add_argument("--ci", choices=("github", "gitlab", "none"), help="whose job (default: the remote tells)")
    arguments.add_argument("--dry-run", action="store_true", help="change nothing, only say what would be done")
    arguments.add_argument("--pre-commit", action="store_true", help="print hooks for .pre-commit-config.yaml, no more")
    add_format(arguments)
    options = arguments.parse_args(argv)
    from runbook.flow.init import PRE_COMMIT, prepare

    if options.pre_commit:
        print(PRE_COMMIT, end="")
        return 0
    done = prepare(options.folder, ci=options.ci, dry_run=options.dry_run)
    if options.format == "json":
        emit_json(done.to_json())
        return 0
    if done.made:
        print(safe(f"{'would make' if options.dry_run else 'made'} a git repository in {done.root}"))
    words = {"new": "would write" if options.dry_run else "wrote", "same": "as it was", "yours": "yours, left alone"}
    words["renewed"] = "would renew" if options.dry_run else "renewed"
    for part in done.parts:
        print(safe(f"  {words[part.state]:<18} {part.path}"))
        if part.note:
            print(safe(f"  {'':<18}   {part.note}"))
    if not options.dry_run:
        print("\nNext")
        for step in done.next:
            print(safe(f"  {step}"))
    return 0
