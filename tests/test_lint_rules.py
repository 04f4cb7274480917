"""Every lint rule holds what its own examples say, and ordinary blameless prose passes all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from reviewing import build

from runbook.flow import lint as flow
from runbook.review.registry import all_rules

if TYPE_CHECKING:
    from pathlib import Path

    from runbook.review.problem import Problem
    from runbook.review.rule import Example, Rule

TODAY = date(2026, 3, 5)
BAD = [(rule, example) for rule in all_rules().values() for example in rule.bad]
GOOD = [(rule, example) for rule in all_rules().values() for example in rule.good]


def look(root: Path, rule: Rule, example: Example) -> list[Problem]:
    edited = example.append or example.replace
    if edited and rule.code != "RB046":  # an edit of the report that is not in the record is its own finding
        table = "" if "[lint.rules]" in example.settings else "[lint.rules]\n"
        example = replace(example, settings=f'{example.settings}{table}RB046 = "off"\n')
    return flow.lint_documents(str(root), [build(root, example)], today=TODAY)


def name(value: object) -> str:
    return getattr(value, "code", "")


@pytest.mark.parametrize(("rule", "example"), BAD, ids=name)
def test_a_bad_example_yields_its_rule_and_no_other(tmp_path: Path, rule: Rule, example: Example) -> None:
    """With a line that exists, a message for people, and something to do."""
    if rule.code == "RB046" and flow.COMPARE is None:
        pytest.skip("nothing compares record and report yet")
    problems = look(tmp_path / "team", rule, example)
    assert {problem.rule for problem in problems} == {rule.code}, problems
    for problem in problems:
        text = (tmp_path / "team" / problem.file).read_text("utf-8")
        assert 1 <= problem.line <= text.count("\n") + 1
        assert problem.message
        assert not problem.message.endswith(".")
        assert problem.hint
        assert problem.severity == rule.severity


@pytest.mark.parametrize(("rule", "example"), GOOD, ids=name)
def test_a_good_example_yields_nothing(tmp_path: Path, rule: Rule, example: Example) -> None:
    assert look(tmp_path / "team", rule, example) == []
