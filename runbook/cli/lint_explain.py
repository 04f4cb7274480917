"""``runbook lint --explain``: what a rule asks, why, and what is bad and good by it."""

from __future__ import annotations

from runbook.cli.output import emit_json, paint, width
from runbook.model.cells import wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.review.rule import Example, Rule


def explain(code: str, *, as_json: bool) -> int:
    """One rule at length, or all of them in a line each where ``code`` is empty.

    Raises:
        NotFoundError: there is no such rule.
    """
    from runbook.flow.lint_rules import find_rule, rules

    known = rules()
    if not code:
        if as_json:
            emit_json([_shape(rule) for rule in known.values()])
            return 0
        for rule in known.values():
            print(f"{rule.code}  {rule.severity:<7}  {rule.title}")
        return 0
    rule = find_rule(code)
    if as_json:
        emit_json(
            {**_shape(rule), "bad": [_lines(one) for one in rule.bad], "good": [_lines(one) for one in rule.good]}
        )
        return 0
    room = min(width(), 100)
    print(paint(f"{rule.code}  {rule.name}  ({rule.severity})", "bold"))
    print(rule.title)
    print()
    print("\n".join(wrap(rule.reason, room)))
    print()
    print("\n".join(wrap(f"What to do: {rule.fix}", room, following="  ")))
    for title, examples in (("Bad", rule.bad), ("Good", rule.good)):
        print()
        print(paint(title, "bold"))
        blocks = ["\n".join(f"  {line}" for line in lines) for lines in map(_lines, examples) if lines]
        print("\n\n".join(blocks) or "  a report without it")
    print()
    print("Another severity, or none, in runbook.toml:   [lint.rules]")
    print(f'                                              {rule.code} = "off"')
    print(f"Where it does not hold, in the report:        <!-- runbook:ignore {rule.code} why -->")
    return 0


def _shape(rule: Rule) -> dict[str, str]:
    return {
        "rule": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "title": rule.title,
        "reason": rule.reason,
        "fix": rule.fix,
    }


def _lines(example: Example) -> list[str]:
    """What an example holds, as a person would find it in the files."""
    from runbook.flow.lint_rules import show_example

    return show_example(example)
