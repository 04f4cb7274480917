"""What each step proposes, asks and saves; and the deployment interview."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from interviews import ADVICE, HABIT, STARTED, WORST, ask, at, deployment, entry, incident, question, record_incident

from runbook.capture.prompter_scripted import BACK, DEFAULT
from runbook.capture.steps import DEPLOYMENT_STEPS, INCIDENT_STEPS
from runbook.flow.declare import declare
from runbook.flow.desk import find_place
from runbook.flow.file import render_document
from runbook.model.checklists import AFTER, BEFORE, DEPLOYMENT, DOCUMENTS

if TYPE_CHECKING:
    from pathlib import Path

    from runbook.flow.desk import Desk


@pytest.fixture
def recorded(home: Path) -> Desk:
    return record_incident()


@pytest.fixture
def rollout(home: Path) -> Desk:
    """A deployment with recorded commands, the last of which failed."""
    desk = declare("deployment", "Dashboards 1.4", place=find_place(), at=STARTED)
    desk.append("command", {"command": "docker build -t plexus:1.4 .", "exit_status": 0, "duration": 9.0}, at=at(5))
    desk.append("command", {"command": "docker compose up -d", "exit_status": 1, "duration": 2.0}, at=at(9))
    desk.append("verification", {"text": "The old version still answers"}, at=at(12))
    return desk


def repository(folder: Path, settings: str) -> None:
    (folder / ".git").mkdir()
    (folder / "runbook.toml").write_text(settings, encoding="utf-8")


def test_milestones_out_of_order_are_asked_again_with_what_was_typed(recorded: Desk) -> None:
    """The message names both; nothing typed is lost."""
    prompter = ask(
        recorded,
        [
            ("milestones", {"detected": "09:30", "acknowledged": "09:10", "mitigated": "09:40"}),
            ("milestones", {"acknowledged": "09:35"}),
        ],
    )
    assert any(
        "Taken on (2026-02-11 09:10) cannot lie before detected (2026-02-11 09:30)" in text for text in prompter.shown
    )
    again = [asked for asked in prompter.asked if asked.key == "milestones"][1]
    assert again.default == {"detected": "09:30", "acknowledged": "09:10", "mitigated": "09:40"}
    times = incident(recorded).milestones
    assert (times.detected, times.acknowledged, times.mitigated) == (at(28), at(33), at(38))


def test_a_time_typed_to_the_minute_is_not_before_one_recorded_in_that_minute(home: Path) -> None:
    start = STARTED + timedelta(seconds=42, milliseconds=250)
    desk = declare("incident", "Slow", place=find_place(), at=start)
    desk.append("mark", {"milestone": "resolved"}, at=at(30))
    ask(desk, {"milestones": {"detected": "09:02", "acknowledged": "09:05", "mitigated": ""}})
    times = incident(desk).milestones
    assert times.detected == start
    assert times.mitigated is None


def test_a_milestone_answered_ends_the_incident(home: Path) -> None:
    """An incident told after the fact is resolved once its end is known."""
    desk = declare("incident", "Told later", place=find_place(), at=STARTED)
    ask(desk, {"milestones": {"resolved": "11:00", "mitigated": "-", "detected": "-", "acknowledged": "-"}})
    assert incident(desk).status == "resolved"


def test_each_known_failure_shows_its_line_and_its_fix(recorded: Desk) -> None:
    asked = question(ask(recorded), "findings")
    shown = entry(asked, WORST)
    assert 'evidence/build.txt:3: failed to compute cache key: "/packages": not found' in shown.detail
    assert "Fix: Build from the repository root." in shown.detail
    assert shown.hint == "09:12 ×2"
    assert (shown.checked, entry(asked, ADVICE).checked, entry(asked, HABIT).checked) == (True, False, True)


def test_advice_that_nobody_ticks_needs_no_reason(recorded: Desk) -> None:
    """Only what was proposed and refused is dismissed, and asked about."""
    prompter = ask(recorded)
    assert "findings.reasons" not in prompter.keys
    assert {f.id: f.state for f in incident(recorded).findings}[ADVICE] == "open"


def test_the_cost_is_worked_out_from_the_incidents_duration(home: Path) -> None:
    """Settings give rate and people; hours left as they are stay the incident's duration."""
    repository(home / "somewhere", '[cost]\nrate = 95\npeople = 2\ncurrency = "CHF"\n')
    desk = declare("incident", "Slow", place=find_place(str(home / "somewhere")), at=STARTED)
    desk.append("mark", {"milestone": "resolved"}, at=at(90))
    prompter = ask(desk)
    assert any("2 people x 1.5 h x 95 CHF = 285 CHF" in text for text in prompter.shown)
    cost = incident(desk).impact.financial
    assert (cost.people, cost.hours, cost.rate, cost.currency) == (2, None, 95, "CHF")
    ask(desk, [("summary", "impact"), ("impact", {"hours": "2h 30min"})])
    assert incident(desk).impact.financial.hours == 2.5


