"""Single edits as people make them in an editor or in the browser, and what each becomes in the record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import examples
import pytest
from test_sync_reader import shown

from runbook.model.marks import stored_mark
from runbook.model.record import AnyDocument, Deployment, Incident, Milestones, Step, TimelineEntry
from runbook.model.settings import Settings
from runbook.render.check import check_report
from runbook.render.reader import Reading, one_way_sections, read_report
from runbook.render.report import render_report

if TYPE_CHECKING:
    from pathlib import Path

UNFILLED = "> **Not filled in:** what was rolled back and how, or that nothing had to be <!-- empty rollback -->"


def read(*changes: tuple[str, str], document: AnyDocument | None = None) -> Reading:
    """The example's report read back after these replacements, and made sure that its new report reads as nothing."""
    document = document or examples.incident()
    text = shown(document)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    reading = read_report(text, document)
    again = read_report(shown(reading.record), reading.record)
    assert (again.record, again.unread) == (reading.record, ())
    assert check_report(shown(reading.record)) == []
    return reading


def incident(*changes: tuple[str, str]) -> Incident:
    record = read(*changes).record
    assert isinstance(record, Incident)
    return record


def deployment(*changes: tuple[str, str]) -> Deployment:
    record = read(*changes, document=examples.deployment()).record
    assert isinstance(record, Deployment)
    return record


@pytest.mark.parametrize(
    "typed",
    [
        "> Nothing had to be. <!-- empty rollback -->",
        f"{UNFILLED}\n\nNothing had to be.",
        f"Nothing had to be.\n\n{UNFILLED}",
        "Nothing had to be. <!-- empty rollback -->",
        "Nothing had to be.",
    ],
)  # fmt: skip
def test_what_is_typed_where_nothing_stood_counts_wherever_it_is_typed(typed: str) -> None:
    assert incident((UNFILLED, typed)).rollback == "Nothing had to be."


def test_prose_stays_as_it_was_typed() -> None:
    typed = "The timer runs on **both** edges.\n\n## Why\n\n* because <b>it</b> failed\n\n| a |\n| --- |\n| 1 |"
    record = incident(("The timer now runs on both edges.", typed))
    assert record.resolution.endswith(typed)
    assert "**both**" in shown(record)


def test_captured_text_stays_literal() -> None:
    record = incident(("Asked Noor, who", "**Asked** Noor by @kim, see `x`, who"))
    (entry,) = (each for each in record.timeline if "by @kim" in each.text)
    assert entry.text.startswith("**Asked** Noor by @kim, see `x`, who")
    assert "\\*\\*Asked\\*\\*" in shown(record)
    assert "see \\`x\\`, who" in shown(record)


def test_a_copied_item_is_new_and_one_without_its_anchor_is_the_same() -> None:
    line = "- We restarted before we read <!-- id L2 -->"
    first, second = incident((line, f"{line}\n{line}")).lessons.went_wrong
    assert (first.id, first.text) == ("L2", second.text)
    assert second.id != "L2"
    assert read((line, "- We restarted before we read")).lines == {}


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("- We restarted before we read <!-- id L2 -->\n  - twice", "We restarted before we read\n\n- twice"),
        ("- We restarted before we read <!-- id L2 -->, twice", "We restarted before we read , twice"),
        ("- We restarted before we read <!-- id L2 -->\n\n  and again", "We restarted before we read\n\nand again"),
        ("- We restarted before\n  we read <!-- id L2 -->", "We restarted before we read"),
        ("* We restarted <!-- id L2 -->", "We restarted"),
    ],
)
def test_what_is_added_to_an_item_belongs_to_it(line: str, text: str) -> None:
    assert incident(("- We restarted before we read <!-- id L2 -->", line)).lessons.went_wrong[0].text == text


