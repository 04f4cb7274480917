"""The fold: journals in, record out; a curated record wins for what it holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runbook.model.record import Deployment, Incident
from runbook.model.wire import Entry, new_ulid
from runbook.record.fold import fold

START = datetime(2026, 2, 11, 8, 0, tzinfo=UTC)


def event(kind: str, minutes: float = 0, **data: Any) -> Entry:
    at = (START + timedelta(minutes=minutes)).isoformat()
    return Entry(id=new_ulid(), at=at, recorded_at=at, kind=kind, actor="robin", source="test", data=data)


def start(document: str = "incident") -> Entry:
    identifier = "INC-2026-02-11-001" if document == "incident" else "DEP-2026-02-11-001"
    return event(
        "start", document=document, id=identifier, ulid=new_ulid(), title="it broke", severity="high", zone="UTC"
    )


def test_a_started_incident_is_a_record_with_one_row() -> None:
    document, problems = fold([start()])
    assert isinstance(document, Incident)
    assert (document.title, document.severity, document.status) == ("it broke", "high", "investigating")
    assert document.milestones.started == START
    assert [row.text for row in document.timeline] == ["Incident declared: it broke"]
    assert problems == []


def test_a_deployment_runs_from_its_start() -> None:
    document, _ = fold([start("deployment")])
    assert isinstance(document, Deployment)
    assert document.status == "running"
    assert document.deployer == "robin"


def test_rows_stand_in_the_order_in_which_things_happened() -> None:
    document, _ = fold([start(), event("note", 20, text="late"), event("note", 10, text="early")])
    assert [row.text for row in document.timeline][1:] == ["early", "late"]


def test_what_was_taken_back_is_not_in_the_record() -> None:
    note = event("note", 1, text="wrong window")
    document, _ = fold([start(), note, event("undo", 2, target=note.id)])
    assert [row.kind for row in document.timeline] == ["start"]


def test_marks_set_milestones_and_status() -> None:
    document, _ = fold([start(), event("mark", 5, milestone="detected"), event("mark", 65, milestone="mitigated")])
    assert isinstance(document, Incident)
    assert document.status == "mitigated"
    assert document.milestones.since_start("mitigated") == timedelta(minutes=65)
    assert document.milestones.out_of_order() is None


def test_a_status_that_a_person_set_is_not_overruled_by_a_mark() -> None:
    document, _ = fold(
        [start(), event("answer", field="status", value="closed"), event("mark", 9, milestone="resolved")]
    )
    assert document.status == "closed"


def test_a_command_brings_its_row_its_evidence_and_its_findings() -> None:
    match = {"signature": "net/port-already-in-use", "title": "Port taken", "severity": "high", "line": 3, "count": 2}
    command = event(
        "command",
        3,
        command="docker compose up -d",
        exit_status=1,
        duration=0.8,
        outputs=[{"evidence": "E1", "stream": "stdout", "path": "evidence/e1-up.txt", "bytes": 10, "sha256": "a" * 64}],
        findings=[match],
    )
    again = event("command", 9, command="docker compose up -d", exit_status=1, findings=[match])
    document, problems = fold([start(), command, again])
    assert problems == []
    assert [(c.exit_status, c.evidence) for c in document.commands] == [(1, ["E1"]), (1, [])]
    assert document.timeline[1].id == command.id
    assert document.timeline[1].highlight
    (finding,) = document.findings
    assert finding.entries == [command.id, again.id]
    assert finding.count == 4


def test_amendments_correct_rows_commands_and_milestones() -> None:
    mark = event("mark", 30, milestone="detected")
    command = event("command", 3, command="x", exit_status=0)
    earlier = (START + timedelta(minutes=10)).isoformat()
    document, _ = fold(
        [
            start(),
            mark,
            command,
            event("amend", target=mark.id, changes={"at": earlier}),
            event("amend", target=command.id, changes={"role": "worked", "note": "did it", "text": "ran x"}),
        ]
    )
    assert document.milestones.detected == START + timedelta(minutes=10)
    assert (document.commands[0].role, document.commands[0].note) == ("worked", "did it")
    assert "ran x" in [row.text for row in document.timeline]


def test_answers_set_fields_and_merge_findings_by_id() -> None:
    document, problems = fold(
        [
            start(),
            event("finding", signature="db/sqlite-locked", title="Locked", severity="medium"),
            event("answer", step="summary", field="summary", value="first"),
            event("answer", step="summary", field="summary", value="second"),
            event("answer", step="impact", field="impact.systems", value=["api", "web"]),
            event(
                "answer",
                step="findings",
                field="findings",
                value=[{"id": "db/sqlite-locked", "state": "dismissed", "reason": "a test"}],
            ),
            event(
                "answer",
                step="actions",
                field="actions",
                value=[{"text": "fix it", "owner": "kim", "due": "2026-03-01"}],
            ),
        ]
    )
    assert isinstance(document, Incident)
    assert problems == []
    assert document.summary == "second"
    assert document.impact.systems == ["api", "web"]
    assert (document.findings[0].state, document.findings[0].reason) == ("dismissed", "a test")
    assert document.actions[0].owner == "kim"


@pytest.mark.parametrize(
    "bad",
    [
        event("answer", field="no.such.field", value=1),
        event("answer", field="severity", value="huge"),
        event("mark", milestone="lunch"),
        event("amend", target="nobody", changes={"text": "x"}),
        event("command"),
    ],
)
def test_an_event_that_does_not_fit_is_named_and_left_aside(bad: Entry) -> None:
    document, problems = fold([start(), bad, event("note", 1, text="still here")])
    assert len(problems) == 1
    assert bad.id in problems[0]
    assert document.timeline[-1].text == "still here"


def test_an_event_of_an_unknown_kind_keeps_its_text() -> None:
    document, problems = fold([start(), event("alert", 2, text="ProbeFailure fires")])
    assert problems == []
    assert document.timeline[-1].text == "ProbeFailure fires"


def test_a_curated_record_wins_for_what_it_holds() -> None:
    note = event("note", 1, text="as recorded")
    entries = [start(), note, event("answer", field="summary", value="as answered")]
    base, _ = fold(entries)
    base.timeline[1].text = "as edited in the review"
    assert isinstance(base, Incident)
    base.summary = "as edited"
    document, _ = fold(entries, base)
    assert isinstance(document, Incident)
    assert document.timeline[1].text == "as edited in the review"
    assert document.summary == "as edited"


def test_a_later_event_joins_and_a_later_amendment_overrides() -> None:
    note = event("note", 1, text="as recorded")
    entries = [start(), note]
    base, _ = fold(entries)
    base.timeline[1].text = "as edited"
    later = [event("note", 2, text="found in a log"), event("amend", target=note.id, changes={"text": "amended after"})]
    document, _ = fold(entries + later, base)
    assert [row.text for row in document.timeline][1:] == ["amended after", "found in a log"]


def test_what_a_person_left_out_stays_out_until_it_is_brought_back() -> None:
    note = event("note", 1, text="noise")
    entries = [start(), note, event("left-out", target=note.id, out=True)]
    base, _ = fold(entries)
    assert base.left_out == [note.id]
    again, _ = fold(entries, base)
    assert [row.kind for row in again.timeline] == ["start"]
    back, _ = fold([*entries, event("left-out", target=note.id, out=False)], again)
    assert [row.text for row in back.timeline][1:] == ["noise"]
    assert back.left_out == []


def test_folding_twice_changes_nothing() -> None:
    entries = [
        start(),
        event("note", 1, text="a"),
        event("command", 2, command="x", exit_status=1, findings=[{"signature": "a/b"}]),
        event("answer", field="summary", value="s"),
    ]
    once, _ = fold(entries)
    twice, problems = fold(entries, once)
    assert problems == []
    assert twice == once


def test_journals_of_several_writers_fold_the_same_in_any_order() -> None:
    entries = [start(), *(event("note", n % 7, text=str(n)) for n in range(20)), event("mark", 3, milestone="detected")]
    assert fold(entries) == fold(list(reversed(entries)))


def test_a_journal_without_a_start_is_no_record() -> None:
    with pytest.raises(ValueError, match="no start"):
        fold([event("note", text="x")])


def test_redaction_marks_are_counted_by_kind() -> None:
    text = "token [redacted:github-token:0123abcd] and [redacted:url-password:0123abce]"
    document, _ = fold([start(), event("note", 1, text=text)])
    assert document.redacted == {"github-token": 1, "url-password": 1}
