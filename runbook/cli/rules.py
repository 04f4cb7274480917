"""``runbook rules``: the ten rules, and which of them the open document keeps."""

from __future__ import annotations

from runbook.cli.output import add_document, add_format, clip, emit_json, paint, parser, safe, width
from runbook.errors import EXIT_FINDINGS
from runbook.flow.backup import open_desk
from runbook.model.rules import RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.flow.rules import Verdict

_COLOURS = {"warn": "yellow", "stop": "red"}


def run(argv: list[str]) -> int:
    """Show the rules; with a document open, hold them against it."""
    arguments = parser(
        "rules",
        "The ten rules: what each asks, and what looks after it. With a document open, which of them it keeps.",
        epilog='[rules] in runbook.toml makes each off, warn (default) or stop: backup = "stop". A deployment that\n'
        "breaks a rule that stops is not filed as a success. Exit status 1: such a rule is not kept.",
    )
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args(argv)
    desk = open_desk(options.id, options.repo)
    if desk is None:
        found: list[Verdict] | None = None
    else:
        from runbook.flow.rules import verdicts

        found = verdicts(desk)
    if options.format == "json":
        emit_json(_as_json(found, "" if desk is None else desk.id))
    elif found is None:
        for rule in RULES:
            print(safe(f"{rule.number:>2}  {rule.title}"))
            print(clip(f"      {rule.name}: {rule.enforced}", width()))
    else:
        _show(found)
    return EXIT_FINDINGS if any(not each.kept and each.level == "stop" for each in found or []) else 0


def _show(found: list[Verdict]) -> None:
    for each in found:
        mark = paint("✓", "green") if each.kept else paint("✗", _COLOURS[each.level])
        stops = "" if each.kept or each.level == "warn" else "  (stops)"
        print(f"{mark} {each.rule.number:>2}  {safe(each.rule.title)}{stops}")
        for reason in each.reasons:
            print(clip(f"      {reason}", width()))
        if not each.kept:
            print(clip(f"      {each.rule.do}", width()))


def _as_json(found: list[Verdict] | None, document: str) -> dict[str, object]:
    """The shape of docs/schema/ten-rules.json."""
    if found is None:
        rows = [{"number": each.number, "name": each.name, "title": each.title} for each in RULES]
        return {"document": document, "rules": [{**row, "level": None, "kept": None, "reasons": []} for row in rows]}
    return {
        "document": document,
        "rules": [
            {
                "number": each.rule.number,
                "name": each.rule.name,
                "title": each.rule.title,
                "level": each.level,
                "kept": each.kept,
                "reasons": each.reasons,
            }
            for each in found
        ],
    }
