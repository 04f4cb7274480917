"""What lint makes of how people write: sound postmortems of many manners pass, bad habits are caught."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from reviewing import build

from runbook.flow.lint import lint_documents
from runbook.review.passages import own_words
from runbook.review.rule import Example
from runbook.review.words import spelled_out

TODAY = date(2026, 3, 5)
POSTMORTEMS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "data/lint/postmortems.yaml").read_text("utf-8")
)


def rules(root: Path, record: dict[str, Any]) -> list[tuple[str, str]]:
    """(rule, message) of every problem of an incident that is sound but for ``record``."""
    problems = lint_documents(str(root), [build(root, Example(record=record))], today=TODAY)
    for problem in problems:
        lines = (root / problem.file).read_text("utf-8").splitlines()
        assert 1 <= problem.line <= len(lines), problem
    return [(problem.rule, problem.message) for problem in problems]


def items(texts: list[str]) -> list[dict[str, str]]:
    return [{"id": f"I{number}", "text": text} for number, text in enumerate(texts)]


def actions(*texts: str) -> dict[str, Any]:
    return {"actions": [{**item, "owner": "Kim", "due": "2026-06-01"} for item in items(list(texts))]}


def cause(why: str) -> dict[str, Any]:
    whys = [{"id": "W1", "text": "The restart went to pay-1"}, {"id": "W2", "text": why, "evidence": ["E2"]}]
    return {"causes": [{"id": "K1", "title": "The wrong host was restarted", "whys": whys}]}


@pytest.mark.parametrize("given", POSTMORTEMS, ids=[given["manner"][:40] for given in POSTMORTEMS])
def test_a_sound_postmortem_gets_no_false_alarm(tmp_path: Path, given: dict[str, Any]) -> None:
    record = {key: given[key] for key in ("title", "summary", "impact")} | actions(*given["actions"])
    record["factors"] = items(given["factors"])
    record["severity"] = "medium"
    lessons = given.get("lessons", {})
    record["lessons"] = {key: items(texts) for key, texts in lessons.items()}
    assert rules(tmp_path, record) == []


@pytest.mark.parametrize(
    "text",
    [
        "The outage was the fault of Kim.",
        "The root cause was Kim deploying on a Friday.",
        "Noor did not read the documentation before running the migration.",
        "Noor never tested the restore.",
        "The engineer on call did not notice the alert.",
        "The DBA forgot to enable backups.",
        "An operator mistakenly ran the script against production.",
        "The operator ran the wrong command.",
        "Kim took down production.",
        "Noor brought the cluster down, and Kim crashed the database.",
        "Kim deleted the wrong database.",
        "The developer did not know what he was doing.",
        "Kim's bad decision led to the outage.",
        "Due to an oversight by Noor the flag stayed on.",
        "Kim should've checked the disk first.",
        "If Kim had checked the disk, this would not have happened.",
        "Had Noor read the runbook, nothing would have happened.",
        "It shows poor judgement by the release manager.",
        "Noor pushed untested code.",
        "The mistake was made by Kim.",
        "Kim has been reprimanded.",
        "The junior dev broke prod.",
        "One of our engineers made a typo.",
        "Noor skipped the review.",
    ],
)
def test_blame_in_many_words(tmp_path: Path, text: str) -> None:
    found = rules(tmp_path, {"summary": text})
    assert found
    assert {rule for rule, _ in found} == {"RB012"}


@pytest.mark.parametrize(
    "text",
    [
        "Noor did not check the replica, because the dashboard showed it as healthy.",
        "If Kim had been paged, it would not have taken an hour.",
        "The reason was Kim could not reach the vault.",
        "It was 'Kim forgot it' in the chat.",
        "The log said “Kim\nforgot the lock” at 07:50.",
        "The log said:\n\n    Kim forgot the lock\n\nand nothing else.",
        "Kim took the second node down for the test, as planned.",
        "The operator deleted the pods and mistakenly marked them as ready.",
    ],
)
def test_what_only_looks_like_blame(tmp_path: Path, text: str) -> None:
    assert rules(tmp_path, {"summary": text}) == []


def test_of_luck_one_may_say_what_else_would_have_been(tmp_path: Path) -> None:
    text = "If Noor had left at five, the page would not have been seen"
    assert rules(tmp_path / "luck", {"lessons": {"lucky": items([text])}}) == []
    assert rules(tmp_path / "wrong", {"lessons": {"went_wrong": items([text])}}) != []


@pytest.mark.parametrize(
    "why",
    [
        "human-error",
        "Human errors during the migration",
        "Operator mistake",
        "User mistake",
        "The operator ran the wrong command",
        "An engineer deleted the wrong table",
        "Noor did not follow the runbook",
        "The runbook was not followed",
        "A typo in the command",
        "It was an oversight by the team",
        "Lack of training",
        "Simple mistake",
        "We forgot to renew the certificate",
        "The admin mistyped the host name",
        "Wrong command entered by the engineer",
        "Fat-fingered the region",
        "Kim made a wrong assumption",
    ],
)
def test_a_chain_that_ends_at_a_person(tmp_path: Path, why: str) -> None:
    assert [rule for rule, _ in rules(tmp_path, cause(why))] == ["RB011"]


@pytest.mark.parametrize(
    "why",
    [
        "The failover is typed by hand and prone to human error",
        "Nothing protects against human error in the form",
        "The typo went unnoticed by the pipeline",
        "Nobody owns the certificate",
        "A typo in the region passes every check, since the tool makes what it is told",
    ],
)
def test_a_chain_that_goes_past_the_person(tmp_path: Path, why: str) -> None:
    assert rules(tmp_path, cause(why)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Improve our monitoring and alerting",
        "Improve resilience of the payment system",
        "Improve the overall reliability and robustness of our systems",
        "Better monitoring of namespaces",
        "Add more monitoring",
        "Add more alerts",
        "Add tests",
        "Investigate",
        "Investigate why it happened",
        "Investigate the possibility of using another vendor",
        "Look at improving the deployment pipeline",
        "Follow up with the vendor",
        "Be extra careful with production",
        "Pay closer attention to alerts",
        "Remind everybody to check the region",
        "Ensure it never happens again",
        "Make sure it doesn't happen again",
        "Make the system more robust",
        "Update the docs",
        "Document it",
        "Talk to the team",
        "Keep an eye on it",
        "Be vigilant",
        "Double-check commands before running",
        "Follow the runbook",
        "Learn from this",
    ],
)
def test_follow_ups_that_nobody_can_finish(tmp_path: Path, text: str) -> None:
    assert "RB023" in [rule for rule, _ in rules(tmp_path, actions(text))]


@pytest.mark.parametrize(
    "text",
    [
        "Actively monitor the lag of every partition, and page at 5 minutes",
        "Adding an automated verification step that compares digests",
        "Assess with Payments which topics need a dead-letter queue",
        "Re-enable the audit log on edge hosts",
        "Set up an alert for the age of certificates",
        "Retry limits: cap retries in the load balancer at three",
        "Investigate why the failover of the west cluster took so long",
        "Improve the alert so that it names the host and the disk",
        "Follow up with the vendor on ticket 4711",
        "Add tests for the parser of ranges",
        "Update the docs of `publish`",
    ],
)
def test_follow_ups_with_an_end(tmp_path: Path, text: str) -> None:
    assert rules(tmp_path, actions(text)) == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("To be determined.", True),
        ("Everything is back. Number of users: to be determined", True),
        ("The number of users is to be confirmed.", True),
        ("How many paid twice (to be added).", True),
        ("Work in progress", True),
        ("Fill in later what the vendor says", True),
        ("The clean-up needed to be done by hand afterwards.", False),
        ("Every order had to be confirmed.", False),
        ("Customers had to fill in the form again.", False),
        ("The move to the new issuer was a work in progress, and both were live.", False),
        ("The page said what is to be done, step by step.", False),
        ("The form was sent although the second field was not filled in by the script.", False),
    ],
)
def test_a_placeholder_is_told_from_a_sentence(tmp_path: Path, text: str, *, left: bool) -> None:
    assert [rule for rule, _ in rules(tmp_path, {"resolution": text})] == (["RB002"] if left else [])


def test_choices_are_spelled_out() -> None:
    assert spelled_out(["be (more|) careful", "(a|b)-(c|d)"]) == [
        "be more careful",
        "be careful",
        "a-c",
        "a-d",
        "b-c",
        "b-d",
    ]


def test_a_quotation_keeps_its_lines_and_ends_with_its_paragraph() -> None:
    text = 'He said "it is\nKim" and\n\nan inch is 1" long\n\n- Kim forgot'
    own = own_words(text)
    assert own.count("\n") == text.count("\n")
    assert "Kim\x00" not in own.split("\n")[1]
    assert own.endswith("- Kim forgot")


def test_a_document_is_known_by_the_id_it_had_before(tmp_path: Path) -> None:
    identifier = build(tmp_path, Example(record={"summary": "The day after DEP-2026-03-04-009 cards were refused."}))
    assert [problem.rule for problem in lint_documents(str(tmp_path), [identifier], today=TODAY)] == ["RB044"]
    other = tmp_path / "incidents/2026/DEP-2026-03-04-001/record.yaml"
    other.write_text(other.read_text("utf-8") + "aliases:\n- DEP-2026-03-04-009\n", "utf-8")
    assert lint_documents(str(tmp_path), [identifier], today=TODAY) == []