def test_lines_typed_between_the_anchors_of_a_list_are_items() -> None:
    record = incident(
        ("<!-- /runbook:factors -->", "A sentence of its own.\n\n- And a bullet\n\n<!-- /runbook:factors -->")
    )
    assert [item.text for item in record.factors[1:]] == ["A sentence of its own.", "And a bullet"]


@pytest.mark.parametrize(
    ("typed", "owner", "due", "priority"),
    [
        ("- [ ] Do it — owner: Ada, due: 2026-05-01, priority: high", "Ada", "2026-05-01", "high"),
        ("- [ ] Do it -- due: 2026-05-01", "", "2026-05-01", "medium"),
        ("- Do it - Owner: Ada, Kim, priority: low", "Ada, Kim", "None", "low"),
        ("- [X] Do it", "", "None", "medium"),
    ],
)
def test_a_new_action_names_its_owner_date_and_priority_or_not(typed: str, owner: str, due: str, priority: str) -> None:
    action = incident(("<!-- /runbook:actions -->", f"{typed}\n\n<!-- /runbook:actions -->")).actions[-1]
    assert (action.text, action.owner, str(action.due), action.priority) == ("Do it", owner, due, priority)
    assert action.done == ("[X]" in typed)


def test_what_is_no_value_is_named_and_the_rest_is_taken() -> None:
    reading = read(("due: 2026-03-11", "due: next week"), ("owner: Noor", "owner: Sam"), ("| high |", "| SEV0 |"))
    assert isinstance(reading.record, Incident)
    assert reading.record.actions[0].owner == "Sam"
    assert {(each.field, each.text) for each in reading.unread} == {
        ("actions.A1.due", "next week"),
        ("severity", "SEV0"),
    }
    assert all(each.line > 1 for each in reading.unread)


def test_a_new_cause_with_whys_and_what_shows_them() -> None:
    typed = (
        "### Nobody owns the endpoint\n\n> **Not proven:** nobody asked\n\n1. It moved teams\n   - shown by C001\n\n"
    )
    cause = incident(("<!-- /runbook:causes -->", f"{typed}<!-- /runbook:causes -->")).causes[-1]
    assert (cause.title, cause.proven) == ("Nobody owns the endpoint", False)
    assert [(why.text, why.evidence) for why in cause.whys] == [("It moved teams", ["C001"])]


def test_a_new_row_needs_little() -> None:
    row = "| T+0:20 |  | *decision:* Roll back |\n"
    text = shown(examples.incident())
    anchor = next(line for line in text.split("\n") if "| T+0:14 |" in line)
    record = incident((anchor + "\n", f"{anchor}\n{row}"))
    (entry,) = (each for each in record.timeline if each.text == "Roll back")
    assert (entry.kind, entry.at.strftime("%H:%M%z")) == ("decision", "08:00+0000")
    assert entry.phase == "investigation"


def test_a_measured_time_moves_the_milestone() -> None:
    record = incident(("time to detect | 6 min |", "time to detect | 10 min |"))
    assert record.milestones.detected is not None
    assert record.milestones.since_start("detected").total_seconds() == 600  # type: ignore[union-attr]
    cleared = incident(("time to acknowledge | 9 min | 2026-03-04 08:49", "time to acknowledge | 9 min | not recorded"))
    assert cleared.milestones.acknowledged is None


def test_known_failures_are_judged_and_their_fix_is_edited_in_the_report() -> None:
    record = incident(
        ("| high | confirmed |", "| low | dismissed: only a trial |"),
        ("Renew it, then reload what serves it:", "Renew it on **both** edges:"),
    )
    finding = record.findings[0]
    assert (finding.severity, finding.state, finding.reason) == ("low", "dismissed", "only a trial")
    assert finding.fix.startswith("Renew it on **both** edges:\n\n```bash")


