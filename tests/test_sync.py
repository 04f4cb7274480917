"""`runbook sync` in a real repository: what a reviewer edits reaches the record, and nothing is lost on either side."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import examples
import pytest
from test_schemas import check as by_schema

from runbook.flow.sync import check
from runbook.model.settings import Settings
from runbook.record.store import dump_record, load_record
from runbook.render.report import render_report

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

    from runbook.model.record import Incident


REPORT = (("due: 2026-03-11", "due: 2026-03-12"), ("- We restarted before", "- They restarted before"))
SECRET = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"


class Filed:
    """A document filed and committed in a repository."""

    def __init__(self, repository: Path, runbook: Runbook) -> None:
        self.repository, self.runbook = repository, runbook
        document = examples.incident()
        self.id = document.id
        self.folder = repository / "incidents" / document.id[4:8] / document.id
        self.folder.mkdir(parents=True)
        self.record.write_text(dump_record(document), "utf-8")
        self.report.write_text(render_report(document, settings=Settings()), "utf-8")
        self.commit("file it")

    @property
    def record(self) -> Path:
        return self.folder / "record.yaml"

    @property
    def report(self) -> Path:
        return self.folder / "report.md"

    def git(self, *args: str) -> str:
        done = subprocess.run(["git", *args], cwd=self.repository, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def edit(self, file: Path, *changes: tuple[str, str]) -> None:
        text = file.read_text("utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        file.write_text(text, "utf-8")

    def line(self, file: Path, part: str) -> int:
        return next(n for n, line in enumerate(file.read_text("utf-8").split("\n"), 1) if part in line)

    def sync(self, *args: str, status: int = 0) -> Any:
        done = self.runbook("sync", self.id, *args, "--format", "json", cwd=self.repository, check=status)
        return by_schema("sync", done.stdout)

    def loaded(self) -> Incident:
        document = load_record(self.folder)
        assert document.document == "incident"
        return document

    def agrees(self) -> None:
        assert check(str(self.repository), self.id) == []
        assert self.report.read_text("utf-8") == render_report(self.loaded(), settings=Settings())


@pytest.fixture
def filed(repository: Path, runbook: Runbook) -> Filed:
    return Filed(repository, runbook)


def test_a_review_in_an_editor_reaches_the_record(filed: Filed) -> None:
    """Prose with marks, a ticked box, an owner, a new action, a new row, a heading, the status, a milestone."""
    filed.edit(
        filed.report,
        ("Its end date passed at 07:38", "Its end date **passed** at 07:38"),
        ("- [ ] Run the renewal timer", "- [x] Run the renewal timer"),
        ("owner: **nobody yet**, due: **no date**", "owner: Ada, due: 2026-04-01"),
        ("<!-- /runbook:actions -->", "- [ ] Page somebody a week before — owner: Kim\n\n<!-- /runbook:actions -->"),
        ("Cause 2: The end date was watched by nothing", "Cause 2: Nothing watched the end date"),
        ("time to resolve | 1 h 15 min | 2026-03-04 09:55", "time to resolve | 1 h 15 min | 2026-03-04 10:05"),
        ("> **Not filled in:** what could have been worse, and was not by our doing <!-- empty lessons.lucky -->",
         "- It was a quiet hour"),
    )  # fmt: skip
    filed.commit("review")
    seen = filed.sync()
    record = filed.loaded()
    assert record.causes[0].whys[0].text == "Its end date **passed** at 07:38"
    assert record.causes[1].title == "Nothing watched the end date"
    assert [action.done for action in record.actions] == [True, False, False]
    assert (record.actions[1].owner, str(record.actions[1].due)) == ("Ada", "2026-04-01")
    assert (record.actions[2].text, record.actions[2].owner) == ("Page somebody a week before", "Kim")
    assert [item.text for item in record.lessons.lucky] == ["It was a quiet hour"]
    assert record.milestones.resolved is not None
    assert record.milestones.resolved.strftime("%H:%M%z") == "09:05+0000"
    assert seen["written"]
    assert {each["source"] for each in seen["changed"]} == {"report"}
    filed.agrees()
    assert filed.sync()["agree"], "a second sync has nothing to do"
    untouched = examples.incident()
    (moved,) = (entry for entry in record.timeline if entry not in untouched.timeline)
    assert (moved.text, moved.at) == ("Resolved: an hour without a refusal", record.milestones.resolved)
    assert record.commands == untouched.commands


def test_check_says_where_the_two_disagree_and_writes_nothing(filed: Filed) -> None:
    filed.edit(filed.report, ("- The alert named the endpoint", "- The alert named the endpoint and the time"))
    before = (filed.record.read_bytes(), filed.report.read_bytes())
    (found,) = check(str(filed.repository), filed.id)
    assert (found.file.rpartition("/")[2], found.line) == ("report.md", filed.line(filed.report, "and the time"))
    assert found.field == "lessons.went_well.L1.text"
    done = filed.runbook("sync", filed.id, "--check", cwd=filed.repository, check=1)
    assert "lessons.went_well.L1.text" in done.stdout
    assert (filed.record.read_bytes(), filed.report.read_bytes()) == before


def test_a_check_without_an_id_looks_at_all_where_nothing_is_open(filed: Filed) -> None:
    """So does one while an incident runs that has no report yet; a current one that has a report is meant alone."""
    filed.edit(filed.report, ("- The alert named the endpoint", "- The alert named the endpoint and the time"))
    done = filed.runbook("sync", "--check", cwd=filed.repository, check=1)
    assert "nothing is open" in done.stderr
    assert "lessons.went_well.L1.text" in done.stdout
    assert done.stdout.endswith("record and report agree in 0 of 1 documents\n")
    filed.runbook("start", "Something else", cwd=filed.repository, check=0)
    done = filed.runbook("sync", "--check", "--format", "json", cwd=filed.repository, check=1)
    assert "has no report yet" in done.stderr
    assert list(by_schema("sync-check", done.stdout)["documents"]) == [filed.id]


def test_changes_on_both_sides_meet(filed: Filed) -> None:
    """The record was edited by hand, the report in the review; each keeps what the other did not touch."""
    filed.edit(filed.record, ("owner: Noor", "owner: Sam"))
    filed.edit(filed.report, ("due: 2026-03-11, priority: high", "due: 2026-03-12, priority: high"))
    seen = filed.sync()
    record = filed.loaded()
    assert (record.actions[0].owner, str(record.actions[0].due)) == ("Sam", "2026-03-12")
    assert {(each["field"], each["source"]) for each in seen["changed"]} == {
        ("actions.A1.due", "report"),
        ("actions.A1.owner", "record"),
    }
    filed.agrees()


def test_a_conflict_shows_both_versions_with_their_lines_and_changes_nothing(filed: Filed) -> None:
    base = filed.git("rev-parse", "HEAD")
    filed.edit(filed.record, ("due: 2026-03-11", "due: 2026-03-20"))
    filed.edit(filed.report, *REPORT)
    before = (filed.record.read_bytes(), filed.report.read_bytes())
    seen = filed.sync(status=1)
    (conflict,) = seen["conflicts"]
    assert conflict["field"] == "actions.A1.due"
    assert conflict["record"]["line"] == filed.line(filed.record, "2026-03-20")
    assert conflict["report"]["line"] == filed.line(filed.report, "2026-03-12")
    assert (conflict["record"]["value"], conflict["report"]["value"]) == ("2026-03-20", "2026-03-12")
    assert seen["base"] == base
    assert not seen["written"]
    assert (filed.record.read_bytes(), filed.report.read_bytes()) == before


@pytest.mark.parametrize(("side", "due"), [("record", "2026-03-20"), ("report", "2026-03-12")])
@pytest.mark.parametrize("field", ["", "actions", "actions.A1.due"])
def test_a_conflict_is_settled_for_one_side(filed: Filed, side: str, due: str, field: str) -> None:
    filed.edit(filed.record, ("due: 2026-03-11", "due: 2026-03-20"))
    filed.edit(filed.report, *REPORT)
    filed.sync("--keep", side, *([field] if field else []))
    assert str(filed.loaded().actions[0].due) == due
    assert filed.loaded().lessons.went_wrong[0].text == "They restarted before we read"
    filed.agrees()


def test_keeping_a_field_nobody_is_at_odds_about_is_a_typing_mistake(filed: Filed) -> None:
    filed.edit(filed.record, ("due: 2026-03-11", "due: 2026-03-20"))
    filed.edit(filed.report, ("due: 2026-03-11", "due: 2026-03-12"))
    done = filed.runbook("sync", filed.id, "--keep", "report", "summery", cwd=filed.repository, check=2)
    assert "summery" in done.stderr
    assert "actions.A1.due" in done.stderr
    done = filed.runbook("sync", filed.id, "--keep", "theirs", cwd=filed.repository, check=2)
    assert "neither record nor report" in done.stderr


def test_removed_here_and_changed_there_is_a_conflict(filed: Filed) -> None:
    filed.edit(filed.record, ("Write down who owns which certificate", "Write down who owns which key"))
    text = filed.report.read_text("utf-8")
    filed.report.write_text(re.sub(r".*<!-- id A2 -->.*\n", "", text), "utf-8")
    (conflict,) = filed.sync(status=1)["conflicts"]
    assert (conflict["field"], conflict["report"]["value"]) == ("actions.A2", None)
    filed.sync("--keep", "report")
    assert [action.id for action in filed.loaded().actions] == ["A1"]


def test_after_a_sync_the_next_edit_is_compared_with_what_it_wrote(filed: Filed) -> None:
    """Nothing was committed in between, and the same field is edited again."""
    filed.edit(filed.report, ("- We restarted before we read", "- We restarted first"))
    filed.sync()
    filed.edit(filed.report, ("- We restarted first", "- We restarted first, and read then"))
    assert filed.sync()["conflicts"] == []
    assert filed.loaded().lessons.went_wrong[0].text == "We restarted first, and read then"
    filed.commit("both")
    filed.edit(filed.report, ("and read then", "then read"))
    filed.sync()
    assert filed.loaded().lessons.went_wrong[0].text == "We restarted first, then read"


def test_a_sync_that_was_thrown_away_is_no_base(filed: Filed) -> None:
    """`git checkout` puts both files back; the next edit is compared with what is committed."""
    filed.edit(filed.report, ("- The alert named the endpoint", "- The alert named the endpoint and the time"))
    assert filed.sync()["written"]
    filed.git("checkout", "--", ".")
    assert filed.sync("--check")["agree"]
    filed.edit(filed.report, ("- [ ] Run the renewal timer", "- [x] Run the renewal timer"))
    assert filed.sync()["conflicts"] == []
    record = filed.loaded()
    assert record.actions[0].done
    assert record.lessons.went_well[0].text == "The alert named the endpoint"


def test_the_base_is_the_newest_commit_in_which_they_agreed(filed: Filed) -> None:
    """Reviewers commit to the report only, several times, while the record goes on."""
    base = filed.git("rev-parse", "HEAD")
    filed.edit(filed.report, ("- We restarted before we read", "- We restarted first"))
    filed.commit("review 1")
    filed.edit(filed.report, ("- The alert named the endpoint", "- The alert named it"))
    filed.commit("review 2")
    filed.edit(filed.record, ("owner: Noor", "owner: Sam"))
    filed.commit("record by hand")
    seen = filed.sync()
    assert seen["base"] == base
    assert filed.loaded().actions[0].owner == "Sam"
    assert filed.loaded().lessons.went_wrong[0].text == "We restarted first"
    filed.agrees()


def test_without_history_the_record_is_what_the_report_is_compared_with(filed: Filed, tmp_path: Path) -> None:
    subprocess.run(["rm", "-rf", ".git"], cwd=filed.repository, check=True)
    subprocess.run(["git", "init", "-q"], cwd=filed.repository, check=True)
    filed.edit(filed.report, ("- We restarted before we read", "- We restarted first"))
    assert filed.sync()["base"] is None
    assert filed.loaded().lessons.went_wrong[0].text == "We restarted first"
    filed.agrees()


def test_a_row_left_out_of_the_timeline_stays_out(filed: Filed) -> None:
    text = filed.report.read_text("utf-8")
    identifier = filed.loaded().timeline[1].id
    row = next(line for line in text.split("\n") if f"id {identifier} -->" in line)
    filed.report.write_text(text.replace(row + "\n", ""), "utf-8")
    filed.sync()
    assert identifier in filed.loaded().left_out
    assert identifier not in {entry.id for entry in filed.loaded().timeline}
    filed.agrees()


def test_what_has_no_place_in_the_record_is_told_and_kept(filed: Filed) -> None:
    filed.edit(
        filed.report,
        ("## Metrics", "## Appendix\n\nSlides are on the wiki. SECRET\n\n## Metrics".replace("SECRET", SECRET)),
    )
    seen = filed.sync(status=1)
    places = {each["line"]: each["message"] for each in seen["unread"]}
    assert any("Slides are on the wiki" in message for message in places.values())
    assert not any("ghp_" in message for message in places.values())
    with open(seen["copy"], encoding="utf-8") as file:
        kept = file.read()
    assert "Slides are on the wiki." in kept
    assert "ghp_" not in kept, "the copy passed the door"
    filed.agrees()


def test_a_sign_of_a_table_inside_a_row_belongs_to_its_text(filed: Filed) -> None:
    """By the letter it begins a cell, and what is then too much is dropped: the person, the anchor, half a command."""
    row = next(line for line in filed.report.read_text("utf-8").split("\n") if "Resolved: an hour" in line)
    edited = row.replace("an hour without", "an hour | or so | without")
    more = "| T+2:00 | | ran `ps aux | grep nginx` again | Ada |\nT+2:05 | | and `a | b` | Ada"
    filed.edit(filed.report, (row, f"{edited}\n{more}"))
    assert filed.sync()["unread"] == []
    record = filed.loaded()
    by_text = {entry.text: entry for entry in record.timeline}
    assert by_text["ran `ps aux | grep nginx` again"].actor == "Ada"
    assert by_text["and `a | b`"].actor == "Ada"
    kept = by_text["Resolved: an hour | or so | without a refusal"]
    before = next(entry for entry in examples.incident().timeline if entry.text.startswith("Resolved: an hour"))
    assert (kept.id, kept.actor) == (before.id, before.actor)
    filed.agrees()


def test_an_editor_that_takes_the_comments_out_empties_nothing(filed: Filed) -> None:
    """Also not the fields that a report leaves out where they are empty; one sentence says it, and the copy is kept."""
    before = filed.loaded()
    filed.report.write_text(re.sub(r"\s*<!--.*?-->", "", filed.report.read_text("utf-8")), "utf-8")
    found = filed.sync(status=1)
    assert len(found["unread"]) == 1
    assert "did an editor or formatter take out the comments?" in found["unread"][0]["message"]
    assert filed.loaded().model_copy(update={"redacted": before.redacted}) == before
    filed.agrees()


def test_a_section_that_was_taken_out_is_named_where_it_stood(filed: Filed) -> None:
    """In order; a text whose two anchors alone are gone is no emptied one either."""
    document = filed.loaded().model_copy(update={"time_note": "Clocks were an hour apart"})
    filed.record.write_text(dump_record(document), "utf-8")
    text = render_report(document, settings=Settings())
    filed.report.write_text(text, "utf-8")
    filed.commit("say more")
    begin, end = text.index("### What went well"), text.index("## Follow-up Actions")
    cut = text[:begin] + text[end:]
    for anchor in ("<!-- runbook:time_note -->\n\n", "\n<!-- /runbook:time_note -->\n"):
        cut = cut.replace(anchor, "")
    filed.report.write_text(cut, "utf-8")
    stood = filed.line(filed.report, "Clocks were")
    heading = filed.line(filed.report, "## Lessons Learned")
    found = [(each["field"], each["line"]) for each in filed.sync(status=1)["unread"]]
    assert found == [
        ("time_note", stood),
        ("lessons.went_well", heading),
        ("lessons.went_wrong", heading),
        ("lessons.lucky", heading),
    ]
    assert filed.loaded().time_note == document.time_note


def test_an_edit_of_what_is_worked_out_is_named_by_its_own_line(filed: Filed) -> None:
    text = filed.report.read_text("utf-8")
    line = next(each for each in text.split("\n") if each.startswith("- **How long:**"))
    filed.edit(filed.report, (line, f"{line}, they say"))
    (told,) = filed.sync("--check", status=1)["unread"]
    assert (told["line"], "How long" in told["message"]) == (filed.line(filed.report, "they say"), True)


@pytest.mark.parametrize("box", ["[x ]", "[ x]", "[X]"])
def test_a_box_is_ticked_however_it_is_typed(filed: Filed, box: str) -> None:
    filed.edit(filed.report, ("- [ ] Run the renewal timer", f"- {box} Run the renewal timer"))
    filed.sync()
    action = filed.loaded().actions[0]
    assert (action.done, action.text[:21]) == (True, "Run the renewal timer")


def test_what_is_typed_passes_the_door(filed: Filed) -> None:
    secret = SECRET
    filed.edit(filed.report, ("- We restarted before we read", f"- We pasted {secret} into the chat"))
    seen = filed.sync()
    assert secret not in json.dumps(seen)
    assert secret not in filed.record.read_text("utf-8")
    assert secret not in filed.report.read_text("utf-8")
    assert "[redacted:github-token" in filed.loaded().lessons.went_wrong[0].text


def test_a_reformatted_report_with_windows_line_ends_has_nothing_new(filed: Filed) -> None:
    text = filed.report.read_text("utf-8").replace("\n- ", "\n* ").replace("*change:*", "_change:_")
    filed.report.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert filed.sync("--check")["agree"]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (b"<<<<<<< HEAD\n## Impact\n=======\n## Hit\n>>>>>>> main", "an unresolved merge"),
        (b"## Imp\xff", "not UTF-8"),
    ],
)  # fmt: skip
def test_a_damaged_report_is_named_by_file_and_line(filed: Filed, damage: bytes, says: str) -> None:
    line = filed.line(filed.report, "## Impact")
    filed.report.write_bytes(filed.report.read_bytes().replace(b"## Impact", damage))
    done = filed.runbook("sync", filed.id, cwd=filed.repository, check=2)
    assert f"report.md:{line}: {says}" in done.stderr


def test_a_missing_report_says_how_to_make_one(filed: Filed) -> None:
    filed.report.unlink()
    done = filed.runbook("sync", filed.id, cwd=filed.repository, check=2)
    assert f"runbook render {filed.id}" in done.stderr


def test_rendering_again_takes_edits_in_before_it_writes_over_them(filed: Filed) -> None:
    filed.edit(filed.report, ("- We restarted before we read", "- We restarted first"))
    done = filed.runbook("render", filed.id, cwd=filed.repository, check=0)
    assert "1 edit in report.md went into the record" in done.stderr
    assert filed.loaded().lessons.went_wrong[0].text == "We restarted first"
    filed.agrees()


def test_rendering_again_stops_where_both_were_edited(filed: Filed) -> None:
    filed.edit(filed.record, ("due: 2026-03-11", "due: 2026-03-20"))
    filed.edit(filed.report, *REPORT)
    before = (filed.record.read_bytes(), filed.report.read_bytes())
    done = filed.runbook("render", filed.id, cwd=filed.repository, check=1)
    assert f"report.md:{filed.line(filed.report, '2026-03-12')}: actions.A1.due" in done.stderr
    assert f"runbook sync {filed.id}" in done.stderr
    assert (filed.record.read_bytes(), filed.report.read_bytes()) == before


def test_scrubbing_reaches_what_a_sync_keeps_aside(filed: Filed, home: Path) -> None:
    filed.edit(
        filed.report,
        ("- We restarted before we read", "- We told them the word xyzzy-plugh"),
        ("## Metrics", "## Appendix\n\nxyzzy-plugh\n\n## Metrics"),
    )
    filed.sync(status=1)
    state = home / ".local/state"
    held = [path for path in state.rglob("*") if path.is_file() and "xyzzy-plugh" in path.read_text("utf-8", "replace")]
    assert {path.name[:6] for path in held} == {"record", "report"}
    filed.runbook("scrub", filed.id, "--secret", "-", input="xyzzy-plugh\n", cwd=filed.repository)
    assert not [path for path in held if "xyzzy-plugh" in path.read_text("utf-8", "replace")]
    assert check(str(filed.repository), filed.id) == []


def test_an_ignore_that_is_taken_home_is_named_by_its_code(filed: Filed, runbook: Runbook) -> None:
    """What was ignored, where and why: not `nothing → an empty item, an empty item`."""
    filed.edit(
        filed.report,
        (
            "- [ ] Run the renewal timer",
            "<!-- runbook:ignore RB021 the vendor sets the date -->\n- [ ] Run the renewal timer",
        ),
    )
    with filed.report.open("a", encoding="utf-8") as file:
        file.write("\n<!-- runbook:ignore RB008 nobody worked at night -->\n")
    filed.commit("review")
    told = runbook("sync", filed.id, cwd=filed.repository, check=0).stdout
    assert "empty item" not in told
    assert "nothing → RB021 ignored" in told
    assert [(each.rule, each.reason) for each in filed.loaded().lint_ignores] == [
        ("RB021", "the vendor sets the date"),
        ("RB008", "nobody worked at night"),
    ]


def test_what_was_moved_or_renamed_is_told_how_to_come_back(filed: Filed) -> None:
    """A report under another name, a folder in another year or under another id, a record that is gone."""

    def told(identifier: str = filed.id) -> str:
        return filed.runbook("sync", identifier, cwd=filed.repository, check=2).stderr

    name = f"incidents/2026/{filed.id}"
    filed.git("mv", f"{name}/report.md", f"{name}/postmortem.md")
    assert f"git mv {name}/postmortem.md {name}/report.md" in told()
    filed.git("reset", "-q", "--hard")
    (filed.repository / "incidents/2025").mkdir()
    filed.git("mv", name, f"incidents/2025/{filed.id}")
    assert f"git mv incidents/2025/{filed.id} {name}" in told()
    filed.git("reset", "-q", "--hard")
    filed.git("mv", name, "incidents/2026/INC-2026-03-04-007")
    assert f"record.yaml:3: id: is {filed.id} in a folder called INC-2026-03-04-007" in told("INC-2026-03-04-007")
    filed.git("reset", "-q", "--hard")
    filed.git("rm", "-q", f"{name}/record.yaml")
    assert f"`git log -- {name}/record.yaml`" in told()
    assert filed.git("status", "--porcelain") == f"D  {name}/record.yaml"