def test_a_team_that_knows_what_an_hour_down_costs_is_asked_for_it(home: Path) -> None:
    """It is in the record then, so that the report says the same when the settings change."""
    repository(home / "somewhere", "[cost]\nrate = 80\npeople = 2\ndowntime_rate = 1200\n")
    desk = declare("incident", "Slow", place=find_place(str(home / "somewhere")), at=STARTED)
    desk.append("mark", {"milestone": "mitigated"}, at=at(30))
    desk.append("mark", {"milestone": "resolved"}, at=at(90))
    ask(desk)
    assert incident(desk).impact.financial.downtime_rate == 1200
    report = render_document(incident(desk), None)
    assert "| Downtime | **0.5 h** | from 2026-02-11 09:02 to mitigated 2026-02-11 09:32" in report
    assert "| Total | **840 EUR** | 240 EUR + 600 EUR" in report
    ask(desk, [("summary", "impact"), ("impact", {"downtime_rate": ""})])
    assert incident(desk).impact.financial.downtime_rate is None


def test_five_whys_are_enough(recorded: Desk) -> None:
    """A chain ends by itself after the fifth why."""
    whys = {f"why.1.{number}": f"because {number}" for number in range(1, 6)}
    prompter = ask(recorded, whys)
    assert "why.1.6" not in prompter.keys
    assert [why.text for why in incident(recorded).causes[0].whys] == list(whys.values())


def test_a_shorter_answer_cuts_the_chain(recorded: Desk) -> None:
    """Emptying a why takes it and everything below it away."""
    ask(recorded, {"why.1.1": "one", "why.1.2": "two", "why.1.3": "three"})
    ask(recorded, [("summary", "causes"), ("why.1.1", DEFAULT), ("why.1.2", "")])
    assert [why.text for why in incident(recorded).causes[0].whys] == ["one"]


def test_a_cause_is_proven_only_with_evidence_for_each_why(recorded: Desk) -> None:
    prompter = ask(recorded, {"why.1.1": "one", "why.1.1.evidence": [WORST], "why.1.2": "two", "why.1.2.evidence": []})
    (cause,) = incident(recorded).causes
    assert not cause.proven
    titles = [choice.title for choice in question(prompter, "why.1.1.evidence").choices]
    assert any("known failure" in title for title in titles)
    assert any("$ docker build ." in title for title in titles)
    assert any("Nobody can open the dashboards" in title for title in titles)
    note = entry(question(prompter, "why.1.1.evidence"), "Nobody can open").value
    ask(recorded, [("summary", "causes"), ("why.1.2.evidence", [note])])
    assert incident(recorded).causes[0].proven


def test_a_suggested_cause_brings_its_evidence_and_is_only_likely(recorded: Desk) -> None:
    """Enter on the suggestion claims no more than the record shows."""
    prompter = ask(recorded)
    (cause,) = incident(recorded).causes
    command = incident(recorded).commands[0].id
    assert cause.whys[0].evidence == [WORST, command]
    assert not cause.proven
    assert "why.1.1.evidence" not in prompter.keys


def test_what_was_left_out_can_be_brought_back(recorded: Desk) -> None:
    row = next(row for row in incident(recorded).timeline if row.text == "The page loads")
    ask(recorded, [("timeline", row.id), (f"timeline.{row.id}", "out")])
    assert incident(recorded).left_out == [row.id]
    ask(recorded, [("summary", "timeline"), ("timeline", "bring-back"), ("timeline.bring-back", [row.id])])
    assert incident(recorded).left_out == []
    assert row.text in [one.text for one in incident(recorded).timeline]