def test_a_row_that_says_nothing_but_what_is_known_stays_without_text() -> None:
    """Its list of known failures changes when one is dismissed; the list does not become what happened."""
    document = examples.incident()
    row = document.timeline[3]
    row.text = ""
    for finding in document.findings[:2]:
        finding.entries = [row.id]
    report = shown(document)
    document.findings[0].state = "dismissed"
    assert report != shown(document)
    reading = read_report(report, document)
    assert isinstance(reading.record, Incident)
    assert [each.text for each in reading.record.timeline if each.id == row.id] == [""]


def test_a_command_of_blanks_is_no_command_that_words_could_not_replace() -> None:
    """An import may have recorded one; its row shows what the entry says."""
    document = examples.incident()
    command = document.commands[0]
    row = next(row for row in document.timeline if row.id == command.id)
    command.command = row.text = " "
    before = document.model_copy(deep=True)
    row.text, row.kind = "rolled back", "change"
    reading = read_report(shown(document), before)
    assert isinstance(reading.record, Incident)
    assert [(each.kind, each.text) for each in reading.record.timeline if each.id == row.id] == [
        ("change", "rolled back")
    ]


def test_references_are_links_addresses_or_names() -> None:
    typed = "- [Dash](https://d.example/q?a=1)\n- https://x.example/a\n- fixed by: DEP-2026-01-19-003\n- the wiki\n"
    record = incident(("- [Renewal runbook]", f"{typed}- [Renewal runbook]"))
    assert [(each.title, each.target) for each in record.references] == [
        ("Dash", "https://d.example/q?a=1"),
        ("", "https://x.example/a"),
        ("", "the wiki"),
        ("Renewal runbook", "https://wiki.example.net/tls?page=renew&copy=1"),
    ]
    assert ("DEP-2026-01-19-003", "fixed-by") in {(link.document, link.relation) for link in record.links}


def test_a_deployment_s_boxes_steps_and_sign_off() -> None:
    record = deployment(
        ("- [ ] Stakeholders notified", "- [x] Stakeholders notified"),
        ("— forgotten", "— by Kim 2026-03-04 08:30: late"),
        ("— done: 0 connections", "— **failed**: 12 connections"),
        ("by Noor 2026-03-04 08:10; read: docs/edges.md,", "by Kim 2026-03-04 08:11; read: docs/edges.md, README,"),
    )  # fmt: skip
    check = record.pre_checks[1]
    assert (check.done, check.by, check.note) == (True, "Kim", "late")
    assert check.at is not None
    assert check.at.strftime("%H:%M%z") == "08:30+0100"
    assert (record.steps[0].ok, record.steps[0].result) == (False, "12 connections")
    assert (record.sign_off.by, record.sign_off.documents) == (
        "Kim",
        ["docs/edges.md", "README", "the renewal runbook"],
    )


def test_redaction_marks_that_another_version_s_report_numbers_otherwise_are_the_same_marks() -> None:
    """One mark fewer renumbers those behind it; the command is no other for that, and a new step can name it."""
    document = examples.deployment()
    document.changes = f"Rotated {stored_mark('password', '0' * 8)}."
    document.commands[0].command = f"login {stored_mark('token', '1' * 8)} {stored_mark('token', '2' * 8)}"
    edited = document.model_copy(deep=True)
    edited.changes = "Rotated it."
    edited.steps.append(Step(id="S3", text="logged in", ok=True, command="C1"))
    assert "`login [redacted:token#2] [redacted:token#3]`" in shown(document)
    assert "`login [redacted:token#1] [redacted:token#2]`" in shown(edited)
    reading = read_report(shown(edited), document)
    assert reading.record == edited


def test_a_name_with_invisible_characters_is_as_long_as_it_is_shown_wherever_it_stands() -> None:
    """Behind its command a long name is called "output", which must not change when the report is read back."""
    document = examples.incident()
    edited = document.model_copy(deep=True)
    kept = {item.id: item for item in edited.evidence}
    names = [identifier for command in edited.commands for identifier in command.evidence]
    kept[names[0]].name = "y" * 36 + "\u202e"
    assert shown(read_report(shown(edited), document).record) == shown(edited)


