"""``runbook guide``: runbooks that are read, checked, played and written."""

from __future__ import annotations

import os

from runbook.cli.output import add_format, emit_json, note, paint, parser, safe
from runbook.errors import EXIT_FINDINGS, BadInputError
from runbook.flow import guide as flow

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from runbook.model.guide import Guide, Problem


def run(argv: list[str]) -> int:
    """List, show, check, approve, play or write runbooks."""
    arguments = parser(
        "guide",
        "Runbooks: ordinary Markdown in runbooks/, whose marked blocks are played step by step, guarded and recorded.",
        epilog="examples:\n  runbook guide check deploy-beside\n  runbook guide play deploy-beside --set TAG=pr\n"
        "  runbook guide new --from INC-2026-02-11-001\n\nHow to write one: docs/guides.md",
    )
    verbs = arguments.add_subparsers(dest="what", metavar="WHAT", required=True)
    listing = verbs.add_parser("list", help="the runbooks of the repository", allow_abbrev=False)
    showing = verbs.add_parser("show", help="one runbook and what is played of it", allow_abbrev=False)
    checking = verbs.add_parser("check", help="what is wrong with it; nothing is run", allow_abbrev=False)
    approving = verbs.add_parser(
        "approve", help="you have read this version; it may be played unattended", allow_abbrev=False
    )
    playing = verbs.add_parser("play", help="step by step, guarded and recorded", allow_abbrev=False)
    writing = verbs.add_parser("new", help="write one out of an incident", allow_abbrev=False)
    for each in (showing, approving, playing):
        each.add_argument("guide", metavar="FILE", help="a path, or a name in runbooks/")
    checking.add_argument("guides", metavar="FILE", nargs="*", help="paths or names (default: all of them)")
    playing.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="the value of a placeholder")
    playing.add_argument("--dry-run", action="store_true", help="show what would be run, run nothing")
    playing.add_argument("--restart", action="store_true", help="begin anew where an earlier play was interrupted")
    playing.add_argument("--no-record", action="store_true", help="leave the open document alone, declare none")
    playing.add_argument(
        "--no-input", action="store_true", help="ask nothing; only for what needs nobody and is approved"
    )
    playing.add_argument("--reviewed-by", metavar="NAME", default="", help="who has read the destructive commands")
    playing.add_argument("--ticket", metavar="TICKET", default="", help="where that review is written down")
    playing.add_argument("--id", metavar="ID", help="the incident or deployment (default: the current one)")
    writing.add_argument("--from", dest="source", metavar="ID", required=True, help="the incident")
    writing.add_argument("-o", "--output", metavar="FILE", help="default: runbooks/<title>.md")
    for each in (listing, showing, checking, approving, playing, writing):
        each.add_argument("--repo", metavar="PATH", help="the repository of reports")
    for each in (listing, showing, checking, playing):
        add_format(each)
    options = arguments.parse_args(argv)
    return {
        "list": _list, "show": _show, "check": _check, "approve": _approve, "play": _play, "new": _new,
    }[options.what](options)  # fmt: skip


def _list(options: argparse.Namespace) -> int:
    found = flow.guides(options.repo)
    if options.format == "json":
        emit_json(
            [
                {
                    "path": each.path,
                    "title": each.title,
                    "steps": len(each.steps),
                    "approved": flow.approval(each, options.repo),
                }
                for each in found
            ]
        )
        return 0
    if not found:
        print("no runbooks; they lie in runbooks/ of the repository, docs/guides.md shows how to write one")
    for each in found:
        approved = flow.approval(each, options.repo)
        said = f"  approved by {approved}" if approved else ""
        print(safe(f"{os.path.basename(each.path).removesuffix('.md'):<28}{each.title}, {len(each.steps)} steps{said}"))
    return 0


def _show(options: argparse.Namespace) -> int:
    guide = flow.find_guide(options.guide, options.repo)
    if options.format == "json":
        emit_json(_as_json(guide))
        return 0
    print(paint(safe(guide.title), "bold"))
    if guide.summary:
        print(safe(guide.summary))
    for number, step in enumerate(guide.steps, start=1):
        print()
        print(paint(safe(f"{number}. {step.title}"), "bold"))
        if step.why:
            print(safe(step.why))
        for act in (*step.acts, *step.rollback):
            if act.by_hand:
                print(safe(f"  [ ] {act.text}{'  (sign-off)' if act.kind == 'sign-off' else ''}"))
                continue
            print(paint(f"  {act.kind}", "dim"))
            print(safe("\n".join(f"    {line}" for line in act.text.splitlines())))
            for each in act.expected:
                print(safe(f"    → {each}"))
    return 0


def _check(options: argparse.Namespace) -> int:
    found = [flow.find_guide(each, options.repo) for each in options.guides] or flow.guides(options.repo)
    problems = {guide.path: flow.check(guide, options.repo) for guide in found}
    if options.format == "json":
        emit_json(
            {
                "problems": [
                    {
                        "file": path,
                        "line": each.line,
                        "code": each.code,
                        "severity": each.severity,
                        "message": each.message,
                        "hint": each.hint,
                    }
                    for path, several in problems.items()
                    for each in several
                ]
            }
        )
    else:
        for path, several in problems.items():
            for each in several:
                _print_problem(path, each)
            if not several:
                print(safe(f"{path}: nothing is wrong with it"))
    return EXIT_FINDINGS if any(each.severity == "error" for several in problems.values() for each in several) else 0


def _print_problem(path: str, each: Problem) -> None:
    colour = "red" if each.severity == "error" else "yellow"
    place = f"{path}:{each.line}" if each.line else path
    print(f"{safe(place)}  {paint(each.severity, colour)}  {safe(each.message)}  ({each.code})")
    if each.hint:
        print(safe(f"      {each.hint}"))


def _approve(options: argparse.Namespace) -> int:
    guide = flow.find_guide(options.guide, options.repo)
    who = flow.approve(guide, repo=options.repo)
    print(safe(f"{guide.path}: this version may be played unattended on this machine, {who} says"))
    return 0


def _play(options: argparse.Namespace) -> int:
    from runbook.cli.playing import play

    return play(options)


def _new(options: argparse.Namespace) -> int:
    from pathlib import Path

    from runbook.flow.audit import write_text
    from runbook.flow.guide_new import guide_from

    text, name = guide_from(options.source, options.repo)
    folder = flow.folder_of(options.repo)
    path = options.output or (None if folder is None else os.path.join(folder, f"{name}.md"))
    if path is None:
        raise BadInputError("where shall it be written?", field="-o")
    if path == "-":
        print(text, end="")
        return 0
    if os.path.exists(path):
        raise BadInputError("is there already", file=path, hint="name another file with -o")
    write_text(Path(path), text)
    print(safe(path))
    note("  read it, take out what nobody should run again, then: runbook guide check " + os.path.relpath(path))
    return 0


def _as_json(guide: Guide) -> dict[str, object]:
    """The shape of docs/schema/guide.json."""
    return {
        "path": guide.path,
        "title": guide.title,
        "summary": guide.summary,
        "needs": list(guide.needs),
        "placeholders": [
            {"name": each.name, "ask": each.ask, "default": each.default, "pattern": each.pattern}
            for each in guide.placeholders.values()
        ],
        "steps": [
            {
                "title": step.title,
                "why": step.why,
                "line": step.line,
                "acts": [
                    {"kind": act.kind, "text": act.text, "line": act.line, "expected": list(act.expected)}
                    for act in (*step.acts, *step.rollback)
                ],
            }
            for step in guide.steps
        ],
        "digest": guide.digest,
    }