def test_back_in_the_timeline_returns_to_the_list(recorded: Desk) -> None:
    prompter = ask(recorded, [("timeline", "add"), ("timeline.add", BACK)])
    assert prompter.keys[2:5] == ["timeline", "timeline.add", "timeline"]


def test_what_a_command_was_cannot_be_reworded(recorded: Desk) -> None:
    """A command stays what was run; its role and a note say what it meant."""
    command = incident(recorded).commands[0].id
    prompter = ask(
        recorded,
        [
            ("timeline", command),
            (f"timeline.{command}", "role"),
            (f"timeline.{command}.role", {"role": "made-worse", "note": "It replaced the image"}),
        ],
    )
    assert "text" not in [choice.value for choice in question(prompter, f"timeline.{command}").choices]
    first = incident(recorded).commands[0]
    assert (first.role, first.note) == ("made-worse", "It replaced the image")


def test_a_suggested_role_that_is_unticked_stays_away(recorded: Desk) -> None:
    """A suggestion that was refused does not come back when the step is seen again."""
    ask(recorded, [("timeline", "commands"), ("commands.worked", [])])
    assert [c.role for c in incident(recorded).commands] == ["", "", ""]
    prompter = ask(recorded, [("summary", "timeline")])
    assert question(prompter, "timeline").default == "go-on"
    assert [c.role for c in incident(recorded).commands] == ["", "", ""]


def test_unticked_measures_stay_on_the_checklist(recorded: Desk) -> None:
    """The checklist gathers what every confirmed failure asks for; measures are what the team ticked."""
    ask(recorded, {"prevention": [f"{WORST}#2"]})
    record = incident(recorded)
    assert [item.text for item in record.prevention] == ["The Dockerfile says where to build"]
    assert record.prevention[0].signature == WORST
    assert [check.text for check in record.checklist] == [
        *("CI builds the image from the root", "The Dockerfile says where to build"),
        "Ask after the third failure",
    ]


def test_a_follow_up_keeps_its_id_and_whether_it_is_done(recorded: Desk) -> None:
    ask(recorded)
    before = incident(recorded).actions
    recorded.append(
        "answer",
        {"step": "x", "field": "actions", "value": [{**before[0].model_dump(mode="json"), "done": True}]},
    )
    ask(recorded, [("actions", DEFAULT), ("summary", "actions")][1:])
    (after,) = incident(recorded).actions
    assert (after.id, after.done) == (before[0].id, True)


def test_the_deployment_interview_on_enter_is_honest(rollout: Desk) -> None:
    """Enter through everything ticks nothing that nobody did, and fills in what was recorded."""
    prompter = ask(rollout)
    record = deployment(rollout)
    assert record.changes == "Dashboards 1.4."
    assert record.deployer
    assert record.sign_off.documents == []
    assert record.sign_off.by == ""
    assert [check.text for check in record.pre_checks] == list(BEFORE)
    assert [check.text for check in record.practice_checks] == list(DEPLOYMENT)
    assert [check.text for check in record.post_checks] == list(AFTER)
    assert not any(check.done for check in [*record.pre_checks, *record.practice_checks, *record.post_checks])
    assert [(step.text, step.ok) for step in record.steps] == [
        ("docker build -t plexus:1.4 .", True),
        ("docker compose up -d", False),
    ]
    assert all(step.command for step in record.steps)
    assert record.verification == "The old version still answers"
    assert "`docker compose up -d` failed with exit status 1" in [item.text for item in record.issues]
    assert record.status == "failed"
    assert record.links == []
    assert [choice.title for choice in question(prompter, "sign-off").choices] == list(DOCUMENTS)