def test_a_backslash_of_its_own_before_a_redaction_mark_stays() -> None:
    typed = "A path, C:\\\\[redacted:password#1], and \\[redacted:password#1]."
    record = incident(("The timer now runs on both edges.", typed))
    assert record.resolution.endswith("C:\\\\[redacted:password#1], and [redacted:password#1].")


def test_a_suggested_check_that_is_ticked_becomes_the_incident_s_own() -> None:
    document = examples.incident()
    document.prevention, document.checklist = [], []
    document.findings[0].prevention = ["Alert before it ends", "Renew by timer"]
    text = shown(document)
    reading = read_report(text.replace("- [ ] Renew by timer", "- [x] Renew by timer"), document)
    assert isinstance(reading.record, Incident)
    assert [(each.text, each.done) for each in reading.record.checklist] == [
        ("Alert before it ends", False),
        ("Renew by timer", True),
    ]


def test_a_name_with_a_comma_stays_one_name() -> None:
    document = examples.incident()
    document.impact.systems = ["API (production, port 4000)", "the queue"]
    reading = read_report(shown(document).replace("the queue", "the queue, the cron"), document)
    assert isinstance(reading.record, Incident)
    assert reading.record.impact.systems == ["API (production, port 4000)", "the queue", "the cron"]


def test_a_redaction_mark_that_is_moved_keeps_its_secret_s_tag() -> None:
    document = examples.incident()
    document.summary = "They used [redacted:password:0a1b2c3d] for it."
    reading = read_report(shown(document).replace("for it", "for **it**"), document)
    assert isinstance(reading.record, Incident)
    assert reading.record.summary == "They used [redacted:password:0a1b2c3d] for **it**."


def test_a_clock_that_showed_an_hour_twice_is_read_by_its_letters() -> None:
    started = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    document = Incident(
        id="INC-2026-10-24-001", title="x", zone="Europe/Berlin", milestones=Milestones(started=started)
    )
    document.timeline = [
        TimelineEntry(id="a", at=started + timedelta(minutes=40), text="first"),
        TimelineEntry(id="b", at=started + timedelta(minutes=110), text="second"),
    ]
    text = shown(document)
    assert "02:10 CEST" in text
    record = read_report(text.replace("02:10 CEST", "02:15 CET"), document).record
    assert {each.id: each.at.astimezone().strftime("%H:%M") for each in record.timeline}["a"] == "01:15"


@pytest.mark.parametrize(
    ("gone", "says"),
    [
        ("<!-- /runbook:resolution -->\n", "the anchor <!-- /runbook:resolution --> that ends it is gone"),
        ("<!-- runbook:resolution -->\n", "the anchor <!-- runbook:resolution --> that begins it is gone"),
    ],
)
def test_a_field_without_one_of_its_anchors_is_not_read_and_says_so(gone: str, says: str) -> None:
    reading = read((gone, ""), ("Renewed the certificate", "Renewed a certificate"))
    assert reading.lines == {}
    assert any(says in each.message and each.field == "resolution" for each in reading.unread)
    assert any("Renewed a certificate" in each.text for each in reading.unread), "what was typed there is told"


def test_anchors_in_captured_text_are_text() -> None:
    document = examples.incident()
    document.timeline[0].text = "<!-- /runbook:timeline.detection --> `<!-- id A1 -->` --> <!-- id L2 -->"
    document.lessons.went_wrong[0].text = "`<!-- id L1 -->` and [x](https://a.example '<!-- id L1 -->')"
    text = shown(document)
    assert read_report(text, document).record == document
    reading = read_report(text.replace("- The alert named", "- The first alert named"), document)
    assert list(reading.lines) == ["lessons.went_well.L1.text"]


