"""The interview on a real journal, answered from a script: its length, back, Ctrl-C at every question, jumps."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
from interviews import ADVICE, HABIT, STARTED, WORST, ask, at, entry, incident, question, record_incident

from runbook.capture.prompter import InterruptedWhileAskingError
from runbook.capture.prompter_scripted import BACK, DEFAULT, INTERRUPT, Interrupt, ScriptedPrompter
from runbook.flow.declare import declare
from runbook.flow.desk import find_place, open_document
from runbook.flow.interview import conduct

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runbook.capture.prompter_scripted import Asked
    from runbook.flow.desk import Desk


@pytest.fixture
def recorded(home: Path) -> Desk:
    return record_incident()


def choose(words: str) -> Callable[[Asked], str]:
    """Chooses the entry of a list whose title holds ``words``."""
    return lambda asked: next(choice.value for choice in asked.choices if words in choice.title)


def tick(*words: str) -> Callable[[Asked], list[str]]:
    """Ticks the boxes whose titles hold one of ``words``."""
    return lambda asked: [choice.value for choice in asked.choices if any(word in choice.title for word in words)]


FULL: list[tuple[str, object]] = [
    (
        "what",
        {"summary": "The dashboards could not be deployed; production stayed up.", "resolution": "Built at the root."},
    ),
    ("milestones", {"detected": "09:03", "acknowledged": "T+0:05", "mitigated": "09:50"}),
    ("timeline", "add"),
    ("timeline.add", "09:25 asked Kim\n- 09:27: Kim read the Dockerfile\n  with its COPY lines"),
    ("timeline", choose("Nobody can open")),
    ("timeline.entry", "text"),
    ("timeline.entry.text", "Nobody could open the dashboards"),
    ("timeline", choose("asked Kim")),
    ("timeline.entry", "time"),
    ("timeline.entry.time", "T+0:24"),
    ("timeline", choose("The page loads")),
    ("timeline.entry", "out"),
    ("timeline", "commands"),
    ("commands.worked", DEFAULT),
    ("commands.helped", DEFAULT),
    ("commands.dead-end", lambda asked: [asked.choices[0].value]),
    ("commands.made-worse", DEFAULT),
    ("timeline", "go-on"),
    ("findings", [WORST, ADVICE]),
    ("findings.reasons", {HABIT: "They asked in time"}),
    ("impact", {"systems": "plexus, grafana", "users": "twelve", "people": "3", "rate": "80"}),
    ("why.1.1", "It was built in a folder without the sources"),
    ("why.1.1.evidence", tick("docker build .", "known failure  Title of docker")),
    ("why.1.2", "Nobody had read the COPY lines"),
    ("why.1.2.evidence", tick("asked Kim")),
    ("why.1.3", ""),
    (
        "factors",
        {"factors": "The checklist does not name the folder\n- It was late", "another": "Nobody noticed for an hour"},
    ),
    ("why.2.1", "There is no alert"),
    ("why.2.1.evidence", ["likely"]),
    ("why.2.2", ""),
    ("factors", DEFAULT),
    ("prevention", lambda asked: [*asked.default, "own"]),
    ("prevention.own", "An alert on failed deployments"),
    ("actions", [{"text": "Add the alert", "owner": "Kim", "due": "2026-03-01", "priority": "high"}]),
    ("lessons", {"went_well": "We asked", "went_wrong": "We asked late", "lucky": "Production was elsewhere"}),
    ("summary", "lessons"),
    ("lessons", {"lucky": "Production was elsewhere\nKim was awake"}),
    ("summary", "commands"),
    ("commands.worked", DEFAULT),
    ("commands.helped", lambda asked: [asked.choices[1].value]),
    ("commands.dead-end", DEFAULT),
    ("commands.made-worse", DEFAULT),
    ("summary", "write"),
]


class Script(ScriptedPrompter):
    """A script whose keys name timeline entries by what they are.

    It presses Ctrl-C once, at question ``interrupt_at``; or, going on later, Enter until it is back at ``since``.
    """

    def __init__(self, answers: list[tuple[str, object]], *, interrupt_at: int = -1, since: str = "") -> None:
        super().__init__(answers, strict=False)
        self.interrupt_at = interrupt_at
        self.since = since

    def _next(self, asked: Asked) -> object:
        if len(self.asked) - 1 == self.interrupt_at:
            return INTERRUPT
        plain = re.sub(r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "entry", asked.key)
        if self.since not in {"", asked.key}:
            return DEFAULT
        self.since = ""
        return self._queues[plain].pop(0) if self._queues.get(plain) else DEFAULT

    def rest(self) -> list[tuple[str, object]]:
        return [(key, answer) for key, answers in self._queues.items() for answer in answers]


def as_written(desk: Desk) -> str:
    """The record without what differs between two runs: ULIDs are numbered by first sight."""
    data = incident(desk).model_dump(mode="json", exclude={"synced_through", "ulid", "id"})
    for row in data["timeline"]:
        row.pop("recorded_at")
    numbers: dict[str, str] = {}
    return re.sub(
        r"\b[0-9A-HJKMNP-TV-Z]{26}\b",
        lambda match: numbers.setdefault(match[0], f"#{len(numbers)}"),
        json.dumps(data, indent=1).replace(desk.id, "ID"),
    )


def test_enter_through_everything_takes_at_most_twelve_screens(recorded: Desk) -> None:
    """An incident recorded from start to resolve needs few screens, and Enter alone gives something to review."""
    prompter = ask(recorded)
    assert len(prompter.asked) <= 12
    record = incident(recorded)
    assert record.summary.startswith("Dashboards do not deploy.")
    assert "1 h" in record.summary
    assert record.status == "resolved"
    assert "Build from the repository root" in record.resolution
    assert record.milestones.detected == STARTED
    assert record.milestones.acknowledged == at(3)
    assert record.milestones.mitigated == at(60)
    states = {finding.id: finding.state for finding in record.findings}
    assert (states[WORST], states[ADVICE], states[HABIT]) == ("confirmed", "open", "confirmed")
    assert [c.role for c in record.commands] == ["", "", "worked"]
    assert [why.text for cause in record.causes for why in cause.whys] == [f"Title of {WORST}"]
    assert [cause.proven for cause in record.causes] == [False]
    assert [factor.text for factor in record.factors] == [f"Title of {HABIT}"]
    assert [item.text for item in record.prevention] == [
        "CI builds the image from the root",
        "Ask after the third failure",
    ]
    assert [action.text for action in record.actions] == [item.text for item in record.prevention]
    assert all(action.owner and action.due for action in record.actions)
    assert "verified" in " ".join(item.text for item in record.lessons.went_well)


def test_what_is_on_record_is_not_asked_again(recorded: Desk) -> None:
    """Title, severity, start and end were recorded; the forms leave them out, the summary leads to them."""
    prompter = ask(recorded, [("what", DEFAULT), ("summary", "what"), ("what", {"severity": "critical"})])
    first, again = (asked for asked in prompter.asked if asked.key == "what")
    assert {field.name for field in first.fields} == {"summary", "resolution", "rollback"}
    assert {field.name for field in again.fields} == {"title", "severity", "summary", "resolution", "rollback"}
    assert {f.name for f in question(prompter, "milestones").fields} == {"detected", "acknowledged", "mitigated"}
    assert {choice.value for choice in question(prompter, "summary").choices} == {
        *("write", "what", "milestones", "timeline", "commands", "findings"),
        *("impact", "causes", "prevention", "actions", "lessons"),
    }
    assert incident(recorded).severity == "critical"


def test_nothing_recorded_but_a_title_is_enough_to_begin(home: Path) -> None:
    """A bare incident is asked for everything and still gets through on Enter."""
    desk = declare("incident", "Something broke", place=find_place(), at=STARTED)
    prompter = ask(desk)
    assert "severity" in {field.name for field in question(prompter, "what").fields}
    assert "findings" not in prompter.keys
    assert prompter.keys.count("why.1.1") == 1
    assert incident(desk).causes == []


def test_the_full_interview_ends_in_the_record_it_describes(recorded: Desk) -> None:
    """Every kind of answer arrives where it belongs."""
    prompter = Script(FULL)
    conduct(recorded, prompter)
    assert prompter.rest() == []
    assert len(prompter.asked) == len(FULL)
    record = incident(recorded)
    rows = {row.text: row for row in record.timeline}
    assert rows["Nobody could open the dashboards"].at == at(3)
    assert rows["asked Kim"].at == at(24)
    assert rows["Kim read the Dockerfile\nwith its COPY lines"].at == at(25)
    assert "The page loads" not in rows
    assert len(record.left_out) == 1
    assert [c.role for c in record.commands] == ["dead-end", "helped", "worked"]
    findings = {finding.id: (finding.state, finding.reason) for finding in record.findings}
    assert findings[WORST] == findings[ADVICE] == ("confirmed", "")
    assert findings[HABIT] == ("dismissed", "They asked in time")
    assert record.impact.systems == ["plexus", "grafana"]
    assert any("= 240 EUR" in text for text in prompter.shown)
    first, second = record.causes
    assert [why.text for why in first.whys] == [
        "It was built in a folder without the sources",
        "Nobody had read the COPY lines",
    ]
    assert first.proven
    assert first.whys[0].evidence == [WORST, *(c.id for c in record.commands)]
    assert first.whys[1].evidence == [rows["asked Kim"].id]
    assert (second.title, second.proven) == ("Nobody noticed for an hour", False)
    assert [item.text for item in record.factors] == ["The checklist does not name the folder", "It was late"]
    assert record.prevention[-1].text == "An alert on failed deployments"
    assert [(a.text, a.owner, str(a.due), a.priority) for a in record.actions] == [
        ("Add the alert", "Kim", "2026-03-01", "high")
    ]
    assert [item.text for item in record.lessons.lucky] == ["Production was elsewhere", "Kim was awake"]


@cache
def without_interruption() -> str:
    """The whole interview in one go, as it is written."""
    whole = record_incident()
    conduct(whole, Script(FULL))
    return as_written(whole)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("number", range(len(FULL)))
def test_ctrl_c_at_any_question_and_resume_gives_the_same_report(number: int) -> None:
    """Interrupted at question ``number`` and gone on with, the record is as if nothing had happened."""
    desk = record_incident()
    script = Script(FULL, interrupt_at=number)
    with pytest.raises(InterruptedWhileAskingError):
        conduct(desk, script)
    again = Script(script.rest(), since=script.keys[-1])
    conduct(open_document(desk.id), again)
    assert again.rest() == []
    assert as_written(desk) == without_interruption()


def test_every_answer_is_on_disk_before_the_next_question(recorded: Desk) -> None:
    """A second reader of the journal sees each answer while the next question is on the screen."""
    seen: list[tuple[str, str]] = []

    def look(asked: Asked) -> object:
        record = incident(open_document(recorded.id))
        seen.append((asked.key, {"milestones": record.summary, "timeline": str(record.milestones.detected)}[asked.key]))
        return DEFAULT

    ask(recorded, {"what": {"summary": "Seen at once"}, "milestones": look, "timeline": look})
    assert seen[0] == ("milestones", "Seen at once")
    assert seen[1] == ("timeline", str(STARTED))


def test_what_was_being_typed_comes_back(recorded: Desk) -> None:
    """The text of an interrupted question is its default after resume, and gone once it is answered."""
    with pytest.raises(InterruptedWhileAskingError):
        ask(recorded, {"why.1.1": Interrupt("built in the wrong fol")})
    prompter = ask(recorded)
    assert prompter.keys[0] == "why.1.1"
    assert question(prompter, "why.1.1").default == "built in the wrong fol"
    again = ask(recorded, [("summary", "causes"), ("summary", "write")])
    assert question(again, "why.1.1").default == "built in the wrong fol"  # now as the answer on record
    assert [why.text for why in incident(recorded).causes[0].whys] == ["built in the wrong fol"]


def test_back_shows_the_question_before_with_its_answer(recorded: Desk) -> None:
    """Back works inside a step and across steps, and what was answered stands in the question again."""
    script: list[tuple[str, object]] = [
        ("what", {"summary": "First words"}),
        ("milestones", BACK),
        ("what", {"summary": "Better words"}),
        ("milestones", DEFAULT),
        ("timeline", DEFAULT),
        ("findings", [WORST]),
        ("findings.reasons", BACK),
        ("findings", [WORST, HABIT]),
        ("impact", BACK),
        ("findings", DEFAULT),
        ("impact", DEFAULT),
        ("why.1.1", "the folder"),
        ("why.1.1.evidence", [WORST]),
        ("why.1.2", BACK),
        ("why.1.1.evidence", BACK),
        ("why.1.1", DEFAULT),
        ("why.1.1.evidence", DEFAULT),
        ("why.1.2", ""),
        ("factors", BACK),
        ("why.1.2", ""),
        ("factors", DEFAULT),
        ("prevention", BACK),
        ("factors", DEFAULT),
    ]
    prompter = ask(recorded, script)
    assert prompter.keys[: len(script)] == [key for key, _ in script]
    whats = [asked.default["summary"] for asked in prompter.asked if asked.key == "what"]
    assert whats[1] == "First words"
    assert [asked.default for asked in prompter.asked if asked.key == "findings"][1:] == [[WORST], [WORST, HABIT]]
    assert [asked.default for asked in prompter.asked if asked.key == "why.1.1"][1] == "the folder"
    assert [asked.default for asked in prompter.asked if asked.key == "why.1.1.evidence"][1] == [WORST]
    record = incident(recorded)
    assert record.summary == "Better words"
    assert [(why.text, why.evidence) for why in record.causes[0].whys] == [("the folder", [WORST])]


def test_back_at_the_first_question_stays_there(recorded: Desk) -> None:
    prompter = ask(recorded, [("what", BACK)])
    assert prompter.keys[:2] == ["what", "what"]
    assert any("first question" in text for text in prompter.shown)


def test_back_after_resume_reaches_what_was_answered_before(recorded: Desk) -> None:
    """The path back does not end where this session began."""
    with pytest.raises(InterruptedWhileAskingError):
        ask(recorded, {"impact": INTERRUPT})
    prompter = ask(recorded, [("impact", BACK), ("findings", DEFAULT)])
    assert prompter.keys[:3] == ["impact", "findings", "impact"]


def test_the_summary_leads_anywhere_and_back(recorded: Desk) -> None:
    """Every line of the summary opens its step and returns to the summary; back does so without an answer."""
    steps = ["what", "milestones", "timeline", "findings", "impact", "causes", "prevention", "actions", "lessons"]
    script: list[tuple[str, object]] = [pair for step in steps for pair in (("summary", step),)]
    prompter = ask(recorded, [*script, ("summary", "lessons"), ("summary", "write")])
    opened = [key for key in prompter.keys[12:] if key != "summary"]
    first_questions = [
        *("what", "milestones", "timeline", "findings", "impact", "why.1.1"),
        "prevention",
        "actions",
        "lessons",
    ]
    assert [key for key in opened if key in first_questions] == [*first_questions, "lessons"]
    assert prompter.keys[-1] == "summary"


def test_a_step_interrupted_after_a_jump_is_asked_first_on_resume(recorded: Desk) -> None:
    with pytest.raises(InterruptedWhileAskingError):
        ask(recorded, [("impact", DEFAULT), ("summary", "impact"), ("impact", INTERRUPT)])
    assert ask(recorded).keys == ["impact", "summary"]


def test_a_finished_interview_resumes_at_its_summary(recorded: Desk) -> None:
    ask(recorded)
    assert ask(recorded).keys == ["summary"]


def test_a_measure_ticked_late_still_becomes_a_follow_up(recorded: Desk) -> None:
    """What is added to the prevention after the follow-ups were answered is proposed there."""
    script: list[tuple[str, object]] = [
        ("summary", "prevention"),
        ("prevention", DEFAULT),
        ("prevention", lambda asked: [*asked.default, f"{WORST}#2"]),
        ("summary", "actions"),
        ("summary", "write"),
    ]
    ask(recorded, script)
    assert "The Dockerfile says where to build" in [action.text for action in incident(recorded).actions]


def test_a_recorded_secret_is_not_shown_in_any_question(recorded: Desk) -> None:
    """The questions show what is stored, and what is stored went through the door."""
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    recorded.append("note", {"text": f"logged in with {secret}"}, at=at(50))
    prompter = ask(recorded, {"what": {"summary": f"The token {secret} was wrong"}})
    assert secret not in repr(prompter.asked) + repr(prompter.shown)
    assert secret not in incident(recorded).model_dump_json()


def test_entries_that_come_in_meanwhile_join(recorded: Desk) -> None:
    """Somebody logs while somebody else is interviewed."""

    def meanwhile(_asked: Asked) -> object:
        open_document(recorded.id).append("note", {"text": "Still watching it"})
        return DEFAULT

    prompter = ask(recorded, {"lessons": meanwhile})
    assert "Still watching it" in [row.text for row in incident(recorded).timeline]
    assert prompter.keys[-1] == "summary"


def test_a_hint_says_how_a_command_ended(recorded: Desk) -> None:
    """The list of the timeline shows roles where there are some and offsets elsewhere."""
    prompter = ask(recorded)
    asked = question(prompter, "timeline")
    hints = {choice.title.split("  ", 1)[-1]: choice.hint for choice in asked.choices}
    assert hints["$ docker build ."] == "worked"
    assert hints["Nobody can open the dashboards"] == "T+0:03"
    assert entry(asked, "Nobody can open").detail.startswith("note by ")
