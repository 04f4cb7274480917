"""What lint makes of single sentences: those that reviewers object to are named, those that they let stand are not."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from reviewing import build

from runbook.flow.lint import lint_documents
from runbook.review.rule import Example

if TYPE_CHECKING:
    from runbook.review.problem import Problem

SENTENCES: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "data/lint/sentences.yaml").read_text("utf-8")
)
ALIKE = {"RB011": {"RB011", "RB012"}, "RB012": {"RB011", "RB012"}, "RB022": {"RB022", "RB023"}}
ALIKE["RB023"] = ALIKE["RB022"]
"""Rules next to each other: a culprit in a chain or in prose, a follow-up without a verb or without an end."""


def record(prose: list[str], whys: list[str], actions: list[str]) -> dict[str, Any]:
    """An incident with every sentence as an item of its own, whose id says which it is."""
    return {
        "factors": [{"id": f"P{number}", "text": text} for number, text in enumerate(prose)],
        "causes": [
            {
                "id": f"K{number}",
                "title": "The wrong host was restarted",
                "whys": [{"id": f"Y{number}", "text": text, "evidence": ["E2"]}],
            }
            for number, text in enumerate(whys)
        ],
        "actions": [
            {"id": f"A{number}", "text": text, "owner": "Kim", "due": "2026-06-01"}
            for number, text in enumerate(actions)
        ],
    }


def problems(root: Path, given: dict[str, Any]) -> list[Problem]:
    return lint_documents(str(root), [build(root, Example(record=given))], today=date(2026, 3, 5))


def test_sentences_that_a_reviewer_objects_to_are_named(tmp_path: Path) -> None:
    wanted = {
        f"{letter}{number}": (line[:5], line[6:])
        for letter, kind in (("P", "prose"), ("Y", "why"), ("A", "action"))
        for number, line in enumerate(SENTENCES["bad"][kind])
    }
    lists = ([line[6:] for line in SENTENCES["bad"][kind]] for kind in ("prose", "why", "action"))
    found: dict[str, set[str]] = {}
    for problem in problems(tmp_path, record(*lists)):
        found.setdefault(problem.key.split(":")[0], set()).add(problem.rule)
    missed = [
        (rule, text) for item, (rule, text) in wanted.items() if not found.get(item, set()) & ALIKE.get(rule, {rule})
    ]
    assert missed == []


def test_sentences_that_a_reviewer_lets_stand_are_left_alone(tmp_path: Path) -> None:
    good = SENTENCES["good"]
    assert problems(tmp_path, record(good["prose"], good["why"], good["action"])) == []


@pytest.mark.parametrize("severity", ["low", "critical"])
def test_an_impact_is_held_against_the_severity(tmp_path: Path, severity: str) -> None:
    for number, (kind, wanted) in enumerate((("bad", {"RB006"}), ("good", set()))):
        for place, line in enumerate(SENTENCES[kind][f"sev-{severity}"]):
            users = line[6:] if kind == "bad" else line
            given = {"severity": severity, "impact": {"systems": ["checkout"], "users": users, "data_loss": "None"}}
            found = {problem.rule for problem in problems(tmp_path / f"{number}-{place}", given)}
            assert found == wanted, users