def test_sections_without_anchors_are_named_for_the_linter(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    block = "{% block factors %}\n## What made it worse\n\nAsk Kim.\n{% endblock %}\n"
    (folder / "incident.md.j2").write_text('{% extends "runbook/incident.md.j2" %}\n' + block, "utf-8")
    text = render_report(examples.incident(), settings=Settings(), templates=folder)
    assert one_way_sections(shown(examples.incident())) == []
    assert one_way_sections(shown(examples.deployment())) == []
    ((line, title),) = one_way_sections(text)
    assert (text.split("\n")[line - 1], title) == ("## What made it worse", "What made it worse")


def test_a_team_s_own_template_reads_back(tmp_path: Path) -> None:
    """Other headings, another order, other column titles: fields are found by their anchors."""
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "incident.md.j2").write_text(
        '{% import "macros.md.j2" as write %}\n<!-- runbook:incident -->\n# Postmortem: {{ title }}\n\n'
        "## What we do\n\n{{ write.items('actions', actions, 'who does what') }}\n\n"
        "## In short\n\n{{ write.field('summary', summary, 'one paragraph') }}\n\n"
        "{% for phase in timeline.phases %}\n## {{ phase.name }}\n\n"
        "{% set columns = ['Since', 'Clock', 'What happened', 'Whom'] %}\n"
        "{{ write.stretches('timeline.' ~ phase.key, columns, phase.chunks, phase.long, 'what') }}\n"
        "{% endfor %}\n",
        "utf-8",
    )
    document = examples.incident()
    text = render_report(document, settings=Settings(), templates=folder)
    edited = text.replace("refused **every** card", "refused *no* card").replace("owner: Noor", "owner: Ada")
    edited = edited.replace("Asked Noor, who remembers", "Asked Noor, who forgot")
    reading = read_report(edited, document, templates=folder)
    assert sorted(reading.lines) == ["actions.A1.owner", "summary", f"timeline.{_entry(document, 'Asked Noor')}.text"]
    assert reading.unread == ()
    assert read_report(text, document, templates=folder).record == document


def _entry(document: Incident, text: str) -> str:
    return next(entry.id for entry in document.timeline if entry.text.startswith(text))


def test_a_row_that_is_only_put_elsewhere_is_told_to_stand_by_its_time() -> None:
    lines = shown(examples.incident()).split("\n")
    first = next(number for number, line in enumerate(lines) if "looked at dashboard 0" in line)
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    reading = read_report("\n".join(lines), examples.incident())
    assert reading.lines == {}
    (moved,) = reading.unread
    assert (moved.line, "order of time" in moved.message) == (first + 2, True)


def test_words_in_place_of_a_command_are_that_row_s_text() -> None:
    document = examples.incident()
    lines = shown(document).split("\n")
    row = next(line for line in lines if "`curl -sv" in line and "id C001" in line and line.startswith("| T+0:14 | 0"))
    cells = row.split(" | ")
    record = incident((row, " | ".join([*cells[:2], "*decision:* We looked at the endpoint", cells[-1]])))
    (entry,) = (each for each in record.timeline if each.id == "C001")
    assert (entry.kind, entry.text) == ("decision", "We looked at the endpoint")
    assert record.commands == document.commands


