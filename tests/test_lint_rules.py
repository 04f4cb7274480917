"""Every lint rule holds what its own examples say, and ordinary blameless prose passes all of them."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reviewing import IDS, build
from strategies import deployments, incidents, nasty_text

from runbook.flow import lint as flow
from runbook.flow.file import render_document
from runbook.record.store import dump_record, write_file
from runbook.review.ignores import take_out
from runbook.review.passages import own_words
from runbook.review.registry import all_rules
from runbook.review.report_text import ReportText
from runbook.review.rule import Example

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument
    from runbook.review.problem import Problem
    from runbook.review.rule import Rule

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
    problems = look(tmp_path / "team", rule, example)
    assert {problem.rule for problem in problems} == {rule.code}, problems
    for problem in problems:
        path = tmp_path / "team" / problem.file
        assert 1 <= problem.line <= (path.read_text("utf-8").count("\n") + 1 if path.exists() else 1)
        assert problem.message
        assert not problem.message.endswith(".")
        assert problem.hint
        assert problem.severity == rule.severity


@pytest.mark.parametrize(("rule", "example"), GOOD, ids=name)
def test_a_good_example_yields_nothing(tmp_path: Path, rule: Rule, example: Example) -> None:
    assert look(tmp_path / "team", rule, example) == []


ROOT = Path(__file__).parent.parent


def test_a_page_of_ordinary_blameless_sentences_is_left_alone(tmp_path: Path) -> None:
    """Names, failures and causes in one sentence are no blame as long as nobody is made the cause."""
    page = (ROOT / "tests/data/lint/blameless.md").read_text("utf-8").splitlines()
    factors = [{"id": f"F{number}", "text": text} for number, text in enumerate(page)]
    example = Example(record={"summary": "\n".join(page), "factors": factors})
    assert flow.lint_documents(str(tmp_path), [build(tmp_path, example)], today=TODAY) == []


def test_a_team_that_owns_a_follow_up_is_no_person(tmp_path: Path) -> None:
    done = {"text": "Write it down", "due": "2026-03-20", "done": True}
    owners = [
        {"id": f"A{n}", "owner": owner, **done} for n, owner in enumerate(("Payments", "Platform Team", "Ann Lee"))
    ]
    texts = ("Payments failed to clear for 40 minutes.", "Team should have a quota.", "Ann forgot the flag.")
    example = Example(record={"actions": owners, "factors": [{"id": f"F{n}", "text": t} for n, t in enumerate(texts)]})
    problems = flow.lint_documents(str(tmp_path), [build(tmp_path, example)], today=TODAY)
    assert [problem.message for problem in problems] == ["a person is named as the cause: “Ann forgot”"]


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("At 14:05 Kim forgot to set the flag.", "Kim forgot"),
        ("It went wrong because of @Noor.", "because of @Noor"),
        ("Kim apparently failed to read the plan.", "Kim apparently failed to"),
        ("Noor’s mistake cost us an hour.", "Noor’s mistake"),
        ("That was Kim's second big mistake.", "Kim's second big mistake"),
        ("A junior engineer was to blame.", "A junior engineer was to blame"),
        ("The developer should have tested it.", "The developer should have"),
        ("Kim broke production.", "Kim broke production"),
        ("It was careless to run it twice.", "careless"),
        ("Whoever did this is an idiot.", "idiot"),
        ("- Everything was fine\n- then Noor accidentally\n  deleted the index", "Noor accidentally"),
    ],
)
def test_blame_is_quoted_with_a_suggestion(tmp_path: Path, text: str, passage: str) -> None:
    example = Example(record={"summary": text})
    problems = flow.lint_documents(str(tmp_path), [build(tmp_path, example)], today=TODAY)
    (problem,) = problems
    assert problem.rule == "RB012"
    assert f"“{passage}”" in problem.message
    assert problem.hint
    line = (tmp_path / problem.file).read_text("utf-8").splitlines()[problem.line - 1]
    assert passage.split(maxsplit=1)[0].lower() in line.lower()


@pytest.mark.parametrize(
    "text",
    [
        "Add an alert on the age of certificates (#4711)",
        "Split the `orders` table by month",
        "[Write the runbook](https://wiki.example.net/x) for a full disk",
        "**Move** the cron job off the database host",
        "Let the proxy reload itself after a renewal",
        "CI fails on a missing COPY source",
        "Rate-limit the retry of the client",
        "Review the rota with Payments by the end of March",
        "Fix PAY-411",
    ],
)
def test_follow_ups_that_can_be_ticked_are_left_alone(tmp_path: Path, text: str) -> None:
    example = Example(record={"actions": [{"id": "A1", "text": text, "owner": "Kim", "due": "2026-09-01"}]})
    assert flow.lint_documents(str(tmp_path), [build(tmp_path, example)], today=TODAY) == []


def test_this_projects_own_archive_is_clean_on_the_day_it_ends() -> None:
    """No rule is turned off for it: no runbook.toml stands at the top of this repository."""
    result = flow.lint(str(ROOT), today=date(2026, 2, 13))
    assert len(result.documents) == 4
    assert result.problems == []


def test_each_rule_has_a_code_of_its_own_and_says_what_it_is_for() -> None:
    for rule in all_rules().values():
        assert rule.title[0].isupper()
        assert not rule.title.endswith(".")
        assert rule.reason.endswith((".", ")"))
        assert rule.bad, rule.code


@pytest.mark.parametrize(
    "unit", ['"', "`", "“", "](", "Kim ", "forgot ", "<!-- ", "<!-- runbook:ignore ", "50 % of ", "- ", "#", "<", "x"]
)
def test_no_text_makes_a_rule_slow(tmp_path: Path, unit: str) -> None:
    """Thirty thousand characters of what a pattern waits for cost seconds at most, not minutes."""
    text = unit * (30_000 // len(unit))
    example = Example(
        record={"summary": "x", "impact": {"users": text, "systems": ["x"]}, "severity": "low"}, append=f"\n{text}\n"
    )
    identifier = build(tmp_path, example)
    begin = time.process_time()
    flow.lint_documents(str(tmp_path), [identifier], today=TODAY)
    assert time.process_time() - begin < 3


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("<!-- id A1 -->", "<!-- id A1 --> <!-- runbook:ignore RB021 in May -->", "A1"),
        ("<!-- id A1 -->", "<!-- runbook:ignore rb021 in May --> <!-- id A1 -->", "A1"),
        ("## Follow-up Actions\n", "## Follow-up Actions\n<!-- runbook:ignore RB021: in May -->\n", "actions"),
        ("<!-- /runbook:actions -->", "<!-- runbook:ignore RB021 in May -->\n<!-- /runbook:actions -->", "actions"),
        ("# Checkout", "<!-- runbook:ignore RB021 in May -->\n# Checkout", ""),
        ("# Checkout", "<!-- runbook:ignore RB021 at A1: in May -->\n# Checkout", "A1"),
    ],
    ids=["behind", "before", "section", "field", "top", "named"],
)
def test_a_typed_ignore_finds_its_way_into_the_record(tmp_path: Path, before: str, after: str, where: str) -> None:
    """Taken out of the report, which is then what it was, and put into the record, it means the same."""
    action = {"id": "A1", "text": "Renew it by timer", "owner": "Kim"}
    table = '[lint.rules]\nRB046 = "off"\n'
    example = Example(record={"actions": [action]}, replace={before: after}, settings=table)
    folder = tmp_path / "incidents/2026" / build(tmp_path, example)
    assert flow.lint_documents(str(tmp_path), today=TODAY) == []
    typed = (folder / "report.md").read_text("utf-8")
    clean, ignores = take_out(typed)
    assert clean.count("\n") == typed.count("\n")
    assert [(each.rule, each.reason, each.where) for each in ignores] == [("RB021", "in May", where)]
    plain = build(tmp_path, Example(record={"actions": [action]}, settings=table))
    text = (tmp_path / "incidents/2026" / plain / "report.md").read_text("utf-8")
    assert clean.replace("\n", "") == text.replace("\n", "")
    build(
        tmp_path,
        Example(record={"actions": [action], "lint_ignores": [vars(each) for each in ignores]}, settings=table),
    )
    assert flow.lint_documents(str(tmp_path), today=TODAY) == []


def test_what_is_no_ignore_stays_in_the_report() -> None:
    for text in (
        "`<!-- runbook:ignore RB021 in May -->`",
        "```\n<!-- runbook:ignore RB021 in May -->\n```",
        "<!-- runbook:ignore the second one -->",
        "<!-- runbook:ignores -->\n<!-- runbook:ignore RB021 at A1: in May -->\n<!-- /runbook:ignores -->",
    ):
        assert take_out(text) == (text, [])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=st.one_of(incidents(), deployments()))
def test_any_record_can_be_looked_at(tmp_path_factory: pytest.TempPathFactory, document: AnyDocument) -> None:
    """Whatever the model allows: no rule fails, and every problem points at a line that is there."""
    root = tmp_path_factory.mktemp("any")
    document = document.model_copy(update={"id": IDS[document.document]})
    folder = root / "incidents/2026" / document.id
    write_file(folder / "record.yaml", dump_record(document).encode())
    write_file(folder / "report.md", render_document(document, None).encode("utf-8", "backslashreplace"))
    for problem in flow.lint_documents(str(root), today=TODAY):
        assert 1 <= problem.line <= (root / problem.file).read_text("utf-8").count("\n") + 1
        assert "\n" not in problem.message + problem.hint


@settings(max_examples=100, deadline=None)
@given(text=st.one_of(nasty_text(max_parts=12), st.text()))
def test_any_text_can_be_read_as_a_report(text: str) -> None:
    report = ReportText(text)
    assert len(report.lines) == text.count("\n") + 1
    assert all(1 <= line <= len(report.lines) for line in report.empty.values())
    clean, _ignores = take_out(text)
    assert clean.count("\n") == text.count("\n")
    assert take_out(clean) == (clean, [])
    assert len(own_words(text)) == len(text)