def test_documents_are_signed_for_as_they_were(rollout: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Path and digest go on record with the signature; what has changed since is shown so, and not ticked."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("as it was read\n")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    ask(rollout, [("sign-off", ["README", "Dockerfile"]), ("sign-off.by", {"by": "Robin", "others": ""})])
    signed = deployment(rollout).sign_off.documents
    assert signed[0].startswith("README (README.md sha256:")
    (tmp_path / "README.md").write_text("changed since\n")
    prompter = ask(rollout, [("summary", "sign-off"), ("summary", "write")])
    choices = {choice.title: choice for choice in question(prompter, "sign-off").choices}
    assert (choices["README"].checked, choices["README"].hint) == (False, "changed since it was signed")
    assert (choices["Dockerfile"].checked, choices["Dockerfile"].hint) == (True, "Dockerfile")


def test_the_source_checks_and_the_ten_steps_are_the_defaults() -> None:
    """Five checks before, five after, ten on the way; the people and the alerts among them."""
    assert (len(BEFORE), len(AFTER), len(DEPLOYMENT)) == (5, 5, 10)
    assert "Stakeholders notified" in BEFORE
    assert "Monitoring alerts cleared" in AFTER


def test_the_deployment_interview_with_answers(rollout: Desk) -> None:
    """Signed, ticked with name and time, explained where not, linked to the incident it caused."""
    ask(
        rollout,
        [
            ("changes", {"changes": "New pages", "deployer": "Robin", "reviewer": "Kim"}),
            ("sign-off", ["README", "Dockerfile"]),
            ("sign-off.by", {"by": "Robin", "others": "ADR 12"}),
            ("before", ["1", "2", "why-not"]),
            ("before.reasons", {"3": "no staging", "4": "", "5": "it was night"}),
            ("verification", {"rollback_plan": "docker compose up -d with plexus:1.3"}),
            ("after", ["1"]),
            ("outcome", {"status": "rolled-back", "incident": "inc-2026-02-11-001", "relation": "caused"}),
        ],
    )
    record = deployment(rollout)
    assert (record.sign_off.by, record.sign_off.documents) == ("Robin", ["README", "Dockerfile", "ADR 12"])
    assert record.sign_off.at is not None
    assert [check.done for check in record.pre_checks] == [True, True, False, False, False]
    assert record.pre_checks[0].by
    assert record.pre_checks[0].at is not None
    assert [check.note for check in record.pre_checks] == ["", "", "no staging", "", "it was night"]
    assert record.status == "rolled-back"
    assert [(link.document, link.relation) for link in record.links] == [("INC-2026-02-11-001", "caused")]
    assert record.milestones.resolved == at(12)


def test_a_tick_keeps_the_time_at_which_it_was_made(rollout: Desk) -> None:
    ask(rollout, {"before": ["1"]})
    first = deployment(rollout).pre_checks[0].at
    ask(rollout, [("summary", "before"), ("before", ["1", "2"])])
    checks = deployment(rollout).pre_checks
    assert checks[0].at == first
    assert checks[1].done


def test_a_team_has_its_own_checklists_or_none(home: Path) -> None:
    """Settings replace a checklist; an empty one takes the question away."""
    repository(home / "somewhere", '[checklists]\nbefore = ["Pager handed over"]\ndeployment = []\n')
    desk = declare("deployment", "x", place=find_place(str(home / "somewhere")), at=STARTED)
    prompter = ask(desk, {"before": ["1"]})
    assert "practice" not in prompter.keys
    assert [check.text for check in deployment(desk).pre_checks] == ["Pager handed over"]
    assert deployment(desk).practice_checks == []


def test_steps_have_names_of_their_own() -> None:
    """A name is in journals for ever: once a step, and the same step in both interviews."""
    for steps in (INCIDENT_STEPS, DEPLOYMENT_STEPS):
        names = [step.name for step in steps]
        assert len(names) == len(set(names))
        assert names[-1] == "summary"


def test_progress_counts_the_steps_that_are_asked(recorded: Desk) -> None:
    prompter = ask(recorded)
    assert prompter.asked[0].step == "(1/10)"
    assert prompter.asked[-1].step == "(10/10)"


def test_clock_times_are_read_in_the_documents_zone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed as 10:30 in Berlin is 09:30 UTC."""
    repository(home / "somewhere", 'zone = "Europe/Berlin"\n')
    desk = declare("incident", "Slow", place=find_place(str(home / "somewhere")), at=STARTED)
    desk.append("mark", {"milestone": "resolved"}, at=at(120))
    ask(desk, [("milestones", {"detected": "10:30"}), ("timeline", "add"), ("timeline.add", "10:45 asked Kim")])
    record = incident(desk)
    assert record.milestones.detected == datetime(2026, 2, 11, 9, 30, tzinfo=UTC)
    assert next(row for row in record.timeline if row.text == "asked Kim").at == datetime(
        2026, 2, 11, 9, 45, tzinfo=UTC
    )