def test_an_edit_of_a_why_stays_there_where_its_cause_was_copied() -> None:
    """Two causes of one id, of which only the second is titled by more than a heading holds."""
    document = examples.incident()
    why = document.causes[0].whys[0]
    first = document.causes[0].model_copy(update={"title": ""})
    document.causes = [first, first.model_copy(update={"title": "- the disk\n- the quota"})]
    reading = read_report(shown(document).replace(why.text, "Nobody was told", 1), document)
    assert isinstance(reading.record, Incident)
    assert reading.record.causes[0].title == ""
    assert reading.record.causes[0].whys[0].text == "Nobody was told"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("31 Dec 23:50", datetime(2026, 12, 31, 23, 50, tzinfo=UTC)),
        ("1 Jan 00:10", datetime(2027, 1, 1, 0, 10, tzinfo=UTC)),
        ("31 Dec 2025 23:50", datetime(2025, 12, 31, 23, 50, tzinfo=UTC)),
    ],
)
def test_a_day_without_its_year_is_of_the_year_about_the_incident(typed: str, meant: datetime) -> None:
    """An incident over the turn of a year, with a row far off that somebody puts right."""
    document = Incident(
        id="INC-2026-12-31-001",
        title="Nobody logs in",
        milestones=Milestones(started=datetime(2026, 12, 31, 23, 40, tzinfo=UTC)),
        timeline=[
            TimelineEntry(id="old", at=datetime(2008, 10, 21, 12, 0, tzinfo=UTC), text="From a file of 2008"),
            TimelineEntry(id="new", at=datetime(2027, 1, 1, 0, 30, tzinfo=UTC), text="The year begins"),
        ],
    )
    before = shown(document)
    assert "21 Oct 2008 12:00" in before
    reading = read_report(before.replace("21 Oct 2008 12:00", typed), document)
    assert [entry.at for entry in reading.record.timeline if entry.id == "old"] == [meant]


def test_a_reworded_proof_stays_the_proof_and_is_named() -> None:
    document = examples.incident()
    why = document.causes[0].whys[1]
    before = shown(document)
    line = next(line for line in before.splitlines() if "shown by" in line and before.index(line) > before.index("W2"))
    reading = read_report(before.replace(line, f"{line} (see the chat)"), document)
    assert isinstance(reading.record, Incident)
    assert reading.record.causes[0].whys[1].evidence == why.evidence
    assert [each.text for each in reading.unread] == [f"{line.partition('shown by ')[2]} (see the chat)"]


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ("- [ ] Run the renewal timer on every edge — owner: Noor, due: 2026-03-11, priority: high", "text"),
        ("- [ ] Run the renewal timer on every edge", "text"),
        ("- Run the renewal timer on both edges — owner: Ada, due: 2026-03-11", "owner"),
        ("- [x] Run the renewal timer on both edges", "done"),
    ],
)
def test_an_action_that_lost_its_anchor_and_was_reworded_keeps_what_it_carries(typed: str, changed: str) -> None:
    line = next(line for line in shown(examples.incident()).split("\n") if "<!-- id A1 -->" in line)
    reading = read((line, typed))
    assert list(reading.lines) == [f"actions.A1.{changed}"]
    assert isinstance(reading.record, Incident)
    action = reading.record.actions[0]
    assert (str(action.due), action.priority) == ("2026-03-11", "high")
    assert action.owner == ("Ada" if changed == "owner" else "Noor")


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ("| T+0:47 | 09:27 | Renew by hand, ask about the timer later | Noor |", "kind text"),
        ("| T+0:47 | 09:28 | *decision:* Renew by hand, find out about the timer later | Noor |", "at"),
        ("| T+0:47 | 09:27 | *decision:* Renew by hand, find out about the timer later | Kim |", "actor"),
    ],
)
def test_a_row_that_lost_its_anchor_and_was_reworded_is_the_same_entry(typed: str, changed: str) -> None:
    """What no report shows stays with it: that it is one of the turns of the story."""
    line = next(line for line in shown(examples.incident()).split("\n") if "<!-- id E005 -->" in line)
    reading = read((line, typed))
    assert sorted(reading.lines) == [f"timeline.E005.{name}" for name in changed.split()]
    assert next(entry for entry in reading.record.timeline if entry.id == "E005").highlight


def test_another_item_in_place_of_one_is_another() -> None:
    line = next(line for line in shown(examples.incident()).split("\n") if "<!-- id A1 -->" in line)
    record = incident((line, "- [ ] Page somebody a week before"))
    assert [action.id == "A1" for action in record.actions] == [False, False]
    assert record.actions[0].owner == ""
